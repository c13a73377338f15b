"""What is said when nothing in a source says which class its examples belong to: what it holds, what was nearly right,
and the step that mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.readers.archive import PASSWORD
from core.data.readers.examples import find_examples
from core.data.readers.names import first_names, is_rich, spoken_suffix
from core.data.readers.reading import ONE_CLASS, Declined, Source, SourceFile, UndecidedError
from core.data.readers.table_files import is_table
from core.errors import DataError
from core.messages import NOTHING, Message, counted, sentences
from core.modalities import MODALITIES

_NEAREST = 3
"""So many near misses are told."""


@dataclass(frozen=True)
class _Foreign:
    """Files of a kind that people bring and that is not read here: their endings, how to count them, what to do."""

    suffixes: frozenset[str]
    count: Callable[[int, Message], Message]
    advice: Message


_FOREIGN = (
    _Foreign(
        frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".3gp", ".wmv", ".mpg", ".mpeg", ".mts"}),
        lambda n, suffixes: counted("{n} video ({suffixes})", "{n} videos ({suffixes})", n=n, suffixes=suffixes),
        Message("Save single pictures of each video, and put those of each class into a folder of its own."),
    ),
    _Foreign(
        frozenset({".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2", ".pef", ".srw"}),
        lambda n, suffixes: counted(
            "{n} raw picture of a camera ({suffixes})", "{n} raw pictures of a camera ({suffixes})", n=n,
            suffixes=suffixes,
        ),
        Message("Export them as JPEG or PNG."),
    ),
    _Foreign(
        frozenset({".svg", ".svgz", ".eps", ".ai", ".ps", ".cdr", ".wmf", ".emf", ".ico", ".icns"}),
        lambda n, suffixes: counted("{n} drawing ({suffixes})", "{n} drawings ({suffixes})", n=n, suffixes=suffixes),
        Message("Export them as PNG."),
    ),
    _Foreign(
        frozenset({".gdoc", ".gsheet", ".gslides", ".gdraw", ".lnk", ".url", ".webloc", ".icloud", ".symlink"}),
        lambda n, suffixes: counted(
            "{n} link to a file that lies elsewhere ({suffixes})", "{n} links to files that lie elsewhere ({suffixes})",
            n=n, suffixes=suffixes,
        ),
        Message("Download the files themselves and choose those."),
    ),
    _Foreign(
        frozenset({".html", ".htm", ".mhtml", ".mht", ".xhtml"}),
        lambda n, suffixes: counted("{n} web page ({suffixes})", "{n} web pages ({suffixes})", n=n, suffixes=suffixes),
        Message("Save them as plain text, PDF or Word files, and put those of each class into a folder of its own."),
    ),
    _Foreign(
        frozenset({".eml", ".msg", ".mbox", ".emlx", ".pst"}),
        lambda n, suffixes: counted("{n} e-mail ({suffixes})", "{n} e-mails ({suffixes})", n=n, suffixes=suffixes),
        Message("Save their texts as plain text, or make a table with a column for the text and one for the label."),
    ),
    _Foreign(
        frozenset({".ppt", ".pptx", ".odp", ".key"}),
        lambda n, suffixes: counted(
            "{n} presentation ({suffixes})", "{n} presentations ({suffixes})", n=n, suffixes=suffixes
        ),
        Message("Export the slides as pictures, and put those of each class into a folder of its own."),
    ),
    _Foreign(
        frozenset({".rar", ".7z", ".zst", ".zip", ".tar", ".gz", ".bz2", ".xz", ".tgz"}),
        lambda n, suffixes: counted(
            "{n} packed file ({suffixes})", "{n} packed files ({suffixes})", n=n, suffixes=suffixes
        ),
        Message("Unpack them, and choose the folder or make a zip of it."),
    ),
)  # fmt: skip


def nothing_there(source: Source) -> DataError:
    """There is not one file to read: the reason that most were left out for."""
    problem = Message("There is nothing to read in '{source}'.", source=source.name)
    advice = find_examples(source).kind.arrangement
    if source.skipped:
        reason, n = Counter(skip.reason for skip in source.skipped).most_common(1)[0]
        first = next(skip.file for skip in source.skipped if skip.reason == reason)
        why = counted("It was left out: {file}. {reason}", "{n} files were left out, {file} first: {reason}", n=n,
                      file=first, reason=reason)  # fmt: skip
        problem = sentences(problem, why)
        if reason == PASSWORD:
            advice = Message("Make a zip without a password, or unpack it and choose the folder.")
    return DataError(problem, advice)


def nothing_fits(source: Source, declined: Sequence[Declined]) -> DataError:
    """What was found in `source`, who came nearest to reading it, and how examples can be given their classes."""
    why = _why_nothing_fits(source, declined)
    if isinstance(why, UndecidedError):
        return why
    proposal = next((found.proposal for found in declined if found.proposal), None)
    return UndecidedError(why.problem, why.advice, proposal) if proposal else why


def _why_nothing_fits(source: Source, declined: Sequence[Declined]) -> DataError:
    nearest = sorted((found for found in declined if found.nearness > 0), key=lambda found: -found.nearness)[:_NEAREST]
    reasons = [found.reason for found in nearest]
    if len(source.files) == 1 and not source.skipped:
        if nearest and nearest[0].proposal:  # a table, whose rows and columns can be chosen
            return DataError(nearest[0].reason, nearest[0].advice)
        return _single(source.files[0], reasons)
    examples = find_examples(source)
    chosen = set(examples.files)
    n, tables = len(chosen), sum(is_table(file.path) for file in source.files)
    others = _others([file.path for file in source.files if file not in chosen and not is_table(file.path)])
    found = [
        *([examples.kind.count_files(n)] if n else []),
        *([counted("{n} table", "{n} tables", n=tables)] if tables else []),
        *(said for said, _ in others),
    ]
    holds = Message("It holds {files:list}.", files=found)
    if not n and not tables and others and others[0][1]:
        problem = Message("Nothing in '{source}' can be read here.", source=source.name)
        return DataError(sentences(problem, holds), others[0][1])
    problem = Message("Nothing in '{source}' says which class its examples belong to.", source=source.name)
    kind = examples.kind if n or not tables else next(one for one in MODALITIES.values() if one.in_tables)
    why = sentences(problem, holds, *reasons)
    if n and not tables:
        return UndecidedError(why, kind.arrangement, {"structure": ONE_CLASS, "modality": kind.name, "unlabelled": n})
    return DataError(why, kind.arrangement)


def _others(paths: Sequence[PurePosixPath]) -> list[tuple[Message, Message]]:
    """How many files of each other kind there are, the most first, and what to do with them."""
    kinds: dict[_Foreign | None, list[PurePosixPath]] = {}
    for path in paths:
        suffix = path.suffix.casefold()
        kinds.setdefault(next((kind for kind in _FOREIGN if suffix in kind.suffixes), None), []).append(path)
    found = []
    for kind, members in sorted(kinds.items(), key=lambda item: -len(item[1])):
        suffixes = first_names(sorted({spoken_suffix(path) for path in members}))
        found.append(
            (kind.count(len(members), suffixes), kind.advice)
            if kind
            else (
                counted(
                    "{n} other file ({suffixes})", "{n} other files ({suffixes})", n=len(members), suffixes=suffixes
                ),
                NOTHING,
            )
        )
    return found


def _single(file: SourceFile, reasons: Sequence[Message]) -> DataError:
    path, kind = file.path, file.kind
    if is_table(path) or (kind and kind.in_tables and not is_rich(path)):
        problem = Message("In '{file}' no texts with labels were found.", file=path.name)
        advice = Message(
            "Make a table with a column for the text and one for the label. Or begin each line with its label and a "
            "colon, as in 'food: no nuts please'."
        )
        return DataError(sentences(problem, *reasons), advice)
    if kind:
        problem = Message(
            "'{file}' is {one} by itself, and a dataset needs more of them.", file=path.name, one=kind.one
        )
        return DataError(problem, kind.arrangement)
    suffix = path.suffix.casefold()
    foreign = next((kind for kind in _FOREIGN if suffix in kind.suffixes), None)
    problem = Message(
        "'{file}' is not a kind of file that can be read here ('{suffix}').", file=path.name, suffix=spoken_suffix(path)
    )
    advice = foreign.advice if foreign else Message(
        "Use a zip or a folder of class folders for pictures and recordings, or a table with a text and a label column "
        "for texts."
    )  # fmt: skip
    return DataError(problem, advice)
