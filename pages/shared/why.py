"""What influenced an answer: the heat map of a picture or the words of a text, and the nearest training examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.errors import UserError
from core.jobs.explaining import OVERLAY, PICTURE, SOUND, WITHOUT
from core.messages import Message
from core.modalities import get_modality
from core.models.added import list_added
from core.results.explanation import finding, is_little, limits, weighed
from core.runs.folder import RunFolder
from core.storage import Damaged, read_sealed
from pages.shared.current import load_dataset
from pages.shared.examples import Neighbour, view_of
from pages.shared.figures import TRAINING, WRONG, show_chart, verbatim
from pages.shared.jobs import wait_for
from pages.shared.services import workspace
from pages.shared.words import escape, percent, plain, tr

_MAP_WIDTH = 280
"""Fits a phone of 360 px beside the borders of its card."""


def show_why(run: RunFolder, asked: Mapping[str, str], label: str, classes: Sequence[str], key: str) -> None:
    """A switch "Why?" under an answer and, once it is on, what influenced it. Nothing is computed before.

    `asked` is {"input": path of a picture, or a message} or {"example": id of an example of the run's dataset}; `label`
    the answer, `classes` all that the model knows; `key` tells this one from others on the page:

        show_why(run, {"example": answer.example}, answer.label, dataset.classes, f"wrong-{answer.example}")
    """
    if why_asked(key):
        show_explanation(run, asked, label, classes, key)


def why_asked(key: str) -> bool:
    """The switch alone, where something else stands beside it."""
    return st.toggle(tr("Why?"), key=f"why-{key}", help=tr("What influenced the answer. It takes a few seconds."))


def show_explanation(run: RunFolder, asked: Mapping[str, str], label: str, classes: Sequence[str], key: str) -> None:
    """The same without a switch, for who has asked already."""
    about = st.selectbox(
        tr("Evidence for"), classes, index=list(classes).index(label), format_func=_named(label),
        key=f"why-class-{key}",
    )  # fmt: skip
    explained = _explained(run, {**asked, "class": about}, key)
    if explained is None:
        return
    job, found = explained
    st.markdown(tr(finding(found)))
    shows = _PARTS.get(get_modality(found["modality"]).explanation)
    if shows:
        shows(job, found, asked.get("input") or _message(run, asked["example"]), key)
    if weights := weighed(found):
        st.markdown(tr(weights))
    st.caption(tr(limits(found["modality"])))
    _show_neighbours(run, found)


def _named(label: str) -> Any:
    return lambda name: plain("{name} (its answer)", name=name) if name == label else name


def _explained(run: RunFolder, asked: dict[str, str], key: str) -> tuple[RunFolder, dict[str, Any]] | None:
    """The explanation and its job, asked for once in this session, as long as nothing is added to the model.

    None when there is none, which is then said on the page.
    """
    known = st.session_state.setdefault("explained", {})
    what = (run.id, *sorted(asked.items()), *(addition.id for addition in list_added(run.path)))
    job = RunFolder(workspace().jobs / known.get(what, "none"))
    if job.readable:
        return job, job.about()["result"]
    says = Message("Changing it a little, again and again")
    explained = wait_for("explain", run.title, {"run": run.id, **asked}, says)
    if explained is not None:
        known[what] = explained[0].id
    return explained


def _message(run: RunFolder, example_id: str) -> str:
    return next((e.text or "" for e in load_dataset(run.request["dataset"]).examples if e.id == example_id), "")


def _show_heat(job: RunFolder, found: dict[str, Any], given: str, key: str) -> None:
    """The parts of a picture, and a table of them."""
    row = st.container(horizontal=True)
    for name, said in ((PICTURE, Message("As it was given")), (OVERLAY, Message("What influenced it"))):
        picture = read_sealed(job.path / name)
        if isinstance(picture, Damaged):
            st.error(tr(picture.message))
            continue
        with row.container(width=_MAP_WIDTH):
            st.image(
                picture,
                width=_MAP_WIDTH,
                alt=plain("{what}: {finding}", what=said, finding=finding(found)),
                caption=tr(said),
            )
    st.caption(
        tr(
            "Yellow: covering this lowered its confidence in “{about}”; dark blue: it did not. The line goes around "
            "all that is at least half as strong as the strongest part (occlusion map).",
            about=found["class"],
        )
    )
    _heat_table(
        found,
        Message(
            "Each number belongs to one part of the picture, from the upper left to the lower right: how far the "
            "log-odds of this class fall, on average, when the part is covered. Where it is negative, covering the "
            "part raises the confidence."
        ),
    )


def _show_neighbours(run: RunFolder, found: dict[str, Any]) -> None:
    neighbours = found["neighbours"]
    if neighbours is None:
        st.caption(tr("The training examples are no longer here, so the nearest of them cannot be shown."))
        return
    st.markdown(tr("**Nearest training examples**"))
    captions = [
        Message("{label}: similarity {p:percent}", label=n["label"], p=max(0.0, n["similarity"])) for n in neighbours
    ]
    shown = [_shown_neighbour(run, one, caption) for one, caption in zip(neighbours, captions, strict=True)]
    view_of(found["modality"]).neighbours(shown)


def _shown_neighbour(run: RunFolder, found: dict[str, Any], caption: Message) -> Neighbour:
    """A training example or one of an added class; none of it where the dataset or the addition was deleted."""
    gone = Neighbour(None, plain("(no longer here)"), caption)
    if found["example"]:
        try:
            dataset = load_dataset(run.request["dataset"])
        except UserError:
            return gone
        at = next((i for i, example in enumerate(dataset.examples) if example.id == found["example"]), None)
        return gone if at is None else Neighbour((dataset, at), dataset.examples[at].text or "", caption)
    added = next((addition for addition in list_added(run.path) if addition.id == found["addition"]), None)
    if added is None:
        return gone
    return Neighbour(added.picture(found["place"]), added.names[found["place"]], caption)


# The words of a message and what each did to an answer, readable with and without colour.

_MOST_BARS = 12
_STANDS_OUT = 0.3
"""A word is marked in the message when it does so much of what the strongest does."""


def show_words(job: RunFolder, found: dict[str, Any], message: str, key: str) -> None:
    """The message with its words marked, a chart of the strongest, and a table of all; nothing for a single word."""
    words = found["words"]
    if not words:
        return
    st.markdown(_marked(message, words))
    st.caption(
        tr(
            "**Bold on blue** is evidence for “{about}”, *slanted on orange* against it. The bars show the same: to "
            "the right for it, to the left against it.",
            about=found["class"],
        )
    )
    if found["all_words"] > len(words):
        said = tr("It is long: only its first {n} of {total} words were removed one by one.", n=len(words),
                  total=found["all_words"])  # fmt: skip
        st.caption(said)
    _draw(words, Message("without “{word}”: confidence {p}"), found, key)
    with st.expander(tr("Show data")):
        rows = [
            {
                plain("word"): word["text"],
                plain("evidence"): plain("for it") if word["value"] >= 0 else plain("against it"),
                plain("strength"): f"{word['value']:+.2f}",
                plain("confidence without it"): percent(word["without"]),
            }
            for word in words
        ]
        st.dataframe(rows, hide_index=True)
        st.caption(tr("Strength: how far the log-odds of this class fall when the word is removed."))


def _marked(message: str, words: Sequence[dict[str, Any]]) -> str:
    """The message as Markdown, the words that stand out marked twice: by colour and by letters."""
    least = _STANDS_OUT * max(abs(word["value"]) for word in words)
    parts, at = [], 0
    for word in words:
        parts.append(_shown(message[at : word["start"]]))
        said = _shown(word["text"])
        if abs(word["value"]) >= least and not is_little(word["value"]):
            said = f":blue-background[**{said}**]" if word["value"] > 0 else f":orange-background[*{said}*]"
        parts.append(said)
        at = word["end"]
    return "".join([*parts, _shown(message[at:])])


def _shown(text: str) -> str:
    return escape(text).replace("\n", "  \n")


def show_cells(job: RunFolder, found: dict[str, Any], row: str, key: str) -> None:
    """A chart of the cells that did most, and a table of all; nothing for a model that knows no columns."""
    cells = [{**cell, "text": f"{cell['column']}: {cell['text'] or '-'}"} for cell in found["cells"]]
    if not cells:
        return
    st.caption(
        tr(
            "Bars to the right are evidence for “{about}”, to the left against it: what changes when others that are "
            "usual in the column stand there.",
            about=found["class"],
        )
    )
    _draw(cells, Message("with others than “{word}”: confidence {p}"), found, key)
    with st.expander(tr("Show data")):
        rows = [
            {
                plain("column"): cell["column"],
                plain("value"): cell["text"],
                plain("evidence"): plain("for it") if cell["value"] >= 0 else plain("against it"),
                plain("strength"): f"{cell['value']:+.2f}",
                plain("confidence with others"): percent(cell["without"]),
            }
            for cell in found["cells"]
        ]
        st.dataframe(rows, hide_index=True)
        st.caption(
            tr(
                "Strength: how far the log-odds of this class fall, on average, when another value stands there. "
                "Tried are a low, a middle and a high number, or each of the most frequent values."
            )
        )


def _draw(said: Sequence[dict[str, Any]], hover: Message, found: dict[str, Any], key: str) -> None:
    """The strongest of `said` as bars; `hover` says what is left without one ("{word}", "{p}")."""
    strongest = sorted(said, key=lambda word: -abs(word["value"]))[:_MOST_BARS]
    shown = sorted(strongest, key=lambda word: word["value"])
    values, places = [word["value"] for word in shown], list(range(len(shown)))
    figure = go.Figure(
        go.Bar(
            x=values,
            y=places,
            orientation="h",
            marker={
                "color": [TRAINING if value >= 0 else WRONG for value in values],
                "pattern": {"shape": ["" if value >= 0 else "/" for value in values]},
            },
            customdata=[[verbatim(word["text"]), percent(word["without"])] for word in shown],
            hovertemplate=plain(hover.having(word="%{customdata[0]}", p="%{customdata[1]}")) + "<extra></extra>",
        )
    )
    figure.update_layout(
        height=80 + 24 * len(shown),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": plain("against it  \u2190  strength  \u2192  for it"), "zeroline": True},
        yaxis={"tickvals": places, "ticktext": [verbatim(word["text"]) for word in shown], "automargin": True},
    )
    show_chart(figure, key=f"why-words-{key}", alt=plain(finding(found)))


def _show_spectrum(job: RunFolder, found: dict[str, Any], given: str, key: str) -> None:
    """The parts of a spectrogram, the sound as it is and without the part that matters most, and a table."""
    row = st.container(horizontal=True)
    shown = (
        (PICTURE, SOUND, Message("As it was given")),
        (OVERLAY, WITHOUT, Message("What influenced it; below, without the part that matters most")),
    )
    for drawn, heard, said in shown:
        picture, sound = read_sealed(job.path / drawn), read_sealed(job.path / heard)
        with row.container(width=_MAP_WIDTH):
            for damaged in (one for one in (picture, sound) if isinstance(one, Damaged)):
                st.error(tr(damaged.message))
            if not isinstance(picture, Damaged):
                alt = plain("{what}: {finding}", what=said, finding=finding(found))
                st.image(picture, width=_MAP_WIDTH, alt=alt, caption=tr(said))
            if not isinstance(sound, Damaged):
                st.audio(sound, format="audio/wav")
    st.caption(
        tr(
            "Time goes to the right, high tones are above. Yellow: silencing this lowered its confidence in “{about}”; "
            "dark blue: it did not. The line goes around all that is at least half as strong as the strongest part "
            "(occlusion map).",
            about=found["class"],
        )
    )
    _heat_table(
        found,
        Message(
            "Each number belongs to one part of the spectrogram, from the high tones at the beginning to the low ones "
            "at the end: how far the log-odds of this class fall, on average, when the part is silenced. Where it is "
            "negative, silencing the part raises the confidence."
        ),
    )


def _heat_table(found: dict[str, Any], says: Message) -> None:
    with st.expander(tr("Show data")):
        grid = found["heat"]["values"]
        names = [str(column + 1) for column in range(len(grid))]
        st.dataframe([dict(zip(names, (f"{value:+.2f}" for value in row), strict=True)) for row in grid])
        st.caption(tr(says))


_PARTS = {"regions": _show_heat, "spectrum": _show_spectrum, "words": show_words, "columns": show_cells}
"""What draws an explanation, by what was covered or left out (`Modality.explanation`)."""
