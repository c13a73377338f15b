"""What a page was told, and what it may say, is read in Streamlit's own messages."""

from __future__ import annotations

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core.classroom.access import Said
from pages.shared import websocket

FILE = "0123456789abcdef0123456789abcdef"
ADDRESS = f"/media/{FILE}.png"


def told(change) -> list[str]:
    message = ForwardMsg()
    change(message)
    return list(websocket.names(message.SerializeToString()))


def said(change) -> Said | None:
    message = BackMsg()
    change(message)
    return websocket.said(message.SerializeToString())


@pytest.mark.parametrize(
    "change",
    [
        lambda message: message.delta.new_element.imgs.imgs.add(url=ADDRESS),
        lambda message: setattr(message.delta.new_element.audio, "url", ADDRESS.replace("png", "wav")),
        lambda message: setattr(message.delta.new_element.download_button, "url", ADDRESS),
        lambda message: setattr(message.delta.new_element.download_button, "deferred_file_id", FILE),
        lambda message: setattr(message.page_config_changed, "favicon", ADDRESS),
        lambda message: setattr(message.logo, "image", ADDRESS),
        lambda message: setattr(message.backend_operation_response.deferred_file, "url", ADDRESS),
    ],
)
def test_files_are_named_where_streamlit_names_them(change):
    assert told(change) == [FILE]


@pytest.mark.parametrize(
    "change",
    [
        lambda message: setattr(message.delta.new_element.markdown, "body", f"7b: **{ADDRESS}**"),
        lambda message: setattr(message.delta.new_element.toast, "body", ADDRESS),
        lambda message: setattr(message.delta.new_element.text_input, "default", ADDRESS),
        lambda message: setattr(message.delta.new_element.download_button, "label", ADDRESS),
        lambda message: message.delta.new_element.imgs.imgs.add(caption=ADDRESS, alt=ADDRESS, url="data:,"),
        lambda message: setattr(message.page_config_changed, "title", ADDRESS),
        lambda message: None,
    ],
)
def test_no_text_that_a_student_chose_names_one(change):
    """A student who was called like the address of another's picture could fetch it."""
    assert told(change) == []


def test_what_a_page_says_is_heard_and_nothing_else():
    assert said(lambda message: setattr(message.rerun_script, "query_string", "run=1")) == Said(work=1)
    assert said(lambda message: setattr(message.rerun_script, "fragment_id", "x")) == Said(work=0.1)
    assert said(lambda message: setattr(message, "stop_script", True)) == Said()
    assert said(lambda message: message.file_urls_request.file_names.append("a.zip")) == Said(work=0.1)
    asked = "backend_operation_request"
    assert said(lambda message: setattr(getattr(message, asked).deferred_file, "file_id", FILE)) == Said(FILE, work=1)
    assert said(lambda message: getattr(message, asked).dataframe_chunk.SetInParent()) == Said(work=0.1)

    assert said(lambda message: setattr(message, "clear_cache", True)) is None
    assert said(lambda message: setattr(message, "load_git_info", True)) is None
    assert said(lambda message: message.file_urls_request.file_names.extend(["a"] * 20_000)) is None
    assert said(lambda message: getattr(message, asked).install_skills.SetInParent()) is None
    assert said(lambda message: getattr(message, asked).deferred_file.SetInParent()) is None
    assert said(lambda message: None) is None and websocket.said(b"\xff") is None


def test_what_waits_in_memory_is_counted_by_session(monkeypatch):
    files = MemoryUploadedFileManager("/upload")
    for session, file, size in (("a", "1", 10), ("a", "2", 20), ("b", "3", 5)):
        files.add_file(session, UploadedFileRec(file, "x.zip", "", b"." * size))
    monkeypatch.setattr(websocket.runtime, "get_instance", lambda: type("Runtime", (), {"uploaded_file_mgr": files}))
    assert (websocket.held(["a"]), websocket.held(["c", "b"]), websocket.held(), websocket.held([])) == (30, 5, 35, 0)
