"""Sentences for people, kept as keys and values, and rendered in a reader's language only by a front end.

Whatever can be read by a person (an error, a finding, progress, a reason kept on disk) is a `Message`: its English text
is the key of a gettext catalogue, its values are put in when it is shown. So a run that was made in one language reads
well in another, and no sentence is ever glued together from pieces.

    Message("'{name}' holds one class only.", name=file.name)
    counted("{n} picture", "{n} pictures", n=3)
    Message("{pictures} of {total} were read.", pictures=counted("{n} picture", "{n} pictures", n=3), total=5)

In a text, `{share:percent}` is "92 %", `{share:percent1}` "92.4 %", `{seconds:duration}` "about 40 seconds",
`{names:list}` "a, b and c", `{names:any}` "a, b or c", `{codes:languages}` "French and Thai" of "th" and "fr",
`{size:bytes}` "13 MB", `{when:date}` a minute by the clock of this
computer, from seconds since 1970 or ISO 8601, `{loss:.3f}` has three decimals. The
percentage of two numbers is a range, "74-95 %". Other numbers are written as the language writes them; text is put in
as it is.
"""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from io import BytesIO
from numbers import Integral, Real
from pathlib import Path
from string import Formatter
from typing import Any, Literal, TypeAlias, Union

from babel import Locale
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

Value: TypeAlias = Union[str, int, float, bool, "Message", "tuple[Value, ...]", None]
"""What a message can hold: what JSON can hold, and other messages."""

CATALOGUES = Path(__file__).parent / "locale"
"""`<language>.po`, one file a language."""
PSEUDO = "en-XA"
"""A language for tests: English in brackets and a third longer, so that a text that passes no catalogue stands out, and
one that has no room is cut. It is there when FINETUNE_LAB_PSEUDO is set."""


class Message:
    """A sentence (or a noun, a label) for a person: an English text, which is its key, and the values it holds.

    `plural` is the text for more than one; the value `n` then chooses between them, by the rules of the language.
    Messages are compared by what they say, and can be keys. `str()` renders them in English, for logs and tests.
    """

    __slots__ = ("plural", "text", "values")

    def __init__(self, text: str, /, **values: Any) -> None:
        self.text = text
        self.plural = ""
        self.values: dict[str, Value] = {name: _frozen(value) for name, value in values.items()}

    def __str__(self) -> str:
        return ENGLISH.render(self)

    def __repr__(self) -> str:
        return f"Message({self.text!r}, {self.values!r})"

    def __bool__(self) -> bool:
        return bool(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], Message], tuple[dict[str, Any]]]:
        return Message.from_dict, (self.to_dict(),)

    def _identity(self) -> tuple[object, ...]:
        return self.text, self.plural, tuple(sorted(self.values.items(), key=lambda item: item[0]))

    def having(self, **values: Any) -> Message:
        """The same sentence with these values in it: for tables of sentences that are filled when they are needed."""
        message = Message(self.text, **{**self.values, **values})
        message.plural = self.plural
        return message

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON, e.g. {"message": "{n} of {total} read", "values": {"n": 3, "total": 5}}."""
        plural = {"plural": self.plural} if self.plural else {}
        values = {"values": {name: _plain(value) for name, value in self.values.items()}} if self.values else {}
        return {"message": self.text, **plural, **values}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Message:
        """The inverse of `to_dict`; KeyError where it is not one."""
        made = cls(data["message"])
        made.values = {name: _revived(value) for name, value in data.get("values", {}).items()}
        made.plural = data.get("plural", "")
        return made


NOTHING = Message("")
"""No sentence at all; it is false."""


def counted(one: str, many: str, /, *, n: int, **values: Any) -> Message:
    """A message about `n` things: `one` where the language says it as for one, else `many`."""
    message = Message(one, n=n, **values)
    message.plural = many
    return message


def sentences(*messages: Message) -> Message:
    """Whole sentences, one after the other; those that are empty are passed over."""
    said = [message for message in messages if message]
    if not said:
        return NOTHING
    together = said[0]
    for message in said[1:]:
        together = Message("{first} {second}", first=together, second=message)
    return together


def quoted(text: str) -> Message:
    """Text that needs no translation (a name, a number of a version) where a message is expected."""
    return Message("{text}", text=text) if text else NOTHING


def encode(value: object) -> object:
    """`default` for `json.dumps`: messages as plain data."""
    if isinstance(value, Message):
        return value.to_dict()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def revived(data: Any) -> Any:
    """JSON data in which every message is one again, however deep it lies."""
    if isinstance(data, Mapping):
        if "message" in data and data.keys() <= {"message", "plural", "values"} and isinstance(data["message"], str):
            return Message.from_dict(data)
        return {key: revived(value) for key, value in data.items()}
    return [revived(one) for one in data] if isinstance(data, list) else data


class Language:
    """One language: its catalogue, its plurals, how it writes numbers.

    `wrap` changes every text after its translation: the pseudo-language of the tests puts brackets round it.
    """

    def __init__(
        self,
        code: str,
        catalogue: gettext.NullTranslations | None = None,
        wrap: Callable[[str], str] = lambda text: text,
    ) -> None:
        self.code = code
        self.locale = Locale.parse("en" if code == PSEUDO else code.replace("-", "_"))
        self._catalogue = catalogue or gettext.NullTranslations()
        self._wrap = wrap

    def render(self, message: Message | str, quote: Callable[[str], str] = lambda text: text) -> str:
        """The message in this language. `quote` is applied to every value that is text from outside (Markdown, HTML).

        A string is taken as text that needs no translation.
        """
        if isinstance(message, str):
            return message
        if not message.text:
            return ""
        n = message.values["n"] if message.plural else 1
        assert isinstance(n, (int, float))
        text = self.text(message.text, message.plural, n if isinstance(n, int) else 2)
        return _Fill(self, quote).vformat(text, (), message.values)

    def text(self, one: str, many: str = "", n: int = 1) -> str:
        """What this language says for a text of the program, or for its form for `n`; the values are still to come."""
        return self._wrap(self._catalogue.ngettext(one, many, n) if many else self._catalogue.gettext(one))

    def number(self, value: float, decimals: int | None = None) -> str:
        """ "1,234" or "0.53", as the language writes it; at most two decimals unless said otherwise."""
        places = (0 if isinstance(value, int) else 2) if decimals is None else decimals
        pattern = "#,##0" + ("" if not places else "." + ("#" if decimals is None else "0") * places)
        return format_decimal(value, format=pattern, locale=self.locale)

    def percent(self, number: str) -> str:
        """ "92 %" of "92", with the sign where the language writes it, and the blank that it puts there or not."""
        if self.locale.language == "en":  # the program's own: a number and its sign are easier to read apart
            return f"{number}\u00a0%"
        before, after = _PERCENT.split(self.locale.percent_formats[None].pattern.partition(";")[0])
        return f"{before}{number}{after}"


_PERCENT = re.compile("[#,.0]+")
"""The number in a pattern such as "#,##0%"."""
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Marks that turn the direction of writing: one in a name would turn the rest of the sentence, its numbers too."""
_DECIMALS = re.compile(r"\.(\d)f")


_BORDER = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
"""A Chinese character beside a Latin letter or a digit: in print there is some room between them."""


class _Fill(Formatter):
    """Puts values into a text, each written as its format and the language ask."""

    def __init__(self, language: Language, quote: Callable[[str], str]) -> None:
        self.language = language
        self.quote = quote

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """In Chinese with a blank between a Chinese character and a Latin word or number where a value begins or ends:
        what the value is, a translator cannot know. A text from outside is itself left as it is."""
        if self.language.locale.language != "zh":
            return super().vformat(format_string, args, kwargs)
        said = ""
        for literal, name, spec, _ in self.parse(format_string):
            value = "" if name is None else self.format_field(self.get_field(name, args, kwargs)[0], spec or "")
            for part in (literal, value):
                said += " " + part if _BORDER.fullmatch(said[-1:] + part[:1]) else part
        return said

    def _listed(self, value: Iterable[Any], style: Literal["standard", "or"]) -> str:
        items = tuple(value)
        places = [f"{{{at}}}" for at in range(len(items))]
        return self.vformat(format_list(places, style, self.language.locale), items, {})

    def format_field(self, value: Any, format_spec: str) -> str:
        language = self.language
        if decimals := _DECIMALS.fullmatch(format_spec):
            return language.number(value, int(decimals[1]))
        match format_spec:
            case "percent" | "percent1":
                places = 1 if format_spec == "percent1" else 0
                ends = value if isinstance(value, tuple) else (value,)
                return language.percent("-".join(language.number(end * 100, places) for end in ends))
            case "duration":
                return language.render(_duration(value))
            case "bytes":
                return language.render(_bytes(value))
            case "date":
                when = datetime.fromisoformat(value).astimezone() if isinstance(value, str) else None
                return f"{when or datetime.fromtimestamp(value):%Y-%m-%d %H:%M}"
            case "list" | "any":
                return self._listed(value, "standard" if format_spec == "list" else "or")
            case "languages":
                names = (language.locale.languages.get(code.replace("-", "_"), code) for code in value)
                return format_list(sorted(names), "standard", language.locale)
            case "":
                pass
            case _:
                return format(value, format_spec)
        if isinstance(value, Message):
            return language.render(value, self.quote)
        if isinstance(value, str):
            return self.quote(value).translate(_TURNS)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return language.number(value)
        return str(value)

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        return value


def _duration(seconds: float) -> Message:
    if seconds < 1.5:
        return Message("a moment")
    if seconds < 90:
        n = round(seconds) if seconds < 10 else round(seconds / 5) * 5
        return counted("about {n} second", "about {n} seconds", n=n)
    if seconds < 5400:
        return counted("about {n} minute", "about {n} minutes", n=round(seconds / 60))
    return counted("about {n} hour", "about {n} hours", n=round(seconds / 3600))


def _bytes(size: float) -> Message:
    if size < 1e6:
        return Message("{n} kB", n=max(1, round(size / 1e3)) if size else 0)
    if size < 1e9:
        return Message("{n} MB", n=round(size / 1e6))
    return Message("{n} GB", n=round(size / 1e9, 1))


def _frozen(value: Any) -> Value:
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(one) for one in value)
    if value is None or isinstance(value, (str, int, float, Message)):
        return value
    if isinstance(value, Integral):  # as NumPy counts
        return int(value)
    if isinstance(value, Real):
        return float(value)
    raise TypeError(f"A message cannot hold a {type(value).__name__}")


def _plain(value: Value) -> object:
    if isinstance(value, Message):
        return value.to_dict()
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _revived(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(_revived(one) for one in value)
    return Message.from_dict(value) if isinstance(value, Mapping) else value


ENGLISH = Language("en")
"""The language the keys are written in."""


def languages() -> tuple[str, ...]:
    """Codes of the languages there is a catalogue for, English first."""
    return (ENGLISH.code, *sorted(path.stem for path in CATALOGUES.glob("*.po")))


def language(code: str) -> Language:
    """The language `code`, from its catalogue; English where there is none."""
    if code == PSEUDO and os.environ.get("FINETUNE_LAB_PSEUDO"):
        return _PSEUDO
    path = CATALOGUES / f"{code}.po"
    return _read(path, path.stat().st_mtime_ns) if code in languages()[1:] else ENGLISH


@cache
def _read(path: Path, changed: int) -> Language:
    """A catalogue in the usual text form (.po); fuzzy entries are left out. Read again when the file has `changed`."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(path.stem, gettext.GNUTranslations(compiled))


def chosen_language(asked: Iterable[str]) -> Language:
    """The first of the languages that were asked for (codes, most wanted first) that there is; English else."""
    for code in asked:
        for candidate in (code, re.split("[-_.@]", code)[0]):
            found = language(candidate)
            if found is not ENGLISH or candidate == ENGLISH.code:
                return found
    return ENGLISH


def preferred_languages(accepted: str) -> Iterator[str]:
    """The languages of an Accept-Language header, in its order."""
    for preferred in accepted.split(","):
        yield preferred.split(";")[0].strip()


def _pseudo(text: str) -> str:
    """In brackets and a third longer; what has no words of its own stays as it is."""
    inner = text.strip()
    if not any(char.isalpha() for part, *_ in Formatter().parse(inner) for char in part):
        return text
    longer = "·" * (len(inner) // 3)
    return text.replace(inner, f"⟦{inner}{longer}⟧")


_PSEUDO = Language(PSEUDO, wrap=_pseudo)
