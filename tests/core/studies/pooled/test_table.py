"""What is said of answers that were decided beforehand."""

from __future__ import annotations

import pytest

from core.studies.events import GiverAnswered
from core.studies.pooled.design import PooledDesign
from core.studies.pooled.findings import findings
from core.studies.pooled.table import PooledTable
from tests.core.studies.pooled.making import answers

DESIGN = PooledDesign("m")


@pytest.mark.parametrize(
    ("alone", "together", "sign", "said"),
    [
        (0.5, 0.85, 1, "Together is better"), (0.7, 0.7, 0, "There is no clear difference"),
        (0.85, 0.5, -1, "Alone is better here"),
    ],
)  # fmt: skip
def test_each_of_three_ends_is_said_and_told_giver_by_giver(alone, together, sign, said):
    table = PooledTable(DESIGN, answers(alone, together))
    assert table.difference.sign == sign and table.difference.interval[0] < table.difference.interval[1]
    first, second = map(str, findings(table))
    assert said in first
    assert {row.clear for row in table.rows} == {sign}
    assert len(table.rows) == 8 and ("chance may have decided" in second) == (sign == 0)
    whole, one_by_one = table.sheets()
    assert len(whole.rows) == 3 and len(one_by_one.rows) == 8


def test_both_are_measured_on_the_same_examples_also_half_way():
    """While everybody's models are there and few alone, and nobody's: no row has one side only."""
    events = answers(0.5, 0.9, givers=4)
    for n in range(len(events)):
        table = PooledTable(DESIGN, events[:n])
        assert len(table.rows) <= 4 and (table.alone is None) == (table.together is None)
        findings(table), table.sheets(), table.to_dict()
    told = [one for one in events if not (isinstance(one, GiverAnswered) and one.tested == "giver 3")]
    assert all("giver 3" not in pair[1] for pair in PooledTable(DESIGN, told).pairs)


def test_before_three_givers_were_tested_nothing_is_told():
    (said,) = findings(PooledTable(DESIGN, answers(0.5, 0.9)[:10]))
    assert "nothing can be told" in str(said)
