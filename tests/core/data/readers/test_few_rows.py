"""A row or two, as one pastes them."""

from __future__ import annotations

import pytest

from core.data.intake import open_source
from core.data.readers.reading import Item, ReadOptions
from core.errors import DataError
from core.limits import Limits


@pytest.fixture
def read(tmp_path):
    def pairs(text: str, *classes: str) -> list[tuple[str, str]]:
        file = tmp_path / "pasted.txt"
        file.write_text(text, encoding="utf-8")
        reading, _ = open_source(str(file), ReadOptions(), Limits(), set(classes))
        return [(item.read().decode(), item.label) for item in reading.items if isinstance(item, Item)]

    return pairs


LATE, NUTS = ("my bus is late", "bus"), ("no nuts please", "food")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("my bus is late\tbus", [LATE], id="one row of a spreadsheet"),
        pytest.param("bus\tmy bus is late\nfood\tno nuts please\n", [LATE, NUTS], id="the class first"),
        pytest.param("1\tbus\tmy bus is late\n2\tfood\tno nuts please\n", [LATE, NUTS], id="numbered"),
        pytest.param("my bus is late,bus\n\nno nuts please,food", [LATE, NUTS], id="commas and a gap"),
        pytest.param('"my bus is late";bus\r\n', [LATE], id="semicolon"),
        pytest.param("bus: my bus is late", [LATE], id="colon"),
        pytest.param("not urgent: it can wait: really", [("it can wait: really", "not urgent")], id="two words"),
        pytest.param('{"text": "my bus is late", "label": "bus"}\n', [LATE], id="one line of JSON Lines"),
        pytest.param("text\tlabel\nmy bus is late\tbus", [LATE], id="with a header"),
    ],
)  # fmt: skip
def test_a_row_or_two_are_read(read, text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text", ["my bus is late", "text\tlabel\n", "Dear sir, thank you for this\n", "One. Two.\nThree, four, five.\n"]
)
def test_prose_and_a_header_alone_are_not_taken_for_rows(read, text):
    with pytest.raises(DataError):
        read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("no\turgent matter\nyes\tlater\n", [("no", "urgent matter"), ("yes", "later")], id="long labels"),
        pytest.param(
            "Oh, well, later\nfine, later\nno, later\n",
            [("Oh, well", "later"), ("fine", "later"), ("no", "later")],
            id="commas in the text",
        ),
        pytest.param("fine: yes\tlater", [("fine: yes", "later")], id="a colon in the text"),
        pytest.param("ok\tLATER\nwhat\tnew class\n", [("ok", "LATER"), ("what", "new class")], id="a new class"),
        pytest.param("later: fine", [("fine", "later")], id="colon"),
        pytest.param("ok, later", [("ok", "later")], id="a blank after the comma"),
        pytest.param(
            "text\tlabel\nso\tlater\nlater\turgent matter\nyes\tlater\nno\tlater\nwhen\tlater\n",
            [("so", "later"), ("later", "urgent matter"), ("yes", "later"), ("no", "later"), ("when", "later")],
            id="a header",
        ),
        pytest.param(
            "quoi\tquand\n" + "so it is\tlater\nthat is it\turgent matter\n" * 3,
            [("so it is", "later"), ("that is it", "urgent matter")] * 3,
            id="a header in another language",
        ),
    ],
)  # fmt: skip
def test_known_classes_tell_which_column_is_the_label(read, text, expected):
    assert read(text, "later", "urgent matter") == expected


def test_no_word_of_a_sentence_gets_lost(read):
    text = "Late, as ever, Urgent Matter\n"
    with pytest.raises(DataError):
        read(text, "later", "urgent matter")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"text_column": "column 2", "label_column": "column 1"}, [LATE[::-1], NUTS[::-1]]),
        ({"header": "yes"}, [NUTS]),
    ],
)  # fmt: skip
def test_what_a_person_says_goes_before_what_is_proposed(tmp_path, said, expected):
    file = tmp_path / "pasted.txt"
    file.write_text("my bus is late\tbus\nno nuts please\tfood\n")
    for classes in ({"bus", "food"}, set()):
        reading, _ = open_source(str(file), ReadOptions(**said), Limits(), classes)
        assert [(item.read().decode(), item.label) for item in reading.items] == expected


@pytest.mark.parametrize("rows", [2, 3, 4, 7])
def test_the_first_of_some_rows_is_no_header_when_it_names_a_class(read, rows):
    text = "".join(f"message number {n}, a long one\t{'later' if n % 2 else 'now'}\n" for n in range(rows))
    assert len(read(text, "later", "now")) == rows


def test_a_folder_that_is_a_class_goes_before_what_its_one_text_begins_with(tmp_path):
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "1.txt").write_text("now: this can wait")
    reading, _ = open_source(str(tmp_path), ReadOptions(), Limits(), {"later", "now"})
    assert [(item.read().decode(), item.label) for item in reading.items] == [("now: this can wait", "later")]
