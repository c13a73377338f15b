"""What plain methods reach beside a model, which columns it goes by, and what is said of both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.data.splits import Split
from core.evaluation.answers import Answer
from core.events import Importance, Progress, Rival, RunEnded, drain
from core.messages import NOTHING
from core.modalities import MODALITIES, get_modality
from core.modalities.base import Plain
from core.models.catalogue import get_card
from core.results.score import on_importance, on_rivals
from core.training.engine import rivals as engine
from core.training.engine.rivals import RIVALS, rival_answers, rivals
from core.training.spec.recipe import Recipe
from tests.helpers import message_dataset, only, picture_dataset, row_dataset, run_training, sound_dataset

PLAIN = {name: get_modality(name).plain for name in MODALITIES}
logistic = RIVALS["logistic"]


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


@pytest.fixture
def with_plain(monkeypatch, tiny_models) -> None:
    """Each kind's plain model, which tiny models do without."""
    for name, plain in PLAIN.items():
        monkeypatch.setattr(type(get_modality(name)), "plain", plain)


@pytest.mark.parametrize(
    ("dataset", "model", "strategy", "pretrained"),
    [
        (message_dataset, "tiny-text", "nearest", True),
        (message_dataset, "small-text", "scratch", False), (picture_dataset, "tiny-image", "nearest", True),
        (sound_dataset, "speech-embedding", "nearest", True),
    ],
)  # fmt: skip
def test_beside_every_score_stands_a_model_that_has_learnt_nothing_before(
    workspace, tiny_models, with_plain, dataset, model, strategy, pretrained
):
    brief = {"epochs": 1} if strategy == "scratch" else {}
    events, _ = run_training(dataset(workspace, each=8), Recipe(model, strategy, **brief), workspace)
    end = only(RunEnded, events)[0]
    (rival,) = end.rivals
    assert get_card(rival.name, workspace).parameters == 0 and not rival.learnt_from
    assert rival.n == end.validation.n and rival.pretrained is pretrained and end.importances == ()
    assert only(Progress, events)[-1].stage == "rivals", "the model's own score comes first"
    said = str(on_rivals(end.rivals))
    assert said.startswith("A plain model") and ("retrain" in said) is pretrained


def test_a_plain_model_has_no_rival_but_itself(workspace, tiny_models, with_plain):
    events, _ = run_training(message_dataset(workspace), Recipe("words-and-letters", "nearest"), workspace)
    assert only(RunEnded, events)[0].rivals == ()


def test_a_kind_without_a_plain_model_has_no_rivals(workspace, tiny_models):
    events, _ = run_training(message_dataset(workspace), Recipe("tiny-text", "nearest"), workspace)
    assert only(RunEnded, events)[0].rivals == () and not on_rivals(()) and not on_importance(())


@pytest.mark.parametrize("rows", [60, 40])
def test_of_very_many_some_are_drawn_and_that_is_said(workspace, monkeypatch, rows):
    dataset = message_dataset(workspace, each=50)
    monkeypatch.setattr(type(dataset.kind), "plain", Plain("words-and-letters", most=50))
    split = Split(tuple(range(rows)), (), tuple(range(rows, 100)), NOTHING)
    answers = [Answer(dataset.examples[i].id, "test", dataset.examples[i].label, {"x": 1.0}) for i in split.test]
    (rival,) = drain(rivals(dataset, split, answers, 0, workspace, pretrained=True))
    assert rival.n == min(50, 100 - rows) and rival.learnt_from == (50 if rows > 50 else None)
    assert ("trained on 50 of the examples" in str(on_rivals([rival]))) is (rows > 50)


def test_they_are_fitted_to_training_rows_only(workspace, monkeypatch):
    dataset, seen = row_dataset(workspace), []
    monkeypatch.setitem(engine.RIVALS, "logistic", lambda *given: seen.append(given) or logistic(*given))
    found = rival_answers(dataset, range(0, 36, 2), range(1, 36, 2), 0, workspace)
    ((x, _, asked, _),) = seen
    assert len(x) == len(asked) == 18 and set(found) == {"logistic", "trees"}
    assert abs(x[:, 0].mean()) < 1e-6 < abs(asked[:, 0].mean())
    assert np.mean(found["logistic"] == [dataset.examples[i].label for i in range(1, 36, 2)]) > 0.6


@pytest.mark.parametrize(("strategy", "beside"), [("head", ["trees"]), ("nearest", ["logistic", "trees"])])
def test_no_method_stands_beside_itself(workspace, strategy, beside):
    events, _ = run_training(row_dataset(workspace), Recipe("table-columns", strategy), workspace)
    assert [rival.name for rival in only(RunEnded, events)[0].rivals] == beside


def rival(name, accuracy, difference, winner):
    return Rival(name, accuracy, (0.0, 1.0), 50, difference, (-1.0, 1.0), winner)


@pytest.mark.parametrize(
    ("difference", "winner", "said"),
    [
        (-0.2, "rival", "Recommended is another one: Gradient-boosted trees"), (-0.02, "", "luck alone"),
        (0.0, "", "just as many"), (0.02, "", "No clear difference"), (0.2, "model", "This model is recommended"),
    ],
)  # fmt: skip
def test_when_trees_win_it_says_so(difference, winner, said):
    found = [rival("logistic", 0.5, difference + 0.2, "model"), rival("trees", 0.7, difference, winner)]
    assert said in str(on_rivals(found))


def test_the_column_that_matters_most_is_named():
    assert "“sex” matters most" in str(on_importance([Importance("sex", 0.8, 0.6)]))
    assert "No single column" in str(on_importance([Importance("sex", 0.8, 0.8)]))


@pytest.mark.parametrize(("difference", "interval", "winner", "said", "not_trained"), [
    (0.18, (0.12, 0.24), "model", "Pretraining gave 18 percentage points more", "This model gets 18"),
    (0.014, (0.01, 0.018), "model", "hardly needed here: it gave 1 percentage point", "This model gets 1 "),
    (0.05, (-0.02, 0.12), "", "anything from \u22122 to +12", "may be luck"),
    (0.004, (-0.01, 0.016), "", "hardly needed", "may be luck"),
    (0.0, (-0.07, 0.07), "", "whether pretraining helped cannot be told", "no better on these 50 examples"),
    (-0.02, (-0.4, 0.3), "", "whether pretraining helped cannot be told", "no better on these 50 examples"),
    (-0.03, (-0.06, 0.01), "", "Pretraining was not needed here", "no better on these 50 examples"),
    (
        -0.1, (-0.16, -0.04), "rival", "that model gets 10 percentage points more (95\u00a0% confidence interval +4 to",
        "That is 10 percentage points more",
    ),
])  # fmt: skip
def test_what_pretraining_gave_is_said_in_one_line_and_no_more_than_the_interval_allows(
    difference, interval, winner, said, not_trained
):
    one = Rival("words-and-letters", 0.61, (0.5, 0.7), 50, difference, interval, winner, pretrained=True)
    text = str(on_rivals([one]))
    assert said in text and "(“Words and letters”) gets 61\u00a0% on the same examples." in text
    plain = str(on_rivals([replace(one, pretrained=False)]))
    assert not_trained in plain and "retrain" not in plain and "\n" not in text + plain
