"""A model that answers live: what the camera or the microphone gives, several times a second, in the browser itself.

It is the page that one can take away (`core.export.page`), reduced to this one thing, with the very network of the run.
It is made once by a job and kept; this server hands it out, and nothing that is seen or heard comes back to it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.export.page import live_version, no_live_page
from core.jobs.exporting import LIVE
from core.messages import Message
from core.modalities.base import Modality
from core.models.added import list_added
from core.runs.folder import RunFolder
from core.workspace import is_safe_id
from pages.shared.jobs import made_before, show_asked, start_asked
from pages.shared.services import own_address, workspace
from pages.shared.words import plain, problems_shown, session_language, tr

_HTML = '<iframe allow="camera; microphone; autoplay"></iframe>'
_CSS = "iframe { display: block; width: 100%; height: 9rem; border: 0; background: transparent; color-scheme: normal; }"
_JS = """
const COLOURS = { ink: "text-color", ground: "background-color", raised: "secondary-background-color",
  thin: "border-color", accent: "primary-color" };

export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector("iframe");
  frame.title = data.title;
  const dress = () => {
    const page = frame.contentDocument?.documentElement;
    if (!page) return;
    const look = getComputedStyle(frame);
    for (const [name, own] of Object.entries(COLOURS)) {
      page.style.setProperty(`--${name}`, look.getPropertyValue(`--st-${own}`));
    }
  };
  if (frame.getAttribute("src") === data.address) return dress();
  frame.onload = () => {
    dress();
    const body = frame.contentDocument.body;
    new ResizeObserver(() => { frame.style.height = `${body.scrollHeight + 4}px`; }).observe(body);
  };
  frame.src = data.address;
}
"""


@cache
def _frame() -> Any:
    return st.components.v2.component("finetune_lab.live", html=_HTML, css=_CSS, js=_JS)


def show_live(run: RunFolder, kind: Modality[Any, Any]) -> bool:
    """The live answers of a finished run, or why there are none; the first time, how far the making of them is. It
    needs some 280 pixels. Whether there are any, as far as that is known."""
    if missing := no_live_page(kind):
        st.caption(tr(missing))
        return False
    found: list[bool] = []
    language, added = session_language().code, [one.id for one in list_added(run.path)]
    request = {"run": run.id, "language": language, "added": added, "made_of": live_version()}
    key = "-".join(["live", *map(str, request.values())])
    with problems_shown():
        job = made_before(key, "live", request) or start_asked(key, "live", run.title, request)
        show_asked(
            key, job, lambda job, made: found.append(_show(run, job, made)), waits=Message("Getting the model ready"),
            again=Message("Try again"), once=True,
        )  # fmt: skip
    return found != [False]


def _show(run: RunFolder, job: RunFolder, made: dict[str, Any]) -> bool:
    if "missing" in made:
        st.caption(tr(made["missing"]))
        return False
    _frame()(key=f"live-{run.id}", data={"address": own_address(_address(job.id)), "title": plain("Live answers")})
    st.caption(tr("The model runs in this browser: nothing that is seen or heard leaves it."))
    return True


def live_route() -> Route:
    return Route(_address("{job}"), _fetched)


def _address(job_id: str) -> str:
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"{base and '/'}{base}/live/{job_id}.html"


async def _fetched(request: Request) -> Response:
    job = request.path_params["job"]
    path = workspace().jobs / job / LIVE
    if not is_safe_id(job) or not path.is_file():
        return PlainTextResponse("Not Found", 404)
    # It never changes: whatever would make another one of it makes another job.
    return FileResponse(path, media_type="text/html", headers={"Cache-Control": "private, max-age=604800, immutable"})
