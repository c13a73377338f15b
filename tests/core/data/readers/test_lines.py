"""Lines that begin with their label, and those that only look like it."""

from __future__ import annotations

import pytest

from tests.core.data.readers.making import load, pairs, read, skips

QUESTIONS = [
    "How far is it from Denver to Aspen ?",
    "Who was Galileo , and why ?",
    "What is an atom ?",
    "When , where ?",
]


def labelled(labels, times: int = 5) -> str:
    return "".join(f"{label} {text}\n" for _ in range(times) for label, text in zip(labels, QUESTIONS, strict=True))


@pytest.mark.parametrize(
    "labels",
    [("5", "3", "0", "5"), ("NUM:dist", "HUM:desc", "DESC:def", "NUM:date"), ("spam", "ham", "ham", "spam"),
     ("-1", "1", "1", "-1"), ("spam:", "ham:", "ham:", "spam:")],
)  # fmt: skip
def test_few_first_words_that_come_again_and_again_are_labels(labels):
    reading, items = read({"TREC.train.all": labelled(labels)})
    assert reading.proposal["structure"] == "lines"
    plain = [label.rstrip(":") for label in labels]
    assert pairs(items) == list(zip(QUESTIONS, plain, strict=True)) * 5
    assert items[0].name == "line 1"


def test_fasttext_marks_are_taken_off():
    _, items = read({"train.txt": labelled(("__label__pos", "__label__neg", "__label__pos", "__label__neg"))})
    assert {label for _, label in pairs(items)} == {"pos", "neg"}


def test_lines_without_a_text_and_blank_lines_are_listed():
    _, items = read({"q.txt": labelled("5305") + "3\n\n   \n0 What ?\n\n\n"})
    assert skips(items) == [
        ("line 21", "The message is empty."),
        ("line 22", "The row is empty."),
        ("line 23", "The row is empty."),
    ]
    assert len(pairs(items)) == 21


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(QUESTIONS * 5),
        "The cat sat.\nThe dog ran.\nA bird sang.\nThe cat slept.\nA dog ate.\nThe end came.\n" * 3,
        "1 apple\n2 pears\n3 plums\n4 figs\n5 nuts\n6 kiwis\n",
        "one\ntwo\nthree\n",
        "",
    ],
    ids=["questions", "prose", "numbered", "words", "nothing"],
)
def test_texts_without_labels_are_not_lines(text):
    assert load(text, "q.txt") is None


def test_a_regular_table_goes_before_lines():
    rows = "".join(
        f"{n % 2} first\tsecond {n}\tgood\n" if n % 3 else f"{n % 2} first\tnext {n}\tbad\n" for n in range(30)
    )
    assert load(rows, "t.txt").how["structure"] == "table"


def test_a_person_may_insist_on_lines():
    reading, items = read({"notes.txt": "cat meow\ndog woof\n"}, structure="lines")
    assert reading.proposal["structure"] == "lines"
    assert pairs(items) == [("meow", "cat"), ("woof", "dog")]


def test_commas_in_lines_are_no_columns():
    text = "".join(f"{n % 2} message {n}, well well\n" for n in range(20))
    assert load(text, "q.data").how["structure"] == "lines"


def test_a_colon_after_the_label_is_no_part_of_it():
    text = "food: what is for lunch\nbus: late again\nfood: no nuts please\nbus: it never came\n"
    assert load(text, "pasted.txt", structure="lines").rows == [
        ("food", "what is for lunch"), ("bus", "late again"), ("food", "no nuts please"), ("bus", "it never came"),
    ]  # fmt: skip


def test_the_wide_colon_of_chinese_and_japanese_divides_too():
    text = "餐饮：今天中午吃什么\n校车：又迟到了\n餐饮：请不要放坚果\n校车：它一直没有来：真的\n"
    assert load(text, "粘贴.txt", structure="lines").rows == [
        ("餐饮", "今天中午吃什么"), ("校车", "又迟到了"), ("餐饮", "请不要放坚果"), ("校车", "它一直没有来：真的"),
    ]  # fmt: skip
    assert load(text, "粘贴.txt").how["structure"] == "lines"
