"""What the command line prints: events as they come, results as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from core.events import (
    EntrantJudged,
    EntrantLeftOut,
    EpisodesDone,
    EpochEnd,
    Event,
    Progress,
    RunEnded,
    RunStarted,
    SourceUnderstood,
    StepEnd,
    Warned,
    WayJudged,
    to_json,
)
from core.runs.progress import wording


def listener(flags: argparse.Namespace) -> Callable[[Event], object]:
    if flags.json:
        return lambda event: print(to_json(event), flush=True)
    return _describe


def _describe(event: Event) -> None:
    match event:
        case Progress():
            print(wording(event), file=sys.stderr)
        case EpisodesDone(done, total, accuracy):
            print(f"episodes: {done} of {total}, {accuracy:.1%} right so far", file=sys.stderr)
        case RunStarted():
            print(f"{event.why}\n{event.split}" if event.why else event.split)
        case EpochEnd():
            judged = f", validation {event.validation_accuracy:.1%}" if event.validation_accuracy is not None else ""
            print(
                f"epoch {event.epoch:>3}/{event.epochs}: "
                f"training {event.train_accuracy:.1%}{judged}, {event.seconds:.1f} s"
            )
        case Warned(message):
            print(message)
        case RunEnded(reason="paused"):
            print(f"paused after {event.seconds:.0f} s; go on with `python -m core resume {event.run}`")
        case RunEnded(validation=None):
            print(f"{event.reason}: {event.message}")
        case RunEnded():
            s = event.test or event.validation
            print(
                f"{event.reason}: right on {round(s.accuracy * s.n)} of {s.n}: {s.accuracy:.0%},"
                f" between {s.interval[0]:.0%} and {s.interval[1]:.0%}; "
                f"always guessing the commonest class: {s.baseline:.0%}."
                f"\nrun {event.run}"
            )
        case WayJudged():
            right = event.right.count("1") / max(1, len(event.right))
            print(f"draw {event.draw + 1}, {event.shots} of each class, {event.way}: {right:.0%}", file=sys.stderr)
        case EntrantJudged():
            s = event.validation
            print(
                f"entrant {event.entrant}, seed {event.seed}: {s.accuracy:.0%} of {s.n}, {event.took:.1f} s",
                file=sys.stderr,
            )
        case EntrantLeftOut():
            print(f"entrant {event.entrant} is {event.why['text'].format(**event.why['values'])}", file=sys.stderr)
        case StepEnd() | SourceUnderstood():
            pass


def print_json(data: dict[str, Any]) -> None:
    print(json.dumps(data, ensure_ascii=False, default=str), flush=True)
