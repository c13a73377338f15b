"""The class column of a table: it always stands on the page, and another one, or several that mark it, are chosen."""

from __future__ import annotations

import pytest

from core.data.dataset import Dataset
from core.data.intake import take_in
from core.data.readers.reading import ReadOptions
from core.events import drain
from tests.pages.conftest import visit, words
from tests.pages.test_picker import press, read

ROWS = [f"{n / 7:.2f},{n * 3 % 11}" for n in range(30)]
MEASURED = "\n".join(
    ["length,width,sunny,species", *(f"{row},{('no', 'yes')[n % 2]},{'abc'[n % 3]}" for n, row in enumerate(ROWS))]
)
MARKED = "\n".join(
    ["length,width,a,b,c", *(f"{row},{('1,0,0', '0,1,0', '0,0,1')[n % 3]}" for n, row in enumerate(ROWS))]
)


@pytest.fixture
def imported(app, workspace, tmp_path):
    """The Data page with a table that was read."""

    def go(content: str, **options):
        (tmp_path / "table.csv").write_text(content)
        dataset, _ = drain(take_in(str(tmp_path / "table.csv"), workspace, ReadOptions(**options)))
        return visit(app, "prepare/data.py", dataset=dataset.id)

    return go


def field_of(page, label: str):
    return next(field for field in (*page.selectbox, *page.multiselect) if field.label == label)


def test_the_class_column_is_shown_and_another_is_one_choice_away(imported, workspace):
    page = imported(MEASURED)
    field = field_of(page, "The class is in the column")
    assert field.value == ("species",)
    assert any("Class (“species”)" in " ".join(map(str, frame.value.columns)) for frame in page.dataframe)
    dataset: Dataset = read(field.set_value(("sunny",)).run(), workspace)
    assert dataset.classes == ("no", "yes")
    assert '"species"' in (dataset.examples[0].text or ""), "what was the class tells about the other"


def test_columns_that_mark_the_class_are_chosen_or_given_up(imported, workspace):
    page = imported(MARKED)
    assert field_of(page, "The class is in the column").value == ("a", "b", "c")
    marks = field_of(page, "Columns that mark the class")
    assert marks.value == ["a", "b", "c"]
    marks.set_value(["a", "b"])
    dataset = read(press(page, "Import like this"), workspace)
    assert dataset.classes == ("a", "b")


def test_where_columns_are_classes_no_rows_are_counted(imported):
    rows = [f"I like the {n}th one,I hate the {n}th one" for n in range(18)]
    page = imported("\n".join(["glad,sad", *rows]))
    assert "Imported **36 messages**: **2 classes**, a column for each." in words(page)
