"""What a verb of the command line is, and the parser that is made from all of them.

A file of verbs lists them at its end, each once: its name, what it does, the sentence of the help, and its flags.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from core.cli.output import words
from core.errors import RecipeError
from core.messages import Message, quoted
from core.workspace import Workspace


def no_flags(parser: Parser) -> None:
    """A verb that takes nothing."""


def takes_run(parser: Parser) -> None:
    """A verb about one run."""
    parser.add_argument("run", help=Message("run id"))


def takes_force(parser: Parser) -> None:
    """A verb that writes a file where it is told to (see `core.cli.output.refuse_to_replace`)."""
    parser.add_argument("--force", action="store_true", help=Message("replace a file that is there already"))


@dataclass(frozen=True, slots=True)
class Verb:
    """`run` does what is asked, prints the answer and gives the exit status; `flags` declares what can be asked."""

    name: str
    run: Callable[[argparse.Namespace, Workspace], int]
    help: Message
    flags: Callable[[Parser], object] = no_flags


class Parser(argparse.ArgumentParser):
    """One whose help is in the person's language, and whose errors are errors of ours."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, add_help=False, formatter_class=_Formatter)
        self._positionals.title, self._optionals.title = words("Arguments"), words("Options")
        self.add_argument("-h", "--help", action="help", help=Message("show this and end"))
        self.add_argument("--lang", metavar="CODE", help=Message("the language to print in, such as en"))

    def add_argument(self, *names: Any, help: Any = "", **options: Any) -> argparse.Action:
        # What the base declares in twenty parameters; a per cent sign begins a placeholder of its.
        said = words(help).replace("%", "%%") if isinstance(help, Message) else help
        return super().add_argument(*names, help=said, **options)

    def error(self, message: str) -> Any:
        raise RecipeError(_problem(message), Message("See `{command}`.", command=f"{self.prog} --help"))


_PROBLEMS = {
    r"the following arguments are required: (?P<names>.+)": Message("Missing: {names}."),
    r"unrecognized arguments: (?P<names>.+)": Message("There is no such argument: {names}."),
    r"argument (?P<name>.+?): invalid choice: (?P<value>.+?) \(choose from (?P<choices>.+)\)": Message(
        "{name}: invalid choice: {value}. There are: {choices}."
    ),
    r"argument (?P<name>.+?): invalid int value: (?P<value>.+)": Message("{name}: {value} is not a whole number."),
    r"argument (?P<name>.+?): invalid float value: (?P<value>.+)": Message("{name}: {value} is not a number."),
    r"argument (?P<name>.+?): expected (one|at least one|\d+) arguments?": Message("{name}: a value is missing."),
    r"ambiguous option: (?P<name>.+?) could match (?P<choices>.+)": Message("{name} can mean: {choices}."),
}
"""What argparse says of a line it cannot read, as patterns, and the sentence instead: its own are in English only."""


def _problem(said: str) -> Message:
    for pattern, message in _PROBLEMS.items():
        if found := re.fullmatch(pattern, said):
            return message.having(**found.groupdict())
    return quoted(f"{said[:1].upper()}{said[1:]}.")


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, f"{words('Usage')}: " if prefix is None else prefix)


def parser_of(verbs: Iterable[Verb], program: str, about: Message) -> Parser:
    """The parser of the whole command line."""
    parser = Parser(prog=program, description=words(about))
    under = parser.add_subparsers(required=True, metavar=words("VERB"), title=words("Verbs"))
    for verb in verbs:
        said = words(verb.help)
        made = under.add_parser(
            verb.name,
            help=said.replace("%", "%%"),
            description=words(Message("{sentence}.", sentence=f"{said[:1].upper()}{said[1:]}")),
        )
        made.set_defaults(verb=verb.run)
        made.add_argument(
            "--json", action="store_true", help=Message("print one JSON object a line, the last one the result")
        )
        verb.flags(made)
    return parser
