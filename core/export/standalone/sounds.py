"""Recordings: decoded, resampled, and made into log-mel frames and pictures as in the program of the model."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from core.export.standalone.asking import about, main
from core.export.standalone.files import named_files
from core.messages import Message
from core.modalities.sound.decoding import decode
from core.modalities.sound.spectrogram import as_frames, as_pixels, loudest


class Sounds:
    """Recordings and folders of them."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._suffixes = tuple(config["suffixes"])
        self._frames, self._picture, self._bands = config["frames"], config["picture"], config["bands"]

    def named(self, arguments: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Files; of folders all recordings below; "-" reads a path a line."""
        return named_files(arguments, self._suffixes)

    def read(self, raw: bytes) -> np.ndarray:
        return loudest(decode(raw))

    def batch(self, examples: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        arrays: dict[str, np.ndarray] = {}
        if self._frames:
            arrays["frames"], arrays["lengths"] = as_frames(examples)
        if self._picture:
            arrays["pixels"] = as_pixels(examples, self._bands)
        return arrays

    def remark(self, example: np.ndarray) -> str:
        return ""


INPUTS = Sounds

if __name__ == "__main__":
    sys.exit(main(Sounds(about()["input"]), Message("recordings, folders of them, or - for a path a line")))
