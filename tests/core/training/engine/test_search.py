"""The best model and method are found on the training examples alone, and the choice can be run again without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.events import RunEnded, RunStarted, Searched, Tried, drain
from core.hardware import measured_speed, note_speed
from core.messages import quoted
from core.modalities.base import Gain
from core.models.catalogue import get_card
from core.training.engine import search as module
from core.training.engine.search import Candidate, Trial, choose, search
from core.training.engine.train import train
from core.training.spec.config import TrainingConfig
from core.training.spec.plan import make_plan
from core.training.spec.recipe import ANY_MODEL, Recipe
from core.training.spec.strategies import STRATEGIES
from tests.helpers import bare_dataset, example, message_dataset, only, picture_dataset, row_dataset

SPEEDS = ("embed", "probe-top", "probe-full")


@pytest.fixture
def pictures(workspace, tiny_models):
    for card in tiny_models.values():
        for work in SPEEDS:
            note_speed(workspace, card.id, work, 100_000, 100.0)
    return picture_dataset(workspace, each=12)


@pytest.fixture
def untrained(monkeypatch):
    """Nothing is trained: every candidate answers as if it knew nothing."""

    def held_out(dataset, config, card, division, *rest):
        yield from ()
        return torch.full((len(division[1]), len(dataset.classes)), 1 / len(dataset.classes))

    monkeypatch.setattr(module, "held_out", held_out)


def searched(dataset, workspace, model="tiny-image", **options):
    plan = make_plan(dataset, Recipe(model, "auto", **options), workspace)
    events = []
    return drain(search(dataset, plan, workspace), events.append), events


def test_only_training_examples_are_looked_at(pictures, workspace, monkeypatch, untrained):
    plan = make_plan(pictures, Recipe("tiny-image", "auto"), workspace)
    looked, original = set(), module.held_out

    def noting(dataset, config, card, division, *rest):
        looked.update(division[0], division[1])
        return original(dataset, config, card, division, *rest)

    monkeypatch.setattr(module, "held_out", noting)
    drain(search(pictures, plan, workspace))
    assert looked == set(plan.split.train)


def test_the_choice_is_a_plain_recipe_that_gives_the_same_again(pictures, workspace):
    seen = []
    first = drain(train(pictures, Recipe("tiny-image", "auto"), workspace), seen.append)
    found, started = only(Searched, seen)[0], only(RunStarted, seen)[0]
    assert started.recipe == found.recipe and started.why == found.why and found.recipe["strategy"] != "auto"
    again = drain(train(pictures, Recipe.from_dict(found.recipe), workspace))
    assert [answer.probabilities for answer in first.answers] == [answer.probabilities for answer in again.answers]
    assert only(RunEnded, seen)[0].seconds >= found.seconds


def test_the_choice_for_a_dataset_that_came_divided_can_be_run_as_it_is(pictures, workspace, untrained):
    examples = (replace(one, split="train" if n % 4 else "test") for n, one in enumerate(pictures.examples))
    divided = replace(pictures, examples=tuple(examples))
    _, events = searched(divided, workspace)
    recipe = Recipe.from_dict(only(Searched, events)[0].recipe)
    assert recipe.validation_share is None
    make_plan(divided, recipe, workspace)  # a share would be refused


def test_any_model_is_every_pretrained_one_of_the_kind(pictures, workspace, monkeypatch, untrained):
    ids = ("minilm-l6", "small-cnn", "glyphnet", "tiny-image")
    own = replace(get_card("tiny-image", workspace), id="run:x")
    monkeypatch.setattr(module, "cards", lambda workspace: [own, *(get_card(one, workspace) for one in ids)])
    plan, events = searched(pictures, workspace, ANY_MODEL)
    tried = {event.model for event in only(Tried, events)}
    assert tried == {"glyphnet", "tiny-image"}
    assert plan.recipe.model in tried and get_card(plan.recipe.model, workspace) == plan.card


def test_models_that_do_not_know_the_language_or_are_not_there_are_not_tried(workspace, tiny_models, monkeypatch):
    texts = [
        f"Das ist eine ganz gew\u00f6hnliche deutsche Nachricht \u00fcber das Mittagessen Nummer {n}" for n in range(24)
    ]
    dataset = bare_dataset([replace(example(f"e{n}", "ab"[n % 2]), text=text) for n, text in enumerate(texts)], "text")
    tiny = get_card("tiny-text", workspace)
    offered = [
        replace(tiny, languages=("en",), title=quoted("English alone")),
        replace(tiny, id="knows", languages=("de", "en")), replace(tiny, id="unknown"), replace(tiny, id="gone"),
    ]  # fmt: skip
    monkeypatch.setattr(module, "cards", lambda workspace: offered)
    monkeypatch.setattr(module, "missing", lambda model: "why" if model == "gone" else None)
    plan = make_plan(dataset, Recipe("tiny-text", "auto"), workspace)
    finding = module._Search(dataset, replace(plan, recipe=Recipe(ANY_MODEL, "auto")), workspace, lambda: False)
    assert [card.id for card in finding._models()] == ["knows", "unknown"]
    assert [str(remark) for remark in finding.remarks] == ["Not tried, since it does not know German: English alone."]


def test_what_there_is_no_time_for_is_named_with_the_time_that_it_would_take(pictures, workspace):
    for work in ("probe-top", "probe-full"):
        note_speed(workspace, "tiny-image", work, 10, 10.0)
    _, events = searched(pictures, workspace, time_budget=5.0)
    assert {event.strategy for event in only(Tried, events)} == {"head", "discriminant"}
    assert "there was too little time left" in str(only(Searched, events)[0].more)
    assert "minutes there would be time" in str(only(Searched, events)[0].more)


def test_a_tuning_is_tried_on_a_part_and_on_the_rest_while_it_is_undecided(pictures, workspace, monkeypatch, untrained):
    monkeypatch.setattr(module, "expected_seconds", lambda *about: 10.0)
    monkeypatch.setattr(module._Search, "left", property(lambda self: self.budget))  # however slow this computer is
    _, events = searched(pictures, workspace, time_budget=1000.0)
    asked = [(event.strategy, event.n) for event in only(Tried, events)]
    cheap = [("head", 27), ("discriminant", 27)]
    assert asked[:5] == [*cheap, ("contrastive", 21), ("contrastive", 27), ("full", 21)]
    _, events = searched(pictures, workspace, time_budget=25.0)
    asked = {event.strategy: event.n for event in only(Tried, events)}
    assert asked["head"] == 27 and 0 < asked["contrastive"] < 21  # one fold each time that it is asked


def test_what_is_clearly_worse_is_not_asked_about_the_rest(pictures, workspace, monkeypatch):
    """The last layer knows everything, a tuned network nothing."""

    def held_out(dataset, config, card, division, *rest):
        yield from ()
        given = torch.full((len(division[1]), len(dataset.classes)), 1 / len(dataset.classes))
        if config.strategy == "head":
            truths = torch.tensor([dataset.classes.index(dataset.examples[i].label) for i in division[1]])
            given = 0.1 * given + 0.9 * torch.nn.functional.one_hot(truths, len(dataset.classes))
        return given

    monkeypatch.setattr(module, "held_out", held_out)
    monkeypatch.setattr(module, "expected_seconds", lambda *about: 0.1)
    plan, events = searched(pictures, workspace, time_budget=1000.0)
    asked = [(one.strategy, one.n) for one in only(Tried, events)]
    assert asked == [("head", 27), ("discriminant", 27), ("contrastive", 21), ("full", 21)]
    assert plan.recipe.strategy == "head"


def test_of_many_classes_and_little_time_each_that_is_held_out_is_also_learnt_from(workspace, tiny_models, monkeypatch):
    """There is time for the fewest, 40 of 120 texts: two of each of 20 classes, rather than one of each of 40."""
    note_speed(workspace, "tiny-text", "embed", 100, 1e6)
    for work in SPEEDS[1:]:
        note_speed(workspace, "tiny-text", work, 100, 1e6)
    divided = []

    def held_out(dataset, config, card, division, *rest):
        yield from ()
        divided.append([{dataset.examples[i].label for i in part} for part in division])
        return torch.full((len(division[1]), len(dataset.classes)), 1 / len(dataset.classes))

    monkeypatch.setattr(module, "held_out", held_out)
    names = [f"class {n:02}" for n in range(60)]
    examples = [replace(example(f"{name}-{n}", name), text=f"{name} {n}") for name in names for n in range(4)]
    plan, events = searched(bare_dataset(examples, "text"), workspace, "tiny-text", time_budget=60.0)
    assert plan.recipe.strategy == "head" and only(Tried, events)[0].n == 40
    assert divided and all(asked <= learnt for learnt, asked in divided)
    assert len({label for _, asked in divided for label in asked}) == 20


@pytest.mark.parametrize(
    ("error", "says"),
    [(ModelError(quoted("Its files are torn.")), "files are torn"), (MemoryError(), "not enough memory")],
)
def test_a_model_that_cannot_be_used_is_left_out_and_said(pictures, workspace, monkeypatch, untrained, error, says):
    tiny, original = get_card("tiny-image", workspace), module.held_out
    for work in SPEEDS:
        note_speed(workspace, "other", work, 100_000, 100.0)

    def held_out(dataset, config, card, *rest):
        if card.id in broken:
            raise error
        return (yield from original(dataset, config, card, *rest))

    monkeypatch.setattr(module, "held_out", held_out)
    monkeypatch.setattr(module, "cards", lambda workspace: [tiny, replace(tiny, id="other", title=quoted("Other"))])
    broken = ["other"]
    plan, events = searched(pictures, workspace, ANY_MODEL)
    assert plan.recipe.model == "tiny-image"
    assert "Other was not tried further." in (more := str(only(Searched, events)[0].more)) and says in more
    broken = ["other", "tiny-image"]
    with pytest.raises(type(error)):
        searched(pictures, workspace, ANY_MODEL)


def test_a_tuning_that_takes_longer_than_was_thought_is_broken_off(pictures, workspace, monkeypatch, untrained):
    left, original = [50.0], module.held_out

    def held_out(dataset, config, card, division, workspace, stop, load):
        left[0] -= 15.0 if config.strategy == "contrastive" else 0.0
        return None if stop() else (yield from original(dataset, config, card, division))

    monkeypatch.setattr(module, "held_out", held_out)
    monkeypatch.setattr(module, "expected_seconds", lambda *about: 10.0)
    monkeypatch.setattr(module._Search, "left", property(lambda self: left[0]))
    _, events = searched(pictures, workspace)
    asked = {event.strategy: event.n for event in only(Tried, events)}
    assert 0 < asked["contrastive"] < 21  # two folds of three: after the third the last training would be late
    left[0] = 30.0
    monkeypatch.setattr(module, "expected_seconds", lambda *about: 14.0)
    left[0] = 28.5
    _, events = searched(pictures, workspace)
    assert "contrastive" not in {event.strategy for event in only(Tried, events)}
    assert "Not tried" in str(only(Searched, events)[0].more)


def test_what_cannot_be_trained_on_other_parts_drops_out(pictures, workspace, monkeypatch):
    """Contrastive tuning is right about the first ones, and then comes to nothing."""
    calls = []

    def held_out(dataset, config, card, division, *rest):
        yield from ()
        calls.append(config.strategy)
        given = torch.full((len(division[1]), len(dataset.classes)), 1 / len(dataset.classes))
        if config.strategy == "contrastive":
            truths = torch.tensor([dataset.classes.index(dataset.examples[i].label) for i in division[1]])
            given = 0.1 * given + 0.9 * torch.nn.functional.one_hot(truths, len(dataset.classes))
        return None if calls.count("contrastive") == 4 else given

    monkeypatch.setattr(module, "held_out", held_out)
    monkeypatch.setattr(module, "expected_seconds", lambda *about: 0.1)
    plan, events = searched(pictures, workspace, time_budget=1000.0)
    assert calls.count("contrastive") == 4 and "contrastive" in {event.strategy for event in only(Tried, events)}
    assert plan.recipe.strategy != "contrastive"


def test_too_few_held_out_examples_choose_nothing(workspace):
    base = trial(workspace, "head", np.full(40, 1.0))
    lucky = trial(workspace, "full", np.where(np.arange(40) < 15, 0.1, np.nan))
    assert choose([base, lucky], np.ones(40, dtype=bool), {})[0] is base
    known = trial(workspace, "full", np.where(np.arange(40) < 16, 0.1 + 0.01 * (np.arange(40) % 2), np.nan))
    assert choose([base, known], np.ones(40, dtype=bool), {})[0] is known
    others = np.arange(40) >= 16  # as where the choice itself is validated: nothing is known of it there
    assert choose([base, known], others, {"full": Gain(1.0, 0.1)})[0] is base
    all_of_them = trial(workspace, "full", 0.1 + 0.01 * (np.arange(12) % 2))
    assert (
        choose([trial(workspace, "head", np.full(12, 1.0)), all_of_them], np.ones(12, dtype=bool), {})[0] is all_of_them
    )


def test_a_computer_that_timed_nothing_is_timed(workspace, tiny_models):
    _, events = searched(picture_dataset(workspace, each=12), workspace)
    assert measured_speed(workspace, "tiny-image", "probe-full") and only(Tried, events)


@pytest.mark.parametrize("each", [1, 2])
def test_where_there_is_nothing_to_compare_by_the_last_layer_is_taken_and_that_is_said(workspace, tiny_models, each):
    dataset = picture_dataset(workspace, each=each)
    plan, events = searched(dataset, workspace)
    if plan.split.validation or each == 1:
        assert (plan.recipe.strategy, only(Tried, events)) == ("head", [])
        assert "Too few classes have several" in str(plan.why)


def test_it_can_be_stopped_and_paused(pictures, workspace):
    plan = make_plan(pictures, Recipe("tiny-image", "auto"), workspace)
    assert drain(search(pictures, plan, workspace, lambda: True)) is None
    for asked in ("stop", "pause"):
        seen = []
        assert (
            drain(train(pictures, Recipe("tiny-image", "auto"), workspace, **{asked: lambda: True}), seen.append)
            is None
        )
        assert only(RunEnded, seen)[0].reason == {"stop": "stopped", "pause": "paused"}[asked]


# --- the choice ---


def trial(workspace, strategy: str, losses) -> Trial:
    recipe, losses = Recipe("efficientnet-lite0", strategy), np.asarray(losses, dtype=float)
    card = get_card(recipe.model, workspace)
    return Trial(Candidate(recipe, card, TrainingConfig.of(recipe, card)), losses, (losses < 0.7).astype(float), 1.0)


def test_a_tuned_one_has_to_be_better_by_more_than_one_standard_error(workspace):
    noise = np.random.default_rng(0).normal(0, 0.3, 48)
    base = trial(workspace, "head", 1.0 + noise)
    everyone = np.ones(48, dtype=bool)
    shift = np.where(np.arange(48) % 2, 0.5, -0.5)  # better by 0.02 on the average, with an error of 0.07
    assert choose([base, trial(workspace, "full", base.losses - 0.02 + shift)], everyone, {})[0] is base
    better = trial(workspace, "full", base.losses - 0.2 + shift)
    assert choose([base, better], everyone, {})[0] is better


def test_of_two_ways_to_tune_the_better_is_taken(workspace):
    base = trial(workspace, "head", np.full(40, 1.0))
    little = np.where(np.arange(40) % 2, 0.1, -0.1)
    partial, full = (trial(workspace, name, 0.5 + x) for name, x in (("partial", little), ("full", -0.01 + -little)))
    chosen, why = choose([base, full, partial], np.ones(40, dtype=bool), {})
    assert chosen is full and "EfficientNet-Lite0 without tuning" in str(why) and "other datasets" not in str(why)


def test_where_only_some_were_asked_they_are_compared_on_those(workspace):
    base = trial(workspace, "head", np.r_[np.full(20, 0.1), np.full(20, 2.0)])
    losses = np.r_[np.full(20, np.nan), np.linspace(1.0, 1.1, 20)]
    tuned = replace(trial(workspace, "full", losses), right=np.where(np.isnan(losses), np.nan, 1.0))
    assert choose([base, tuned], np.ones(40, dtype=bool), {})[0] is tuned


def test_what_was_better_on_nearly_every_other_set_is_taken_where_it_is_about_as_good(workspace):
    noise = np.random.default_rng(0).normal(0, 0.3, 48)
    base = trial(workspace, "head", 1.0 + noise)
    tuned = trial(workspace, "contrastive", base.losses + 0.02 + np.where(np.arange(48) % 2, 0.5, -0.5))
    everyone, always, often = np.ones(48, dtype=bool), Gain(8.0, 3.0), Gain(3.0, 7.0)
    chosen, why = choose([base, tuned], everyone, {"contrastive": always})
    assert chosen is tuned and "did best on many other datasets" in str(why)
    assert choose([base, tuned], everyone, {"contrastive": often})[0] is base
    assert choose([base, tuned], everyone, {})[0] is base
    few = replace(tuned, losses=np.where(np.arange(48) < 12, tuned.losses, np.nan))
    assert choose([base, few], everyone, {"contrastive": always})[0] is base
    clearly_worse = trial(workspace, "contrastive", base.losses + 0.5)
    assert choose([base, clearly_worse], everyone, {"contrastive": always})[0] is base


def test_what_was_better_elsewhere_says_nothing_of_a_model_that_is_clearly_worse_here(workspace):
    noise = np.random.default_rng(0).normal(0, 0.3, 48)
    base = trial(workspace, "head", 1.0 + noise)
    recipe, card = Recipe("glyphnet", "head"), get_card("glyphnet", workspace)
    letters = Candidate(recipe, card, TrainingConfig.of(recipe, card))
    worse = replace(base, candidate=letters, losses=base.losses + 0.5)
    tuned = replace(
        base, losses=base.losses + 0.02 + np.where(np.arange(48) % 2, 0.5, -0.5),
        candidate=replace(letters, recipe=replace(recipe, strategy="contrastive")),
    )  # fmt: skip
    everyone, gains = np.ones(48, dtype=bool), {"contrastive": Gain(8.0, 3.0)}
    assert choose([base, worse, tuned], everyone, gains)[0] is base
    as_good = replace(worse, losses=base.losses + np.where(np.arange(48) % 2, 0.2, -0.18))
    assert choose([base, as_good, tuned], everyone, gains)[0] is tuned


@pytest.mark.parametrize("strategy", ["head", "contrastive"])
@pytest.mark.parametrize(("n", "taken"), [(16, False), (64, True)])
def test_what_did_worse_on_other_sets_must_be_better_by_more_than_luck(workspace, strategy, n, taken):
    """By 0.2 each time: of 16 examples that is little, of 64 it is much."""
    known = trial(workspace, "head", np.full(n, 1.0))
    recipe, card = Recipe("glyphnet", strategy), get_card("glyphnet", workspace)
    other = Candidate(recipe, card, TrainingConfig.of(recipe, card), place=1)
    better = replace(known, candidate=other, losses=np.full(n, 0.8))
    assert choose([known, better], np.ones(n, dtype=bool), {})[0] is (better if taken else known)


def test_one_that_answers_from_rows_is_chosen_in_its_own_words(workspace):
    noise = np.random.default_rng(0).normal(0, 0.3, 48)
    linear = replace(trial(workspace, "head", 1.0 + noise), candidate=_on_tables(workspace, "table-columns", "head"))
    shown = replace(linear, losses=linear.losses - 0.5, candidate=_on_tables(workspace, "in-context-table", "nearest"))
    chosen, why = choose([linear, shown], np.ones(48, dtype=bool), {})
    assert chosen is shown and "Looking at the rest of the training examples" in str(why)


def test_one_that_tells_apart_few_classes_is_not_tried_on_more(workspace, monkeypatch):
    dataset = row_dataset(workspace)
    finding = module._Search(
        dataset, make_plan(dataset, Recipe(ANY_MODEL, "auto"), workspace), workspace, lambda: False
    )
    assert "in-context-table" in [card.id for card in finding._models()]
    offered = [replace(card, most_classes=len(dataset.classes) - 1) for card in finding._models() if card.in_context]
    monkeypatch.setattr(module, "cards", lambda workspace: [*offered, get_card("table-columns", workspace)])
    assert [card.id for card in finding._models()] == ["table-columns"]


def _on_tables(workspace, model: str, strategy: str) -> Candidate:
    recipe, card = Recipe(model, strategy), get_card(model, workspace)
    return Candidate(recipe, card, TrainingConfig.of(recipe, card))


def test_a_few_right_answers_are_not_certainty(pictures, workspace):
    """Four held-out examples that a network gets right with certainty would else beat every other network."""
    plan = make_plan(pictures, Recipe("tiny-image", "auto"), workspace)
    finding = module._Search(pictures, plan, workspace, lambda: False)
    asked = list(plan.split.train[:4])
    finding.place = {index: at for at, index in enumerate(asked)}
    certain = np.zeros((4, len(pictures.classes)))
    certain[range(4), [pictures.classes.index(pictures.examples[i].label) for i in asked]] = 1.0
    candidate = finding._candidate(plan.card, "head")
    assert finding._trial(candidate, [(asked, certain)], 1.0).losses.mean() > 0.1


def test_each_way_to_tune_is_tried_on_the_best_models_before_the_next(pictures, workspace, monkeypatch, untrained):
    monkeypatch.setattr(module, "expected_seconds", lambda *about: 0.1)
    monkeypatch.setattr(module, "cards", lambda w: [get_card(one, workspace) for one in ("glyphnet", "tiny-image")])
    _, events = searched(pictures, workspace, ANY_MODEL, time_budget=1000.0)
    tuned = [event.strategy for event in only(Tried, events) if STRATEGIES[event.strategy].tunes_backbone]
    assert list(dict.fromkeys(tuned)) == ["contrastive", "full"]
    assert tuned.index("full") > tuned[::-1].index("contrastive")


def test_a_model_that_stays_as_it_is_is_tried_in_several_ways_and_tuned_once(
    pictures, workspace, monkeypatch, untrained
):
    monkeypatch.setattr(module, "expected_seconds", lambda *about: 0.1)
    monkeypatch.setattr(module, "cards", lambda w: [get_card("tiny-image", workspace)])
    plan, events = searched(pictures, workspace, ANY_MODEL, time_budget=1000.0)
    tried = [event.strategy for event in only(Tried, events)]
    assert tried[:2] == ["head", "discriminant"]
    assert sum(event.n for event in only(Tried, events) if event.strategy == "full") <= 2 * len(plan.split.train)


def test_of_two_models_with_the_same_network_one_is_timed_and_tuned(pictures, workspace, monkeypatch, untrained):
    timed = []

    def measure(model_id, *rest):
        timed.append(model_id)
        yield from ()

    own = get_card("tiny-image", workspace)
    other = replace(own, id="other", network="tiny-image")
    monkeypatch.setattr(module, "expected_seconds", lambda *about: 0.1)
    monkeypatch.setattr(module, "measured_speed", lambda *about: None)
    monkeypatch.setattr(module, "measure", measure)
    monkeypatch.setattr(module, "cards", lambda w: [other, own])
    _, events = searched(pictures, workspace, ANY_MODEL, time_budget=1000.0)
    tried = {(event.model, event.strategy) for event in only(Tried, events)}
    assert timed == ["tiny-image"]
    assert {model for model, strategy in tried if STRATEGIES[strategy].tunes_backbone} == {"tiny-image"}
    assert {model for model, strategy in tried if strategy == "discriminant"} == {"tiny-image", "other"}


def test_models_are_counted_however_many_ways_each_was_tried(workspace):
    losses = 1.0 + np.random.default_rng(0).normal(0, 0.3, 48)
    tried = [trial(workspace, strategy, losses) for strategy in ("head", "discriminant")]
    assert "1 model was tried" in str(choose(tried, np.ones(48, dtype=bool), {})[1])


def test_what_has_learnt_nothing_before_comes_last_where_it_is_as_good(workspace):
    dataset = row_dataset(workspace)
    finding = module._Search(
        dataset, make_plan(dataset, Recipe(ANY_MODEL, "auto"), workspace), workspace, lambda: False
    )
    bare, knowing = (
        replace(
            trial(workspace, "head", np.full(40, 0.01)), candidate=finding._candidate(get_card(model, workspace), way)
        )
        for model, way in (("table-columns", "head"), ("in-context-table", "nearest"))
    )
    assert bare.candidate.place > knowing.candidate.place
    assert choose([bare, knowing], np.ones(40, dtype=bool), {})[0] is knowing


def test_the_last_layer_is_tried_with_the_names_of_the_classes_where_they_say_something(workspace, tiny_models):
    def tried(dataset):
        finding = module._Search(
            dataset, make_plan(dataset, Recipe("tiny-text", "auto"), workspace), workspace, lambda: False
        )
        return [finding._candidate(finding.plan.card, way).recipe.class_names for way in ("head", "contrastive")]

    dataset = message_dataset(workspace)
    assert tried(dataset) == ["yes", None]
    numbered = replace(dataset, examples=tuple(replace(one, label=str(len(one.label))) for one in dataset.examples))
    assert tried(numbered) == ["no", None]


def test_each_model_looks_at_its_own_size(pictures, workspace):
    plan = make_plan(pictures, Recipe("efficientnet-lite0", "auto"), workspace)
    finding = module._Search(pictures, plan, workspace, lambda: False)
    glyphnet = get_card("glyphnet", workspace)
    assert finding._candidate(glyphnet, "head").recipe.image_size == glyphnet.input_size != plan.card.input_size
