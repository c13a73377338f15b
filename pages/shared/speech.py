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

_PLAIN = ("rerun_script", "stop_script", "app_heartbeat", "file_urls_request")
"""What a page says. Streamlit would hear more: to empty the caches of everybody, launcher included, and what the
folder of the program is like in git."""
_MOST_FILES = 10_000
"""So many are named when they are about to be sent; each gets an address, while everybody waits."""
_MADE, _ROWS = "deferred_file", "dataframe_chunk"
_MEDIA = re.compile(r"/media/([0-9a-f]{32})(?:\.\w+)?")
"""How Streamlit names the pictures, sounds and downloads of a page: by a digest of their content."""


def wants(said: bytes) -> str | None:
    """The name of the file that a browser wants to be made now, "" where it wants none; None for what no page of ours
    ever says."""
    message = BackMsg()
    try:
        message.ParseFromString(said)
    except DecodeError:
        return None
    kind = message.WhichOneof("type")
    if kind != "backend_operation_request":
        many = len(message.file_urls_request.file_names) > _MOST_FILES
        return "" if kind in _PLAIN and not many else None
    asked = message.backend_operation_request
    wanted = asked.WhichOneof("payload")
    if wanted == _MADE:
        return asked.deferred_file.file_id or None
    return "" if wanted == _ROWS else None  # Streamlit looks whose table it is


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
