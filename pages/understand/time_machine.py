"""Training replay: go back to any epoch and look at the predictions of that moment."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from core.messages import NOTHING, Message, sentences
from core.report.charts import class_colours
from core.report.replay import render_replay, replay_name
from core.results.finished_run import FinishedRun
from core.results.history import Replay, before
from pages.shared.examples import show_examples, view_of
from pages.shared.figures import show_chart, show_confusion, verbatim
from pages.shared.wall import show_replay
from pages.shared.words import example_name, percent, plain, session_language, tr

_SMALL, _LARGE = 8, 9


def show_time_machine(run: FinishedRun) -> None:
    """A slider over the epochs, and below it the answers, the confusion matrix and the map of that moment."""
    st.subheader(tr("Training replay"))
    past = run.history
    if past is None:
        st.markdown(tr(_why_none(run)))
        return
    show_replay(run, past)
    _take_along(run)
    st.caption(
        tr(
            "Move the slider back in time: you see what the model predicted for the validation examples while it "
            "was still learning."
        )
    )
    _travel(past, run.ended.epoch)


def _take_along(run: FinishedRun) -> None:
    language = session_language()  # a click is answered where no page is being drawn
    st.download_button(
        tr("Download as a GIF"), lambda: render_replay(run, language), replay_name(run.id), "image/gif", key="gif",
        on_click="ignore", icon=":material/gif_box:", help=tr("For a slide. It shows some of your examples."),
    )  # fmt: skip


def _why_none(run: FinishedRun) -> Message:
    if run.ended.validation is None:
        return Message("There is no validation set, so there are no predictions to look back at.")
    return Message("This run has no epochs to go back to: it learnt in one go.")


@st.fragment
def _travel(past: Replay, kept: int | None) -> None:
    epochs = past.epochs
    epoch = st.select_slider(
        tr("Epoch"), epochs, value=kept if kept in epochs else epochs[-1], format_func=_named, key="time-epoch"
    )
    _accuracy(past, epoch, kept)
    _changes(past, epoch)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(tr("**Confusion matrix at that moment**"))
        show_confusion(past.confusion(epoch), past.dataset.classes, key="time-confusion")
    with right:
        st.markdown(tr("**Embedding map at that moment**"))
        _map(past, epoch)


def _named(epoch: int) -> str:
    return plain("start") if epoch == 0 else str(epoch)


def _accuracy(past: Replay, epoch: int, kept: int | None) -> None:
    right, n, interval = past.accuracy(epoch)
    known = {"right": right, "n": n, "share": right / n, "interval": interval}
    if epoch == 0:
        said = Message("Before the first epoch, **{right} of {n}** were right: **{share:percent}** (95\u00a0% "
                       "confidence interval {interval:percent}).", **known)  # fmt: skip
    else:
        said = Message("After epoch {epoch}, **{right} of {n}** were right: **{share:percent}** (95\u00a0% confidence "
                       "interval {interval:percent}).", epoch=epoch, **known)  # fmt: skip
    st.markdown(tr(sentences(said, Message("These are the weights that were kept.") if epoch == kept else NOTHING)))


def _changes(past: Replay, epoch: int) -> None:
    """Which predictions are not what they were at another moment."""
    others = {name: one for name, one in _others(past.epochs, epoch).items() if one != epoch}
    name = st.segmented_control(
        tr("Compared with"), list(others), default=next(iter(others)), required=True,
        format_func=lambda one: tr(_OTHERS.get(one) or _point(others[one])), key=f"time-other-{'-'.join(others)}",
    )  # fmt: skip
    earlier, later = sorted((others[name], epoch))
    change = past.change(earlier, later)
    st.markdown(
        tr("From {earlier} to {later}: **{gained}** were fixed, **{lost}** were broken, {wrong} stayed wrong with "
           "another class.", earlier=_point(earlier), later=_point(later), gained=len(change.gained),
           lost=len(change.lost), wrong=len(change.still_wrong))
    )  # fmt: skip
    for title, places in ((Message("Fixed"), change.gained), (Message("Broken"), change.lost)):
        if places:
            _examples(past, title, places, earlier, later)


_OTHERS = {"before": Message("the moment before"), "end": Message("the end")}


def _others(epochs: Sequence[int], epoch: int) -> dict[str, int]:
    """The moments that one may compare with, each once."""
    earlier = before(epochs, epoch)
    others = {"start": epochs[0]}
    if earlier not in (None, epochs[0]):
        others["before"] = earlier
    return others | {"end": epochs[-1]}


def _point(epoch: int) -> Message:
    return Message("epoch {n}", n=epoch)


def _examples(past: Replay, title: Message, places: Sequence[int], earlier: int, later: int) -> None:
    most, was, now = view_of(past.dataset.modality).most, past.said(earlier), past.said(later)
    st.markdown(f"**{tr(title)}**")
    shown = places[:most]
    captions = [
        Message("actual {truth}: predicted {was}, then {now}", truth=past.dataset.examples[past.examples[k]].label,
                was=was[k], now=now[k])
        for k in shown
    ]  # fmt: skip
    show_examples(past.dataset, [past.examples[k] for k in shown], captions)
    if len(places) > most:
        st.caption(tr("{n} more", n=len(places) - most))


def _map(past: Replay, epoch: int) -> None:
    """Every example in the colour of its class; crosses are wrong answers."""
    figure = go.Figure(_traces(past, epoch))
    low, high = past.frame
    edge = (high - low) * 0.06 + 1e-9
    figure.update_layout(
        height=420, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        legend={"orientation": "h", "y": -0.15, "yanchor": "top"},
        xaxis={"title": plain("first component (PCA)"), "range": [low[0] - edge[0], high[0] + edge[0]],
               "showticklabels": False, "zeroline": False},
        yaxis={"title": plain("second component"), "range": [low[1] - edge[1], high[1] + edge[1]],
               "showticklabels": False, "zeroline": False},
    )  # fmt: skip
    wrong = int((~past.right(epoch)).sum())
    alt = plain("{n} examples as points; the {wrong} crosses were predicted wrongly", n=len(past.examples), wrong=wrong)
    show_chart(figure, key="time-map", alt=alt)
    st.caption(tr(_about_the_map(past, epoch)))
    with st.expander(tr("Show data")):
        st.dataframe(_rows(past, epoch), hide_index=True)


def _about_the_map(past: Replay, epoch: int) -> Message:
    said = Message(
        "What lies close together looks alike to the model; crosses were predicted wrongly. The map shows "
        "{share:percent} of the differences that it sees.",
        share=past.share(epoch),
    )  # fmt: skip
    if past.stands_still:
        return sentences(
            said, Message("The network itself did not learn here, so nothing moves: only the predictions change.")
        )
    return sentences(
        said, Message("The directions are those of the last epoch, so you can watch the classes move apart.")
    )


def _traces(past: Replay, epoch: int) -> list[go.Scatter]:
    """One for each class and for right and wrong; the legend names every class once."""
    colours, places, right = class_colours(past.dataset.classes), past.places(epoch), past.right(epoch)
    said, sure = past.said(epoch), past.moment(epoch).confidence
    traces = []
    for number, label in enumerate(past.dataset.classes):
        own = past.truths == number
        for is_right, sign, size in ((True, "circle-open", _SMALL), (False, "x-thin", _LARGE)):
            chosen = (own & (right == is_right)).nonzero()[0]
            words = [
                plain("{name}<br>actual {truth}, predicted {said} ({p:percent})",
                   name=verbatim(example_name(past.dataset.examples[past.examples[k]].name)),
                   truth=verbatim(label), said=verbatim(said[k]), p=float(sure[k]))
                for k in chosen
            ]  # fmt: skip
            colour = colours[label]
            marker = {"color": colour, "symbol": sign, "size": size, "line": {"width": 2, "color": colour}}
            traces.append(
                go.Scatter(
                    x=places[chosen, 0], y=places[chosen, 1], mode="markers", name=verbatim(label), legendgroup=label,
                    marker=marker, text=words, hovertemplate="%{text}<extra></extra>", showlegend=is_right,
                )
            )  # fmt: skip
    return traces


def _rows(past: Replay, epoch: int) -> list[dict[str, str | float]]:
    places, said, sure = past.places(epoch), past.said(epoch), past.moment(epoch).confidence
    return [
        {
            plain("example"): example_name(past.dataset.examples[i].name),
            plain("actual"): past.dataset.examples[i].label,
            plain("predicted"): said[k], plain("confidence"): percent(float(sure[k])),
            plain("across"): round(float(places[k, 0]), 3), plain("up"): round(float(places[k, 1]), 3),
        }
        for k, i in enumerate(past.examples)
    ]  # fmt: skip
