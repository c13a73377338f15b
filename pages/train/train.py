"""Train: choose a model and a fine-tuning method, press Train, watch."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.messages import Message, sentences
from core.models.card import ModelCard
from core.models.catalogue import get_card
from core.runs.progress import RunProgress
from core.training.spec.plan import Plan, make_plan
from core.training.spec.recipe import ANY_MODEL, Recipe
from core.training.spec.strategies import STRATEGIES, strategies_for, usual_strategy
from pages.shared.current import asked_run, current_dataset_id, dataset_line, load_dataset
from pages.shared.damaged import show_damaged
from pages.shared.glossary import explain
from pages.shared.live_chart import load_plotly, show_curves
from pages.shared.pages import DATA, START, show_empty
from pages.shared.services import workspace
from pages.shared.words import error_text, tr
from pages.train.form import choose_model_or_any, choose_options, choose_repeats, says_time, show_rate_finder
from pages.train.running import show_run, start_runs


def _form(dataset: Dataset) -> None:
    """The model and the method, then the button; what need not be touched comes after it, also on a phone."""
    for_model, for_method = st.columns([5, 7], gap="large")
    for_train = st.container()
    for_options, for_curves = st.columns([5, 7], gap="large")
    with for_model:
        chosen = choose_model_or_any(dataset)
        card = chosen or get_card(dataset.kind.default_model, workspace())
    with for_method:
        strategy = _choose_strategy(chosen) if chosen else "auto"
        if not chosen:
            st.caption(tr(STRATEGIES["auto"].described(card).sentence))
    with for_options:
        values = choose_options(strategy, dataset, card)
        repeats = choose_repeats()
        explain("pretrained", "fine_tuning", "validation", "epoch", "learning_rate", "augmentation")
    with for_train:
        try:
            recipe = Recipe(model=chosen.id if chosen else ANY_MODEL, strategy=strategy, **values)
            plan = make_plan(dataset, recipe, workspace())
            plan.require_room(workspace())
        except UserError as error:
            st.error(error_text(error))
            return
        _train(dataset, recipe, plan, card, repeats)
    with for_curves:
        show_curves("preview", RunProgress(), plan.baseline, plan.recipe.epochs or 1)
        show_rate_finder(dataset, recipe, card)


def _train(dataset: Dataset, recipe: Recipe, plan: Plan, card: ModelCard, repeats: int) -> None:
    """The button, and what it will do."""
    if st.button(tr("Train"), type="primary", icon=":material/play_arrow:", width="stretch", key="train"):
        start_runs(dataset.id, dataset.title, recipe, repeats)
    st.caption(tr(sentences(says_time(plan, dataset, card, repeats), plan.split.reason)))
    if plan.why:
        method = STRATEGIES[plan.recipe.strategy].described(plan.card).title
        st.info(tr("**{method}.** {why}", method=method, why=plan.why))


def _choose_strategy(card: ModelCard) -> str:
    """An untrained network has methods of its own, and its choice is kept apart."""
    chosen = st.segmented_control(
        tr("Fine-tuning method"),
        list(strategies_for(card)),
        format_func=lambda name: tr(STRATEGIES[name].described(card).title),
        default=usual_strategy(card),
        required=True,
        key="strategy-blank" if card.blank else "strategy-in-context" if card.in_context else "strategy",
        bind="query-params",
        wrap=True,  # else what does not fit is hidden
    )
    method, source = STRATEGIES[chosen].described(card), STRATEGIES[chosen].source
    st.caption(
        tr("**{title}.** {sentence}", title=method.full_title, sentence=method.sentence),
        help=tr("After {source}", source=source) if source else None,
    )
    return chosen


head = st.container(horizontal=True, vertical_alignment="center")
head.title(tr("Train"), width="content")
run = asked_run()
if run is not None:
    show_run(run)
else:
    dataset_id = current_dataset_id()
    if dataset_id is None:
        says = Message("There is nothing to train on yet. Take a sample in the Studio, or upload your own files.")
        show_empty(says, START, DATA)
    else:
        dataset = load_dataset(dataset_id)
        head.markdown(dataset_line(dataset), width="stretch")
        _form(dataset)
load_plotly()
show_damaged("runs", "datasets")
