"""What the README and its pages print can be typed: commands are understood, verbs are shown, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import tomllib

import pytest

from core.__main__ import _parser, verbs
from tests.helpers import PROJECT

PAGES = ("README.md", "README.zh.md", "docs/command_line.md", "docs/features.md", "benchmarks/README.md")


def text_of(page: str) -> str:
    return (PROJECT / page).read_text(encoding="utf-8")


def test_every_command_is_understood_and_every_verb_is_shown():
    commands = re.findall(r"^\.venv/bin/python -m core (.+)$", text_of("docs/command_line.md"), re.MULTILINE)
    parser = _parser()
    for command in commands:
        parser.parse_args(shlex.split(command))
    assert {command.split()[0] for command in commands} == {verb.name for verb in verbs()}


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_linked_is_there(page):
    folder = (PROJECT / page).parent
    linked = [target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text_of(page)) if "://" not in target]
    named = re.findall(r"`((?:tests|sample_data)/[\w./]+)`", text_of(page))
    assert linked
    assert [path for path in linked if not (folder / path).exists()] == []
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_both_readmes_hold_the_same_commands_and_lead_to_each_other():
    english, chinese = text_of("README.md"), text_of("README.zh.md")
    fenced = re.compile(r"```\w+\n(.+?)\n```", re.DOTALL)
    assert fenced.findall(english) == fenced.findall(chinese) and len(fenced.findall(english)) == 5
    assert [line.count("## ") for line in english.splitlines() if line.startswith("#")] == [
        line.count("## ") for line in chinese.splitlines() if line.startswith("#")
    ]
    assert "](README.zh.md)" in english and "](README.md)" in chinese


def test_it_names_the_python_that_the_package_asks_for():
    asks = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert f"You need Python {asks} or newer." in text_of("README.md")
    assert f"需要 Python {asks} 或更新的版本" in text_of("README.zh.md")
