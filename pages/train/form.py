"""What is chosen before a training: the model, its options, and perhaps a learning rate that was looked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.data.splits import came_divided
from core.errors import StorageError, UnreadableExampleError
from core.events import JobEnded
from core.hardware import known_devices, measured_speed
from core.messages import NOTHING, Message, counted
from core.modalities import get_modality
from core.models.card import ModelCard
from core.models.catalogue import RUN, cards, get_card, languages_there, usual_model
from core.models.hub_search import is_here, suggested
from core.models.text_packages import missing
from core.options import Option
from core.runs.folder import RunFolder
from core.runs.progress import last_progress, share_of, wording
from core.training.spec.class_names import names_to_read
from core.training.spec.estimate import expected_seconds, is_timed
from core.training.spec.plan import Plan, folds_of
from core.training.spec.recipe import ANY_MODEL, Recipe, applicable_choices, applicable_options, default_options
from pages.shared.current import run_name, says_lineage
from pages.shared.dialogs import draw_anew
from pages.shared.examples import view_of
from pages.shared.figures import BASELINE, TRAINING, show_chart
from pages.shared.jobs import forget_background, make_room, says_place, start_background
from pages.shared.services import is_student, launcher, refresh, workspace
from pages.shared.words import Markdown, error_text, plain, problems_shown, tr
from pages.train.hub import choose_from_hub

_OWN, _HUB = "own", "hub"
Takes = Callable[[ModelCard], bool]


def choose_model(dataset: Dataset, takes: Takes) -> ModelCard | None:
    """A model that understands this kind of example, and that `takes` says yes to; None where there is none. It is
    timed on this machine, if it never was."""
    chosen = _choose(dataset, _offered(dataset, takes), takes)
    return _timed(chosen) if chosen else None


def choose_model_or_any(dataset: Dataset) -> ModelCard | None:
    """The same; None for whichever does best."""
    says = tr("All that suit are tried on parts of the training examples, then ways to tune the best of them.")
    any_one = {ANY_MODEL: (Message("Whichever does best"), says)}
    chosen = _choose(dataset, {**_offered(dataset, _every), **any_one}, _every)
    return None if chosen in (ANY_MODEL, None) else _timed(chosen)


def _every(card: ModelCard) -> bool:
    return True


def _offered(dataset: Dataset, takes: Takes) -> dict[str, tuple[Message, str]]:
    """Title and a line about each model for this kind of example that was not trained here, by id."""
    spoken = spoken_in(dataset)
    return {
        card.id: (card.title, _facts(card, spoken))
        for card in cards(workspace())
        if card.modality == dataset.modality and not card.id.startswith(RUN) and takes(card)
    }


def _choose(dataset: Dataset, offered: dict[str, tuple[Message, str]], takes: Takes) -> str | None:
    """The id of one of the `offered`, or of one that was trained here; None where there is none."""
    of_kind = (card for card in cards(workspace()) if card.modality == dataset.modality)
    own = [card for card in of_kind if card.id.startswith(RUN) and takes(card)]
    if own:
        says = tr("What it learnt from one dataset may help with the next.")
        offered = {**offered, _OWN: (Message("One that you trained here"), says)}
    spoken = spoken_in(dataset)
    if suggested(dataset.modality) and not is_student():  # not thirty times a gigabyte for the teacher's disk
        says = tr("Larger ones, and ones for a single language. It is fetched from the internet.")
        offered = {**offered, _HUB: (Message("Another, from the Hugging Face Hub"), says)}
    if not offered:
        return None
    usual, key = usual_model(dataset, spoken), f"model-{dataset.modality}"
    if st.session_state.get(key, usual) not in offered:  # chosen where more are offered
        st.session_state.pop(key, None)
    above = st.container(gap="xsmall")
    with st.expander(tr("Other models")):
        chosen = st.radio(
            tr("Start from this model"), list(offered), index=list(offered).index(usual) if usual in offered else 0,
            format_func=lambda model_id: tr(offered[model_id][0]), captions=[says for _, says in offered.values()],
            key=key, bind="query-params", label_visibility="collapsed",
        )  # fmt: skip
    title, facts = offered[chosen]
    above.markdown(tr("Start from this model: **{model}**", model=title))
    above.caption(facts)
    if chosen == _HUB:
        return choose_from_hub(dataset.modality, spoken)
    return _choose_own(own, dataset.modality).id if chosen == _OWN else chosen


def _timed(model_id: str) -> ModelCard:
    card = get_card(model_id, workspace())
    if card.source:
        _about(card)
    time_model(card)
    return card


def time_model(card: ModelCard) -> None:
    """Have a model timed on this machine, if it never was."""
    if lacking := missing(card.id):
        st.warning(error_text(lacking))
    elif not is_timed(card, workspace()) and is_here(card.id):
        _measure(card)


def says_time(plan: Plan, dataset: Dataset, card: ModelCard, repeats: int = 1) -> Message:
    """How long a plan will take on this machine, once or `repeats` times."""
    folds = folds_of(dataset, plan, workspace())
    seconds = expected_seconds(plan.config, card, dataset, plan.split, workspace(), folds=folds)
    if seconds is None:
        return Message("How long it takes here is being measured.")
    if repeats == 1:
        return Message("Takes {time:duration} here.", time=seconds)
    return Message("Takes {time:duration} here for all {n}.", time=seconds * repeats, n=repeats)


def _choose_own(own: list[ModelCard], modality: str) -> ModelCard:
    cards_of = {card.id: card for card in own}
    chosen = st.selectbox(
        tr("Which one"),
        list(cards_of),
        format_func=lambda model_id: run_name(RunFolder.find(model_id.removeprefix("run:"), workspace())),
        key=f"own-model-{modality}",
        bind="query-params",
    )
    st.caption(tr("{lineage}. {facts}", lineage=says_lineage(chosen), facts=_facts(cards_of[chosen])))
    return cards_of[chosen]


def _about(card: ModelCard) -> None:
    """Where its weights come from, and which languages it knows."""
    with st.expander(tr("About {model}", model=card.title)):
        st.caption(tr(card.source))
        st.caption(
            tr(
                "{parameters}, {size:bytes} · Licence: {licence}",
                parameters=counted("{n} parameter", "{n} parameters", n=card.parameters), size=card.megabytes * 1e6,
                licence=card.licence_note,
            )
        )  # fmt: skip
        if card.languages:
            st.caption(tr("Languages: {codes:languages}.", codes=card.languages))


def _measure(card: ModelCard) -> None:
    """Have the model timed; its card and the expected time show it from then on."""
    asked = f"measure-{card.id}", "measure", str(card.title), {"model": card.id}
    with suppress(StorageError):  # then its time is not estimated
        if start_background(*asked).status().state == "stopped":  # it had made room for a training
            forget_background(asked[0])
            start_background(*asked)


def spoken_in(dataset: Dataset) -> tuple[str, ...]:
    """The languages of a dataset's texts, worked out once."""
    return _languages(dataset.id, dataset.store, dataset)


# By place, too: the id of a dataset that came in a project without originals is what its maker says.
@st.cache_data(max_entries=50, show_spinner=False)
def _languages(dataset_id: str, store: Path, _dataset: Dataset) -> tuple[str, ...]:
    return languages_there(_dataset)


def _facts(card: ModelCard, spoken: Sequence[str] = ()) -> str:
    """What is said of a model; also whether it does not know a language of the texts."""
    speed = measured_speed(workspace(), card.id, "embed")
    if speed is None:
        pace = Message("speed not measured yet")
    else:
        pace = Message("{pace} on this computer", pace=get_modality(card.modality).pace(speed))
    size = Message("{size:bytes}", size=card.megabytes * 1e6) if card.megabytes else NOTHING
    own = card.blank or card.id.startswith(RUN)  # nobody else's work, unless it says so
    licence = NOTHING if own and not card.licence else card.licence_note
    facts = tr("{first} {second}", first=card.knows,
               second=Markdown(" · ".join(tr(one) for one in (size, pace, licence) if one)))  # fmt: skip
    unknown = [code for code in spoken if card.knows_language(code) is False]
    if not unknown:
        return facts
    return tr(":orange[:material/warning: Hardly knows {codes:languages}, which your messages are in.]  \n{facts}",
              codes=unknown, facts=facts)  # fmt: skip


# --- options, made from their one declaration; only those that change something here ---

MOST_REPEATS = 10


def choose_options(strategy: str, dataset: Dataset, card: ModelCard) -> dict[str, Any]:
    """The values a person chose, by the name of the recipe's field; None where it was left to the program."""
    usable = applicable_options(strategy, dataset.modality, in_context=card.in_context)
    defaults = default_options(strategy, card)
    if came_divided(dataset):
        usable.pop("validation_share")
    if not dataset.unlabelled:
        usable.pop("self_training", None)
    if not names_to_read(dataset):
        usable.pop("class_names", None)
    if known_devices(workspace()) == ["cpu"]:
        usable.pop("device")
    if st.session_state.get(option_key("time_budget", strategy, card)) is not None:
        usable.pop("epochs", None)
    open_ones = {name: option for name, option in usable.items() if not option.folded}
    values = {name: _widget(name, option, strategy, card, defaults) for name, option in open_ones.items()}
    with st.expander(tr("More options")):
        shots = _widget("shots", usable["shots"], strategy, card, defaults)
        if shots is not None:
            usable.pop("validation_share", None)
        for name, option in usable.items():
            if option.folded and name != "shots":
                values[name] = _widget(name, option, strategy, card, defaults)
            if name == "augmentation":
                _show_variations(dataset, values[name])
    return {**values, "shots": shots}


def forget_choices() -> None:
    """Let the next form of a training begin with what is usual, whatever was chosen before in this session."""
    for key in list(st.session_state):
        if str(key).startswith(("option-", "model-", "strategy", "repeats", "way")):
            del st.session_state[key]


def option_key(name: str, strategy: str, card: ModelCard) -> str:
    """The key of an option's widget: what was chosen for one method and model is not carried over to another."""
    return f"option-{strategy}-{card.id}-{name}"


def choose_repeats() -> int:
    """How many times to train, each time with the next seed."""
    return st.number_input(
        tr("Repeats (seeds)"), 1, MOST_REPEATS, value=1, key="repeats", bind="query-params",
        help=tr("Each time with another random split into training and validation set. How far the scores lie apart "
                "shows how much is chance."),
    )  # fmt: skip


def _widget(name: str, option: Option, strategy: str, card: ModelCard, defaults: dict[str, Any]) -> Any:
    default: Any = defaults.get(name)
    label, key, says = tr(option.label), option_key(name, strategy, card), tr(option.help)
    if option.choices:
        return st.segmented_control(
            label, applicable_choices(name, card.modality), default=default, required=True,
            format_func=lambda choice: tr(option.title(choice)), key=key,
            help=says, bind="query-params",
        )  # fmt: skip
    if option.optional:
        return _field_that_may_stay_empty(option, label, key, says, default)
    assert option.low is not None and option.high is not None
    if option.whole:
        most = card.stages - 1 if name == "layers" and card.stages else int(option.high)
        return st.number_input(
            label,
            int(option.low),
            most,
            value=default,
            step=int(option.step or 1),
            key=key,
            help=says,
            bind="query-params",
        )
    if option.step:
        return st.slider(
            label, option.low, option.high, value=float(default), step=float(option.step), key=key, help=says,
            bind="query-params",
        )  # fmt: skip
    return st.number_input(
        label, option.low, option.high, value=float(default), format="%g", key=key, help=says, step=default / 2,
        bind="query-params",
    )  # fmt: skip


def _field_that_may_stay_empty(option: Option, label: str, key: str, says: str, default: float | None) -> Any:
    """Empty, it stands for what is usual with the method (`default`), else for what `option.empty` says."""
    assert option.low is not None and option.high is not None
    low, high = (int(option.low), int(option.high)) if option.whole else (option.low, option.high)
    return st.number_input(
        label, low, high, value=None, step=option.step or 0.1, key=key, help=says,
        placeholder=plain(option.empty) if default is None else f"{default:g}",
        format=None if option.whole else "%g", bind="query-params",
    )  # fmt: skip


_SHOWN = 5


def _show_variations(dataset: Dataset, level: str) -> None:
    """One example, and what training would see of it in its first epochs."""
    if level == "none":
        return
    import numpy as np

    kind = dataset.kind
    try:
        payload = dataset.payload(0)
    except UnreadableExampleError as error:
        st.error(error_text(error))
        return
    varied = [kind.augment(payload, level, np.random.default_rng([0, epoch, 0])) for epoch in range(1, _SHOWN + 1)]
    view_of(dataset.modality).variations(payload, varied)


# --- a learning rate: a short test on a copy of the model, its curve, and one click to take what it suggests ---

REFRESH_SECONDS = refresh(0.5)


def show_rate_finder(dataset: Dataset, recipe: Recipe, card: ModelCard) -> None:
    """A button, then progress, then the curve with its suggestion."""
    if "learning_rate" not in applicable_options(recipe.strategy, dataset.modality, in_context=card.in_context):
        return
    about = f"{dataset.id}-{recipe.strategy}-{card.id}"
    key = f"rate-{about}"
    job = _job(st.session_state.get(key))
    with st.expander(tr("Find a learning rate"), expanded=job is not None):
        if job is not None and job.status().active:
            _waiting(job)
            return
        if job is not None:
            _show(job, option_key("learning_rate", recipe.strategy, card))
        else:
            st.caption(
                tr("Tries ever bigger updates on a copy of the model and looks where learning turns into damage.")
            )
        if st.button(tr("Try again") if job else tr("Find one"), icon=":material/troubleshoot:", key="find-rate"):
            with problems_shown():
                st.session_state[key] = _start(dataset, recipe).id
                st.rerun()


def _start(dataset: Dataset, recipe: Recipe) -> RunFolder:
    request = {"dataset": dataset.id, "recipe": recipe.to_dict()}
    make_room()
    job = RunFolder.create(workspace().jobs, "find_rate", dataset.title, request)
    launcher().start(job)
    return job


def _job(job_id: str | None) -> RunFolder | None:
    folder = RunFolder(workspace().jobs / job_id) if job_id else None
    return folder if folder and folder.readable else None


@st.fragment(run_every=REFRESH_SECONDS)
def _waiting(job: RunFolder) -> None:
    if not job.status().active:
        draw_anew()
    last = last_progress(job.events())
    if last is None or last.stage != "rate":
        st.progress(0.0, tr(says_place(job) or Message("Getting the model ready")))
    else:
        st.progress(share_of(last), tr(wording(last)))


def _show(job: RunFolder, field: str) -> None:
    ended = next((e for e in reversed(job.events()) if isinstance(e, JobEnded)), None)
    if ended is None or ended.reason != "completed":
        st.warning(tr(ended.message if ended else job.status().reason))
        return
    import plotly.graph_objects as go

    rates, losses, best = (ended.result[name] for name in ("rates", "losses", "suggestion"))
    figure = go.Figure(go.Scatter(x=rates, y=losses, mode="lines", line={"color": TRAINING}, name=plain("training")))
    figure.add_vline(best, line={"color": BASELINE, "dash": "dot"})
    says = plain("Learns well up to about {rate:g}", rate=best * 10)
    figure.update_layout(
        height=260, margin={"l": 8, "r": 8, "t": 36, "b": 8}, showlegend=False, title=says,
        xaxis={"type": "log", "title": plain("Learning rate"), "exponentformat": "power"},
        yaxis={"title": plain("Loss (lower is better)"), "range": [0, 1.5 * max(losses[0], min(losses))]},
    )  # fmt: skip
    show_chart(figure, key="rate-curve", alt=says)
    st.caption(
        tr("To the right of the dotted line there is a reserve of ten: training has to go well many times over.")
    )
    st.button(tr("Use {rate:g}", rate=best), icon=":material/check:", key="use-rate", on_click=_use, args=(field, best))


def _use(field: str, rate: float) -> None:
    st.session_state[field] = rate
