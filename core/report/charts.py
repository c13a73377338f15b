"""The charts of a report, in SVG: curves, intervals, and how sure against how often right."""

from __future__ import annotations

from collections.abc import Sequence

from core.evaluation.calibration import Calibration
from core.evaluation.curves import best_epoch
from core.events import EpochEnd
from core.report.frame import QUARTERS, Frame, as_percent, legend, ticks
from core.report.markup import Html, Node, join, tag
from core.words import percent, share_range, tr

_MOST_MARKS = 40
"""With more points than these a line has no marks of its own."""
Curve = list[tuple[float, float]]


def accuracy_chart(ends: Sequence[EpochEnd], baseline: float | None, kept: int | None, alt: str) -> Html:
    """Share right after each epoch, on what teaches and on what judges, and what guessing would get."""
    training = [(float(end.epoch), end.train_accuracy) for end in ends]
    judging = [(float(end.epoch), v) for end in ends if (v := end.validation_accuracy) is not None]
    frame = Frame((0.0, float(max(1, ends[-1].epoch))), (0.0, 1.0))
    axes = frame.axes(tr("epoch"), tr("right"), ticks(*frame.x, whole=True), QUARTERS, y_says=as_percent)
    guessing = _level(frame, baseline) if baseline is not None else None
    lines = [_training(frame, training), _judging(frame, judging), _best(frame, judging, best_epoch(ends))]
    return frame.draw(alt, axes, _kept(frame, kept), guessing, lines)


def loss_chart(ends: Sequence[EpochEnd], kept: int | None, alt: str) -> Html:
    """How surprised it is by the truth, after each epoch."""
    training = [(float(end.epoch), end.train_loss) for end in ends]
    judging = [(float(end.epoch), v) for end in ends if (v := end.validation_loss) is not None]
    top = max([0.1, *(value for _, value in (*training, *judging))]) * 1.05
    frame = Frame((0.0, float(max(1, ends[-1].epoch))), (0.0, top))
    axes = frame.axes(tr("epoch"), tr("loss (lower is better)"), ticks(*frame.x, whole=True), ticks(0.0, top))
    lines = [_training(frame, training), _judging(frame, judging), _best(frame, judging, best_epoch(ends))]
    return frame.draw(alt, axes, _kept(frame, kept), lines)


def curves_legend(*, judging: bool, guessing: bool, kept: bool) -> Html:
    """What the lines of both charts are."""
    line = {"x1": 0, "x2": 16, "y1": 6, "y2": 6}
    shown = [(tag("line", **line, class_="training"), tr("training"))]
    if judging:
        shown.append((tag("line", **line, class_="validation"), tr("validation")))
        ring = tag("circle", cx=8, cy=6, r=5, fill="none", class_="validation")
        shown.append((ring, tr("lowest validation loss")))
    if guessing:
        shown.append((tag("line", **line, class_="baseline"), tr("guessing")))
    if kept:
        shown.append((tag("line", x1=8, x2=8, y1=0, y2=12, class_="kept"), tr("the moment that was kept")))
    return legend(shown)


def interval_bar(share: float, interval: tuple[float, float], baseline: float | None = None) -> Html:
    """One share on a line from 0 to 100 %, with the range where it may lie. Its figures stand beside it."""
    low, high = interval
    guess = None if baseline is None else _upright(baseline, "baseline")
    return tag(
        "svg",
        tag("line", x1="0", x2="100%", y1="50%", y2="50%", class_="grid"),
        guess,
        tag("line", x1=_at(low), x2=_at(high), y1="50%", y2="50%", class_="range"),
        tag("circle", cx=_at(share), cy="50%", r=4.5, class_="value"),
        class_="bar", aria_hidden="true",
    )  # fmt: skip


def share_cell(share: float, interval: tuple[float, float]) -> Html:
    """ "60 %", and where it may really lie."""
    return join(tag("strong", percent(share)), " ", tag("span", f"({share_range(interval)})", class_="soft"))


def count_bar(parts: Sequence[tuple[int, str]], most: int) -> Html:
    """Counts laid end to end, each in the look of its class; `most` fills the whole width."""
    drawn, start = [], 0
    for count, look in parts:
        drawn.append(tag("rect", x=_at(start / most), width=_at(count / most), y="20%", height="60%", class_=look))
        start += count
    return tag("svg", drawn, class_="bar", aria_hidden="true")


def reliability_chart(drawn: Sequence[tuple[Calibration, str]], alt: str) -> Html:
    """How often answers are right against how sure they were given; `drawn`: figures, and the look of their class."""
    frame = Frame((0.0, 1.0), (0.0, 1.0), height=300.0)
    axes = frame.axes(
        tr("how sure it says it is"), tr("how often it is right"), QUARTERS, QUARTERS, as_percent, as_percent
    )
    ideal = tag("path", d=f"M{frame.place(0, 0)} L{frame.place(1, 1)}", class_="baseline")
    return frame.draw(alt, axes, ideal, [_bins(frame, found, look) for found, look in drawn])


def _bins(frame: Frame, found: Calibration, look: str) -> Html:
    """Open squares for figures as trained, dots for corrected ones, each with the range where it may lie."""
    signs = []
    for one in found.bins:
        x, y = frame.across(one.confidence), frame.up(one.accuracy)
        signs.append(tag("line", x1=x, x2=x, y1=frame.up(one.interval[0]), y2=frame.up(one.interval[1])))
        signs.append(
            tag("circle", cx=x, cy=y, r=4)
            if look == "corrected"
            else tag("rect", x=x - 4, y=y - 4, width=8, height=8, class_="open")
        )
    return tag("g", signs, class_=look)


def reliability_legend(*, corrected: bool) -> Html:
    shown = [
        (tag("line", x1=0, x2=16, y1=12, y2=0, class_="baseline"), tr("right as often as it says")),
        (tag("g", tag("rect", x=4, y=2, width=8, height=8, class_="open"), class_="raw"), tr("as trained")),
    ]
    if corrected:
        shown.append((tag("g", tag("circle", cx=8, cy=6, r=4), class_="corrected"), tr("corrected")))
    return legend(shown)


def _training(frame: Frame, points: Curve) -> Html:
    marks = [tag("circle", cx=frame.across(x), cy=frame.up(y), r=2.2) for x, y in points]
    return _line(frame, points, marks, "training")


def _judging(frame: Frame, points: Curve) -> Html:
    marks = [tag("path", d=f"M{frame.across(x):.1f},{frame.up(y) - 3.4:.1f} l3.4,3.4 l-3.4,3.4 l-3.4,-3.4 z")
             for x, y in points]  # fmt: skip
    return _line(frame, points, marks, "validation")


def _line(frame: Frame, points: Curve, marks: list[Html], look: str) -> Html:
    path = "M" + " L".join(frame.place(x, y) for x, y in points) if points else None
    shown: list[Node] = [marks] if len(marks) <= _MOST_MARKS else []
    return tag("g", tag("path", d=path, fill="none") if path else None, shown, class_=look)


def _level(frame: Frame, value: float) -> Html:
    x1, x2 = frame.across(frame.x[0]), frame.across(frame.x[1])
    return tag("line", x1=x1, x2=x2, y1=frame.up(value), y2=frame.up(value), class_="baseline")


def _best(frame: Frame, points: Curve, epoch: int | None) -> Html | None:
    """A ring around the epoch whose validation loss was lowest."""
    at = next(((x, y) for x, y in points if x == epoch), None)
    if at is None:
        return None
    return tag("circle", cx=frame.across(at[0]), cy=frame.up(at[1]), r=6.5, fill="none", class_="validation")


def _kept(frame: Frame, epoch: int | None) -> Html:
    if epoch is None:
        return join()
    x = frame.across(float(epoch))
    return tag("line", x1=x, x2=x, y1=frame.up(frame.y[0]), y2=frame.up(frame.y[1]), class_="kept")


def _upright(share: float, look: str) -> Html:
    return tag("line", x1=_at(share), x2=_at(share), y1="0", y2="100%", class_=look)


def _at(share: float) -> str:
    return f"{share * 100:.1f}%"
