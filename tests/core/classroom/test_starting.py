"""A class that is started from a page."""

from __future__ import annotations

import sys

import pytest

from core.classroom.starting import start_class
from core.errors import UserError

SERVES = """
import json, socket, time
with socket.create_server(("127.0.0.1", 0)) as here:
    print(json.dumps({"port": here.getsockname()[1], "teacher": "x"}), flush=True)
    time.sleep(60)
"""


def test_it_is_there_when_it_answers_and_ends_with_the_page(workspace):
    started = start_class(workspace, "en", [sys.executable, "-c", SERVES])
    assert started.runs and started.about["teacher"] == "x"
    started.stop()
    assert not started.runs


@pytest.mark.parametrize(
    ("program", "says"),
    [("import sys; sys.exit('The class “7b” is open already.')", "open already"), ("", "could not be started"),
     ("print('{\"port\": 1}', flush=True)", "could not be started")],
)  # fmt: skip
def test_what_it_says_where_it_cannot_start_is_said(workspace, program, says):
    with pytest.raises(UserError, match=says):
        start_class(workspace, "en", [sys.executable, "-c", program])
