"""A model that answers from labelled rows on pages: its ways to train, what-if, and that an export holds the rows."""

from __future__ import annotations

from tests.helpers import row_dataset, trained
from tests.pages.conftest import visit, words


def test_a_run_is_read_asked_and_exported(app, workspace):
    dataset = row_dataset(workspace, each=6)
    run = trained(workspace, dataset, title="Flowers", model="in-context-table", strategy="nearest")
    for page, more in (
        ("understand/result.py", {"part": "report"}), ("use/try_it.py", {}),
    ):  # fmt: skip
        app = visit(app, page, run=run.id, **more)
        assert not app.exception, app.exception
        if more.get("part") == "report":
            assert any("they are in its file" in one.value for one in app.warning), words(app)
    assert {slider.label for slider in app.slider} >= {"petal", "leaf", "day"}
