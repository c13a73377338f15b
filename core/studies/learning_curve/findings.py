"""What a learning curve forecasts: how many more examples it takes, or why that cannot be told."""

from __future__ import annotations

from typing import Any

from core.evaluation.forecast import Forecast, Needed
from core.messages import Message, sentences
from core.studies.learning_curve.table import CurveTable

_SEEN = 0.05
"""From such a rise on everybody sees one in the chart."""


def findings(table: CurveTable) -> list[Message]:
    """A paragraph for each strategy, its name first."""
    return [
        Message("{strategy}: {forecast}", strategy=table.name(strategy),
                forecast=sentences(*describe_forecast(forecast, forecast.needed(table.target(strategy)))))
        for strategy, forecast in table.forecasts().items()
    ]  # fmt: skip


def result(table: CurveTable) -> dict[str, Any]:
    """The table's own data, with the sentences of each forecast."""
    data = table.to_dict()
    for strategy, forecast in table.forecasts().items():
        said = describe_forecast(forecast, forecast.needed(table.target(strategy)))
        data["forecasts"][strategy]["sentences"] = said
    return data


def describe_forecast(forecast: Forecast, wanted: Needed) -> list[Message]:
    """How many more examples, in plain words; and what twice as many would give."""
    if forecast.refusal:
        (first, last), (low, high) = (forecast.sizes[0], forecast.sizes[-1]), forecast.ends
        values = {"points": len(forecast.sizes), "first": first, "last": last, "low": low, "high": high}
        reason = "luck" if forecast.refusal == "flat" and high - low >= _SEEN else forecast.refusal
        return [_REFUSALS[reason].having(**values)]
    counts = {name: getattr(wanted, name) for name in ("low", "middle", "high")}
    numbers = {name: _count(value) for name, value in counts.items() if value is not None}
    double = 2 * forecast.sizes[-1]
    middle, (low, high) = forecast.accuracy(double)
    return [
        _NEEDED[wanted.kind].having(target=wanted.target, **numbers),
        Message(
            "Twice as many examples ({n} per class) should bring the accuracy to about {middle:percent} (between "
            "{low:percent} and {high:percent}).", n=double, middle=middle, low=low, high=high,
        ),
    ]  # fmt: skip


def _count(n: float) -> int:
    """A number of examples, to two digits: no forecast is surer than that."""
    whole = max(1, round(n))
    unit = 10 ** max(0, len(str(whole)) - 2)
    return int(round(whole / unit) * unit)


_NEEDED = {
    "about": Message(
        "To reach {target:percent} accuracy you would need about {middle} examples per class (between {low} and "
        "{high})."
    ),
    "open": Message(
        "The best guess for {target:percent} accuracy is about {middle} examples per class. But anything from "
        "{low} upwards fits this curve."
    ),
    "at_least": Message(
        "To reach {target:percent} accuracy you would need at least {low} examples per class; how many more cannot be "
        "told."
    ),
    "levels_off": Message(
        "More examples of the same kind are unlikely to bring it to {target:percent}: the curve levels off below."
    ),
    "cannot_say": Message(
        "How many it takes to reach {target:percent} accuracy cannot be told from this curve: too many answers fit it."
    ),
}
_REFUSALS = {
    "sizes": Message(
        "How many more it takes cannot be told: that needs a curve of at least four points, and this one has {points}."
    ),
    "draws": Message("How many more it takes cannot be told from fewer than three splits."),
    "flat": Message(
        "How many more it takes cannot be told: between {first} and {last} per class it did not clearly get better."
    ),
    "luck": Message(
        "How many more it takes cannot be told: it rose from {low:percent} with {first} per class to {high:percent} "
        "with {last}, but with so few splits that may be luck. Choose more splits."
    ),
    "shape": Message(
        "How many more it takes cannot be told: the last point is not where the others lead, so the curve has another "
        "shape than the usual one."
    ),
}
