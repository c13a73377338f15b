"""The map of an episode: where the model puts the examples given, the class averages and the questions."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.data.dataset import Dataset
from core.studies.few_shot.shown import Place, ShownEpisode
from pages.shared.figures import class_colours, verbatim
from pages.shared.words import plain, tr

_MANY = 8
"""With more classes than there are colours, those of the episode share them out among themselves."""
_LETTERS = 24
_SHORT = 10
"""Longer names would cover the points: stars then have numbers, which the legend explains."""


def show_map(episode: ShownEpisode, dataset: Dataset, key: str) -> None:
    """Nearby means alike to the model. Shapes tell what a point is, labels which class a star stands for."""
    st.subheader(tr("How the model sees them"))
    classes = dataset.classes if len(dataset.classes) <= _MANY else episode.classes
    colours = class_colours(classes)
    numbered = max(map(len, episode.classes)) > _SHORT
    figure = go.Figure()
    for number, label in enumerate(episode.classes):
        short = label if len(label) <= _LETTERS else label[: _LETTERS - 1] + "…"
        names = (f"{number + 1}: {short}", str(number + 1)) if numbered else (short, short)
        for trace in _traces(episode, number, *names, colours[label]):
            figure.add_trace(trace)
    figure.update_layout(
        height=460,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.12, "yanchor": "top"},
        xaxis={"title": tr("where they differ most"), "showticklabels": False, "zeroline": False},
        yaxis={"title": tr("second most"), "showticklabels": False, "zeroline": False, "scaleanchor": "x"},
    )  # fmt: skip
    wrong = sum(not episode.right(place) for place in range(len(episode.query)))
    st.plotly_chart(
        figure, config={"displayModeBar": False}, key=f"map-{key}",
        alt=tr("{n} questions around {k} class averages; {wrong} were answered wrongly", n=len(episode.query),
               k=len(episode.classes), wrong=wrong),
    )  # fmt: skip
    st.caption(
        tr(
            "★ average of a class, ■ example given, ○ question answered right, ✕ question answered wrongly. What lies "
            "close together looks alike to the model. A flat map shows {share:percent} of all the differences that it "
            "sees, so some things that seem close here are not.",
            share=episode.map_share,
        )
    )
    with st.expander(tr("The map as a table")):
        st.dataframe(_rows(episode), hide_index=True)


def _traces(episode: ShownEpisode, number: int, name: str, star: str, colour: str) -> list[go.Scatter]:
    """Examples, questions answered right, those answered wrongly, and the average on top; one entry in the legend."""
    each, asked = len(episode.support) // len(episode.classes), len(episode.query) // len(episode.classes)
    places = range(number * asked, (number + 1) * asked)
    right = [place for place in places if episode.right(place)]
    wrong = [place for place in places if not episode.right(place)]
    given = episode.support_places[number * each : (number + 1) * each]
    common = {"legendgroup": str(number), "mode": "markers", "showlegend": False}
    said = [plain("question, taken for {said}", said=episode.classes[episode.answers[place]]) for place in wrong]
    return [
        _points(given, name, [tr("example given")] * each, {"symbol": "square", "size": 9, "color": colour}, common),
        _points([episode.query_places[place] for place in right], name, [tr("question, right")] * len(right),
                {"symbol": "circle-open", "size": 8, "color": colour, "line": {"width": 2}}, common),
        _points([episode.query_places[place] for place in wrong], name, said,
                {"symbol": "x-thin", "size": 9, "color": colour, "line": {"width": 2.5, "color": colour}}, common),
        _points([episode.prototype_places[number]], name, [tr("average")],
                {"symbol": "star", "size": 17, "color": colour, "line": {"width": 1.5, "color": "#FFFFFF"}},
                {**common, "mode": "markers+text", "text": [verbatim(star)], "textposition": "top center",
                 "showlegend": True}),
    ]  # fmt: skip


def _points(
    places: list[Place], name: str, whats: list[str], marker: dict[str, Any], more: dict[str, Any]
) -> go.Scatter:
    return go.Scatter(
        x=[x for x, _ in places], y=[y for _, y in places], name=verbatim(name), marker=marker, hoverinfo="text",
        hovertext=[verbatim(f"{name}: {what}") for what in whats], **more,
    )  # fmt: skip


def _rows(episode: ShownEpisode) -> list[dict[str, Any]]:
    each = len(episode.support) // len(episode.classes)
    given = [
        (episode.classes[i // each], tr("example given"), place, "") for i, place in enumerate(episode.support_places)
    ]
    asked = [
        (episode.classes[episode.truth(i)], tr("question"), place, episode.classes[episode.answers[i]])
        for i, place in enumerate(episode.query_places)
    ]
    means = [
        (label, tr("average"), place, "")
        for label, place in zip(episode.classes, episode.prototype_places, strict=True)
    ]
    return [
        {tr("class"): label, tr("what"): what, tr("across"): x, tr("up"): y, tr("answer"): answer}
        for label, what, (x, y), answer in (*means, *given, *asked)
    ]
