"""Compare: which of some runs is better, and whether anybody can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.evaluation.answers import Answer
from core.messages import NOTHING, Message
from core.modalities import get_modality
from core.results.finished_run import FinishedRun
from core.runs.folder import RunFolder
from core.studies.base import Context
from core.studies.comparison import COMPARISON
from core.studies.comparison.design import (
    FEWEST_SHARED,
    MOST_RUNS,
    OWN,
    SHARED,
    ComparisonDesign,
    common_sets,
    comparable_runs,
    is_evaluated,
    read_runs,
    usual_pair,
)
from core.studies.comparison.findings import findings
from core.studies.comparison.run import as_evaluated, earlier_studies
from core.studies.comparison.table import ComparisonTable
from core.workspace import Workspace, is_safe_id
from pages.shared.current import WORKED, about_dataset, badges, dataset_name, load_dataset, lost, run_labels
from pages.shared.damaged import show_damaged
from pages.shared.dialogs import draw_anew
from pages.shared.examples import show_examples
from pages.shared.glossary import explain
from pages.shared.jobs import make_room
from pages.shared.live_chart import load_plotly
from pages.shared.pages import DATA, RACE, START, TRAIN, TRY, link, show_worked, turn_to
from pages.shared.services import launcher, workspace
from pages.shared.words import error_text, problems_shown, title_of, tr
from pages.studies.comparison_charts import show_overlaid, show_scores
from pages.studies.study import REFRESH_SECONDS, say_state, show_findings, show_progress, show_sheet

_KEY = "compare-runs"
MOST_SHOWN = 12


# --- which runs ---


def _choose(runs: list[RunFolder]) -> list[str]:
    """The runs of `?runs=`, else two that belong together; what is chosen goes into the address."""
    in_address = st.query_params.get("runs", "")
    asked = [run for run_id in in_address.split(",") if (run := _find(run_id))]
    if in_address and _KEY not in st.session_state and len(asked) < len(in_address.split(",")):
        lost(_KEY, Message("Of the runs to compare, not all are here any more."))
    listed = run_labels([*runs, *(run for run in asked if run.id not in {one.id for one in runs})])
    if _KEY not in st.session_state:
        st.session_state[_KEY] = [run.id for run in (asked if len(asked) > 1 else usual_pair(runs))][:MOST_RUNS]
    chosen = st.multiselect(
        tr("Runs"), list(listed), format_func=listed.__getitem__, key=_KEY,
        max_selections=MOST_RUNS, placeholder=tr("Choose two or more"),
    )  # fmt: skip
    if ",".join(chosen) != st.query_params.get("runs"):
        st.query_params["runs"] = ",".join(chosen)
        st.query_params.pop("on", None)
    return chosen


def _find(run_id: str) -> RunFolder | None:
    try:
        folder = RunFolder.find(run_id, workspace())
    except UserError:
        return None
    return folder if is_evaluated(folder) else None


def _asked_study(runs: Sequence[str]) -> RunFolder | None:
    """The study of `?on=` if it is about these runs; a bad value is passed over."""
    asked = st.query_params.get("on", "")
    folder = RunFolder(workspace().studies / asked)
    if not is_safe_id(asked) or not folder.readable or folder.request.get("study") != COMPARISON.id:
        return None
    return folder if set(runs) == set(folder.request["design"]["runs"]) else None


def _compare(chosen: list[str]) -> tuple[ComparisonTable, list[FinishedRun]] | None:
    """The comparison, and the runs as they are evaluated in it, the best first; None where it is said why not."""
    study = _asked_study(chosen)
    if study is not None and not _is_ready(study):
        return None
    if study is None and st.query_params.get("on", OWN) not in (OWN, SHARED):
        st.warning(tr("The evaluation that the link names is not here any more. Here are the runs' own scores."))
    on = SHARED if st.query_params.get("on") == SHARED else OWN
    try:
        design = ComparisonDesign.from_dict(study.request["design"]) if study else ComparisonDesign(tuple(chosen), on)
        events = study.events() if study else list(COMPARISON.run(design, Context(workspace())))
        table = ComparisonTable(design, events)
        runs = {run.id: run for run in as_evaluated(read_runs(chosen, workspace()), design.on, study)}
    except UserError as error:
        st.error(error_text(error))
        return None
    return table, [runs[run.run] for run in table.runs]


# --- the verdict ---


def _show(table: ComparisonTable, runs: list[FinishedRun], *, worked: bool = False) -> None:
    """The verdict, the chart, then where they disagree; every number a click deeper."""
    verdict, *reasons = findings(table)
    st.markdown(f"#### {tr(verdict)}")
    if not table.same_examples and not worked:
        _offer(table, runs)
    _say_on_what(table)
    show_scores(table)
    if reasons:
        show_findings(reasons)
    if not worked:
        _next_step(table, runs)
    scores, differences = table.sheets()
    with st.expander(tr("Show data")):
        show_sheet(scores)
        st.caption(
            tr("This compares these very models. Under another seed the same settings may come out in another order.")
        )
    with st.expander(tr("Learning curves")):
        show_overlaid(table, runs)
    if differences.rows:
        with st.expander(tr("What differs in their settings")):
            show_sheet(replace(differences, title=NOTHING))
    else:
        st.caption(tr(differences.caption))
    if table.same_examples:
        _show_split(table, runs)


def _next_step(table: ComparisonTable, runs: list[FinishedRun]) -> None:
    """The one thing to do next."""
    if not table.same_examples:
        return  # the way to a comparison is the next step
    if table.clear:
        if st.button(tr("Try the better one"), type="primary", icon=":material/arrow_forward:"):
            turn_to(TRY, run=runs[0].id)
        return
    if st.button(tr("Compare methods in a benchmark"), type="primary", icon=":material/flag:"):
        turn_to(RACE, dataset=runs[0].dataset_id)
    st.caption(tr("A benchmark repeats each method under several seeds, so that chance has less of a say."))


# --- where runs were evaluated on different examples ---


def _offer(table: ComparisonTable, runs: list[FinishedRun]) -> None:
    """The ways to a comparison: the examples that evaluated all, and another dataset."""
    assert table.about is not None
    shared = table.about.shared
    st.markdown(f"**{tr('How to compare them after all')}**")
    if shared >= FEWEST_SHARED:
        st.markdown(
            tr("{n} examples evaluated all of them, and trained none. On those alone they can be compared at once.",
               n=shared)
        )  # fmt: skip
        if st.button(tr("Compare on these {n}", n=shared), type="primary", icon=":material/join_inner:"):
            _turn_to(SHARED)
    elif shared:
        st.markdown(tr("Only {n} examples evaluated all of them: too few to compare on.", n=shared))
    else:
        st.markdown(tr("No example evaluated all of them."))
    _another_dataset(table, runs)
    again = earlier_studies([run.id for run in runs], workspace())
    newest = {folder.request["dataset"]: folder for folder in reversed(again)}
    for folder in newest.values():
        said = tr("Evaluated again before, on {name}", name=title_of(folder.title))
        if st.button(said, key=f"again-{folder.id}", icon=":material/history:"):
            _turn_to(folder.id)


def _another_dataset(table: ComparisonTable, runs: list[FinishedRun]) -> None:
    sets = dict(common_sets(runs, workspace()))
    if not sets:
        st.markdown(
            tr("Or upload other examples of the same classes, on which none was trained: then they can be "
               "evaluated again on those.")
        )  # fmt: skip
        link(DATA)
        return
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    chosen = left.selectbox(
        tr("Or let all of them answer another dataset"), list(sets), format_func=_size_of,
        help=tr("Examples that one of the runs was trained on are skipped, and so are their copies and near-copies."),
    )  # fmt: skip
    assert table.about is not None
    if right.button(
        tr("Evaluate them again"), icon=":material/balance:", key="judge-again",
        type="secondary" if table.about.shared >= FEWEST_SHARED else "primary",  # one primary button a page
    ):  # fmt: skip
        design = ComparisonDesign(tuple(run.id for run in runs), chosen)
        request = {"study": COMPARISON.id, "dataset": chosen, "design": design.to_dict()}
        with problems_shown():
            make_room()
            folder = RunFolder.create(workspace().studies, "study", sets[chosen], request)
            launcher().start(folder)
            _turn_to(folder.id)


def _size_of(dataset_id: str) -> str:
    about = about_dataset(dataset_id)
    size = get_modality(about["modality"]).count(sum(about["counts"].values()))
    return tr("{name} · {size}", name=dataset_name(dataset_id), size=size)


def _is_ready(study: RunFolder) -> bool:
    """True when all have answered; else the page shows how far it is, or why it came to nothing."""
    status = study.status()
    if status.state == "completed":
        return True
    if status.active:
        _watch(study)
        return False
    say_state(status)
    if st.button(tr("Back to their own scores"), icon=":material/undo:", type="primary"):
        _turn_to("")
    return False


@st.fragment(run_every=REFRESH_SECONDS)
def _watch(study: RunFolder) -> None:
    status = study.status()
    if not status.active:
        draw_anew()
    show_progress(study, study.events(), status)


def _say_on_what(table: ComparisonTable) -> None:
    """On what they were evaluated, where that is not what each was evaluated on at first."""
    assert table.about is not None
    if table.about.evaluated_on == OWN:
        return
    if table.about.evaluated_on == SHARED:
        st.caption(tr("Only the {n} examples that evaluated all of them count here.", n=table.about.shared))
    else:
        left_out = table.about.left_out
        st.caption(
            tr("Evaluated again on {name}: {n} of its examples. Skipped, because a run was trained on them: "
               "{trained}; because they are nearly copies of such: {near}.",
               name=dataset_name(table.about.evaluated_on), n=table.runs[0].score.n, trained=left_out["taught"],
               near=left_out["near_copies"])
        )  # fmt: skip
    if st.button(tr("Back to their own scores"), icon=":material/undo:"):
        _turn_to("")


def _turn_to(on: str) -> None:
    st.query_params["on"] = on
    if not on:
        st.query_params.pop("on")
    st.rerun()


# --- examples on which two runs disagree ---


def _show_split(table: ComparisonTable, runs: list[FinishedRun]) -> None:
    """Both directions, with what the wrong one predicted instead."""
    st.subheader(tr("Where they disagree"))
    first, second = _pair(table)
    one, other = runs[first], runs[second]
    both = list(zip(one.aligned, other.aligned, strict=True))
    right = sum(a.right and b.right for a, b in both)
    wrong = sum(not a.right and not b.right for a, b in both)
    st.caption(
        tr("Of {n} examples both get {right} right and {wrong} wrong. On the others they disagree: what have those in "
           "common?", n=len(both), right=right, wrong=wrong)
    )  # fmt: skip
    assert table.about is not None
    try:
        on = table.about.evaluated_on
        dataset = load_dataset(one.dataset_id if on in (OWN, SHARED) else on, one.workspace)
    except UserError as error:
        st.info(tr(error.problem))
        return
    _direction(table.names[first], table.names[second], [b for a, b in both if a.right and not b.right], dataset)
    _direction(table.names[second], table.names[first], [a for a, b in both if b.right and not a.right], dataset)


def _pair(table: ComparisonTable) -> tuple[int, int]:
    """The numbers of the two that are looked at: all there are, or those that the person picks."""
    pairs = [(pair.first, pair.second) for pair in table.pairs]
    if len(pairs) == 1:
        return pairs[0]
    said = {pair: tr("{a} and {b}", a=table.names[pair[0]], b=table.names[pair[1]]) for pair in pairs}
    return st.selectbox(tr("Which two"), pairs, format_func=said.__getitem__)


def _direction(right: Message, wrong: Message, mistakes: list[Answer], dataset: Dataset) -> None:
    """`mistakes` are the answers of the one that is wrong."""
    st.markdown(tr("**“{right}” is right and “{wrong}” is wrong: {n}**", right=right, wrong=wrong, n=len(mistakes)))
    at = {example.id: i for i, example in reversed(list(enumerate(dataset.examples)))}
    shown = sorted((a for a in mistakes if a.example in at), key=lambda a: -a.confidence)[:MOST_SHOWN]
    captions = [tr("actual {truth}, predicted {said}", truth=a.truth, said=a.label) for a in shown]
    if shown:
        show_examples(dataset, [at[a.example] for a in shown], captions)
    if len(mistakes) > len(shown):
        st.caption(tr("The {n} most confident mistakes are shown.", n=len(shown)))


def _show_worked() -> None:
    """The two runs that came with the program."""
    home = Workspace.worked()
    chosen = [run.id for run in reversed(comparable_runs(home))]
    design = ComparisonDesign(tuple(chosen), OWN)
    table = ComparisonTable(design, COMPARISON.run(design, Context(home)))
    runs = {run.id: run for run in as_evaluated(read_runs(chosen, home), OWN, None)}
    st.markdown(badges([WORKED]))
    _show(table, [runs[run.run] for run in table.runs], worked=True)


st.title(tr("Compare"))
load_plotly()
runs = comparable_runs(workspace())
if len(runs) < 2:
    show_worked(
        Message("When two runs have finished, this page says which is better and by how much, with the 95\u00a0% "
                "confidence interval."),
        START, TRAIN,
    )  # fmt: skip
    _show_worked()
else:
    chosen = _choose(runs)
    if len(chosen) < 2:
        st.info(tr("Choose one more run to compare with."))
    elif (found := _compare(chosen)) is not None:
        _show(*found)
        explain("interval", "baseline", "p_value", "seed")
show_damaged("runs", "studies")
