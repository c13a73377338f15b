"""A learning curve's events folded into points, and into what they foretell. No torch here: pages use it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np

from core.evaluation.forecast import Forecast, Needed
from core.evaluation.repeated_splits import Estimate, EvaluatedSplit, two_way_accuracy
from core.events import DrawMade, Event, WayJudged
from core.studies.said import Said, share

TARGETS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""What one may want to get to, unless one says otherwise."""


class CurveTable:
    """Who was answered rightly by which strategy, in which draw, with how many examples of each class."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.draws: dict[tuple[int, int], EvaluatedSplit] = {}
        self.right: dict[str, dict[tuple[int, int], np.ndarray]] = {}
        self.seconds = 0.0
        for event in events:
            match event:
                case DrawMade():
                    self.draws[event.draw, event.shots] = EvaluatedSplit(event.taught, event.judged)
                case WayJudged():
                    judged = np.frombuffer(event.right.encode(), dtype=np.uint8) == ord("1")
                    self.right.setdefault(event.way, {})[event.draw, event.shots] = judged.astype(float)
                    self.seconds = event.seconds

    def points(self, strategy: str) -> dict[int, Estimate]:
        """The accuracy at each number of examples that was judged, in order."""
        judged = self.right.get(strategy, {})
        by_shots: dict[int, list[tuple[int, int]]] = {}
        for draw, shots in judged:
            by_shots.setdefault(shots, []).append((draw, shots))
        return {
            shots: two_way_accuracy([self.draws[key] for key in keys], [judged[key] for key in keys])
            for shots, keys in sorted(by_shots.items())
        }

    def forecast(self, strategy: str) -> Forecast | None:
        """What the draws that were judged at every number of examples foretell; None when there is none."""
        judged = self.right.get(strategy, {})
        sizes = sorted({shots for _, shots in judged})
        whole = [draw for draw in sorted({draw for draw, _ in judged}) if all((draw, n) in judged for n in sizes)]
        if not whole:
            return None
        draws = [[self.draws[draw, n] for draw in whole] for n in sizes]
        return Forecast(sizes, draws, [np.stack([judged[draw, n] for n in sizes]) for draw in whole])

    def to_dict(self, target: float | None = None) -> dict[str, Any]:
        """All that can be told, as plain data; `target` is what one wants to get to, by default the next round one."""
        found: dict[str, Any] = {"curves": {}, "forecasts": {}, "seconds": self.seconds}
        for strategy in self.right:
            points, forecast = self.points(strategy), self.forecast(strategy)
            found["curves"][strategy] = [
                {"shots": n, "mean": point.mean, "interval": point.interval, "draws": point.repeats,
                 "judged": point.tested}
                for n, point in points.items()
            ]  # fmt: skip
            if forecast is None:
                continue
            wanted = forecast.needed(target or usual_target(points))
            double = 2 * forecast.sizes[-1]
            foretold = None if forecast.refusal else [double, *forecast.accuracy(double)]
            found["forecasts"][strategy] = {**asdict(wanted), "refusal": forecast.refusal, "double": foretold}
            found["forecasts"][strategy]["sentences"] = [str(said) for said in foretell(forecast, wanted)]
        return found


def usual_target(points: dict[int, Estimate]) -> float:
    """The next round accuracy above the last point."""
    last = points[max(points)].mean
    return next((target for target in TARGETS if target > last + 0.01), TARGETS[-1])


def foretell(forecast: Forecast, wanted: Needed) -> list[Said]:
    """How many more examples, in plain words; and what twice as many would give."""
    values = {"target": share(wanted.target), "from": str(forecast.sizes[0]), "to": str(forecast.sizes[-1])}
    values["points"] = str(len(forecast.sizes))
    for name in ("low", "middle", "high"):
        value = getattr(wanted, name)
        if value is not None:
            values[name] = _count(value)
    text = _REFUSALS.get(forecast.refusal) or _WORDS[wanted.kind]
    said = [Said(text, {name: value for name, value in values.items() if f"{{{name}}}" in text})]
    if not forecast.refusal:
        double = 2 * forecast.sizes[-1]
        middle, (low, high) = forecast.accuracy(double)
        about = {"n": str(double), "middle": share(middle), "low": share(low), "high": share(high)}
        said.append(Said(_DOUBLE, about))
    return said


def _count(n: float) -> str:
    """A number of examples, to two digits: no forecast is surer than that."""
    whole = max(1, round(n))
    unit = 10 ** max(0, len(str(whole)) - 2)
    return f"{round(whole / unit) * unit:,}"


_WORDS = {
    "about": "To be right on {target} you would need about {middle} of each class (between {low} and {high}).",
    "open": "The best guess for {target} is about {middle} of each class, but anything from {low} upwards fits this "
    "curve.",
    "at_least": "To be right on {target} you would need at least {low} of each class; how many more cannot be told.",
    "levels_off": "More examples of the same kind are unlikely to bring it to {target}: the curve levels off below.",
    "cannot_say": "How many it takes to be right on {target} cannot be told from this curve: too many answers fit it.",
}
_DOUBLE = "With twice as many ({n} of each class) it would be right on about {middle} (between {low} and {high})."
_REFUSALS = {
    "sizes": "How many more it takes cannot be told: that needs a curve of at least four points, and this one has "
    "{points}.",
    "draws": "How many more it takes cannot be told from fewer than three draws.",
    "flat": "How many more it takes cannot be told: between {from} and {to} of each class it did not clearly get "
    "better.",
    "shape": "How many more it takes cannot be told: the last point is not where the others lead, so the curve has "
    "another shape than the usual one.",
}
