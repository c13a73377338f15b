"""Pictures from phones: what the whole class gathers, as the teacher sees it, and what a student took alone."""

from __future__ import annotations

import streamlit as st

from core.classroom.collecting import albums, gathered, own_album
from core.classroom.page import phone_link, qr_code
from core.classroom.phone import GIVE
from core.classroom.room import MOST_CLASSES, ClassRoom
from core.data.album import KIND
from core.errors import DataError, UserError
from core.messages import Message, counted, quoted
from core.modalities import get_modality
from core.runs.folder import RunFolder
from pages.shared.current import about_dataset
from pages.shared.intake import start_shots
from pages.shared.pages import START, turn_to
from pages.shared.services import addresses, visitor, workspace
from pages.shared.window import is_narrow
from pages.shared.words import plain, problems_shown, title_of, tr

_EVERY = 3
_MADE = "collection-made"
"""In the session: the collection of which a dataset was made, and the job that made it."""
_PASS = "phone-pass"

# --- the teacher's part ---


def show_collecting(room: ClassRoom) -> None:
    """What is gathered from all phones, how far it is, and what becomes of it."""
    st.subheader(tr("Collect pictures together"), anchor=False)
    with problems_shown():
        if room.collection.id:
            _show_collection(room)
        else:
            st.caption(
                tr(
                    "Everybody takes pictures of the same classes with their phone, for one dataset of all. Each keeps "
                    "its giver, and all of a giver's stay on one side of the train / validation split."
                )
            )
            _begin(room)


def _begin(room: ClassRoom) -> None:
    with st.form("begin-collection", border=False):
        name, classes = st.columns(2)
        title = name.text_input(tr("What it is called"), placeholder=plain("such as: Fruit"), key="collection-title")
        given = classes.text_input(
            tr("Its classes, with commas between"), placeholder=plain("such as: apple, banana, pear"),
            key="collection-classes", help=tr("From 2 to {most}.", most=MOST_CLASSES),
        )  # fmt: skip
        if st.form_submit_button(tr("Begin to collect"), icon=":material/photo_camera:"):
            labels = [label for label in given.replace("，", ",").replace("、", ",").split(",") if label.strip()]
            room.collect(title or plain("The class's pictures"), labels)
            st.rerun()


def _show_collection(room: ClassRoom) -> None:
    known = room.collection
    picture, words = st.columns([2, 11], vertical_alignment="center")
    with picture:
        if found := addresses():
            st.image(qr_code(phone_link(room.code, found[0])), width=130)
    with words:
        st.markdown(tr("**{title}**", title=known.title))
        _counts(room)
        st.caption(tr("Scan it with a phone, or press “Take pictures” in the menu at the side."))
        with st.container(horizontal=True):
            if st.button(
                tr("Make a dataset of them"), icon=":material/dataset:", type="primary", key="collection-make"
            ):
                _make(room)
            if st.button(tr("Take no more") if known.open else tr("Take more"), key="collection-open",
                         icon=":material/block:" if known.open else ":material/play_arrow:"):  # fmt: skip
                room.take_pictures(not known.open)
                st.rerun()
            with st.popover(tr("Another collection"), icon=":material/add:"):
                st.markdown(tr("The pictures of this one are no longer offered: make a dataset of them first."))
                _begin(room)


@st.fragment(run_every=_EVERY)
def _counts(room: ClassRoom) -> None:
    found = gathered(room)
    says = [Message("{label}: **{n}**", label=quoted(label), n=n) for label, n in found.classes.items()]
    st.markdown(" · ".join(map(tr, says)))
    n = len(found.givers)
    st.caption(tr(counted("from {n} person", "from {n} people", n=n)))


def _make(room: ClassRoom) -> None:
    """A dataset of all that was given, in place of the one that was made before unless something was done with it."""
    if not gathered(room).pictures:
        raise DataError(Message("Nobody has given a picture yet."))
    start_shots(albums(room), room.collection.title, replaces=_made_before(room))
    st.session_state[_MADE] = room.collection.id, st.session_state["intake"]
    turn_to(START)


def _made_before(room: ClassRoom) -> str | None:
    known, job_id = st.session_state.get(_MADE, ("", ""))
    job = RunFolder(workspace().jobs / job_id)
    if known != room.collection.id or not job.readable:
        return None
    return (job.about().get("result") or {}).get("dataset")


# --- a student's part ---


def show_phone_link(room: ClassRoom) -> None:
    """Above every page while the class collects: the way to the page that takes pictures."""
    if not room.collection.open:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(tr("The class collects pictures: **{title}**", title=room.collection.title), width="stretch")
        st.html(_link())


def show_menu_link() -> None:
    """The same in the menu, at any time."""
    st.html(_link())


def _link() -> str:
    # A link in Markdown would open another window.
    return f'<a href="{GIVE}" target="_self">{plain("Take pictures")}</a>'


def show_own_pictures(room: ClassRoom) -> None:
    """What was taken with a phone for oneself is to become a dataset, or to be added to the one that is open."""
    try:
        shots = own_album(workspace()).shots
    except UserError:  # it is damaged, as the page for the phone says
        return
    if not shots or "intake" in st.session_state:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True), problems_shown():
        n = get_modality(KIND).count(len(shots))
        st.markdown(tr("From your phone: **{examples}**", examples=n), width="stretch")
        opened = _opened()
        if opened and st.button(
            tr("Add to “{title}”", title=title_of(about_dataset(opened)["title"])), key="shots-add"
        ):
            _take_over(opened)
        if st.button(tr("New dataset"), key="shots-new"):
            _take_over(None)


def _opened() -> str | None:
    """The dataset of pictures that this session has open."""
    dataset_id = st.session_state.get("dataset")
    try:
        return dataset_id if dataset_id and about_dataset(dataset_id)["modality"] == KIND else None
    except UserError:  # it was deleted
        return None


def _take_over(into: str | None) -> None:
    album = own_album(workspace())
    title = plain(get_modality(KIND).first_title)
    start_shots([("", str(album.folder))], title, into=into, moves=True)
    turn_to(START)


def show_own_phone(room: ClassRoom) -> None:
    """A QR code with which a phone comes in as the one who looks at this page: once, within ten minutes. Whoever looks
    at it on a phone goes on there."""
    if is_narrow():
        st.html(_link())
    if not (found := addresses()):
        st.warning(tr("This computer is in no network: connect it to the one that the students are in."))
        return
    me = visitor()
    code = st.session_state.get(_PASS, "")
    if not room.is_pass(code):
        code = st.session_state[_PASS] = room.make_pass(me)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(qr_code(phone_link(code, found[0])), width=200)
        st.markdown(
            tr(
                "Scan this with your phone, and take pictures with it: a button for each class. They are here when you "
                "come back. The code is for you alone, once, and within ten minutes: show it to nobody."
            ),
            width="stretch",
        )
