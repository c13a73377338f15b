"""Where it fails: class by class, what is taken for what, and the most wrong."""

from __future__ import annotations

import numpy as np

from core.report.charts import interval_bar, share_cell
from core.report.frame import folded, table
from core.report.markup import Html, Node, join, strange, tag, words
from core.report.pictures import gallery
from core.report.sections.kinds import by_kind, too_alike
from core.results.finished_run import Facts
from core.words import percent, tr

_MOST_WRONG = 12
_MOST_CLASSES = 20
"""With more classes a matrix does not fit on paper: then the commonest mistakes are listed."""
_MOST_MISTAKES = 15


def show_failures(facts: Facts) -> Html | None:
    if not facts.seen.answers:
        return None
    mistakes = _matrix(facts) if len(facts.dataset.classes) <= _MOST_CLASSES else None
    return join(
        tag("h3", tr("Class by class")), _by_class(facts),
        tag("h3", tr("What is taken for what")), mistakes, _commonest(facts, listed=mistakes is None),
        tag("h3", tr("Does it fail more on some kinds?")), by_kind(facts),
        tag("h3", tr("Too much like what it learnt from?")), too_alike(facts),
        tag("h3", tr("The most wrong")), _most_wrong(facts),
    )  # fmt: skip


def _by_class(facts: Facts) -> Html:
    rows: list[list[Node]] = []
    for one in sorted(facts.by_class, key=lambda one: (one.recall is None, one.recall)):
        if one.recall is None or one.recall_interval is None:
            found: list[Node] = ["-", None]
        else:
            found = [share_cell(one.recall, one.recall_interval), interval_bar(one.recall, one.recall_interval)]
        named = percent(one.precision) if one.precision is not None else "-"
        rows.append([strange(one.label), f"{one.n:,}", *found, named])
    head = [tr("class"), tr("judged"), tr("found (may really be)"), tr("from 0 to 100\u00a0%"), tr("right if said")]
    shown, more = rows[:_MOST_CLASSES], rows[_MOST_CLASSES:]
    note = words(
        "The class that is found least often comes first. “Found”: of the examples of this class, the share that it "
        "recognised. “Right if said”: of its answers naming this class, the share that was right."
    )
    rest = folded(tr("The other {n} classes", n=len(more)), table(head, more)) if more else None
    return join(table(head, shown), rest, tag("p", note, class_="soft"))


def _matrix(facts: Facts) -> Html:
    """Rows: what it is. Columns: what the model said. The darker, the larger the share of its row."""
    classes, matrix = facts.dataset.classes, facts.matrix
    totals = np.maximum(matrix.sum(1), 1)
    head = tag("tr", tag("th", tr("it is ↓ the model said →"), scope="col"),
               [tag("th", strange(label, 24), scope="col") for label in classes])  # fmt: skip
    rows = [
        tag("tr", tag("th", strange(label, 24), scope="row"),
            [_cell(int(count), count / totals[row], row == column) for column, count in enumerate(matrix[row])])
        for row, label in enumerate(classes)
    ]  # fmt: skip
    right, n = int(matrix.trace()), int(matrix.sum())
    caption = tr("{a} of {b} lie on the diagonal, which is right.", a=right, b=n)
    made = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", rows), class_="confusion")
    return tag("div", made, class_="wide", tabindex="0", role="region", aria_label=caption)


def _cell(count: int, share: float, right: bool) -> Html:
    if not count:
        return tag("td", "·", class_="soft")
    colour = "var(--right)" if right else "var(--wrong)"
    shade = f"background: color-mix(in srgb, {colour} {12 + 48 * share:.0f}%, transparent)"
    return tag("td", tag("strong", count) if right else count, style=shade)


def _commonest(facts: Facts, *, listed: bool) -> Html:
    matrix, classes = facts.matrix, facts.dataset.classes
    apart = [(int(matrix[r, c]), r, c) for r, c in np.argwhere(matrix) if r != c]
    if not apart:
        return tag("p", tr("Nothing: every judged example was right."))
    apart.sort(key=lambda one: (-one[0], one[1], one[2]))
    if not listed:
        count, r, c = apart[0]
        return tag("p", words("Most often, “{a}” is taken for “{b}”: {n} of {all}.", a=strange(classes[r]),
                              b=strange(classes[c]), n=count, all=int(matrix[r].sum())))  # fmt: skip
    rows = [[strange(classes[r]), strange(classes[c]), count, int(matrix[r].sum())]
            for count, r, c in apart[:_MOST_MISTAKES]]  # fmt: skip
    head = [tr("it is"), tr("the model said"), tr("times"), tr("of")]
    return table(head, rows, tr("The commonest mistakes, of {n} different ones", n=len(apart)))


def _most_wrong(facts: Facts) -> Html:
    if not facts.wrong:
        return tag("p", tr("None: every judged example was right."))
    shown = facts.wrong[:_MOST_WRONG]
    captions = [
        words("is {truth}, said {said} ({p} sure)", truth=tag("strong", strange(a.truth, 60)),
              said=strange(a.label, 60), p=percent(a.confidence))
        for a in shown
    ]  # fmt: skip
    said = words("Wrong answers, the surest first; {n} in all. Look for what they have in common.", n=len(facts.wrong))
    return join(
        tag("p", said, class_="soft"), gallery(facts.dataset, [facts.seen.at[a.example] for a in shown], captions)
    )
