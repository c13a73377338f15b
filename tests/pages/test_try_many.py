"""Try it with many examples: the table, its pages and what can be taken away."""

from __future__ import annotations

import zipfile

from starlette.requests import Request

from core.runs.folder import RunFolder, list_jobs
from pages.shared import downloads
from tests.helpers import png, run_apart, write_zip
from tests.pages.conftest import press, words

RIDES = ["bus late stop driver", "pizza menu lunch", "museum zoo ticket friday"]


def give(app, *files):
    app.file_uploader[0].set_value([(name, raw, "application/octet-stream") for name, raw in files]).run()
    assert not app.exception, app.exception
    return app


def answers(app):
    """The table of answers, row by row."""
    return next(table.value for table in app.dataframe if "name" in table.value)


def zipped(tmp_path):
    grey = [(f"{n:03}.png", png((n, n, n), (32, 32))) for n in range(60)]
    write_zip(tmp_path / "a.zip", [*grey, ("yellow.png", png((255, 255, 0), (32, 32))), ("not.png", b"<html>")])
    return "my *pictures*.zip", (tmp_path / "a.zip").read_bytes()


def test_a_zip_becomes_a_table_with_pages_and_files_to_take_away(page, tmp_path, workspace):
    app, _ = page()
    give(app, zipped(tmp_path))
    assert app.subheader[0].value == "my \\*pictures\\*\\.zip"
    assert "**61 predictions**: 1 “none of these”, 1 could not be read." in words(app)
    assert list(answers(app)["name"])[:2] == ["000.png", "001.png"]
    assert (len(answers(app)), answers(app)["picture"][0][:16]) == (50, "data:image/jpeg;")
    app.selectbox(key="batch-filter").set_value("none").run()
    assert [list(answers(app)[name]) for name in ("name", "answer")] == [["yellow.png"], ["None of these"]]
    app.selectbox(key="batch-filter").set_value("errors").run()
    assert "not a picture" in answers(app)["problem"][0]
    app.slider[0].set_value(0).run()
    assert "**61 predictions**: 0 “none of these”" in words(app)
    press(app, "Sort the files into folders")
    (sort,) = (job for job in list_jobs(workspace.jobs) if job.about()["kind"] == "sort")
    with zipfile.ZipFile(sort.path / "sorted.zip") as archive:
        assert len(archive.namelist()) == 62
    (link,) = app.get("link_button")
    assert link.proto.url == f"/made/{sort.id}/sorted.zip"


def test_the_address_brings_it_back_and_another_run_does_not_show_it(page, tmp_path):
    app, run = page()
    give(app, zipped(tmp_path))
    job = app.session_state["batch"]
    del app.session_state["batch"]
    app.query_params["batch"] = job
    app.run()
    assert "61 predictions" in words(app)
    press(app, "Try something else")
    assert "61 predictions" not in words(app) and "batch" not in app.query_params
    for wrong in ("../../etc", "20200101-000000-00000000", run.id):
        app.query_params["batch"] = wrong
        app.run()
        assert not app.exception and "predictions" not in words(app)


def test_more_files_than_cards_are_a_table_too(page):
    app, _ = page()
    give(app, *((f"{n}.png", png((n, n, n), (32, 32))) for n in range(13)))
    assert app.subheader[0].value == "13 files"
    assert "**13 predictions**" in words(app)


def test_a_table_of_messages_and_another_column(page):
    app, _ = page("text")
    next(one for one in app.get("button_group") if "Type it" in str(one.proto)).set_value("messages").run()
    table = "id,message,reply\n" + "".join(f"{n},{text},pizza menu\n" for n, text in enumerate(RIDES))
    give(app, ("a.csv", table.encode()))
    assert list(answers(app)["answer"]) == ["bus", "lunch", "trip"]
    assert list(answers(app)["text"]) == RIDES
    next(box for box in app.selectbox if box.label == "Column with the text").set_value("reply").run()
    assert not app.exception, app.exception
    assert list(answers(app)["text"]) == ["pizza menu"] * 3


def test_what_cannot_be_opened_is_said(page):
    app, _ = page()
    give(app, ("a.zip", b"PK\x03\x04"))
    assert "not a zip file" in words(app)
    press(app, "Try something else")
    assert app.file_uploader


def test_it_says_how_other_programs_ask(page):
    app, run = page("text")
    lines = [block.value for block in app.code]
    assert lines[0] == f"python -m core serve {run.id}"
    assert "curl --data-binary" in lines[1] and "urllib.request" in lines[2]


def fetched(job: str, file: str):
    scope = {"type": "http", "method": "GET", "path_params": {"job": job, "file": file}, "headers": []}
    return run_apart(downloads._fetched(Request(scope)))


def test_only_what_a_job_made_can_be_fetched(workspace, monkeypatch):
    monkeypatch.setattr(downloads, "workspace", lambda: workspace)
    folder = RunFolder.create(workspace.jobs, "sort", "T", {})
    (folder.path / "sorted.zip").write_bytes(b"x")
    (workspace.root / "sorted.zip").write_bytes(b"y")
    assert fetched(folder.id, "sorted.zip").status_code == 200
    for job, file in ((folder.id, "run.json"), ("..", "sorted.zip"), ("gone", "sorted.zip")):
        assert fetched(job, file).status_code == 404
