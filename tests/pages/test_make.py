"""Adding examples by hand: what the forms write down, and what they hand over to be read."""

import base64
import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.errors import DataError
from core.workspace import Workspace
from pages.prepare.create import Draft
from pages.shared import intake
from pages.shared.camera import MOST_BYTES, MOST_PICTURES, pictures_of
from tests.helpers import picture_dataset, png
from tests.pages.conftest import press, words
from tests.refusing_disk import full_disk


def _page(dataset_id=None, busy=False):
    from pages.prepare.create import make_set

    make_set(dataset_id, busy=busy)


@pytest.fixture
def handed_over(monkeypatch) -> list[dict]:
    """What was given away to be read."""
    calls = []
    monkeypatch.setattr(intake, "start_adding", lambda path, **said: calls.append({"source": Path(path), **said}))
    monkeypatch.setattr(
        intake, "start_intake", lambda path, options: calls.append({"source": Path(path), "title": options.title})
    )
    return calls


@pytest.fixture
def form(workspace, handed_over) -> AppTest:
    """The forms for a new set."""
    return AppTest.from_function(_page).run()


def choose(form: AppTest, way: str) -> AppTest:
    form.segmented_control(key="make-way").set_value(way).run()
    assert not form.exception, form.exception
    return form


def type_message(form: AppTest, text: str, label: str | None = None) -> AppTest:
    if label is not None:
        form.text_input(key="make-class").input(label)
    form.text_input(key="make-message").input(text)
    return press(form, "Add")


def test_the_camera_comes_first_and_can_be_drawn(form):
    assert form.segmented_control(key="make-way").value == "camera"
    assert not form.exception


def test_a_set_is_only_offered_more_of_its_own_kind(workspace, handed_over):
    dataset = picture_dataset(workspace, each=2)
    dataset.save(workspace)
    form = AppTest.from_function(_page, kwargs={"dataset_id": dataset.id}).run()

    assert [option.content for option in form.segmented_control(key="make-way").proto.options] == [
        "Camera",
        "Files (pictures)",
    ]
    assert "make-title" not in [field.key for field in form.text_input]
    form.button_group(key="make-known-class").set_value("middle").run()
    assert form.text_input(key="make-class").value == "middle"


def test_typed_messages_are_kept_one_by_one_and_handed_over_together(form, workspace, handed_over):
    choose(form, "type")
    type_message(form, "The soup was cold\u2028today", "food")
    assert form.text_input(key="make-class").value == "food"
    assert form.text_input(key="make-message").value == ""
    type_message(form, ' "Nice", they said; 1,000 times ')
    assert "a second class" in words(form)
    assert next(b for b in form.button if b.label == "Continue with 2 messages").disabled
    type_message(form, "late again", "*bus*")
    type_message(form, "a slip")
    next(button for button in form.button if button.label == "Remove").click().run()  # the newest stands first

    form.text_input(key="make-title").input("Lunch and bus")
    press(form, "Continue with 3 messages")

    (call,) = handed_over
    with call.pop("source").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["text", "label"],
            ["The soup was cold\u2028today", "food"],
            ['"Nice", they said; 1,000 times', "food"],
            ["late again", "*bus*"],
        ]
    assert call == {"label": None, "into": None, "title": "Lunch and bus", "burst": False}
    assert "late again" not in words(form), "the next message begins a new draft"
    assert "draft" not in form.query_params


def test_a_message_without_a_class_stays_in_its_field(form, workspace):
    choose(form, "type")
    type_message(form, "late again")

    assert form.text_input(key="make-message").value == "late again"
    assert "Which class does this message belong to?" in words(form)
    assert list(workspace.uploads.iterdir()) == []
    press(form.run(), "Add")
    type_message(form, "late again", "bus")
    assert "Which class" not in words(form)
    assert "**bus** 1" in words(form)


def test_a_reload_loses_no_typed_message(form, handed_over):
    choose(form, "type")
    type_message(form, "late again", "bus")
    draft_id = form.query_params["draft"]

    reloaded = AppTest.from_function(_page)
    reloaded.query_params["draft"] = draft_id
    choose(reloaded.run(), "type")

    assert "late again" in words(reloaded)


@pytest.mark.parametrize("bad", ["../../etc/passwd", "", "20990101-000000-abcdef", "<b>"])
def test_a_bad_draft_in_the_address_is_passed_over(workspace, handed_over, bad):
    form = AppTest.from_function(_page)
    form.query_params["draft"] = bad
    choose(form.run(), "type")
    type_message(form, "late again", "bus")

    (file,) = workspace.uploads.iterdir()
    assert file.name.startswith("typed-")


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1, max_size=5), st.data())
def test_a_draft_gives_back_what_was_put_in(tmp_path_factory, messages, data):
    draft = Draft(tmp_path_factory.mktemp("draft") / "typed.csv")
    for text, label in messages:
        draft.add(text, label)
    assert draft.messages() == messages
    index = data.draw(st.integers(0, len(messages) - 1))
    draft.remove(index)
    assert draft.messages() == messages[:index] + messages[index + 1 :]


def test_pasted_rows_are_written_as_they_are(form, workspace, handed_over):
    choose(form, "paste")
    press(form, "Import these rows")
    assert "nothing to import yet" in words(form)
    pasted = "Größe?\tfråga\n今天\t01\n"
    form.text_area[0].input(pasted)
    press(form, "Import these rows")

    (call,) = handed_over
    source = call.pop("source")
    assert source.parent.parent == workspace.uploads / "captures"
    assert source.read_bytes() == pasted.encode()
    assert call == {"title": "My messages"}
    assert form.text_area[0].value == "", "pasted once is read once"


def test_picture_files_go_into_one_class_under_names_of_ours(form, workspace, handed_over):
    choose(form, "files")
    form.file_uploader[0].upload("../../evil.PNG", png((1, 2, 3)), "image/png")
    form.file_uploader[0].upload("b.jpeg", png((4, 5, 6)), "image/jpeg").run()
    assert next(b for b in form.button if b.label == "Add 2 pictures").disabled
    assert "First write above which class" in words(form)
    form.text_input(key="make-class").input(" apple ").run()
    press(form, "Add 2 pictures")

    (call,) = handed_over
    folder = call.pop("source")
    assert folder.parent == workspace.uploads / "captures"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        "0001.png": png((1, 2, 3)),
        "0002.jpeg": png((4, 5, 6)),
    }
    assert call == {"label": "apple", "into": None, "title": "My pictures", "burst": False}


def test_nothing_more_is_handed_over_while_the_last_is_read(workspace, handed_over):
    form = choose(AppTest.from_function(_page, kwargs={"busy": True}).run(), "paste")

    assert next(b for b in form.button if b.label == "Import these rows").disabled


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=MOST_PICTURES))
def test_pictures_arrive_byte_for_byte(pictures):
    assert pictures_of([base64.b64encode(raw).decode() for raw in pictures]) == pictures


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([], id="none"),
        pytest.param(["AAAA"] * (MOST_PICTURES + 1), id="too many"),
        pytest.param(["A" * (MOST_BYTES // 3 * 4 + 4)], id="too large"),
        pytest.param([""], id="empty"),
        pytest.param(["not base64!"], id="other letters"),
        pytest.param(["AAA"], id="cut short"),
        pytest.param([7], id="a number"),
        pytest.param("AA", id="no list"),
        pytest.param({}, id="a mapping"),
    ],
)
def test_what_no_camera_sends_is_refused(sent):
    with pytest.raises(DataError, match="record them again"):
        pictures_of(sent)


def test_burst_is_written_under_numbers(workspace: Workspace):
    from pages.prepare.create import keep_pictures

    folders = [keep_pictures([(b"a", ".jpg"), (b"b", ".jpg")]) for _ in range(2)]

    assert folders[0] != folders[1]
    assert sorted(file.name for file in folders[0].iterdir()) == ["0001.jpg", "0002.jpg"]


def test_a_burst_for_which_there_is_no_room_waits_for_it(form, handed_over, workspace, monkeypatch):
    """The camera hands it over once."""
    sent = [[b"one", b"two"], None, None]
    monkeypatch.setattr("pages.prepare.create.capture", lambda *a, **k: sent.pop(0) if sent else None)
    form.text_input(key="make-class").input("apple")
    with full_disk(workspace.root):
        form.run()
        assert "the disk is full" in words(form)
        form.run()
    assert handed_over == []
    form.run()
    (burst,) = handed_over
    assert (burst["label"], burst["burst"]) == ("apple", True)
    assert sorted(file.read_bytes() for file in burst["source"].iterdir()) == [b"one", b"two"]
    form.run()
    assert len(handed_over) == 1
