"""What a new file format costs: one class, and its place in the list of formats. Here for lines like `text = label`."""

from __future__ import annotations

import pytest

from core.data.intake import take_in
from core.data.readers import table_files
from core.data.readers.reading import ReadOptions
from core.data.readers.table import Table, TableFile
from core.errors import DataError
from core.events import drain
from core.limits import Limits
from core.messages import Message
from tests.helpers import write_tree


class Equations:
    """A format for tables of two columns, "the bus is late = transport". Everything else is the program's as it is."""

    suffixes = frozenset({".kv"})
    is_text = True

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        return file.suffix in self.suffixes

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        rows = [tuple(part.strip() for part in line.rsplit("=", 1)) for line in file.text.splitlines()]
        if not any(len(row) == 2 for row in rows):
            return Message("None of its lines holds an equals sign.")
        limits.check_rows(file.name, len(rows))
        names = [f"line {number}" for number in range(1, len(rows) + 1)]
        return Table(("text", "label"), rows, names, {"structure": "table"}, {})


TRAIN = "the bus is late = transport\nno nuts please = meals\na = b is wrong = maths\n\nlost it = transport\nwords\n"
TEST = "when is lunch = meals\n"


@pytest.fixture
def folder(tmp_path):
    return write_tree(tmp_path / "given", {"train.kv": TRAIN.encode(), "test.kv": TEST.encode()})


def test_a_new_format_comes_in_like_any_other_and_goes_without_a_trace(folder, workspace, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(table_files, "FORMATS", [Equations(), *table_files.FORMATS])
        dataset, report = drain(take_in(str(folder), workspace))
        assert dataset.counts == {"maths": 1, "meals": 2, "transport": 2}
        assert [(e.text, e.split) for e in dataset.examples if e.label == "maths"] == [("a = b is wrong", "train")]
        assert report.splits == {"train": 4, "test": 1}
        assert [(skip.file, str(skip.reason)) for skip in report.skipped] == [
            ("train.kv line 4", "The row is empty."),
            ("train.kv line 6", "The row has one cell, but the table has 2 columns."),
        ]
        assert report.proposal["encoding"] == "utf-8"
    with pytest.raises(DataError, match=r"2 other files \(\.kv\)"):
        drain(take_in(str(folder), workspace))


def test_why_a_file_of_the_format_holds_no_table_is_said_in_its_own_name(tmp_path, workspace, monkeypatch):
    monkeypatch.setattr(table_files, "FORMATS", [Equations(), *table_files.FORMATS])
    (tmp_path / "notes.kv").write_text("nothing here\nof that kind\n")
    with pytest.raises(DataError, match=r"'notes\.kv': None of its lines holds an equals sign"):
        drain(take_in(str(tmp_path / "notes.kv"), workspace))
