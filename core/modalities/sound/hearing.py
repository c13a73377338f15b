"""What a sound is like, as a handful of numbers: enough to find silence, clipping, odd lengths and copies."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.modalities.sound.decoding import RATE, at_full_scale

_PARTS = ("seconds", "peak", "loudness", "clipped", "audible")
_BANDS = 24
LENGTH = len(_PARTS) + _BANDS
_EDGES = np.geomspace(100, 6000, _BANDS + 1)
"""Hertz: what encoders leave as it is."""
_WINDOW, _DEEPEST = 1024, -50.0
"""Samples, and the decibels below which a band counts as empty."""
_FRAME = RATE // 50
_QUIET = -50.0
"""Decibels of full scale below which a fiftieth of a second is silent."""
_NOTHING = -120.0


def hearing(sound: np.ndarray) -> np.ndarray:
    """What `Hearing` gives names to, (LENGTH,) float32."""
    values = sound.astype(np.float64)
    frames = np.add.reduceat(values**2, np.arange(0, len(values), _FRAME)) / _FRAME
    audible = float(np.mean(_decibels(np.sqrt(frames)) > _QUIET))
    loudness = _decibels(np.sqrt(np.mean(values**2)))
    peak = _decibels(np.abs(values).max())
    full = at_full_scale(values) / len(values)
    plain = [len(values) / RATE, peak, loudness, full, audible]
    return np.concatenate([plain, _spectrum(values)]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Hearing:
    """Names for what one sound (LENGTH,) or many (n, LENGTH) are like.

    `seconds` it lasts; `peak` and `loudness` (root mean square) in decibels of full scale; `clipped` is the share of
    its samples in runs at full scale, `audible` the share of its time that is no silence. `spectrum` (..., bands) says
    how loud each band is, in decibels of the loudest.
    """

    values: np.ndarray

    @property
    def seconds(self) -> np.ndarray:
        return self._part("seconds")

    @property
    def peak(self) -> np.ndarray:
        return self._part("peak")

    @property
    def loudness(self) -> np.ndarray:
        return self._part("loudness")

    @property
    def clipped(self) -> np.ndarray:
        return self._part("clipped")

    @property
    def audible(self) -> np.ndarray:
        return self._part("audible")

    @property
    def spectrum(self) -> np.ndarray:
        return self.values[..., len(_PARTS) :]

    def _part(self, name: str) -> np.ndarray:
        return self.values[..., _PARTS.index(name)]


def _spectrum(values: np.ndarray) -> np.ndarray:
    """Mean power (bands,) in decibels of the loudest band, none below `_DEEPEST`."""
    frames = np.pad(values, (0, -len(values) % _WINDOW)).reshape(-1, _WINDOW)
    power = (np.abs(np.fft.rfft(frames * np.hanning(_WINDOW))) ** 2).mean(axis=0)
    edges = np.searchsorted(np.fft.rfftfreq(_WINDOW, 1 / RATE), _EDGES)
    bands = np.array([power[low : max(low + 1, high)].mean() for low, high in pairwise(edges)])
    return np.maximum(10 * np.log10(bands / (bands.max() + 1e-20) + 1e-12), _DEEPEST)


def _decibels(amplitude: np.ndarray | float) -> np.ndarray:
    return 20 * np.log10(np.maximum(amplitude, 10 ** (_NOTHING / 20)))
