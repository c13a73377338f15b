"""Embeddings on a plane: the same points give the same map, on every computer."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.projection import principal_plane, project_to_plane


def test_points_of_a_plane_keep_their_distances():
    flat = np.random.default_rng(0).normal(size=(20, 2)) * (3, 1)
    tilted = flat @ np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0][:2]
    places, share = project_to_plane(tilted)
    assert share == pytest.approx(1)
    apart = [np.linalg.norm(points[:, None] - points[None], axis=2) for points in (flat, places)]
    assert apart[0] == pytest.approx(apart[1])


@pytest.mark.parametrize("last_bit", [-1e-15, 0.0, 1e-15])
def test_of_two_points_that_are_as_far_away_the_first_is_on_the_positive_side(last_bit):
    points = np.array([[-2.0 + last_bit, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    places, _ = project_to_plane(points)
    assert places[:, 0] == pytest.approx([2, -2, 0, 0], abs=1e-9)
    assert places[:, 1] == pytest.approx([0, 0, 1, -1], abs=1e-9)


def test_where_nothing_differs_everything_lies_in_the_middle():
    plane = principal_plane(np.ones((3, 4)))
    assert not plane.axes.any() and plane.share_of(np.ones((3, 4))) == 1
