"""A report as a browser would understand it: strict about what is open, and what could be fetched or run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from core.messages import ENGLISH, Language
from core.report.render import HTML, environment

VOID = {"meta", "br", "img", "hr", "col"}
KNOWN = {
    "html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "h1", "h2", "h3", "p", "ul",
    "ol", "li", "dl", "dt", "dd", "a", "strong", "span", "bdi", "code", "pre", "blockquote", "div", "table", "caption",
    "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "details", "summary", "img", "svg", "g", "path", "line",
    "rect", "circle", "text",
}  # fmt: skip


@dataclass
class Element:
    name: str
    attributes: dict[str, str | None]
    inside: list[Element | str] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        own = [self] if self.name == name else []
        return own + [found for one in self.inside if isinstance(one, Element) for found in one.all(name)]

    @property
    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text for one in self.inside)

    def by_id(self, wanted: str) -> Element:
        return next(one for one in self.everything() if one.attributes.get("id") == wanted)

    def everything(self) -> list[Element]:
        return [self, *(found for one in self.inside if isinstance(one, Element) for found in one.everything())]

    def rows(self) -> list[list[str]]:
        """The cells of all rows of all tables inside."""
        return [
            [one.text.replace("\u00a0", " ") for one in row.inside if isinstance(one, Element)]
            for body in self.all("tbody")
            for row in body.all("tr")
        ]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in KNOWN, f"<{tag}> has no business here"
        assert len({name for name, _ in attributes}) == len(attributes), f"an attribute twice in <{tag}>"
        made = Element(tag, dict(attributes))
        self.open[-1].inside.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        raise AssertionError(f"<{tag}/> closes nothing in HTML")

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> while <{self.open[-1].name}> is open"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def handle_pi(self, data: str) -> None:
        raise AssertionError("a processing instruction")


def read(page: str) -> Element:
    """The page as a tree; AssertionError where it is not well-formed, or could fetch, run or send something."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].name}> is never closed"
    (root,) = [one for one in reader.open[0].inside if isinstance(one, Element)]
    ids = [one.attributes["id"] for one in root.everything() if "id" in one.attributes]
    assert len(ids) == len(set(ids)), "an id twice"
    for one in root.everything():
        _check(one, set(ids))
    return root


def drawn(source: str, language: Language = ENGLISH, **values: Any) -> Element:
    """A part of a template, by itself on a page."""
    return read(f"<html>{environment(language, HTML).from_string(source).render(**values)}</html>")


def _check(one: Element, ids: set[str | None]) -> None:
    for name, value in one.attributes.items():
        assert not name.startswith("on"), f"a handler: {name}"
        if name == "href":
            assert value and value[0] == "#" and value[1:] in ids, f"a link that leads elsewhere: {value}"
        if name in ("src", "srcset", "data", "action", "poster", "xlink:href", "background", "formaction"):
            assert (one.name, name) == ("img", "src") and re.fullmatch(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", value)
        if name in ("fill", "stroke", "style"):
            assert "url(" not in value and "expression" not in value
    if one.name == "style":
        assert not re.search(r"url\(|@import|https?:|//|<", one.text)
    if one.name == "img":
        assert one.attributes.get("alt") is not None
    if one.name == "svg":
        assert one.attributes.get("aria-hidden") == "true" or (
            one.attributes.get("role") == "img" and one.attributes.get("aria-label")
        )
    if one.name == "meta" and "http-equiv" in one.attributes:
        assert one.attributes["http-equiv"] == "Content-Security-Policy"
