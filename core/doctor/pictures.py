"""Pictures that are spoilt: of one colour, blurred, dark, tiny. Every check is about `Case.looks`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.data.dataset import named
from core.data.findings import Finding
from core.doctor.case import Case
from core.messages import Message, counted, sentences
from core.modalities.image.looks import Looks

_LEAST_CONTRAST = 2.0
"""With less contrast, in grey and in colour, there is nothing on a picture."""

_SPREADS, _LEAST_BELOW = 4.0, 2.5
"""How far below the middle picture, on the logarithm of sharpness: in usual deviations, and at least twelvefold."""
_SOFT = 0.005
"""Sharpness of a picture that may be called blurred at all; see `Looks`."""
_LEAST_CONTRAST_TO_BLUR = 8.0
_MOST_BLURRED = 0.1

_DARK, _LITTLE_CONTRAST = 30.0, 25.0
"""Brightness and contrast on a scale of 0..255."""
_USUAL_BRIGHTNESS = 70.0
"""Where the middle picture is darker than this, dark is what the dataset is like (night, X-rays, white on black)."""

SMALLEST = 32
"""Pixels on the shorter side."""
_MOST_TINY = 0.5


def blank(case: Case) -> Iterator[Finding]:
    """Pictures of one colour."""
    found = np.flatnonzero(is_blank(case.looks)).tolist()
    if not found:
        return
    n = len(found)
    yield Finding(
        "blank",
        "look",
        counted(
            "{many} is empty: one colour, nothing on it",
            "{many} are empty: one colour, nothing on them",
            n=n,
            many=case.count(n),
        ),
        Message(
            "A camera that was covered, an empty page, or a file that went wrong. There is nothing to learn from "
            "them; the model would only learn their colour. Best skip them, unless 'nothing there' is one of your "
            "classes."
        ),
        n,
        case.exhibits(found),
        (case.leave_out(found),),
    )


def is_blank(looks: Looks) -> np.ndarray:
    """True (n,) for pictures without any contrast, in grey or in colour."""
    colour = looks.chroma.std(axis=(1, 2)).max(axis=1)
    return (looks.contrast < _LEAST_CONTRAST) & (colour < _LEAST_CONTRAST)


def placeholders(case: Case) -> Iterator[Finding]:
    """Pictures that may stand for missing ones; serious where the same stands in several classes."""
    empty = is_blank(case.looks)
    times = {i: n for i, n in case.placeholders.items() if not empty[i]}
    if not times:
        return
    found = sorted(times, key=lambda i: (-times[i], i))
    classes = [label for label in case.dataset.classes if any(case.labels[i] == label for i in found)]
    often = [i for i in found if times[i] > 1]
    n = len(found)
    yield Finding(
        "placeholders",
        "serious" if len({case.labels[i] for i in often}) > 1 else "look",
        counted("{many} may be a placeholder", "{many} may be placeholders", n=n, many=case.count(n)),
        Message(
            "Such as “image not found”, or a logo in the place of a picture: hardly more than one colour, or the "
            "same again and again (in {classes}). They do not show what their class says, and what is learnt from "
            "them is wrong. Best skip them.",
            classes=named(classes),
        ),
        n,
        case.exhibits(
            found, lambda i: Message("there {n} times", n=times[i]) if times[i] > 1 else Message("unlike the others")
        ),
        (case.leave_out(found),),
    )


def blurred(case: Case) -> Iterator[Finding]:
    """Pictures far less sharp than the others. Clear outliers only: a sky or a sheet of paper is not sharp either."""
    looks = case.looks
    sharp = np.log(looks.sharpness + 1e-6)
    middle = np.median(sharp)
    usual = 1.4826 * np.median(np.abs(sharp - middle))
    soft = (sharp < middle - max(_SPREADS * usual, _LEAST_BELOW)) & (looks.sharpness < _SOFT)
    at = np.flatnonzero(soft & (looks.contrast >= _LEAST_CONTRAST_TO_BLUR) & ~is_blank(looks))
    if not len(at) or len(at) > _MOST_BLURRED * len(sharp):
        return
    found = at[np.argsort(sharp[at], kind="stable")].tolist()
    n = len(found)
    yield Finding(
        "blurred",
        "look",
        counted("{many} is blurred", "{many} are blurred", n=n, many=case.count(n)),
        Message(
            "They show far less detail than the others. A few do no harm if such pictures will also come up later; "
            "if you cannot tell what is on one, skip it."
        ),
        n,
        case.exhibits(found),
        (case.leave_out(found),),
    )


def dark(case: Case) -> Iterator[Finding]:
    """Pictures that are nearly black, in a dataset that is not dark."""
    looks = case.looks
    if np.median(looks.brightness) < _USUAL_BRIGHTNESS:
        return
    murky = (looks.brightness < _DARK) & (looks.contrast < _LITTLE_CONTRAST) & ~is_blank(looks)
    found = np.flatnonzero(murky).tolist()
    if not found:
        return
    n = len(found)
    yield Finding(
        "dark",
        "look",
        counted("{many} is very dark", "{many} are very dark", n=n, many=case.count(n)),
        Message(
            "The others are much brighter. If you can hardly see what is on them, the model cannot either. It may "
            "take the darkness itself for a sign of the class."
        ),
        n,
        case.exhibits(found, lambda i: Message("brightness {share:percent}", share=float(looks.brightness[i]) / 255)),
        (case.leave_out(found),),
    )


def tiny(case: Case) -> Iterator[Finding]:
    """Pictures whose original was smaller than SMALLEST; only a note when most of the dataset is like that."""
    facts = [example.facts for example in case.dataset.examples]
    found = [i for i, fact in enumerate(facts) if 0 < min(fact.get("width", 0), fact.get("height", 0)) < SMALLEST]
    if not found:
        return
    n = len(found)
    usual = n > _MOST_TINY * len(facts)
    yield Finding(
        "tiny",
        "note" if usual else "look",
        counted(
            "{many} is smaller than {size} pixels", "{many} are smaller than {size} pixels",
            n=n, many=case.count(n), size=SMALLEST,
        ),
        sentences(
            Message("They are enlarged before the model sees them, and look blurred to it."),
            Message("As nearly all are like that, it can still learn to tell them apart.")
            if usual
            else Message(
                "Next to the larger ones of this dataset the model may take the blur for a sign of the class. They may "
                "be icons or preview pictures that came along by accident."
            ),
        ),
        n,
        case.exhibits(
            found,
            lambda i: Message("{width} x {height} pixels", width=facts[i]["width"], height=facts[i]["height"]),
        ),
        () if usual else (case.leave_out(found),),
    )  # fmt: skip
