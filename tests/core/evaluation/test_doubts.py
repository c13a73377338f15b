"""Findings about a set, as they bear on a score."""

from core.data.findings import Finding
from core.evaluation.doubts import doubts, of_a_kind
from tests.helpers import bare_dataset, example


def found(kind: str, severity: str = "look") -> Finding:
    return Finding(kind, severity, f"{kind} was found", "meaning", 1)


def test_only_what_bears_on_the_score_is_told_in_its_order():
    said = doubts([found("shortcut", "serious"), found("blurred"), found("wrong_labels"), found("imbalance")])
    assert [doubt.kind for doubt in said] == ["shortcut", "wrong_labels"]
    assert said[0].title == "shortcut was found"
    assert said[0].direction == "kind"


def test_near_copies_count_only_across_classes():
    assert [d.kind for d in doubts([found("near_duplicates", "look")])] == ["near_duplicates"]
    assert doubts([found("near_duplicates", "note")]) == []


def test_copies_among_those_that_judge_are_counted():
    dataset = bare_dataset([example("a", "x"), example("a", "x"), example("b", "x"), example("c", "y")])
    assert of_a_kind(dataset, [0, 1, 2, 3]) == 1
    assert of_a_kind(dataset, [0, 2, 3]) == 0
