"""What plain methods reach beside a model, which columns it goes by, and what is said of both."""

from __future__ import annotations

import numpy as np
import pytest

from core.events import Importance, Rival, RunEnded
from core.results.score import on_importance, on_rivals
from core.training.engine import rivals
from core.training.engine.rivals import rival_answers
from core.training.spec.recipe import Recipe
from tests.helpers import message_dataset, only, row_dataset, run_training


@pytest.fixture
def ended(workspace) -> RunEnded:
    events, _ = run_training(row_dataset(workspace, each=40), Recipe("table-columns", "nearest"), workspace)
    return only(RunEnded, events)[0]


def test_rivals_answer_the_same_examples(ended):
    assert [rival.name for rival in ended.rivals] == ["logistic", "trees"]
    for rival in ended.rivals:
        assert rival.n == ended.validation.n and rival.accuracy > 0.6
        assert rival.difference == pytest.approx(ended.validation.accuracy - rival.accuracy)
        assert rival.interval[0] <= rival.accuracy <= rival.interval[1]


def test_columns_that_tell_the_classes_apart_matter_and_noise_does_not(ended):
    found = {one.column: one.before - one.after for one in ended.importances}
    assert set(found) == {"petal", "leaf", "colour", "day"}
    assert max(found, key=found.get) == "petal" and found["petal"] > 0.1 > abs(found["day"])


def test_kinds_without_plain_features_have_no_rivals(workspace, tiny_models):
    events, _ = run_training(message_dataset(workspace), Recipe("tiny-text", "nearest"), workspace)
    end = only(RunEnded, events)[0]
    assert (end.rivals, end.importances) == ((), ())
    assert not on_rivals(end.rivals) and not on_importance(end.importances)


def test_they_are_fitted_to_training_rows_only(workspace, monkeypatch):
    dataset, seen = row_dataset(workspace), []
    monkeypatch.setattr(
        rivals, "RIVALS", {**rivals.RIVALS, "watched": lambda x, y, asked, seed: seen.append((x, asked))}
    )
    found = rival_answers(dataset, range(0, 36, 2), range(1, 36, 2), 0)
    ((x, asked),) = seen
    assert len(x) == len(asked) == 18 and set(found) == {"logistic", "trees", "watched"}
    assert abs(x[:, 0].mean()) < 1e-6 < abs(asked[:, 0].mean())
    assert np.mean(found["logistic"] == [dataset.examples[i].label for i in range(1, 36, 2)]) > 0.6


def rival(name, accuracy, difference, winner):
    return Rival(name, accuracy, (0.0, 1.0), 50, difference, (-1.0, 1.0), winner)


@pytest.mark.parametrize(
    ("difference", "winner", "said"),
    [
        (-0.2, "rival", "The winner is another: Gradient-boosted trees"), (-0.02, "", "luck alone"),
        (0.0, "", "just as many"), (0.02, "", "no clear winner"), (0.2, "model", "This model wins"),
    ],
)  # fmt: skip
def test_when_trees_win_it_says_so(difference, winner, said):
    found = [rival("logistic", 0.5, difference + 0.2, "model"), rival("trees", 0.7, difference, winner)]
    assert said in str(on_rivals(found))


def test_the_column_that_matters_most_is_named():
    assert "“sex” matters most" in str(on_importance([Importance("sex", 0.8, 0.6)]))
    assert "No single column" in str(on_importance([Importance("sex", 0.8, 0.8)]))
