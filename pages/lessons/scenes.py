"""The scenes of the demo: what stands on the wall, and what its presenter may say. All of it was measured by this
program on the bundled clip art."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import streamlit as st

from core.messages import Message
from core.results.errors import Errors
from core.results.finished_run import FinishedRun
from core.studies.few_shot import FEW_SHOT
from core.studies.few_shot.shown import read_shown
from core.studies.transfer import TRANSFER
from core.workspace import Workspace
from pages.shared.current import open_run
from pages.shared.examples import show_examples, view_of
from pages.shared.pages import DATA, LESSONS, START, link
from pages.shared.wall import show_replay
from pages.shared.words import escape, percent, tr
from pages.studies.episode import show_episode
from pages.studies.square import ALL, PRETRAINED, SCRATCH, show_square
from pages.studies.study import worked_study
from pages.studio.beginning import worked_run

_OF_EACH = 5
_MISTAKES = 6


@dataclass(frozen=True)
class Scene:
    """What stands on the wall under a `title`, what to say meanwhile, and for how long (in seconds)."""

    title: Message
    show: Callable[[], None]
    say: Message
    seconds: int


def _run() -> FinishedRun:
    return open_run(worked_run(), Workspace.worked())


def _square(told: Collection[str]) -> None:
    if shown := worked_study(TRANSFER):
        show_square(shown, told)


def _classes() -> None:
    """Five examples of each class, a row each."""
    dataset = _run().dataset
    for label in dataset.classes:
        name, row = st.columns([1, 6], vertical_alignment="center")
        name.markdown(f"#### {escape(label)}")
        with row:
            own = [place for place, one in enumerate(dataset.examples) if one.label == label]
            view_of(dataset.modality).strip(dataset, own[:_OF_EACH])


def _watch() -> None:
    run = _run()
    if run.history is not None:
        show_replay(run, run.history)


def _mistakes() -> None:
    run = _run()
    if run.score is not None:
        columns = st.columns(3)
        columns[0].metric(tr("Accuracy"), percent(run.score.accuracy))
        columns[1].metric(tr("95\u00a0% confidence interval"), tr("{interval:percent}", interval=run.score.interval))
        columns[2].metric(tr("New pictures"), run.score.n)
    wrong = Errors(run).mistakes[:_MISTAKES]
    said = [Message("{said} instead of {truth}", said=one.label, truth=one.truth) for one in wrong]
    show_examples(run.dataset, [run.place[one.example] for one in wrong], said)


def _few() -> None:
    shown = worked_study(FEW_SHOT)
    if shown and shown.dataset:
        show_episode(read_shown(shown.folder.path)[0], shown.dataset)


def _own() -> None:
    for says in (
        Message("**Bring examples**: photos, messages, recordings or a table. A handful of each class is enough."),
        Message("**Press Train**, and watch. On a laptop it takes seconds to minutes."),
        Message("**Take the model away**: as one file that answers in any browser, or as a folder for a program."),
        Message("Nothing leaves this computer: no account, no network."),
    ):
        st.markdown(f"#### {tr(says)}")
    with st.container(horizontal=True):
        link(START, Message("Open the Studio"))
        link(DATA, Message("Use my own"))
        link(LESSONS)


SCENES = (
    Scene(
        Message("Can a computer learn to tell these apart?"), _classes,
        Message("Nobody writes rules here. The computer gets {n} pictures of each class and their names, as a child "
                "would. Then it names pictures that it has never seen.", n=_OF_EACH),
        30,
    ),
    Scene(
        Message("How many of 100 new pictures will be right?"), lambda: _square(()),
        Message("Ask the audience for a guess. The dotted line is what always naming the same class would give. "
                "Somebody keeps the guesses."),
        35,
    ),
    Scene(
        Message("From scratch: {n} pictures of each class are not enough", n=_OF_EACH),
        lambda: _square((SCRATCH,)),
        Message("A network that has never seen a picture begins with random numbers. The thin line shows how much "
                "luck is in the figure: it was repeated with other pictures."),
        30,
    ),
    Scene(
        Message("Pretrained: the same pictures are enough"), lambda: _square((SCRATCH, PRETRAINED)),
        Message("This network was trained on a million photos of other things before. Only its last layer is new. That "
                "is transfer learning, and it is why small companies and schools can train models today."),
        40,
    ),
    Scene(
        Message("The same pictures, with augmentation and ensembling"), lambda: _square(ALL),
        Message("Now each picture is also shown cropped and mirrored, and several models vote: the darker bars. How "
                "much does that add, and does it help the network from scratch as much?"),
        30,
    ),
    Scene(
        Message("Watch it learn"), _watch,
        Message("Each picture is one that it did not learn from. It begins by naming the same class for all of them. "
                "Press Play, and watch crosses turn into ticks."),
        40,
    ),
    Scene(
        Message("How good is it, and where is it wrong?"), _mistakes,
        Message("The figure was measured on validation pictures, and it has a range. Look at the mistakes "
                "before you trust the model. What do they have in common?"),
        35,
    ),
    Scene(
        Message("Three examples of something new"), _few,
        Message("The network itself is not trained any more: each new picture goes to the class whose examples lie "
                "nearest. So a new class takes a few pictures and no time at all."),
        35,
    ),
    Scene(
        Message("Now with your own examples"), _own,
        Message("Ask for something from the room: two kinds of pens, two faces somebody can pull, two tunes. Record "
                "ten of each in the Studio with the camera, and train while they watch."),
        25,
    ),
)  # fmt: skip
