"""Files that came without a class: the page asks for it right there."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.data.dataset import Dataset
from core.data.intake import open_source
from core.data.readers.reading import ReadOptions, UndecidedError
from core.limits import Limits
from pages.prepare import importing
from tests.helpers import picture_dataset, png, write_tree
from tests.pages.conftest import press, words


def _page(dataset_id=None, into=None):
    from pages.prepare.importing import ask_class

    source = {"path": "/somewhere/12 files", "options": {}} | ({"into": into} if into else {})
    ask_class({"structure": "one-class", "modality": "image", "unlabelled": 12}, source, dataset_id)


@pytest.fixture
def added(monkeypatch) -> list[dict]:
    calls: list[dict] = []
    monkeypatch.setattr(importing, "start_adding", lambda path, **said: calls.append({"path": path, **said}))
    return calls


def test_loose_pictures_may_all_be_of_one_class(tmp_path):
    path = write_tree(tmp_path / "set", {f"IMG_{n}.jpg": png((n, 2, 3)) for n in range(5)})
    with pytest.raises(UndecidedError, match="Nothing in 'set' says which class") as caught:
        open_source(str(path), ReadOptions(), Limits())
    assert caught.value.proposal["unlabelled"] == 5
    assert caught.value.proposal["modality"] == "image"


def test_the_answer_makes_a_dataset_of_that_class(workspace, added):
    page = AppTest.from_function(_page).run()
    assert "12 pictures came without one." in words(page)
    press(page, "Keep them as this class")
    assert added == []
    assert "First write which class" in words(page)
    page.text_input[0].input("  moth ")
    press(page, "Keep them as this class")
    assert added == [{"path": "/somewhere/12 files", "label": "moth", "into": None, "title": "My pictures"}]


@pytest.mark.parametrize("classes", [1, 3])
def test_they_may_be_added_to_the_dataset_that_is_open(workspace, added, classes):
    whole = picture_dataset(workspace)
    few = [example for example in whole.examples if example.label in whole.classes[:classes]]
    dataset = Dataset("Pets", whole.modality, tuple(few), workspace.examples)
    dataset.save(workspace)
    page = AppTest.from_function(_page, kwargs={"dataset_id": dataset.id}).run()
    page.text_input[0].input("moth")
    if classes > 1:
        page.segmented_control[0].set_value("Add to “Pets”")
    press(page, "Keep them as this class")
    assert added == [{"path": "/somewhere/12 files", "label": "moth", "into": dataset.id, "title": None}]
