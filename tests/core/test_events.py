"""The vocabulary of events: nothing is lost on the way to the log and back."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events
from core.events import (
    EpochEnd,
    HiddenGuessed,
    JobEnded,
    Progress,
    RunEnded,
    RunStarted,
    Score,
    Searched,
    SourceUnderstood,
    StepEnd,
    Tried,
    Warned,
    drain,
    from_dict,
    to_dict,
    to_json,
)
from core.messages import NOTHING, Message, quoted
from core.studies.events import (
    BenchmarkPlanned,
    CandidateEvaluated,
    CandidateLeftOut,
    CandidateStarted,
    EpisodesDone,
    EpisodesScored,
    GiverAnswered,
    GiversDivided,
    MethodEvaluated,
    RunEvaluated,
    RunsCompared,
    SplitDrawn,
    TestEvaluated,
)

SCORE = Score(0.75, (0.409, 0.929), 8, 0.5)
EXAMPLES = (
    RunStarted(
        "r1",
        "d1",
        {"model": "m", "shots": None},
        ("a/b", "日本\u2028", "3"),
        6,
        2,
        0,
        None,
        30,
        Message("{n} for training.", n=6),
    ),
    RunStarted("r1", "d1", {}, ("a", "b"), 6, 2, 4, 0.5, 30, NOTHING, Message("Few.")),
    Tried("minilm-l6", "head", Message("A, b"), 0.75, (0.5, 0.9), 24, 0.6, 1.5),
    Searched({"model": "minilm-l6"}, Message("Few."), 0.75, 0.7, 24, 9.5, NOTHING),
    SourceUnderstood({"structure": "table", "columns": ["日本\u2028", "b"], "choices": {"header": ["yes", "no"]}}),
    Progress("embed", 3, 10),
    StepEnd(1, 2, 3, 0.25, 1.5),
    HiddenGuessed(3, 60, 0.8, 40, 12, 1.5),
    EpochEnd(0, 30, 0.69, 0.5, None, None, 0.1),
    EpochEnd(1, 30, 0.69, 0.5, 0.7, 0.25, 0.1),
    EpisodesDone(1, 200, 0.75, None, None),
    EpisodesDone(31, 200, 0.75, 0.5, 1.0),
    EpisodesScored(0.7, (0.6, 0.8), (0.5, 0.9), 0.2, 60, ({"label": "a", "interval": [0.1, 0.9]},), 0, 2),
    EpisodesScored(0.7, None, (0.5, 0.9), 0.2, 60, (), 0, 2),
    SplitDrawn(0, 5, (3, 1), (2, 2, 7)),
    GiversDivided((("Ann", "Bo"), ("日本",)), ("Ann",), ("c",), ("a", "b")),
    GiverAnswered("Ann", "日本", "011", 24, 1.5),
    MethodEvaluated(0, 5, "scratch/plain", "011", 1.5),
    BenchmarkPlanned("d1", ({"number": 0, "chosen": {}},), (0, 1, 2), 36, Message("{n} are reserved.", n=36), 2.5),
    CandidateStarted(0, 1, "r1", 3.0),
    CandidateEvaluated(0, 1, "r1", SCORE, 24, 1.5, 0.2, 4.5),
    CandidateLeftOut(1, Message("Too slow."), 5.0),
    TestEvaluated(0, "r1", SCORE, (3, 3, 5, 6, 7, 8, 9, 9), "01101111"),
    RunsCompared("own", True, 8, {"taught": 3}, ({"option": "seed", "label": Message("Seed"), "values": [NOTHING]},)),
    RunEvaluated("r1", "title", Message("Name"), SCORE, (3, 3, 5, 6, 7, 8, 9, 9), "01101111", False, 1.5, 0.2, 77),
    Warned(quoted('Line one\nline two, "quoted", \u2028 \x85 \r 🙂')),
    RunEnded("r1", "completed", SCORE, Score(0.5, (0.1, 0.9), 2, 1.0), 4, True, NOTHING, 9.5),
    RunEnded("r1", "failed", message=Message("No.")),
    JobEnded("completed", NOTHING, {"said": [Message("A {n}", n=1)], "dataset": "d", "nested": [{"x": None}]}),
)


def test_every_kind_of_event_is_tried_below():
    assert {type(event) for event in EXAMPLES} == set(events._kinds().values())


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_from_its_line_as_it_was(event):
    line = to_json(event)
    back = from_dict(json.loads(line))
    assert back == event
    assert [type(getattr(back, f.name)) for f in fields(back)] == [type(getattr(event, f.name)) for f in fields(event)]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_the_log_cannot_break_inside_an_event(event):
    assert "\n" not in to_json(event)
    assert "\r" not in to_json(event)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_message_survives(message):
    line = to_json(Warned(quoted(message)))
    assert "\n" not in line
    assert from_dict(json.loads(line.encode().decode())) == Warned(quoted(message))


@pytest.mark.parametrize("kind", events._kinds().items(), ids=lambda item: item[0])
def test_events_are_named_first_and_in_snake_case(kind):
    name, cls = kind
    written = to_dict(next(event for event in EXAMPLES if type(event) is cls))
    assert next(iter(written)) == "event"
    assert written["event"] == name == name.lower()
    assert name.replace("_", "") == cls.__name__.lower()


def test_fields_of_a_newer_log_are_ignored():
    newer = {**to_dict(StepEnd(1, 2, 3, 0.25, 1.5)), "gradient_norm": 3.0}
    assert from_dict(newer) == StepEnd(1, 2, 3, 0.25, 1.5)


def test_an_unknown_event_is_a_key_error():
    with pytest.raises(KeyError):
        from_dict({"event": "coffee_break"})


def test_events_cannot_be_changed():
    with pytest.raises(AttributeError):
        SCORE.n = 9


def test_drain_shows_each_event_in_order_and_returns_the_value():
    def stream():
        yield EXAMPLES[0]
        yield EXAMPLES[2]
        return "the value"

    seen = []
    assert drain(stream(), seen.append) == "the value"
    assert seen == [EXAMPLES[0], EXAMPLES[2]]


def test_drain_lets_an_error_of_the_stream_through():
    def stream():
        yield EXAMPLES[0]
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        drain(stream())
