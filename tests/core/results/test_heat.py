"""The map of a planted mark lights the mark; that of a model which has not learnt it does not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.evaluation.answers import read_answers
from core.jobs.base import run_job
from core.results.explanation import Heat
from core.results.occlusion import CELLS, heat_map, log_odds
from core.runs.folder import RunFolder
from tests.core.results.planted import FakeWitness, marked_dataset, mass_at_mark, noise
from tests.helpers import trained
from tests.tiny_hub import build


def test_log_odds_are_those_of_the_softmax():
    logits = torch.tensor([[2.0, -1.0, 0.5], [30.0, 0.0, -3.0]], dtype=torch.double)
    p = logits.softmax(1)[:, 0].numpy()
    assert log_odds(logits, 0)[0] == pytest.approx(np.log(p[0] / (1 - p[0])))
    assert log_odds(logits, 0)[1] == pytest.approx(30 - np.logaddexp(0, -3))  # where 1 - p is nothing but rounding


@pytest.mark.parametrize("cell", [(3, 5), (0, 0), (0, 7), (1, 6), (7, 3)])
def test_a_cell_counts_as_much_as_it_shares_windows_with_what_matters(cell):
    """Where one cell alone matters, its neighbours share half their windows with it, those across a corner a quarter:
    at the border as anywhere."""
    row, column = (4 * place for place in cell)
    picture = np.zeros((3, 32, 32))
    picture[0, row : row + 4, column : column + 4] = 1.0

    def logit(pixels):  # 1 while the cell is to be seen
        return (pixels[:, 0, row : row + 4, column : column + 4].mean((1, 2)) > 0.5).astype(float)

    near = [np.clip(1 - np.abs(np.arange(CELLS) - place) / 2, 0, 1) for place in cell]
    expected = np.outer(*near)
    heat = heat_map(FakeWitness(logit), picture, 0)
    np.testing.assert_allclose(heat.values, expected, atol=1e-9)
    assert heat.lowest == pytest.approx(0.5)
    assert heat.at == pytest.approx([(place + 0.5) / CELLS for place in cell], abs=0.5 / CELLS + 1e-9)
    assert not heat.flat
    # For the other class the same cell speaks against it.
    np.testing.assert_allclose(heat_map(FakeWitness(logit), picture, 1).values, -expected, atol=1e-9)


def test_covering_nothing_different_changes_nothing():
    heat = heat_map(FakeWitness(lambda pixels: pixels.mean((1, 2, 3))), np.full((3, 32, 32), 0.7), 0)
    np.testing.assert_allclose(heat.values, 0, atol=1e-6)
    assert heat.flat
    assert heat.strength.max() < 1e-5


def test_a_weak_map_is_drawn_weakly_and_what_speaks_against_is_not_drawn():
    weak = Heat(np.full((CELLS, CELLS), 0.05), 0.5, (0.5, 0.5), (0.5, 0.5))
    assert weak.flat
    assert weak.strength.max() == pytest.approx(0.25)
    against = Heat(np.full((CELLS, CELLS), -3.0), 0.5, (0.5, 0.5), (0.5, 0.5))
    assert against.flat
    assert against.strength.max() == 0
    strong = Heat(np.array([[3.0, -1.0], [0.0, 1.5]]), 0.1, (0, 0), (0, 0))
    np.testing.assert_allclose(strong.strength, [[1, 0], [0, 0.5]])


def test_the_map_of_a_planted_mark_lights_the_mark_and_that_of_a_random_layer_does_not(workspace, witness):
    recipe = {"model": "small-cnn", "strategy": "scratch", "image_size": 32, "epochs": 15, "augmentation": "none"}
    learnt = witness(trained(workspace, marked_dataset(workspace), **recipe))
    number = learnt.classes.index("marked")
    pictures = [noise(np.random.default_rng(seed), 32, marked=True) for seed in range(100, 104)]
    maps = [heat_map(learnt, picture, number) for picture in pictures]
    assert not any(heat.flat for heat in maps)
    assert np.mean([mass_at_mark(heat) for heat in maps]) > 0.8
    assert all(heat.at[0] <= 0.25 and heat.at[1] >= 0.75 for heat in maps)

    # Where the mark is not, nothing in its corner speaks for its class.
    assert heat_map(learnt, noise(np.random.default_rng(200), 32, marked=False), number).flat

    # The same network with its last layer drawn at random: nine of 64 cells lie there, a share of 14 %.
    masses = []
    for seed, picture in enumerate(pictures):
        with torch.no_grad():
            learnt.model.head.weight.copy_(torch.randn(2, 256, generator=torch.Generator().manual_seed(seed)))
        masses.append(mass_at_mark(heat_map(learnt, picture, number)))
    assert np.mean(masses) < 0.4


@pytest.mark.parametrize("kind", ["vit", "resnet"])
def test_networks_of_the_hub_have_maps_too(workspace, tmp_path, kind):
    """Whatever the architecture: what is asked of it are answers."""
    card = f"hub:{build(kind, tmp_path / kind)}"
    run = trained(workspace, marked_dataset(workspace, each=6), model=card, strategy="nearest")
    folder = RunFolder.create(
        workspace.jobs, "explain", "T", {"run": run.id, "example": read_answers(run.path)[0].example}
    )
    heat = run_job(folder, workspace, lambda: False).result["heat"]
    values = np.array(heat["values"])
    assert values.shape == (CELLS, CELLS)
    assert np.isfinite(values).all()
    assert np.ptp(values) > 0


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["head", "full"])
def test_the_bundled_network_lights_a_mark_in_pictures(real_workspace, strategy):
    dataset = marked_dataset(real_workspace, each=16, side=160)
    options = {} if strategy == "head" else {"epochs": 3}
    run = trained(real_workspace, dataset, model="efficientnet-lite0", strategy=strategy, image_size=128, **options)
    masses = []
    for answer in [answer for answer in read_answers(run.path) if answer.truth == "marked"][:3]:
        folder = RunFolder.create(real_workspace.jobs, "explain", "T", {"run": run.id, "example": answer.example})
        values = np.array(run_job(folder, real_workspace, lambda: False).result["heat"]["values"])
        masses.append(mass_at_mark(Heat(values, 0.0, (0.0, 0.0), (0.0, 0.0))))
    assert len(masses) == 3
    assert np.mean(masses) > 0.5
