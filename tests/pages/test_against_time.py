"""The chart of accuracy against training time."""

from pages.studies import against_time
from pages.studies.against_time import Contender, show_against_time


def drawn(monkeypatch, contenders) -> list[dict]:
    charts = []
    monkeypatch.setattr(against_time, "show_live", lambda key, found, title: charts.extend(found))
    show_against_time("key", contenders, 0.2, "alt")
    return charts[0]["traces"]


def test_no_name_stands_where_marks_may_be(monkeypatch):
    """Names stood beside points, under the marks of single seeds and of the test set."""
    close = [
        Contender(number, f"method {number}", 0.8, (0.7, 0.9), 0.2, ((0.19, 0.79), (0.21, 0.81)), (0.85, (0.7, 0.95)))
        for number in range(3)
    ]
    traces = drawn(monkeypatch, close)
    assert not any("text" in trace["mode"] for trace in traces)
    named = [trace["name"] for trace in traces if trace["showlegend"]]
    assert named == ["method 0", "test set", "method 1", "method 2", "baseline"], "each once"
    assert (
        len(
            {
                trace["marker"]["symbol"]
                for trace in traces
                if trace["name"].startswith("method") and trace["showlegend"]
            }
        )
        == 3
    )
