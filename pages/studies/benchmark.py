"""Benchmark: several ways to train under the same conditions, a leaderboard that fills, and a recommendation."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.messages import Message
from core.models.card import ModelCard
from core.models.catalogue import cards
from core.options import Option
from core.results.finished_run import has_model
from core.runs.folder import RunFolder
from core.runs.progress import follow
from core.studies.benchmark import BENCHMARK
from core.studies.benchmark.candidates import checked
from core.studies.benchmark.cost import costs_of
from core.studies.benchmark.design import NOT_SEARCHED, USUAL_SEEDS, BenchmarkDesign
from core.studies.benchmark.findings import recommend
from core.studies.benchmark.table import BenchmarkTable, Row
from core.training.spec.recipe import applicable_choices, applicable_options, default_options, options
from pages.shared.current import is_worked
from pages.shared.pages import RESULT, turn_to
from pages.shared.services import workspace
from pages.shared.words import duration, plain, tr
from pages.studies.against_time import Contender, show_against_time
from pages.studies.study import Shown, View, show_study

MOST_POINTS = 12
"""So many candidates are drawn; the table has all."""


# --- the form ---


def _choose_strategies(option: Option, dataset: Dataset, card: ModelCard, chosen: Mapping[str, Any]) -> tuple[str, ...]:
    """Beside each way, how long one training of it takes here."""
    takes = _times(dataset, card, list(option.choices))

    def label(name: str) -> str:
        said = plain(option.choices[name].title)
        return f"{said} · {duration(takes[name])}" if name in takes else said

    found = st.pills(
        tr(option.label), list(option.choices), selection_mode="multi", default=list(option.usual), format_func=label,
        key=f"benchmark-strategies-{_kind_of(card)}", persist_state="session", wrap=True,
    )  # fmt: skip
    if takes:
        st.caption(tr("Beside each: how long one training of it takes here."))
    return tuple(found)


def _kind_of(card: ModelCard) -> str:
    """Models of one kind are trained in the same ways."""
    return "blank" if card.blank else f"{card.modality}-in-context" if card.in_context else card.modality


def _times(dataset: Dataset, card: ModelCard, strategies: list[str]) -> dict[str, float]:
    """Seconds that one run of each takes here, as far as that is known."""
    found = {}
    for name in strategies:
        try:
            held, candidates = checked(dataset, BenchmarkDesign((card.id,), (name,)), workspace())
        except UserError:  # this dataset cannot be learnt from in this way; said when it is chosen
            continue
        costs = costs_of(candidates, USUAL_SEEDS, held.dataset, workspace())
        if costs:
            found[name] = costs[0].whole
    return found


def _choose_models(option: Option, dataset: Dataset, card: ModelCard, chosen: Mapping[str, Any]) -> tuple[str, ...]:
    others = {
        other.id: plain(other.title) for other in cards(workspace())
        if other.modality == card.modality and other.id != card.id and not other.id.startswith("run:")
    }  # fmt: skip
    more = st.multiselect(
        tr(option.label), list(others), format_func=others.__getitem__, key=f"benchmark-models-{card.modality}",
        persist_state="session", placeholder=plain(option.empty), help=tr(option.help),
    )  # fmt: skip
    return (card.id, *(model for model in more if model != card.id))


def _choose_search(
    option: Option, dataset: Dataset, card: ModelCard, chosen: Mapping[str, Any]
) -> dict[str, tuple[Any, ...]]:
    """Options by name, with the values that are tried besides what a way takes by itself."""
    usable: dict[str, tuple[str, Option]] = {}
    for strategy in chosen["strategies"]:
        for name, one in applicable_options(strategy, card.modality, in_context=card.in_context).items():
            if name not in NOT_SEARCHED:
                usable.setdefault(name, (strategy, one))
    searched = st.multiselect(
        tr(option.label), list(usable), format_func=lambda name: plain(usable[name][1].label), key="benchmark-search",
        persist_state="session", placeholder=plain(option.empty), help=tr(option.help),
    )  # fmt: skip
    return {name: _choose_values(name, *usable[name], card) for name in searched if name in usable}


def _choose_values(name: str, strategy: str, option: Option, card: ModelCard) -> tuple[Any, ...]:
    key, usual = f"benchmark-values-{name}", default_options(strategy, card).get(name)
    if option.choices:
        choices = applicable_choices(name, card.modality)
        chosen = st.pills(
            tr(option.label), choices, selection_mode="multi", default=list(choices),
            format_func=lambda value: tr(option.title(value)), key=key, persist_state="session",
            wrap=True,
        )  # fmt: skip
        return tuple(chosen)
    says = tr("Numbers with a space between them. {help}", help=option.help)
    text = st.text_input(
        tr(option.label), value=" ".join(f"{value:g}" for value in _suggested(option, usual)), key=key,
        persist_state="session", help=says,
    )  # fmt: skip
    return tuple(_number(name, word) for word in text.replace(",", " ").replace(";", " ").split())


def _suggested(option: Option, usual: Any) -> list[float]:
    """A value below the usual one and one above, where both make sense."""
    assert option.low is not None and option.high is not None
    middle = usual if usual else math.sqrt(max(option.low, 1e-3) * option.high)
    if option.whole:
        step = int(option.step or 1)
        near = [max(step, round(middle * f / step) * step) for f in (0.5, 2)]
    else:
        near = [float(f"{middle * f:.1g}") for f in (1 / 3, 3)]
    return [min(max(value, option.low), option.high) for value in dict.fromkeys(near)]


def _number(name: str, word: str) -> Any:
    """A number of the kind that the option takes; what is none is left for the design to refuse."""
    try:
        return options()[name].value_type(word)
    except ValueError:
        return word


# --- what will happen, and what happens ---


def _planned(table: BenchmarkTable) -> None:
    for note in table.notes():
        st.caption(tr(note))
    if table.plan is not None:
        _warn(table.plan.held_back)


def _warn(held_back: Message) -> None:
    """Choosing by a score makes it too high; and what is done against that."""
    st.info(
        tr("**Choosing by a score makes that score too high (selection bias).** Of several, the best was also lucky, "
           "and the more are tried, the luckier it was. {says}", says=held_back)
    )  # fmt: skip


def _now(folder: RunFolder, table: BenchmarkTable) -> list[str]:
    """Which candidates train now and how far each is, and the time left."""
    said = []
    for event in table.running.values():
        try:
            progress = follow(RunFolder.find(event.run, workspace()).events())
        except UserError:  # it was deleted
            continue
        name = table.candidates[event.candidate].name(table.candidates.values())
        said.append(tr("{method}, seed {seed}: {share:percent}", method=name, seed=event.seed, share=progress.share))
    began = datetime.fromisoformat(folder.about()["created"]).timestamp()
    left = table.design.budget - (time.time() - began)
    return [*said, tr("ends in {time:duration} at the latest", time=max(0.0, left))]


def _use_recommended(table: BenchmarkTable) -> None:
    """A button to the run that is recommended, if it is still there."""
    choice = recommend(table)
    try:
        run = RunFolder.find(choice.run, workspace()) if choice.run else None
    except UserError:  # it was deleted
        return
    if (
        run is not None
        and has_model(run)
        and st.button(tr("Use the recommended one"), type="primary", icon=":material/arrow_forward:")
    ):
        turn_to(RESULT, run=run.id)


def _after(shown: Shown) -> None:
    table: BenchmarkTable = shown.table
    if table.plan is None:
        st.caption(tr("It had not begun to train yet."))
        return
    _planned(table)
    st.caption(
        tr("The rule: take the simplest of those whose gap to the best is no more than one standard error of that "
           "difference. The test set has no say in it.")
    )  # fmt: skip
    if table.evaluated and not is_worked(shown.home):
        _list_runs(table)


def _list_runs(table: BenchmarkTable) -> None:
    """Every training, to be opened."""
    with st.expander(tr("Every training of this benchmark")):
        st.dataframe(
            [
                {
                    plain("method"): plain(table.candidates[number].name(table.candidates.values())),
                    plain("seed"): seed,
                    plain("accuracy"): plain("{share:percent}", share=event.validation.accuracy),
                    plain("of"): event.validation.n,
                    plain("seconds"): round(event.took, 1),
                    plain("result"): f"/{RESULT.path}?run={event.run}",
                }
                for number, own in table.evaluated.items()
                for seed, event in sorted(own.items())
            ],
            hide_index=True,
            column_config={plain("result"): st.column_config.LinkColumn(display_text=plain("Open"))},
        )
        st.caption(tr("Each can be opened, tried and compared like any other run. Only those that answered the test "
                      "set know what it says."))  # fmt: skip


# --- the chart ---


def _chart(shown: Shown) -> None:
    """Accuracy with its interval against training time."""
    table: BenchmarkTable = shown.table
    rows = [row for row in table.rows() if row.mean is not None][:MOST_POINTS]
    if rows:
        says = _takeaway(table)
        st.markdown(f"#### {tr(says)}")
        contenders, baseline = [_contender(table, row) for row in rows], max(row.baseline for row in rows)
        show_against_time(f"benchmark-{shown.key}", contenders, baseline, plain(says))


def _contender(table: BenchmarkTable, row: Row) -> Contender:
    number, tested = row.candidate.number, table.tested.get(row.candidate.number)
    seeds = [(event.took, event.validation.accuracy) for event in table.evaluated[number].values()]
    return Contender(
        number, plain(row.candidate.name(table.candidates.values())), row.mean or 0.0, row.interval, row.took or 0.0,
        seeds, (tested.test.accuracy, tested.test.interval) if tested else None,
    )  # fmt: skip


def _takeaway(table: BenchmarkTable) -> Message:
    ranking = table.ranking
    if not ranking:
        return Message("Accuracy against training time")
    row = table.row(ranking[0])
    name = row.candidate.name(table.candidates.values())
    if table.running:
        return Message("Best so far: {method}, {share:percent}", method=name, share=row.mean or 0.0)
    choice = recommend(table)
    if choice.candidate is None:
        return Message("None is better than the baseline")
    taken = table.row(choice.candidate)
    return Message(
        "Recommended: {method}, {share:percent} in {time:duration}",
        method=taken.candidate.name(table.candidates.values()), share=taken.mean or 0.0, time=taken.took or 0.0,
    )  # fmt: skip


show_study(
    BENCHMARK,
    View(
        chart=_chart, after=_after, planned=_planned, buttons=_use_recommended, now=_now,
        widgets={"strategies": _choose_strategies, "models": _choose_models, "search": _choose_search},
        terms=("accuracy", "interval", "baseline", "seed", "selection", "test"),
    ),
)  # fmt: skip
