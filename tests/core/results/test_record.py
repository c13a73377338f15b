"""Who a run was trained on and evaluated by comes back from its folder as it was, whatever became of the rest."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from core.data.dataset import Dataset, Example
from core.data.splits import make_split
from core.errors import DataError, RunError
from core.results import finished_run
from core.results.finished_run import FinishedRun, examples_learned_from, ids_learned_from
from core.results.record import read_split, write_split
from core.storage import read_json
from tests.core.studies.comparison.making import messages
from tests.helpers import edit, picture_dataset, trained


@pytest.mark.parametrize("recipe", [{}, {"seed": 3}, {"shots": 2}, {"validation_share": 0.5}])
def test_a_run_is_opened_with_the_split_that_it_was_trained_with(workspace, tiny_models, recipe):
    dataset = picture_dataset(workspace)
    folder = trained(workspace, dataset, **recipe)
    seed, share, shots = recipe.get("seed", 0), recipe.get("validation_share", 0.25), recipe.get("shots")
    expected = make_split(dataset, seed=seed, validation_share=share, shots=shots)
    run = FinishedRun.open(folder.id, workspace)
    assert run.split == expected
    ids = [dataset.examples[i].id for i in expected.train]
    assert run.record.ids("train") == run.learned_from == set(ids)
    assert [run.place[answer.example] for answer in run.answers] == list(expected.validation)
    assert run.record.training_labels.total() == len(ids)
    assert (run.evaluated_by, run.score.n) == ("validation", len(expected.validation))


def test_nobody_works_the_split_out_again(workspace, tiny_models, monkeypatch):
    folder = trained(workspace, picture_dataset(workspace))
    assert not hasattr(finished_run, "make_split")
    kept = read_json(folder.path / "split.json")
    edit(folder.path / "split.json", train=kept["validation"], validation=kept["train"])
    split = FinishedRun.open(folder.id, workspace).split
    assert len(split.validation) > len(split.train), "what is written counts"


def test_copies_and_groups_come_back_to_their_own_places(tmp_path, workspace):
    """The same example twice: one copy is drawn, the other is in no part."""
    rows = [Example("a", "x", "1", "hello", None, "g"), Example("a", "x", "2", "hello", None, "g"),
            Example("b", "x", "3", "bye"), Example("c", "y", "4", "one"), Example("d", "y", "5", "two")]  # fmt: skip
    dataset = Dataset("t", "text", tuple(rows), workspace.examples)
    split = make_split(dataset, seed=1, shots=1)
    write_split(split, dataset, tmp_path)
    record = read_split(tmp_path)
    assert record.on(dataset) == split
    if "a" in record.ids("train") | record.ids("validation"):
        assert record.cluster("a") == "g"
    assert record.cluster("b") == "b"


def test_a_dataset_in_another_order_is_still_the_same_dataset(workspace, tmp_path):
    dataset = messages(workspace)
    split = make_split(dataset, seed=0)
    write_split(split, dataset, tmp_path)
    turned = replace(dataset, examples=dataset.examples[::-1])
    assert turned.id == dataset.id
    found = read_split(tmp_path).on(turned)
    for part in ("train", "validation"):
        ids = {dataset.examples[i].id for i in getattr(split, part)}
        assert {turned.examples[i].id for i in getattr(found, part)} == ids


def test_another_dataset_is_refused(workspace, tmp_path):
    dataset = messages(workspace)
    write_split(make_split(dataset, seed=0), dataset, tmp_path)
    with pytest.raises(RunError, match="not the dataset"):
        read_split(tmp_path).on(messages(workspace, prefix="other"))


def test_without_its_dataset_a_run_still_tells_who_it_was_trained_on(workspace, tiny_models):
    dataset = picture_dataset(workspace)
    folder = trained(workspace, dataset)
    shutil.rmtree(workspace.datasets / dataset.id)
    run = FinishedRun.open(f"run:{folder.id}", workspace)
    assert run.score.n == len(run.answers) and run.most_frequent in dataset.classes
    assert ids_learned_from(f"run:{folder.id}", workspace) == run.record.ids("train")
    with pytest.raises(DataError):
        _ = run.dataset
    with pytest.raises(RunError, match="not known any more"):
        examples_learned_from(folder.id, workspace)


def test_a_chain_of_runs_learned_from_all_that_each_was_trained_on(workspace, tiny_models):
    first = trained(workspace, picture_dataset(workspace, seed=1))
    second = trained(workspace, picture_dataset(workspace, seed=2), model=f"run:{first.id}")
    both = [FinishedRun.open(folder.id, workspace).record.ids("train") for folder in (first, second)]
    assert {example.id for example in examples_learned_from(second.id, workspace)} == both[0] | both[1]
    assert ids_learned_from(f"run:{second.id}", workspace) == both[0] | both[1]
    assert ids_learned_from("tiny-image", workspace) == set()
    shutil.rmtree(first.path)
    assert ids_learned_from(f"run:{second.id}", workspace) == both[1], "as far as is still known"


def test_a_run_without_such_a_record_says_so(workspace, tiny_models):
    folder = trained(workspace, picture_dataset(workspace))
    (folder.path / "split.json").unlink()
    run = FinishedRun.open(folder.id, workspace)
    assert run.score is not None
    with pytest.raises(RunError, match="is not known"):
        _ = run.split


def test_a_best_moment_picked_by_the_validation_set_counts_as_learned_from_it(workspace, tiny_models):
    folder = trained(workspace, picture_dataset(workspace))
    picked = FinishedRun.open(folder.id, workspace)
    picked.progress.ended = replace(picked.ended, chosen=True)
    assert picked.learned_from == picked.record.ids("train") | picked.record.ids("validation")
    assert picked.chosen and picked.evaluated_on(picked.answers[:1]).chosen
    elsewhere = picked.evaluated_on([replace(answer, part="common") for answer in picked.answers])
    assert not elsewhere.chosen and elsewhere.score == picked.score
    assert picked.evaluated_on([]).score is None
