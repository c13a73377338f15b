"""Columns that give the class away, say nothing or are spoilt, rows that are copies, and rows of one person."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import Dataset, Example
from core.data.intake import take_in
from core.doctor.examine import examine
from core.events import drain
from core.jobs.data import look_over
from core.modalities import get_modality

RNG = np.random.default_rng(0)


def table(rows: list[dict[str, str]], sources=None) -> Dataset:
    """Rows whose "class" is taken out of them."""
    kind, examples = get_modality("table"), []
    for at, row in enumerate(rows):
        text = json.dumps({name: cell for name, cell in row.items() if name != "class"})
        source = sources[at] if sources else None
        examples.append(Example(kind.digest(text.encode()), row["class"], f"row {at + 2}", text, source=source))
    return Dataset("measured", "table", tuple(examples), Path("nowhere"))


def measured(n: int = 120, **more) -> list[dict[str, str]]:
    """Two classes that overlap; `more` columns are made of the number of the row and its class."""
    rng, rows = np.random.default_rng(1), []
    for i in range(n):
        label = ("ill", "well")[i % 2]
        row = {"height": f"{rng.normal(1.7, 0.1):.4f}", "weight": f"{rng.normal(70 + 5 * (i % 2), 9):.3f}",
               "town": str(rng.choice(["Ulm", "Bonn", "Jena"])), "class": label}  # fmt: skip
        rows.append(row | {name: make(i, label) for name, make in more.items()})
    return rows


def found_in(rows, workspace, **said):
    return {f.kind: f for f in drain(examine(table(rows, **said), workspace, quick=True))}


def test_a_clean_table_is_left_in_peace(workspace):
    assert found_in(measured(), workspace) == {}


@pytest.mark.parametrize(
    ("leak", "severity"),
    [
        (lambda i, label: f"{label}!", "serious"),
        (lambda i, label: "discharged" if label == "well" else "", "serious"),
        (lambda i, label: f"{(label == 'ill') * 50 + i / 10:.2f}", "look"),
    ],
    ids=["another spelling", "only there for one class", "a number"],
)
def test_a_column_that_tells_the_class_is_found(leak, severity, workspace):
    found = found_in(measured(result=leak), workspace)["gives_away"]
    assert found.severity == severity
    assert "'result' alone tells the class" in str(found.title)
    assert {exhibit.label for exhibit in found.exhibits} == {"ill", "well"}
    assert all("result" in str(exhibit.detail) for exhibit in found.exhibits)


def test_a_strong_measurement_and_a_tiny_table_give_nothing_away(workspace):
    rng = np.random.default_rng(2)
    strong = measured(marker=lambda i, label: f"{rng.normal(3 * (label == 'ill')):.3f}")
    assert "gives_away" not in found_in(strong, workspace)
    assert "gives_away" not in found_in(measured(12, result=lambda i, label: label), workspace)


def test_values_that_hardly_come_again_tell_nothing(workspace):
    assert "gives_away" not in found_in(measured(code=lambda i, label: f"{label}-{i}"), workspace)


def test_numbers_with_something_else_among_them(workspace):
    dose = lambda i, label: ("unknown", "< 5", "12 mg")[i % 3] if i % 5 == 0 else str(i)  # noqa: E731
    found = found_in(measured(dose=dose), workspace)["mixed_numbers"]
    assert str(found.title) == "'dose' holds numbers, and 24 cells with something else"
    assert {str(e.detail) for e in found.exhibits} == {"dose: unknown", "dose: < 5", "dose: 12 mg"}


@pytest.mark.parametrize("odd", ["30.02.2023", "00.00.0000", "unknown", "3 May 2023"])
def test_days_that_there_are_not_are_told_and_the_column_is_used(odd, workspace):
    day = lambda i, label: odd if i % 5 == 0 else f"{i % 28 + 1:02}.{i % 12 + 1:02}.20{i % 20 + 1:02}"  # noqa: E731
    found = found_in(measured(seen=day), workspace)
    assert str(found["mixed_dates"].title) == "'seen' holds dates, and 24 cells that are none"
    assert {str(e.detail) for e in found["mixed_dates"].exhibits} == {f"seen: {odd}"}
    assert "unused_columns" not in found


def test_codes_of_which_some_are_numbers_are_no_spoilt_measurement(workspace):
    ticket = lambda i, label: f"PC {i}" if i % 3 == 0 else str(1000 + 7 * i)  # noqa: E731
    assert "mixed_numbers" not in found_in(measured(ticket=ticket), workspace)


def test_what_says_nothing_is_named_with_the_reason(workspace):
    rows = measured(always=lambda i, label: "x", counter=lambda i, label: str(i), note=lambda i, label: f"note {i * i}")
    found = found_in(rows, workspace)["unused_columns"]
    assert str(found.title) == "3 columns are not learnt from: 'always', 'counter', and 'note'"
    assert "'counter': It numbers the rows." in str(found.explanation)
    assert "'always': It is the same in every row." in str(found.explanation)


def test_nearly_empty_and_nearly_constant_columns(workspace):
    cabin, land = lambda i, label: "B1" if i in (5, 6, 8, 11) else "", lambda i, label: "AT" if i == 3 else "DE"
    rows = measured(cabin=cabin, land=land)
    found = found_in(rows, workspace)
    assert str(found["mostly_missing"].title) == "The column 'cabin' is empty in nearly all rows"
    assert str(found["one_value"].title) == "'land' is the same in nearly all rows: 'de'"
    assert [e.name for e in found["one_value"].exhibits] == ["row 5"]


def test_rows_entered_twice_are_near_duplicates_and_stay_together(workspace):
    rows = measured(extra=lambda i, label: f"{RNG.normal():.5f}", number=lambda i, label: str(i))
    rows.append({**rows[3], "number": "200"})
    rows.append({**rows[10], "weight": f"{float(rows[10]['weight']) + 0.001:.3f}", "number": "201"})
    rows.append({**rows[20], "number": "202", "class": "well" if rows[20]["class"] == "ill" else "ill"})
    found = found_in(rows, workspace)
    assert {e.name for e in found["near_duplicates"].exhibits} == {"row 5", "row 122", "row 12", "row 123"}
    assert "entered twice" in str(found["near_duplicates"].explanation)
    assert {e.name for e in found["conflicting_labels"].exhibits} == {"row 22", "row 124"}


def test_rows_that_all_tell_the_same_of_one_thing_are_no_copies(workspace):
    rows = [{"device": "a", "place": "hall", "unit": "V", "read": f"{RNG.normal():.4f}", "class": "ab"[i % 2]}
            for i in range(60)]  # fmt: skip
    assert "near_duplicates" not in found_in(rows, workspace)


@pytest.mark.parametrize(
    ("cell", "usual"),
    [
        ("999", lambda i: str(20 + i % 60)),
        ("-1", lambda i: str(20 + i % 60)),
        ("-99", lambda i: str(10 * i)),
        ("99.9", lambda i: f"{1 + i % 30 / 10}"),
        ("0", lambda i: str(150 + i % 40)),
        ("9999-12-31", lambda i: f"2019-{1 + i % 12:02}-{1 + i % 28:02}"),
        ("01.01.1900", lambda i: f"{1 + i % 28:02}.{1 + i % 12:02}.1985"),
    ],
)
def test_what_stands_for_not_known_is_found(cell, usual, workspace):
    rows = measured(age=lambda i, label: cell if i in (4, 50, 77) else usual(i))
    found = found_in(rows, workspace)["stand_ins"]
    assert str(found.title) == f"'age' says {cell} in 3 rows, far from all others"
    assert {e.name for e in found.exhibits} == {"row 6", "row 52", "row 79"} and found.remedies


@pytest.mark.parametrize(
    "usual",
    [
        lambda i: str(i % 100),
        lambda i: str(-1 + i % 3),
        lambda i: f"{i % 25 - 1}",
        lambda i: "0" if i % 9 == 0 else str(20 + i % 60),
        lambda i: f"{1900 + i % 100}-01-01",
    ],
    ids=["99 of a hundred", "a difference", "a temperature", "no hours", "days of a century"],
)
def test_what_is_one_value_among_others_stands_for_nothing_else(usual, workspace):
    assert "stand_ins" not in found_in(measured(age=lambda i, label: usual(i)), workspace)


def test_rows_of_few_columns_are_equal_by_chance(workspace):
    rows = [{"sex": "mf"[i % 2], "age": str(20 + i % 7), "class": "ab"[i % 3 == 0]} for i in range(80)]
    found = found_in(rows, workspace)
    assert found["exact_duplicates"].severity == found["conflicting_labels"].severity == "note"
    assert "near_duplicates" not in found


def patients(path: Path, name: str = "patient_id") -> Path:
    lines = [f"{name},age,pressure,diagnosis"]
    rng = np.random.default_rng(0)
    lines += [f"P{i // 4:03},{30 + i // 4},{rng.normal(120, 9):.2f},{('ill', 'well')[i // 4 % 2]}" for i in range(120)]
    file = path / "visits.csv"
    file.write_text("\n".join(lines))
    return file


@pytest.mark.parametrize("name", ["patient_id", "SubjectID", "participant", "id", "Kunde Nr"])
def test_rows_of_one_person_stay_together_and_that_is_said(name, workspace, tmp_path):
    dataset, _ = drain(take_in(str(patients(tmp_path, name)), workspace))
    assert len(set(dataset.blocks)) == 30
    assert set(dataset.payload(0)) == {"age", "pressure"}
    found = {f.kind: f for f in drain(look_over(dataset, workspace, quick=True))}
    assert str(found["groups"].title) == "The 120 rows are of 30 persons or things"
    assert f"'{name}': It says whom or what a row is of" in str(found["unused_columns"].explanation)


@pytest.mark.parametrize("name", ["shop", "product", "street_number"])
def test_other_columns_that_come_again_are_learnt_from(name, workspace, tmp_path):
    dataset, _ = drain(take_in(str(patients(tmp_path, name)), workspace))
    assert not any(example.source for example in dataset.examples)


@pytest.mark.parametrize(
    "rows",
    [
        [{"a": "1", "class": "x"}],
        [{"a": "9" * 500, "b": "\u00a0", "class": c} for c in "xy" * 30],
        [{f"c{j}": str((i * j) % 7) for j in range(700)} | {"class": "xy"[i % 2]} for i in range(40)],
        [{"a": str(i % 9), "b": f"{i}.5", "class": f"k{i % 500}"} for i in range(1500)],
    ],
    ids=["one row", "giant cells", "wide", "many classes"],
)
def test_odd_tables_are_looked_at_without_a_word_too_many(rows, workspace):
    assert "gives_away" not in found_in(rows, workspace)
