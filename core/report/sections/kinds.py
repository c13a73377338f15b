"""What kinds of examples it fails on, and which of those that judged are nearly the same as one that taught."""

from __future__ import annotations

from core.evaluation.slices import LEAST, Slice
from core.evaluation.validity import LEAST_TRAINING, NearestPair
from core.report.charts import share_cell
from core.report.frame import folded, table
from core.report.markup import Html, Node, join, strange, tag, words
from core.results import errors as said
from core.results.errors import across_the_split, failing_kinds
from core.results.finished_run import Facts
from core.words import percent, share_range, things, tr

_PAIRS = 8


def by_kind(facts: Facts) -> Html:
    """Groups of examples by size, brightness, length and the like, and whether they truly differ."""
    if len(facts.seen.answers) < LEAST:
        return tag("p", tr(said.FEW_JUDGED, n=LEAST))
    found = failing_kinds(facts.dataset, facts.seen.answers, facts.workspace)
    if not found:
        return tag("p", tr(said.ALL_ALIKE))
    clear = [tag("p", _clearly(one)) for one in found if one.clear]
    note = words(said.BY_CHANCE, n=len(found))
    rows = [row for one in found for row in _rows(one)]
    head = [tr("by"), tr("group"), tr("judged"), tr("right"), tr("by chance")]
    shown = join(table(head, rows), tag("p", note, class_="soft"))
    if clear:
        return join(clear, shown)
    return join(tag("p", words(said.NO_KIND_FAILS)), folded(tr("All kinds as a table"), shown))


def _clearly(one: Slice) -> Html:
    return words(
        said.KIND_FAILS, name=tr(one.name), share=percent(one.worst.accuracy), group=strange(one.worst.name, 80)
    )


def _rows(one: Slice) -> list[list[Node]]:
    return [
        [tr(one.name), strange(group.name, 80), f"{group.n:,}", share_cell(group.accuracy, group.interval),
         percent(one.p)]
        for group in one.groups
    ]  # fmt: skip


def too_alike(facts: Facts) -> Html:
    """The score without judging examples that are nearly twins of one that taught."""
    found = across_the_split(facts.dataset, facts.taught, facts.seen.answers, facts.recipe, facts.workspace)
    if found is None:
        return tag("p", tr(said.NO_TWINS_KNOWN, n=LEAST_TRAINING))
    twins, judged, teachers = found
    many = things(facts.dataset.modality, twins.count)
    if twins.more_than_expected:
        verdict = tag("div", tag("p", words(said.MANY_TWINS, many=many)), class_="box warn")
    else:
        verdict = tag("p", words(said.USUAL_TWINS, many=many))
    right, n, interval = twins.others
    without = words(
        said.WITHOUT_TWINS, right=right, n=n, share=percent(right / n), range=share_range(interval)
    ) if interval else None  # fmt: skip
    rows = [_pair(facts, pair, judged, teachers) for pair in twins.pairs[:_PAIRS]]
    head = [tr("judged"), tr("is"), tr("nearest that taught"), tr("is"), tr("likeness")]
    return join(verdict, tag("p", without) if without else None, folded(tr("The pairs that are most alike"),
                                                                     table(head, rows)))  # fmt: skip


def _pair(facts: Facts, pair: NearestPair, judged: list[int], teachers: list[int]) -> list[Node]:
    one, other = facts.dataset.examples[judged[pair.evaluated]], facts.dataset.examples[teachers[pair.trained]]
    return [strange(one.name, 80), strange(one.label, 40), strange(other.name, 80), strange(other.label, 40),
            percent(pair.similarity)]  # fmt: skip
