"""What the README prints can be typed: every command is understood, every verb is shown, every link leads somewhere."""

from __future__ import annotations

import re
import shlex
import tomllib

from core.__main__ import _parser, verbs
from tests.helpers import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\.venv/bin/python -m core (.+)$", README, re.MULTILINE)


def test_every_command_is_understood_and_every_verb_is_shown():
    parser = _parser()
    for command in COMMANDS:
        parser.parse_args(shlex.split(command))
    assert {command.split()[0] for command in COMMANDS} == {verb.name for verb in verbs()}


def test_every_file_that_is_linked_is_there():
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]
    named = re.findall(r"`((?:tests|sample_data|benchmarks)/[\w./]+)`", README)
    assert len(linked) > 5
    assert [path for path in [*linked, *named] if not (PROJECT / path).exists()] == []


def test_it_names_the_python_that_the_package_asks_for():
    asks = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert f"You need Python {asks.removeprefix('>=')} or newer." in README
