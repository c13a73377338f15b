"""What is fetched from the Hub, from one that runs inside the test; and how soon one gives up without it."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import constants

from core.errors import ModelError
from core.models import hub as hub_cache
from core.models.catalogue import get_card
from core.models.trained import load_backbone
from tests.tiny_hub import build

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
    server.root, server.asked = tmp_path / "hub", []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    yield server
    server.shutdown()
    server.server_close()


class _Hub(http.server.BaseHTTPRequestHandler):
    """The four addresses that the client asks for."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        self.server.asked.append("/".join(parts))
        api = parts[:2] == ["api", "models"]
        owner, name, *rest = parts[2:] if api else parts
        folder = self.server.root / owner / name
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        about = [{"type": "file", "path": str(p.relative_to(folder)), "size": p.stat().st_size, "oid": "0" * 40}
                 for p in files]  # fmt: skip
        if not files:
            self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
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


def test_a_model_is_described_from_little_and_then_fetched_whole(tiny_hub, workspace):
    folder = build("bert", tiny_hub.root / "owner" / "words")
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    (folder / "pytorch_model.bin").write_bytes(b"pickled")
    build("bert", folder / "onnx")
    card = get_card("hub:owner/words", workspace)
    assert (card.licence, card.modality, card.dimension) == ("mit", "text", 16)
    fetched = [path for path in tiny_hub.asked if "/resolve/" in path]
    assert not any("token" in path for path in fetched), "only what the card needs"
    assert hub_cache.cached_cards() == [], "it is not here yet"
    backbone = load_backbone("hub:owner/words", workspace)
    assert backbone.card.parameters == card.parameters
    assert get_card("hub:owner/words", workspace).identity == card.identity
    assert [here.id for here in hub_cache.cached_cards()] == ["hub:owner/words"]
    assert not any(path.endswith(".bin") or "/onnx/" in path for path in tiny_hub.asked if "/resolve/" in path)
    asked = len(tiny_hub.asked)
    load_backbone("hub:owner/words", workspace)
    assert len(tiny_hub.asked) == asked, "what is here is not asked for again"


def test_a_model_without_safetensors_is_refused_before_it_is_fetched(tiny_hub, workspace):
    folder = build("bert", tiny_hub.root / "owner" / "words")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="no weights as safetensors"):
        get_card("hub:owner/words", workspace)
    assert not any(path.endswith("pytorch_model.bin") for path in tiny_hub.asked)


def test_a_model_that_the_hub_does_not_have_is_one_sentence(tiny_hub, workspace):
    build("bert", tiny_hub.root / "owner" / "words")
    with pytest.raises(ModelError, match="'owner/other' could not be fetched"):
        get_card("hub:owner/other", workspace)
    assert tiny_hub.asked


# --- without a network -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["nobody/no-such-model", "no-such-model", "two words", "", "../..", "/no/such/folder", "a/b/c", "x" * 300]
)
def test_an_unknown_id_offline_is_one_paragraph_that_names_the_models_here(workspace, name):
    with pytest.raises(ModelError, match="could not be fetched") as caught:
        get_card(f"hub:{name}", workspace)
    assert "\n" not in str(caught.value)
    assert "efficientnet-lite0" in str(caught.value)
    assert "minilm-l6" in str(caught.value)


def _refuses() -> socket.socket:
    raise ConnectionRefusedError


def _hangs() -> socket.socket:
    time.sleep(30)
    raise TimeoutError


def _is_no_hub() -> socket.socket:
    """As behind a sign-in page: a connection there is, but what comes over it is nothing one could use."""
    ours, theirs = socket.socketpair()
    theirs.sendall(b"Please sign in first.\n")
    theirs.close()
    return ours


@pytest.mark.parametrize("connect", [_refuses, _hangs, _is_no_hub])
def test_without_a_network_one_gives_up_within_three_seconds(online, workspace, monkeypatch, connect):
    tried = []
    monkeypatch.setattr(constants, "ENDPOINT", "http://hub.invalid")
    monkeypatch.setattr(socket, "create_connection", lambda place, *args, **options: tried.append(place) or connect())
    began = time.monotonic()
    with pytest.raises(ModelError, match="could not be fetched"):
        get_card("hub:nobody/no-such-model", workspace)
    assert time.monotonic() - began < 3
    assert tried == [("hub.invalid", 80)]


def test_a_name_that_is_no_id_never_asks_the_network(online, workspace, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *args, **options: pytest.fail("the network was asked"))
    with pytest.raises(ModelError, match="could not be fetched"):
        get_card("hub:two words", workspace)
