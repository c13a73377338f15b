"""Cross-validation of a recipe on cached embeddings."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from core.data.splits import Split, make_split
from core.events import Progress, RunEnded, drain
from core.training.engine import cross_validation
from core.training.engine.context import TrainingContext
from core.training.engine.cross_validation import cross_validate
from core.training.engine.fit import fit
from core.training.engine.train import train
from core.training.spec.plan import FOLDS, folds_of, is_cross_validated, make_plan
from core.training.spec.recipe import Recipe
from tests.helpers import picture_dataset


@pytest.fixture
def pictures(workspace, tiny_models):
    return picture_dataset(workspace, each=12)


def plan_of(dataset, workspace, **options):
    return make_plan(dataset, Recipe(model="tiny-image", **{"strategy": "nearest", **options}), workspace)


def test_every_example_is_judged_once_by_a_model_that_never_saw_it(pictures, workspace):
    plan = plan_of(pictures, workspace)
    seen = []
    found = drain(cross_validate(pictures, plan, workspace), seen.append)
    assert Counter(answer.example for answer in found.answers) == Counter(e.id for e in pictures.examples)
    assert {answer.part for answer in found.answers} == {"fold"}
    assert found.score.n == len(pictures.examples)
    assert folds_of(pictures, plan, workspace) == len(seen) == 10
    assert (found.score.folds, found.score.repeats) == (FOLDS, 2)
    assert [(event.stage, event.done, event.total) for event in seen] == [("folds", k, 10) for k in range(1, 11)]


def test_copies_stay_on_one_side_and_the_final_test_stays_out(pictures, workspace, monkeypatch):
    first, *others = pictures.examples
    together = [replace(first, group="burst"), *(replace(e, group="burst") for e in others[:3])]
    rest = [replace(e, split="test") if k % 4 == 0 else e for k, e in enumerate(others[3:])]
    dataset = replace(pictures, examples=(*together, *rest))
    splits = []
    from core.training.strategies.nearest import Nearest

    def noting(self, task):
        splits.append(task.split)
        return original(self, task)

    original = Nearest.prepare
    monkeypatch.setattr(Nearest, "prepare", noting)
    found = drain(cross_validate(dataset, plan_of(dataset, workspace), workspace))
    held = {i for i, e in enumerate(dataset.examples) if e.split == "test"}
    assert found.score.n == len(dataset.examples) - len(held)
    for split in splits:
        assert not held & {*split.train, *split.validation}
        taught, judged = ({dataset.clusters[i] for i in part} for part in (split.train, split.validation))
        assert not taught & judged


def test_what_is_said_in_a_fold_is_what_a_training_that_is_watched_says(pictures, workspace, monkeypatch):
    """Nobody sees the curve of a fold, so nothing is judged on the way; that must not change where it ends."""
    plan = plan_of(pictures, workspace, strategy="head", epochs=4, batch_size=5)
    found = drain(cross_validate(pictures, plan, workspace))
    folds = []
    original = cross_validation.stratified_folds
    monkeypatch.setattr(cross_validation, "stratified_folds", lambda *a: folds.append(original(*a)) or folds[-1])
    drain(cross_validate(pictures, plan, workspace))
    said = {answer.example: answer.probabilities for answer in found.answers}
    for train_on, judge in folds[0]:
        split = Split(tuple(map(int, train_on)), tuple(map(int, judge)), (), "")
        watched = drain(fit(TrainingContext(pictures, split, plan.config, plan.card, workspace)))
        for i, row in zip(split.validation, watched.validation.probabilities, strict=True):
            assert list(said[pictures.examples[i].id].values()) == pytest.approx(row.tolist(), abs=1e-5)


def test_the_model_that_was_kept_is_not_changed_by_it(pictures, workspace, monkeypatch):
    recipe = Recipe(model="tiny-image", strategy="head", epochs=3)
    with_it = drain(train(pictures, recipe, workspace))
    monkeypatch.setattr("core.training.engine.train.is_cross_validated", lambda *_: False)
    without = drain(train(pictures, recipe, workspace))
    assert with_it.out_of_fold and not without.out_of_fold
    assert with_it.answers == without.answers
    for name, value in with_it.model.head.state_dict().items():
        assert (value == without.model.head.state_dict()[name]).all()


def test_the_score_is_told_at_the_end_and_survives_the_log(pictures, workspace):
    events = []
    drain(train(pictures, Recipe(model="tiny-image", strategy="nearest"), workspace), events.append)
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    low, high = ended.cross_validated.interval
    assert 0 <= low <= ended.cross_validated.accuracy <= high <= 1


@pytest.mark.parametrize(
    ("options", "cheap"),
    [({}, True), ({"strategy": "head"}, True), ({"strategy": "full"}, False), ({"shots": 2}, False)],
)
def test_it_is_made_where_it_is_cross_validated_and_means_something(pictures, workspace, options, cheap):
    plan = plan_of(pictures, workspace, **options)
    assert is_cross_validated(pictures, plan, workspace) is cheap


def test_it_is_not_made_where_the_files_came_divided(pictures, workspace):
    split = make_split(pictures, seed=0)
    marks = ["train" if i in split.train else "validation" for i in range(len(pictures.examples))]
    divided = replace(
        pictures, examples=tuple(replace(e, split=m) for e, m in zip(pictures.examples, marks, strict=True))
    )
    assert not is_cross_validated(divided, plan_of(divided, workspace), workspace)


def test_a_class_with_one_example_only_teaches(pictures, workspace):
    alone = next(i for i, e in enumerate(pictures.examples) if e.label == pictures.classes[0])
    kept = tuple(e for i, e in enumerate(pictures.examples) if e.label != pictures.classes[0] or i == alone)
    dataset = replace(pictures, examples=kept)
    found = drain(cross_validate(dataset, plan_of(dataset, workspace), workspace))
    assert pictures.examples[alone].id not in {answer.example for answer in found.answers}
    assert found.score.n == len(kept) - 1


def test_a_pause_while_it_goes_on_is_a_pause_and_not_an_end_without_it(pictures, workspace):
    """The correction of the confidence, which is kept with the model, comes from it."""
    recipe, events = Recipe(model="tiny-image", strategy="head", epochs=2), []
    folding = lambda: any(isinstance(event, Progress) and event.stage == "folds" for event in events)  # noqa: E731
    assert drain(train(pictures, recipe, workspace, pause=folding), events.append) is None
    assert events[-1].reason == "paused"


def test_stopping_leaves_nothing(pictures, workspace):
    plan = plan_of(pictures, workspace)
    asked = iter(np.arange(100) > 4)
    assert drain(cross_validate(pictures, plan, workspace, lambda: bool(next(asked)))) is None


def test_a_recipe_of_many_steps_is_not_cheap(pictures, workspace):
    assert is_cross_validated(pictures, plan_of(pictures, workspace, strategy="head", epochs=100), workspace)
    assert not is_cross_validated(
        pictures, plan_of(pictures, workspace, strategy="head", epochs=200, batch_size=2), workspace
    )
