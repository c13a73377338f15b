"""The plane of a chart in SVG: where a value lies on paper, the two axes, and what stands beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.report.markup import Html, Node, join, tag
from core.words import percent

_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 18.0, 10.0, 40.0
_FEWEST_TICKS = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """`x` and `y` are the ranges of values shown. Drawn 380 wide, so that its letters can be read on a telephone."""

    x: tuple[float, float]
    y: tuple[float, float]
    width: float = 380.0
    height: float = 250.0

    def across(self, value: float) -> float:
        low, high = self.x
        return _LEFT + (value - low) / ((high - low) or 1.0) * (self.width - _LEFT - _RIGHT)

    def up(self, value: float) -> float:
        low, high = self.y
        return self.height - _BOTTOM - (value - low) / ((high - low) or 1.0) * (self.height - _TOP - _BOTTOM)

    def place(self, x: float, y: float) -> str:
        """ "120.5,33.0", as a path has it."""
        return f"{self.across(x):.1f},{self.up(y):.1f}"

    def draw(self, alt: str, *inside: Node, look: str = "chart") -> Html:
        """The chart as a whole; `alt` says what is to be seen to those who cannot."""
        box = f"0 0 {self.width:g} {self.height:g}"
        return tag("svg", *inside, viewBox=box, role="img", aria_label=alt, class_=look)

    def axes(
        self, x_name: str, y_name: str, x_ticks: Sequence[float], y_ticks: Sequence[float],
        x_says: Callable[[float], str] = "{:g}".format, y_says: Callable[[float], str] = "{:g}".format,
    ) -> Html:  # fmt: skip
        """Thin lines across with their values, and the names of the axes."""
        left, right = self.across(self.x[0]), self.across(self.x[1])
        bottom, top = self.up(self.y[0]), self.up(self.y[1])
        middle = (top + bottom) / 2
        marks = [tag("line", x1=left, x2=right, y1=self.up(v), y2=self.up(v), class_="grid") for v in y_ticks]
        beside = [_letters(y_says(v), left - 5, self.up(v) + 4, "end") for v in y_ticks]
        below = [_letters(x_says(v), self.across(v), bottom + 15, "middle") for v in x_ticks]
        names = [
            _letters(x_name, (left + right) / 2, self.height - 5, "middle", class_="axis"),
            _letters(y_name, 0, 0, "middle", class_="axis", transform=f"translate(11 {middle:.1f}) rotate(-90)"),
        ]  # fmt: skip
        return tag("g", *marks, *beside, *below, *names, aria_hidden="true")


def ticks(low: float, high: float, whole: bool = False) -> list[float]:
    """About five round values from `low` to `high`: steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    if span <= 0:
        return [low]
    rough = span / _FEWEST_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = max(1.0 if whole else 0.0, next(size * power for size in (1, 2, 5, 10) if size * power >= rough * 0.999))
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 10) for number in range(first, math.floor(high / step + 1e-9) + 1)]


QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def as_percent(value: float) -> str:
    return percent(value)


def _letters(text: str, x: float, y: float, anchor: str, **more: str) -> Html:
    return tag("text", text, x=x, y=y, text_anchor=anchor, **more)


def legend(entries: Sequence[tuple[Html, str | Html]]) -> Html:
    """What the signs of a chart mean: each a small drawing (16 x 12) and its words."""
    return tag(
        "p",
        [tag("span", tag("svg", sign, viewBox="0 0 16 12", aria_hidden="true", class_="sign"), " ", said)
         for sign, said in entries],
        class_="legend",
    )  # fmt: skip


def table(head: Sequence[str], rows: Sequence[Sequence[Node]], caption: str | None = None, class_: str = "") -> Html:
    """A table whose first column names the rows. It can be scrolled where it is too wide."""
    top = tag("thead", tag("tr", [tag("th", name, scope="col") for name in head]))
    body = tag(
        "tbody",
        [tag("tr", tag("th", row[0], scope="row"), [tag("td", cell) for cell in row[1:]]) for row in rows],
    )
    made = tag("table", tag("caption", caption) if caption else None, top, body, class_=class_ or None)
    return tag("div", made, class_="wide", tabindex="0", role="region", aria_label=caption or head[0])


def folded(summary: str, *inside: Node) -> Html:
    """What is there for those who want it; on paper it is always open."""
    return tag("details", tag("summary", summary), *inside)


def figure(title: Node, *inside: Node) -> Html:
    """A drawing under a title that says what there is to see."""
    return tag("figure", tag("figcaption", title), join(*inside))
