"""Can the class be told from something that has nothing to do with it: the file's size, its format, the background?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.findings import Finding
from core.data.splits import stratified_folds
from core.doctor.case import Case, in_hundred, named
from core.evaluation.intervals import wilson

LEAST_EXAMPLES = 30
_LEAST_IN_CLASS = 5
_FOLDS = 5
_LEAST_GAIN = 0.25
_LEAST_OF_ROOM = 0.5
_SINGLED_OUT = 0.75
"""Both ends of certainty (95 %): of those called so, and of those that are so, for a class known by a feature alone."""


@dataclass(frozen=True)
class Feature:
    """Something besides the motif. `values` is (n, k); `tell` says its value for one example in words."""

    name: str
    severity: str
    values: np.ndarray
    tell: Callable[[int], str]


@dataclass(frozen=True)
class Telling:
    """A feature from which the class can be told: how often, in cross-validation, or which `classes` stand out."""

    feature: Feature
    accuracy: float
    classes: tuple[str, ...]


def shortcut(case: Case) -> list[Finding]:
    """At most one finding for files (serious) and one for looks or length (a look).

    A small decision tree on the feature alone has to be right, with 95 % certainty, far more often than always naming
    the commonest class: by 25 points, and by half of what there is to gain. Or it finds one class out of the others.
    """
    counts = case.dataset.counts
    used = [i for i, label in enumerate(case.labels) if counts[label] >= _LEAST_IN_CLASS]
    labels = np.array([case.labels[i] for i in used])
    if len(used) < LEAST_EXAMPLES or len(set(labels)) < 2:
        return []
    ids = [case.dataset.examples[i].id for i in used]
    telling = [found for feature in _features(case) if (found := _telling(feature, feature.values[used], labels, ids))]
    findings = []
    for severity in ("serious", "look"):
        same = sorted((t for t in telling if t.feature.severity == severity), key=lambda t: -t.accuracy)
        if same:
            findings.append(_finding(case, same))
    return findings


def _features(case: Case) -> Iterator[Feature]:
    examples, looks = case.dataset.examples, case.looks
    if looks is None:
        lengths = np.array([len(example.text or "") for example in examples], dtype=float)
        yield Feature("the length of the message", "look", lengths[:, None], lambda i: f"{lengths[i]:.0f} characters")
        return
    facts = [example.facts for example in examples]
    if all(fact.get("width") and fact.get("height") for fact in facts):
        sides = np.array([(fact["width"], fact["height"]) for fact in facts], dtype=float)
        size = np.column_stack([sides, sides[:, 0] / sides[:, 1]])
        yield Feature("the size of the picture", "serious", size, lambda i: f"{sides[i, 0]:.0f} x {sides[i, 1]:.0f}")
        if all(fact.get("bytes") for fact in facts):
            weight = np.array([fact["bytes"] for fact in facts], dtype=float) / sides.prod(axis=1)
            yield Feature("the bytes the file takes for each pixel", "serious", weight[:, None],
                          lambda i: f"{weight[i]:.2f} bytes a pixel")  # fmt: skip
    if all(fact.get("format") for fact in facts):
        formats = sorted({fact["format"] for fact in facts})
        marks = np.array([[fact["format"] == name for name in formats] for fact in facts], dtype=float)
        yield Feature("the format of the file", "serious", marks, lambda i: str(facts[i]["format"]))
    yield Feature("the colour of the background", "look", looks.border, lambda i: _colour(looks.border[i]))
    yield Feature("the brightness of the picture", "look", looks.brightness[:, None],
                  lambda i: f"brightness {looks.brightness[i] / 255:.0%}")  # fmt: skip


def _telling(feature: Feature, values: np.ndarray, labels: np.ndarray, ids: Sequence[str]) -> Telling | None:
    if (values == values[0]).all():
        return None
    answers = cross_validated(values, labels, ids)
    right = answers == labels
    names, counts = np.unique(labels, return_counts=True)
    baseline = counts.max() / len(labels)
    low = wilson(int(right.sum()), len(labels))[0]
    if low > baseline + max(_LEAST_GAIN, _LEAST_OF_ROOM * (1 - baseline)):
        return Telling(feature, float(right.mean()), ())
    stand_out = tuple(str(name) for name in names if _stands_out(name, answers, labels))
    return Telling(feature, float(right.mean()), stand_out) if stand_out else None


def cross_validated(values: np.ndarray, labels: np.ndarray, ids: Sequence[str]) -> np.ndarray:
    """What a small tree on `values` (n, k) answers for each example, grown on the others; copies stay together."""
    from sklearn.model_selection import cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    leaves = max(4, 2 * len(set(labels)))
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=3, random_state=0)
    return cross_val_predict(tree, values, labels, cv=stratified_folds(labels, ids, _FOLDS, seed=0))


def _stands_out(name: str, answers: np.ndarray, labels: np.ndarray) -> bool:
    called, own = answers == name, labels == name
    hits = int((called & own).sum())
    if not hits or own.mean() > 0.5:
        return False
    return min(wilson(hits, int(called.sum()))[0], wilson(hits, int(own.sum()))[0]) >= _SINGLED_OUT


def _finding(case: Case, telling: Sequence[Telling]) -> Finding:
    best = telling[0]
    if best.classes:
        title = f"{named(best.classes)} can be told by {best.feature.name} alone"
    else:
        title = f"From {best.feature.name} alone one can tell the class {in_hundred(best.accuracy)}"
    meaning = (
        "A model takes the easiest way: it may learn that instead of what you mean, look good here and fail on new "
        f"{case.things} where it is otherwise."
    )
    if len(telling) > 1:
        meaning += f" Also telling: {', '.join(t.feature.name for t in telling[1:])}."
    meaning += _advice(case, best.feature)
    shown = case.exhibits(_typical(case, best.feature), best.feature.tell)
    return Finding("shortcut", best.feature.severity, title, meaning, len(case.labels), shown)


def _advice(case: Case, feature: Feature) -> str:
    if feature.severity == "serious":
        return (
            " Probably the classes come from different sources. Collect all classes in the same way, with the same "
            "camera or from the same kind of site."
        )
    if case.is_pictures:
        return (
            " If it belongs to the thing itself, as blue belongs to the sky, all is well. Otherwise take pictures of "
            "every class before several backgrounds and in different light."
        )
    return " If it belongs to the class, all is well. Otherwise collect short and long ones of every class."


def _typical(case: Case, feature: Feature) -> list[int]:
    """For each class the example whose value is nearest to the middle of its class."""
    labels = np.array(case.labels)
    chosen = []
    for label in case.dataset.classes:
        own = np.flatnonzero(labels == label)
        away = np.abs(feature.values[own] - np.median(feature.values[own], axis=0)).sum(axis=1)
        chosen.append(int(own[away.argmin()]))
    return chosen


def _colour(rgb: np.ndarray) -> str:
    """A rough name for a colour."""
    low, high = rgb.min(), rgb.max()
    if high - low < 40:
        return "black" if high < 60 else "white" if low > 200 else "grey"
    names = {(1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (1, 1, 0): "yellow", (0, 1, 1): "turquoise",
             (1, 0, 1): "pink"}  # fmt: skip
    return names[tuple((rgb > (low + high) / 2).astype(int).tolist())]
