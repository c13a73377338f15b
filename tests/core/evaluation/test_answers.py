"""What a model said about those that judged it comes back from disk as it was."""

from __future__ import annotations

from core.evaluation.answers import Answer, read_answers, write_answers

ANSWERS = [
    Answer("aa", "validation", "a/b", {"a/b": 0.75, "日本\u2028": 0.25}),
    Answer("bb", "test", "a/b", {"a/b": 0.25, "日本\u2028": 0.75}),
]


def test_answers_come_back_as_they_were(tmp_path):
    write_answers(ANSWERS, tmp_path)
    assert read_answers(tmp_path) == ANSWERS


def test_no_answers_is_not_an_error(tmp_path):
    assert read_answers(tmp_path) == []
    write_answers([], tmp_path)
    assert read_answers(tmp_path) == []


def test_the_answer_is_the_likeliest_class_and_its_probability_the_confidence():
    assert [(a.label, a.right, a.confidence) for a in ANSWERS] == [("a/b", True, 0.75), ("日本\u2028", False, 0.75)]
