"""What a browser and this server say to each other through the websocket of a page, as far as a class has to know it.

Its access control (`core.classroom.access`) must tell which files a page was told of. It reads the fields in which
Streamlit names them, and no text: a student decides what stands in many of those, and could have the address of
another's file said to themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from google.protobuf.message import DecodeError
from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from core.classroom.access import Said

_MOST_FILES = 10_000
"""So many are named when they are about to be sent; each gets an address, while everybody waits."""
_PART = 0.1
"""The work of drawing a part of a page, as timers ask for every few seconds."""
_MEDIA = re.compile(r"/media/([0-9a-f]{32})(?:\.\w+)?")
"""How Streamlit names the pictures, sounds and downloads of a page: by a digest of their content."""


def said(message: bytes) -> Said | None:
    """What a browser says; None for what no page of ours ever says."""
    heard = BackMsg()
    try:
        heard.ParseFromString(message)
    except DecodeError:
        return None
    match heard.WhichOneof("type"):
        case "rerun_script":
            return Said(work=_PART if heard.rerun_script.fragment_id else 1)
        case "stop_script" | "app_heartbeat":
            return Said()
        case "file_urls_request":
            return Said(work=_PART) if len(heard.file_urls_request.file_names) <= _MOST_FILES else None
        case "backend_operation_request":
            asked = heard.backend_operation_request
            match asked.WhichOneof("payload"):
                case "deferred_file" if asked.deferred_file.file_id:
                    return Said(asked.deferred_file.file_id, work=1)
                case "dataframe_chunk":  # Streamlit looks whose table it is
                    return Said(work=_PART)
    # Streamlit would hear more: to empty everybody's caches, the launcher among them, or to say what the folder of the
    # program is like in git.
    return None


def names(told: bytes) -> Collection[str]:
    """The files that a browser is told to fetch, or may want to be made."""
    message = ForwardMsg()
    message.ParseFromString(told)
    kind, found, made = message.WhichOneof("type"), [], ""
    if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
        element = message.delta.new_element
        match element.WhichOneof("type"):
            case "imgs":
                found = [image.url for image in element.imgs.imgs]
            case "audio":
                found = [element.audio.url]
            case "download_button":
                found, made = [element.download_button.url], element.download_button.deferred_file_id
    elif kind == "page_config_changed":
        found = [message.page_config_changed.favicon]
    elif kind == "logo":
        found = [message.logo.image, message.logo.icon_image]
    elif kind == "backend_operation_response":
        found = [message.backend_operation_response.deferred_file.url]
    files = [name[1] for url in found if (name := _MEDIA.fullmatch(url))]
    return [*files, made] if made else files


def held(sessions: Collection[str] | None = None) -> int:
    """Bytes in memory that browsers sent in these sessions, or in all."""
    files = runtime.get_instance().uploaded_file_mgr
    assert isinstance(files, MemoryUploadedFileManager), "Streamlit keeps uploads in memory"
    kept = files.file_storage
    chosen = list(kept) if sessions is None else sessions
    return sum(len(file.data) for one in chosen for file in list(kept.get(one, {}).values()))
