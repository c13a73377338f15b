"""Nobody's examples are on both sides, whatever the givers have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.data.dataset import Example
from core.errors import DataError
from core.messages import language
from core.studies.pooled.givers import divide
from tests.helpers import bare_dataset


def dataset(*rows: tuple[str, str, str | None]):
    return bare_dataset([Example(digest, label, digest, source=source) for digest, label, source in rows])


FULL = [(f"{giver}{label}{n}", label, giver) for giver in "tuvwx" for label in "ab" for n in range(2)]


def test_every_giver_is_in_one_group_and_is_asked_by_those_of_others():
    found = divide(dataset(*FULL), 3, 1, seed=0)
    assert sorted(found.group) == list("tuvwx") == list(found.alone) and found.groups == 3
    assert sorted(i for own in found.examples.values() for i in own) == list(range(20))
    for giver in found.alone:
        assert giver not in found.asked(giver)
        assert all(found.group[other] != found.group[giver] for other in found.asked(giver))
    assert divide(dataset(*FULL), 30, 1, seed=0).groups == 5, "each is tested alone"


def test_givers_with_a_copy_are_in_one_group():
    found = divide(dataset(*FULL, ("ta0", "a", "w")), 5, 1, seed=0)
    assert found.group["t"] == found.group["w"] and found.groups == 4


def test_what_is_reserved_has_no_giver_or_stands_with_one_group_alone_is_left_out():
    whole = dataset(*FULL, ("nobody's", "a", None), ("alone", "c", "t"), ("alone too", "c", "t"))
    marked = tuple(replace(one, split="test") if one.id == "ua0" else one for one in whole.examples)
    found = divide(replace(whole, examples=marked), 5, 1, seed=0)
    assert {one.id for one in found.dataset.examples} == {one[0] for one in FULL} - {"ua0"}
    assert found.left_out == ("c",)


def test_who_lacks_a_class_is_in_everybodys_only():
    rows = [row for row in FULL if row[:1] != ("ub1",) and row[0] not in ("vb0", "vb1")]
    assert divide(dataset(*rows), 5, 1, seed=0).alone == tuple("tuwx")
    assert divide(dataset(*rows), 5, 2, seed=0).alone == tuple("twx")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row for row in FULL if row[2] in "tu"], "at least 3 givers"),
        ([("same", row[1], row[2]) for row in FULL], "copies of each other"),
        ([(row[0], f"{row[1]} of {row[2]}", row[2]) for row in FULL], "Hardly any class"),
        ([row for row in FULL if (row[2] in "tuv") == (row[1] == "a")], "No giver has an example of each class"),
    ],
)
def test_what_cannot_be_compared_is_said(rows, said):
    with pytest.raises(DataError, match=said):
        divide(dataset(*rows), 5, 1, seed=0)


def test_a_sample_is_called_as_its_reader_calls_it():
    with pytest.raises(DataError) as refused:
        divide(replace(dataset(*FULL[:4]), title="Clip art"), 5, 1, seed=0)
    assert "剪贴画" in language("zh").render(refused.value.problem)
