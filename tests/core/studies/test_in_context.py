"""Studies with a model that answers from labelled rows: each episode, split and point shows it its own."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import DataError, RecipeError
from core.events import Warned
from core.models.catalogue import get_card
from core.options import options_of
from core.studies.events import EpisodesScored, MethodEvaluated
from core.studies.few_shot.design import FewShotDesign
from core.studies.few_shot.shown import read_shown
from core.studies.learning_curve.design import CurveDesign
from core.studies.transfer.design import TransferDesign
from tests.core.studies.making import run_study
from tests.helpers import only, row_dataset

MODEL = "in-context-table"


def test_an_episode_shows_its_supports_and_asks_about_its_queries(workspace):
    dataset = row_dataset(workspace, each=20)
    bench = FewShotDesign(MODEL, "nearest", ways=3, shots=5, queries=6, episodes=6)
    complete, events, folder = run_study("few_shot", bench, dataset, workspace)
    assert complete and not only(Warned, events)
    (scored,) = only(EpisodesScored, events)
    assert scored.n == 6 * 18 and scored.accuracy > 0.7
    first = read_shown(folder.path)[0]
    assert np.array(first.scores).shape == (18, 3) and np.ptp(np.array(first.query_places)) > 0
    _, again, _ = run_study("few_shot", bench, dataset, workspace)
    assert only(EpisodesScored, again)[0].accuracy == scored.accuracy


def test_it_answers_by_itself_so_other_methods_are_neither_offered_nor_taken(workspace):
    dataset, card = row_dataset(workspace), get_card(MODEL, workspace)
    with pytest.raises(DataError, match="method 'logistic' has nothing to do"):
        run_study("few_shot", FewShotDesign(MODEL, "logistic", ways=2, shots=2, queries=2), dataset, workspace)
    method = FewShotDesign.offered("method", options_of(FewShotDesign)["method"], dataset, card, {})
    assert method is not None and list(method.choices) == ["nearest"]


@pytest.mark.slow
def test_an_experiment_has_all_its_starts(workspace):
    design = TransferDesign(MODEL, "full", shots=2, splits=3, parts=(), scratch_epochs=1)
    complete, events, _ = run_study("transfer", design, row_dataset(workspace), workspace)
    assert complete
    assert {event.method for event in only(MethodEvaluated, events)} == {
        "nearest/plain", "transferred/plain", "scratch/plain"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("design", "name", "left"),
    [(TransferDesign, "strategy", {"full"}), (CurveDesign, "strategies", {"nearest", "full", "scratch"})],
)
def test_only_ways_that_it_has_are_offered(workspace, design, name, left):
    dataset, card = row_dataset(workspace), get_card(MODEL, workspace)
    offered = design.offered(name, options_of(design)[name], dataset, card, {})
    assert offered is not None and set(offered.choices) == left
    usual = offered.usual if isinstance(offered.usual, tuple) else (offered.usual,)
    assert set(usual) <= left


def test_a_learning_curve_refuses_what_it_has_not(workspace):
    with pytest.raises(RecipeError, match="no last layer"):
        run_study("learning_curve", CurveDesign(MODEL, ("head",), splits=3, most=2), row_dataset(workspace), workspace)
