"""The report as one HTML file: nothing in it is fetched, nothing in it runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from core.report.example_map import make_map
from core.report.look import STYLE
from core.report.map_chart import show_map
from core.report.markup import Html, join, strange, tag, words
from core.report.sections.closing import show_limits, show_words
from core.report.sections.curves import show_curves
from core.report.sections.data import show_data, show_findings
from core.report.sections.failures import show_failures
from core.report.sections.recipe import show_again, show_recipe
from core.report.sections.score import in_short, show_score
from core.report.sections.sure import show_sureness
from core.results.finished_run import Facts
from core.words import tr

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""Were a stranger's text ever taken for markup, it could still fetch, run and send nothing."""


def _show_map(facts: Facts) -> Html:
    found = make_map(facts)
    if found is None:
        return tag("p", tr("What the pretrained model made of these examples is no longer kept, so they cannot be laid "
                           "out here."))  # fmt: skip
    return show_map(facts, found)


def _no_words(facts: Facts) -> Html:
    return show_words()


SECTIONS: dict[str, tuple[str, Callable[[Facts], Html | None]]] = {
    "score": ("How good it is", show_score),
    "failures": ("Where it fails", show_failures),
    "sure": ("How sure it is", show_sureness),
    "curves": ("How it learnt", show_curves),
    "data": ("The data", show_data),
    "findings": ("What was found in the data", show_findings),
    "map": ("A map of the examples", _show_map),
    "recipe": ("How it was made", show_recipe),
    "limits": ("What it cannot do", show_limits),
    "again": ("How to make it again", show_again),
    "words": ("What the words mean", _no_words),
}
"""By the name that leads to each: its heading, and what makes it. One that has nothing to say is left out."""


def report_html(facts: Facts, now: datetime | None = None) -> str:
    """All about a run, for whoever reads it without the program. `now` is when it is made."""
    made = {name: (title, inside) for name, (title, show) in SECTIONS.items() if (inside := show(facts))}
    title = tr("Report: {title}", title=facts.title)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="generator", content="Finetune Lab"),
        tag("title", title),
        tag("style", Html(STYLE)),
    )
    contents = [tag("li", tag("a", tr(said), href=f"#{name}")) for name, (said, _) in made.items()]
    body = tag(
        "body",
        _header(facts, now or datetime.now(UTC)),
        tag("nav", tag("ol", contents), aria_label=tr("Contents")),
        tag("main", [tag("section", tag("h2", tr(said), id=f"h-{name}"), inside, id=name, aria_labelledby=f"h-{name}")
                     for name, (said, inside) in made.items()]),
    )  # fmt: skip
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _header(facts: Facts, now: datetime) -> Html:
    about = words(
        "{way} · {model} · trained {when} · run {run}",
        way=tr(facts.way), model=strange(facts.card.title.rsplit("/", 1)[-1], 80),
        when=facts.created[:16].replace("T", " "), run=tag("code", facts.seen.run.id),
    )  # fmt: skip
    made = words("This page is a single file that needs no network. It was made by Finetune Lab on {day}.",
                 day=f"{now:%Y-%m-%d}")  # fmt: skip
    return tag(
        "header", tag("h1", strange(facts.title)), tag("p", about, class_="soft"), _bad_end(facts),
        tag("div", tag("p", in_short(facts), class_="lead"), _warning(facts), class_="box"),
        tag("p", made, class_="soft"),
    )  # fmt: skip


def _warning(facts: Facts) -> Html | None:
    if not facts.doubts:
        return None
    many = len(facts.doubts)
    said = words("**One thing was found that casts doubt on this score**; it is told below.") if many == 1 else words(
        "**{n} things were found that cast doubt on this score**; they are told below.", n=many)  # fmt: skip
    return tag("p", said)


def _bad_end(facts: Facts) -> Html | None:
    ended = facts.seen.ended
    if ended.reason == "completed":
        return None
    said = tr("Training was stopped by hand before its end.") if ended.reason == "stopped" else str(ended.message)
    return tag("div", tag("p", join(tag("strong", tr("It did not end well.") if ended.reason != "stopped" else None),
                                    " ", strange(said, 1000))), class_="box warn")  # fmt: skip
