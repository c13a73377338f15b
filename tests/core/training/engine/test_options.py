"""Each option of a recipe does what it says: seen in the weights, the curve or the answers of a tiny model."""

from __future__ import annotations

import itertools
import math
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.data.splits import make_split
from core.errors import RecipeError
from core.events import EpochEnd, RunEnded, StepEnd, Warned, drain
from core.models.backbone import LayerGroup
from core.training.engine import stage as stages
from core.training.engine.context import TrainingContext
from core.training.engine.contrastive import TEMPERATURE, paired_batches, supervised_contrastive
from core.training.engine.fit import prepare
from core.training.engine.rate_finder import suggest, try_rates
from core.training.spec.config import TrainingConfig
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from core.training.strategies.tuned import by_depth
from tests.helpers import message_dataset, only, picture_dataset, run_training
from tests.tiny import TINY_IMAGE

TUNING = [name for name, strategy in STRATEGIES.items() if "weight_decay" in strategy.options and name != "masked"]
MAKE = {"image": picture_dataset, "text": message_dataset}


@pytest.fixture
def go(workspace, tiny_models):
    def run(strategy="full", modality="image", dataset=None, **options):
        dataset = dataset or MAKE[modality](workspace)
        recipe = Recipe(f"tiny-{modality}", strategy, **options)
        events, result = run_training(dataset, recipe, workspace)
        return SimpleNamespace(events=events, result=result, end=events[-1])

    return run


@pytest.fixture
def task_of(workspace, tiny_models):
    def make(strategy="full", modality="image", dataset=None, **options):
        dataset = dataset or MAKE[modality](workspace)
        card = tiny_models[modality]
        config = TrainingConfig.of(Recipe(card.id, strategy, **options), card)
        return TrainingContext(dataset, make_split(dataset, seed=config.seed), config, card, workspace)

    return make


def prepared(task) -> stages.Stage:
    return drain(prepare(task))


def same(one, other) -> bool:
    return torch.equal(one.result.model.head.weight, other.result.model.head.weight)


@pytest.mark.parametrize(
    "option",
    [{"learning_rate": 0.003}, {"batch_size": 4}, {"augmentation": "strong"}, {"mixup": 0.4}, {"label_smoothing": 0.2},
     {"weight_decay": 0.5}, {"image_size": 64}, {"epochs": 3}, {"regularisation": 10.0}],
    ids=str,
)  # fmt: skip
def test_an_option_changes_the_weights(go, option):
    assert not same(go(epochs=2), go(**{"epochs": 2, **option}))


def test_rare_classes_weigh_more_when_balanced(go, workspace, task_of):
    whole = picture_dataset(workspace)
    few = replace(whole, examples=tuple(e for i, e in enumerate(whole.examples) if e.label != "dark" or i < 4))
    task = task_of(dataset=few, class_weighting="balanced")
    counts = task.class_counts.numpy()
    assert counts.min() < counts.max()
    np.testing.assert_allclose(task.class_weights.numpy(), counts.sum() / (3 * counts), rtol=1e-6)
    assert task_of(dataset=few).class_weights is None
    assert not same(go(dataset=few, epochs=2), go(dataset=few, epochs=2, class_weighting="balanced"))


def test_early_stopping_ends_it_and_keeps_the_best(go):
    run = go("head", epochs=200, learning_rate=1.0, batch_size=4, early_stopping=3, seed=1)
    losses = {e.epoch: e.validation_loss for e in only(EpochEnd, run.events)}
    best = min(losses, key=losses.get)
    assert max(losses) == best + 3 < 200
    assert (run.end.reason, run.end.epoch, run.end.chosen) == ("completed", best, True)


def test_early_stopping_needs_somebody_who_judges(go, workspace):
    with pytest.raises(RecipeError, match="nothing to stop early by"):
        go("head", dataset=picture_dataset(workspace, each=1), early_stopping=3)


def test_a_time_budget_decides_how_many_steps_there_are(go, monkeypatch):
    """Measured steps of a tenth of a second, and none of it spent yet: the clock itself is not asked."""
    from core.training.engine import fit as loop

    monkeypatch.setattr(loop, "seconds_per_step", lambda stage: 0.1)
    monkeypatch.setattr(TrainingContext, "seconds", 0.0)
    monkeypatch.setattr(loop.time, "perf_counter", lambda: 0.0)
    run = go("full", time_budget=1.05, batch_size=4)  # 18 teach: 5 steps an epoch
    steps = [(e.epoch, e.step) for e in only(StepEnd, run.events)]
    assert len(steps) == 10
    assert [e.epoch for e in only(EpochEnd, run.events)] == [0, 1, 2]
    assert run.end.reason == "completed"


def test_a_computer_that_became_busier_ends_the_run_a_little_over_the_budget(go, monkeypatch):
    """Each look at the clock finds a tenth of a second gone: twice as much in a step as was measured."""
    from core.training.engine import fit as loop

    looks = itertools.count()
    monkeypatch.setattr(loop, "seconds_per_step", lambda stage: 0.1)
    monkeypatch.setattr(loop.time, "perf_counter", lambda: 0.0)
    monkeypatch.setattr(TrainingContext, "seconds", property(lambda self: 0.1 * next(looks)))
    run = go("full", time_budget=2.0, batch_size=4)
    (warned,) = only(Warned, run.events)
    assert "time budget" in str(warned.message)
    assert 5 < len(only(StepEnd, run.events)) < 15, "about 20 were planned"
    assert run.end.reason == "completed"


def test_layers_nearer_to_the_input_learn_more_slowly():
    weights = [torch.nn.Parameter(torch.zeros(2)) for _ in range(3)]
    parts = [LayerGroup(f"s{i}", (weight,)) for i, weight in enumerate(weights)]
    groups = by_depth(SimpleNamespace(groups=parts), 0.1)
    assert [group["lr"] for group in groups] == pytest.approx([0.1 * 0.75**2, 0.1 * 0.75, 0.1])
    assert [group["params"][0] is weight for group, weight in zip(groups, weights, strict=True)] == [True] * 3


def test_a_time_budget_shorter_than_a_step_still_makes_one(go):
    run = go("full", time_budget=1.0, batch_size=64)
    assert run.end.reason == "completed"
    assert len(only(StepEnd, run.events)) >= 1


def test_measuring_a_step_leaves_the_weights_as_they_are(task_of):
    task = task_of()
    phase = prepared(task)
    before = {name: value.clone() for name, value in phase.trained.state_dict().items()}
    assert stages.seconds_per_step(phase) > 0
    assert all(torch.equal(value, before[name]) for name, value in phase.trained.state_dict().items())


def test_mixed_labels_are_asked_for_in_proportion(task_of):
    """The loss of a blend is the same blend of two losses."""
    task = task_of(mixup=0.5, augmentation="none")
    phase = prepared(task)
    phase.mode(False)
    indices = np.array(task.split.train[:6])
    output = phase.step(indices, 1, 0)
    rng = np.random.default_rng([0, 1, 0, 1])
    share = float(rng.beta(0.5, 0.5))
    share = max(share, 1 - share)
    order = torch.from_numpy(rng.permutation(6))
    pixels = task.inputs(indices)["pixels"]
    logits = phase.head(task.backbone(pixels=share * pixels + (1 - share) * pixels[order]))
    targets = task.targets[torch.from_numpy(indices)]
    soft = share * F.one_hot(targets, 3) + (1 - share) * F.one_hot(targets[order], 3)
    assert float(output.loss.detach()) == pytest.approx(float(F.cross_entropy(logits, soft).detach()), abs=1e-5)


# --- what learns -------------------------------------------------------------------------------------------------


def moved(run, modality="image") -> set[str]:
    from tests.tiny import TINY

    fresh = TINY[f"tiny-{modality}"]().state_dict()
    return {n for n, value in run.result.model.backbone.state_dict().items() if not torch.equal(value, fresh[n])}


@pytest.mark.parametrize("modality", MAKE)
@pytest.mark.parametrize("augmentation", ["none", "light"])
def test_partial_moves_the_last_parts_and_nothing_below(go, modality, augmentation):
    run = go("partial", modality, layers=1, epochs=2, learning_rate=0.01, augmentation=augmentation)
    last = {"image": "third", "text": "last"}[modality]
    assert moved(run, modality)
    assert {name.split(".")[0] for name in moved(run, modality)} == {last}


def test_kept_activations_change_nothing_but_the_time(go, monkeypatch):
    from core.training.engine import parts

    # kept activations are computed in full precision, and so must those be that they are compared with
    monkeypatch.setattr(stages, "mixed_precision", lambda device, bfloat16: nullcontext())
    kept = go("partial", layers=1, epochs=3)
    monkeypatch.setattr(parts, "_KEPT_BYTES", 0)
    anew = go("partial", layers=1, epochs=3)
    for one, other in zip(kept.result.answers, anew.result.answers, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-3)


def test_what_is_looked_at_once_is_not_kept_and_answered_the_same(go, workspace, monkeypatch):
    """Of a validation set that is larger than what is trained on, most are evaluated at the very end alone."""
    from core.training.engine import parts

    asked, original = [], parts.embed_rows
    monkeypatch.setattr(parts, "embed_rows", lambda *a, **named: asked.append(a[5]) or original(*a, **named))
    monkeypatch.setattr("core.training.spec.estimate.MONITORED", 5)
    monkeypatch.setattr(stages, "mixed_precision", lambda device, bfloat16: nullcontext())
    few = {"dataset": message_dataset(workspace, each=9), "modality": "text", "layers": 1, "epochs": 3, "shots": 2}
    kept = go("partial", **few)
    sizes = iter([parts._KEPT_BYTES + 1, 0])
    monkeypatch.setattr(parts, "_bytes", lambda *asked: next(sizes))
    once = go("partial", **few)
    assert [len(indices) for indices in asked] == [27, 6 + 6]
    for one, other in zip(kept.result.answers, once.result.answers, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-3)


@pytest.mark.parametrize("modality", MAKE)
def test_bias_moves_offsets_only(go, modality):
    names = moved(go("bias", modality, epochs=2, learning_rate=0.01), modality)
    assert names
    assert all(name.endswith(".bias") for name in names)


@pytest.mark.parametrize("modality", MAKE)
def test_adapters_are_merged_into_plain_layers(go, modality):
    from tests.tiny import TINY

    run = go("lora", modality, epochs=3, learning_rate=0.05, lora_rank=2)
    backbone = run.result.model.backbone
    plain = TINY[f"tiny-{modality}"]()
    assert list(backbone.state_dict()) == list(plain.state_dict())
    assert {name.rpartition(".")[0] for name in moved(run, modality)} == set(plain.adapter_targets())
    for name in plain.adapter_targets():  # a change of rank two, no more
        change = backbone.get_parameter(f"{name}.weight") - plain.get_parameter(f"{name}.weight")
        assert torch.linalg.matrix_rank(change.detach().flatten(1), tol=1e-5) <= 2


def test_adapters_say_the_same_before_and_after_they_are_merged(task_of):
    task = task_of("lora", lora_rank=2, epochs=2)
    phase = prepared(task)
    for name, parameter in phase.trained.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter)
    phase.mode(False)
    with torch.inference_mode():
        before = phase.logits(task.split.train)
        phase.finish()
        after = phase.logits(task.split.train)
    torch.testing.assert_close(before, after, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("modality", MAKE)
def test_from_scratch_nothing_of_the_pretraining_is_left(go, modality):
    from tests.tiny import TINY

    weights = {name for name, p in TINY[f"tiny-{modality}"]().named_parameters() if p.dim() > 1}
    assert weights <= moved(go("scratch", modality, epochs=1, learning_rate=1e-6), modality)


def test_without_pretraining_other_seeds_begin_elsewhere(go):
    one, other = (go("scratch", epochs=1, learning_rate=1e-6, seed=seed) for seed in (0, 1))
    first, second = (run.result.model.backbone.state_dict()["first.0.weight"] for run in (one, other))
    assert not torch.allclose(first, second, atol=1e-3)


# --- contrastive -------------------------------------------------------------------------------------------------


def test_the_contrastive_loss_is_the_papers_equation():
    rng = torch.Generator().manual_seed(0)
    z = F.normalize(torch.randn(7, 4, generator=rng), dim=1)
    targets = torch.tensor([0, 0, 0, 1, 1, 2, 1])
    terms = []
    for i in range(7):
        partners = [p for p in range(7) if p != i and targets[p] == targets[i]]
        if not partners:
            continue
        below = sum(math.exp(float(z[i] @ z[a]) / TEMPERATURE) for a in range(7) if a != i)
        shares = [math.log(math.exp(float(z[i] @ z[p]) / TEMPERATURE) / below) for p in partners]
        terms.append(-sum(shares) / len(shares))
    assert float(supervised_contrastive(3 * z, targets)) == pytest.approx(sum(terms) / len(terms), rel=1e-5)


def test_nobody_with_a_partner_is_no_loss_and_no_division_by_zero():
    z = torch.randn(3, 4, requires_grad=True)
    loss = supervised_contrastive(z, torch.tensor([0, 1, 2]))
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert torch.isfinite(z.grad).all()


def test_batches_hold_partners_and_everyone_comes(task_of):
    task = task_of("contrastive", "text", batch_size=6)
    batches = paired_batches(task, 1)
    assert len(batches) >= 4
    targets = task.targets.numpy()
    first_round = np.concatenate(batches[: round(len(task.split.train) / 6)])
    assert sorted(first_round) == sorted(task.split.train)
    alone = [i for batch in batches for i in batch if (targets[batch] == targets[i]).sum() == 1]
    assert len(alone) <= len(batches)


# --- learning rate -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "strategy", [name for name, s in STRATEGIES.items() if "learning_rate" in s.options and s.suits(TINY_IMAGE)]
)
def test_looking_for_a_rate_leaves_the_real_weights_bit_equal(task_of, strategy):
    sizes = {"epochs": 2, "batch_size": 5, "ways": 2}
    task = task_of(strategy, **{name: n for name, n in sizes.items() if name in STRATEGIES[strategy].options})
    phase = prepared(task)
    before = {name: value.clone() for name, value in phase.trained.state_dict().items()}
    curve = drain(try_rates(phase))
    after = phase.trained.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert len(curve.rates) == len(curve.losses) > 10
    assert list(curve.rates) == sorted(curve.rates)
    assert all(math.isfinite(loss) for loss in curve.losses)
    assert curve.rates[0] <= curve.suggestion <= curve.rates[-1]


def test_the_suggestion_is_a_tenth_of_the_last_rate_that_did_no_harm():
    rates = tuple(10.0**k for k in range(-6, 1))
    assert suggest(rates, (2.0, 2.0, 1.9, 1.2, 0.8, 5.0, 9.0)) == pytest.approx(1e-3)
    assert suggest(rates, (0.1, 0.1, 0.1, 0.1, 0.4, 5.0, 9.0)) == pytest.approx(1e-4)


# --- trouble -----------------------------------------------------------------------------------------------------


def test_out_of_memory_keeps_the_last_good_weights_and_says_what_may_help(go, monkeypatch):
    from core.training.engine import fit as loop

    original, calls = loop.run_step, []

    def run_step(*arguments):
        calls.append(1)
        if len(calls) > 8:  # in the second epoch
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return original(*arguments)

    monkeypatch.setattr(loop, "run_step", run_step)
    run = go("full", epochs=5, batch_size=4)
    end: RunEnded = run.end
    assert end.reason == "failed"
    assert "ran out of memory" in str(end.message)
    assert end.remedy == {"batch_size": 2}
    assert run.result.model.predict([picture_dataset_payload(run)])


def picture_dataset_payload(run):
    from PIL import Image

    return Image.new("RGB", (32, 32))


def test_a_loss_that_is_no_number_suggests_a_smaller_rate(go, monkeypatch):
    monkeypatch.setattr(stages.Stage, "loss", lambda self, logits, targets: logits.sum() * math.nan)
    run = go("head", epochs=2)
    assert run.end.reason == "failed"
    assert run.end.remedy == {"learning_rate": pytest.approx(0.005)}


@pytest.mark.parametrize("wanted", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused_with_what_is(go, wanted):
    from core.training.engine.device import devices

    if wanted in devices():
        pytest.skip(f"this computer has {wanted}")
    with pytest.raises(RecipeError, match="cpu"):
        go("head", device=wanted)
