"""The stream of a training run, for every strategy on every kind of example, with tiny models."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.data.splits import make_split
from core.errors import DataError, ModelError, RecipeError
from core.events import EpochEnd, Progress, RunEnded, RunStarted, StepEnd, Warned
from core.messages import NOTHING
from core.models.trained import TrainedModel
from core.training.engine import stage as phase
from core.training.engine.context import TrainingContext
from core.training.engine.train import train
from core.training.spec.config import TrainingConfig
from core.training.spec.recipe import Recipe, applicable_options
from core.training.spec.strategies import STRATEGIES
from tests.helpers import message_dataset, only, picture_dataset, run_training
from tests.tiny import TINY, TINY_IMAGE

MAKE = {"image": picture_dataset, "text": message_dataset}

GOING = [name for name, strategy in STRATEGIES.items() if "epochs" in strategy.options and strategy.suits(TINY_IMAGE)]
"""Those that go through the examples again and again."""
TUNING = [name for name in GOING if STRATEGIES[name].tunes_backbone]


def cases(strategies):
    return pytest.mark.parametrize(
        ("strategy", "modality"), [(s, m) for s in strategies for m in MAKE], ids=lambda value: value
    )


OWN = [name for name, strategy in STRATEGIES.items() if name != "auto" and strategy.suits(TINY_IMAGE)]
"""Those that train themselves; what the search finds is one of them (see `test_search`)."""
each_case, each_going_case, each_tuning_case = cases(OWN), cases(GOING), cases(TUNING)
each_strategy = pytest.mark.parametrize("strategy", OWN)
each_going = pytest.mark.parametrize("strategy", GOING)
BRIEF = {"epochs": 3, "batch_size": 5, "layers": 1, "lora_rank": 2}
"""What keeps tests short, and the lower layers out of what learns, where it applies."""


@pytest.fixture
def go(workspace, tiny_models):
    """Train a tiny model; gives the events, what is left, the data set and the recipe."""

    def train_it(strategy="head", modality="image", dataset=None, stop=lambda: False, **options):
        dataset = dataset or MAKE[modality](workspace)
        usable = applicable_options(strategy, modality)
        brief = {name: value for name, value in BRIEF.items() if name in usable and "time_budget" not in options}
        recipe = Recipe(model=f"tiny-{modality}", strategy=strategy, **{**brief, **options})
        events, result = run_training(dataset, recipe, workspace, stop)
        return SimpleNamespace(events=events, result=result, dataset=dataset, recipe=recipe)

    return train_it


_USUAL = {}


@pytest.fixture
def usual(go):
    """A run with nothing asked for. Many tests look at the same one, so none may change it."""

    def run(strategy, modality="image"):
        if (strategy, modality) not in _USUAL:
            _USUAL[strategy, modality] = go(strategy, modality)
        return _USUAL[strategy, modality]

    return run


def epochs(run) -> list[EpochEnd]:
    return only(EpochEnd, run.events)


def ended(run) -> RunEnded:
    assert isinstance(run.events[-1], RunEnded)
    assert len(only(RunEnded, run.events)) == 1
    return run.events[-1]


def judged_loss(result, part="validation") -> float:
    """Mean cross-entropy of the answers, computed from their probabilities alone."""
    return float(np.mean([-math.log(max(a.probabilities[a.truth], 1e-6)) for a in result.answers if a.part == part]))


# --- the stream --------------------------------------------------------------------------------------------------


@each_going_case
def test_a_run_starts_goes_through_its_epochs_and_ends(usual, strategy, modality):
    run = usual(strategy, modality)
    assert isinstance(run.events[0], RunStarted)
    assert [e.epoch for e in epochs(run)] == [0, 1, 2, 3]
    assert {e.epochs for e in epochs(run)} == {3}
    end = ended(run)
    assert (end.reason, end.message, end.epoch, end.chosen) == ("completed", NOTHING, 3, False)
    assert end.run == "r1"


@each_case
def test_the_first_event_says_what_goes_in(go, strategy, modality):
    run = go(strategy, modality, validation_share=0.25)
    start = run.events[0]
    split = make_split(run.dataset, seed=0, validation_share=0.25)
    assert start.run == "r1"
    assert start.dataset == run.dataset.id
    assert start.classes == run.dataset.classes
    assert (start.n_train, start.n_validation, start.n_test) == (len(split.train), len(split.validation), 0)
    assert str(start.split) == str(split.reason)
    assert start.baseline == ended(run).validation.baseline
    assert Recipe.from_dict(start.recipe) == Recipe.from_dict(start.recipe).filled(TINY[f"tiny-{modality}"]().card)
    meant = STRATEGIES[start.recipe["strategy"]]
    assert start.recipe["learning_rate"] == meant.defaults(TINY[f"tiny-{modality}"]().card).get("learning_rate")
    assert (start.recipe["strategy"], start.why) == (strategy, NOTHING)


@each_going_case
def test_every_step_is_reported_once_and_in_order(usual, strategy, modality):
    run = usual(strategy, modality)
    n = run.events[0].n_train
    steps = round(n / 5) if strategy == "contrastive" else math.ceil(n / 5)
    assert n % 5, "a short last batch belongs to this test"
    found = [(e.epoch, e.step, e.steps) for e in only(StepEnd, run.events)]
    assert found == [(epoch, step, steps) for epoch in (1, 2, 3) for step in range(1, steps + 1)]


@each_strategy
def test_seconds_never_run_backwards(usual, strategy):
    run = usual(strategy)
    seconds = [event.seconds for event in run.events if hasattr(event, "seconds")]
    assert seconds[:-1] == sorted(seconds[:-1])
    assert seconds[-1] >= seconds[-2] - 0.001  # the last is rounded


def test_bad_input_is_said_before_the_first_event(workspace, tiny_models):
    pictures = picture_dataset(workspace, each=4)
    for error, recipe in (
        (DataError, Recipe(model="tiny-text")),
        (DataError, Recipe(model="tiny-image", shots=5)),
        (ModelError, Recipe(model="nothing-like-it")),
        (RecipeError, Recipe(model="tiny-image", augmentation="light")),
    ):
        with pytest.raises(error):
            next(train(pictures, recipe, workspace))


def test_a_text_model_on_pictures_says_which_is_which(workspace, tiny_models):
    with pytest.raises(DataError, match=r"tiny-text is a model for messages, but 'shades' holds pictures"):
        next(train(picture_dataset(workspace, each=2), Recipe(model="tiny-text"), workspace))


# --- the numbers -------------------------------------------------------------------------------------------------


@each_case
def test_the_score_is_the_share_of_answers_that_are_right(usual, strategy, modality):
    run = usual(strategy, modality)
    answers = run.result.answers
    end = ended(run)
    split = make_split(run.dataset, seed=0)
    assert [a.example for a in answers] == [run.dataset.examples[i].id for i in split.validation]
    assert [a.truth for a in answers] == [run.dataset.examples[i].label for i in split.validation]
    assert end.validation.n == len(answers)
    assert end.validation.accuracy == sum(a.right for a in answers) / len(answers)
    assert end.validation.accuracy == pytest.approx(epochs(run)[-1].validation_accuracy)
    assert epochs(run)[-1].validation_loss == pytest.approx(judged_loss(run.result), abs=1e-4)
    assert [e.epoch for e in epochs(run)][-1] == end.epoch
    assert all(sum(a.probabilities.values()) == pytest.approx(1, abs=1e-5) for a in answers)
    assert all(list(a.probabilities) == list(run.dataset.classes) for a in answers)


def test_the_training_loss_of_an_epoch_is_a_sum_divided_by_a_count(usual):
    """A short last batch weighs as much as it has examples."""
    run = usual("full")
    n = run.events[0].n_train
    for at in epochs(run)[1:]:
        steps = [e for e in only(StepEnd, run.events) if e.epoch == at.epoch]
        sizes = [5] * (len(steps) - 1) + [n - 5 * (len(steps) - 1)]
        expected = sum(e.loss * size for e, size in zip(steps, sizes, strict=True)) / n
        assert at.train_loss == pytest.approx(expected)
        assert at.train_loss != pytest.approx(np.mean([e.loss for e in steps]), abs=1e-9)
        assert (at.train_accuracy * n) == pytest.approx(round(at.train_accuracy * n))


def test_the_head_reports_the_training_score_of_the_weights_it_has(go):
    run = go("head", epochs=5)
    split = make_split(run.dataset, seed=0)
    predictions = run.result.model.predict([run.dataset.payload(i) for i in split.train])
    truths = [run.dataset.examples[i].label for i in split.train]
    right = [p.label == truth for p, truth in zip(predictions, truths, strict=True)]
    losses = [-math.log(p.probabilities[truth]) for p, truth in zip(predictions, truths, strict=True)]
    assert epochs(run)[-1].train_accuracy == pytest.approx(np.mean(right))
    assert epochs(run)[-1].train_loss == pytest.approx(np.mean(losses), abs=1e-4)


@pytest.mark.parametrize("modality", MAKE)
def test_before_the_first_step_an_untrained_head_is_undecided(go, modality):
    first = epochs(go("head", modality))[0]
    assert first.train_loss == pytest.approx(math.log(3), abs=1e-5)
    assert first.validation_loss == pytest.approx(math.log(3), abs=1e-5)


@pytest.mark.parametrize("modality", MAKE)
def test_tuning_begins_with_the_head_that_patience_would_find(go, modality):
    patient = epochs(go("head", modality, epochs=300, batch_size=50, learning_rate=0.3, regularisation=1.0))[-1]
    for strategy in ("partial", "full", "lora", "bias"):
        first = epochs(go(strategy, modality, regularisation=1.0, epochs=1))[0]
        assert first.validation_loss == pytest.approx(patient.validation_loss, abs=1e-3), strategy
        assert first.train_loss == pytest.approx(patient.train_loss, abs=1e-3), strategy


@each_going_case
def test_training_learns(go, strategy, modality):
    run = go(strategy, modality, epochs=10, **({"learning_rate": 0.02} if strategy == "scratch" else {}))
    assert epochs(run)[-1].train_loss < 0.9 * math.log(3)


# --- parts -------------------------------------------------------------------------------------------------------


@each_strategy
def test_a_test_part_is_scored_at_the_end_only(go, workspace, strategy):
    dataset = picture_dataset(workspace, each=9)
    parts = ("train", "train", "validation", "test", "train", "train", "test", "train", "test")
    divided = tuple(replace(e, split=parts[i % 9]) for i, e in enumerate(dataset.examples))
    run = go(strategy, dataset=replace(dataset, examples=divided))
    end = ended(run)
    tested = [a for a in run.result.answers if a.part == "test"]
    assert (run.events[0].n_train, run.events[0].n_validation, run.events[0].n_test) == (15, 3, 9)
    assert (end.validation.n, end.test.n) == (3, 9)
    assert end.test.accuracy == sum(a.right for a in tested) / 9
    assert run.events[0].baseline == end.test.baseline
    assert [a.example for a in tested] == [e.id for e in divided if e.split == "test"]


def test_exercises_need_two_examples_of_two_classes(go, workspace):
    with pytest.raises(DataError, match="a shot and a query"):
        go("episodic", dataset=picture_dataset(workspace, each=1))


@pytest.mark.parametrize("strategy", ["auto", *(name for name in OWN if name != "episodic")])
def test_without_anyone_to_judge_it_trains_and_says_so(go, workspace, strategy):
    run = go(strategy, dataset=picture_dataset(workspace, each=1))
    (warning,) = only(Warned, run.events)
    assert "single example" in str(warning.message)
    assert {(e.validation_loss, e.validation_accuracy) for e in epochs(run)} == {(None, None)}
    end = ended(run)
    assert (end.reason, end.validation, end.test) == ("completed", None, None)
    assert run.events[0].baseline is None
    assert run.result.answers == ()


def test_when_all_examples_were_asked_to_teach_the_warning_does_not_blame_the_data(go, workspace):
    run = go(dataset=picture_dataset(workspace, each=4), shots=4)
    (warning,) = only(Warned, run.events)
    assert "single example" not in str(warning.message)


# --- the same again ----------------------------------------------------------------------------------------------


@each_case
def test_the_same_seed_gives_the_same_weights_to_the_bit(go, strategy, modality):
    """The second time the embeddings come from the cache and the random numbers stand elsewhere."""
    first = go(strategy, modality, seed=4)
    torch.rand(1234)
    np.random.rand(5)
    second = go(strategy, modality, seed=4)
    assert first.events[0] == second.events[0]
    for one, other in ((first.result.model.head, second.result.model.head),
                       (first.result.model.backbone, second.result.model.backbone)):  # fmt: skip
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name
    assert first.result.answers == second.result.answers


@each_strategy
def test_another_seed_gives_another_split_and_other_weights(go, strategy):
    one, other = go(strategy, seed=4), go(strategy, seed=5)
    assert {a.example for a in one.result.answers} != {a.example for a in other.result.answers}
    assert not torch.equal(one.result.model.head.weight, other.result.model.head.weight)


def test_how_an_example_is_varied_does_not_depend_on_its_neighbours(workspace, tiny_models):
    dataset = picture_dataset(workspace, each=4)
    card = tiny_models["image"]
    config = TrainingConfig.of(Recipe(model=card.id, strategy="full"), card)
    task = TrainingContext(dataset, make_split(dataset, seed=0), config, card, workspace)
    together = task.inputs([2, 7, 5], "light", epoch=3)["pixels"]
    alone = task.inputs([7], "light", epoch=3)["pixels"]
    assert torch.equal(together[1], alone[0])
    assert not torch.equal(alone, task.inputs([7], "light", epoch=4)["pixels"])
    assert not torch.equal(alone, task.inputs([7])["pixels"])


# --- what learns -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modality", MAKE)
def test_the_head_strategy_leaves_the_backbone_as_it_was(go, modality):
    model = go("head", modality).result.model
    fresh = TINY[f"tiny-{modality}"]().state_dict()
    assert all(torch.equal(value, fresh[name]) for name, value in model.backbone.state_dict().items())
    assert not model.tuned
    assert model.head.weight.abs().sum() > 0


@pytest.mark.parametrize("modality", MAKE)
def test_the_full_strategy_changes_every_parameter_of_the_backbone(go, modality):
    model = go("full", modality, learning_rate=0.01).result.model
    fresh = TINY[f"tiny-{modality}"]()
    assert model.tuned
    for name, value in model.backbone.named_parameters():
        assert not torch.equal(value, fresh.get_parameter(name)), name


def test_the_running_statistics_of_batchnorm_stay_those_of_the_pretraining(go):
    model = go("full", learning_rate=0.01).result.model
    fresh = TINY["tiny-image"]().state_dict()
    buffers = dict(model.backbone.named_buffers())
    assert {name.rpartition(".")[2] for name in buffers} == {"running_mean", "running_var", "num_batches_tracked"}
    assert all(torch.equal(value, fresh[name]) for name, value in buffers.items())


def test_the_nearer_to_the_input_the_slower_a_stage_learns(go):
    """Adam's first step is the learning rate itself, whatever the gradient."""
    model = go("full", epochs=1, batch_size=64, learning_rate=1e-3, augmentation="none").result.model
    fresh = TINY["tiny-image"]()
    moved = []
    for stage, before in zip(model.backbone.layer_groups(), fresh.layer_groups(), strict=True):
        moved.append(
            max(float((a - b).detach().abs().max()) for a, b in zip(stage.parameters, before.parameters, strict=True))
        )
    assert moved[0] / moved[1] == pytest.approx(0.75, rel=0.02)


@each_case
def test_a_saved_model_gives_the_same_answers_to_the_bit(usual, strategy, modality, workspace, tmp_path):
    run = usual(strategy, modality)
    payloads = [run.dataset.payload(i) for i in range(len(run.dataset.examples))]
    before = run.result.model.predict(payloads)
    run.result.model.save(tmp_path)
    after = TrainedModel.load(tmp_path, workspace).predict(payloads)
    assert [p.probabilities for p in before] == [p.probabilities for p in after]


@each_case
def test_the_model_answers_as_it_was_judged(usual, strategy, modality):
    run = usual(strategy, modality)
    split = make_split(run.dataset, seed=0)
    predictions = run.result.model.predict([run.dataset.payload(i) for i in split.validation])
    for prediction, answer in zip(predictions, run.result.answers, strict=True):
        assert prediction.probabilities == pytest.approx(answer.probabilities, abs=1e-4)


@each_strategy
def test_the_model_remembers_what_it_is(go, strategy):
    model = go(strategy, image_size=64).result.model
    assert model.parent == "tiny-image"
    assert model.card.id == "tiny-image"
    assert model.size == 64
    assert model.title == "shades"
    assert model.classes == ("dark", "light", "middle")


# --- stopped and failed ------------------------------------------------------------------------------------------


def stop_after(epoch: int):
    """A stop flag that goes up when `epoch` has ended, and the listener that raises it."""
    flag = SimpleNamespace(up=False)

    def listen(event):
        flag.up |= isinstance(event, EpochEnd) and event.epoch == epoch

    return flag, listen


def trained_until(dataset, recipe, workspace, epoch):
    flag, listen = stop_after(epoch)
    stream, events = train(dataset, recipe, workspace, run="r1", stop=lambda: flag.up), []
    while True:
        try:
            events.append(next(stream))
            listen(events[-1])
        except StopIteration as end:
            return SimpleNamespace(events=events, result=end.value, dataset=dataset)


@pytest.mark.parametrize(("strategy", "rate"), [("head", 1.0), ("full", 0.3)])
def test_a_stopped_run_keeps_the_epoch_that_judged_best(workspace, tiny_models, strategy, rate):
    dataset = picture_dataset(workspace)
    recipe = Recipe(model="tiny-image", strategy=strategy, epochs=50, learning_rate=rate, batch_size=4, seed=1)
    run = trained_until(dataset, recipe, workspace, 12)
    end = ended(run)
    losses = {e.epoch: e.validation_loss for e in epochs(run)}
    best = min(losses, key=losses.get)
    assert best < 12, "the last epoch must not be the best one, or this shows nothing"
    assert max(losses) == 12
    assert (end.reason, end.epoch, end.chosen) == ("stopped", best, True)
    assert judged_loss(run.result) == pytest.approx(losses[best], abs=1e-4)
    assert end.validation.accuracy == sum(a.right for a in run.result.answers) / end.validation.n
    predictions = run.result.model.predict([dataset.payload(i) for i in make_split(dataset, seed=1).validation])
    for prediction, answer in zip(predictions, run.result.answers, strict=True):
        assert prediction.probabilities == pytest.approx(answer.probabilities, abs=1e-3)


@each_going
def test_stopping_is_heard_within_one_step(workspace, tiny_models, strategy):
    run = trained_until(picture_dataset(workspace), Recipe(model="tiny-image", strategy=strategy), workspace, 1)
    assert not [e for e in only(StepEnd, run.events) if e.epoch > 1]


@each_strategy
def test_stopped_before_there_was_a_model(go, strategy):
    run = go(strategy, stop=lambda: True)
    end = ended(run)
    assert run.result is None
    assert (end.reason, end.validation, end.epoch) == ("stopped", None, None)
    assert end.message


@pytest.mark.parametrize("strategy", ["full", "partial"])
def test_stopping_before_the_first_step_leaves_the_fitted_head(workspace, tiny_models, strategy):
    go_on = SimpleNamespace(stop=False)
    recipe = Recipe(model="tiny-image", strategy=strategy, **({"layers": 1} if strategy == "partial" else {}))
    stream = train(picture_dataset(workspace), recipe, workspace, stop=lambda: go_on.stop)
    events, result = [], None
    while True:
        try:
            events.append(next(stream))
        except StopIteration as end:
            result = end.value
            break
        embedded = isinstance(events[-1], Progress) and events[-1].stage == "embed"
        go_on.stop |= embedded and events[-1].done == events[-1].total
    assert events[-1].reason == "stopped"
    assert events[-1].epoch == 0
    assert events[-1].validation.n == len(result.answers)
    assert result.model.predict([picture_dataset(workspace).payload(0)])


class _Spoilt(SimpleNamespace):
    """`torch.nn.functional` whose loss goes wrong at one training step."""

    def __init__(self, at: int, spoil):
        super().__init__(seen=0, at=at, spoil=spoil)

    def cross_entropy(self, logits, targets, **options):
        loss = F.cross_entropy(logits, targets, **options)
        if not logits.requires_grad:
            return loss
        self.seen += 1
        return self.spoil(loss) if self.seen == self.at else loss


def assert_ends_as_failed_with_a_usable_model(run, wrong_epoch: int) -> None:
    end = ended(run)
    losses = {e.epoch: e.validation_loss for e in epochs(run) if math.isfinite(e.validation_loss)}
    assert end.reason == "failed"
    assert "learning rate" in str(end.message)
    assert end.epoch == min(losses, key=losses.get) < wrong_epoch
    assert end.chosen
    assert all(torch.isfinite(value).all() for value in run.result.model.head.state_dict().values())
    assert all(torch.isfinite(value).all() for value in run.result.model.backbone.state_dict().values())
    assert judged_loss(run.result) == pytest.approx(losses[end.epoch], abs=1e-4)


@pytest.mark.parametrize("wrong", [math.nan, math.inf], ids=str)
def test_a_loss_that_is_no_number_ends_the_run_as_failed_and_keeps_the_best(go, monkeypatch, wrong):
    monkeypatch.setattr(phase, "F", _Spoilt(12, lambda loss: loss * wrong))  # 4 steps an epoch: in the third
    run = go("head", epochs=6)
    assert_ends_as_failed_with_a_usable_model(run, 3)
    assert max(e.epoch for e in epochs(run)) == 2


def test_the_full_strategy_survives_a_loss_that_is_no_number_too(go, monkeypatch):
    monkeypatch.setattr(phase, "F", _Spoilt(12, lambda loss: loss * math.nan))
    assert_ends_as_failed_with_a_usable_model(go("full", epochs=6), 3)


def test_a_correction_that_ruins_the_weights_in_the_very_last_step_is_noticed(go, monkeypatch):
    """The loss itself is still a number, its slope is not: the square root at zero."""
    monkeypatch.setattr(phase, "F", _Spoilt(12, lambda loss: loss + (loss * 0).sqrt()))
    assert_ends_as_failed_with_a_usable_model(go("head", epochs=3), 3)


def test_ruined_weights_are_noticed_even_when_nobody_judges(go, workspace, monkeypatch):
    """The running loss of the last epoch was a number, and there is no other."""
    monkeypatch.setattr(phase, "F", _Spoilt(3, lambda loss: loss + (loss * 0).sqrt()))  # one step an epoch
    run = go("full", dataset=picture_dataset(workspace, each=1))
    assert ended(run).reason == "failed"
    assert ended(run).epoch == 2
    assert all(torch.isfinite(value).all() for value in run.result.model.backbone.state_dict().values())


def test_labels_in_reading_order_meet_their_own_numbers(go, workspace):
    """Three classes whose alphabetical order ("1", "10", "2") is not their reading order."""
    messages = message_dataset(workspace)
    renamed = {"bus": "10", "lunch": "2", "trip": "1"}
    dataset = replace(messages, examples=tuple(replace(e, label=renamed[e.label]) for e in messages.examples))
    model = go(modality="text", dataset=dataset, epochs=60).result.model
    assert model.classes == ("1", "2", "10")
    answers = model.predict([e.text for e in dataset.examples])
    for label in model.classes:
        assert (
            np.mean([a.label == label for a, e in zip(answers, dataset.examples, strict=True) if e.label == label])
            > 0.7
        )
