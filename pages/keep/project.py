"""Project file: save what is here as one file, to go on elsewhere or to show it; open one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st
from babel import Locale

from core.library.items import KINDS, Item, list_items
from core.messages import Message, counted, languages
from core.project.format import SUFFIX
from core.project.opening import look_into
from core.runs.folder import RunFolder
from pages.shared.downloads import download_address
from pages.shared.jobs import known_background, show_asked, start_asked
from pages.shared.pages import DATA, LIBRARY, RESULT, START, link, show_empty
from pages.shared.services import workspace
from pages.shared.uploads import keep_file
from pages.shared.words import plain, problems_shown, session_language, title_of, tr

_SAVE, _OPEN = "save-project", "open-project"


# --- save -------------------------------------------------------------------------------------------------------------


def _show_save() -> None:
    st.subheader(tr("Save"))
    job = known_background(_SAVE)
    if job is not None:
        show_asked(_SAVE, job, _saved, waits=Message("Getting ready"), again=Message("Save another"))
        return
    items = [item for item in list_items(workspace()) if not item.why]
    if not items:
        show_empty(Message("There is nothing to save yet."), START, DATA)
        return
    chosen = _choose(items)
    originals = not st.toggle(
        tr("To show it to somebody: without the originals"),
        help=tr("Pictures are saved small, messages and rows only up to their middle, and one second of each "
                "recording. Files get numbers for names. Names of classes, titles, notes and results are in it as "
                "they are. Whoever opens it sees all that and can try the models, but cannot train again."),
    )  # fmt: skip
    if st.button(tr("Save the project"), type="primary", icon=":material/save:", key="save", disabled=chosen is None):
        with problems_shown():
            request = {"items": chosen, "language": session_language().code, "originals": originals}
            start_asked(_SAVE, "save_project", "project", request)
            st.rerun()
    st.caption(
        tr("One file with everything you choose: datasets and their versions, runs, studies, added classes, notes "
           "and exports. A paused training can be resumed where the file is opened.")
    )  # fmt: skip


def _choose(items: list[Item]) -> list[str] | None:
    """The ids of what is to be saved, none for everything; None where nothing is chosen yet."""
    labels = _labels(items)
    in_address = [item_id for item_id in st.query_params.get("items", "").split(",") if item_id]
    asked = [item_id for item_id in in_address if item_id in labels]
    if lost := len(in_address) - len(asked):
        st.warning(
            tr(counted("{n} entry that the link names is not here any more.",
                       "{n} entries that the link names are not here any more.", n=lost))
        )  # fmt: skip
    some = st.segmented_control(
        tr("What"), ["all", "some"], default="some" if asked else "all", required=True, key="project-what",
        format_func=lambda what: tr("Everything") if what == "all" else tr("Choose"), label_visibility="collapsed",
    )  # fmt: skip
    if some == "all":
        return []
    chosen = st.multiselect(
        tr("Datasets, runs, studies"), list(labels), default=asked, format_func=labels.__getitem__,
        placeholder=tr("Choose one or more"), key="project-items",
        help=tr("What belongs to it comes along: the dataset of a run, the runs of a study, versions of a dataset."),
    )  # fmt: skip
    return chosen or None


def _labels(items: list[Item]) -> dict[str, str]:
    """A name for each by its id, no two the same."""
    named = {
        item.id: plain("{kind}: {title}, {detail}, {when:date}", kind=KINDS[item.kind], title=title_of(item.title),
                       detail=item.detail, when=item.created)
        for item in items
    }  # fmt: skip
    times = Counter(named.values())
    return {item_id: name if times[name] == 1 else f"{name} ({item_id[-8:]})" for item_id, name in named.items()}


def _saved(job: RunFolder, result: dict[str, Any]) -> None:
    n = len(result["items"])
    st.success(
        tr(counted("**Saved**: {n} entry, {size:bytes}", "**Saved**: {n} entries, {size:bytes}", n=n,
                   size=result["bytes"]))
    )  # fmt: skip
    for note in result["notes"]:
        st.warning(tr(note))
    st.caption(
        tr("It holds your examples: look at it before you pass it on.") if job.request["originals"]
        else tr("It shows your examples small or in part: look at it before you pass it on.")
    )  # fmt: skip
    st.link_button(
        tr("Download the project ({size:bytes})", size=result["bytes"]), download_address(job.id, result["file"]),
        type="primary", icon=":material/download:",
    )  # fmt: skip


# --- open -------------------------------------------------------------------------------------------------------------


def _show_open() -> None:
    st.subheader(tr("Open"))
    job = known_background(_OPEN)
    if job is not None:
        show_asked(_OPEN, job, _opened, waits=Message("Getting ready"), again=Message("Open another"))
        return
    upload = st.file_uploader(tr("A project file ({ending})", ending=SUFFIX), type=[SUFFIX[1:]], key="project-upload")
    if upload is None:
        st.caption(
            tr("What is in it comes beside what is here. Nothing that is here is replaced. What is too large for this "
               "page is opened with `python -m core project open FILE`.")
        )  # fmt: skip
        return
    with problems_shown():
        path = keep_file(upload)
        _show_inside(path, upload.name)


def _show_inside(path: Any, name: str) -> None:
    """What is in the file, before anything of it is taken."""
    manifest = look_into(path, workspace())
    n = len(manifest.items)
    st.markdown(
        tr(counted("**{name}** · {n} entry, {size:bytes}, saved on {when:date}",
                   "**{name}** · {n} entries, {size:bytes}, saved on {when:date}", n=n, name=name, size=manifest.bytes,
                   when=manifest.created))
    )  # fmt: skip
    if not manifest.originals:
        st.info(tr("To look at only: it holds the examples small or in part, not the originals."))
    column = st.column_config
    st.dataframe(
        [{plain("Kind"): plain(KINDS[item.kind]), plain("Name"): title_of(item.title),
          plain("What"): plain(item.detail)}
         for item in manifest.items],
        hide_index=True, height=min(320, 38 + 35 * n),
        column_config={plain("Kind"): column.TextColumn(width=80), plain("Name"): column.TextColumn(width=160)},
    )  # fmt: skip
    if st.button(tr("Open it"), type="primary", icon=":material/folder_open:", key="open-it"):
        start_asked(_OPEN, "open_project", name, {"source": str(path), "name": name})
        st.rerun()


def _opened(job: RunFolder, result: dict[str, Any]) -> None:
    added, there, kept = (result[part] for part in ("added", "already", "kept"))
    n = len(added)
    st.success(tr(counted("**Opened**: {n} entry is new here.", "**Opened**: {n} entries are new here.", n=n)))
    if there:
        st.caption(tr(counted("{n} was here already.", "{n} were here already.", n=len(there))))
    for item in kept:
        st.warning(tr("'{title}' is here in another state. The one that is here stays.", title=item["title"]))
    for note in result["notes"]:
        st.info(tr(note))
    code = result["language"]
    if code in languages() and code != session_language().code:
        name = Locale.parse(code.replace("-", "_")).display_name or code
        if st.button(tr("The project was made in {language}: switch to it", language=name), key="project-language"):
            st.query_params["lang"] = code
            st.rerun()
    with st.container(horizontal=True):
        run = next((one for one in (*added, *there) if one["kind"] == "run" and one["state"] == "completed"), None)
        dataset = next((one for one in (*added, *there) if one["kind"] == "dataset"), None)
        if run:
            link(RESULT, Message("Look at the run '{title}'", title=run["title"]), run=run["id"])
        if dataset:
            link(DATA, Message("Look at the dataset '{title}'", title=dataset["title"]), dataset=dataset["id"])
        link(LIBRARY)


st.title(tr("Project file"))
left, right = st.columns(2, gap="large")
with left:
    _show_save()
with right:
    _show_open()
