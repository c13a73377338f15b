"""Recordings that are spoilt: silent, clipped, too short, of an odd length. Every check is about `Case.hearing`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from core.data.findings import Finding, Severity
from core.doctor.case import Case
from core.messages import NOTHING, Message, counted, sentences

_SILENT_PEAK = -50.0
"""Decibels of full scale: the loudest moment of a recording in which nothing is heard."""
_CLIPPED = 0.002
"""The share of samples at full scale from which on it is heard: some milliseconds in every second."""
_MOST_CLIPPED = 0.5
_SHORT = 0.1
"""Seconds: a click."""
_ODD = 4.0
"""How many times longer or shorter than the middle one of the dataset."""
_MOST_ODD = 0.1
_AGREEING = 10
"""So many recordings are needed before one of them can be called odd."""


def silent(case: Case) -> Iterator[Finding]:
    """Recordings in which nothing is heard."""
    found = np.flatnonzero(is_silent(case)).tolist()
    yield from _finding(
        case, "silent", "look", found,
        counted("{many} is silent", "{many} are silent", n=len(found), many=case.count(len(found))),
        Message(
            "A microphone that was switched off or muted, or a piece of a longer recording in which nothing "
            "happens. There is nothing to learn from them. Best skip them, unless silence is one of your classes."
        ),
        lambda i: Message("loudest moment {n} dB below full scale", n=round(-float(case.hearing.peak[i]))),
    )  # fmt: skip


def is_silent(case: Case) -> np.ndarray:
    """True (n,) for recordings whose loudest moment is not heard."""
    return case.hearing.peak < _SILENT_PEAK


def clipped(case: Case) -> Iterator[Finding]:
    """Recordings that were too loud for the microphone."""
    told = [float(example.facts.get("clipped", 0)) for example in case.dataset.examples]
    share = np.maximum(case.hearing.clipped, told)
    found = np.flatnonzero(share > _CLIPPED)
    found = found[np.argsort(-share[found], kind="stable")].tolist()
    usual = len(found) > _MOST_CLIPPED * len(share)
    yield from _finding(
        case, "clipped", "note" if usual else "look", found,
        counted("{many} is distorted (clipped)", "{many} are distorted (clipped)", n=len(found),
                many=case.count(len(found))),
        sentences(
            Message(
                "They were too loud for the microphone, so the tops of the waves are cut off, which sounds harsh."
            ),
            Message("As most are like that, the model can still learn to tell them apart.") if usual else Message(
                "If that happens to one class only, the model may learn the harshness instead of the sound. Record "
                "them again from further away, or skip them."
            ),
        ),
        lambda i: Message("{share:percent1} of it", share=float(share[i])),
        leave_out=not usual,
    )  # fmt: skip


def short_sound(case: Case) -> Iterator[Finding]:
    """Recordings that are over before anything can be heard."""
    seconds = case.hearing.seconds
    found = np.flatnonzero((seconds < _SHORT) & ~is_silent(case)).tolist()
    yield from _finding(
        case, "short_sound", "look", found,
        counted("{many} lasts less than {ms} milliseconds", "{many} last less than {ms} milliseconds", n=len(found),
                many=case.count(len(found)), ms=round(_SHORT * 1000)),
        Message("That is a click rather than a sound or a word. Was the recording stopped too early?"),
        lambda i: _milliseconds(float(seconds[i])),
    )  # fmt: skip


def odd_length(case: Case) -> Iterator[Finding]:
    """Recordings far longer or shorter than the others. Clear outliers only."""
    seconds = case.hearing.seconds.astype(float)
    if len(seconds) < _AGREEING:
        return
    times = seconds / np.median(seconds)
    odd = ((times > _ODD) | (times < 1 / _ODD)) & (seconds >= _SHORT)
    found = np.flatnonzero(odd).tolist()
    if len(found) > _MOST_ODD * len(seconds):
        return
    middle = Message("{n:g}", n=round(float(np.median(seconds)), 1))
    yield from _finding(
        case, "odd_length", "look", found,
        counted("{many} is far longer or shorter than the others", "{many} are far longer or shorter than the others",
                n=len(found), many=case.count(len(found))),
        Message(
            "Most last about {middle} seconds. Of a much longer one only a part may be what its class says, and a much "
            "shorter one may have been cut off: listen to them.", middle=middle,
        ),
        lambda i: Message("{n:g} seconds", n=round(float(seconds[i]), 1)),
    )  # fmt: skip


def _milliseconds(seconds: float) -> Message:
    n = round(1000 * seconds)
    return counted("{n} millisecond", "{n} milliseconds", n=n)


def _finding(
    case: Case,
    check: str,
    severity: Severity,
    found: list[int],
    title: Message,
    explanation: Message,
    detail: Callable[[int], Message] = lambda i: NOTHING,
    *,
    leave_out: bool = True,
) -> Iterator[Finding]:
    if found:
        remedies = (case.leave_out(found),) if leave_out else ()
        yield Finding(check, severity, title, explanation, len(found), case.exhibits(found, detail), remedies)
