"""Learning curves with networks of a few hundred parameters."""

from __future__ import annotations

import pytest

from core.errors import DataError, RecipeError
from core.events import drain
from core.runs.folder import RunFolder
from core.studies.base import Context
from core.studies.events import MethodEvaluated, SplitDrawn
from core.studies.learning_curve import LEARNING_CURVE
from core.studies.learning_curve.design import CURVE_STRATEGIES, CurveDesign
from core.studies.splits import nested_splits
from core.training.spec.recipe import Recipe
from tests.core.studies.making import run_study
from tests.helpers import message_dataset, only, picture_dataset, run_training


def run(dataset, design, workspace, stop=lambda: False):
    return run_study("learning_curve", design, dataset, workspace, stop)[:2]


@pytest.mark.parametrize("kind", ["image", "text"])
def test_every_strategy_is_judged_at_every_size_of_every_draw(workspace, tiny_models, kind):
    dataset = picture_dataset(workspace) if kind == "image" else message_dataset(workspace)
    complete, events = run(dataset, CurveDesign(f"tiny-{kind}", ("nearest", "full"), 3, most=2), workspace)
    assert complete
    draws = {(one.split, one.shots): one for one in only(SplitDrawn, events)}
    assert sorted(draws) == [(draw, n) for draw in range(3) for n in (1, 2)]
    for (draw, n), one in draws.items():
        assert len(one.training) == 3 * n
        assert one.validation == draws[draw, 1].validation
        assert set(draws[draw, 1].training) <= set(one.training)
    asked = [(one.split, one.shots, one.method) for one in only(MethodEvaluated, events)]
    assert asked == [(d, n, way) for d in range(3) for n in (1, 2) for way in ("nearest", "full")]


@pytest.mark.parametrize("strategy", ["head", "full", "scratch"])
def test_a_point_is_what_training_alone_would_give(workspace, tiny_models, strategy):
    """With as many examples as a split of its own leaves to learn from, a point is that very training."""
    whole = picture_dataset(workspace, each=7)  # 25 % of 7 are 2, so 5 of each class teach
    assert max(nested_splits(whole, 3, seed=2)[0]) == 5
    _, events = run(whole, CurveDesign("tiny-image", (strategy,), 3, seed=2), workspace)
    point = next(one for one in only(MethodEvaluated, events) if (one.split, one.shots) == (1, 5))
    _, result = run_training(whole, Recipe("tiny-image", strategy, seed=3), workspace)
    assert point.right == "".join("1" if answer.right else "0" for answer in result.answers)


def test_stopped_it_keeps_what_was_judged(workspace, tiny_models):
    told = []
    folder = RunFolder.create(workspace.studies, "study", "mine", {})
    stops = Context(workspace, picture_dataset(workspace), folder, lambda: len(only(MethodEvaluated, told)) >= 2)
    assert drain(LEARNING_CURVE.run(CurveDesign("tiny-image", ("full",), 3), stops), told.append) is False
    assert len(only(MethodEvaluated, told)) == 2


def test_a_training_that_is_stopped_halfway_is_not_judged(workspace, tiny_models):
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 5

    complete, events = run(picture_dataset(workspace), CurveDesign("tiny-image", ("scratch",), 3), workspace, stop)
    assert not complete
    assert len(asked) > 5
    assert not only(MethodEvaluated, events)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(RecipeError) as error:
        CurveDesign("", ("auto", "head", "head"), splits=0, seed=-1, most=0)
    for said in ("No model", "auto", "twice", "Random splits", "Seed", "Most examples"):
        assert said in str(error.value), said
    with pytest.raises(RecipeError, match="No method is chosen"):
        CurveDesign("m", ())


def test_it_comes_back_from_its_record():
    design = CurveDesign("m", tuple(CURVE_STRATEGIES), 4, 5, 0.9, 6)
    assert CurveDesign.from_dict(design.to_dict()) == design


def test_what_does_not_fit_the_set_is_refused(workspace, tiny_models):
    with pytest.raises(DataError, match="is a model for messages"):
        run(picture_dataset(workspace), CurveDesign("tiny-text"), workspace)
