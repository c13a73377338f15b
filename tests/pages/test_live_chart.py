"""What the curves are drawn from."""

import pytest

from core.events import EpochEnd
from pages.shared.live_chart import _accuracy


@pytest.mark.parametrize(("first", "x"), [(1, [0, 1, 2]), (0, [0, 1])])
def test_the_line_rises_from_the_baseline_unless_the_start_itself_was_evaluated(first, x):
    ends = [EpochEnd(first + i, 5, 0.5, 1.0, 0.5, 0.85, 1.0) for i in range(2)]
    validation = _accuracy(ends, 0.17, 5)["traces"][1]
    assert validation["x"] == x and validation["y"] == [0.17, 0.85, 0.85][-len(x) :]
