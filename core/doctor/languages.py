"""Texts in a language that the model does not know, and texts in several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.data.findings import Exhibit, Finding
from core.data.languages import LANGUAGES, Languages
from core.doctor.case import Case, cautious
from core.messages import NOTHING, Message, sentences
from core.models.catalogue import knowing

_MOST = 0.5
"""Where so much of what is known is in languages that the model does not know, it will hardly learn."""
_NAMED = 5
"""Of more languages than these a model's number is said."""


def languages(case: Case) -> Iterator[Finding]:
    """At most one finding: serious where most texts are in languages that the model does not know, a look where some
    are, a note where they are in several. Texts whose language is not known say nothing."""
    found = case.languages
    foreign = [code for code in found.there if case.card.knows_language(code) is False]
    if foreign:
        yield _foreign(case, found, foreign)
    elif len(found.there) > 1:
        yield _mixed(case, found, found.there)


def _foreign(case: Case, found: Languages, codes: Sequence[str]) -> Finding:
    shown = found.among(codes)
    share = len(shown) / found.counts.total()
    names = _names(codes)
    many = case.dataset.kind.many
    title = Message("All {examples} are in {languages:list}, which the model hardly knows", examples=many,
                    languages=names)  # fmt: skip
    if share < 1:
        title = Message(
            "{share:percent} of the {examples} are in {languages:list}, which the model hardly knows",
            share=cautious(share), examples=many, languages=names,
        )  # fmt: skip
    own, others = _names(case.card.languages), [card.title for card in knowing(codes)]
    explanation = sentences(
        Message(
            "{model} was trained on {known}. Of other languages it understands little: its answers may be "
            "hardly better than chance.",
            model=case.card.title,
            known=Message("{names:list}", names=own) if len(own) <= _NAMED else Message("{n} languages", n=len(own)),
        ),
        Message("Choose a model on the Train page that knows them: {models:any}.", models=others) if others
        else Message("No model that comes with this program knows all of them; the Hugging Face Hub may have one."),
        _not_all(case, found),
    )  # fmt: skip
    serious = share >= _MOST
    remedies = () if serious else (case.leave_out(shown),)
    return Finding("languages", "serious" if serious else "look", title, explanation, len(shown),
                   _exhibits(case, found, shown), remedies)  # fmt: skip


def _mixed(case: Case, found: Languages, codes: Sequence[str]) -> Finding:
    counts = found.counts
    shares = [
        Message("{language} {share:percent}", language=LANGUAGES[code], share=cautious(counts[code] / counts.total()))
        for code in codes
    ]
    rare = found.among(codes[1:])
    return Finding(
        "languages",
        "note",
        Message("The {examples} are in several languages", examples=case.dataset.kind.many),
        sentences(
            Message(
                "They are: {shares:list}. Have examples of every class in each of them, or the model may take the "
                "language for the class.", shares=shares,
            ),
            _not_all(case, found),
        ),
        len(rare),
        _exhibits(case, found, rare),
    )  # fmt: skip


def _not_all(case: Case, found: Languages) -> Message:
    total, n = len(case.texts), len(found.chosen)
    return NOTHING if n == total else Message("{n} of {many} were looked at.", n=n, many=case.count(total))


def _exhibits(case: Case, found: Languages, shown: Sequence[int]) -> tuple[Exhibit, ...]:
    return case.exhibits(shown, lambda index: LANGUAGES[found.at[index]])


def _names(codes: Sequence[str]) -> list[Message]:
    return [LANGUAGES[code] for code in codes if code in LANGUAGES]
