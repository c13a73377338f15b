"""The script beside an exported model of a table, without the model: how it takes its rows."""

from __future__ import annotations

import json
import re
import runpy

import pytest

from core.catalogues import texts_in_python
from core.export.script import standalone
from core.messages import language
from core.modalities import MODALITIES
from core.modalities.table.fitting import fit_columns

COLUMNS = fit_columns({"mass": f"{20 + n % 40}.5", "colour": ("red", "blue")[n % 2]} for n in range(100))


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "predict.py"
    path.write_text(standalone("core.export.standalone.tables"), encoding="utf-8")
    return runpy.run_path(str(path), run_name="predict")


@pytest.fixture
def rows(script):
    return script["Rows"]({"columns": COLUMNS.to_dict(), "apart": False})


def test_a_row_without_any_column_is_refused_in_words(script, rows):
    with pytest.raises(script["UnreadableExampleError"]) as refused:
        rows.read(b'{"age": 3}')
    assert str(refused.value).startswith("The model needs the columns 'mass', 'colour', and none of them is there.")
    assert "Found were: 'age'. Give the columns" in str(refused.value)


def test_decimal_commas_are_numbers(rows):
    assert rows.read(b'{"mass": "41,5"}') == {"mass": "41.5"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_says_for_all_of_its_rows_how_numbers_are_written(rows, tmp_path, delimiter):
    cells = [["mass", "colour"], ["41,5", "red"], ["1,234", "blue"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in cells)
    (tmp_path / "new.csv").write_text(text, encoding="utf-8")
    read = [rows.read(raw) for _, raw in rows.named([str(tmp_path / "new.csv")])]
    assert read == [{"mass": "41.5", "colour": "red"}, {"mass": "1.2340", "colour": "blue"}] or read == [
        {"mass": "41.5", "colour": "red"},
        {"mass": "1.234", "colour": "blue"},
    ]


def test_a_number_far_outside_gets_a_remark(rows):
    row = rows.read(json.dumps({"mass": 1e30, "colour": ""}).encode())
    assert rows.remark(row) == "Far outside of what the model was trained on: mass is 1e+30 (trained on 20.5 to 59.5)."
    assert rows.remark(rows.read(b'{"mass": 30, "colour": ""}')) == ""


@pytest.mark.parametrize("kind", [kind for kind in MODALITIES.values() if kind.script], ids=lambda kind: kind.name)
def test_the_script_speaks_the_language_in_which_it_was_exported(kind, tmp_path):
    path = tmp_path / "predict.py"
    path.write_text(standalone(kind.script, language=language("zh")), encoding="utf-8")
    script = runpy.run_path(str(path), run_name="predict")
    texts = [text for _, texts in texts_in_python(path.read_text(encoding="utf-8")) for text in texts]
    assert len(texts) > 5 and script["SAID"].keys() <= set(texts)
    assert [text for text in texts if text not in script["SAID"] and re.search("[a-z]{3} [a-z]{3}", text)] == []
    assert script["Message"]("There is no {network} beside this file.", network="a.onnx") == "此文件旁边没有 a.onnx。"
