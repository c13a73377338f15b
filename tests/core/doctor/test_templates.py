"""Texts that begin or end alike: in all classes, in one of them, or as language does."""

from __future__ import annotations

from itertools import product

import pytest

from core.doctor.case import Case
from core.doctor.templates import templates
from tests.core.doctor.test_doctor import messages

WHO = ("driver", "teacher", "cook", "neighbour", "doctor")
WHAT = ("forgot the keys", "came too late", "sang a song", "was very kind", "lost a shoe", "bought bread", "ran away")
WHEN = ("Today", "Perhaps", "Once", "Again")
PLAIN = [f"{WHEN[i % 4]} the {who} {what}" for i, (who, what) in enumerate(product(WHO, WHAT))]


def found_in(texts, labels=None):
    labels = labels or ["ab"[i % 2] for i in range(len(texts))]
    return list(templates(Case(messages(list(zip(texts, labels, strict=True))), None, None)))


def test_plain_texts_have_no_template():
    assert found_in(PLAIN) == []


@pytest.mark.parametrize(
    ("around", "title", "written"),
    [
        ("Dear support team,\n{}", "100\u00a0% of the messages begin the same", "Dear support team,"),
        ("Subject: Re: {}", "100\u00a0% of the messages begin the same", "Subject: Re:"),
        ("{}\n\nSent from my telephone", "100\u00a0% of the messages end the same", "Sent from my telephone"),
        ("尊敬的客服：{}", "100\u00a0% of the messages begin the same", "尊敬的客服："),
    ],
)
def test_what_all_begin_or_end_with_is_a_note(around, title, written):
    (finding,) = found_in([around.format(text) for text in PLAIN])
    assert (finding.severity, str(finding.title)) == ("note", title)
    assert f"“{written}”" in str(finding.explanation)


@pytest.mark.parametrize("around", ["Ticket no. 7: {}", "{} -- written by the robot"])
def test_what_one_class_has_to_itself_gives_it_away(around):
    texts = [around.format(text) if i % 2 else text for i, text in enumerate(PLAIN)]
    (finding,) = found_in(texts)
    assert finding.severity == "serious"
    assert str(finding.title).startswith("'b' can be told by how the texts")
    assert {exhibit.label for exhibit in finding.exhibits} == {"b"}


def test_what_all_have_gives_no_class_away_that_is_nearly_all_there_is():
    labels = ["rare" if i % 20 == 0 else "usual" for i in range(len(PLAIN))]
    (finding,) = found_in([f"Dear support team,\n{text}" for text in PLAIN], labels)
    assert (finding.severity, str(finding.title)) == ("note", "100\u00a0% of the messages begin the same")


def test_a_few_of_a_class_and_copies_of_one_prove_nothing():
    texts = [f"Ticket no. 7: {text}" if i in (1, 3, 5, 7) else text for i, text in enumerate(PLAIN)]
    assert found_in(texts) == []
    assert found_in([*PLAIN, *["Ticket no. 7: it is broken"] * 40]) == []


@pytest.mark.parametrize("texts", [[], ["x"], ["Dear all, " * 100_000] * 40, [f"How many are {t}?" for t in "ab"]])
def test_odd_texts_are_looked_at(texts):
    assert found_in(texts) == []


def test_ten_thousand_classes_take_no_longer():
    assert found_in(PLAIN * 300, [f"class {i}" for i in range(len(PLAIN) * 300)]) == []
