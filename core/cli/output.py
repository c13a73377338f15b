"""What the command line prints: sentences in the person's language, and events as they come; or, with `--json`, one
object a line, in which every message is a sentence too."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unicodedata import category

from core.errors import StorageError, UserError
from core.events import (
    EpochEnd,
    Event,
    HiddenGuessed,
    Progress,
    Rival,
    RunEnded,
    RunStarted,
    Score,
    Searched,
    SourceUnderstood,
    StepEnd,
    Tried,
    Warned,
    to_dict,
)
from core.messages import ENGLISH, Language, Message, chosen_language, quoted
from core.results.score import listed_rivals, on_rival, on_rivals, says_baseline
from core.runs.progress import wording, worth
from core.storage import making, write
from core.studies.events import CandidateEvaluated, CandidateLeftOut, EpisodesDone, MethodEvaluated
from core.training.spec.recipe import model_and_method
from core.workspace import Workspace

_spoken: Language = ENGLISH


def speak(asked: str | None) -> None:
    """Print in this language from now on, or in that of the environment; in English where there is no such."""
    global _spoken
    wanted = [asked] if asked else os.environ.get("LANGUAGE", "").split(":")
    _spoken = chosen_language([*wanted, *(os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))])


def language() -> Language:
    """What is printed in."""
    return _spoken


def words(text: Message | str, /, **values: Any) -> str:
    """A message, or an English text and its values, as it is printed."""
    return _spoken.render(Message(text, **values) if isinstance(text, str) else text, _harmless)


def _harmless(text: str) -> str:
    """A value from outside without characters that give orders to a terminal."""
    return "".join(char for char in text if char in "\n\t" or category(char) != "Cc")


def say(text: Message | str, /, **values: Any) -> None:
    """Print a message, or an English text with its values."""
    print(words(text, **values))


def say_line(line: str) -> None:
    """Print a line of a table, or an example."""
    print(_harmless(line))


def note(text: Message | str, /, **values: Any) -> None:
    """As `say`, to standard error: for what is no part of the answer."""
    print(words(text, **values), file=sys.stderr)


def print_json(data: dict[str, Any]) -> None:
    print(json.dumps(data, ensure_ascii=False, default=_plain), flush=True)


def _plain(value: object) -> str:
    return words(value) if isinstance(value, Message) else str(value)


def refuse_to_replace(file: Path, *, force: bool = False, inputs: Iterable[Path] = ()) -> None:
    """UserError where there is a `file` already; with `force` only where it is one of the `inputs` of what is made."""
    if not file.exists():
        return
    for given in inputs:
        with suppress(OSError, ValueError):  # a message that is too long for a name, or has a null character in it
            if given.samefile(file):
                raise UserError(Message("'{file}' is read for this, so it is not replaced.", file=str(file)),
                                Message("Choose another name."))  # fmt: skip
    if file.is_dir() or not force:
        raise UserError(Message("There is '{file}' already.", file=str(file)),
                        Message("Choose another name, or replace it with --force."))  # fmt: skip


def write_file(file: Path, content: bytes) -> None:
    """Write a file where a person asked for it. UserError where that cannot be."""
    with writing_out(file):
        write(file, content)


@contextmanager
def writing_out(file: Path) -> Iterator[None]:
    """Whatever the block writes to a file that a person asked for. UserError where that cannot be."""
    try:
        yield
    except StorageError as error:
        raise UserError(error.problem, _ELSEWHERE) from error
    except OSError as error:
        reason = Message("it failed") if file.parent.is_dir() else Message("there is no such folder")
        problem = Message("'{file}' cannot be written: {reason}.", file=str(file), reason=reason)
        raise UserError(problem, _ELSEWHERE) from error


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their names into a new folder, all of them or none. UserError where that cannot be."""
    try:
        with making(folder) as temporary:
            for name, content in files.items():
                (temporary / name).parent.mkdir(parents=True, exist_ok=True)
                (temporary / name).write_bytes(content)
    except StorageError as error:
        raise UserError(error.problem, _ELSEWHERE) from error
    except OSError as error:
        problem = Message("The folder '{folder}' cannot be made.", folder=str(folder))
        raise UserError(problem, _ELSEWHERE) from error


_ELSEWHERE = Message("Choose another place with --out.")


def listed(items: Sequence[str]) -> str:
    """ "a, b, c", or "-" for nothing."""
    return ", ".join(items) or "-"


# --- events ---


def listener(flags: argparse.Namespace) -> Callable[[Event], object]:
    """What shows a stream of events: as lines of JSON, or in words."""
    return (lambda event: print_json(to_dict(event))) if flags.json else _tell


def _tell(event: Event) -> None:
    match event:
        case Progress():
            note(wording(event))
        case EpisodesDone():
            note("Episode {n} of {total}: {share:percent} right so far", n=event.done, total=event.total,
                 share=event.accuracy)  # fmt: skip
        case Tried():
            note("{name}: {share:percent} right on average over {n} examples, loss {loss:.3f}, {seconds:.1f} s",
                 name=event.name, share=event.accuracy, n=event.n, loss=event.loss, seconds=event.seconds)  # fmt: skip
        case Searched():
            say(worth(event))
        case RunStarted():
            if event.why:
                model, method = model_and_method(event.recipe, Workspace.default())
                say(Message("{model} ({method}). {why}", model=model, method=method, why=event.why))
            if event.split:
                say(event.split)
        case HiddenGuessed():
            note("Hidden cells, epoch {n} of {epochs}: loss {loss:.3f} on {rows} rows", n=event.epoch,
                 epochs=event.epochs, loss=event.loss, rows=event.rows)  # fmt: skip
        case EpochEnd():
            _tell_epoch(event)
        case Warned(message):
            say(message)
        case RunEnded():
            _tell_end(event)
        case MethodEvaluated():
            right = event.right.count("1") / max(1, len(event.right))
            note("Split {n}, {shots} of each class, {method}: {share:percent}", n=event.split + 1, shots=event.shots,
                 method=event.method, share=right)  # fmt: skip
        case CandidateEvaluated():
            note("Candidate {number}, seed {seed}: {share:percent} of {n}, {seconds:.1f} s", number=event.candidate + 1,
                 seed=event.seed, share=event.validation.accuracy, n=event.validation.n,
                 seconds=event.took)  # fmt: skip
        case CandidateLeftOut():
            note("Candidate {number}: {why}", number=event.candidate + 1, why=event.why)
        case StepEnd() | SourceUnderstood():
            pass


def _tell_epoch(event: EpochEnd) -> None:
    known = {"n": event.epoch, "epochs": event.epochs, "training": event.train_accuracy, "seconds": event.seconds}
    if event.validation_accuracy is None:
        say("Epoch {n} of {epochs}: training {training:percent}, {seconds:.1f} s", **known)
    else:
        say("Epoch {n} of {epochs}: training {training:percent}, validation {validation:percent}, {seconds:.1f} s",
            validation=event.validation_accuracy, **known)  # fmt: skip


def _tell_end(event: RunEnded) -> None:
    score = event.test or event.validation
    if event.reason == "paused":
        say("Paused after {seconds:.0f} s. To resume: {command}", seconds=event.seconds,
            command=f"python -m core resume {event.run}")  # fmt: skip
    elif score is None:
        say(event.message or quoted(event.reason))
    else:
        tell_score(score, test=event.test is not None)
        tell_rivals(event.rivals)
        say("Run {run}", run=event.run)


def tell_rivals(rivals: Sequence[Rival]) -> None:
    """What plain methods reach on the same examples, and who wins."""
    for rival in listed_rivals(rivals):
        say(on_rival(rival))
    if rivals:
        say(on_rivals(rivals))


def tell_score(score: Score, *, test: bool, most_frequent: str | None = None) -> None:
    """How good a run is, how sure that is, and what naming the most frequent class would get."""
    known = {"right": round(score.accuracy * score.n), "n": score.n, "share": score.accuracy,
             "interval": score.interval}  # fmt: skip
    if test:
        say(
            "Test set: {right} of {n} right, {share:percent} (95\u00a0% confidence interval {interval:percent})",
            **known,
        )
    else:
        say("Validation set: {right} of {n} right, {share:percent} (95\u00a0% confidence interval {interval:percent})",
            **known)  # fmt: skip
    if most_frequent is None:
        say("Baseline (most frequent class): {share:percent}", share=score.baseline)
    else:
        say(says_baseline(most_frequent, score.baseline))
