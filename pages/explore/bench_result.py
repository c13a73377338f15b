"""How the few-shot bench went: live while it runs, then in a sentence, by class, and episode by episode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.events import EpisodesDone, Progress, Warned
from core.models.catalogue import get_card
from core.runs.folder import RunFolder, list_jobs
from core.runs.progress import share_of, wording
from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.shown import read_shown
from core.workspace import is_safe_id
from pages.explore.bench_form import model_title
from pages.explore.embedding_map import show_map
from pages.explore.episode import show_episode, show_numbers
from pages.shared.services import launcher, workspace
from pages.shared.words import percent, share_range, tr

REFRESH_SECONDS = 0.5
MOST_TRIED = 20


def show_bench(dataset: Dataset) -> None:
    """The bench of `?bench=` or of this session, if it is about this set."""
    job = _asked(dataset)
    if job is None:
        return
    status = job.status()
    if status.active:
        _live(job)
    elif status.state == "completed":
        _show_result(job, dataset)
    else:
        st.warning(tr(status.reason) or tr("It was interrupted. Press Run to try again."))


def show_tried(dataset: Dataset) -> None:
    """Every finished bench on this set side by side, newest first; on one seed and size the exams are the same."""
    rows = [_tried(job) for job, _ in zip(_finished(dataset), range(MOST_TRIED), strict=False)]
    if len(rows) < 2:
        return
    st.subheader(tr("Tried on this set so far"))
    st.dataframe(rows, hide_index=True)
    st.caption(
        tr(
            "In brackets: where the average of very many episodes would be (95\u00a0% sure). Rows with the same "
            "classes, examples, questions and seed had the very same exams, so they can be compared."
        )
    )


def _asked(dataset: Dataset) -> RunFolder | None:
    for job_id in (st.query_params.get("bench"), st.session_state.get("bench")):
        job = RunFolder(workspace().jobs / job_id) if job_id and is_safe_id(job_id) else None
        if job and _is_bench(job, dataset):
            st.session_state["bench"] = st.query_params["bench"] = job.id
            return job
    st.query_params.pop("bench", None)
    return None


def _is_bench(job: RunFolder, dataset: Dataset) -> bool:
    if not job.readable:
        return False
    about = job.about()
    return about["kind"] == "fewshot" and about["request"]["dataset"] == dataset.id


@st.fragment(run_every=REFRESH_SECONDS)
def _live(job: RunFolder) -> None:
    if not job.status().active:
        st.rerun()
    last = next((e for e in reversed(job.events()) if isinstance(e, (EpisodesDone, Progress))), None)
    match last:
        case EpisodesDone(done, total, accuracy):
            st.progress(
                done / total,
                tr("Episode {n} of {total} · {share:percent} right so far", n=done, total=total, share=accuracy),
            )
        case Progress():
            st.progress(share_of(last), tr(wording(last)))
        case _:
            waits = launcher().position(job) is not None
            st.progress(0.0, tr("Waiting: another run is training.") if waits else tr("Drawing the episodes"))
    if st.button(tr("Cancel"), key="cancel-bench"):
        launcher().stop(job)


def _show_result(job: RunFolder, dataset: Dataset) -> None:
    result = job.about()["result"]
    st.markdown(f"#### {_sentence(result)}")
    low, high = result["episode_range"]
    st.caption(
        f"{_settings(result)} "
        + tr(
            "19 of 20 single episodes lay between {low:percent} and {high:percent}: so much depends on which examples "
            "are shown. All were drawn from this one set; other examples may be easier or harder.",
            low=low,
            high=high,
        )
    )
    _say_what_to_bear_in_mind(job, result)
    _one_episode(job, result, dataset)
    _by_class(result)


def _one_episode(job: RunFolder, result: dict[str, Any], dataset: Dataset) -> None:
    shown = read_shown(job.path)
    if not shown:
        return
    st.subheader(tr("One episode"))
    number = 1
    if len(shown) > 1:
        number = st.number_input(
            tr("Episode (1 to {n})", n=len(shown)), 1, len(shown), key=f"episode-{job.id}", width=200
        )
    episode, key = shown[number - 1], f"{job.id}-{number}"
    show_episode(episode, dataset)
    left, right = st.columns(2, gap="large")
    with left:
        show_map(episode, dataset, key)
    with right:
        show_numbers(episode, dataset, METHODS[result["method"]], key)


def _sentence(result: dict[str, Any]) -> str:
    if result["interval"] is None:
        return tr(
            "Right on **{share}** of the questions, on average over **{episodes} episodes**: too few to say how far "
            "from that many more would be. Guessing would get {chance:percent}.",
            share=_exact(result["accuracy"], result["n"]), episodes=result["episodes"], chance=result["chance"],
        )  # fmt: skip
    low, high = (_exact(end, result["n"]) for end in result["interval"])
    return tr(
        "Right on **{share}** of the questions, on average over **{episodes} episodes**. With many more episodes from "
        "this set the average would be between **{low}** and **{high}** (95\u00a0% sure). Guessing would get "
        "{chance:percent}.",
        share=_exact(result["accuracy"], result["n"]), episodes=result['episodes'], low=low, high=high,
        chance=result["chance"],
    )  # fmt: skip


def _settings(result: dict[str, Any]) -> str:
    shots = result["shots"]
    return tr(
        "{model}, “{method}”, {ways} classes, {examples} of each, {n} questions in all.",
        model=_model_of(result), method=tr(METHODS[result["method"]].title), ways=result["ways"],
        examples=tr("one example") if shots == 1 else tr("{n} examples", n=shots), n=result['n'],
    )  # fmt: skip


def _say_what_to_bear_in_mind(job: RunFolder, result: dict[str, Any]) -> None:
    for event in job.events():
        if isinstance(event, Warned):
            st.warning(tr(event.message))
    if METHODS[result["method"]].uses_queries:
        st.info(
            tr(
                "**Uses your unlabelled test items.** It saw all the questions of an episode together before it "
                "answered, so compare it only with others that may do that too."
            )
        )
    if result["left_out"]:
        st.caption(tr("{n} examples took no part: copies of them lie in another class.", n=result["left_out"]))


def _by_class(result: dict[str, Any]) -> None:
    st.subheader(tr("Class by class, over all episodes"))
    rows = [
        {
            tr("class"): one["label"],
            tr("right"): f"{percent(one['accuracy'])}  ({share_range(one['interval'])})",
            tr("asked about"): one["examples"],
            tr("episodes"): one["episodes"],
            tr("most often taken for"): f"{one['taken_for']} ({percent(one['taken_share'])})"
            if one["taken_for"]
            else "-",
        }
        for one in result["classes"]
    ]
    st.dataframe(rows, hide_index=True)
    st.caption(
        tr(
            "In brackets: where the share may really lie (95\u00a0% sure), counting each different example once, "
            "however often it was asked about. “Asked about”: how many different examples those were."
        )
    )


def _finished(dataset: Dataset) -> Iterator[RunFolder]:
    for job in list_jobs(workspace().jobs):
        if _is_bench(job, dataset) and job.about()["state"] == "completed":
            yield job


def _tried(job: RunFolder) -> dict[str, Any]:
    result = job.about()["result"]
    ends = [_exact(end, result["n"]) for end in result["interval"] or ()]
    return {
        tr("right"): _exact(result["accuracy"], result["n"]) + (f"  ({ends[0]} - {ends[1]})" if ends else ""),
        tr("model"): _model_of(result),
        tr("how it answers"): tr(METHODS[result["method"]].title),
        tr("classes"): result["ways"],
        tr("examples"): result["shots"],
        tr("questions"): result["queries"],
        tr("episodes"): result["episodes"],
        tr("seed"): result["seed"],
    }


def _model_of(result: dict[str, Any]) -> str:
    try:
        return model_title(get_card(result["model"], workspace()))
    except UserError:  # the run was deleted since
        return result["model"]


def _exact(share: float, n: int) -> str:
    """With a decimal only where there are enough questions to bear it."""
    return percent(share) if n < 1000 else f"{share * 100:.1f}\u00a0%"
