"""How it learnt: the curves, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence

from core.evaluation.curves import best_epoch
from core.events import EpochEnd
from core.report.charts import accuracy_chart, curves_legend, loss_chart
from core.report.frame import figure, folded, table
from core.report.markup import Html, join, tag, words
from core.results.finished_run import Facts
from core.results.history import reading
from core.words import percent, tr

_MOST_ROWS = 40


def show_curves(facts: Facts) -> Html:
    ends, ended = facts.progress.epochs, facts.seen.ended
    warned = [tag("p", message) for message in facts.progress.warnings]
    if len(ends) < 2:
        return join(tag("p", tr("Nothing was trained in steps, so there is no curve.")), warned)
    started = facts.progress.started
    baseline = started.baseline if started else None
    kept = ended.epoch if ended.epoch is not None and ended.epoch != ends[-1].epoch else None
    judging = any(end.validation_accuracy is not None for end in ends)
    charts = tag(
        "div",
        figure(_says(ends, "accuracy"), accuracy_chart(ends, baseline, kept, str(_says(ends, "accuracy")))),
        figure(_says(ends, "loss"), loss_chart(ends, kept, str(_says(ends, "loss")))),
        class_="pair",
    )
    signs = curves_legend(judging=judging, guessing=baseline is not None, kept=kept is not None)
    return join(warned, charts, signs, _read(facts), _explained(), folded(tr("The same as a table"), _table(ends)))


def _read(facts: Facts) -> Html | None:
    """What the curves say, in plain words."""
    remarks = reading(facts.progress)
    return tag("ul", [tag("li", remark.said) for remark in remarks]) if remarks else None


def _says(ends: Sequence[EpochEnd], what: str) -> str:
    """What there is to see on the curve."""
    last = ends[-1]
    if what == "accuracy":
        if last.validation_accuracy is None:
            return tr("Right on {a} of what taught after epoch {n}", a=percent(last.train_accuracy), n=last.epoch)
        return tr(
            "After epoch {n}: right on {a} of what taught, {b} of what judged",
            a=percent(last.train_accuracy), b=percent(last.validation_accuracy), n=last.epoch,
        )  # fmt: skip
    best = best_epoch(ends)
    if best is None:
        return tr("Loss at the end: {a}", a=f"{last.train_loss:.2f}")
    if best == 0:
        return tr("Loss: lowest on validation at the start")
    return tr("Loss: lowest on validation after epoch {n}", n=best)


def _explained() -> Html:
    said = words(
        "An epoch is one pass through all examples that teach. While both lines improve, it learns what also helps "
        "with new examples; where only the training line goes on improving, it learns its own examples by heart."
    )
    return tag("p", said, class_="soft")


def _table(ends: Sequence[EpochEnd]) -> Html:
    """Every epoch, or where there are many every second, third, ... and always the last."""
    step = -(-len(ends) // _MOST_ROWS)
    shown = [end for k, end in enumerate(ends) if k % step == 0 or end is ends[-1]]
    rows = [
        [end.epoch, percent(end.train_accuracy), _share(end.validation_accuracy), f"{end.train_loss:.3f}",
         "-" if end.validation_loss is None else f"{end.validation_loss:.3f}"]
        for end in shown
    ]  # fmt: skip
    head = [tr("epoch"), tr("training, right"), tr("validation, right"), tr("training loss"), tr("validation loss")]
    return table(head, rows, tr("Every {n}th epoch", n=step) if step > 1 else None)


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)
