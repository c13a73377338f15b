"""Result: how good it is and how sure one can be, where it fails, how it learnt."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.evaluation.confusion import ClassScore, class_scores, confusion_matrix
from core.events import RunEnded
from core.runs.folder import RunFolder, ending, list_runs
from core.runs.progress import Progress, follow
from core.training.answers import Answer, read_answers
from core.training.recipe import options
from core.training.strategies import STRATEGIES
from pages.shared.charts import show_confusion
from pages.shared.current import (
    choose_run,
    dataset_name,
    finished_run,
    has_model,
    load_dataset,
    run_name,
    says_ancestry,
)
from pages.shared.empty import show_empty
from pages.shared.gallery import show_examples
from pages.shared.live_chart import load_plotly, show_curves
from pages.shared.pages import START, TRAIN, TRY
from pages.shared.services import workspace
from pages.shared.words import duration, escape, percent, score_sentence, share_range, tr

MOST_WRONG = 12


def _score(ended: RunEnded, dataset: Dataset, answers: list[Answer], training_labels: list[str]) -> None:
    found = ended.test or ended.validation
    if found is None:
        st.warning(tr("Nothing was held back, so how good it is cannot be told. Add a second example to your classes."))
        return
    guess = _commonest(training_labels) if training_labels else None
    st.markdown(f"#### {score_sentence(found, dataset.modality, guess and escape(guess))}")
    if ended.chosen and not ended.test:
        when = tr("It was stopped, and the") if ended.reason == "stopped" else tr("The")
        st.caption(
            tr(
                "{when} best moment (epoch {n}) was picked by looking at these very examples: "
                "the score is a little too kind.",
                when=when,
                n=ended.epoch,
            )
        )
    elif not ended.test:
        st.caption(
            tr(
                "These examples were held back: the model never learnt from them, "
                "and no choice was made by looking at them."
            )
        )


def _commonest(labels: list[str]) -> str:
    from core.evaluation.score import majority_label

    return majority_label(labels)


def _where_it_fails(dataset: Dataset, answers: list[Answer]) -> None:
    said, truth = [a.label for a in answers], [a.truth for a in answers]
    matrix = confusion_matrix(said, truth, dataset.classes)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        st.subheader(tr("What is taken for what"))
        show_confusion(matrix, dataset.classes)
    with right:
        st.subheader(tr("Class by class"))
        rows = [
            {
                tr("class"): s.label,
                tr("judged"): s.n,
                tr("found"): _found(s),
                tr("right if said"): percent(s.precision) if s.precision is not None else "-",
            }
            for s in class_scores(matrix, dataset.classes)
        ]
        st.dataframe(rows, hide_index=True)
        st.caption(
            tr("“Found”: of the examples of this class, the share it recognised (in brackets: where that "
                "may really lie). “Right if said”: of its answers "
               "naming this class, the share that was right.")
        )  # fmt: skip


def _found(scored: ClassScore) -> str:
    if scored.recall is None or scored.recall_interval is None:
        return "-"
    return f"{percent(scored.recall)}  ({share_range(scored.recall_interval)})"


def _most_wrong(dataset: Dataset, answers: list[Answer]) -> None:
    wrong = sorted((a for a in answers if not a.right), key=lambda a: -a.confidence)
    st.subheader(tr("The most wrong"))
    if not wrong:
        st.markdown(tr("None: every judged example was right."))
        return
    st.caption(tr("Wrong answers, the surest first: {n} in all. Look for what they have in common.", n=len(wrong)))
    at = {example.id: i for i, example in enumerate(dataset.examples)}
    shown = [a for a in wrong if a.example in at][:MOST_WRONG]
    captions = [
        tr("is {truth}, said {said} ({p})", truth=a.truth, said=a.label, p=percent(a.confidence)) for a in shown
    ]
    show_examples(dataset, [at[a.example] for a in shown], captions)


def _how_it_was_trained(folder: RunFolder, ended: RunEnded) -> None:
    progress = follow(folder.events())
    started = progress.started
    st.subheader(tr("How it learnt"))
    if started is None:
        return
    if len(progress.epochs) < 2:
        st.caption(tr("Nothing was trained in steps, so there is no curve."))
    else:
        _curves(folder, progress, started.baseline, started.epochs)
    with st.expander(tr("The recipe")):
        if started.why:
            st.markdown(escape(started.why))
        recipe = started.recipe
        st.markdown(tr("From: {chain}", chain=says_ancestry(f"run:{folder.id}")))
        st.markdown(tr("What learnt: {what}", what=tr(STRATEGIES[recipe["strategy"]].title)))
        for name, option in options().items():
            if recipe.get(name) is not None:
                st.markdown(f"{tr(option.label)}: {escape(str(recipe[name]))}")
        st.markdown(tr("Data: {name}", name=escape(dataset_name(started.dataset))))
        st.markdown(f"{escape(started.split)}")
        st.markdown(tr("It took {time}.", time=duration(ended.seconds)))


def _curves(folder: RunFolder, progress: Progress, baseline: float | None, epochs: int) -> None:
    show_curves(folder.id, progress, baseline, epochs)
    with st.expander(tr("The same as a table")):
        st.dataframe(
            [
                {
                    tr("epoch"): e.epoch,
                    tr("training loss"): e.train_loss,
                    tr("training accuracy"): e.train_accuracy,
                    tr("validation loss"): e.validation_loss,
                    tr("validation accuracy"): e.validation_accuracy,
                }
                for e in progress.epochs
            ],
            hide_index=True,
        )


def _choose(current: RunFolder) -> RunFolder:
    finished = {folder.id: folder for folder in list_runs(workspace()) if has_model(folder)}
    if len(finished) < 2:
        return current
    ids = list(finished)
    chosen = st.selectbox(
        tr("Run"), ids, index=ids.index(current.id), format_func=lambda run_id: run_name(finished[run_id])
    )
    if chosen != current.id:
        choose_run(finished[chosen])
        st.rerun()
    return current


st.title(tr("Result"))
run = finished_run()
if run is None:
    show_empty("When a run has finished, this page says how good it is and where it fails.", START, TRAIN)
else:
    _choose(run)
    about = run.about()
    load_plotly()
    ended = ending(run.events())
    try:
        data = load_dataset(about["request"]["dataset"])
    except UserError as error:
        data = None
        st.error(escape(str(error)))
    if ended and data:
        everything = read_answers(run.path)
        judged = [a for a in everything if a.part == ("test" if ended.test else "validation")]
        judged_ids = {a.example for a in everything}
        _score(ended, data, judged, [e.label for e in data.examples if e.id not in judged_ids])
        if judged:
            _where_it_fails(data, judged)
            _most_wrong(data, judged)
        _how_it_was_trained(run, ended)
        if st.button(tr("Try it on something new"), type="primary", icon=":material/arrow_forward:"):
            st.switch_page(TRY, query_params={"run": run.id})
