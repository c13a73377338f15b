"""Reports and model cards from Jinja templates: in one language, and safe whatever strangers wrote.

A template holds no bare words. `say("...", n=3)` and `counted("one", "many", n=3)` in it are Messages, which Babel can
extract, and which are rendered where they are put out: `**bold**` and backquoted `code` in their texts are ours, what
their values hold never is. Any other text is escaped for the format as well; `|outside` also isolates and cuts it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from core.glossary import terms
from core.messages import ENGLISH, Language, Message, counted
from core.report.contents import Contents
from core.report.front_matter import front_matter
from core.report.limits import limits
from core.report.public import clean, command
from core.results.finished_run import FinishedRun

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""Were a stranger's text ever taken for markup, it could still fetch, run and send nothing."""

_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~#&$@]")
_LINKED = re.compile(r"(www|https?|ftp|mailto|xmpp)([.:])", re.IGNORECASE)
"""What GitHub makes links of, even of a bare address."""
_LONGEST = 300
_EXPLAINED = (
    "example", "class", "pretrained", "fine_tuning", "training", "validation", "test", "accuracy", "interval",
    "baseline", "loss", "epoch", "overfitting", "confusion", "recall", "precision", "confidence", "calibration",
    "cross_validation", "leakage", "seed", "p_value", "embedding",
)  # fmt: skip
"""What a report speaks of."""
_NONE: Mapping[str, Any] = {}


def render_report(run: FinishedRun, language: Language = ENGLISH, now: datetime | None = None) -> str:
    """All about a finished run in one HTML file, for whoever reads it without the program. `now` is when it is made."""
    contents = Contents(run)
    return environment(language, HTML).get_template("report.html.j2").render(
        run=contents, limits=limits(contents), command=command(contents.dataset_id, contents.recipe),
        day=f"{now or datetime.now(UTC):%Y-%m-%d}", policy=POLICY, language=language.code, glossary=terms(*_EXPLAINED),
    )  # fmt: skip


def render_card(run: FinishedRun, language: Language = ENGLISH, networks: Mapping[str, Any] = _NONE) -> str:
    """The model card in Markdown: YAML for the Hugging Face Hub first, then words for people.

    Beside an export it says how that is used, and what was proven of its `networks` (`core.export.proof.Proof` by the
    name of the file).

    In the sections of Mitchell et al. 2019, "Model Cards for Model Reporting".
    """
    contents = Contents(run)
    text = environment(language, MARKDOWN).get_template("card.md.j2").render(
        run=contents, limits=limits(contents), command=command(contents.dataset_id, contents.recipe),
        networks=networks,
    )  # fmt: skip
    # Parts that are left out leave empty lines behind.
    return f"{front_matter(contents, language)}\n\n" + re.sub(r"\n{3,}", "\n\n", text)


def report_name(run_id: str) -> str:
    """What the file is called unless somebody says otherwise."""
    return f"finetune-lab-report-{run_id}.html"


def card_name(run_id: str) -> str:
    return f"finetune-lab-model-card-{run_id}.md"


@dataclass(frozen=True)
class Format:
    """How a format takes text: `ours` a sentence of the program that is filled in already, with marks for **bold** and
    `code`; `outside` a stranger's text, cut after so many characters. Both give what needs no more escaping."""

    ours: Callable[[str], str]
    outside: Callable[[str, int], str]


def _html_ours(text: str) -> str:
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", str(escape(clean(text))))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", bold)


def _html_outside(text: str, most: int = _LONGEST) -> str:
    """Kept from turning round the text beside it."""
    return f"<bdi>{escape(_cut(clean(text), most))}</bdi>"


def _markdown_outside(text: str, most: int = _LONGEST) -> str:
    """On one line: no formatting, no HTML, no cell of its own, and no link."""
    return _LINKED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\g<0>", _cut(" ".join(clean(text).split()), most)))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


HTML = Format(_html_ours, _html_outside)
MARKDOWN = Format(clean, _markdown_outside)


def written(message: Message, language: Language, kind: Format) -> Markup:
    """A message in a language and a format. `Markup` means: as it is to stand there, in HTML and in Markdown alike."""
    held: list[str] = []

    def hold(text: str) -> str:
        held.append(text)
        return f"\ue000{len(held) - 1}\ue001"

    filled = kind.ours(language.render(message, hold))
    # What values hold is put in at last, so that no mark in it is taken for one of ours.
    return Markup(re.sub("\ue000(\\d+)\ue001", lambda at: kind.outside(held[int(at[1])], _LONGEST), filled))


@lru_cache(maxsize=16)
def environment(language: Language, kind: Format, package: str = "core.report") -> Environment:
    """The templates of a package, and those of the report, for one language and one format. Everything that is put out
    passes through `put_out`."""

    def put_out(value: Any) -> Any:
        if isinstance(value, Message):
            return written(value, language, kind)
        if isinstance(value, str) and not isinstance(value, Markup):
            return clean(value) if kind is HTML else Markup(kind.outside(value, _LONGEST))
        return value

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("core.report")]), autoescape=True,
        finalize=put_out, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.globals |= {"say": Message, "counted": counted}
    environment.filters |= {
        "outside": partial(_outside, language, kind),
        "flat": partial(_flat, language),
        "percent": lambda value: Message("{value:percent}", value=value),
        "number": lambda value, decimals=None: Markup(language.number(value, decimals)),
        "duration": lambda seconds: Message("{seconds:duration}", seconds=seconds),
        "code": lambda text: Markup(clean(text)),
        "px": "{:.1f}".format,
        "of_width": lambda share: f"{share * 100:.1f}%",
    }
    return environment


def _outside(language: Language, kind: Format, value: Message | str, most: int = _LONGEST) -> Markup:
    """A stranger's text, or a message that may hold one."""
    return written(value, language, kind) if isinstance(value, Message) else Markup(kind.outside(value, most))


def _flat(language: Language, value: Message | str) -> str:
    """Without any marks, for attributes, titles and the letters of a drawing."""
    return re.sub(r"\*\*|`", "", clean(language.render(value)))
