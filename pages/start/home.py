"""Start: what this is, a sample to begin with, and what was trained so far."""

from __future__ import annotations

import streamlit as st

from core.data.samples import SAMPLES, Sample, held_back, sample_folder
from core.events import Score
from core.messages import Message
from core.runs.folder import RunFolder, list_runs, unreadable_runs
from core.studies.benchmark.candidates import benchmark_of, stands_alone
from core.workspace import is_safe_id
from pages.shared.current import method_of, model_title
from pages.shared.damaged import show_damaged
from pages.shared.examples import view_of
from pages.shared.glossary import show_glossary
from pages.shared.intake import start_intake, watch_intake
from pages.shared.pages import DATA, RACE, RESULT, TRAIN, link, turn_to
from pages.shared.room import warn_of_room
from pages.shared.services import workspace
from pages.shared.words import STATES, Markdown, escape, plain, problems_shown, title_of, tr

RECENT = 6


def _sample_card(sample: Sample) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"#### {tr(sample.title)}")
        st.caption(tr(sample.description))
        _taste(sample)
        if st.button(tr("Train on this"), key=f"sample-{sample.id}", icon=":material/play_arrow:"):
            with problems_shown():
                start_intake(f"sample:{sample.id}", then_train=True)
                st.rerun()


def _taste(sample: Sample) -> None:
    if sample.id == "digits":
        preview = (sample_folder() / "digits_preview.png").read_bytes()
        st.image(preview, alt=plain("The digits 0 to 9, written by hand"))
    else:
        view_of(sample.modality).given(held_back(sample.id))


def _recent(folder: RunFolder) -> None:
    about, status = folder.about(), folder.status()
    word, icon = STATES[status.state]
    result = about.get("result") or {}
    found = result.get("test") or result.get("validation")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        recipe = about["request"]["recipe"]
        st.markdown(
            tr("**{title}** · {model} · {method} · {icon} {state}", title=about["title"],
               model=model_title(recipe["model"]), method=method_of(recipe),
               icon=Markdown(f":material/{icon}:"), state=word),
            width="stretch",
        )  # fmt: skip
        if found:
            score = Score.from_dict(found)
            st.markdown(
                tr(
                    "{share:percent} ({interval:percent}, n={n})",
                    share=score.accuracy,
                    interval=score.interval,
                    n=score.n,
                )
            )
        page = RESULT if status.state in ("completed", "stopped") and found else TRAIN
        link(page, Message("Open"), run=folder.id)


def _race(race_id: str) -> None:
    """One benchmark, in place of the many trainings it was made of."""
    folder = RunFolder(workspace().studies / race_id)
    if not is_safe_id(race_id) or not folder.readable:  # it was deleted, its runs were not
        return
    word, icon = STATES[folder.status().state]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape(title_of(folder.title))}** · :material/{icon}: {tr(word)}", width="stretch")
        link(RACE, Message("Open"), study=race_id)


st.title(tr("Finetune Lab"))
st.markdown(
    tr(
        "A **pretrained** model has already learnt to see, to hear or to read, from millions of examples. Here you "
        "train it on a handful of examples of your own: that is **fine-tuning**. You watch it learn, see how far "
        "it can be trusted, and try it on new examples. Everything stays on this computer."
    )
)

warn_of_room()
if not watch_intake():
    left, right = st.columns(2)
    for i, sample in enumerate(SAMPLES):
        with (left, right)[i % 2]:
            _sample_card(sample)
    if st.button(tr("Use my own files"), icon=":material/folder_open:"):
        turn_to(DATA)

    runs = list_runs(workspace())
    alone = [run for run in runs if stands_alone(run, workspace())]
    if runs:
        st.subheader(tr("Your latest runs"))
        for run in alone[:RECENT]:
            _recent(run)
    if earlier := unreadable_runs(workspace()):
        st.caption(tr(earlier))
    show_damaged("runs", "studies", "datasets")
    races = dict.fromkeys(race_id for run in runs if (race_id := benchmark_of(run)))
    if races:
        with st.expander(tr("Benchmarks"), icon=":material/flag:"):
            for race_id in list(races)[:RECENT]:
                _race(race_id)

    show_glossary()
