"""A run that was interrupted ends with the same weights, to the bit, as one that was not.

That this holds for every way to train is in `tests.chaos.test_kills`, where processes are killed.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from core.events import EpochEnd, RunEnded, StepEnd, Warned
from core.runs.progress import follow
from core.training.engine import fit
from core.training.engine.checkpoint import Checkpoint, Saved
from core.training.engine.device import threads
from core.training.engine.stage import run_step
from core.training.engine.train import train
from core.training.spec.recipe import Recipe, applicable_options
from tests.helpers import message_dataset, only, picture_dataset
from tests.tiny_hub import build

MAKE = {"image": picture_dataset, "text": message_dataset}


def weights(result) -> dict[str, torch.Tensor]:
    model = result.model
    return {**model.head.state_dict(), **{f"b.{n}": v for n, v in model.backbone.state_dict().items()}}


def assert_same_bits(one, other) -> None:
    first, second = weights(one), weights(other)
    assert set(first) == set(second)
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    assert one.answers == other.answers


def consumed(stream, until=lambda event: False):
    """Events up to the first for which `until` holds (the stream is then abandoned), and the result, if any."""
    events = []
    while True:
        try:
            events.append(next(stream))
        except StopIteration as end:
            return SimpleNamespace(events=events, result=end.value)
        if until(events[-1]):
            stream.close()
            return SimpleNamespace(events=events, result=None)


def at(epoch: int, step: int):
    return lambda event: isinstance(event, StepEnd) and (event.epoch, event.step) == (epoch, step)


@pytest.fixture
def go(workspace, tiny_models):
    """Train a tiny model with a checkpoint at every step."""
    workspace.root.mkdir(exist_ok=True)

    def run(
        strategy, modality="image", *, model="", until=lambda event: False, keep=_Always, pause=lambda: False, **options
    ):
        brief = {"epochs": 3, "batch_size": 5, "layers": 1, "lora_rank": 2, **options}
        usable = applicable_options(strategy, modality)
        chosen = {name: value for name, value in brief.items() if name in usable}
        recipe = Recipe(model or f"tiny-{modality}", strategy, seed=3, **chosen)
        kept = keep(workspace.root / "checkpoint") if keep else None
        stream = train(MAKE[modality](workspace), recipe, workspace, run="r1", checkpoint=kept, pause=pause)
        return consumed(stream, until)

    return run


class _Always(Checkpoint):
    """Kept at every step, however long it takes."""

    due = True


class _Never(Checkpoint):
    """Kept when somebody says so, and else not."""

    due = False


@pytest.mark.parametrize("options", [{"early_stopping": 1}, {"mixup": 0.5}, {"augmentation": "strong"}], ids=str)
def test_whatever_is_random_or_remembered_survives(go, options):
    whole = go("full", keep=None, epochs=5, **options)
    go("full", until=at(2, 2), epochs=5, **options)
    assert_same_bits(whole.result, go("full", epochs=5, **options).result)


def test_word_vectors_of_which_only_some_learn_survive(go, tmp_path):
    model = f"hub:{build('bert', tmp_path / 'bert')}"
    whole = go("full", "text", model=model, keep=None)
    go("full", "text", model=model, until=at(2, 2))
    assert_same_bits(whole.result, go("full", "text", model=model).result)


def test_a_pause_ends_the_run_for_now_and_leaves_no_model(go):
    asked = SimpleNamespace(up=False)

    def until(event):
        asked.up |= at(2, 2)(event)
        return False

    paused = go("full", until=until, keep=_Never, pause=lambda: asked.up)
    assert paused.result is None
    assert paused.events[-1] == RunEnded("r1", "paused", seconds=paused.events[-1].seconds)
    rest = go("full")
    assert only(EpochEnd, rest.events)[0].epoch == 2, "it goes on where it was"
    assert_same_bits(go("full", keep=None).result, rest.result)


def test_it_goes_on_with_as_many_threads_as_it_began_with(go, monkeypatch):
    """How sums are shared among threads shows in their last digits, and another process may have another number."""
    seen = []
    monkeypatch.setattr(fit, "run_step", lambda *args: (seen.append(torch.get_num_threads()), run_step(*args))[1])
    with threads(2):
        go("full", until=at(2, 2))
    with threads(1):
        go("full")
        assert torch.get_num_threads() == 1, "what comes after it has its own"
    assert set(seen) == {2}


def test_the_curve_of_both_parts_is_one_curve_and_time_goes_on(go):
    first = go("full", until=at(3, 1))
    rest = go("full")
    progress = follow([*first.events, *rest.events])
    assert [e.epoch for e in progress.epochs] == [0, 1, 2, 3]
    seconds = [e.seconds for e in progress.epochs]
    assert seconds == sorted(seconds)
    assert progress.ended is not None


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_spoilt_checkpoint_means_to_begin_anew(go, workspace, content):
    (workspace.root / "checkpoint").write_bytes(content)
    again = go("full")
    assert_same_bits(go("full", keep=None).result, again.result)
    assert ["checkpoint" in str(event.message) for event in only(Warned, again.events)] == [True]


def test_a_checkpoint_of_which_one_bit_changed_is_not_gone_on_from(go, workspace):
    file = workspace.root / "checkpoint"
    go("full", until=at(2, 2))
    content = bytearray(file.read_bytes())
    content[len(content) * 3 // 4] ^= 4
    file.write_bytes(content)
    again = go("full")
    assert_same_bits(go("full", keep=None).result, again.result)
    assert len(only(Warned, again.events)) == 1


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    checkpoint = Checkpoint(tmp_path / "c")
    assert checkpoint.load() is None
    saved = Saved({"epoch": 3, "text": "ü"}, {"now.w": torch.rand(3, 2), "best.n": torch.tensor(5)})
    checkpoint.save(saved)
    found = checkpoint.load()
    assert found.about == saved.about
    assert all(torch.equal(found.tensors[name], value) for name, value in saved.tensors.items())
    assert set(found.part("now.")) == {"w"}
    assert not checkpoint.due, "the next one is not due at once"
