"""What a page says of work that the disk refused."""

from __future__ import annotations

from core.errors import StorageError
from core.jobs.base import JOBS
from core.messages import Message
from pages.shared.services import on_script_error
from tests.helpers import message_dataset
from tests.pages.conftest import visit, words


def test_a_data_check_that_was_interrupted_says_why(app, workspace, monkeypatch):
    dataset = message_dataset(workspace)
    dataset.save(workspace)

    def refused(folder, workspace, stop):
        raise StorageError(Message("No room for the findings."))
        yield

    monkeypatch.setitem(JOBS, "doctor", refused)
    visit(app, "prepare/data.py", dataset=dataset.id)
    assert "No room for the findings." in words(app)
    assert "Look for label errors" in [button.label for button in app.button]


def test_what_no_page_foresaw_is_the_same_sentence(monkeypatch):
    said = []
    monkeypatch.setattr("pages.shared.services.st.error", said.append)
    assert on_script_error(StorageError(Message("'x' cannot be written."), Message("Make room.")))
    assert on_script_error(OSError(28, "No space left on device", "/somewhere/y"))
    assert on_script_error(ValueError("a secret"))
    assert said[0] == "**'x' cannot be written.** Make room."
    assert "'y' cannot be written in /somewhere: the disk is full" in said[1]
    assert "Something went wrong on this page" in said[2] and "a secret" not in said[2]
