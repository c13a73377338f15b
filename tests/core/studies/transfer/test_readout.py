"""Each way to use embeddings harder, against NumPy written out here."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from core.models.head import LinearHead
from core.studies.transfer.networks import Seen
from core.studies.transfer.readout import logistic_fit, nearest_fit, predictions
from core.training.engine.heads import nearest_mean_head

CLASSES, EACH, VIEWS, JUDGES, WIDTH = 3, 4, 5, 200, 6


@pytest.fixture
def seen() -> Seen:
    """Three clouds that overlap; variations lie around their example."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 1, (CLASSES, WIDTH))

    def cloud(labels):
        own = centres[labels] + rng.normal(0, 1.2, (len(labels), WIDTH))
        views = own[:, None] + rng.normal(0, 0.7, (len(labels), VIEWS, WIDTH))
        views[:, 0] = own
        return torch.tensor(views, dtype=torch.float32)

    return Seen(cloud(np.repeat(range(CLASSES), EACH)), cloud(rng.integers(0, CLASSES, JUDGES)))


TARGETS = torch.repeat_interleave(torch.arange(CLASSES), EACH)


def nearest(rows, labels, asked):
    """Class averages by squared distance between centred vectors of unit length, (n,)."""

    def unit(x):
        x = x - rows.mean(0)
        return x / np.linalg.norm(x, axis=-1, keepdims=True)

    means = np.stack([unit(rows)[labels == label].mean(0) for label in range(CLASSES)])
    return ((unit(asked)[:, None] - means) ** 2).sum(2).argmin(1)


def ask(seen, *parts, fit=None, heads=3, seed=0):
    return predictions(seen, TARGETS, frozenset(parts), fit or nearest_fit(CLASSES), heads, seed)


def test_plain_is_the_nearest_average_of_the_examples_as_they_are(seen):
    expected = nearest(seen.training[:, 0].numpy(), TARGETS.numpy(), seen.validation[:, 0].numpy())
    assert (ask(seen) == expected).all()


def test_supports_are_averages_over_all_variations(seen):
    rows = seen.training.reshape(-1, WIDTH).numpy()
    expected = nearest(rows, np.repeat(TARGETS.numpy(), VIEWS), seen.validation[:, 0].numpy())
    assert (ask(seen, "supports") == expected).all()
    assert (ask(seen, "supports") != ask(seen)).any()


def test_views_average_what_is_answered_to_each_variation(seen):
    head = nearest_mean_head(seen.training[:, 0], TARGETS, CLASSES)
    each = np.stack([softmax(head(seen.validation[:, view]).detach().numpy(), axis=1) for view in range(VIEWS)])
    assert (ask(seen, "views") == each.mean(0).argmax(1)).all()
    assert (ask(seen, "views") != ask(seen)).any()


def test_heads_average_what_several_last_layers_answer(seen):
    made: list[tuple[torch.Tensor, torch.Tensor]] = []

    def fit(rows, labels, views):
        made.append((rows, labels))
        return nearest_mean_head(rows, labels, CLASSES)

    said = ask(seen, "heads", fit=fit, heads=4)
    assert len(made) == 5
    asked = seen.validation[:, 0]
    each = [softmax(nearest_mean_head(*one, CLASSES)(asked).detach().numpy(), axis=1) for one in made]
    assert (said == np.mean(each, axis=0).argmax(1)).all()
    whole = {tuple(row) for row in made[0][0].tolist()}
    for rows, labels in made[1:]:
        assert torch.bincount(labels).tolist() == [EACH] * CLASSES
        assert {tuple(row) for row in rows.tolist()} < whole


def test_a_network_with_a_last_layer_of_its_own_asks_that_one(seen):
    own = LinearHead(WIDTH, CLASSES)
    torch.nn.init.normal_(own.weight, generator=torch.Generator().manual_seed(1))
    having = Seen(seen.training, seen.validation, own)
    expected = own(seen.validation[:, 0]).argmax(1).numpy()
    assert (ask(having) == expected).all()
    assert (ask(having, "heads", fit=lambda rows, labels, views: own) == expected).all()


def test_the_last_layer_is_scikit_learns_and_variations_count_by_their_part(seen):
    clusters = [str(i) for i in range(len(TARGETS))]
    fit = logistic_fit(Seen(seen.training, seen.validation, LinearHead(WIDTH, CLASSES)), TARGETS, clusters, CLASSES, 0)
    rows, labels = seen.training.flatten(0, 1), TARGETS.repeat_interleave(VIEWS)
    head = fit(rows, labels, VIEWS)
    x = head.prepared(rows).numpy()
    weights = np.full(len(x), 1 / VIEWS)
    oracle = LogisticRegression(C=10.0, max_iter=2000, tol=1e-8).fit(x, labels.numpy(), sample_weight=weights)
    ours = head(rows).softmax(1).detach().numpy()
    assert ours == pytest.approx(oracle.predict_proba(x), abs=2e-3)


def test_the_same_seed_asks_the_same_last_layers(seen):
    assert (ask(seen, "heads", "views", seed=1) == ask(seen, "heads", "views", seed=1)).all()
