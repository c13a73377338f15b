"""One episode drawn: what the model was shown of each class, what it was asked, what it answered and why."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.studies.few_shot.methods.base import Method
from core.studies.few_shot.shown import ShownEpisode
from pages.shared.examples import view_of
from pages.shared.words import escape, tr

MOST_SHOWN = 15
"""So many questions of a class are shown; the table has all."""


def show_episode(episode: ShownEpisode, dataset: Dataset) -> None:
    """Class by class: the examples given on the left, the questions on the right with their answers."""
    right = sum(map(episode.right, range(len(episode.query))))
    st.markdown(
        tr(
            "Right on **{a} of {b}** questions: {share:percent}.", a=right, b=len(episode.query),
            share=right / len(episode.query),
        )
    )  # fmt: skip
    for number in range(len(episode.classes)):
        with st.container(border=True):
            given, asked = st.columns([2, 5], gap="medium")
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
    said = tr("asked about: {a} of {b} right", a=right, b=len(places))
    if len(places) > MOST_SHOWN:
        said += " · " + tr("{n} are shown, wrong ones first", n=MOST_SHOWN)
    st.markdown(said)
    first = sorted(places, key=episode.right)[:MOST_SHOWN]
    asked = [episode.query[place] for place in first]
    view_of(dataset.modality).lines(dataset, asked, [_verdict(episode, place) for place in first])


def _verdict(episode: ShownEpisode, place: int) -> str:
    """ "✓ right", or what it said instead."""
    return tr("✓ right") if episode.right(place) else tr("✗ said {said}", said=episode.classes[episode.answers[place]])


def show_numbers(episode: ShownEpisode, dataset: Dataset, method: Method, key: str) -> None:
    """What each answer was decided by: for every question about a class, its score for each class."""
    st.subheader(tr("The numbers behind the answers"))
    chosen = st.selectbox(
        tr("Questions about"),
        range(len(episode.classes)),
        format_func=episode.classes.__getitem__,
        key=f"numbers-{key}",
    )
    rows = [_row(episode, place, dataset) for place in _places(episode, chosen)]
    view = view_of(dataset.modality)
    st.dataframe(
        rows, hide_index=True, height=380, column_config={tr("question"): view.column()}, row_height=view.row_height
    )
    st.caption(tr(method.measure))


def _row(episode: ShownEpisode, place: int, dataset: Dataset) -> dict[str, Any]:
    scores = zip(episode.classes, episode.scores[place], strict=True)
    return {
        tr("question"): view_of(dataset.modality).cell(dataset, episode.query[place]),
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
