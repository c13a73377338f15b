"""What the teacher gives is in each space, and each space stays its own."""

from __future__ import annotations

import pytest

from core.classroom.handing import give_dataset, give_lesson
from core.data.dataset import Dataset
from core.data.store import is_foreign_file, mark_foreign
from core.errors import DataError
from core.lessons.catalogue import own_folder
from core.library.bin import empty, list_bin
from core.storage import remove
from core.workspace import Workspace
from tests.helpers import message_dataset, picture_dataset


@pytest.fixture
def homes(tmp_path):
    return [Workspace(tmp_path / name) for name in ("teacher", "mia", "ben")]


def test_a_dataset_is_there_as_if_it_had_been_imported(homes):
    teacher, mia, ben = homes
    given = picture_dataset(teacher, each=3)
    given.save(teacher)
    for _ in range(2):  # again does nothing
        give_dataset(given.id, teacher, mia)
    give_dataset(given.id, teacher, ben)
    remove(teacher.root)
    loaded = Dataset.load(given.id, mia)
    assert loaded.examples == given.examples and loaded.payload(0)
    remove(mia.root)
    assert Dataset.load(given.id, ben).payload(0)


def test_texts_too(homes):
    teacher, mia, _ = homes
    given = message_dataset(teacher, each=3)
    given.save(teacher)
    give_dataset(given.id, teacher, mia)
    assert Dataset.load(given.id, mia).examples == given.examples


def test_what_came_in_a_project_is_still_only_what_its_maker_says(homes):
    teacher, mia, _ = homes
    given = picture_dataset(teacher, each=2)
    given.save(teacher)
    file = next(iter(given.kind.files(given.examples[0].id, teacher.examples)))
    mark_foreign(file)
    give_dataset(given.id, teacher, mia)
    assert is_foreign_file(mia.examples / file.relative_to(teacher.examples))


@pytest.mark.parametrize("dataset_id", ["none", "../x", ""])
def test_what_is_not_there_is_not_given(homes, dataset_id):
    with pytest.raises(DataError):
        give_dataset(dataset_id, homes[0], homes[1])
    assert not list(homes[1].datasets.iterdir()) and not empty(list_bin(homes[1]), homes[1])


def test_a_lesson_of_the_teachers_own_comes_in_every_language_and_again_when_it_was_changed(homes):
    teacher, mia, _ = homes
    own_folder(teacher).mkdir(parents=True)
    for name in ("colours.en.md", "colours.zh.md", "other.en.md"):
        (own_folder(teacher) / name).write_text("before")
    for text in ("before", "after"):
        (own_folder(teacher) / "colours.en.md").write_text(text)
        give_lesson("colours", teacher, mia)
        assert {path.name for path in own_folder(mia).iterdir()} == {"colours.en.md", "colours.zh.md"}
        assert (own_folder(mia) / "colours.en.md").read_text() == text
    give_lesson("../texts/other", teacher, mia)
    give_lesson("training", teacher, mia)  # which everybody has
    assert len(list(own_folder(mia).iterdir())) == 2
