"""How sure it is: whether it is right as often as it says."""

from __future__ import annotations

from core.evaluation.calibration import Calibration
from core.report.charts import reliability_chart, reliability_legend
from core.report.frame import figure, folded, table
from core.report.markup import Html, join, tag, words
from core.results.calibration import Sureness
from core.results.finished_run import Facts
from core.words import percent, share_range, tr


def show_sureness(facts: Facts) -> Html | None:
    found = facts.sureness
    if found is None:
        return None
    drawn = [(found.before, "raw")] + ([(found.after, "corrected")] if found.after else [])
    last = drawn[-1][0]
    alt = tr("{a} sure on average, {b} right", a=percent(last.confidence), b=percent(last.accuracy))
    note = words("On the dotted line it would be right exactly as often as it says; below it, it is too sure. Thin "
                 "lines: where the share may really lie (95\u00a0% sure).")  # fmt: skip
    chart = figure(
        words(_TITLES[last.verdict]), reliability_chart(drawn, alt),
        reliability_legend(corrected=found.after is not None), tag("p", note, class_="soft"),
    )  # fmt: skip
    table_of_it = folded(tr("The same as a table"), _bins(found))
    return join(
        tag("p", _correction(found)),
        chart,
        table_of_it,
        _figures(found),
        tag("p", _ANSWERS[found.judged_on], class_="soft"),
    )


_TITLES = {
    "few": "These are too few answers to tell whether its percentages can be believed",
    "too sure": "It is too sure of itself: right less often than it says",
    "not sure enough": "It is right more often than it says",
    "uneven": "Some of its percentages are too high, others too low",
    "as sure as right": "It is right about as often as it says, as far as these answers can tell",
}


_ANSWERS = {
    "fold": "These answers are those of cross-validation: about every example, by a model that had not learnt from it.",
    "validation": "These answers are those about the examples that were held back to judge.",
    "test": "These answers are those of the final test.",
}


def _correction(found: Sureness) -> Html:
    made = found.correction
    if made.why_none:
        return words("Its percentages are shown as they come: no correction was made.")
    return words(
        "Its percentages are made {how} by one number, the temperature ({t}), learnt from {n} answers about examples "
        "that did not teach. Which class it names never changes.",
        how=tr("milder") if made.temperature > 1 else tr("bolder"), t=f"{made.temperature:.2f}", n=f"{made.n:,}",
    )  # fmt: skip


def _bins(found: Sureness) -> Html:
    rows = [
        [name, f"{one.low * 100:.0f}-{percent(one.high)}", percent(one.confidence), one.n,
         f"{one.right} ({percent(one.accuracy)})", share_range(one.interval)]
        for name, which in _named(found) for one in which.bins
    ]  # fmt: skip
    head = [tr("which"), tr("it says"), tr("on average"), tr("answers"), tr("right"), tr("may really be")]
    return table(head, rows)


def _figures(found: Sureness) -> Html:
    rows = [
        [name, percent(one.confidence), f"{percent(one.accuracy)} ({one.n:,})", percent(one.ece),
         tr("{a}, rarely above {b}", a=percent(one.chance[0]), b=percent(one.chance[1])), f"{one.brier:.2f}",
         f"{one.log_loss:.2f}"]
        for name, one in _named(found)
    ]  # fmt: skip
    head = [tr("which"), tr("sure, on average"), tr("right (of)"), tr("calibration error (ECE, ten bins)"),
            tr("… by chance alone"), tr("Brier score"), tr("log loss")]  # fmt: skip
    return table(head, rows)


def _named(found: Sureness) -> list[tuple[str, Calibration]]:
    return [(tr("as trained"), found.before)] + ([(tr("corrected"), found.after)] if found.after else [])
