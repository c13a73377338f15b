"""The same sound saved again is found; another take, a tone and silence are not taken for it."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from core.data.near_sounds import near_sounds
from core.modalities.sound.decoding import RATE, decode
from core.modalities.sound.hearing import Hearing, hearing


def word(seed: int, seconds: float = 1.0) -> np.ndarray:
    """Noise of middle pitch that swells and fades, as no other seed has it."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    noise = np.convolve(rng.normal(size=n), np.hanning(9), "same")
    return (0.3 * noise / np.abs(noise).max() * np.hanning(n)).astype(np.float32)


def saved(sound: np.ndarray, format: str) -> np.ndarray:
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format=format)
    return decode(file.getvalue())


def pairs_of(sounds):
    heard = Hearing(np.stack([hearing(sound) for sound in sounds]))
    return {(p.first, p.second): p.sure for p in near_sounds(heard, sounds.__getitem__, lambda: False).pairs}


@pytest.mark.parametrize(
    "again",
    [
        lambda sound: saved(sound, "MP3"),
        lambda sound: saved(sound, "OGG"),
        lambda sound: 0.2 * sound,
        lambda sound: np.concatenate([np.zeros(RATE // 8, np.float32), sound]),
        lambda sound: saved(0.5 * sound[RATE // 10 :], "MP3"),
    ],
    ids=["mp3", "ogg", "softer", "later", "cut, softer and mp3"],
)
def test_the_same_sound_saved_again_is_found(again):
    assert set(pairs_of([word(0), word(1), again(word(0)), word(2)])) == {(0, 2)}


def test_other_takes_tones_and_silence_are_left_alone():
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32)
    silence = np.zeros(RATE, np.float32)
    assert pairs_of([word(n) for n in range(6)]) == {}
    assert pairs_of([tone, 0.5 * tone, silence, silence]) == {}
    assert pairs_of([word(0)]) == {}
