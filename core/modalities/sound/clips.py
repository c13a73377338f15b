"""Clips: what is heard in one recording with pauses between, one by one ("clap ... clap ... clap")."""

from __future__ import annotations

import numpy as np

from core.modalities.sound.decoding import RATE

_STEP = RATE // 50
"""Loudness is looked at every 20 milliseconds."""
_ABOVE_NOISE = 12.0
"""Decibels above the quiet of the room from which on something is heard."""
_BELOW_LOUDEST = 30.0
"""Decibels below the loudest moment at which it is too soft to be meant."""
_PAUSE = 0.25
"""Seconds of quiet that part two clips; a shorter gap is inside a word."""
_AROUND = 0.1
"""Seconds that are kept before and behind each clip."""
_SHORTEST = 0.05


def clips(sound: np.ndarray) -> list[np.ndarray]:
    """The parts of a recording in which something is heard, in their order; none where it is quiet throughout.

    The quiet of the room is what the softest tenth of the recording is like.
    """
    frames = np.add.reduceat(sound.astype(np.float64) ** 2, np.arange(0, len(sound), _STEP)) / _STEP
    loudness = 10 * np.log10(frames + 1e-10)
    quiet = float(np.quantile(loudness, 0.1))
    heard = loudness > max(quiet + _ABOVE_NOISE, loudness.max() - _BELOW_LOUDEST)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], heard, [False]]).astype(np.int8)))
    spans: list[list[int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if spans and (start - spans[-1][1]) * _STEP < _PAUSE * RATE:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    around = int(_AROUND * RATE)
    return [
        sound[max(0, start * _STEP - around) : end * _STEP + around]
        for start, end in spans
        if (end - start) * _STEP >= _SHORTEST * RATE
    ]
