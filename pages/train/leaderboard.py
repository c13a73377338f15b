"""A race's leaderboard on the page: a table and a chart with intervals, which grow while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import streamlit as st

from core.studies.benchmark.candidates import Entrant, name_of
from core.studies.benchmark.design import FEWEST_SEEDS
from core.studies.benchmark.table import Row, Standings
from core.studies.said import points
from pages.shared.figures import BASELINE, RIGHT, VALIDATION
from pages.shared.live_chart import show_live
from pages.shared.words import escape, percent, share_range, tr

MOST_BARS = 12
_FEW_SEEDS = 5
_ROW_REM = 3.2
_LEAST_REM = 16.5
"""In a lower one the legend lies on the name of the axis."""


def show_leaderboard(key: str, standings: Standings, rows: Sequence[Row], seeds: int, *, live: bool = False) -> None:
    """The chart, the table behind it, and what has to be known about some of its lines."""
    if any(row.scores for row in rows):
        _chart(key, standings, rows)
    st.table(_table(standings, rows, seeds, live))
    st.caption(_how_to_read(standings, rows))
    for said in _notes(standings, rows):
        st.caption(said)


def _table(standings: Standings, rows: Sequence[Row], seeds: int, live: bool) -> dict[str, list[str]]:
    everybody = [row.entrant for row in rows]
    running = {event.entrant for event in standings.running.values() if live}
    ranking = standings.ranking
    columns: dict[str, list[str]] = {name: [] for name in map(tr, (" ", "right", "behind the best", "seeds", "a run"))}
    way, right, behind, done, run = columns.values()
    for row in rows:
        number = row.entrant.number
        place = f"{ranking.index(number) + 1}\\. " if number in ranking else ""
        way.append(f"{place}**{escape(tr(name_of(row.entrant, everybody)))}**")
        right.append(_right(row))
        behind.append(_behind(row, bool(ranking) and number == ranking[0], len(standings.common)))
        now = " :material/play_circle:" if number in running else ""
        done.append((tr("left out") if row.why else tr("{n} of {all}", n=len(row.scores), all=seeds)) + now)
        run.append("…" if row.took is None else _seconds(row.took))
    return columns


def _right(row: Row) -> str:
    if row.mean is None:
        return "-" if row.why else "…"
    if row.interval is None:  # after two seeds: both
        return f"**{percent(row.mean)}** ({', '.join(percent(score) for score in sorted(row.scores.values()))})"
    return f"**{percent(row.mean)}** ({share_range(row.interval)})"


def _behind(row: Row, leads: bool, seeds: int) -> str:
    if leads:
        return tr("in front")
    if row.lag is None:
        return "-" if row.why else "…"
    said = _signed(row.lag.mean)
    said = tr("1 point") if said == "1" else tr("{d} points", d=said)
    if seeds < FEWEST_SEEDS or row.lag.interval is None:
        return tr("{said}: too few seeds to tell", said=said)
    low, high = (max(-1.0, min(1.0, end)) for end in row.lag.interval)
    said = tr("{said} ({low} to {high})", said=said, low=_signed(low), high=_signed(high))
    return said if row.lag.sign else tr("{said}: may be luck", said=said)


def _signed(value: float) -> str:
    said = points(value)
    return "0" if said == "0.0" else ("\u2212" if value < 0 else "") + said


def _seconds(value: float) -> str:
    return f"{value:.1f}\u00a0s" if value < 9.95 else f"{value:.0f}\u00a0s"


def _how_to_read(standings: Standings, rows: Sequence[Row]) -> str:
    said = [
        tr("Share of the validation examples that is answered rightly, on average over the seeds that all have "
           "finished. In brackets: the 95\u00a0% confidence interval, which knows that seeds share examples. Two seeds "
           "bound nothing: they are shown themselves.")
    ]  # fmt: skip
    judged = next((row for row in rows if row.n), None)
    if judged is not None:
        said.append(
            tr("Under each seed {n} examples judge, the same for all. Guessing would get {share:percent}.", n=judged.n,
               share=judged.baseline)
        )  # fmt: skip
    if 1 < len(standings.common) < _FEW_SEEDS:
        said.append(tr("{n} seeds say little about luck, hence the wide brackets: more make them narrower.",
                       n=len(standings.common)))  # fmt: skip
    if standings.plan and standings.plan.shared >= 1:
        said.append(
            tr("Looking at every example once took {time} and is shared by all.", time=_seconds(standings.plan.shared))
        )
    return " ".join(said)


def _notes(standings: Standings, rows: Sequence[Row]) -> list[str]:
    """Who was told to train for a shorter time, and who was left out and why."""
    everybody = [row.entrant for row in rows]
    said = []
    for row in rows:
        name, budget = escape(tr(name_of(row.entrant, everybody))), row.entrant.recipe.time_budget
        if row.why:
            said.append(f"**{name}**: {escape(tr(row.why.text, **row.why.values))}")
        elif budget is not None:
            said.append(
                tr("**{name}** trains for {time} each time instead of its usual epochs, so that all fit into the race.",
                   name=name, time=_seconds(budget))
            )  # fmt: skip
    return said


# --- the chart ---


def _chart(key: str, standings: Standings, rows: Sequence[Row]) -> None:
    shown = rows[:MOST_BARS]  # all from the start on, so that nothing jumps when another is judged
    everybody = [row.entrant for row in rows]
    names = ["<br>".join(wrap(tr(name_of(row.entrant, everybody)), 22)) for row in shown]
    says = _takeaway(standings, everybody)
    chart = {
        "title": "", "alt": says, "traces": _traces(standings, shown), "tick": "",
        "rem": max(_LEAST_REM, 7 + _ROW_REM * len(shown)),
        "yRange": [len(shown) - 0.5, -0.5], "xRange": [0, 1.03], "xAxis": {"tickformat": ".0%"},
        "yAxis": {
            "tickvals": list(range(len(shown))), "ticktext": names, "automargin": True, "rangemode": "normal",
            "showgrid": False,
        },
    }  # fmt: skip
    st.markdown(f"**{escape(says)}**")
    show_live(f"race-{key}", [chart], tr("Share it gets right"))


def _traces(standings: Standings, shown: Sequence[Row]) -> list[dict[str, Any]]:
    single = [(score, place) for place, row in enumerate(shown) for score in row.scores.values()]
    means = [(place, row) for place, row in enumerate(shown) if row.mean is not None]
    tested = [
        (event.test, place) for place, row in enumerate(shown)
        if (event := standings.final.get(row.entrant.number)) is not None
    ]  # fmt: skip
    traces = [
        _marks(tr("validation, mean"), VALIDATION, "diamond", 11, [row.mean for _, row in means],
               [place for place, _ in means], [row.interval or (row.mean, row.mean) for _, row in means]),
        _marks(tr("one seed"), VALIDATION, "circle-open", 6, [score for score, _ in single],
               [place - 0.2 for _, place in single]),
    ]  # fmt: skip
    if tested:
        traces.append(
            _marks(tr("final test"), RIGHT, "square", 9, [test.accuracy for test, _ in tested],
                   [place + 0.22 for _, place in tested], [test.interval for test, _ in tested])
        )  # fmt: skip
    guess = max((row.baseline for row in shown), default=0.0)
    line = {
        "x": [guess, guess], "y": [-0.5, len(shown) - 0.5], "mode": "lines", "name": tr("guessing"),
        "line": {"color": BASELINE, "dash": "dot"}, "hovertemplate": "%{x:.0%}",
    }  # fmt: skip
    return [*traces, line]


def _marks(
    name: str, colour: str, symbol: str, size: int, x: list[Any], y: list[float], intervals: Sequence[Any] = ()
) -> dict[str, Any]:
    marks: dict[str, Any] = {
        "x": x, "y": y, "mode": "markers", "name": name, "line": {"color": colour},
        "marker": {"color": colour, "symbol": symbol, "size": size}, "hovertemplate": "%{x:.0%}",
    }  # fmt: skip
    if intervals:
        marks["error_x"] = {
            "type": "data", "symmetric": False,
            "array": [high - at for (_, high), at in zip(intervals, x, strict=True)],
            "arrayminus": [at - low for (low, _), at in zip(intervals, x, strict=True)], "color": colour,
        }  # fmt: skip
    return marks


def _takeaway(standings: Standings, everybody: Sequence[Entrant]) -> str:
    ranking = standings.ranking
    if not ranking:
        return tr("Share it gets right")
    row = standings.row(ranking[0])
    name = tr(name_of(row.entrant, everybody))
    return tr("In front: {name}, right on {share:percent}", name=name, share=row.mean or 0.0)


def preview_rows(entrants: Sequence[Entrant]) -> list[Row]:
    """Lines of a race that has not begun."""
    return [Row(entrant) for entrant in entrants]
