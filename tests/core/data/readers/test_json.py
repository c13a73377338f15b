"""JSON and JSON Lines, in the ways in which people nest examples."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import load, pairs, read, skips, splits

PAIRS = [("hello there", "greeting"), ("so long", "parting"), ("hi", "greeting"), ("bye now", "parting")]
RECORDS = [{"text": text, "label": label} for text, label in PAIRS]


def read_json(document: object, name: str = "data.json", **options: str):
    return read({name: json.dumps(document)}, **options)


@pytest.mark.parametrize(
    "document",
    [
        RECORDS,
        {"data": RECORDS},
        {"version": 2, "assets": {"classes": [{"name": "greeting"}], "documents": RECORDS}},
        [list(pair) for pair in PAIRS],
        [["text", "label"], *(list(pair) for pair in PAIRS)],
        {f"q{n}": record for n, record in enumerate(RECORDS)},
        {"text": [text for text, _ in PAIRS], "label": [label for _, label in PAIRS]},
        {"text": dict(enumerate(text for text, _ in PAIRS)), "label": dict(enumerate(label for _, label in PAIRS))},
        {"columns": ["text", "label"], "index": [0, 1, 2, 3], "data": [list(pair) for pair in PAIRS]},
        [{"example": {"body": text}, "annotation": {"class": {"category": label}}} for text, label in PAIRS],
        [{"text": text, "label": [label]} for text, label in PAIRS],
    ],
    ids=["records", "wrapper", "deep wrapper", "pairs", "sheet", "by id", "columns", "frame", "split frame", "nested",
         "lists of one"],
)  # fmt: skip
def test_every_shape_gives_the_same_examples(document):
    _, items = read_json(document)
    assert pairs(items) == PAIRS


def test_texts_under_their_label():
    _, items = read_json({"greeting": ["hello there", "hi"], "parting": ["so long", "bye now"]})
    assert sorted(pairs(items)) == sorted(PAIRS)
    assert items[0].name == "greeting entry 1"


@pytest.mark.parametrize(
    "part",
    [
        [list(pair) for pair in PAIRS], RECORDS, {"greeting": ["hello there", "hi"], "parting": ["so long", "bye now"]},
        {f"q{n}": record for n, record in enumerate(RECORDS)},
    ],
    ids=["pairs", "records", "by label", "by id"],
)  # fmt: skip
def test_parts_of_any_shape(part):
    _, items = read_json({"train": part, "val": part, "test": part})
    assert sorted(pairs(items)) == sorted(PAIRS * 3)
    assert splits(items) == ["train"] * 4 + ["validation"] * 4 + ["test"] * 4


def test_out_of_scope_parts_belong_to_the_part_in_their_name():
    rows = [[text, label] for text, label in PAIRS]
    odd = [["what is love", "oos"]]
    _, items = read_json({"oos_val": odd, "val": rows, "train": rows, "oos_train": odd, "oos_test": odd, "test": rows})
    counted = {part: splits(items).count(part) for part in ("train", "validation", "test")}
    assert counted == {"train": 5, "validation": 5, "test": 5}
    assert len(items) == 15
    assert items[0].label == "oos"


@pytest.mark.parametrize(
    "document",
    [
        ["a", "b", "c"],
        {},
        [],
        {"a": 1, "b": 2},
        [1, 2, 3],
        "text",
        {"train": ["a", "b"], "test": ["c"]},
        [{"a": 1}],
        None,
    ],
)
def test_json_without_examples_is_none(document):
    assert load(json.dumps(document), "names.json") is None


def test_values_stay_as_they_are_written():
    raw = '[{"text": "a", "label": 1.0}, {"text": "b", "label": true}, {"text": "c", "label": null}, ' \
          '{"text": "d", "label": NaN}, {"text": "e", "label": 1e400}, {"text": "f", "label": 01}]'  # fmt: skip
    with pytest.raises(DataError, match=r"'t\.json'.*not written as JSON should be \(line 1\)"):
        load(raw, "t.json")  # 01 is no number in JSON
    rows = load(raw.replace("01}", '"01"}'), "t.json").rows
    assert rows == [("a", "1.0"), ("b", "true"), ("c", ""), ("d", "NaN"), ("e", "1e400"), ("f", "01")]


def test_half_an_emoji_does_not_break_anything():
    _, items = read({"t.json": '[{"text": "\\ud83d x", "label": "a"}, {"text": "y", "label": "b"}]'})
    assert [text for text, _ in pairs(items)] == ["? x", "y"]


def test_records_may_lack_fields():
    _, items = read_json(
        [{"text": "a", "label": "x"}, {"label": "y"}, {"text": "c"}, {"text": "d", "label": "y", "n": 1}]
    )
    assert pairs(items) == [("a", "x"), ("d", "y")]
    assert skips(items) == [("entry 2", "The message is empty."), ("entry 3", "The label is empty.")]


# --- JSON Lines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["t.jsonl", "t.json", "t.txt"])
def test_json_lines(name):
    _, items = read({name: "\n".join(json.dumps(record) for record in RECORDS) + "\n"})
    assert pairs(items) == PAIRS


def test_a_bad_line_is_left_out_and_named():
    lines = [json.dumps(record) for record in RECORDS]
    _, items = read({"t.jsonl": "\n".join([*lines[:2], '{"text": "cut o', "", *lines[2:]])})
    assert pairs(items) == PAIRS
    assert skips(items) == [("line 3", "This line is not written as JSON should be.")]
    assert [item.name for item in items if hasattr(item, "name")] == ["line 1", "line 2", "line 5", "line 6"]


def test_lines_of_pairs():
    _, items = read({"t.jsonl": "\n".join(json.dumps(list(pair)) for pair in PAIRS)})
    assert pairs(items) == PAIRS


def test_a_file_that_breaks_off_says_so():
    with pytest.raises(DataError, match=r"'t\.json' begins like JSON.*cut off"):
        load(json.dumps(RECORDS)[:-20], "t.json")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "[" * 500 + "]" * 500, "9" * 10_000])
def test_deep_and_huge_json_does_not_break_the_reader(text):
    try:
        assert load(text, "t.json") is None
    except DataError as error:
        assert "t.json" in str(error)


def test_too_many_records_are_refused():
    with pytest.raises(DataError, match="more than 3 rows"):
        load(json.dumps(RECORDS), "t.json", limits=Limits(rows=3))


def test_a_small_file_that_would_be_a_huge_table_is_refused():
    """Every record with a key of its own: 3,000 rows of 3,000 cells each."""
    content = json.dumps([{f"key {i}": "a"} for i in range(3000)])
    with pytest.raises(DataError, match=r"more than 1,000 columns.*settings\.json"):
        load(content, "t.json", limits=Limits(columns=1000))
    with pytest.raises(DataError, match=r"more than 500,000 cells.*settings\.json"):
        load(content, "t.json", limits=Limits(cells=500_000))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["text", "label", "train", "test"]) | st.text(), inner)
        ),
    )
)
def test_any_json_is_a_table_or_none(document):
    table = load(json.dumps(document), "any.json")
    assert table is None or (
        len(table.rows) == len(table.row_names) and {len(r) for r in table.rows} == {len(table.columns)}
    )


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1))
def test_whatever_is_in_records_comes_back(rows):
    document = [{"text": text, "label": label} for text, label in rows]
    assert load(json.dumps(document), "t.json").rows == rows


def test_bytes_that_were_written_as_characters_are_put_together_again():
    said = "sch\u00f6n \U0001f600 \u4f60\u597d"
    document = [{"sender_name": f"J\u00f6rg {n}", "content": said, "label": "yx"[n % 2]} for n in range(8)]
    as_characters = json.dumps(document, ensure_ascii=False).encode().decode("latin-1")
    written = as_characters.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00")
    assert "J\\u00c3\\u00b6rg" in written
    table = load(written)
    assert table is not None and table.rows[0] == ("J\u00f6rg 0", said, "y")
    honest = json.dumps([{"text": f"caf\u00e9 \u00c3\u00a9 {n}", "label": "xy"[n % 2]} for n in range(4)])
    table = load(honest)
    assert table is not None and "caf\u00e9 \u00c3\u00a9 0" in table.rows[0], "one of them is no character of UTF-8"
