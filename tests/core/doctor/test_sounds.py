"""Recordings that are silent, clipped, too short or of an odd length."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.dataset import Dataset, Example
from core.doctor.examine import examine
from core.events import drain
from core.modalities import get_modality
from tests.core.modalities.sound.making import RATE, file, tone


def recordings(workspace, extra=(), *, rate_of=lambda label: RATE, each=8) -> Dataset:
    """Two classes of sounds, and `extra` ones (name, samples)."""
    kind, rng, examples = get_modality("sound"), np.random.default_rng(0), []
    rows = [(f"{label}/{n}.wav", tone(float(rng.uniform(200, 900)), 1.0, rate_of(label), float(rng.uniform(0.2, 0.6))),
             rate_of(label)) for label in ("low", "high") for n in range(each)]  # fmt: skip
    for name, samples, rate in [*rows, *((name, samples, RATE) for name, samples in extra)]:
        raw = file(samples, rate)
        digest = kind.digest(raw)
        kind.keep(kind.read(raw), digest, workspace.examples)
        examples.append(Example(digest, name.split("/")[0], name, facts=kind.facts(raw)))
    return Dataset("sounds", "sound", tuple(examples), workspace.examples)


def found_in(dataset, workspace) -> dict[str, set[str]]:
    findings = drain(examine(dataset, workspace, quick=True))
    return {finding.kind: {exhibit.name for exhibit in finding.exhibits} for finding in findings}


def test_sound_recordings_are_left_in_peace(workspace):
    assert found_in(recordings(workspace), workspace) == {}


@pytest.mark.parametrize(
    ("check", "samples"),
    [
        ("silent", np.full(RATE, 0.001, np.float32)),
        ("clipped", np.clip(tone(300, 1.0, loud=3.0), -1, 1)),
        ("short_sound", tone(300, 0.06)),
        ("odd_length", tone(300, 9.0)),
        ("odd_length", tone(300, 0.15)),
    ],
)
def test_a_spoilt_recording_is_found_by_name(check, samples, workspace):
    assert found_in(recordings(workspace, [("low/odd.wav", samples)]), workspace) == {check: {"low/odd.wav"}}


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_what_was_too_loud_is_found_at_any_rate_and_in_either_channel(rate):
    kind, noise = get_modality("sound"), np.random.default_rng(0).normal(0, 1, (rate, 2)).clip(-1, 1)
    right = noise * [0.2, 1]
    assert [kind.facts(file(one, rate))["clipped"] > 0.002 for one in (noise, right, 0.9 * noise)] == [
        True, True, False,
    ]  # fmt: skip


def test_a_way_of_recording_that_gives_the_class_away_is_said(workspace):
    dataset = recordings(workspace, rate_of=lambda label: 8_000 if label == "low" else 44_100, each=16)
    findings = drain(examine(dataset, workspace, quick=True))
    assert "how the file was recorded" in str(next(one for one in findings if one.kind == "shortcut").title)
