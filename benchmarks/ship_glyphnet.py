"""Put the backbone of a finished run in place of the bundled `glyphnet`: `python benchmarks/ship_glyphnet.py RUN`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

from safetensors.torch import save

from core.models.backbones.small_cnn import GLYPHNET
from core.models.trained import load_backbone
from core.storage import write
from core.workspace import Workspace


def main() -> None:
    backbone = load_backbone(f"run:{sys.argv[1].removeprefix('run:')}", Workspace.default())
    weights = {name: value.contiguous() for name, value in backbone.state_dict().items()}
    GLYPHNET.parent.mkdir(exist_ok=True)
    write(GLYPHNET, save(weights, {"run": sys.argv[1]}))
    print(f"{GLYPHNET}: {GLYPHNET.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
