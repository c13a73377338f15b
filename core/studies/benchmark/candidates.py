"""The candidates of a benchmark: every strategy with every model, and with the options that are searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.errors import RecipeError, UserError
from core.messages import NOTHING, Message, revived, sentences
from core.models.card import ModelCard
from core.models.catalogue import get_card
from core.runs.folder import RunFolder
from core.studies.benchmark.design import (
    CANDIDATES,
    MOST_TRIALS,
    BenchmarkDesign,
    option_label,
    problems_in,
)
from core.studies.benchmark.test_set import HeldBack, held_back
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe, applicable_options
from core.training.spec.strategies import method_title, strategies_for
from core.workspace import Workspace, is_safe_id


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to train. `chosen` are the options in which it differs from the strategy's own; `recipe` is filled;
    `model` is what the model is called."""

    number: int
    recipe: Recipe
    chosen: dict[str, Any] = field(default_factory=dict)
    model: Message = NOTHING

    @property
    def group(self) -> tuple[str, str]:
        """Those that differ in what is searched only are of one group."""
        return self.recipe.model, self.recipe.strategy

    def under(self, seed: int) -> Recipe:
        """The recipe under one seed: all with the same seed get the same split."""
        return replace(self.recipe, seed=seed)

    def within(self, seconds: float) -> Candidate:
        """The same with a time for each run instead of its epochs."""
        return replace(self, recipe=replace(self.recipe, epochs=None, time_budget=round(seconds, 1)))

    def name(self, others: Iterable[Candidate] = ()) -> Message:
        """ "Last layer only", with the model where `others` have another, and with the options that are its own:
        "Upper layers (learning rate 0.001)"."""
        all_of_them = list(others)
        said = method_title(self.recipe.strategy, self.recipe.model)
        if len({one.recipe.model for one in all_of_them}) > 1:
            said = Message("{strategy}, {model}", strategy=said, model=self.model)
        own = [Message("{option} {value}", option=option_label(name), value=v) for name, v in self.chosen.items()]
        if own:
            return Message("{candidate} ({options:list})", candidate=said, options=own)
        if any(one.group == self.group and one.chosen for one in all_of_them):
            return Message("{candidate} (as it is)", candidate=said)
        return said

    def to_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "recipe": self.recipe.to_dict(),
            "chosen": self.chosen,
            "model": self.model.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Candidate:
        return cls(data["number"], Recipe.from_dict(data["recipe"]), dict(data["chosen"]), revived(data["model"]))


def checked(dataset: Dataset, design: BenchmarkDesign, workspace: Workspace) -> tuple[HeldBack, list[Candidate]]:
    """What is held back, and all candidates. DataError, ModelError or RecipeError when they do not fit the set."""
    held = held_back(dataset, design)
    return held, candidates_of(held.dataset, design, workspace)


def candidates_of(dataset: Dataset, design: BenchmarkDesign, workspace: Workspace) -> list[Candidate]:
    """All candidates on `dataset`, the simplest strategies first.

    RecipeError lists what does not go together, for all at once; ModelError and DataError as of `make_plan`.
    """
    problems: list[Message] = []
    found: list[Candidate] = []
    cards = {model: get_card(model, workspace) for model in design.models}
    in_order = sorted(design.strategies, key=list(CANDIDATES).index)
    fitting = [(s, m) for s, m in product(in_order, design.models) if s in strategies_for(cards[m])]
    for strategy, model in fitting:
        tried = _combinations(strategy, cards[model], design, problems)
        for chosen in tried:
            try:
                plan = make_plan(dataset, design.recipe(model, strategy, design.seed, **chosen), workspace)
            except UserError as error:
                problems.append(problems_in(error))
                break
            if plan.recipe not in [one.recipe for one in found]:
                found.append(Candidate(len(found), plan.recipe, chosen, plan.card.title))
    problems += [*_left_alone(design, fitting, cards), *_idle(design, cards)]
    if problems:
        raise RecipeError(sentences(BenchmarkDesign.REFUSAL, *dict.fromkeys(problems)))
    return found


def _combinations(
    strategy: str, card: ModelCard, design: BenchmarkDesign, problems: list[Message]
) -> list[dict[str, Any]]:
    """What a strategy is tried with: first as it is by itself, then the combinations of what can be searched in it.

    A few dozen trials are too few for anything cleverer to beat chance (a model of the results needs some ten to
    begin with), so nothing like optuna is used here.
    """
    usable = applicable_options(strategy, card.modality, in_context=card.in_context)
    names = [name for name in design.search if name in usable]
    grid = [dict(zip(names, values, strict=True)) for values in product(*(design.search[name] for name in names))]
    if not names:
        return [{}]
    if design.trials is not None:
        order = np.random.default_rng(design.seed).permutation(len(grid))[: design.trials]
        grid = [grid[i] for i in sorted(order)]
    if len(grid) > MOST_TRIALS:
        problems.append(
            Message(
                "The grid has {n} combinations for strategy '{strategy}', and {most} are the most: name fewer values, "
                "or say how many trials are to be drawn of them.", n=len(grid), strategy=strategy, most=MOST_TRIALS,
            )
        )  # fmt: skip
        return []
    return [{}, *grid]


def _left_alone(
    design: BenchmarkDesign, fitting: list[tuple[str, str]], cards: Mapping[str, ModelCard]
) -> list[Message]:
    """Models and strategies that go with none of the others: an untrained network has nothing to build on."""
    strategies, models = {s for s, _ in fitting}, {m for _, m in fitting}
    said = [
        Message(
            "{model} is untrained, so none of these strategies can use it; choose of {there:list}.",
            model=cards[model].title, there=list(strategies_for(cards[model])),
        )
        for model in design.models if model not in models
    ]  # fmt: skip
    return said or [
        Message("Method '{name}' has nothing to build on in any of the chosen models.", name=name)
        for name in design.strategies
        if name not in strategies
    ]


def _idle(design: BenchmarkDesign, cards: Mapping[str, ModelCard]) -> list[Message]:
    """Options that are searched and change nothing for anybody."""
    usable = {
        name for strategy in design.strategies for card in cards.values()
        for name in applicable_options(strategy, card.modality, in_context=card.in_context)
    }  # fmt: skip
    return [
        Message("{option} has no effect on any candidate.", option=option_label(name))
        for name in design.search
        if name not in usable
    ]


# --- which runs took part in a benchmark, so that lists of runs are not flooded with them ---


def benchmark_of(run: RunFolder) -> str | None:
    """The id of the benchmark that a training run took part in."""
    study: str | None = run.request.get("study")
    return study


def stands_alone(run: RunFolder, workspace: Workspace) -> bool:
    """True for a run that a person asked for, and for the one that its benchmark recommends."""
    study = benchmark_of(run)
    return study is None or recommended_run(study, workspace) == run.id


def recommended_run(study_id: str, workspace: Workspace) -> str | None:
    """The run that a benchmark recommends; None while it is under way, and where it recommends none."""
    folder = RunFolder(workspace.studies / study_id)
    if not is_safe_id(study_id) or not folder.readable:
        return None
    result = folder.about().get("result") or {}
    run: str | None = (result.get("recommendation") or {}).get("run")
    return run
