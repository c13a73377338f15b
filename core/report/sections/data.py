"""The data: how many of what, who taught and who judged, a few of them, and what the doctor found."""

from __future__ import annotations

from collections.abc import Iterator

from core.data.findings import Finding
from core.report.charts import count_bar
from core.report.frame import folded, legend, table
from core.report.markup import Html, Node, join, strange, tag, words
from core.report.pictures import gallery
from core.results.finished_run import Facts
from core.words import things, tr

_MOST_CLASSES = 30
_MOST_SHOWN = 12
_MOST_EXHIBITS = 6


def show_data(facts: Facts) -> Html:
    return join(_described(facts), _counts(facts), _split(facts), _examples(facts), _skipped(facts))


def _described(facts: Facts) -> Html:
    dataset = facts.dataset
    said = words("**{title}**: {n} of {k} classes.", title=strange(dataset.title),
                 n=things(dataset.modality, len(dataset.examples)), k=len(dataset.classes))  # fmt: skip
    changes = [tag("li", strange(str(change.summary))) for change in facts.line.changes]
    return join(
        tag("p", said),
        [tag("p", words("This is version {n} of it. What was changed since it was read in:", n=facts.line.version)),
         tag("ul", changes)] if changes else None,
    )  # fmt: skip


def _counts(facts: Facts) -> Html:
    counts, taught, judged = facts.dataset.counts, facts.counts(facts.taught), facts.judged
    most, known = max(counts.values()), facts.split is not None
    rows: list[list[Node]] = []
    for label, n in counts.items():
        teach, judge = (taught[label] if known else n - judged[label]), judged[label]
        rest = max(0, n - teach - judge)
        bar = count_bar([(teach, "teach"), (judge, "judge"), (rest, "rest")], most)
        rows.append([strange(label), bar, n, teach, judge])
    head = [tr("class"), tr("how many"), tr("examples"), tr("teach") if known else tr("do not judge"), tr("judge")]
    shown, more = rows[:_MOST_CLASSES], rows[_MOST_CLASSES:]
    rest_of_them = folded(tr("The other {n} classes", n=len(more)), table(head, more)) if more else None
    return join(
        table(head, shown), _signs(len(facts.taught) + sum(judged.values()) < len(facts.dataset.examples)), rest_of_them
    )


def _signs(some_do_neither: bool) -> Html:
    looks = [("teach", tr("teach")), ("judge", tr("judge"))] + [("rest", tr("neither"))] * some_do_neither
    return legend([(tag("rect", x=0, y=1, width=16, height=10, class_=look), said) for look, said in looks])


def _split(facts: Facts) -> Html | None:
    started = facts.progress.started
    return tag("p", strange(str(started.split), 1000)) if started and started.split else None


def _examples(facts: Facts) -> Html:
    """One of each class, from those that taught."""
    first: dict[str, int] = {}
    for i in facts.taught:
        first.setdefault(facts.dataset.examples[i].label, i)
    shown = [first[label] for label in facts.dataset.classes if label in first][:_MOST_SHOWN]
    captions = [tag("strong", strange(facts.dataset.examples[i].label, 60)) for i in shown]
    title = tr("One of each class") if len(shown) == len(facts.dataset.classes) else tr("One each of some classes")
    return join(tag("h3", title), gallery(facts.dataset, shown, captions))


def _skipped(facts: Facts) -> Html | None:
    skipped = (facts.about.get("report") or {}).get("skipped") or []
    if not skipped:
        return None
    rows = [[strange(one["file"], 120), strange(one["reason"])] for one in skipped[:50]]
    parts = [table([tr("file or row"), tr("why")], rows)]
    if len(skipped) > len(rows):
        parts.append(tag("p", words("and {n} more", n=f"{len(skipped) - len(rows):,}"), class_="soft"))
    said = tr("One file or row was left out") if len(skipped) == 1 else tr("{n} files or rows were left out",
                                                                          n=f"{len(skipped):,}")  # fmt: skip
    return folded(said, *parts)


_SEVERITIES = {"serious": "Fix first", "look": "Worth a look", "note": "Good to know"}


def show_findings(facts: Facts) -> Html:
    """What the doctor found, worst first."""
    if facts.findings is None:
        return tag("p", tr("Nobody has looked yet for copies, odd files, likely wrong labels and shortcuts."))
    return join(*_findings(facts))


def _findings(facts: Facts) -> Iterator[Html]:
    if not facts.told:
        yield tag("p", tr("Copies, odd files, likely wrong labels and shortcuts were looked for. Nothing to worry "
                          "about was found."))  # fmt: skip
    for one in facts.told:
        yield _finding(one)
    if facts.fine:
        said = tr("One more finding was looked at by a person and is fine.") if facts.fine == 1 else tr(
            "{n} more findings were looked at by a person and are fine.", n=facts.fine)  # fmt: skip
        yield tag("p", said, class_="soft")
    if not facts.looked_at_all:
        yield tag("p", tr("The checks that need a model were not made."), class_="soft")


def _finding(one: Finding) -> Html:
    shown = [
        tag("li", strange(e.name, 100), f" ({e.label})" if e.label else None, f": {e.detail}" if e.detail else None)
        for e in one.exhibits[:_MOST_EXHIBITS]
    ]
    more = one.count - len(shown)
    if shown and more > 0 and len(one.exhibits) > len(shown):
        shown.append(tag("li", tr("and more, {n} in all", n=f"{one.count:,}")))
    return tag(
        "div", tag("h3", strange(str(one.title))), tag("p", tag("strong", tr(_SEVERITIES[one.severity]), "."), " ",
                                                  strange(str(one.explanation), 1000)),
        folded(tr("Which ones"), tag("ul", shown)) if shown else None,
        class_="box warn" if one.severity == "serious" else "box",
    )  # fmt: skip
