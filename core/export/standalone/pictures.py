"""Pictures: decoded, turned upright and scaled as in the program that the model comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image

from core.export.standalone.asking import about, main
from core.export.standalone.files import named_files
from core.messages import Message
from core.modalities.image.decoding import decode
from core.modalities.image.pixels import as_pixels


class Pictures:
    """Picture files and folders of them."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._suffixes = tuple(config["suffixes"])
        self._size, self._mean, self._std = config["size"], config["mean"], config["std"]

    def named(self, arguments: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Files; of folders all pictures below; "-" reads a path a line."""
        return named_files(arguments, self._suffixes)

    def read(self, raw: bytes) -> Image.Image:
        return decode(raw)

    def batch(self, examples: Sequence[Image.Image]) -> dict[str, np.ndarray]:
        return {"pixels": as_pixels(examples, self._size, self._mean, self._std)}

    def remark(self, example: Image.Image) -> str:
        return ""


INPUTS = Pictures

if __name__ == "__main__":
    sys.exit(main(Pictures(about()["input"]), Message("picture files, folders of them, or - for a path a line")))
