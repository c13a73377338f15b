"""What students call themselves: a first name, or an animal for whoever would rather not say one."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import category, normalize

from core.errors import UserError
from core.messages import Message

LONGEST = 40
"""Characters of a name."""
_MOST_MARKS = 2
"""Accents on one letter; towers of them would cover what stands above."""
_JOINERS = "\u200c\u200d"
"""Invisible, and needed: some scripts and many emoji are written with them."""

ANIMALS: dict[str, tuple[str, Message]] = {
    "fox": ("🦊", Message("Fox")),
    "owl": ("🦉", Message("Owl")),
    "panda": ("🐼", Message("Panda")),
    "dolphin": ("🐬", Message("Dolphin")),
    "tiger": ("🐯", Message("Tiger")),
    "frog": ("🐸", Message("Frog")),
    "penguin": ("🐧", Message("Penguin")),
    "rabbit": ("🐰", Message("Rabbit")),
    "bear": ("🐻", Message("Bear")),
    "octopus": ("🐙", Message("Octopus")),
    "turtle": ("🐢", Message("Turtle")),
    "bee": ("🐝", Message("Bee")),
    "lion": ("🦁", Message("Lion")),
    "koala": ("🐨", Message("Koala")),
    "whale": ("🐳", Message("Whale")),
    "butterfly": ("🦋", Message("Butterfly")),
    "eagle": ("🦅", Message("Eagle")),
    "hedgehog": ("🦔", Message("Hedgehog")),
    "crab": ("🦀", Message("Crab")),
    "giraffe": ("🦒", Message("Giraffe")),
    "squirrel": ("🐿️", Message("Squirrel")),
    "snail": ("🐌", Message("Snail")),
    "horse": ("🐴", Message("Horse")),
    "duck": ("🦆", Message("Duck")),
}
"""An emoji and a word for each; a class sees them in its own language."""


def clean_name(given: str) -> str:
    """A name as it is shown: one line, nothing invisible, no towers of accents. Markup is text like any other, and is
    escaped where it is shown. UserError for one that is too long, or in which nothing is left."""
    kept, marks = [], 0
    for char in normalize("NFC", given[: 50 * LONGEST]):
        marks = marks + 1 if category(char).startswith("M") else 0
        if marks > _MOST_MARKS:
            continue
        invisible = category(char).startswith("C") and char not in _JOINERS
        kept.append(" " if invisible or category(char) in ("Zl", "Zp") else char)
    name = " ".join("".join(kept).split()).strip(_JOINERS)
    if not any(category(char)[0] in "LNS" for char in name):
        raise UserError(Message("Write a first name, or choose an animal."))
    if len(name) > LONGEST:
        raise UserError(
            Message("A name has at most {most} characters, and this one has {n}.", most=LONGEST, n=len(name)),
            Message("Choose a shorter one."),
        )
    return name


def next_number(name: str, animal: str, taken: Iterable[tuple[str, str, int]]) -> int:
    """1 for the first of this name, 2 for the next: nobody is mistaken for somebody else."""
    same = [number for other, kind, number in taken if (_alike(other), kind) == (_alike(name), animal)]
    return max(same, default=0) + 1


def _alike(name: str) -> str:
    return normalize("NFKC", name).casefold()
