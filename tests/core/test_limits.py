"""Limits are settings, and a wrong setting is said plainly."""

import json

import pytest

from core.errors import DataError
from core.limits import Limits


def write(workspace, content):
    workspace.root.mkdir(parents=True, exist_ok=True)
    (workspace.root / "settings.json").write_text(content if isinstance(content, str) else json.dumps(content))


def test_without_settings_the_defaults_hold(workspace):
    assert Limits.of(workspace) == Limits()


def test_settings_change_what_they_name_and_nothing_else(workspace):
    write(workspace, {"limits": {"files": 7}, "something_else": True})
    assert Limits.of(workspace) == Limits(files=7)


@pytest.mark.parametrize(
    "content", ["{", "[1]", '{"limits": 3}', {"limits": {"flies": 7}}, {"limits": {"files": "many"}},
                {"limits": {"files": 0}}, {"limits": {"files": True}}],
)  # fmt: skip
def test_a_setting_that_does_not_work_is_refused_with_an_example(workspace, content):
    write(workspace, content)
    with pytest.raises(DataError, match=r"settings\.json.*\"limits\""):
        Limits.of(workspace)
