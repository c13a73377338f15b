"""Near-duplicate recordings: the same sound saved in another format, louder or softer, or beginning a little later.

Recordings with nearly the same spectrum are laid over each other where they fit best (normalised cross-correlation of
the differences of neighbouring samples: else the deep part of a voice would count for nearly all). Measured on spoken
digits and noises: saved as MP3, Ogg or Opus in high and low quality, or cut and softer, a sound fits itself to 0.79 or
more; two takes of a word by one speaker to 0.69 at most. Sounds that repeat themselves, such as a tone, fit many others
and are left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.fft import next_fast_len
from scipy.spatial import cKDTree

from core.data.near_pictures import NearPair, NearPairs
from core.modalities.sound.decoding import RATE
from core.modalities.sound.hearing import Hearing

_LIKE_SPECTRUM = 4.0
"""Decibels, on average over the bands, by which two that are compared may differ."""
_LIKE_LENGTH = 1.5
_NEIGHBOURS = 4
_MOST_COMPARED = 2_000
"""Comparisons in all, which take a minute; those with the likest spectra first."""
_FITS, _SURELY = 0.77, 0.9
_REPEATS, _REPEATS_AFTER = 0.8, RATE // 20
"""A sound that fits itself so well, shifted by a twentieth of a second or more, repeats itself."""
_SILENT = -50.0
_ASK_EVERY = 50


def near_sounds(heard: Hearing, load: Callable[[int], np.ndarray], stop: Callable[[], bool]) -> NearPairs | None:
    """Near-duplicates among recordings like these, which `load` gives by number. None when `stop` turned true."""
    usable = np.flatnonzero((heard.peak > _SILENT) & (heard.seconds >= 0.1))
    if len(usable) < 2:
        return NearPairs()
    spectra = heard.spectrum[usable]
    bound = _LIKE_SPECTRUM * spectra.shape[1] ** 0.5
    k = min(len(usable), 1 + _NEIGHBOURS)
    distances, others = cKDTree(spectra).query(spectra, k=k, distance_upper_bound=bound)
    at, rank = np.nonzero(np.isfinite(distances))
    first, second = usable[at], usable[others[at, rank]]
    audible = heard.seconds * heard.audible
    like = (first != second) & (
        np.abs(np.log((audible[first] + 0.05) / (audible[second] + 0.05))) < np.log(_LIKE_LENGTH)
    )
    proposed: dict[tuple[int, int], float] = {}
    for a, b, distance in zip(first[like], second[like], distances[at, rank][like], strict=True):
        proposed[min(int(a), int(b)), max(int(a), int(b))] = float(distance)
    sound = lru_cache(maxsize=64)(load)
    pairs = []
    for n, (a, b) in enumerate(sorted(proposed, key=lambda pair: (proposed[pair], pair))[:_MOST_COMPARED]):
        if n % _ASK_EVERY == 0 and stop():
            return None
        fit = best_fit(sound(a), sound(b))
        if fit >= _FITS and not _repeats(sound(a)):
            pairs.append(NearPair(a, b, "sound", fit >= _SURELY))
    return NearPairs(tuple(sorted(pairs, key=lambda pair: (pair.first, pair.second))))


def best_fit(one: np.ndarray, other: np.ndarray) -> float:
    """How well two sounds (samples,) fit where they fit best, from 0 to 1, whatever their loudness."""
    return float(np.abs(_correlation(np.diff(one), np.diff(other))).max())


def _repeats(sound: np.ndarray) -> bool:
    differences = np.diff(sound)
    correlation = np.abs(_correlation(differences, differences))[_REPEATS_AFTER : len(sound) // 2]
    return bool(len(correlation) and correlation.max() > _REPEATS)


def _correlation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Normalised cross-correlation for every shift: none first, then to the right, those to the left at the end."""
    size = next_fast_len(len(one) + len(other), real=True)
    both = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    return both / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-12)
