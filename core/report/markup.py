"""HTML and SVG, element by element: what is not made here is text, and text never becomes markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from core.words import tr

_VOID = frozenset({"meta", "br", "img", "hr", "col"})
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that HTML forbids, or that are no characters: a file name may hold them."""
_LONGEST = 300


class Html(str):
    """Text that is HTML already, because it was made here."""

    __slots__ = ()


Node = str | int | float | None | Iterable["Node"]
"""What can stand in an element: text, numbers, Html, nothing, or several of these."""


def tag(name: str, /, *content: Node, **attributes: str | int | float | bool | None) -> Html:
    """One element. `class_` is "class", and "_" in a name of an attribute is "-"; None and False leave one out."""
    given = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in _VOID:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{join(*content)}</{name}>")


def join(*content: Node) -> Html:
    """Several nodes after each other."""
    return Html("".join(_node(node) for node in content))


def words(text: str, /, **values: Node) -> Html:
    """A sentence of ours with values put in; **stars** are bold. What values hold stays text."""
    marked = bold(tr(text))
    return Html(marked.format(**{name: _node(value) for name, value in values.items()})) if values else marked


def bold(text: str) -> Html:
    """A sentence that is ready, in which **stars** are bold."""
    return Html(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", _text(text)))


def strange(text: str, most: int = _LONGEST) -> Html:
    """A stranger's text: cut where it is very long, and kept from turning round the text beside it."""
    said = clean(text)
    return tag("bdi", said if len(said) <= most else said[: most - 1] + "…")


def clean(text: str) -> str:
    """The text without characters that no page may hold."""
    return _UNPRINTABLE.sub("\ufffd", text)


def _attribute(name: str, value: str | int | float | bool) -> str:
    if value is False:
        return ""
    key = name.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{_text(_number(value))}"'


def _node(node: Node) -> str:
    if node is None:
        return ""
    if isinstance(node, Html):
        return node
    if isinstance(node, (str, int, float)):
        return _text(_number(node))
    return "".join(_node(one) for one in node)


def _number(value: str | int | float) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _text(text: str) -> str:
    return escape(clean(text))
