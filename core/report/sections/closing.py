"""What ends a report: limits, what it is for, and what the words mean."""

from __future__ import annotations

from core.report.limits import Limit, limits, name_some
from core.report.markup import Html, Node, join, strange, tag, words
from core.results.finished_run import Facts
from core.words import tr


def show_limits(facts: Facts) -> Html:
    return tag("ul", [tag("li", _said(limit)) for limit in limits(facts)])


def _said(limit: Limit) -> Html:
    values: dict[str, Node] = {name: strange(value) for name, value in limit.values.items()}
    if limit.names:
        named, more = name_some(limit.names)
        listed: list[Node] = []
        for label in named:
            listed += [", " if listed else "", strange(label, 60)]
        values["names"] = join(*listed, tr(" and {n} more", n=more) if more else None)
    return words(limit.text, **values)


_WORDS = (
    ("class", "One of the answers it can give, such as “bird”."),
    ("example", "One picture or message with the class that a person gave it."),
    ("training", "The examples it learnt from."),
    ("validation", "Examples that were held back and judge it: it never learnt from them."),
    ("test", "Examples that were kept until the very end, so that no choice was made by looking at them."),
    (
        "95\u00a0% sure",
        "Another draw of examples would give another score. A range that is 95\u00a0% sure is made by a rule that "
        "catches the true share 95 times in 100.",
    ),
    ("guessing", "Always naming the class that is commonest among those that taught. A model must beat that."),
    ("pretrained model", "A network that has learnt from many other examples before, and brings what it knows."),
)


def show_words() -> Html:
    return tag("dl", [join(tag("dt", tr(word)), tag("dd", tr(meaning))) for word, meaning in _WORDS])
