"""What is never read unasked: a weak guess, and classes that nobody would want, such as row numbers, dates, prices, or
nearly as many of them as there are examples. Nor is another column the class in place of one that is called so."""

from __future__ import annotations

from collections.abc import Sequence, Set

from core.data.readers.columns import WEAK
from core.data.readers.examples import find_examples
from core.data.readers.names import first_names
from core.data.readers.profiles import are_dates, are_decimals, are_parts, are_prices, count_rows
from core.data.readers.reading import Item, Reading, ReadOptions, Source, UndecidedError
from core.messages import Message, sentences

_FEW = 12
"""Fewer examples may well be of a class each."""
_SOME_FILES = 3
"""So many pictures and the like beside a table are no decoration."""


def doubt_about(labels: Sequence[str], *, in_folders: bool = False) -> Message | None:
    """Why these labels, one of each example in order, are hardly meant as classes; None where they may be.

    Folders may hold one example each, and be called by numbers.
    """
    classes = list(dict.fromkeys(labels))
    some = first_names(classes)
    if are_dates(labels):
        return Message("They would be dates or times: {some}.", some=some)
    if are_prices(labels):
        return Message("They would be prices: {some}.", some=some)
    if in_folders:
        return None
    if are_parts(labels):
        return Message("They would be the parts of a dataset: {some}.", some=some)
    if count_rows(classes) and len(classes) == len(labels):
        return Message("They would be the numbers of the rows: {some}.", some=some)
    if len(labels) >= _FEW and 2 * len(classes) > len(labels):
        return Message("There would be {k} classes for {n} examples: {some}.", k=len(classes), n=len(labels), some=some)
    if len(classes) >= _FEW and are_decimals(labels):
        return Message("They would be measured numbers: {some}.", some=some)
    return None


def refuse_a_leap(
    reading: Reading, source: Source, options: ReadOptions, known: Set[str], *, in_folders: bool, by_rows: bool
) -> None:
    """UndecidedError where the reading is weak or its classes are doubtful, and nobody said that it is meant so.

    `known` classes are not doubtful. `in_folders`: the names of folders are the classes; `by_rows`: the examples stand
    in a table.
    """
    said = (options.structure, options.kind, options.text_column, options.example_columns, options.label_column,
            options.marked_columns)  # fmt: skip
    proposal = reading.proposal
    titles = [guess["title"] for guess in proposal["guesses"]]
    columns = first_names(proposal.get("columns", ()))
    if options.structure is None and options.label_column is None:
        labels = [item.label for item in reading.items if isinstance(item, Item)]
        doubt = reading.doubt or doubt_about(labels, in_folders=in_folders)
        if doubt and 2 * sum(label in known for label in labels) < len(labels):
            raise _doubtful(doubt, reading, source)
    if any(said):
        return
    if by_rows and (files := _files_beside(source)):
        problem = Message("'{source}' holds {files}, and nothing says their classes.", source=source.name, files=files)
        instead = Message("Instead of them it could be: {guess}.", guess=titles[0])
        raise UndecidedError(sentences(problem, instead), _WHICH.having(columns=columns), proposal)
    if reading.score < WEAK:
        problem = Message(
            "It is not certain how '{source}' is meant. It could be: {guesses:any}.", source=source.name, guesses=titles
        )
        if tool := proposal.get("tool"):
            problem = sentences(Message("It is written as {tool} writes it.", tool=tool), problem)
        raise UndecidedError(problem, _WHICH.having(columns=columns), proposal)


_WHICH = Message("Say which columns hold the example, and which one its class: {columns}.")


def _doubtful(doubt: Message, reading: Reading, source: Source) -> UndecidedError:
    proposal = reading.proposal
    column, columns = proposal.get("label_column"), first_names(proposal.get("columns", ()))
    if column is None:
        guess = Message("'{source}' could be: {guess}.", source=source.name, guess=proposal["guesses"][0]["title"])
        advice = Message("If this is meant, choose '{structure}' as the structure.", structure=proposal["structure"])
        return UndecidedError(sentences(guess, doubt), advice, proposal)
    return UndecidedError(
        sentences(Message("In '{source}' '{column}' could be the class.", source=source.name, column=column), doubt),
        Message(
            "If this is meant, say that '{column}' is the column with the class. Or choose another one: {columns}.",
            column=column,
            columns=columns,
        ),
        proposal,
    )


def _files_beside(source: Source) -> Message | None:
    """The pictures and the like in `source`, if there are more of them than a table may have for decoration."""
    examples = find_examples(source)
    many = not examples.kind.in_tables and len(examples.files) >= _SOME_FILES
    return examples.kind.count_files(len(examples.files)) if many else None
