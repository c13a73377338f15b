"""A run while it trains and after: what happens now, the curves, and what one can do next."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core.data.splits import came_divided
from core.errors import RunError, UserError
from core.evaluation.repeated_splits import accuracy_over_repeats, accuracy_sentence
from core.events import RunStarted, Score
from core.messages import Message
from core.results.finished_run import has_model
from core.runs.folder import RunFolder, Status, list_runs
from core.runs.progress import RunProgress, follow, wording
from core.training.spec.estimate import expected_seconds, monitored_each_epoch
from core.training.spec.plan import folds_of, make_plan
from core.training.spec.recipe import Recipe, model_and_method, options
from core.training.spec.strategies import STRATEGIES
from pages.shared.current import choose_run, load_dataset, noun_of, show_which_run
from pages.shared.damaged import show_damages
from pages.shared.dialogs import draw_anew
from pages.shared.jobs import make_room, says_place
from pages.shared.live_chart import show_curves
from pages.shared.pages import RESULT, TRAIN, turn_to
from pages.shared.search import show_search
from pages.shared.services import launcher, refresh, workspace
from pages.shared.wall import show_wall
from pages.shared.words import STATES, Markdown, percent, plain, problems_shown, share_range, tr

REFRESH_SECONDS = refresh(0.5)


def start_runs(dataset_id: str, title: str, recipe: Recipe, repeats: int = 1) -> None:
    """Queue the training, with `repeats` also under the following seeds, and show the first."""
    with problems_shown():
        make_room()
        first: RunFolder | None = None
        expected = _expected(dataset_id, recipe)
        for number in range(repeats):
            one = replace(recipe, seed=recipe.seed + number)
            request: dict[str, Any] = {"dataset": dataset_id, "recipe": one.to_dict(), "expected": expected}
            if repeats > 1:
                request["series"] = first.id if first else "first"
            folder = RunFolder.create(workspace().runs, "train", title, request)
            launcher().start(folder)
            first = first or folder
        if first:
            choose_run(first)
        st.rerun()


def _expected(dataset_id: str, recipe: Recipe) -> float | None:
    """Seconds that it will take, by which its turn is found; None where that cannot be told."""
    with suppress(UserError):  # which the training itself will say
        dataset = load_dataset(dataset_id)
        plan = make_plan(dataset, recipe, workspace())
        folds = folds_of(dataset, plan, workspace())
        return expected_seconds(plan.config, plan.card, dataset, plan.split, workspace(), folds=folds)
    return None


def show_run(folder: RunFolder) -> None:
    status = folder.status()
    if status.active:
        _live(folder)
    else:
        _head(folder, status)
        say_how_it_ended(status, follow(folder.events()))
        show_damages(folder)
        _state_of(folder, status)
        _what_next(folder, status)
    if any(run.status().active for run in _series(folder)) and not status.active:
        _live_series(folder)
    else:
        _show_series(folder)


def _head(folder: RunFolder, status: Status) -> None:
    """Which run this is, and what it is doing."""
    word, icon = STATES[status.state]
    show_which_run(folder)
    st.markdown(tr("{icon} {state}", icon=Markdown(f":material/{icon}:"), state=word))


@st.fragment(run_every=REFRESH_SECONDS)
def _live(folder: RunFolder) -> None:
    status = folder.status()
    if not status.active:
        draw_anew()
    _head(folder, status)
    _state_of(folder, status)


def _state_of(folder: RunFolder, status: Status) -> None:
    progress = follow(folder.events())
    started = progress.started
    if status.active:
        st.progress(progress.share, happening(folder, status, progress))
        show_controls(folder, progress)
    if started and started.why:
        model, method = model_and_method(started.recipe, workspace())
        st.info(
            tr(
                "**{model} ({method}).** {why}",
                model=model,
                method=method,
                why=started.why,
            )
        )
    for warning in progress.warnings:
        st.warning(tr(warning))
    show_search(progress)
    if progress.tried and not started:
        return
    recipe = folder.request["recipe"]
    epochs = started.epochs if started else recipe.get("epochs") or 1
    curves, wall = st.columns([5, 3], gap="medium")
    with curves:
        show_curves(folder.id, progress, started.baseline if started else None, epochs)
    with wall:
        _say_how_good(progress)
        show_wall(folder, progress)
    if status.active and started:
        _say_what_is_watched(started)


def _say_how_good(progress: RunProgress) -> None:
    """A number and a sentence, once it is over; the wall below is the picture."""
    ended = progress.ended
    score = (ended.test or ended.validation) if ended else None
    if score is None:
        return
    below = plain("baseline {share:percent}", share=score.baseline)
    st.metric(tr("Accuracy"), percent(score.accuracy), below, delta_color="off", delta_arrow="off")
    right = round(score.accuracy * score.n)
    st.markdown(tr("It is right on **{right} of {n}** examples that it was not trained on.", right=right, n=score.n))


def _say_what_is_watched(started: RunStarted) -> None:
    many = monitored_each_epoch(started.n_train, started.n_validation)
    if STRATEGIES[started.recipe["strategy"]].tunes_backbone and started.n_validation > many:
        st.caption(
            tr(
                "To save time the dashed line looks at {n} of the {total} validation examples; the score at the end "
                "counts all of them.",
                n=many,
                total=started.n_validation,
            )
        )


def show_controls(folder: RunFolder, progress: RunProgress) -> None:
    """Buttons to pause and to stop a run that is under way; in a live fragment. Before training there is no best."""
    stop = tr("Stop and keep the best so far") if progress.started else tr("Stop")
    stopping, pausing = folder.stop_requested(), folder.pause_requested()
    with st.container(horizontal=True):
        if st.button(
            tr("Pausing ...") if pausing else tr("Pause"), icon=":material/pause:", key="pause",
            disabled=stopping or pausing,
        ):  # fmt: skip
            with problems_shown():
                launcher().pause(folder)
                st.rerun(scope="fragment")
        if st.button(
            tr("Stopping ...") if stopping else stop, icon=":material/stop:", key="stop",
            disabled=stopping,
        ):  # fmt: skip
            with problems_shown():
                launcher().stop(folder)
                st.rerun(scope="fragment")


def happening(folder: RunFolder, status: Status, progress: RunProgress) -> str:
    """One sentence: what is happening now, and how long training will take."""
    if status.state == "queued":
        return tr(says_place(folder) or Message("Starting"))
    if progress.ended or (progress.trained and not progress.measuring):
        return tr("Trained; now measuring its accuracy")
    if progress.epochs and not progress.measuring:
        last = progress.epochs[-1]
        epoch, left = last.epoch + 1, progress.seconds_left
        if left is None:
            return tr("Epoch {n} of {total}", n=epoch, total=last.epochs)
        return tr("Epoch {n} of {total} · {time:duration} of training left", n=epoch, total=last.epochs, time=left)
    if progress.stage:
        return tr(wording(progress.stage, noun_of(folder.request["dataset"])))
    return tr("Starting")


def say_how_it_ended(status: Status, progress: RunProgress) -> None:
    """Why a run is over or rests, where that is to be told."""
    ended = {"state": STATES[status.state][0], "reason": status.reason}
    if status.state == "paused" and not progress.epochs:
        st.info(tr("**Paused** before training began. It can be resumed, and then begins again."))
    elif status.state == "paused":
        st.info(tr("**Paused.** Nothing is lost: it can be resumed where it was, also after the program was closed."))
    elif status.state == "interrupted":
        st.error(tr("**{state}.** {reason} It can resume from where it last saved its state.", **ended))
    elif status.state == "failed":
        st.error(tr("**{state}.** {reason}", **ended))
    elif status.reason:
        st.info(tr(status.reason))


def _what_next(folder: RunFolder, status: Status) -> None:
    about = folder.about()
    dataset_id, recipe = about["request"]["dataset"], Recipe.from_dict(about["request"]["recipe"])
    remedy = about.get("result", {}).get("remedy") or {}
    primary = True
    with st.container(horizontal=True):
        if status.resumable:
            if st.button(tr("Resume"), type="primary", icon=":material/play_arrow:", key="go-on"):
                with problems_shown():
                    make_room()
                    with suppress(RunError):  # somebody else was faster: then it is under way
                        launcher().resume(folder)
                    st.rerun()
            primary = False
        if status.state == "failed" and remedy:
            if st.button(
                tr("Try again with {changes}", changes=_changes(remedy)), type="primary", icon=":material/replay:",
                key="remedy",
            ):  # fmt: skip
                start_runs(dataset_id, about["title"], replace(recipe, **remedy))
            primary = False
        if has_model(folder):
            if st.button(
                tr("See results"), type="primary" if primary else "secondary", icon=":material/arrow_forward:"
            ):
                turn_to(RESULT, run=folder.id)
            primary = False
        if st.button(tr("Change settings"), icon=":material/replay:", type="primary" if primary else "secondary"):
            st.session_state.pop("run", None)
            turn_to(TRAIN, dataset=dataset_id)


def _changes(remedy: dict[str, Any]) -> Message:
    changes = [
        Message("{option} {value:g}", option=options()[name].label, value=value) for name, value in remedy.items()
    ]
    return Message("{changes:list}", changes=changes)


@st.fragment(run_every=REFRESH_SECONDS)
def _live_series(folder: RunFolder) -> None:
    """While others of the series are under way and this one is over, which nothing else on the page would notice."""
    if not any(run.status().active for run in _series(folder)):
        draw_anew()
    _show_series(folder)


def _show_series(folder: RunFolder) -> None:
    """The runs of the same settings under several seeds, side by side."""
    series = _series(folder)
    if len(series) < 2:
        return
    rows, scores = [], []
    for run in series:
        about, state = run.about(), run.status().state
        found = about.get("result", {}).get("test") or about.get("result", {}).get("validation")
        score = Score.from_dict(found) if found else None
        scores += [score] if score else []
        rows.append(
            {
                plain("seed"): about["request"]["recipe"]["seed"],
                plain("state"): plain(STATES[state][0]),
                plain("accuracy"): f"{percent(score.accuracy)} ({share_range(score.interval)})" if score else "",
                plain("examples"): str(score.n) if score else "",
                plain("baseline"): percent(score.baseline) if score else "",
            }
        )
    st.subheader(tr("Repeats with other seeds"))
    started = follow(folder.events()).started
    if _came_divided(folder):
        st.caption(
            tr(
                "This dataset came divided, so every seed trains and validates on the same examples. How far the "
                "scores lie apart says nothing about other examples."
            )
        )
    elif len(scores) > 1 and started:
        found = accuracy_over_repeats([score.accuracy for score in scores], scores[0].n, started.n_train)
        st.markdown(tr(accuracy_sentence(found)))
        st.caption(tr("So much depends on which examples happened to be in the training and in the validation set."))
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def _came_divided(folder: RunFolder) -> bool:
    """Whether all seeds have the same split. Shots are drawn anew for each also where the rest came divided."""
    with suppress(UserError):  # a dataset that is gone
        return folder.request["recipe"]["shots"] is None and came_divided(load_dataset(folder.request["dataset"]))
    return False


def _series(folder: RunFolder) -> list[RunFolder]:
    series = folder.request.get("series")
    if series is None:
        return []
    first = folder.id if series == "first" else series
    runs = [run for run in list_runs(workspace()) if run.id == first or run.request.get("series") == first]
    return sorted(runs, key=lambda run: run.request["recipe"]["seed"])
