"""A Hugging Face Hub inside the test."""

from __future__ import annotations

import http.server
import json
import threading
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import constants

COMMIT = "89abcdef" * 5


@pytest.fixture
def online(tmp_path, monkeypatch):
    """As if the network were there, with an empty cache."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def tiny_hub(online, tmp_path, monkeypatch):
    """A Hub with the repositories that are folders under `tmp_path / "hub"`; what it was asked for is in `.asked`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    server.root, server.asked, server.gated = tmp_path / "hub", [], set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    yield server
    server.shutdown()
    server.server_close()


class _Hub(http.server.BaseHTTPRequestHandler):
    """The addresses that the client asks for."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        self.server.asked.append("/".join(parts))
        api = parts[:2] == ["api", "models"]
        if api and len(parts) == 2:
            self._answer(200, json.dumps(getattr(self.server, "found", [])).encode(), {})
            return
        owner, name, *rest = parts[2:] if api else parts
        folder = self.server.root / owner / name
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        about = [{"type": "file", "path": str(p.relative_to(folder)), "size": p.stat().st_size, "oid": "0" * 40}
                 for p in files]  # fmt: skip
        if not files:
            self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        elif f"{owner}/{name}" in self.server.gated:
            self._answer(403, b"{}", {"X-Error-Code": "GatedRepo"})
        elif api:
            facts = {"id": f"{owner}/{name}", "sha": COMMIT, "siblings": [{"rfilename": a["path"]} for a in about]}
            self._answer(200, json.dumps(about if rest[:1] == ["tree"] else facts).encode(), {})
        elif not (folder / "/".join(rest[2:])).is_file():
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            content = (folder / "/".join(rest[2:])).read_bytes()
            self._answer(200, content, {"ETag": f'"{len(content)}-{rest[-1]}"', "X-Repo-Commit": COMMIT})

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content)), "Content-Type": "application/json"}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        return None
