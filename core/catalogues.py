"""What there is to translate, and the catalogues that do: `python -m core.catalogues zh` makes or renews `zh.po`.

Every sentence stands as a literal in the source, as the text of a `Message`, of `counted`, or of what the front ends
render with (`tr`, `plain`, `say`), in Python and in the report's templates. So all of them can be found without running
anything. A new text is added to the catalogue as untranslated, a changed one as fuzzy, one that is gone is dropped.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from core.messages import CATALOGUES

HOME = Path(__file__).parents[1]
PLACES = ("core", "pages")
KEYWORDS = {"Message": 1, "counted": 2, "tr": 1, "plain": 1, "say": 1, "note": 1, "words": 1}
"""Whose first arguments are texts, and how many of them."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the source; `many` is its form for more than one, or empty."""

    file: str
    line: int
    one: str
    many: str = ""


def all_texts(home: Path = HOME) -> Iterator[Text]:
    """Every text of the program, file by file."""
    for place in PLACES:
        for path in sorted((home / place).rglob("*")):
            if path.suffix in (".py", ".j2"):
                find = texts_in_python if path.suffix == ".py" else _in_template
                for line, texts in find(path.read_text(encoding="utf-8")):
                    yield Text(path.relative_to(home).as_posix(), line, *texts)


def texts_in_python(source: str) -> Iterator[tuple[int, list[str]]]:
    """The line of each message in a source, and its text, or its two."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [arg.value for arg in node.args[: KEYWORDS.get(name, 0)] if isinstance(arg, ast.Constant)]
            texts = [text for text in given if isinstance(text, str) and text]
            if texts and len(texts) == len(given):
                yield node.lineno, texts


def _in_template(source: str) -> Iterator[tuple[int, list[str]]]:
    for call in Environment().parse(source).find_all(nodes.Call):
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        texts = [arg.value for arg in call.args[: KEYWORDS.get(name, 0)] if isinstance(arg, nodes.Const)]
        if texts and all(isinstance(text, str) for text in texts):
            yield call.lineno, texts


def fields(text: str) -> set[str]:
    """The values that a text has places for; ValueError where its braces do not match."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def template(home: Path = HOME) -> Catalog:
    """A catalogue of all texts, without translations."""
    catalogue = Catalog(project="Finetune Lab", charset="utf-8", fuzzy=False)
    for text in all_texts(home):
        # The flag "python-brace-format" makes translators' tools check the places for values.
        catalogue.add(
            (text.one, text.many) if text.many else text.one,
            locations=[(text.file, text.line)],
            flags=["python-brace-format"] if fields(text.one) else [],
        )
    return catalogue


def renew(code: str, home: Path = HOME, folder: Path = CATALOGUES) -> Catalog:
    """Write the catalogue of the language `code` with today's texts, keeping its translations."""
    path = folder / f"{code}.po"
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=code)
    else:
        catalogue = Catalog(
            locale=code, project="Finetune Lab", version="1", header_comment="# Sentences of Finetune Lab; MIT.",
            msgid_bugs_address="the repository's issues", last_translator="the developers", language_team=code,
            charset="utf-8", fuzzy=False,
        )  # fmt: skip
    catalogue.update(template(home))
    folder.mkdir(exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, ignore_obsolete=True, include_lineno=False)
    return catalogue


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        renewed = renew(wanted)
        open_ones = sum(not (message.string if isinstance(message.string, str) else all(message.string or ()))
                        or message.fuzzy for message in renewed if message.id)  # fmt: skip
        print(f"{wanted}: {len(renewed)} texts, {open_ones} to translate")
