"""The final test of a race: held back by whole clusters, the same for every race, or honestly not at all."""

from __future__ import annotations

import pytest

from core.data.splits import came_divided, given_parts, make_split
from core.data.versions import Change, change_set, lineage
from core.studies.benchmark.design import BenchmarkDesign
from core.studies.benchmark.test_set import FEWEST, held_back, keep_version
from tests.helpers import bare_dataset, example, picture_dataset

DESIGN = BenchmarkDesign(("m",), ("head",))


def many(each: int = 40, split: str | None = None, classes: str = "abc"):
    return [example(f"{label}{n}", label, split) for label in classes for n in range(each)]


def test_a_share_of_every_class_is_held_back():
    held = held_back(bare_dataset(many()), DESIGN)
    parts = given_parts(held.dataset)
    assert held.n == len(parts["test"]) == 24
    assert sorted(held.dataset.examples[i].label for i in parts["test"]) == sorted("abc" * 8)
    assert "24 examples are reserved as the test set" in str(held.says)


def test_the_same_whatever_the_seed_of_the_race():
    one, other = (
        held_back(bare_dataset(many()), BenchmarkDesign(("m",), ("head",), seed=seed)).dataset.id for seed in (0, 5)
    )
    assert one == other


def test_copies_are_never_divided():
    from dataclasses import replace

    examples = [replace(one, group=f"{one.label}-{i // 4}") for i, one in enumerate(many())]
    held = held_back(bare_dataset(examples), DESIGN)
    groups: dict[str, set[str | None]] = {}
    for one in held.dataset.examples:
        groups.setdefault(one.group, set()).add(one.split)
    assert all(len(sides) == 1 for sides in groups.values()) and held.n


@pytest.mark.parametrize("each", [1, 2, 3, 8, 30])
def test_sets_that_are_too_small_have_none_and_say_so(each):
    dataset = bare_dataset(many(each))
    held = held_back(dataset, DESIGN)
    assert (held.n == 0) == (each * 3 * 0.2 < FEWEST)
    if not held.n:
        assert held.dataset == dataset and "too few examples" in str(held.says) and not held.changes


def test_one_that_was_held_back_before_is_kept():
    dataset = bare_dataset([*many(), *[example(f"t{n}", "a", "test") for n in range(3)]])
    held = held_back(dataset, DESIGN)
    assert held.n == 3 and held.dataset == dataset and "reserved before" in str(held.says)


@pytest.mark.parametrize(("parts", "tested"), [(("train", "validation", "test"), "x2"), (("train", "validation"), "x1"),
                                               (("train", "test"), "x1")])  # fmt: skip
def test_of_files_that_came_divided_the_last_part_is_the_final_test(parts, tested):
    examples = [example(f"x{k}-{n}", "ab"[n % 2], part) for k, part in enumerate(parts) for n in range(10)]
    held = held_back(bare_dataset(examples), DESIGN)
    assert not came_divided(held.dataset)
    test = {held.dataset.examples[i].id for i in given_parts(held.dataset)["test"]}
    assert test == {f"{tested}-{n}" for n in range(10)}
    splits = [make_split(held.dataset, seed=seed) for seed in (0, 1)]
    assert splits[0].train != splits[1].train and splits[0].test == splits[1].test
    assert "The files came divided: the 10 examples" in str(held.says)


def test_the_version_is_kept_once_with_its_change(workspace):
    dataset = picture_dataset(workspace, each=40)
    dataset.save(workspace)
    held = held_back(dataset, DESIGN)
    kept = keep_version(dataset, held, workspace)
    assert kept.id == held.dataset.id == keep_version(dataset, held, workspace).id
    assert "kept as a new version of the dataset" in str(held.says)
    assert "new version" not in str(held_back(kept, DESIGN).says)
    assert [str(change.summary) for change in lineage(kept.id, workspace).changes] == [
        "Reserved 20\u00a0% of every class as the test set"
    ]
    assert lineage(kept.id, workspace).version == 2


def test_parts_that_are_joined_are_a_change_like_any_other(workspace):
    examples = [
        example(f"{label}{part}{n}", label, part) for label in "ab" for part in ("train", "test") for n in range(4)
    ]
    dataset = bare_dataset(examples)
    dataset.save(workspace)
    held = held_back(dataset, DESIGN)
    kept = keep_version(dataset, held, workspace)
    assert Change.from_dict(held.changes[0].to_dict()) == held.changes[0]
    assert "put all others together" in str(lineage(kept.id, workspace).changes[0].summary)
    with pytest.raises(Exception, match="did not come divided"):
        change_set(kept.id, [Change("join_parts")], workspace)
