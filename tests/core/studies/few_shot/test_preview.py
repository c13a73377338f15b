"""An episode that is answered at once is the first one of the bench, or nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.studies.few_shot.design import FewShotDesign
from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.preview import answered_at_once
from core.studies.few_shot.shown import read_shown
from tests.core.studies.making import run_study
from tests.helpers import picture_dataset

BENCH = FewShotDesign("tiny-image", "nearest", ways=3, shots=2, queries=4, episodes=20, seed=5)


@pytest.mark.parametrize("method", METHODS)
def test_it_is_the_first_episode_of_the_bench_once_its_examples_are_known(workspace, tiny_models, method):
    dataset, bench = picture_dataset(workspace, each=8), replace(BENCH, method=method)
    assert answered_at_once(dataset, bench, workspace) is None
    _, _, folder = run_study("few_shot", bench, dataset, workspace, lambda: False)
    first, shown = read_shown(folder.path)[0], answered_at_once(dataset, bench, workspace)
    assert (shown.support, shown.query, shown.answers) == (first.support, first.query, first.answers)
    np.testing.assert_allclose(shown.scores, first.scores, rtol=1e-3, atol=1e-4)


def test_a_model_that_is_gone_answers_nothing(workspace, tiny_models):
    assert answered_at_once(picture_dataset(workspace), replace(BENCH, model="run:gone"), workspace) is None
