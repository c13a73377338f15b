"""Can the class be told from something that has nothing to do with it? Shortcuts that a model would take.

`shortcut` looks at the file's size and format, the camera, the day, the speaker, the background, the brightness, the
length and the language of a text; `same_mark` for a spot near the edge that looks the same in every picture of one
class and in few others: a logo, a date, a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.dataset import named
from core.data.findings import Finding, Severity
from core.data.languages import LANGUAGES
from core.data.splits import stratified_folds
from core.doctor.case import Case, cautious
from core.doctor.origins import Origin, cameras, days, speakers
from core.evaluation.intervals import wilson
from core.messages import NOTHING, Message, sentences
from core.modalities.image.looks import Looks

_SINGLED_OUT = 0.75
"""For a class known by one thing alone, the least that two shares may be (95 %): of those that have it, how many are of
the class, and of the class, how many have it.

On seven datasets of photos, clip art and handwriting no spot near the edge came above 0.56; a mark that was planted in
one class of TrashNet came to 0.89."""

_LEAST_EXAMPLES = 30
_LEAST_IN_CLASS = 5
_MOST_CLASSES = 1000
"""A tree holds the share of every class in each of its leaves, of which there are two for each class."""
_FOLDS = 5
_LEAST_GAIN = 0.25
_LEAST_OF_ROOM = 0.5

_LEAST_MARKED = 10
"""A class with fewer pictures shows no common mark."""
_AT_ONCE = 1000
_SAME = 10.0
"""Levels of 255 by which the spot may differ."""


@dataclass(frozen=True)
class Feature:
    """Something besides the thing itself. `values` is (n, k); `tell` says its value for one example in words. `advice`
    says what helps, where it is not the usual."""

    name: Message
    severity: Severity
    values: np.ndarray
    tell: Callable[[int], Message]
    advice: Message = NOTHING


@dataclass(frozen=True)
class Telling:
    """A feature from which the class can be told: how often, in cross-validation, or which `classes` stand out."""

    feature: Feature
    accuracy: float
    classes: tuple[str, ...]


def shortcut(case: Case) -> Iterator[Finding]:
    """At most one finding for files (serious) and one for looks or length (a look).

    A small decision tree on the feature alone has to be right, with 95 % certainty, far more often than always naming
    the most frequent class: by 25 percentage points, and by half of what there is to gain. Or it finds one class out of
    the others.
    """
    counts = case.dataset.counts
    used = [i for i, label in enumerate(case.labels) if counts[label] >= _LEAST_IN_CLASS]
    names = sorted({case.labels[i] for i in used})
    ids = [case.dataset.examples[i].id for i in used]
    if len(used) < _LEAST_EXAMPLES or len(names) < 2 or len(set(ids)) < _FOLDS:
        return
    if len(names) > _MOST_CLASSES:
        yield _too_many_classes(len(names))
        return
    number = {name: at for at, name in enumerate(names)}
    labels = np.array([number[case.labels[i]] for i in used])
    features = _FEATURES.get(case.dataset.kind.traits, lambda case: iter(()))(case)
    telling = [found for feature in features if (found := _telling(feature, feature.values[used], labels, names, ids))]
    for severity in ("serious", "look"):
        same = sorted((t for t in telling if t.feature.severity == severity), key=lambda t: -t.accuracy)
        if same:
            yield _shortcut(case, same)


def _of_texts(case: Case) -> Iterator[Feature]:
    lengths = np.array([len(text) for text in case.texts], dtype=float)
    name = Message("the length of the text")
    yield Feature(name, "look", lengths[:, None], lambda i: Message("{n} characters", n=int(lengths[i])))
    found = case.languages
    there = sorted(found.counts)
    if len(there) > 1 and len(found.chosen) == len(case.texts):
        marks = np.array([[found.at.get(i) == code for code in there] for i in range(len(case.texts))], dtype=float)
        yield Feature(
            Message("the language of the text"),
            "look",
            marks,
            lambda i: LANGUAGES[found.at[i]] if i in found.at else Message("language not known"),
            Message("If the classes are not about languages, collect texts of every class in each language."),
        )


def _of_pictures(case: Case) -> Iterator[Feature]:
    looks, facts = case.looks, [example.facts for example in case.dataset.examples]
    if all(fact.get("width") and fact.get("height") for fact in facts):
        sides = np.array([(fact["width"], fact["height"]) for fact in facts], dtype=float)
        yield Feature(
            Message("the size of the picture"),
            "serious",
            np.column_stack([sides, sides[:, 0] / sides[:, 1]]),
            lambda i: Message("{width} x {height} pixels", width=int(sides[i, 0]), height=int(sides[i, 1])),
        )
        if all(fact.get("bytes") for fact in facts):
            weight = np.array([fact["bytes"] for fact in facts], dtype=float) / sides.prod(axis=1)
            yield Feature(
                Message("the bytes the file takes for each pixel"),
                "serious",
                weight[:, None],
                lambda i: Message("{n} bytes a pixel", n=float(weight[i])),
            )
    if all(fact.get("format") for fact in facts):
        formats = sorted({fact["format"] for fact in facts})
        marks = np.array([[fact["format"] == name for name in formats] for fact in facts], dtype=float)
        yield Feature(
            Message("the format of the file"),
            "serious",
            marks,
            lambda i: Message("a {format} file", format=str(facts[i]["format"])),
        )
    yield from _of_origins(case, cameras, "serious", NOTHING)
    yield from _of_origins(case, days, "look", _OTHER_DAYS)
    yield Feature(Message("the colour of the background"), "look", looks.border, lambda i: _colour(looks.border[i]))
    yield Feature(
        Message("the brightness of the picture"),
        "look",
        looks.brightness[:, None],
        lambda i: Message("brightness {share:percent}", share=float(looks.brightness[i]) / 255),
    )


def _of_sounds(case: Case) -> Iterator[Feature]:
    heard = case.hearing
    facts = [example.facts for example in case.dataset.examples]
    if all(fact.get("rate") and fact.get("channels") and fact.get("format") for fact in facts):
        made = [(fact["format"], fact["rate"], fact["channels"]) for fact in facts]
        kinds = sorted(set(made))
        yield Feature(
            Message("how the file was recorded (format, sample rate, channels)"),
            "serious",
            np.array([[one == kind for kind in kinds] for one in made], dtype=float),
            lambda i: Message("{format}, {rate} Hz, {channels} channels", format=made[i][0], rate=made[i][1],
                              channels=made[i][2]),
        )  # fmt: skip
    yield from _of_origins(case, speakers, "serious", _OTHER_SPEAKERS)
    yield from _of_origins(case, days, "look", _OTHER_DAYS)
    seconds = heard.seconds
    yield Feature(
        Message("the length of the recording"),
        "look",
        seconds[:, None],
        lambda i: Message("{n:g} seconds", n=round(float(seconds[i]), 2)),
    )
    yield Feature(
        Message("the loudness of the recording"),
        "look",
        np.column_stack([heard.loudness, heard.peak]),
        lambda i: Message("{n} dB below full scale", n=round(-float(heard.loudness[i]))),
    )


_OTHER_DAYS = Message(
    "Light, weather, room and background change from day to day, and a model may take those for the class. Collect "
    "examples of every class on each of several days."
)
_OTHER_SPEAKERS = Message(
    "The model may learn who is speaking instead of what is said. Record every class with several speakers, and each "
    "of them with every class."
)


def _of_origins(
    case: Case, origins: Callable[[Case], Iterator[Origin]], severity: Severity, advice: Message
) -> Iterator[Feature]:
    for name, values, tell in origins(case):
        yield Feature(name, severity, values, tell, advice)


_FEATURES: dict[str, Callable[[Case], Iterator[Feature]]] = {
    "looks": _of_pictures, "wording": _of_texts, "hearing": _of_sounds,
}  # fmt: skip
"""By the traits of a kind of example; one without traits has no features besides the thing itself."""


def _telling(
    feature: Feature, values: np.ndarray, labels: np.ndarray, names: Sequence[str], ids: Sequence[str]
) -> Telling | None:
    """`labels` (n,) are places in `names`."""
    if (values == values[0]).all():
        return None
    answers = cross_validated(values, labels, ids)
    right = answers == labels
    counts = np.bincount(labels, minlength=len(names))
    baseline = counts.max() / len(labels)
    low = wilson(int(right.sum()), len(labels))[0]
    if low > baseline + max(_LEAST_GAIN, _LEAST_OF_ROOM * (1 - baseline)):
        return Telling(feature, float(right.mean()), ())
    called, hits = (np.bincount(found, minlength=len(names)) for found in (answers, labels[right]))
    stand_out = tuple(
        name for name, *found in zip(names, hits, called, counts, strict=True)
        if counts.sum() >= 2 * found[-1] and _stands_out(*map(int, found))
    )  # fmt: skip
    return Telling(feature, float(right.mean()), stand_out) if stand_out else None


def cross_validated(values: np.ndarray, labels: np.ndarray, ids: Sequence[str]) -> np.ndarray:
    """What a small tree on `values` (n, k) answers for each example, grown on the others; copies stay together."""
    from sklearn.model_selection import cross_val_predict  # slow to import, and whoever lists the jobs imports this
    from sklearn.tree import DecisionTreeClassifier

    leaves = max(4, 2 * len(set(labels)))
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=3, random_state=0)
    return np.asarray(cross_val_predict(tree, values, labels, cv=stratified_folds(labels, ids, _FOLDS, seed=0)))


def _stands_out(hits: int, called: int, own: int) -> bool:
    """Whether a class of `own` examples, `called` so many times and rightly in `hits`, is known by one thing alone."""
    return bool(hits) and min(wilson(hits, called)[0], wilson(hits, own)[0]) >= _SINGLED_OUT


def _too_many_classes(n: int) -> Finding:
    return Finding(
        "shortcut",
        "note",
        Message("No shortcuts were looked for: there are {n} classes", n=n),
        Message(
            "A shortcut is something beside the point that gives the class away, such as the size of a file or the "
            "length of a text. It is only looked for where there are at most {most} classes.",
            most=_MOST_CLASSES,
        ),
        n,
    )


def _shortcut(case: Case, telling: Sequence[Telling]) -> Finding:
    best = telling[0]
    feature = best.feature
    if best.classes:
        title = Message("{labels} can be told by {feature} alone", labels=named(best.classes), feature=feature.name)
    else:
        title = Message(
            "From {feature} alone the class can be told {share:percent} of the time",
            feature=feature.name,
            share=cautious(best.accuracy),
        )
    also = NOTHING
    if len(telling) > 1:
        also = Message("Also telling: {features:list}.", features=[other.feature.name for other in telling[1:]])
    explanation = sentences(
        Message(
            "A model takes the easiest way: it may learn that instead of what you mean, look good here and fail on new "
            "{examples} where it is otherwise.",
            examples=case.dataset.kind.many,
        ),
        also,
        _advice(case, feature),
    )
    shown = case.exhibits(_typical(case, feature), feature.tell)
    return Finding("shortcut", feature.severity, title, explanation, len(case.labels), shown)


def _advice(case: Case, feature: Feature) -> Message:
    if feature.advice:
        return feature.advice
    if feature.severity == "serious":
        return Message(
            "Probably the classes come from different sources. Collect all classes in the same way, with the same "
            "camera or from the same kind of site."
        )
    if case.dataset.kind.traits == "looks":
        return Message(
            "If it belongs to the thing itself, as blue belongs to the sky, all is well. Otherwise take pictures of "
            "every class before several backgrounds and in different light."
        )
    if case.dataset.kind.traits == "hearing":
        return Message(
            "If it belongs to the sound itself, as a shout is loud, all is well. Otherwise record every class in the "
            "same way: near and far, soft and loud, short and long."
        )
    return Message("If it belongs to the class, all is well. Otherwise collect short and long ones of every class.")


def _typical(case: Case, feature: Feature) -> list[int]:
    """For each class the example whose value is nearest to the middle of its class."""
    chosen = []
    for label in case.dataset.classes:
        own = np.array(case.members[label])
        away = np.abs(feature.values[own] - np.median(feature.values[own], axis=0)).sum(axis=1)
        chosen.append(int(own[away.argmin()]))
    return chosen


_COLOURS = {
    (1, 0, 0): Message("red"),
    (0, 1, 0): Message("green"),
    (0, 0, 1): Message("blue"),
    (1, 1, 0): Message("yellow"),
    (0, 1, 1): Message("turquoise"),
    (1, 0, 1): Message("pink"),
}


def _colour(rgb: np.ndarray) -> Message:
    """A rough name for a colour (3,) on a scale of 0..255."""
    low, high = rgb.min(), rgb.max()
    if high - low < 40:
        return Message("black") if high < 60 else Message("white") if low > 200 else Message("grey")
    red, green, blue = (int(part) for part in rgb > (low + high) / 2)
    return _COLOURS[red, green, blue]


# --- a mark at the same place ---


@dataclass(frozen=True)
class _Spot:
    """Where it is, from 0 to 1, and by how much of its pictures the class can be told there."""

    label: str
    share: float
    row: float
    column: float


def same_mark(case: Case) -> Iterator[Finding]:
    """At most one finding, about every class whose pictures look the same at one spot.

    The middle of the picture is left out: there the thing itself is, and that it looks the same is no shortcut.
    """
    spots = sorted(_spots(case), key=lambda spot: -spot.share)
    if not spots:
        return
    labels = [spot.label for spot in spots]
    first = case.members[labels[0]]
    yield Finding(
        "shortcut",
        "serious",
        Message("{labels} can be told by a spot {where} alone", labels=named(labels), where=_where(spots[0])),
        Message(
            "There these pictures all look the same, and hardly any other does: perhaps a logo, a date, a mark or the "
            "edge of a stand. A model takes the easiest way: it may learn that spot and not the thing, look good here "
            "and fail on pictures without it. Cut it off, cover it, or take all pictures in the same way."
        ),
        len(first),
        case.exhibits(first[:12]),
    )


def _spots(case: Case) -> Iterator[_Spot]:
    """The best spot of every class, where it is good enough."""
    looks, total = case.looks, len(case.labels)
    for label, count in case.dataset.counts.items():
        if count < _LEAST_MARKED or count == total:
            continue
        values, places = _near_the_edge(Looks(looks.values[case.members[label]]))
        middle = np.median(values, axis=0)
        hits = (np.abs(values - middle) <= _SAME).sum(0)
        if wilson(int(hits.max()), count)[0] <= _SINGLED_OUT:
            continue  # they do not even look the same among themselves: no need to look at all others
        having = np.zeros_like(hits)
        for start in range(0, total, _AT_ONCE):
            some, _ = _near_the_edge(Looks(looks.values[start : start + _AT_ONCE]))
            having += (np.abs(some - middle) <= _SAME).sum(0)
        without = 1 - (having - hits) / (total - count)  # of a class that is nearly all there is, nearly all spots are
        best = int(np.argmax(np.minimum.reduce([hits / np.maximum(having, 1), hits / count, without])))
        found = wilson(int(hits[best]), int(having[best]))[0], wilson(int(hits[best]), count)[0]
        share = min(*found, float(without[best]))
        if share > _SINGLED_OUT:
            yield _Spot(label, share, *places[best])


def _near_the_edge(looks: Looks) -> tuple[np.ndarray, np.ndarray]:
    """Greys and colours of places in the outer quarters (n, k), and where these are (k, 2), from 0 to 1."""
    parts, places = [], []
    for values in (looks.grey, looks.chroma[..., 0], looks.chroma[..., 1]):
        side = values.shape[1]
        rows, columns = np.divmod(np.arange(side * side), side)
        at = (np.stack([rows, columns], axis=1) + 0.5) / side
        outer = (np.abs(at - 0.5) > 0.25).any(1)
        parts.append(values.reshape(len(values), -1)[:, outer])
        places.append(at[outer])
    return np.concatenate(parts, axis=1), np.concatenate(places)


_PLACES = {
    (0, 0): Message("in the upper left of the picture"),
    (0, 1): Message("at the top of the picture"),
    (0, 2): Message("in the upper right of the picture"),
    (1, 0): Message("at the left edge of the picture"),
    (1, 1): Message("at the top of the picture"),
    (1, 2): Message("at the right edge of the picture"),
    (2, 0): Message("in the lower left of the picture"),
    (2, 1): Message("at the bottom of the picture"),
    (2, 2): Message("in the lower right of the picture"),
}


def _where(spot: _Spot) -> Message:
    row, column = (0 if at < 1 / 3 else 2 if at > 2 / 3 else 1 for at in (spot.row, spot.column))
    return _PLACES[row, column]
