"""Files that are too large to pass through a page's memory: a browser fetches them from the job that made them."""

from __future__ import annotations

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.jobs.batching import SORTED
from core.jobs.keeping import CLASS, PROJECT
from core.runs.folder import RunFolder
from core.workspace import is_safe_id
from pages.shared.services import own_address, workspace

_NAMES = {SORTED: "finetune-lab-sorted.zip", PROJECT: "finetune-lab-project.ftlab", CLASS: "finetune-lab-class.zip"}
"""Every file that may be fetched, and what it is called on the visitor's side unless its job says otherwise."""


def downloads_route() -> Route:
    return Route(_address("{job}", "{file}"), _fetched)


def download_address(job_id: str, file: str) -> str:
    """Where a file of a job can be fetched."""
    return own_address(_address(job_id, file))


def _address(job: str, file: str) -> str:
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"{base and '/'}{base}/made/{job}/{file}"


async def _fetched(request: Request) -> Response:
    job, file = request.path_params["job"], request.path_params["file"]
    path = workspace().jobs / job / file
    if file not in _NAMES or not is_safe_id(job) or not path.is_file():
        return PlainTextResponse("Not Found", 404)
    about = RunFolder(path.parent)
    called = about.request.get("called") if about.readable else None
    return FileResponse(path, filename=called or _NAMES[file], headers={"Cache-Control": "no-store"})
