"""Which cells of a row made a model say what it says."""

from __future__ import annotations

import json

import pytest

from core.errors import UnreadableExampleError
from core.events import drain
from core.jobs.explaining import explain_run
from core.results.explanation import finding, limits
from tests.helpers import row_dataset, trained


@pytest.mark.parametrize(("model", "strategy"), [("table-columns", "head"), ("column-network", "scratch")])
def test_the_cell_that_tells_the_class_is_the_strongest(workspace, model, strategy):
    dataset = row_dataset(workspace)
    run = trained(workspace, dataset, model=model, strategy=strategy)
    row = '{"petal": 6, "leaf": "4 cm", "colour": "red"}'
    found, _ = drain(explain_run(run, {"input": row}, workspace))
    assert found.heat is None and found.label == "rose"
    strengths = [abs(cell.value) for cell in found.cells]
    assert strengths == sorted(strengths, reverse=True) and {c.column for c in found.cells} >= {"petal", "day"}
    by_column = {cell.column: cell for cell in found.cells}
    assert by_column["petal"].value > 0.2 and by_column["petal"].text == "6"
    assert "matters most" in str(finding(json.loads(json.dumps(found.to_dict()))))
    assert "usual in their column" in str(limits("table"))
    assert found.neighbours


def test_an_example_of_the_set_and_an_input_that_is_no_row(workspace):
    dataset = row_dataset(workspace)
    run = trained(workspace, dataset, model="table-columns")
    found, _ = drain(explain_run(run, {"example": dataset.examples[30].id, "class": "aster"}, workspace))
    assert found.about == "aster" and found.cells
    with pytest.raises(UnreadableExampleError):
        drain(explain_run(run, {"input": '{"petal": [1]}'}, workspace))
