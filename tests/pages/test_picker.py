"""What a table is taken for is shown with its other ways, and rows and columns can be chosen."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from core.data.dataset import Dataset
from core.jobs.base import run_job
from core.runs.folder import RunFolder
from core.runs.local import InProcess
from tests.helpers import message_dataset
from tests.pages.conftest import visit

PEOPLE = "name,city\n" + "".join(f"person {n},city {n % 25}\n" for n in range(30))
COLOURS = "colour,fruit\n" + "red,apple\nyellow,pear\n" * 20
TITLED = "Class 7b,,\n" + "nr,said,mood\n" + "".join(f"{n},hello there {n},{'xyz'[n % 3]}\n" for n in range(1, 31))
SEVERAL = "text,topic\n" + "".join(f"this is the {n}th,{('food', 'bus', 'food;bus')[n % 3]}\n" for n in range(30))


@pytest.fixture
def refused(app, workspace, tmp_path):
    """The Data page after the import of a table that is not read unasked."""

    def go(content: str):
        (tmp_path / "given.csv").write_text(content)
        request = {"source": str(tmp_path / "given.csv"), "options": {}}
        job = RunFolder.create(workspace.jobs, "intake", "given.csv", request)
        InProcess(lambda folder: run_job(folder, workspace, folder.stop_requested)).start(job)
        assert job.status().state == "failed"
        app.session_state["failed_intake"] = job.id
        return visit(app, "prepare/data.py")

    return go


def press(app, label: str, which: int = 0):
    [button for button in app.button if button.label == label][which].click().run()
    assert not app.exception, app.exception
    return app


def read(app, workspace) -> Dataset:
    """What was imported in the end."""
    while "intake" in app.session_state:
        app.run()
    given = app.query_params["dataset"]
    return Dataset.load(given if isinstance(given, str) else given[0], workspace)


def choose(app, label: str, value: object):
    """In the select boxes, and in the fields of several values."""
    field = next(field for field in (*app.selectbox, *app.multiselect) if field.label == label)
    field.set_value(value)
    return app


def test_every_guess_has_a_preview_and_can_be_taken(refused, workspace):
    page = refused(COLOURS)
    assert any("Is it this?" in text.value for text in page.markdown)
    titles = [text.value for text in page.markdown if "colour" in text.value or "fruit" in text.value]
    assert "40 messages" in titles[0]
    assert "apple" in json.dumps(page.dataframe[0].value.to_dict(), default=str)
    dataset = read(press(page, "Read it like this"), workspace)
    assert sum(dataset.counts.values()) == 40


def test_what_can_be_read_after_a_choice_is_no_error(refused, app):
    app.session_state["intake"] = refused(PEOPLE).session_state["failed_intake"]
    app.run()
    assert not app.exception and not app.error and any("given" in one.value for one in app.markdown)


def test_the_class_and_the_example_are_chosen_among_the_columns(refused, workspace, tiny_models):
    page = refused(PEOPLE)
    assert page.dataframe[0].value.shape[0] == 20
    press(page, "Import like this")
    assert any("Choose at least one column" in text.value for text in page.warning)
    choose(choose(page, "Column with the class", "city"), "Columns with the example", ["name"])
    dataset = read(press(page, "Import like this"), workspace)
    assert len(dataset.classes) == 25
    assert dataset.examples[0].text == "person 0"


def test_the_header_is_chosen_among_the_first_rows(refused, workspace, tmp_path):
    page = refused(PEOPLE.replace("name,city", "nobody,knows").replace("person 0,city 0", "name,town"))
    field = next(field for field in page.selectbox if field.label == "Header row")
    assert field.options[:3] == ["No", "Row 1: nobody · knows", "Row 2: name · town"]
    field.set_value(2).run()
    while "intake" in page.session_state:
        page.run()
    assert next(field for field in page.selectbox if field.label == "Column with the class").options == [
        "None", "name", "town",
    ]  # fmt: skip


def test_what_becomes_of_several_labels_is_asked(refused, workspace, tiny_models):
    page = refused(SEVERAL)
    field = next(group for group in page.button_group if "an example for each" in group.options)
    field.set_value("separate").run()
    assert read(page, workspace).counts == {"bus": 20, "food": 20}


def test_after_a_refusal_no_other_dataset_stands_below_until_one_goes_back(refused, app, workspace):
    other = message_dataset(workspace, each=4)
    other.save(workspace)
    app.query_params["dataset"] = other.id
    page = refused(PEOPLE)
    assert not page.subheader
    back = next(button for button in page.button if button.label.startswith("Go back"))
    back.click().run()
    assert page.subheader[0].value == other.title
    assert not page.error


def test_another_way_that_is_nearly_as_likely_is_offered_beside_what_was_read(app, workspace, tmp_path, tiny_models):
    rows = [f"{n},I think that this is the {n}th,{'ab'[n % 2]},{'xyz'[n % 3]}" for n in range(40)]
    (tmp_path / "given.csv").write_text("\n".join(["nr,said,one,two", *rows]))
    request = {"source": str(tmp_path / "given.csv"), "options": {}}
    job = RunFolder.create(workspace.jobs, "intake", "given.csv", request)
    InProcess(lambda folder: run_job(folder, workspace, folder.stop_requested)).start(job)
    page = visit(app, "prepare/data.py", dataset=job.events()[-1].result["dataset"])
    assert any("Or is it this?" in text.value for text in page.markdown)
    dataset = read(press(page, "Read it like this"), workspace)
    assert Counter(example.label for example in dataset.examples).keys() == {"x", "y", "z"}
