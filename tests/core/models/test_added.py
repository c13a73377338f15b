"""What was added to a run, on disk."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import UserError
from core.models.added import added_classes, check_label, keep_addition, list_added, new_addition, undo_addition


def add(run, label, *names, value=1.0):
    addition = new_addition(run, label, names or ("x.png",))
    keep_addition(addition, np.full((len(addition.names), 3), value))
    return addition


def test_what_is_kept_comes_back_in_order(tmp_path):
    kept = [add(tmp_path, "🦀/../x", "a.png", "b.png", value=2), add(tmp_path, "a"), add(tmp_path, "🦀/../x")]
    assert list_added(tmp_path) == kept
    assert added_classes(kept) == ("🦀/../x", "a")
    np.testing.assert_array_equal(list_added(tmp_path)[0].embeddings(), np.full((2, 3), 2, np.float32))
    assert {path.parent.name for path in tmp_path.rglob("*.safetensors")} == {"added"}


def test_undoing_takes_one_and_its_pictures_and_twice_is_once(tmp_path):
    first, second = add(tmp_path, "a"), add(tmp_path, "a")
    for addition in (first, second):
        addition.picture(0).write_bytes(b"jpg")
    undo_addition(tmp_path, first.id)
    undo_addition(tmp_path, first.id)
    assert list_added(tmp_path) == [second]
    assert sorted(path.name for path in (tmp_path / "added").iterdir()) == [
        f"{second.id}-0.jpg", f"{second.id}.safetensors",
    ]  # fmt: skip


@pytest.mark.parametrize("bad", ["", "2", "../added/x", "*", "20"])
def test_an_id_that_is_none_undoes_nothing(tmp_path, bad):
    kept = add(tmp_path, "a")
    kept.picture(0).write_bytes(b"jpg")
    undo_addition(tmp_path, bad)
    assert list_added(tmp_path) == [kept]
    assert kept.picture(0).exists()


def test_a_spoilt_file_is_passed_over(tmp_path):
    kept, spoilt = add(tmp_path, "a"), add(tmp_path, "b")
    file = spoilt.folder / f"{spoilt.id}.safetensors"
    file.write_bytes(file.read_bytes()[:20])
    (spoilt.folder / "x.safetensors").write_bytes(b"")
    assert list_added(tmp_path) == [kept]
    assert list_added(tmp_path / "nowhere") == []


@pytest.mark.parametrize("label", ["", "  ", "x" * 201, "bird", " BIRD ", "cafe\u0301", "big  bird"])
def test_a_name_that_cannot_be_new_is_refused(label):
    with pytest.raises(UserError):
        check_label(label, ["bird", "caf\u00e9", "Big bird"], [])


def test_a_trained_class_says_what_to_do_instead():
    with pytest.raises(UserError, match=r"'bird' is one of the classes.*train again"):
        check_label("Bird", ["bird"], [])


def test_another_example_of_an_added_class_joins_it():
    assert check_label(" TURTLE", ["bird"], ["Turtle"]) == "Turtle"
    assert check_label("a   b", ["bird"], ["Turtle"]) == "a b"
