"""The head strategy is logistic regression, and scikit-learn is the oracle for that."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from core.data.splits import make_split
from core.events import drain
from core.models.embeddings import embed_dataset
from core.training.spec.recipe import Recipe
from tests.helpers import message_dataset, picture_dataset, run_training
from tests.tiny import TINY


@pytest.mark.parametrize("regularisation", [0.1, 10.0])
@pytest.mark.parametrize(("modality", "make"), [("image", picture_dataset), ("text", message_dataset)])
def test_it_finds_what_scikit_learn_finds(workspace, tiny_models, modality, make, regularisation):
    dataset, card = make(workspace, each=12), tiny_models[modality]
    recipe = Recipe(model=card.id, epochs=500, learning_rate=0.1, batch_size=512, regularisation=regularisation, seed=3)
    _, result = run_training(dataset, recipe, workspace)
    found = np.array([list(answer.probabilities.values()) for answer in result.answers])

    embeddings = drain(embed_dataset(dataset, card, TINY[card.id], workspace))
    split = make_split(dataset, seed=3)
    train, judge = embeddings[list(split.train)], embeddings[list(split.validation)]
    centre = train.mean(0)
    spread = np.sqrt(((train - centre) ** 2).sum(1).mean())
    oracle = LogisticRegression(C=1 / regularisation, tol=1e-8, max_iter=10_000)
    oracle.fit((train - centre) / spread, [dataset.examples[i].label for i in split.train])
    expected = oracle.predict_proba((judge - centre) / spread)
    assert tuple(oracle.classes_) == dataset.classes
    np.testing.assert_allclose(found, expected, atol=0.02)
    assert np.ptp(expected) > 0.1, "an oracle that cannot decide proves nothing"


def test_more_regularisation_means_smaller_weights(workspace, tiny_models):
    dataset = picture_dataset(workspace)
    sizes = []
    for regularisation in (0.0, 1.0, 100.0):
        recipe = Recipe(model="tiny-image", epochs=100, regularisation=regularisation)
        sizes.append(float(run_training(dataset, recipe, workspace)[1].model.head.weight.detach().norm()))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 3 * sizes[2]


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.2}, {"class_weighting": "balanced"}])
def test_few_steps_end_where_many_would(workspace, tiny_models, options):
    dataset = picture_dataset(workspace, each=12)
    answers = {}
    for solver, epochs in (("exact", 1), ("steps", 1), ("steps", 500)):
        recipe = Recipe(model="tiny-image", epochs=epochs, learning_rate=0.1, batch_size=512, regularisation=1.0,
                        solver=solver, **options)  # fmt: skip
        answers[solver, epochs] = np.array(
            [list(answer.probabilities.values()) for answer in run_training(dataset, recipe, workspace)[1].answers]
        )
    np.testing.assert_allclose(answers["exact", 1], answers["steps", 500], atol=1e-3)
    assert np.abs(answers["steps", 1] - answers["steps", 500]).max() > 0.1


def test_an_epoch_that_early_stopping_picked_is_not_solved(workspace, tiny_models):
    dataset = picture_dataset(workspace, each=12)
    kept = [
        run_training(dataset, Recipe(model="tiny-image", epochs=3, early_stopping=2, solver=solver), workspace)[1]
        for solver in ("exact", "steps")
    ]
    assert kept[0].answers == kept[1].answers
