"""Chatbots' training phrases as people write them."""

from __future__ import annotations

import pytest

from core.data.readers.propose import propose
from core.data.readers.reading import ReadOptions
from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import pairs
from tests.reading import read_with, source_of

PAIRS = [
    ("hey", "greet"), ("hello Anna", "greet"), ("good day", "greet"),
    ("goodbye", "bye"), ("to Berlin please", "bye"), ("see you", "bye"),
]  # fmt: skip
RASA = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - hey
    - hello [Anna](name)
    - good day
- synonym: x
  examples: |
    - y
- intent: bye
  examples:
    - goodbye
    - text: |
        to [Berlin]{"entity": "city"} please
    - see you
"""
MARKDOWN = """# what they say
## intent:greet
- hey
- hello [Anna](name)
- good day

## synonym:x
- y

## intent: bye
* goodbye
- to [Berlin]{"entity": "city"} please
- see you
"""
SNIPS = """---
type: intent
name: greet
utterances:
  - hey
  - hello [Anna](name)
  - good day
---
type: intent
name: bye
utterances:
  - goodbye
  - to [Berlin](city) please
  - see you
"""


@pytest.mark.parametrize(("name", "text"), [("nlu.yml", RASA), ("nlu.md", MARKDOWN), ("dataset.yaml", SNIPS)])
def test_each_phrase_is_of_the_intent_above_it(name, text):
    assert pairs(read_with(propose, source_of({name: text.encode()})).items) == PAIRS


def test_what_else_a_chatbot_is_made_of_is_left_out():
    files = {"data/nlu.yml": RASA, "domain.yml": "intents:\n- greet\n- bye\n", "config.yml": "language: en\n"}
    reading = read_with(propose, source_of({name: text.encode() for name, text in files.items()}))
    assert pairs(reading.items) == PAIRS
    assert len(reading.items) == 8


@pytest.mark.parametrize("text", ["nlu: 3", "nlu:\n- intent: 3\n  examples: 4", "nlu: [*a]", "a: &a [*a]", "- {", "\t"])
def test_other_yaml_holds_none(text):
    with pytest.raises(DataError, match="No training phrases"):
        read_with(propose, source_of({"nlu.yml": text.encode()}))


def test_aliases_that_grow_without_end_are_never_spelt_out():
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)), "nlu: *a59"]
    with pytest.raises(DataError):
        read_with(propose, source_of({"nlu.yml": "\n".join(lines).encode()}))


def test_more_phrases_than_the_limit_are_refused():
    with pytest.raises(DataError, match="more than 5 rows"):
        propose(source_of({"nlu.yml": RASA.encode()}), ReadOptions(), Limits(rows=5))
