"""Text for people: one way in for translations, and numbers said as a person would say them."""

from __future__ import annotations

from core.events import Score
from core.messages import ENGLISH, Message


def tr(text: str | Message, /, **values: object) -> str:
    """`text` in the person's language with `values` put in. English is the key; a second language is a catalogue."""
    if isinstance(text, Message):
        return ENGLISH.render(text, quote=escape)
    return text.format(**values) if values else text


def percent(share: float) -> str:
    """ "92 %", which never breaks across lines."""
    return f"{share * 100:.0f}\u00a0%"


def share_range(interval: tuple[float, float]) -> str:
    """ "74-95 %"."""
    low, high = interval
    return f"{low * 100:.0f}-{high * 100:.0f}\u00a0%"


def duration(seconds: float) -> str:
    """ "a moment", "about 40 seconds", "about 3 minutes"."""
    if seconds < 1.5:
        return tr("a moment")
    if seconds < 10:
        return tr("about {n} seconds", n=round(seconds))
    if seconds < 90:
        return tr("about {n} seconds", n=round(seconds / 5) * 5)
    if seconds < 5400:
        return tr("about {n} minutes", n=round(seconds / 60))
    return tr("about {n} hours", n=round(seconds / 3600))


def things(modality: str, n: int) -> str:
    """ "1 picture", "12 messages"."""
    one, many = {"image": ("picture", "pictures"), "text": ("message", "messages")}[modality]
    return f"{n:,} {tr(one if n == 1 else many)}"


def score_sentence(score: Score, modality: str, guess: str | None) -> str:
    """The score as a sentence: how many, what that may mean for new ones, and what guessing would get. Markdown."""
    low, high = score.interval
    many = tr({"image": "pictures", "text": "messages"}[modality])
    said = tr(
        "Right on **{right} of {n}** {many}: **{share}**. With many more such {many} it would be between "
        "**{low}** and **{high}** (95\u00a0% sure).",
        right=round(score.accuracy * score.n),
        n=score.n,
        many=many,
        share=percent(score.accuracy),
        low=percent(low),
        high=percent(high),
    )
    if guess is not None:
        said += " " + tr("Always guessing “{guess}” would get {share}.", guess=guess, share=percent(score.baseline))
    return said


def escape(text: str | Message) -> str:
    """A stranger's text inside Markdown: shown as it is, never as formatting, a link or a picture."""
    text = str(text)
    return "".join(f"\\{char}" if char in r"\`*_{}[]()#+-.!|<>~:$&" else char for char in text)
