"""What goes into reading files and what comes out: a structure looks at a source and reads it, or says why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import IO, Any, Protocol

from core.data.readers.names import kind_of
from core.errors import DataError
from core.limits import Limits
from core.messages import NOTHING, Message
from core.modalities.base import Modality
from core.options import Choice, option, options_of

_BEGINNING = 512

# --- what goes in ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Skip:
    """One file or row that is left out, and why."""

    file: str
    reason: Message


class Heeded(Skip):
    """A file that holds no example itself, and was read for what it says of others: a list of labels, or of times."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file: its path inside the source as given, its size in bytes, and how to get its bytes.

    `read` raises UnreadableExampleError when the file is damaged or larger than its limit. `stream`
    opens it for whoever wants a part only. `looks` is the kind of example that it is although its name does not say so.
    """

    path: PurePosixPath
    size: int
    read: Callable[[], bytes]
    stream: Callable[[], IO[bytes]] | None = None
    looks: Modality[Any, Any] | None = None

    @property
    def kind(self) -> Modality[Any, Any] | None:
        """The kind of which this file would be an example; None for notes, tables and everything else."""
        return self.looks or kind_of(self.path)

    def beginning(self) -> bytes:
        """Its first 512 bytes; none where it cannot be read."""
        try:
            if self.stream is None:
                return self.read()[:_BEGINNING]
            with self.stream() as file:
                return file.read(_BEGINNING)
        except Exception:  # whatever a damaged archive makes its reader raise; `read` says what is wrong
            return b""

    def skip(self, reason: Message) -> Skip:
        return Skip(str(self.path), reason)

    def heeded(self, reason: Message) -> Heeded:
        return Heeded(str(self.path), reason)


@dataclass(frozen=True, slots=True)
class Source:
    """All files of what a person handed over, and those refused on sight. A single file is a source of one."""

    name: str
    files: tuple[SourceFile, ...]
    skipped: tuple[Skip, ...] = ()

    def without(self, aside: tuple[Skip, ...]) -> Source:
        """The same without some files, which are skips in it."""
        gone = {skip.file for skip in aside}
        rest = tuple(file for file in self.files if str(file.path) not in gone)
        return replace(self, files=rest, skipped=(*self.skipped, *aside))


def _option(label: Message, help: Message, **choices: Message) -> Any:
    return option(None, label, help, choices={name: Choice(title) for name, title in choices.items()})


ALL_SHEETS = "*"
"""What the option `sheet` says where all sheets of one layout are read. No sheet is called so: Excel forbids it."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What the columns of a table are for, by their names: which of all `columns`, in their order, make the `examples`,
    and the one that is the `label` or those that are `marked`."""

    columns: tuple[str, ...]
    examples: tuple[str, ...]
    label: str | None = None
    marked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a source; None means "propose it yourself". Flags and the page's form are made from this.

    In this order: another choice for one of them makes those below it open again.
    """

    structure: str | None = _option(Message("Where the classes come from"), Message("How the labels are given."))
    files: str | None = _option(
        Message("Files"), Message("Only the files whose path matches this pattern, such as {example}.", example="raw/*")
    )
    sheet: str | None = _option(
        Message("Sheet"),
        Message("The sheet of a workbook, or {all} for all that have the same columns.", all=ALL_SHEETS),
        **{ALL_SHEETS: Message("all with the same columns")},
    )
    encoding: str | None = _option(
        Message("Encoding of the text"),
        Message(
            "How the text is encoded, such as {examples:any}.", examples=("utf-8", "gb18030", "shift_jis", "cp1252")
        ),
    )
    delimiter: str | None = _option(
        Message("Delimiter"),
        Message("The character between two columns."),
        comma=Message("Comma"),
        semicolon=Message("Semicolon"),
        tab=Message("Tab"),
        pipe=Message("Vertical bar"),
        blank=Message("Blanks"),
    )
    header: str | None = _option(
        Message("Header row"),
        Message("Whether the first row names the columns."),
        yes=Message("Yes"),
        no=Message("No"),
    )
    header_row: str | None = _option(
        Message("Number of the header row"),
        Message("The row that names the columns, if it is not the first: rows above it are skipped."),
    )
    kind: str | None = _option(
        Message("What an example is"), Message("Whether an example is a text in a table, or a row of it.")
    )
    text_column: str | None = _option(Message("Column with the text"), Message("The column that holds the messages."))
    example_columns: tuple[str, ...] | None = _option(
        Message("Columns with the example"),
        Message("The columns of which an example is made: texts that belong together, or all that is known of it."),
    )
    label_column: str | None = _option(Message("Column with the class"), Message("The column that holds the labels."))
    marked_columns: tuple[str, ...] | None = _option(
        Message("Columns that mark the class"),
        Message("Columns named after the classes, one for each, with 1 or x where an example is of it (one-hot)."),
    )
    split_column: str | None = _option(
        Message("Column with the split"),
        Message("The column that says which rows are for training and which for test."),
    )
    ignored_columns: tuple[str, ...] | None = _option(
        Message("Ignored columns"), Message("Columns that are neither the example nor its class.")
    )
    several_labels: str | None = _option(
        Message("Several labels for one example"),
        Message("What to do where an example carries more than one label, such as {example}.", example="food;other"),
        first=Message("the first one only"),
        separate=Message("an example for each"),
        whole=Message("all together are one class"),
        skip=Message("skip the example"),
    )
    label_level: str | None = _option(
        Message("Classes with two levels"),
        Message("Which part of a label with two levels, such as {example}, is the class.", example="animal/cat"),
        full=Message("both levels"),
        top=Message("the upper level only"),
        bottom=Message("the lower level only"),
    )
    sources: str | None = _option(
        Message("Speaker or recording"),
        Message("What in the names says who or what an example comes from; that stays on one side of the split."),
        none=Message("not told by the names"),
        folder1=Message("the outermost folder"),
        folder2=Message("the second folder"),
        folder3=Message("the third folder"),
        part1=Message("the first part of the name"),
        part2=Message("the second part of the name"),
        part3=Message("the third part of the name"),
        part4=Message("the fourth part of the name"),
        part5=Message("the fifth part of the name"),
        part6=Message("the sixth part of the name"),
    )
    unsorted: str | None = _option(
        Message("A folder such as “unsorted”, a class such as “NA”"),
        Message("What is called as if nobody had said its class, or it were not known."),
        kept=Message("without a class, kept for learning from"),
        whole=Message("a class like the others"),
    )
    title: str | None = None
    like: Roles | None = None
    """The table that the rows are added to: its columns are looked for, whatever they hold here."""

    def __post_init__(self) -> None:
        """JSON has lists where these are tuples."""
        for name in ("example_columns", "marked_columns", "ignored_columns"):
            if (names := getattr(self, name)) is not None:
                object.__setattr__(self, name, tuple(names))

    def over(self, proposed: ReadOptions) -> ReadOptions | None:
        """What is said here, and the rest as `proposed`; None when another structure or delimiter is said."""
        said = {name: value for name in OPTIONS if (value := getattr(self, name)) is not None}
        for name in ("structure", "delimiter"):
            if said.get(name, getattr(proposed, name)) != getattr(proposed, name):
                return None
        if "example_columns" in said:
            proposed = replace(proposed, text_column=None)
        return replace(proposed, **said)


OPTIONS = options_of(ReadOptions)
"""What can be said, by name. The choices of "structure" are those of `core.data.readers.propose.STRUCTURES`, those of
"kind" the kinds of examples that stand in tables."""

TO_SAY = ("several_labels", "unsorted")
"""Options that have no usual value: where they matter, and a proposal says None for one, a person has to say it."""

OPEN = frozenset({"sheet"})
"""Options that have other values besides those with a name."""


# --- what comes out ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled example that has not been decoded yet; `read` gives its raw bytes (text: as UTF-8)."""

    name: str
    label: str
    read: Callable[[], bytes]
    split: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A text as the bytes of an item: half of a character in it (an emoji cut in two) is replaced, for no file can hold
    that. There are hundreds of thousands of these."""

    text: str

    def __call__(self) -> bytes:
        return self.text.encode(errors="replace")


@dataclass(frozen=True, slots=True)
class UnlabelledItem(Skip):
    """An example whose class nobody has said: left out of those to learn from with their classes, and kept to learn
    from without. `read` as of `Item`."""

    read: Callable[[], bytes]
    split: str | None = None


@dataclass(frozen=True)
class Reading:
    """A structure's interpretation of a source.

    `proposal` says in plain data how the source was understood: its key "structure" is the structure's name, every
    option of `ReadOptions` that matters here has its chosen value under the option's name, and "choices" maps those
    that can be chosen otherwise to the list of what can be chosen. `items` holds every file or row of the source once,
    as an Item or a Skip, so used + skipped is what was given. `notes` are sentences about what the person should look
    at although nothing was skipped for it. `aside` are files that hold no examples but said something about them: other
    structures leave them alone. `doubt` says why a person should first say what is the class.
    """

    modality: str
    proposal: dict[str, Any]
    items: tuple[Item | Skip, ...] = field(repr=False)
    notes: tuple[Message, ...] = ()
    aside: tuple[Skip, ...] = ()
    score: float = 0.9
    doubt: Message | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """Why a structure does not read a source, in the names that the person gave.

    `nearness` is in [0, 1]: about how much of the source it could have accounted for. When nothing fits, the nearest
    are told, and those at 0 are not. `possible` says that it would read the source if a person insisted. `aside` as of
    `Reading`: the reason to leave each of these files alone. `proposal` is what is known all the same, for a person who
    says the rest.
    """

    reason: Message
    nearness: float = 0.0
    advice: Message = NOTHING
    possible: bool = False
    aside: tuple[Skip, ...] = ()
    proposal: dict[str, Any] = field(default_factory=dict)


ONE_CLASS = "one-class"
"""The structure of files that say nothing of their class: a person says it of all of them."""


class UndecidedError(DataError):
    """A source that is not read before a person has said how. `proposal` holds what there is to choose from."""

    def __init__(self, problem: Message, advice: Message, proposal: dict[str, Any]) -> None:
        super().__init__(problem, advice)
        self.proposal = proposal

    def __reduce__(self) -> Any:
        return type(self), (self.problem, self.advice, self.proposal)


class Structure(Protocol):
    """One way in which files say the classes of their examples.

    `names` are what `ReadOptions.structure` calls it (usually one), and what people call that. `whole_files` is true
    where every example is a file of its own, and false where it is a row or a line of one.
    """

    @property
    def names(self) -> Mapping[str, Message]: ...

    @property
    def whole_files(self) -> bool: ...

    def look(self, source: Source, options: ReadOptions, limits: Limits) -> Reading | Declined:
        """Read `source`, or say why not. Where `options.structure` names this structure, it is less choosy.

        DataError when the source is of this structure but cannot be used: it passes a limit, is protected, ...
        """
        ...
