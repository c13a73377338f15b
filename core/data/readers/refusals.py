"""What is said when nothing in a source says which class its examples belong to: what it holds, what was nearly right,
and the step that mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from core.data.readers.archive import PASSWORD
from core.data.readers.encoding import looks_like_text
from core.data.readers.examples import find_examples
from core.data.readers.foreign import Foreign, foreign_kind, is_foreign
from core.data.readers.names import IN_THE_CLOUD, first_names, is_rich, spoken_suffix
from core.data.readers.reading import ONE_CLASS, Declined, Source, SourceFile, UndecidedError
from core.data.readers.table_files import is_table
from core.errors import DataError
from core.messages import NOTHING, Message, counted, sentences
from core.modalities import MODALITIES

_NEAREST = 3
"""So many near misses are told."""
_SOME_TEXT = 100
"""Bytes. In less than that nobody looks for a table."""
_MOST_LOOKED_AT = 1000
"""Files. Looking into more of them takes its time."""
_MENDED_BY = {
    PASSWORD: Message("Make a zip without a password, or unpack it and choose the folder."),
    IN_THE_CLOUD: Message("Download them first (in the Finder: select them, then “Download now”), and try again."),
}
"""What helps where most files were left out for a reason."""


def nothing_there(source: Source) -> DataError:
    """There is not one file to read: the reason that most were left out for."""
    problem = Message("There is nothing to read in '{source}'.", source=source.name)
    advice = find_examples(source).kind.arrangement
    if source.skipped:
        reason, n = Counter(skip.reason for skip in source.skipped).most_common(1)[0]
        first = next(skip.file for skip in source.skipped if skip.reason == reason)
        why = counted("It was skipped: {file}. {reason}", "{n} files were skipped, {file} first: {reason}", n=n,
                      file=first, reason=reason)  # fmt: skip
        problem = sentences(problem, why)
        advice = _MENDED_BY.get(reason, advice)
    return DataError(problem, advice)


def refuse_foreign(source: Source) -> None:
    """DataError where nothing is there but files of kinds that are not read here."""
    if len(source.files) <= _MOST_LOOKED_AT and all(map(is_foreign, source.files)):
        raise _why_nothing_fits(replace(source, skipped=()), ())


def beside(source: Source) -> Message | None:
    """What a source holds besides its examples, for a person who wonders where the classes are; None for nothing."""
    chosen = set(find_examples(source).files)
    found = [said for _, said, _ in _others([file for file in source.files if file not in chosen][:_MOST_LOOKED_AT])]
    return Message("Beside them it holds {files:list}.", files=found) if found else None


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
    others = _others([file for file in source.files if file not in chosen and not is_table(file.path)])
    found = [
        *([examples.kind.count_files(n)] if n else []),
        *([counted("{n} table", "{n} tables", n=tables)] if tables else []),
        *(said for _, said, _ in others),
    ]
    holds = Message("It holds {files:list}.", files=found)
    model = next((advice for kind, _, advice in others if kind and kind.is_model), None)
    if others and (model or (not n and not tables and others[0][2])):
        problem = Message("Nothing in '{source}' can be read here.", source=source.name)
        return DataError(sentences(problem, holds), model or others[0][2])
    problem = Message("Nothing in '{source}' says which class its examples belong to.", source=source.name)
    kind = examples.kind if n or not tables else next(one for one in MODALITIES.values() if one.in_tables)
    why = sentences(problem, holds, *reasons)
    if n and not tables:
        return UndecidedError(why, kind.arrangement, {"structure": ONE_CLASS, "modality": kind.name, "unlabelled": n})
    return DataError(why, kind.arrangement)


def _others(files: Sequence[SourceFile]) -> list[tuple[Foreign | None, Message, Message]]:
    """The other kinds of files, the most frequent first: how many there are of each, and what to do with them."""
    kinds: dict[Foreign | None, list[SourceFile]] = {}
    for file in files:
        kinds.setdefault(foreign_kind(file), []).append(file)
    found = []
    for kind, members in sorted(kinds.items(), key=lambda item: -len(item[1])):
        n, suffixes = len(members), first_names(sorted({spoken_suffix(file.path) for file in members}))
        others = counted("{n} other file ({suffixes})", "{n} other files ({suffixes})", n=n, suffixes=suffixes)
        found.append((kind, kind.count(n, suffixes) if kind else others, kind.advice if kind else NOTHING))
    return found


def _single(file: SourceFile, reasons: Sequence[Message]) -> DataError:
    path, kind = file.path, file.kind
    foreign = None if is_table(path) or kind else foreign_kind(file)
    beginning = file.beginning()
    is_some_text = not kind and not foreign and len(beginning) >= _SOME_TEXT and looks_like_text(beginning)
    if is_table(path) or is_some_text or (kind and kind.in_tables and not is_rich(path)):
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
    if foreign:
        problem = Message("'{file}' is {one}, which cannot be read here.", file=path.name, one=foreign.one)
        return DataError(problem, foreign.advice)
    problem = Message(
        "'{file}' is not a kind of file that can be read here ('{suffix}').", file=path.name, suffix=spoken_suffix(path)
    )
    advice = Message(
        "Use a zip or a folder of class folders for pictures and recordings, or a table with a text and a label column "
        "for texts."
    )
    return DataError(problem, advice)
