"""One episode: what the model was shown of each class, what it was asked and answered, and where it puts them all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.data.dataset import Dataset
from core.messages import Message
from core.report.charts import class_colours
from core.studies.few_shot.shown import Place, ShownEpisode
from pages.shared.examples import view_of
from pages.shared.figures import show_chart, verbatim
from pages.shared.words import escape, plain, tr


def say_how_often(episode: ShownEpisode, number: int, of: int) -> None:
    """How often the model was right in this episode, and which of how many it is."""
    right, n = sum(map(episode.right, range(len(episode.query)))), len(episode.query)
    says = Message("**Right on {right} of {n} queries: {share:percent}**", right=right, n=n, share=right / n)
    if of > 1:
        says = Message("Episode {number} of {of}. {says}", number=number, of=of, says=says)
    st.markdown(tr(says))


def show_episode(episode: ShownEpisode, dataset: Dataset) -> None:
    """Class by class: the support set on the left, the queries on the right with their answers."""
    for number in range(len(episode.classes)):
        with st.container(border=True):
            if view_of(dataset.modality).wide:
                given = asked = st.container()
            else:
                given, asked = st.columns([3, 7.2], gap="small")  # five, and twelve
            with given:
                _show_given(episode, number, dataset)
            with asked:
                _show_asked(episode, number, dataset)


def _show_given(episode: ShownEpisode, number: int, dataset: Dataset) -> None:
    indices = _part(episode.support, number, episode)
    st.markdown(f"**{escape(episode.classes[number])}** · {tr('shown to the model')}")
    view_of(dataset.modality).lines(dataset, indices)


def _show_asked(episode: ShownEpisode, number: int, dataset: Dataset) -> None:
    places = _places(episode, number)
    right = sum(map(episode.right, places))
    said = tr("queries: {a} of {b} right", a=right, b=len(places))
    most = view_of(dataset.modality).most  # the table has all
    if len(places) > most:
        shown = tr("{n} are shown, wrong ones first", n=most)
        said = tr("{said} · {shown}", said=said, shown=shown)
    st.markdown(said)
    first = sorted(places, key=episode.right)[:most]
    asked = [episode.query[place] for place in first]
    view_of(dataset.modality).lines(dataset, asked, [_verdict(episode, place) for place in first])


def _verdict(episode: ShownEpisode, place: int) -> str:
    """ "✓ right", or what it said instead."""
    return tr("✓ right") if episode.right(place) else tr("✗ {said}", said=episode.classes[episode.answers[place]])


def show_numbers(episode: ShownEpisode, dataset: Dataset, measure: Message, key: str) -> None:
    """What each answer was decided by: for every query about a class, its score for each class."""
    st.subheader(tr("The numbers behind the answers"))
    chosen = st.selectbox(
        tr("Queries about"),
        range(len(episode.classes)),
        format_func=episode.classes.__getitem__,
        key=f"numbers-{key}",
    )
    rows = [_row(episode, place, dataset) for place in _places(episode, chosen)]
    view = view_of(dataset.modality)
    st.dataframe(
        rows, hide_index=True, height=380, column_config={tr("query"): view.column()}, row_height=view.row_height
    )
    st.caption(tr(measure))


def _row(episode: ShownEpisode, place: int, dataset: Dataset) -> dict[str, Any]:
    scores = zip(episode.classes, episode.scores[place], strict=True)
    return {
        tr("query"): view_of(dataset.modality).cell(dataset, episode.query[place]),
        tr("answer"): episode.classes[episode.answers[place]],
        tr("right?"): "✓" if episode.right(place) else "✗",
        **{f"→ {label}": score for label, score in scores},
    }


def _part(indices: tuple[int, ...], number: int, episode: ShownEpisode) -> tuple[int, ...]:
    each = len(indices) // len(episode.classes)
    return indices[number * each : (number + 1) * each]


def _places(episode: ShownEpisode, number: int) -> list[int]:
    """Where the questions about a class stand among all."""
    return list(_part(tuple(range(len(episode.query))), number, episode))


# --- its map: where the model puts the examples given, the class averages and the queries ---

_MANY = 8
"""With more classes than there are colours, those of the episode share them out among themselves."""
_NAME_LETTERS = 24
_SIDE, _AROUND = 0.075, 34
"""How large an example is drawn, as a share of the map, and the mark around it, in pixels, where there are few."""
_FEW, _LIGHT = 40, 140
_SHORT = 10
"""Longer names would cover the points: stars then have numbers, which the legend explains."""


def show_map(episode: ShownEpisode, dataset: Dataset, key: str) -> None:
    """Nearby means alike to the model. Shapes tell what a point is, labels which class a star stands for."""
    st.subheader(tr("How the model sees them"))
    classes = dataset.classes if len(dataset.classes) <= _MANY else episode.classes
    colours = class_colours(classes)
    numbered = max(map(len, episode.classes)) > _SHORT
    figure, pictured = go.Figure(), view_of(dataset.modality).pictured
    shrunk = min(1.0, (_FEW / len((*episode.support, *episode.query))) ** 0.5)
    flags = []
    for number, label in enumerate(episode.classes):
        short = label if len(label) <= _NAME_LETTERS else label[: _NAME_LETTERS - 1] + "…"
        names = (f"{number + 1}: {short}", str(number + 1)) if numbered else (short, short)
        for trace in _traces(episode, number, names[0], colours[label], around=_AROUND * shrunk if pictured else None):
            figure.add_trace(trace)
        flags.append(_flag(episode.prototype_places[number], names[1], colours[label]))
    figure.update_layout(  # all at once: plotly looks through all that is there whenever one is added
        images=list(_examples(episode, dataset, shrunk)) if pictured else [],
        annotations=flags,
        height=460,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.12, "yanchor": "top"},
        xaxis={"title": plain("first component (PCA)"), "showticklabels": False, "zeroline": False},
        yaxis={"title": plain("second component"), "showticklabels": False, "zeroline": False, "scaleanchor": "x"},
    )  # fmt: skip
    wrong = sum(not episode.right(place) for place in range(len(episode.query)))
    show_chart(
        figure, key=f"map-{key}",
        alt=tr("{n} queries around {k} class averages; {wrong} were answered wrongly", n=len(episode.query),
               k=len(episode.classes), wrong=wrong),
    )  # fmt: skip
    st.caption(
        tr(
            "★ average of a class, ■ example given, ○ query answered right, ✕ query answered wrongly. What lies "
            "close together looks alike to the model. A flat map shows {share:percent} of all the differences that it "
            "sees, so some things that seem close here are not.",
            share=episode.map_share,
        )
    )
    with st.expander(tr("Show data")):
        st.dataframe(_rows(episode), hide_index=True)


def _flag(place: Place, name: str, colour: str) -> dict[str, Any]:
    """The name of a class above its star, on its own ground: no mark makes it hard to read, on light or dark."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    ink = "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > _LIGHT else "#FFFFFF"
    return {
        "x": place[0], "y": place[1], "text": verbatim(name), "showarrow": False, "yshift": 20, "bgcolor": colour,
        "borderpad": 2, "font": {"color": ink, "size": 12},
    }  # fmt: skip


def _examples(episode: ShownEpisode, dataset: Dataset, shrunk: float) -> Iterator[dict[str, Any]]:
    """The examples themselves, small, where they lie."""
    places = [*episode.support_places, *episode.query_places]
    side = shrunk * _SIDE * max(max(axis) - min(axis) for axis in zip(*places, strict=True))
    for (x, y), index in zip(places, [*episode.support, *episode.query], strict=True):
        yield {
            "source": view_of(dataset.modality).cell(dataset, index), "x": x, "y": y, "xref": "x", "yref": "y",
            "xanchor": "center", "yanchor": "middle", "sizex": side, "sizey": side, "layer": "below",
        }  # fmt: skip


def _traces(episode: ShownEpisode, number: int, name: str, colour: str, *, around: float | None) -> list[go.Scatter]:
    """Examples, questions answered right, those answered wrongly, and the average on top; one entry in the legend. The
    marks stand `around` the examples (pixels), where these are drawn."""
    given_mark: dict[str, Any] = {"symbol": "square", "size": 9, "color": colour}
    right_mark: dict[str, Any] = {"symbol": "circle-open", "size": 8, "color": colour, "line": {"width": 2}}
    if around:
        given_mark = {"symbol": "square-open", "size": around, "color": colour, "line": {"width": 3}}
        right_mark = {**right_mark, "size": around}
    each, asked = len(episode.support) // len(episode.classes), len(episode.query) // len(episode.classes)
    places = range(number * asked, (number + 1) * asked)
    right = [place for place in places if episode.right(place)]
    wrong = [place for place in places if not episode.right(place)]
    given = episode.support_places[number * each : (number + 1) * each]
    common = {"legendgroup": str(number), "mode": "markers", "showlegend": False}
    said = [plain("query, predicted {said}", said=episode.classes[episode.answers[place]]) for place in wrong]
    return [
        _marks_at(given, name, [tr("example given")] * each, given_mark, common),
        _marks_at([episode.query_places[place] for place in right], name, [tr("query, right")] * len(right), right_mark,
                common),
        _marks_at([episode.query_places[place] for place in wrong], name, said,
                {"symbol": "x-thin", "size": 9, "color": colour, "line": {"width": 2.5, "color": colour}}, common),
        _marks_at([episode.prototype_places[number]], name, [tr("average")],
                {"symbol": "star", "size": 17, "color": colour, "line": {"width": 1.5, "color": "#FFFFFF"}},
                {**common, "showlegend": True}),
    ]  # fmt: skip


def _marks_at(
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
        (episode.classes[episode.truth(i)], tr("query"), place, episode.classes[episode.answers[i]])
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
