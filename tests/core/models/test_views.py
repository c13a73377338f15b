"""Several views of every example: the first is the example itself, the others follow from level, seed and number."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.events import drain
from core.models.backbone import tensors
from core.models.embeddings import View, embed_dataset, embed_views
from tests.helpers import message_dataset, picture_dataset
from tests.tiny import TINY, TINY_IMAGE, TINY_TEXT

CASES = {"image": (picture_dataset, TINY_IMAGE, "light"), "text": (message_dataset, TINY_TEXT, "strong")}
each_case = pytest.mark.parametrize("modality", CASES)


@each_case
def test_the_first_view_is_the_example_and_the_others_are_varied(workspace, modality):
    make, card, level = CASES[modality]
    dataset, backbone = make(workspace), TINY[card.id]()
    indices = [4, 1, 2]
    found = drain(embed_views(dataset, card, lambda: backbone, workspace, None, indices, level, 3))
    assert found.shape == (3, 3, card.dimension)
    plain = drain(embed_dataset(dataset, card, lambda: backbone, workspace))
    assert np.array_equal(found[:, 0], plain[indices])
    for row, index in enumerate(indices):
        for number in (1, 2):
            batch = dataset.kind.batch([View(level, number).vary(dataset, index)], backbone.spec())
            with torch.no_grad():
                expected = backbone(**tensors(batch))[0].numpy()
            np.testing.assert_allclose(found[row, number], expected, atol=1e-5)
    assert not np.array_equal(found[:, 0], found[:, 1])
    assert not np.array_equal(found[:, 1], found[:, 2])


def test_views_are_kept_and_do_not_mix_with_other_levels_or_seeds(workspace):
    dataset, backbone = picture_dataset(workspace), TINY["tiny-image"]()

    def views(level, seed, load=lambda: backbone):
        return drain(embed_views(dataset, TINY_IMAGE, load, workspace, None, [0, 1], level, 2, seed))

    first = views("light", 0)
    assert np.array_equal(first, views("light", 0, load=lambda: pytest.fail("computed again")))
    assert not np.array_equal(first[:, 1], views("light", 1)[:, 1])
    assert not np.array_equal(first[:, 1], views("strong", 0)[:, 1])


def test_a_stop_ends_it_with_nothing(workspace):
    dataset, backbone = picture_dataset(workspace), TINY["tiny-image"]()
    assert (
        drain(embed_views(dataset, TINY_IMAGE, lambda: backbone, workspace, None, [0], "light", 2, 0, lambda: True))
        is None
    )
