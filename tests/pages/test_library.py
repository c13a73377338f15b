"""The Library page: what there is, what can be done with it, and what somebody else did meanwhile."""

from __future__ import annotations

import pytest

from core.library.bin import delete, list_bin, restore
from core.library.items import list_items
from core.library.remarks import Remark, read_remark, write_remark
from core.library.room import budget, set_budget
from core.runs.folder import RunFolder, list_runs
from tests.core.studies.comparison.making import finished_run, messages
from tests.pages.conftest import press, visit, words

PAGE = "keep/library.py"


@pytest.fixture
def run(workspace, tiny_models) -> RunFolder:
    return finished_run(workspace, messages(workspace), title="mine *bold*")


def rows(app):
    """What the table shows."""
    return app.dataframe[0].value


def test_an_empty_library_leads_on(app):
    visit(app, PAGE)
    assert "once there are any" in words(app) and not app.dataframe


def test_everything_stands_in_one_table_with_its_size_and_date(app, run):
    visit(app, PAGE)
    table = rows(app)
    assert list(table["name"]) in (["mine *bold*", "message"], ["message", "mine *bold*"])
    assert set(table["kind"]) == {"Run", "Dataset"} and (table["size"] > 0).all() and table["date"].notna().all()
    assert "2 entries" in words(app) and "Select rows" in words(app)
    app.text_input(key="library-search").set_value("BOLD").run()
    assert list(rows(app)["kind"]) == ["Run"]
    app.text_input(key="library-search").set_value("nothing like it").run()
    assert "Nothing matches" in words(app)


def test_a_run_is_deleted_and_comes_back(app, run, workspace):
    visit(app, PAGE, item=run.id)
    assert "mine \\*bold\\*" in words(app)
    app.button(key="delete").click().run()
    assert not app.exception and list_runs(workspace) == []
    assert "Deleted" in words(app) and list(rows(app)["kind"]) == ["Dataset"]
    app.button(key="undo-delete").click().run()
    assert not app.exception and [one.id for one in list_runs(workspace)] == [run.id]
    assert "all of it is back" in words(app) and list_bin(workspace) == []


def test_it_is_renamed_noted_and_pinned(app, run, workspace):
    visit(app, PAGE, item=run.id)
    app.text_input(key=f"title-{run.id}").set_value("better")
    press(app, "Rename it")
    assert run.title == "better" and "Renamed" in words(app)
    visit(app, PAGE, item=run.id)
    app.text_area(key=f"note-{run.id}").set_value("for monday")
    press(app, "Keep the note")
    visit(app, PAGE, item=run.id)
    app.button(key="pin").click().run()
    assert (read_remark(run.path).note, read_remark(run.path).pinned) == ("for monday", True)
    assert rows(app)["name"][0] == "better"
    visit(app, PAGE, item=run.id)
    assert app.button(key="delete").disabled and "Unpin it first" in words(app) and "for monday" in words(app)


def test_what_is_in_use_says_by_what_and_cannot_be_deleted(app, run, workspace):
    dataset = run.request["dataset"]
    visit(app, PAGE, item=dataset)
    assert "their results can no longer be shown" in words(app) and not app.button(key="delete").disabled
    RunFolder.create(workspace.runs, "train", "busy", run.request)
    visit(app, PAGE, item=dataset)
    assert "used by the run 'busy'" in words(app) and app.button(key="delete").disabled


def test_what_somebody_else_deleted_meanwhile_is_said_and_its_neighbour_stays(app, run, workspace):
    for item in (run.id, run.request["dataset"]):
        visit(app, PAGE, item=item)
        other = next(one for one in list_items(workspace) if one.id != item)
        delete([item], workspace)
        app.button(key="delete").click().run()
        assert not app.exception and "deleted meanwhile" in words(app)
        assert [one.id for one in list_items(workspace)] == [other.id] and len(list_bin(workspace)) == 1
        restore(list_bin(workspace)[0], workspace)


def test_the_bin_gives_back_and_lets_go(app, run, workspace):
    (entry,) = delete([run.id], workspace)
    visit(app, PAGE)
    assert "Run **mine \\*bold\\*** · deleted on" in words(app)
    app.button(key=f"restore-{entry.id}").click().run()
    assert "Restored: **mine \\*bold\\***" in words(app)
    delete([run.id], workspace)
    visit(app, PAGE)
    app.button(key="restore-all").click().run()
    assert not app.exception and [one.id for one in list_runs(workspace)] == [run.id]
    (entry,) = delete([run.id], workspace)
    visit(app, PAGE)
    app.button(key=f"forget-{entry.id}").click().run()
    assert "This cannot be undone" in words(app) and len(list_bin(workspace)) == 1
    app.button(key="keep-binned").click().run()
    assert "This cannot be undone" not in words(app) and len(list_bin(workspace)) == 1
    app.button(key=f"forget-{entry.id}").click().run()
    app.button(key="delete-for-good").click().run()
    assert not app.exception and list_bin(workspace) == [] and "were freed" in words(app)
    (entry,) = delete([list_items(workspace)[0].id], workspace)
    visit(app, PAGE)
    app.button(key="empty-bin").click().run()
    app.button(key="delete-for-good").click().run()
    assert not app.exception and list(workspace.bin.iterdir()) == []


def test_a_budget_is_kept_and_warned_of_in_the_studio(app, run, workspace):
    visit(app, "studio/studio.py")
    assert "meant for it" not in words(app)
    set_budget(1, workspace)
    (workspace.uploads / "large.zip").write_bytes(b"x" * 2_000_000)
    visit(app, "studio/studio.py")
    assert "more than the 1 MB meant for it" in words(app)
    visit(app, PAGE)
    app.number_input(key="budget-size").set_value(5.0)
    press(app, "Keep")
    assert budget(workspace) > 4.9e9 and "budget is kept" in words(app)
    app.button(key="clear-uploads").click().run()
    assert not app.exception and list(workspace.uploads.iterdir()) == []


def test_a_strangers_export_is_warned_of_where_it_is_downloaded(app, run, workspace):
    job = RunFolder.create(workspace.jobs, "export", "a model", {"run": run.id})
    job.begin()
    (job.path / "model.zip").write_bytes(b"a model")
    job.end("completed", result={"file": "model.zip", "bytes": 7})
    write_remark(job.path, Remark(origin="stranger.ftlab"))
    visit(app, PAGE, item=job.id)
    assert not app.exception and "Run nothing from it unless you trust" in app.warning[0].value


def test_a_damaged_one_can_only_be_deleted(app, run, workspace):
    (run.path / "run.json").write_bytes(b"")
    visit(app, PAGE, item=run.id)
    assert "is empty" in words(app)
    assert [button.label for button in app.button if button.label in ("Rename it", "Keep the note")] == []
    assert all(button.disabled for button in app.button if button.label in ("Open", "Pin"))
    app.button(key="delete").click().run()
    assert not app.exception and not run.path.exists()


def test_a_search_finds_what_the_reader_sees(app, workspace, tiny_models):
    """In Chinese a sample could be found by its English name only."""
    finished_run(workspace, messages(workspace), title="Clip art")
    visit(app, PAGE, lang="zh")
    for wanted in ("剪贴画", "clip art", "仅最后一层"):
        app.text_input(key="library-search").set_value(wanted).run()
        assert list(rows(app)["name"]) == ["剪贴画"], wanted
