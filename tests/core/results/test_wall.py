"""The examples that are watched one by one, out of what a run has told, or out of the history of an earlier one."""

from __future__ import annotations

import numpy as np
import pytest

from core.events import EpochEnd, RunStarted
from core.messages import NOTHING
from core.results.history import Replay
from core.results.wall import MOST_SCENES, Scene, thinned, wall_of
from core.runs.progress import follow
from core.training.engine.history import History, Moment
from tests.helpers import message_dataset

CLASSES = ("bus", "lunch", "trip")


def told(shown=(3, 5), most_frequent="lunch", baseline=0.4, epochs=()):
    started = RunStarted("r", "d", {}, CLASSES, 9, 4, 0, baseline, 3, NOTHING, NOTHING, most_frequent, shown)
    ends = [EpochEnd(epoch, 3, 1.0, 0.5, 1.0, accuracy, 0.1, predicted) for epoch, accuracy, predicted in epochs]
    return follow([started, *ends])


def test_it_begins_with_the_baseline_and_goes_on_with_what_each_epoch_told():
    wall = wall_of(told(epochs=[(0, 0.5, (0, 0)), (1, 0.75, (0, 2))]), CLASSES)
    assert wall.examples == (3, 5)
    assert wall.scenes == (Scene(None, 0.4, (1, 1)), Scene(0, 0.5, (0, 0)), Scene(1, 0.75, (0, 2)))


def test_a_new_last_layer_that_begins_as_the_baseline_is_one_scene_with_one_word():
    wall = wall_of(told(epochs=[(0, 0.4, (1, 1)), (1, 0.75, (0, 2))]), CLASSES)
    assert [str(scene.when) for scene in wall.scenes] == ["Epoch 0 (baseline)", "Epoch 1"]
    tuned = wall_of(told(epochs=[(0, 0.5, (0, 1)), (1, 0.75, (0, 2))]), CLASSES)
    assert [str(scene.when) for scene in tuned.scenes] == ["Baseline", "Epoch 0", "Epoch 1"]


def test_before_the_first_epoch_there_is_the_baseline_alone():
    assert wall_of(told(), CLASSES).scenes == (Scene(None, 0.4, (1, 1)),)


def test_an_epoch_that_is_done_again_after_an_interruption_counts_once():
    wall = wall_of(told(epochs=[(1, 0.5, (0, 0)), (2, 0.5, (1, 0)), (1, 0.75, (0, 2))]), CLASSES)
    assert [scene.epoch for scene in wall.scenes] == [None, 1]


@pytest.mark.parametrize("progress", [follow([]), told(shown=())], ids=["not begun", "nothing held back"])
def test_without_examples_there_is_none(progress):
    assert wall_of(progress, CLASSES) is None


def test_of_an_earlier_run_the_history_is_asked(workspace):
    dataset = message_dataset(workspace)
    watched = tuple(range(0, len(dataset.examples), 2))
    moments = {
        epoch: Moment(epoch, np.full(len(watched), epoch % 3), np.ones(len(watched)), np.zeros((len(watched), 2)))
        for epoch in (0, 1)
    }
    past = Replay(History(watched, moments), dataset)
    wall = wall_of(told(shown=(), epochs=[(0, 0.25, ()), (1, 0.5, ())]), dataset.classes, past)
    assert set(wall.examples) == set(watched)
    assert [(scene.epoch, scene.accuracy, set(scene.predicted)) for scene in wall.scenes] == [
        (None, 0.4, {1}), (0, 0.25, {0}), (1, 0.5, {1}),
    ]  # fmt: skip


@pytest.mark.parametrize("n", [1, MOST_SCENES, MOST_SCENES + 1, 1000])
def test_of_many_scenes_some_are_kept_evenly_the_first_and_the_last_among_them(n):
    kept = thinned(range(n), MOST_SCENES)
    assert len(kept) == min(n, MOST_SCENES)
    assert (kept[0], kept[-1]) == (0, n - 1)
    assert sorted(set(kept)) == kept
