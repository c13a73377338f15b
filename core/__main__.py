"""The command line: `python -m core VERB ...`, or `finetune-lab VERB ...`. It does everything the pages do.

With `--json`, one JSON object a line, the last line the result. Exit status 0 only on success; 2 for bad input and for
a disk that refuses, with one paragraph on stderr; 1 when a run failed.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.cli import (
    classroom,
    data,
    lessons,
    library,
    project,
    removing,
    reporting,
    results,
    serving,
    starting,
    studies,
    training,
    trying,
)
from core.cli.output import note, speak
from core.cli.verbs import Parser, Verb, parser_of
from core.data.readers.reading import UndecidedError
from core.errors import UserError
from core.hardware import CONSIDERATE
from core.messages import Message, sentences
from core.storage import refusal
from core.workspace import Workspace

_MODULE, _COMMAND = "python -m core", "finetune-lab"


def verbs() -> Iterator[Verb]:
    """All of them, in the order of the help: the way from files to an answer."""
    for family in (starting, classroom, data, training, trying, serving, results, reporting):
        yield from family.VERBS
    yield from studies.verbs()
    yield from removing.VERBS
    yield from library.VERBS
    yield from project.VERBS
    yield from lessons.VERBS


def command() -> int:
    """What `finetune-lab` runs: with nothing after it, the app."""
    return main(sys.argv[1:] or ["start"], _COMMAND)


def main(arguments: Sequence[str] | None = None, program: str = _MODULE) -> int:
    os.environ.update({**CONSIDERATE, **os.environ})  # before anything imports torch
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what was given may hold letters that cannot be printed here
            stream.reconfigure(errors="replace")
    speak(_language_in(given))
    try:
        flags = _parser(program).parse_args(given)
        status = int(flags.verb(flags, Workspace.default()))
        sys.stdout.flush()
        return status
    except UndecidedError as error:
        note(sentences(error.message, data.flags_to_choose(error)))
        return 2
    except UserError as error:
        note(error.message)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    except OSError as error:
        refused = refusal(error, Path())
        if refused is None:
            raise
        note(refused.message if error.filename else _NOT_PRINTED)
        return 2


_NOT_PRINTED = Message("What is printed cannot be written: the disk is full. Make room on it and try again.")


def _parser(program: str = _MODULE) -> Parser:
    return parser_of(verbs(), program, Message("Fine-tune a pretrained model on a few labelled examples of your own."))


def _language_in(arguments: Sequence[str]) -> str | None:
    """What `--lang` asks for: known before there is a parser, since its help is in that language already."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if word == "--lang":
            return following
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return None


if __name__ == "__main__":
    sys.exit(main())
