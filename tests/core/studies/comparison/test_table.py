"""Runs compared: on the same examples, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.cli.studies import offers
from core.errors import RecipeError, RunError
from core.studies.base import Context
from core.studies.comparison import COMPARISON
from core.studies.comparison.design import ComparisonDesign, common_sets, read_runs
from core.studies.comparison.findings import findings
from core.studies.comparison.table import ComparisonTable
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe
from core.workspace import new_id
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import picture_dataset


def compared(workspace, *runs, on="own") -> ComparisonTable:
    design = ComparisonDesign(tuple(run.id for run in runs), on)
    return ComparisonTable(design, COMPARISON.run(design, Context(workspace)))


def said(found: ComparisonTable) -> list[str]:
    return list(map(str, findings(found)))


def test_two_runs_on_the_same_examples(workspace, tiny_models):
    dataset = messages(workspace, each=80)  # 40 judge
    worse = finished_run(workspace, dataset, wrong=range(4, 20), recipe={"strategy": "nearest"})
    better = finished_run(workspace, dataset, wrong=(0, 5))
    found = compared(workspace, worse, better)
    assert [run.run for run in found.runs] == [better.id, worse.id]  # by score
    assert found.same_examples and found.clear and found.about.evaluated_on == "own"
    (pair,) = found.pairs
    assert (pair.found.paired.only_first, pair.found.paired.only_second, pair.winner) == (15, 1, 0)
    assert said(found)[0].startswith("“Last layer only” is better than “Nearest average”: by 35 percentage points")
    told = COMPARISON.data(found)
    assert str(told["verdict"]) == said(found)[0] and offers(found, workspace) == []
    assert told["pairs"][0]["winner"] == better.id and told["pairs"][0]["p"] == told["pairs"][0]["p_corrected"]


def test_identical_runs_have_no_winner(workspace, tiny_models):
    dataset = messages(workspace)
    found = compared(workspace, finished_run(workspace, dataset, (1,)), finished_run(workspace, dataset, (1,)))
    assert found.same_examples and not found.clear
    assert "right on the very same ones of these 10 examples" in said(found)[0]
    low, high = found.pairs[0].found.interval
    assert low < 0 < high


def test_near_copies_count_once(workspace, tiny_models):
    dataset = messages(workspace, each=80)
    split = make_plan(dataset, Recipe("tiny-text"), workspace).split
    grouped = {i: "burst" for i in split.validation[:10]}  # still whole on the judging side
    marked = [
        replace(e, group=grouped.get(i), split="validation" if i in split.validation else "train")
        for i, e in enumerate(dataset.examples)
    ]
    dataset = replace(dataset, examples=tuple(marked))
    dataset.save(workspace)
    found = compared(workspace, finished_run(workspace, dataset, range(10)), finished_run(workspace, dataset))
    (pair,) = found.pairs
    assert pair.found.paired.only_first == 10 and pair.found.units == 31
    assert pair.found.paired.p == 1.0 and not found.clear
    assert any("31 different ones" in one for one in said(found))


def test_scores_of_different_examples_are_not_compared(workspace, tiny_models):
    dataset = messages(workspace, each=60)
    easy, hard = finished_run(workspace, dataset), finished_run(workspace, dataset, range(20), recipe={"seed": 1})
    found = compared(workspace, easy, hard)
    assert not found.same_examples and not found.pairs and not found.clear
    assert said(found)[0].startswith("No verdict: ") and "different examples" in said(found)[0]
    assert not any("better than" in one for one in said(found))


def test_the_same_examples_under_another_label_are_not_the_same(workspace, tiny_models):
    dataset = messages(workspace)
    judged = make_plan(dataset, Recipe("tiny-text"), workspace).split.validation[0]
    other = [
        replace(e, label="yes" if e.label == "no" else "no") if i == judged else e
        for i, e in enumerate(dataset.examples)
    ]
    changed = replace(
        dataset,
        examples=tuple(
            replace(e, split="validation" if i in _judging(dataset, workspace) else "train")
            for i, e in enumerate(other)
        ),
    )
    changed.save(workspace)
    found = compared(workspace, finished_run(workspace, dataset), finished_run(workspace, changed))
    assert not found.same_examples and found.about.shared == 9


def _judging(dataset, workspace):
    return make_plan(dataset, Recipe("tiny-text"), workspace).split.validation


def test_the_examples_that_judged_both_can_be_compared_at_once(workspace, tiny_models):
    dataset = messages(workspace, each=100)
    one, other = finished_run(workspace, dataset), finished_run(workspace, dataset, range(25), recipe={"seed": 1})
    first, second = (make_plan(dataset, Recipe("tiny-text", seed=s), workspace).split for s in (0, 1))
    both = set(first.validation) & set(second.validation)
    found = compared(workspace, one, other)
    assert found.about.shared == len(both) >= 10
    assert offers(found, workspace) == [{"on": "shared", "n": len(both)}]
    on = compared(workspace, one, other, on="shared")
    assert on.same_examples and on.about.evaluated_on == "shared"
    assert {run.score.n for run in on.runs} == {len(both)}
    assert len(set(on.runs[0].examples)) == len(both)
    mistakes = sum(i in both for i in second.validation[:25])
    assert [run.score.accuracy for run in on.runs] == pytest.approx([1.0, 1 - mistakes / len(both)])
    assert f"on these {len(both)} examples" in said(on)[0]


def test_of_three_or_more_every_pair_counts(workspace, tiny_models):
    dataset = messages(workspace, each=80)  # 40 judge
    runs = [
        finished_run(workspace, dataset, wrong)
        for wrong in ((), (0, 1, 2, 3, 4, 5, 6), (10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24))
    ]
    found = compared(workspace, *runs)
    assert len(found.pairs) == 3
    by = {(pair.first, pair.second): pair for pair in found.pairs}
    p = by[0, 1].found.paired.p
    assert p == pytest.approx(2 / 2**7)  # 0.0156, under 5 % alone
    assert by[0, 1].p == pytest.approx(max(2 * p, by[1, 2].p)) or by[0, 1].p == pytest.approx(2 * p)
    assert by[0, 2].p == pytest.approx(3 * 2 / 2**15) and by[0, 2].winner == 0
    assert any("corrected for testing 3 pairs" in one for one in said(found))


def test_three_without_a_clear_winner(workspace, tiny_models):
    dataset = messages(workspace, each=80)
    runs = [finished_run(workspace, dataset, wrong) for wrong in ((), (3,), range(10, 25))]
    found = compared(workspace, *runs)
    assert not found.clear
    assert said(found)[0] == (
        "No clear difference: “Last layer only (run 1)” and “Last layer only (run 2)” may be equally good. Clearly "
        "worse: “Last layer only (run 3)”."
    )
    all_alike = compared(workspace, *(finished_run(workspace, dataset, (n,)) for n in range(3)))
    assert said(all_alike)[0].endswith("may be equally good.") and "worse" not in said(all_alike)[0]


def test_three_with_a_clear_winner(workspace, tiny_models):
    dataset = messages(workspace, each=80)
    found = compared(workspace, *(finished_run(workspace, dataset, range(n)) for n in (0, 15, 20)))
    assert found.clear and said(found)[0] == "“Last layer only (run 1)” is better than all the others."


def test_a_moment_that_was_picked_is_mentioned(workspace, tiny_models):
    dataset = messages(workspace)
    found = compared(workspace, finished_run(workspace, dataset, chosen=True), finished_run(workspace, dataset, (1,)))
    assert any("run 1)” was picked by looking at these very examples" in one for one in said(found))


def test_what_cannot_be_compared_at_all(workspace, tiny_models):
    dataset = messages(workspace)
    one = finished_run(workspace, dataset)
    pictures = picture_dataset(workspace)
    pictures.save(workspace)
    for other, problem in (
        (finished_run(workspace, pictures), "nothing can evaluate both"),
        (finished_run(workspace, dataset, classes=("no", "yes", "perhaps")), "different classes"),
    ):
        with pytest.raises(RunError, match=problem):
            read_runs([one.id, other.id], workspace)
    with pytest.raises(RecipeError, match="2 to 8 different runs, not 1"):
        ComparisonDesign((one.id, one.id))
    with pytest.raises(RunError, match="no run with the id"):
        read_runs([one.id, new_id()], workspace)


def test_sets_that_could_judge_both_again(workspace, tiny_models):
    dataset, other = messages(workspace), messages(workspace, prefix="other")
    pictures = picture_dataset(workspace)
    pictures.save(workspace)
    same = read_runs([finished_run(workspace, dataset, recipe={"seed": s}).id for s in (0, 1)], workspace)
    assert [dataset_id for dataset_id, _ in common_sets(same, workspace)] == [other.id]
    mixed = read_runs([same[0].id, finished_run(workspace, other).id], workspace)
    assert {dataset_id for dataset_id, _ in common_sets(mixed, workspace)} == {dataset.id, other.id}
