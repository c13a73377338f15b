"""Train: choose a model and a way, press Train, watch."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.data.splits import VALIDATION_SHARE, came_divided
from core.errors import UserError
from core.models.card import ModelCard
from core.models.catalog import cards, get_card
from core.models.speed import measured_speed
from core.runs.folder import RunFolder, Status
from core.runs.progress import Progress, follow
from core.training.estimate import expected_seconds
from core.training.plan import make_plan
from core.training.recipe import Option, Recipe, applicable_options
from core.training.strategies import STRATEGIES
from pages.shared.current import asked_run, choose_run, current_dataset_id, dataset_name, has_model, load_dataset
from pages.shared.doctor import stop_doctors
from pages.shared.empty import show_empty
from pages.shared.live_chart import load_plotly, show_curves
from pages.shared.pages import DATA, RESULT, START, TRAIN
from pages.shared.services import launcher, workspace
from pages.shared.words import STATES, duration, escape, things, tr

PHASES = {
    "read": "Reading the files: {done} of {total}",
    "prepare": "Getting the model ready",
    "embed": "Looking at every example once with the pretrained model: {done} of {total}",
    "probe": "Teaching the last layer: {done} of {total}",
}
REFRESH_SECONDS = 0.5


def _form(dataset: Dataset) -> None:
    left, right = st.columns([5, 7], gap="large")
    with left:
        card = _choose_model(dataset)
        strategy = _choose_strategy()
        values = _choose_options(strategy, dataset)
    with right:
        try:
            recipe = Recipe(model=card.id, strategy=strategy, **values)
            plan = make_plan(dataset, recipe, workspace())
        except UserError as error:
            st.error(f"**{escape(error.problem)}** {escape(error.advice)}")
            return
        if st.button(tr("Train"), type="primary", icon=":material/play_arrow:", width="stretch", key="train"):
            _start(dataset, recipe)
        judging = len(plan.split.validation) + len(plan.split.test)
        seconds = expected_seconds(plan.recipe, card, len(plan.split.train), judging, workspace())
        takes = tr("Takes {time} here.", time=duration(seconds)) if seconds else ""
        st.caption(f"{plan.split.reason} {takes}")
        show_curves("preview", Progress(), plan.baseline, plan.recipe.epochs or 1)


def _choose_model(dataset: Dataset) -> ModelCard:
    fitting = {card.id: card for card in cards(workspace()) if card.modality == dataset.modality}
    chosen = st.radio(
        tr("Start from this pretrained model"),
        list(fitting),
        format_func=lambda model_id: escape(fitting[model_id].title),
        captions=[_facts(card) for card in fitting.values()],
        key=f"model-{dataset.modality}",
        persist_state="session",
    )
    return fitting[chosen]


def _facts(card: ModelCard) -> str:
    speed = measured_speed(workspace(), card.id, "embed")
    many = tr({"image": "pictures", "text": "messages"}[card.modality])
    pace = (
        tr("{n} {many} a second on this computer", n=f"{speed:.0f}", many=many)
        if speed
        else tr("speed not measured yet")
    )
    return f"{escape(card.knows)} {card.megabytes:.0f} MB · {pace} · {card.licence}"


def _choose_strategy() -> str:
    chosen = st.segmented_control(
        tr("What should learn?"),
        list(STRATEGIES),
        format_func=lambda name: tr(STRATEGIES[name].title),
        default="head",
        required=True,
        key="strategy",
        persist_state="session",
    )
    st.caption(tr(STRATEGIES[chosen].sentence))
    return chosen


def _choose_options(strategy: str, dataset: Dataset) -> dict[str, Any]:
    usable = applicable_options(strategy, dataset.modality)
    if came_divided(dataset):
        usable.pop("validation_share")
    values = {name: _widget(name, option, strategy) for name, option in usable.items() if not option.folded}
    with st.expander(tr("More options")):
        shots = _widget("shots", usable.pop("shots"), strategy)
        if shots is not None:
            usable.pop("validation_share", None)
        values |= {name: _widget(name, option, strategy) for name, option in usable.items() if option.folded}
    return {**values, "shots": shots}


def _widget(name: str, option: Option, strategy: str) -> Any:
    default = STRATEGIES[strategy].defaults.get(name, Recipe.__dataclass_fields__[name].default)
    label, key, says = tr(option.label), f"option-{strategy}-{name}", tr(option.help)
    if option.choices:
        names = {choice: tr(choice) for choice in option.choices}
        return st.segmented_control(
            label,
            option.choices,
            default=default,
            required=True,
            format_func=names.__getitem__,
            key=key,
            help=says,
            persist_state="session",
        )
    default = {"image_size": 224, "validation_share": VALIDATION_SHARE}.get(name, default)
    if isinstance(option.step, int):
        return st.number_input(
            label, int(option.low), int(option.high), value=default, step=option.step, key=key, help=says,
            persist_state="session", placeholder=tr("all that are not held back") if option.optional else None,
        )  # fmt: skip
    if option.step:
        return st.slider(
            label, option.low, option.high, value=default, step=option.step, key=key, help=says, persist_state="session"
        )
    return st.number_input(
        label,
        option.low,
        option.high,
        value=float(default),
        format="%g",
        key=key,
        help=says,
        step=default / 2,
        persist_state="session",
    )


def _start(dataset: Dataset, recipe: Recipe) -> None:
    stop_doctors()
    request = {"dataset": dataset.id, "recipe": recipe.to_dict()}
    folder = RunFolder.create(workspace().runs, "train", dataset.title, request)
    launcher().start(folder)
    choose_run(folder)
    st.rerun()


@st.fragment(run_every=REFRESH_SECONDS)
def _live(folder: RunFolder) -> None:
    status = folder.status()
    if not status.active:
        st.rerun()
    _state_of(folder, status)


def _state_of(folder: RunFolder, status: Status) -> None:
    progress = follow(folder.events())
    started = progress.started
    if status.active:
        st.progress(progress.share, _now(folder, status, progress))
        asked = folder.stop_requested()
        if st.button(
            tr("Stopping ...") if asked else tr("Stop and keep the best so far"),
            icon=":material/stop:", key="stop", disabled=asked,
        ):  # fmt: skip
            launcher().stop(folder)
            st.rerun(scope="fragment")
    for warning in progress.warnings:
        st.warning(escape(warning))
    recipe = folder.request["recipe"]
    epochs = started.epochs if started else recipe.get("epochs") or 1
    show_curves(folder.id, progress, started.baseline if started else None, epochs)


def _now(folder: RunFolder, status: Status, progress: Progress) -> str:
    """One sentence: what is happening, and how long it will take."""
    if status.state == "queued":
        before = launcher().queue_position(folder)
        return (
            tr("Waiting: another run is training. This one starts when it is done.")
            if before is not None
            else tr("Starting")
        )
    if progress.epochs:
        last = progress.epochs[-1]
        said = tr("Epoch {n} of {total}", n=min(last.epoch + 1, last.epochs), total=last.epochs)
        left = progress.seconds_left
        return f"{said} · {tr('{time} left', time=duration(left))}" if left is not None else said
    if progress.phase:
        return tr(PHASES[progress.phase.phase], done=progress.phase.done, total=progress.phase.total)
    return tr("Starting")


def _run(folder: RunFolder) -> None:
    about, status = folder.about(), folder.status()
    recipe = about["request"]["recipe"]
    word, icon = STATES[status.state]
    try:
        model = get_card(recipe["model"], workspace()).title
    except UserError:
        model = recipe["model"]
    st.markdown(
        f"**{escape(about['title'])}** · {escape(model)} · {tr(STRATEGIES[recipe['strategy']].title)} · "
        f":material/{icon}: {tr(word)}"
    )
    if status.active:
        _live(folder)
        return
    if status.state in ("failed", "interrupted"):
        st.error(f"**{tr(word)}.** {escape(status.reason)}")
    elif status.reason:
        st.info(escape(status.reason))
    _state_of(folder, status)
    with st.container(horizontal=True):
        if has_model(folder) and st.button(tr("See how good it is"), type="primary", icon=":material/arrow_forward:"):
            st.switch_page(RESULT, query_params={"run": folder.id})
        if st.button(
            tr("Train another way"), icon=":material/replay:", type="secondary" if has_model(folder) else "primary"
        ):
            st.session_state.pop("run", None)
            st.switch_page(TRAIN, query_params={"dataset": about["request"]["dataset"]})


st.title(tr("Train"))
load_plotly()
run = asked_run()
if run is not None:
    _run(run)
else:
    st.query_params.pop("run", None)
    dataset_id = current_dataset_id()
    if dataset_id is None:
        says = "There is nothing to learn from yet. Take a sample from the Start page, or read in your own files."
        show_empty(says, START, DATA)
    else:
        dataset = load_dataset(dataset_id)
        size = things(dataset.modality, len(dataset.examples))
        st.markdown(f"**{escape(dataset_name(dataset_id))}** · {size}, {len(dataset.classes)} {tr('classes')}")
        _form(dataset)
