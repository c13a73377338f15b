"""Augmentation of sounds: at another moment, louder or softer, in some noise, with a gap in time or in pitch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.messages import Message
from core.modalities.sound.decoding import RATE

LEVELS: Mapping[str, Message] = {
    "none": Message("Every sound stays as it is."),
    "light": Message("Shifted by up to a tenth of a second, up to 6 decibels louder or softer, with a little noise."),
    "strong": Message(
        "Shifted by up to a quarter of a second, up to 12 decibels louder or softer, in more noise. Up to a fifth "
        "of its time is silenced, and one band of its tones is taken out."
    ),
}
_SHIFT = {"light": 0.1, "strong": 0.25}
_GAIN = {"light": 6.0, "strong": 12.0}
_NOISE = {"light": (40.0, 60.0), "strong": (20.0, 45.0)}
"""Decibels that the noise lies below the sound."""
_GAP = 0.2
_BAND = 0.15
"""The largest gap, as a share of the time and of the band up to 8 kHz (Park et al. 2019)."""


def varied(sound: np.ndarray, level: str, rng: np.random.Generator) -> np.ndarray:
    """A random variation at one of the LEVELS, as long as the sound."""
    if level == "none":
        return sound
    found = _shifted(sound, _SHIFT[level], rng)
    if level == "strong":
        found = _without_band(_without_time(found, rng), rng)
    loudness = float(np.sqrt(np.mean(found.astype(np.float64) ** 2)))
    noise = rng.standard_normal(len(found), dtype=np.float32) * loudness * 10 ** (-rng.uniform(*_NOISE[level]) / 20)
    gain = 10 ** (rng.uniform(-_GAIN[level], _GAIN[level]) / 20)
    return ((found + noise) * gain).clip(-1, 1).astype(np.float32)


def _shifted(sound: np.ndarray, most: float, rng: np.random.Generator) -> np.ndarray:
    """Later or earlier by up to `most` seconds and a quarter of its length; what leaves on one side is lost."""
    reach = min(int(most * RATE), len(sound) // 4)
    by = int(rng.integers(-reach, reach + 1))
    found = np.zeros_like(sound)
    found[max(0, by) : len(sound) + min(0, by)] = sound[max(0, -by) : len(sound) - max(0, by)]
    return found


def _without_time(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    width = int(rng.uniform(0, _GAP) * len(sound))
    start = int(rng.integers(0, len(sound) - width + 1))
    found = sound.copy()
    found[start : start + width] = 0
    return found


def _without_band(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft(sound)
    width = int(rng.uniform(0, _BAND) * len(spectrum))
    start = int(rng.integers(0, len(spectrum) - width + 1))
    spectrum[start : start + width] = 0
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)
