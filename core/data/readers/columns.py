"""What the columns of a table are for: which make the example, which says its class, which its part. A ranked guess."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from random import Random

from core.data.readers.names import (
    ATTRIBUTE_NAMES,
    ID_NAMES,
    LABEL_NAMES,
    OTHER_NAMES,
    OUTCOME_NAMES,
    RATING_NAMES,
    SOURCE_NAMES,
    SPLIT_NAMES,
    TEXT_NAMES,
    TITLE_NAMES,
    WEAK_OUTCOMES,
    WHO_NAMES,
    first_names,
    is_known_name,
    plain_name,
    split_of,
    words_of,
)
from core.data.readers.profiles import ONES, Content, Profile, profiles, shape_of_pixels
from core.data.readers.reading import ReadOptions, Roles
from core.data.readers.table import Row
from core.errors import DataError
from core.messages import Message, counted
from core.modalities import MODALITIES

CLASS_COLUMNS = "class-columns"
"""The structure of a table whose columns are a class each."""
WEAK = 0.3
"""A guess that scores less is not believed before a person has said so."""
_MOST_CLASS_COLUMNS = 100
_MOST_LABELS = 3
"""So many columns that could be the class are told."""
_COMPARED = 10
"""So many times as many are looked at closely."""
_HARDLY = 0.05
"""The strength of a column that is a class only if a person says so."""
_LONGEST_START = 4
"""Words."""
_SAMPLE = 2000
"""Rows in which two columns are compared."""
_LOOKED_INTO = 20
_PIXEL = re.compile(r"(pixel|px|p|column)?_?\d+([x_]\d+)*")
_DARK = 64
"""Where no pixel is brighter, of 255, the numbers are something else."""
_FEWEST_MARKED = 3
"""So many columns of which each row marks one are hardly so by chance."""
_MOST_SEEN = 2000
_FEWEST_SOURCES = 5
"""Persons or things that a column must name to say whom rows are of."""
_MOST_COMPARED = 20
"""So many columns are compared with the class, value by value."""
_MOST_CODES = 20
"""So many different numbers may be the codes of classes."""

_SAY_LITTLE = frozenset({"", "column", "name", "code", "id", "nr", "no", "num", "type", "is", "has"})
"""Words that two columns may share and be about different things."""
_NUMBERED = re.compile(r"column \d+")
"""What columns are called that have no names."""
_TEXTS = frozenset(map(plain_name, TEXT_NAMES))
_LABELS = frozenset(map(plain_name, LABEL_NAMES))
_SURELY_LABELS = _LABELS - {"type", "kind", "tag", "tags", "y"}
"""What is called so is the class, or a person says that another column is."""
_FEATURE_NAMES = frozenset(map(plain_name, OTHER_NAMES)) | ATTRIBUTE_NAMES
_NO_TEXT = frozenset(
    {Content.NUMBER, Content.ADDRESS, Content.DATE, Content.PRICE, Content.COUNTER, Content.PART, Content.EMPTY,
     Content.CONSTANT}
)  # fmt: skip
_ODD = frozenset({Content.ADDRESS, Content.DATE, Content.PRICE, Content.PART})
_PIXELS = frozenset({Content.NUMBER, Content.CONSTANT, Content.CODE, Content.COUNTER})
_FEATURES = frozenset({Content.NUMBER, Content.CATEGORY, Content.DATE, Content.PRICE})
WHY_IGNORED = {
    Content.EMPTY: Message("It is empty."),
    Content.CONSTANT: Message("It is the same in every row."),
    Content.COUNTER: Message("It numbers the rows."),
    Content.CODE: Message("It names each row: nearly all of its values are different."),
    Content.WORDS: Message("Nearly all of its values are different, as names are."),
    Content.TEXT: Message("It holds sentences."),
    Content.ADDRESS: Message("It holds names of files or addresses."),
    Content.PART: Message("It names parts of a dataset."),
}
_CHOSEN_SO = Message("It was chosen.")
_SAYS_CLASS = Message("It says the class once more, which nobody knows of new rows.")
LEFT_SO = Message("It was chosen to be ignored.")


@dataclass(frozen=True, slots=True)
class Columns:
    """What columns are for, by position, as a guess with a `score` in [0, 1] and reasons.

    An example is made of the cells in `examples`: texts, read one after the other, the main one last; or, where it
    `is_row`, all that is known of it. There is one `label` column; or the `marked` ones, one for each class,
    that say 1 or 0; or neither: then every cell of `examples` is a message of the class that its column is named after.
    `source` is the column that says whom or what a row is of: a patient, say, of whom there are several rows.
    `ignored` says why each of the others is not looked at, and `notes` what a person should know of them. `doubt` says
    why a column that is called like the class is not it: then a person has to say which one is.
    """

    examples: tuple[int, ...]
    label: int | None
    split: int | None = None
    marked: tuple[int, ...] = ()
    is_row: bool = False
    ignored: tuple[tuple[int, Message], ...] = ()
    score: float = 1.0
    why: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    source: int | None = None
    doubt: Message | None = None

    @property
    def text(self) -> int:
        """The main column of the examples."""
        return self.examples[-1]

    @property
    def are_classes(self) -> bool:
        """True where every column of `examples` is a class."""
        return self.label is None and not self.marked


def choose_columns(columns: Row, rows: Sequence[Row], options: ReadOptions) -> Columns | Message:
    """The best of `rank_columns`."""
    found = rank_columns(columns, rows, options)
    return found if isinstance(found, Message) else found[0]


def rank_columns(columns: Row, rows: Sequence[Row], options: ReadOptions) -> list[Columns] | Message:
    """What the columns may be for, the likeliest first, as far as `options` leave it open; or what is missing.

    DataError when a named column is not there, or when one is named for two things. Looks at a sample of the rows.
    """
    return _Guess(columns, rows, options).ranked()


def choose_texts(columns: Row, rows: Sequence[Row], text: str | None = None) -> tuple[int, ...] | Message:
    """The columns that hold the texts, where no labels are asked for, the main one last: that called `text`, or as
    in `choose_columns`; or why there is none. DataError when the named column is not there."""
    if text is not None:
        return (_named(columns, text),)
    if len(columns) == 1:
        return (0,)
    guess = _Guess(columns, rows, ReadOptions())
    label = _label_by_name(guess.about, range(len(columns)))
    free = [at for at in range(len(columns)) if at not in (label, guess.split)]
    found = guess.text_among(free)
    return guess.no_texts() if found is None else _with_titles(guess.about, free, found)


def _named(columns: Row, name: str) -> int:
    """The column with exactly this name; else without regard to case; else by its number, "column 2"."""
    ways: list[Callable[[str], str]] = [str, lambda column: column.strip().casefold(), plain_name]
    for way in ways:
        found = [at for at, column in enumerate(columns) if way(column) == way(name)]
        if found:
            return found[0]
    number = re.fullmatch(r"column (\d{1,5})", name.strip().casefold())
    if number and 1 <= int(number[1]) <= len(columns):
        return int(number[1]) - 1
    raise DataError(
        Message("There is no column '{column}'.", column=name),
        Message("The columns are: {columns:list}.", columns=columns),
    )


class _Guess:
    """One table, what a person said about it, and what its columns hold."""

    def __init__(self, columns: Row, rows: Sequence[Row], options: ReadOptions) -> None:
        self.columns = columns
        self.options = options
        named = (options.text_column,) if options.text_column is not None else options.example_columns
        self.examples = None if named is None else tuple(dict.fromkeys(_named(columns, name) for name in named))
        self.label = None if options.label_column is None else _named(columns, options.label_column)
        self.notes: tuple[Message, ...] = ()
        self.marked = tuple(dict.fromkeys(_named(columns, name) for name in options.marked_columns or ()))
        self.ignored = {_named(columns, name) for name in options.ignored_columns or ()}
        self.split = None if options.split_column is None else _named(columns, options.split_column)
        if options.like:
            self._be_like(options.like)
        self._check()
        self.rows = rows
        self.about = profiles(columns, rows)
        taken = {self.label, *self.marked, *(self.examples or ()), *self.ignored}
        if self.split is None:
            self.split = _split(self.about, rows, taken)
        self.free = [at for at in range(len(columns)) if at not in self.ignored and at != self.split]

    def _check(self) -> None:
        """DataError when a column is named for two things."""
        both = next((at for at in self.examples or () if at == self.label), None)
        if both is not None:
            raise DataError(
                Message("The column '{column}' cannot be both the text and the label.", column=self.columns[both]),
                Message("Choose another column for one of them: {columns:list}.", columns=self.columns),
            )
        said = [at for at in (*(self.examples or ()), *self.marked, self.label, self.split) if at is not None]
        twice = next((at for at in said if said.count(at) > 1 or at in self.ignored), None)
        if twice is not None:
            raise DataError(
                Message("The column '{column}' was chosen for two things.", column=self.columns[twice]),
                Message("Choose it for one of them only."),
            )
        if len(self.marked) == 1 or (self.marked and self.label is not None):
            raise DataError(
                Message("Either one column says the class, or two or more mark it."),
                Message("Choose one way of the two: {columns:list}.", columns=self.columns),
            )

    def _be_like(self, table: Roles) -> None:
        """Take the columns of the table that the rows come to, where nobody said otherwise. DataError when there are
        none, or when nothing says the class."""
        places = {plain_name(column): at for at, column in reversed([*enumerate(self.columns)])}
        if len(table.columns) == len(self.columns) and all(map(_NUMBERED.fullmatch, self.columns)):
            places = {plain_name(column): at for at, column in enumerate(table.columns)}  # they have no header
        found = {name: places[plain_name(name)] for name in table.examples if plain_name(name) in places}
        if self.examples is None:
            if not found:
                raise DataError(
                    Message(
                        "None of its columns ({columns}) is one of the table that the rows are to be added to.",
                        columns=first_names(self.columns),
                    ),
                    Message("Name them so in the first row: {columns:list}.", columns=table.examples),
                )
            self.examples = tuple(at for at in found.values() if at != self.label)
            self.notes = tuple(_unlike(self.columns, table, found))
        if self.label is None and not self.marked:
            says = (table.label,) if table.label else table.marked
            there = [places[plain_name(name)] for name in says if plain_name(name) in places]
            if says and not there:
                raise DataError(
                    Message("The column with the class, {columns:list}, is not in it.", columns=says),
                    Message("Add it, with the class of each row."),
                )
            if table.label:
                self.label = there[0]
            elif len(there) > 1:
                self.marked = tuple(there)

    def ranked(self) -> list[Columns] | Message:
        wants_rows = self._wants_rows()
        whole = [] if wants_rows is False else self._as_rows()
        texts: list[Columns] | Message = [] if wants_rows else self._as_texts()
        found = [*([] if isinstance(texts, Message) else texts), *whole]
        if found:
            return sorted(found, key=lambda columns: -columns.score)
        return texts if isinstance(texts, Message) and not self._all_numbers() else self._no_labels()

    def _wants_rows(self) -> bool | None:
        """What a person said about the kind of the examples; None where that is open."""
        if self.options.kind is not None:
            return MODALITIES[self.options.kind].is_row if self.options.kind in MODALITIES else None
        if self.options.text_column is not None or self.options.structure == CLASS_COLUMNS:
            return False
        if self.examples:
            texts = [at for at in self.examples if self.about[at].content in (Content.TEXT, Content.WORDS)]
            return not texts and any(kind.is_row for kind in MODALITIES.values())
        return None

    # --- messages ---

    def _as_texts(self) -> list[Columns] | Message:
        classes = self._class_columns()
        if self.options.structure == CLASS_COLUMNS:
            return classes or Message("It does not have two or more columns that hold texts, one for each class.")
        found = self._text_and_label()
        return classes or found if isinstance(found, Message) else [*found, *classes]

    def _text_and_label(self) -> list[Columns] | Message:
        about, label = self.about, self.label
        texts = self.examples or ()
        if label is None and not self.marked:
            label = _label_by_name(about, [at for at in self.free if at not in texts])
            label = label if label is None else self._spelt_out(label)
        main = texts[-1] if texts else self.text_among([at for at in self.free if at not in (label, *self.marked)])
        if main is None:
            return self.no_texts()
        free = [at for at in self.free if at not in (*texts, *self.marked, main)]
        texts = texts or _with_titles(about, [at for at in free if at != label], main)
        free = [at for at in free if at not in texts]
        marked = self.marked or (_marked(about, free, self.rows) if label is None else ())
        likely = () if marked or label is not None else _like_labels(about, free)[:_MOST_LABELS]
        labels = [label] if label is not None else list(dict.fromkeys(map(self._spelt_out, likely)))
        if marked:
            return [self._texts(texts, main, None, marked)]
        return [self._texts(texts, main, at) for at in labels] or self._no_labels()

    def _spelt_out(self, label: int) -> int:
        """The column with the names of the classes, where `label` has just their numbers: each number has one name."""
        codes = self.about[label]
        if codes.content is not Content.NUMBER:
            return label
        for at in self.free:
            other = self.about[at]
            akin = set(words_of(other.title)) & set(words_of(codes.title)) - {""}
            if not akin and _outcome_strength(other) < _outcome_strength(codes):
                continue
            if other.content is Content.CATEGORY and self._name_each_other(label, at):
                return at
        return label

    def _name_each_other(self, one: int, other: int) -> bool:
        """True where each value of one column has one of its own in the other."""
        if self.about[one].different != self.about[other].different:
            return False
        pairs = {(row[one].strip(), row[other].strip()) for row in self._sample if len(row) > max(one, other)}
        pairs = {pair for pair in pairs if all(pair)}
        return len(pairs) == len({value for value, _ in pairs}) == len({value for _, value in pairs}) > 1

    @cached_property
    def _sample(self) -> list[Row]:
        """So many rows at random: every n-th would miss what comes round at the same pace."""
        total = len(self.rows)
        chosen = range(total) if total <= _SAMPLE else sorted(Random(0).sample(range(total), _SAMPLE))
        return [self.rows[at] for at in chosen]

    def _class_again(self, label: int) -> Sequence[int]:
        """Second copies of the class: the same words, or others for each under a name like the class's, or one that
        says so ("target" beside "species"). Yes and no in both may be two things that go together."""
        one, akin, likely = self.about[label], set[int](), []
        for at in self.free:
            other = self.about[at]
            if at == label or other.different != one.different:
                continue
            if _outcome_strength(other) > 0.5 or set(words_of(one.title)) & set(words_of(other.title)) - _SAY_LITTLE:
                akin.add(at)
            if at in akin or not (other.zero_one or other.yes_no):
                likely.append(at)
        named = [at for at in likely[:_MOST_COMPARED] if self._name_each_other(label, at)]
        return [at for at in named if at in akin or self._say_the_same(label, at)]

    def _say_the_same(self, one: int, other: int) -> bool:
        pairs = [(row[one].strip(), row[other].strip()) for row in self._sample if len(row) > max(one, other)]
        return all(a.casefold() == b.casefold() for a, b in pairs if a and b)

    def text_among(self, free: Sequence[int]) -> int | None:
        named = _text_by_name(self.about, free)
        return _most_like_text(self.about, free) if named is None else named

    def _texts(self, texts: tuple[int, ...], main: int, label: int | None, marked: tuple[int, ...] = ()) -> Columns:
        about = self.about
        used = {*texts, label, *marked}
        others = [at for at in self.free if at not in used]
        strength = 1.0 if self.examples else _text_strength(about[main], [about[at] for at in others])
        score = strength * (0.9 if label is None else self._label_strength(label))
        why = [_why_text(about[main]) if not self.examples else _CHOSEN_SO]
        notes: list[Message] = []
        if len(texts) > 1:
            names = [self.columns[at] for at in texts]
            notes.append(Message("The columns {names:list} are read as one text, one after the other.", names=names))
        unread = [self.columns[at] for at in others if about[at].content is Content.TEXT]
        if unread and not self.examples:
            notes.append(
                counted(
                    "The column {names} holds texts, too; it is not read. It can be chosen as well.",
                    "The columns {names} hold texts, too; they are not read. They can be chosen as well.",
                    n=len(unread),
                    names=first_names(unread),
                )
            )
        if label is not None:
            why.append(_why_label(about[label], self.label is not None))
        return Columns(texts, label, self.split, marked, False, self._ignored(used), score,
                       (*why, *notes), tuple(notes), doubt=self._doubt(label, texts))  # fmt: skip

    def _label_strength(self, label: int) -> float:
        profile = self.about[label]
        if self.label is not None:
            return 1.0
        if _outcome_strength(profile) > 0.5:
            return 0.95 if profile.name in _LABELS else 0.85 if profile.name in OUTCOME_NAMES else 0.79
        if not profile.repeats:
            return 0.3 if profile.content is Content.TEXT else 0.55
        if profile.name in WHO_NAMES:
            return 0.3
        if profile.content in _ODD:
            return 0.45
        measured = profile.content is Content.NUMBER or profile.name in _FEATURE_NAMES
        return 0.6 if measured and profile.name not in RATING_NAMES else 0.75

    def _class_columns(self) -> list[Columns]:
        """Columns of messages, named after their classes: nothing else in the table could be a class."""
        if self.label is not None or self.marked or self.options.text_column is not None:
            return []
        forced = self.options.structure == CLASS_COLUMNS
        free = [at for at in self.examples or self.free if self.about[at].content is not Content.EMPTY]
        if not self.examples:
            free = [
                at for at in free if self.about[at].content not in (Content.COUNTER, Content.CODE, Content.CONSTANT)
            ]
        found = [self.about[at] for at in free]
        if not 2 <= len(free) <= _MOST_CLASS_COLUMNS or not (forced or all(map(_could_be_class, found))):
            return []
        shortest = min(profile.words for profile in found)
        score = 1.0 if forced else 0.8 if shortest >= 3 else 0.5 if shortest >= 2 else 0.25
        names = first_names([self.columns[at] for at in free])
        why = Message("The columns {names} hold messages, and no other column says a class.", names=names)
        return [Columns(tuple(free), None, self.split, (), False, self._ignored(free), score, (why,))]

    # --- rows of numbers and categories ---

    def _as_rows(self) -> list[Columns]:
        """One guess for each column that may be the class; or those that mark it."""
        found = []
        for label, marked, strength in self._row_classes():
            features = self.examples or self._pixels(label)
            again = () if features or label is None else self._class_again(label)
            features = features or tuple(at for at in self.free if self._is_feature(at))
            features = tuple(at for at in features if at not in (label, *marked, *again))
            if not features:
                continue
            score = self._row_strength(features, label) * (0.5 + strength / 2 if strength > _HARDLY else 0.3)
            names = first_names([self.columns[at] for at in features])
            why = (
                counted(
                    "{n} column holds numbers or categories: {names}.",
                    "{n} columns hold numbers, categories or dates: {names}.",
                    n=len(features),
                    names=names,
                ),
                _why_label(self.about[label], self.label is not None)
                if label is not None
                else self._why_marked(marked),
            )
            ignored = self._ignored((*features, *marked, label), is_row=True, again=again)
            whom = next((at for at in self.free if at not in (label, *features) and says_whom(self.about[at])), None)
            found.append(
                Columns(features, label, self.split, marked, True, ignored, score, why, self.notes, source=whom,
                        doubt=self._doubt(label, features))
            )  # fmt: skip
        return found

    def _row_classes(self) -> list[tuple[int | None, tuple[int, ...], float]]:
        """The column that may be the class of a row, or those that mark it, with a score in [0, 1]; some of each."""
        if self.marked:
            return [(None, self.marked, 1.0)]
        if self.label is not None:
            return [(self.label, (), 1.0)]
        marked = _one_hot(self.about, self.free, self.rows)
        likely: dict[int, float] = {}
        # Each is compared with every other, so of thousands only those that could be offered at all.
        ranked = sorted(_row_labels(self.about, self.free), key=lambda one: -one[1])
        for at, strength in ranked[: _COMPARED * _MOST_LABELS]:
            likely.setdefault(self._spelt_out(at), strength)
        single: list[tuple[int | None, tuple[int, ...], float]] = [
            (at, (), max(_HARDLY, strength - 0.3) if at in marked else strength) for at, strength in likely.items()
        ]
        single = sorted(single, key=lambda one: -one[2])[:_MOST_LABELS]
        if not marked:
            return single
        stem = stem_of([self.about[at].name for at in marked])
        if not stem:
            return [(None, marked, 0.8), *single]
        # A program took one column apart, so none of its parts is the class; all of them are, if it was called so.
        called = max((_named_strength({*stem.split("_"), stem})), 0.45)
        return [(None, marked, called), *((at, (), _HARDLY if at in marked else score) for at, _, score in single)]

    def _why_marked(self, marked: Sequence[int]) -> Message:
        if self.marked:
            return _CHOSEN_SO
        names = first_names([self.columns[at] for at in marked])
        return Message("In each row exactly one of the columns {names} is marked.", names=names)

    def _pixels(self, label: int | None) -> tuple[int, ...]:
        """The columns, where each is a pixel, those that are always black among them; none where they are not."""
        found = tuple(
            at for at in self.free
            if at != label and self.about[at].content in _PIXELS and _PIXEL.fullmatch(self.about[at].name)
        )  # fmt: skip
        sample = self.rows[:: max(1, len(self.rows) // _LOOKED_INTO)] if shape_of_pixels(len(found)) else ()
        cells = [row[at].strip() if at < len(row) else "" for row in sample for at in found]
        if not cells or not all(cell.isdecimal() and len(cell) <= 3 for cell in cells):
            return ()
        return found if _DARK <= max(map(int, cells)) <= 255 else ()

    def _is_feature(self, at: int) -> bool:
        profile = self.about[at]
        return profile.content in _FEATURES and not _are_remarks(profile) and not says_whom(profile)

    def _row_strength(self, features: Sequence[int], label: int | None) -> float:
        """The more that is measured, the better; sentences beside it are rather what it is about."""
        if self.examples or self.options.kind is not None:
            return 1.0
        about = [self.about[at] for at in features]
        numbers = sum(profile.content in (Content.NUMBER, Content.PRICE) for profile in about)
        numbers += bool(numbers) and label is not None and self.about[label].content is Content.NUMBER
        if numbers:
            strength = 0.8 if numbers > 1 and len(about) > 1 else 0.7 if len(about) > 1 else 0.5
        else:
            strength = (0.15, 0.6, 0.7)[min(len(about), 3) - 1]  # one word and its class are a message
        texts = [self.about[at] for at in self.free if at not in features]
        best = max((_text_strength(profile, about) for profile in texts if _could_be_text(profile)), default=0.0)
        return strength * (0.4 if best > 0.8 else 1.0)

    # --- what is left, and what is missing ---

    def _all_numbers(self) -> bool:
        return not any(map(_could_be_text, self.about))

    def _ignored(
        self, used: Iterable[int | None], *, is_row: bool = False, again: Sequence[int] = ()
    ) -> tuple[tuple[int, Message], ...]:
        """`again` are copies of the class."""
        taken = {*used, self.split}
        return tuple(
            (at, _SAYS_CLASS if at in again and at not in self.ignored else self._why_ignored(at, is_row))
            for at in range(len(self.columns))
            if at not in taken
        )

    def _why_ignored(self, at: int, is_row: bool) -> Message:
        if at in self.ignored:
            return LEFT_SO
        if is_row and says_whom(self.about[at]):
            return Message("It says whom or what a row is of: all rows of one stay on one side of the split.")
        if is_row and _are_remarks(self.about[at]):
            return Message("It is empty in most rows.")
        content = self.about[at].content
        named = None if content is Content.TEXT and not is_row else WHY_IGNORED.get(content)
        return named or Message("It is neither the example nor its class.")

    def no_texts(self) -> Message:
        elsewhere = next((about for about in self.about if about.content is Content.ADDRESS), None)
        if elsewhere is not None and not any(about.content in (Content.TEXT, Content.WORDS) for about in self.about):
            return Message(
                "The column '{column}' holds names or addresses of files, and the files themselves are not here. Put "
                "them and the table into one folder or zip.",
                column=elsewhere.title,
            )
        return Message("None of its columns ({columns}) holds texts.", columns=first_names(self.columns))

    def _doubt(self, label: int | None, examples: Sequence[int]) -> Message | None:
        """Why the column that is called like the class cannot be it, where `label` is just the next best."""
        if label is None or self.label is not None or _outcome_strength(self.about[label]) > 0.5:
            return None
        chosen = examples if self.examples else ()
        return next((why for at in self.free if at not in (label, *chosen) and (why := _why_no_class(self.about[at]))),
                    None)  # fmt: skip

    def _no_labels(self) -> Message:
        why = next(filter(None, map(_why_no_class, self.about)), None)
        if why is not None:
            return why
        if self._all_numbers():
            return Message(
                "None of its columns ({columns}) can be the class: no few words or numbers come again and again.",
                columns=first_names(self.columns),
            )
        return Message(
            "None of its columns ({columns}) holds labels, short values that come again and again.",
            columns=first_names(self.columns),
        )


def _unlike(columns: Row, table: Roles, found: Mapping[str, int]) -> Iterator[Message]:
    """What is not as in the table that rows are added to."""
    lacking = [name for name in table.examples if name not in found]
    if lacking:
        yield counted(
            "The column {names} of the table is not in it, and counts as missing in these rows.",
            "The columns {names} of the table are not in it, and count as missing in these rows.",
            n=len(lacking), names=first_names(lacking),
        )  # fmt: skip
    known = {*map(plain_name, (*table.columns, *table.examples, *table.marked, table.label or ""))}
    more = [name for name in columns if plain_name(name) not in known and not _NUMBERED.fullmatch(name)]
    if more:
        yield counted(
            "The table does not have its column {names}, which is not read.",
            "The table does not have its columns {names}, which are not read.",
            n=len(more), names=first_names(more),
        )  # fmt: skip


# --- by their names, and by what they hold ---------------------------------------------------------------------------


def _could_be_text(profile: Profile) -> bool:
    return profile.content not in _NO_TEXT


def _are_remarks(profile: Profile) -> bool:
    """True for words that hardly any row has."""
    return profile.content is Content.CATEGORY and 4 * profile.filled < profile.rows


def says_whom(profile: Profile) -> bool:
    """True for a column such as "patient_id", in which the same values come again: it says whom each row is of."""
    words = set(re.split(r"[\W_]+", plain_name(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", profile.title))))
    called = bool(words & SOURCE_NAMES) and (profile.coded or bool(words & ID_NAMES))
    return (called or profile.name in ID_NAMES) and profile.repeats and profile.different >= _FEWEST_SOURCES


def _could_be_class(profile: Profile) -> bool:
    """True for a column of messages whose name could be a class, and is none of the usual names of columns."""
    words = [re.sub(r"\d+$", "", word) for word in profile.name.split("_")]
    if any(is_known_name(word) for word in words if len(word) > 1) or profile.name.startswith("column_"):
        return False
    return profile.content in (Content.TEXT, Content.WORDS) and len(profile.title) <= 40 and len(words) <= 4


def _by_name(about: Sequence[Profile], free: Iterable[int], names: Sequence[str]) -> list[int]:
    """The columns called by one of `names`, then those called by several words of which one is among them. What is
    called after another one that might be the class ("diagnosis_type" beside "diagnosis") is about that one."""
    called: dict[str, list[int]] = {}
    saying: dict[str, list[int]] = {}
    free = list(free)
    likely = {about[at].name for at in free if about[at].repeats}
    for at in free:
        called.setdefault(about[at].name, []).append(at)
        start = about[at].name.split("_")[:_LONGEST_START]
        if any("_".join(start[:n]) in likely for n in range(1, len(start))):
            continue
        for word in {*about[at].name.split("_"), *words_of(about[at].title)}:
            saying.setdefault(word, []).append(at)
    exact = [at for name in map(plain_name, names) for at in called.get(name, ())]
    wordy = [at for name in names for at in saying.get(name, ())]
    return list(dict.fromkeys((*exact, *wordy)))


def _label_by_name(about: Sequence[Profile], free: Iterable[int]) -> int | None:
    found = _by_name(about, free, LABEL_NAMES)
    alone = (at for at in found if about[at].filled and about[at].name in _LABELS)  # one class, more of which is added
    return next((at for at in found if about[at].different >= 2), next(alone, None))


def _text_by_name(about: Sequence[Profile], free: Sequence[int]) -> int | None:
    """Numbers and addresses are not the text, whatever they are called, as long as there is something better."""
    found = _by_name(about, free, TEXT_NAMES)
    better = any(_could_be_text(about[at]) for at in free)
    return next((at for at in found if _could_be_text(about[at])), None if better else next(iter(found), None))


def _most_like_text(about: Sequence[Profile], free: Iterable[int]) -> int | None:
    """Long, and mostly different from row to row."""

    def score(at: int) -> tuple[bool, bool, bool, float]:
        profile = about[at]
        distinct = profile.different / max(1, profile.filled)
        various = profile.content in (Content.TEXT, Content.WORDS)
        return _could_be_text(profile), various, profile.name not in OTHER_NAMES, profile.length * distinct**2

    best = max(free, key=score, default=None)
    return best if best is not None and _could_be_text(about[best]) and about[best].filled else None


def _with_titles(about: Sequence[Profile], free: Sequence[int], main: int) -> tuple[int, ...]:
    """The text in `main`, after the column of its titles (the subject of a mail), or together with those that are
    numbered like it, such as two sentences that are compared."""
    beside = [at for at in free if at != main and about[at].content in (Content.TEXT, Content.WORDS)]
    titles = [at for at in beside if about[at].name in TITLE_NAMES]
    if about[main].name in TITLE_NAMES:  # as a premise and its hypothesis
        return tuple(sorted((*titles, main)))
    stem = _without_number(about[main].name)
    twins = [at for at in beside if stem != about[main].name and _without_number(about[at].name) == stem]
    return (*titles, *sorted((*twins, main)))


def _without_number(name: str) -> str:
    return re.sub(r"(?<=\w)_?[1-9ab]$", "", name)


def _like_labels(about: Sequence[Profile], free: Sequence[int]) -> list[int]:
    """Short, and few different ones that come again and again; in a few rows, at least short. The likeliest first."""
    fitting = [at for at in free if about[at].repeats and about[at].content is not Content.COUNTER]
    few_rows = [at for at in free if about[at].filled < 20 and about[at].different >= 2]
    short = [at for at in few_rows if about[at].content is not Content.TEXT]

    def rank(at: int) -> tuple[bool, float, bool, int]:
        profile = about[at]
        strength = 0.5 if profile.name in RATING_NAMES else _outcome_strength(profile)
        return profile.content in _ODD, -strength, strength < 0.5 and profile.name in OTHER_NAMES, profile.different

    return sorted(fitting or short or few_rows, key=rank)


def _marked(about: Sequence[Profile], free: Sequence[int], rows: Sequence[Row]) -> tuple[int, ...]:
    """Columns named after the classes, with 1 or 0 in each row, or with one yes in each; none where another column
    could be the label."""
    zero_one = tuple(at for at in free if about[at].zero_one)
    others = [at for at in free if not about[at].zero_one and about[at].name not in OTHER_NAMES]
    if len(zero_one) >= 2 and not any(about[at].repeats for at in others):
        return zero_one
    answered = _one_hot(about, free, rows)
    return answered if not any(about[at].repeats for at in others if at not in answered) else ()


def _one_hot(about: Sequence[Profile], free: Sequence[int], rows: Sequence[Row]) -> tuple[int, ...]:
    """Three neighbouring columns or more of which nearly every row marks exactly one: the last such, and as many of
    them as fit; or two that were one, by their names. Looks at so many rows, and at so many columns."""
    run: list[int] = []
    for at in reversed(free):
        if (about[at].zero_one or about[at].yes_no) and len(run) < _MOST_CLASS_COLUMNS:
            run.append(at)
        elif len(run) >= _FEWEST_MARKED or (len(run) == 2 and stem_of([about[one].name for one in run])):
            break
        else:
            run = []
    counts = [0] * min(len(rows), _MOST_SEEN)
    found: tuple[int, ...] = ()
    for width, at in enumerate(run, start=1):
        for number, row in enumerate(rows[: len(counts)]):
            counts[number] += at < len(row) and row[at].strip().casefold() in ONES
        twins = width == 2 and stem_of([about[one].name for one in run[:2]])
        if (width >= _FEWEST_MARKED or twins) and sum(count == 1 for count in counts) >= 0.99 * len(counts):
            found = tuple(sorted(run[:width]))
    return found


def _row_labels(about: Sequence[Profile], free: Sequence[int]) -> list[tuple[int, float]]:
    """Columns that may be the class of a row of measurements, with a score in [0, 1], the likeliest first: by the
    words of the header, then by their place and by what they hold."""
    found: list[tuple[int, float]] = []
    told = [at for at in free if about[at].content not in (Content.COUNTER, Content.CODE, Content.EMPTY)]
    for at in free:
        profile = about[at]
        codes = profile.content is Content.NUMBER and profile.different <= _MOST_CODES and profile.repeats
        words = profile.content is Content.CATEGORY and profile.different > 1 and not _are_remarks(profile)
        if not codes and not words:
            continue
        score = named = _outcome_strength(profile)
        last = 0.2 if _NUMBERED.fullmatch(profile.title) else 0.1  # where no column has a name, the last one it is
        score += last if at == free[-1] else 0.05 if at == told[0] else 0.0
        score -= 0.3 * (1 - profile.filled / profile.rows)  # a class is rarely missing
        score += 0.1 if not codes else 0.03 if profile.zero_one else 0.0
        if codes and named < 0.5 and (profile.measured or at not in (told[0], free[-1])):
            score = _HARDLY  # a number of rooms, of cylinders: nothing says that it is not just measured
        score -= 0.3 if profile.different > 100 else 0.1 if profile.different > 20 else 0.0
        score -= 0.15 if profile.name in _FEATURE_NAMES else 0.0
        found.append((at, max(_HARDLY, min(1.0, score))))
    return sorted(found, key=lambda one: -one[1])


def _outcome_strength(profile: Profile) -> float:
    """How much a column is called like a class, in [0, 1]."""
    if profile.name in OUTCOME_NAMES:
        return 0.95
    if profile.name in _LABELS:
        return 0.88
    return _named_strength({*profile.name.split("_"), *words_of(profile.title)})


def _named_strength(words: Set[str]) -> float:
    """How much a name made of these words is that of a class."""
    found = words & (OUTCOME_NAMES | _LABELS)
    return 0.4 if not found else 0.75 if found - WEAK_OUTCOMES else 0.6


def stem_of(names: Sequence[str]) -> str:
    """What all of these names begin with, before the last "_", as programs call the columns that they make of one
    column of categories ("species_cat", "species_dog"); "" where they do not, or where it says nothing ("is_cat")."""
    stems = {name.rpartition("_")[0] for name in names}
    return stems.pop() if len(stems) == 1 and not stems & {"", "is", "has"} else ""


def _split(about: Sequence[Profile], rows: Sequence[Row], taken: set[int | None]) -> int | None:
    """A column called like one of parts that holds nothing but names of parts, or one that holds train and test."""
    for at, profile in enumerate(about):
        if at not in taken and profile.name in SPLIT_NAMES:
            values = {cell for row in rows if at < len(row) and (cell := row[at].strip())}
            if values and len(values) <= 20 and all(split_of(value) for value in values):
                return at
    parts = [at for at, profile in enumerate(about) if at not in taken and profile.content is Content.PART]
    return parts[0] if parts else None


# --- how sure, and why ----------------------------------------------------------------------------------------------


def _why_no_class(profile: Profile) -> Message | None:
    """Why a column that is called like the class cannot be used as it; None for all others."""
    column = profile.title
    if profile.name not in _SURELY_LABELS:
        return None
    if not profile.filled:
        return Message("'{column}' is called like the class, but it is empty.", column=column)
    if profile.different == 1:
        return Message("'{column}' is called like the class, but it holds one value only.", column=column)
    if _are_remarks(profile):
        return Message("'{column}' is called like the class, but it is empty in most rows.", column=column)
    if profile.content in (Content.CODE, Content.COUNTER, Content.WORDS, Content.TEXT):
        return Message(
            "'{column}' is called like the class, but nearly all of its values are different.", column=column
        )
    if profile.content is Content.NUMBER and not (profile.repeats and profile.different <= _MOST_CODES):
        return Message("'{column}' is called like the class, but it holds measured numbers.", column=column)
    return None


def _text_strength(profile: Profile, others: Sequence[Profile]) -> float:
    """How much a column is like one of messages, in [0, 1]; `others` are neither it nor the class."""
    measured = any(other.content in _FEATURES for other in others)
    if not _could_be_text(profile):
        return 0.3 if profile.name in _TEXTS else 0.1
    called = profile.name in _TEXTS
    phrases = profile.words >= 2
    by_content = {Content.TEXT: 0.88, Content.WORDS: 0.6 if phrases else 0.5}.get(profile.content, 0.25)
    if profile.content is Content.CATEGORY and phrases and not measured:
        by_content = 0.45
    if profile.content is not Content.TEXT and measured and profile.name in (*OTHER_NAMES, *ATTRIBUTE_NAMES):
        by_content = 0.25
    strength = max(by_content, 0.9) if called else by_content
    if measured and 2 * profile.filled < profile.rows:
        return 0.3 * strength  # remarks that a few rows have
    return strength


def _why_text(profile: Profile) -> Message:
    if profile.name in _TEXTS:
        return Message("'{column}' is called as columns of texts are.", column=profile.title)
    if profile.content is Content.TEXT:
        return Message("'{column}' holds sentences, and hardly any twice.", column=profile.title)
    return Message("'{column}' is most like a column of texts.", column=profile.title)


def _why_label(profile: Profile, chosen: bool) -> Message:
    if chosen:
        return Message("'{column}' was chosen as the class.", column=profile.title)
    if _outcome_strength(profile) > 0.5:
        return Message("'{column}' is called as columns of classes are.", column=profile.title)
    if not profile.repeats:
        return Message("'{column}' holds short values, but they hardly come again.", column=profile.title)
    return counted(
        "'{column}' holds {n} value that comes again and again.",
        "'{column}' holds {n} different values that come again and again.",
        n=profile.different,
        column=profile.title,
    )
