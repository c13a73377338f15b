"""Sounds that the program makes itself: of five sources, each time a little different, and recorded by nobody.

They are for whoever has no recordings at hand. What a sound is like (its pitch, how fast it fades, the noise behind it)
is drawn anew for each, so a model has something to learn that holds for all of a source.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.modalities.sound.decoding import RATE

_SECONDS = 1.0
_PARTIALS = np.array([0.56, 0.92, 1.19, 1.71, 2.0, 2.74, 3.0, 3.76, 4.07])
_LOUDNESS = np.array([1.0, 0.67, 1.0, 1.8, 2.67, 1.67, 1.46, 1.33, 1.33])
_LASTING = np.array([1.0, 0.9, 0.65, 0.55, 0.325, 0.35, 0.25, 0.2, 0.15])
"""Of a bell, as Risset heard them: An introductory catalogue of computer synthesized sounds (1969), instrument 430."""

Drawn = np.random.Generator


def made_sound(source: str, number: int) -> np.ndarray:
    """The sound with this number of one of the SOURCES: (16000,) float32 in [-1, 1] at RATE. The same each time."""
    drawn = np.random.default_rng([list(SOURCES).index(source), number])
    seconds = np.arange(round(_SECONDS * RATE)) / RATE
    late = drawn.uniform(0.0, 0.2)
    sound = np.where(seconds < late, 0.0, np.roll(SOURCES[source](seconds, drawn), round(late * RATE)))
    sound = sound / np.abs(sound).max() * drawn.uniform(0.3, 0.9)
    return (sound + drawn.uniform(0.0, 0.02) * drawn.standard_normal(len(seconds))).clip(-1, 1).astype(np.float32)


def _bell(seconds: np.ndarray, drawn: Drawn) -> np.ndarray:
    """Partials that are no multiples of one another, the higher ones gone sooner."""
    pitch, lasting = drawn.uniform(300, 900), drawn.uniform(0.3, 0.9)
    waves = np.sin(2 * np.pi * pitch * _PARTIALS[:, None] * seconds)
    fading = np.exp(-seconds / (lasting * _LASTING[:, None]))
    return np.asarray((_LOUDNESS[:, None] * waves * fading).sum(axis=0))


def _clap(seconds: np.ndarray, drawn: Drawn) -> np.ndarray:
    """Hands that meet: a few bursts of noise, close together."""
    noise = np.diff(drawn.standard_normal(len(seconds) + 1))
    bursts = np.zeros(len(seconds))
    for at in np.cumsum(drawn.uniform(0.006, 0.02, int(drawn.integers(2, 5)))):
        bursts += np.where(seconds < at, 0.0, np.exp(-np.abs(seconds - at) / drawn.uniform(0.01, 0.04)))
    return noise * bursts


def _drum(seconds: np.ndarray, drawn: Drawn) -> np.ndarray:
    """A skin that is struck: its pitch falls as it fades, under the noise of the stick."""
    pitch, lasting = drawn.uniform(60, 140), drawn.uniform(0.08, 0.25)
    swept = pitch * (seconds + 0.04 * drawn.uniform(0.5, 1.5) * (1 - np.exp(-seconds / 0.04)))
    stick = drawn.standard_normal(len(seconds)) * np.exp(-seconds / 0.02)
    return np.sin(2 * np.pi * swept) * np.exp(-seconds / lasting) + drawn.uniform(0.1, 0.4) * stick


def _string(seconds: np.ndarray, drawn: Drawn) -> np.ndarray:
    """A string that is plucked (Karplus and Strong 1983): noise that goes round, each time a little smoother."""
    period = round(RATE / drawn.uniform(110, 440))
    kept = drawn.uniform(0.985, 0.999)
    turns = np.zeros((len(seconds) // period + 2, period))
    turns[0] = drawn.uniform(-1, 1, period)
    for turn in range(1, len(turns)):
        before, last = turns[turn - 1], turns[turn - 2][-1] if turn > 1 else 0.0
        turns[turn] = kept * (before + np.concatenate([[last], before[:-1]])) / 2
    return turns.reshape(-1)[: len(seconds)]


def _whistle(seconds: np.ndarray, drawn: Drawn) -> np.ndarray:
    """One tone that trembles and glides, with some breath in it."""
    pitch, glide = drawn.uniform(900, 2200), drawn.uniform(-400, 400)
    trembling = drawn.uniform(2, 12) * np.sin(2 * np.pi * drawn.uniform(4, 7) * seconds)
    phase = np.cumsum(pitch + glide * seconds + trembling) / RATE
    length = drawn.uniform(0.35, 0.75)
    swell = np.clip(np.minimum(seconds / 0.05, (length - seconds) / 0.1), 0.0, 1.0)
    breath = drawn.uniform(0.02, 0.12) * drawn.standard_normal(len(seconds))
    return swell * (np.sin(2 * np.pi * phase) + breath)


SOURCES: dict[str, Callable[[np.ndarray, Drawn], np.ndarray]] = {
    "bell": _bell, "clap": _clap, "drum": _drum, "string": _string, "whistle": _whistle,
}  # fmt: skip
"""What is heard, by its name, which is its class."""
