"""Sounds as a kind of example: pieces of long recordings, augmentation, what they are like, clips."""

from __future__ import annotations

import numpy as np
import pytest

from core.modalities.sound.clips import clips
from core.modalities.sound.decoding import LONGEST_PIECE, RATE
from core.modalities.sound.hearing import Hearing, hearing
from core.modalities.sound.modality import SoundModality
from core.modalities.sound.variation import LEVELS, varied
from tests.core.modalities.sound.making import file, tone

KIND = SoundModality()


@pytest.mark.parametrize(("seconds", "pieces"), [(1, 1), (10.4, 1), (14, 1), (16, 2), (61, 6)])
def test_long_recordings_are_cut_into_equal_pieces_and_nothing_is_lost(seconds, pieces):
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, int(seconds * RATE)).astype(np.float32)
    found = KIND.read_all(file(samples))
    assert len(found) == pieces
    assert max(map(len, found)) - min(map(len, found)) <= 1
    assert max(map(len, found)) <= LONGEST_PIECE * RATE
    np.testing.assert_allclose(np.concatenate(found), samples, atol=1e-4)
    assert len(KIND.read(file(samples))) <= LONGEST_PIECE * RATE


@pytest.mark.parametrize(
    ("name", "misnamed"), [("a.wav", False), ("a.MP3", True), ("a", False), ("a.wave", False), ("a.m4a", True)]
)
def test_a_format_that_the_name_does_not_say(name, misnamed):
    assert KIND.is_misnamed(name, KIND.facts(file(tone()))) is misnamed


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("samples", [1, 400, 24_000])
def test_every_variation_is_a_sound_as_long_and_differs_unless_none(level, samples):
    sound = np.random.default_rng(1).uniform(-1, 1, samples).astype(np.float32)
    before = sound.copy()
    found = varied(sound, level, np.random.default_rng(2))
    assert found.shape == sound.shape and found.dtype == np.float32
    assert np.abs(found).max() <= 1 and np.isfinite(found).all()
    assert np.array_equal(sound, before)
    assert np.array_equal(found, sound) is (level == "none")
    assert np.array_equal(found, varied(sound, level, np.random.default_rng(2)))


def test_silence_clipping_and_length_are_heard():
    loud = KIND.read(file(np.clip(tone(seconds=2.0, rate=44_100, loud=3.0), -1, 1), 44_100))
    soft, silence = tone(seconds=0.5, loud=0.1), np.zeros(RATE, np.float32)
    heard = Hearing(np.stack([hearing(one) for one in (loud, soft, silence)]))
    assert heard.seconds.tolist() == pytest.approx([2.0, 0.5, 1.0])
    assert heard.clipped[0] > 0.1 and heard.clipped[1] == heard.clipped[2] == 0
    assert heard.peak.tolist() == pytest.approx([0, -20, -120], abs=0.3)
    assert heard.audible.tolist() == pytest.approx([1, 1, 0])


def test_what_is_said_with_pauses_between_becomes_clips():
    quiet = np.random.default_rng(0).normal(0, 0.001, RATE // 2).astype(np.float32)
    one, two = tone(300, 0.3), np.concatenate([tone(500, 0.2), quiet[:1_600], tone(700, 0.2)])  # a gap inside a word
    found = clips(np.concatenate([quiet, one, quiet, two, quiet, quiet]))
    assert [round(len(clip) / RATE, 1) for clip in found] == [0.5, 0.7]
    assert clips(quiet) == [] or len(clips(np.zeros(RATE, np.float32))) == 0


def test_what_is_not_listened_to_is_said():
    assert not KIND.passed_over(file(tone(seconds=14)))
    said = str(KIND.passed_over(file(tone(seconds=90, rate=8_000), 8_000)))
    assert "Only its loudest 15 seconds" in said


def test_a_live_answer_is_about_as_much_as_the_examples_last():
    assert KIND.window([{"seconds": 2.0}, {"seconds": 2.5}, {"seconds": 30.0}]) == 2.5
    assert KIND.window([{"seconds": 0.2}]) == 1.0
    assert KIND.window([{"seconds": 9.0}]) == 4.0
    assert KIND.window([]) == 1.0
