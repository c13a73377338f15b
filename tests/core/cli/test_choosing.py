"""What is not read unasked is said in one paragraph, with the flags that say what is meant; each of them works."""

from __future__ import annotations

import json
import re
import shlex

import pytest

COLOURS = ("red", "blue", "green", "white", "black", "grey", "pink", "brown", "violet", "orange")
ANIMALS = ("cat", "dog", "hen", "cow", "pig", "ant", "bee", "fox", "owl", "rat")
UNSURE = {
    "wide": ["colours,animals", *map(",".join, zip(COLOURS, ANIMALS, strict=True))],
    "several": ["text,topic", *(f"message number {n},{('food', 'bus', 'food;bus')[n % 3]}" for n in range(12))],
    "unique": ["text,label", *(f"message number {n},class {n}" for n in range(14))],
}  # fmt: skip


@pytest.mark.parametrize("name", UNSURE)
def test_the_flags_that_are_told_decide_it(cli, tmp_path, name):
    (tmp_path / "given.csv").write_text("\n".join(UNSURE[name]))
    status, lines, said = cli("check", tmp_path / "given.csv", "--quick", "--json")
    assert status == 2
    assert said.count("\n") == 1 and "'given.csv'" in said
    assert json.loads(lines[-1])["proposal"]["picker"]["columns"]
    ways = re.findall(r"--[^(]*?(?= \(|, --|,? or --|\.$)", said.partition("On the command line: ")[2].strip())
    assert ways
    for way in ways:
        status, lines, said = cli("check", tmp_path / "given.csv", "--quick", "--json", *shlex.split(way))
        assert (status, json.loads(lines[-1])["modality"]) == (0, "text"), said


def test_columns_are_named_one_after_the_other(cli, tmp_path):
    rows = [f"{n},the title of {n},and the body {n},{'ab'[n % 2]},{('train', 'test')[n % 4 == 0]}" for n in range(16)]
    (tmp_path / "mails.csv").write_text("\n".join(["nr,one,two,three,four", *rows]))
    flags = shlex.split("--example-columns one two --label-column three --ignored-columns nr --split-column four")
    status, lines, _ = cli("check", tmp_path / "mails.csv", "--quick", "--json", *flags)
    found = json.loads(lines[-1])
    assert (status, found["classes"], found["splits"]) == (0, {"a": 8, "b": 8}, {"test": 4, "train": 12})
    assert found["proposal"]["example_columns"] == ["one", "two"]
