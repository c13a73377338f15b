"""Why, on the Try it page: only when asked for, in words, as a map or marked words, and with the nearest examples."""

from __future__ import annotations

import pytest

from core.runs.folder import RunFolder
from tests.core.results.planted import marked_dataset
from tests.helpers import message_dataset, png, trained
from tests.pages.conftest import visit, words


@pytest.fixture
def page(app, workspace, tiny_models):
    def go(kind):
        if kind == "image":
            dataset = marked_dataset(workspace)
        else:
            dataset = message_dataset(workspace, each=12)
            dataset.save(workspace)
        run = trained(workspace, dataset, model=f"tiny-{kind}", strategy="nearest")
        return visit(app, "use/try_it.py", run=run.id)

    return go


def explained(workspace) -> list[RunFolder]:
    jobs = [RunFolder(file.parent) for file in workspace.jobs.glob("*/run.json")]
    return [job for job in jobs if job.about()["kind"] == "explain"]


def ask_why(app):
    next(toggle for toggle in app.toggle if toggle.label == "Why?").set_value(True).run()
    assert not app.exception, app.exception
    return app


def test_a_picture_gets_a_map_when_asked_for_and_only_once(page, workspace):
    app = page("image")
    app.file_uploader[0].set_value([("red.png", png((230, 20, 20), (60, 40)), "image/png")]).run()
    assert not explained(workspace)
    ask_why(app)
    assert "Yellow: covering this" in words(app)
    assert "does not show what the model “thinks”" in words(app)
    assert "Nearest training examples" in words(app)
    assert words(app).count("similarity") >= 5
    app.run()
    (job,) = explained(workspace)
    assert job.request["class"] == job.about()["result"]["label"]

    box = next(box for box in app.selectbox if box.label == "Evidence for")
    other = next(label for label in ("marked", "plain") if label != box.value)
    box.set_value(other).run()
    assert f"“{other}”" in words(app) or "No single part" in words(app)
    assert len(explained(workspace)) == 2


def test_the_words_of_a_message_are_marked_and_none_of_them_is_markup(page, workspace):
    app = page("text")
    app.text_area[0].set_value("bus late *stop* <b>driver</b> :red[zoo]").run()
    assert not explained(workspace)
    ask_why(app)
    said = words(app)
    marked = next(m.value for m in app.markdown if "-background[" in m.value)
    for word in ("\\*stop\\*", "\\<b\\>driver\\</b\\>", "\\:red\\[zoo\\]"):
        assert word in marked
    assert "**Bold on blue** is evidence for" in said
    table = next(frame.value for frame in app.dataframe if "confidence without it" in frame.value.columns)
    assert list(table["word"]) == ["bus", "late", "*stop*", "<b>driver</b>", ":red[zoo]"]
    assert set(table["evidence"]) <= {"for it", "against it"}


def test_what_was_taught_since_is_asked_anew(page, workspace):
    app = page("text")
    app.text_area[0].set_value("goal match football").run()
    ask_why(app)
    (before,) = [job.request["class"] for job in explained(workspace)]
    next(field for field in app.text_input if field.label == "What is it?").set_value("sport")
    next(button for button in app.button if button.label == "Add the class").click().run()
    assert not app.exception, app.exception
    ask_why(app)
    assert "sport: similarity 100" in words(app)
    next(box for box in app.selectbox if box.label == "Evidence for").set_value(before).run()
    assert sorted(job.request["class"] for job in explained(workspace)) == sorted([before, before, "sport"])
