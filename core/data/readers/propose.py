"""The one question to all structures: how is this source to be understood? And what to say when none can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from core.data.readers.columns import CLASS_COLUMNS, WEAK
from core.data.readers.doubts import doubt_about, refuse_a_leap
from core.data.readers.examples import find_examples
from core.data.readers.guesses import Guess, agree, guess_of_reading
from core.data.readers.label_table import LabelTable
from core.data.readers.label_tracks import LabelTracks
from core.data.readers.legends import find_legends, with_names
from core.data.readers.opening import only_chosen
from core.data.readers.parallel_files import ParallelFiles
from core.data.readers.paths import ClassFolders, FileNames
from core.data.readers.pixels import with_pictures
from core.data.readers.reading import (
    OPTIONS,
    Declined,
    Item,
    Reading,
    ReadOptions,
    Skip,
    Source,
    Structure,
)
from core.data.readers.refusals import beside, nothing_fits, nothing_there, refuse_foreign
from core.data.readers.sources import with_sources
from core.data.readers.split_lists import with_split_lists
from core.data.readers.tables import Tables
from core.data.readers.text_per_class import TextPerClass
from core.errors import DataError
from core.limits import Limits
from core.messages import Message
from core.modalities import MODALITIES
from core.options import Choice, Option

STRUCTURES: list[Structure] = [
    LabelTracks(), LabelTable(), ClassFolders(), ParallelFiles(), Tables(), FileNames(), TextPerClass(),
]  # fmt: skip
"""Every structure, in the order of preference. Here a new one is listed."""

_LEGEND = Message("It lists names of classes, and holds no example itself.")


def read_options() -> dict[str, Option]:
    """What can be said about a source, by name, with the names of all structures and kinds."""
    names = {name: Choice(title) for structure in STRUCTURES for name, title in structure.names.items()}
    kinds = {kind.name: Choice(kind.many) for kind in MODALITIES.values() if kind.in_tables or kind.is_row}
    return {
        **OPTIONS,
        "structure": replace(OPTIONS["structure"], choices=names),
        "kind": replace(OPTIONS["kind"], choices=kinds),
    }


def propose(source: Source, options: ReadOptions, limits: Limits, classes: Set[str] = frozenset()) -> Reading:
    """The best reading of `source`, or the one that `options` insist on; `classes` are known ones, if it is for them.

    Its proposal also says which files were chosen, which other structures would fit, and other guesses. DataError when
    none fits: it says what was found, what was nearest to fit and why it does not, and how files can be arranged.
    UndecidedError where a person has to say how it is meant.
    """
    _check(options)
    everything = source
    source = only_chosen(source, options.files)
    if not source.files:
        raise nothing_there(source)
    refuse_foreign(source)
    legends = find_legends(source)
    source = source.without(tuple(legend.file.heeded(_LEGEND) for legend in legends if legend.alone))
    if options.structure:
        reading = _insisted(source, options, limits)
        try:
            fitting, possible, _ = _asked(source, options, limits)
        except DataError:
            fitting, possible = [], []
    else:
        fitting, possible, declined = _asked(source, options, limits)
        if not fitting:
            raise nothing_fits(source, declined)
        reading = next(filter(_is_believed, fitting), fitting[0])
    reading = with_pictures(with_split_lists(with_names(reading, legends), source), options)
    proposal = _completed(reading, possible, options)
    proposal["guesses"] = _guesses(reading, fitting)
    if options.files and _structure_called(proposal["structure"]).names.keys() & Tables.names.keys():
        proposal["choices"]["files"] = _tables_to_choose(everything, options, limits)
    reading = replace(reading, proposal=proposal)
    structure = proposal["structure"]
    in_folders, by_rows = structure in ClassFolders.names, structure in Tables.names
    refuse_a_leap(reading, source, options, classes, in_folders=in_folders, by_rows=by_rows)
    return with_sources(reading, options)


def _is_believed(reading: Reading) -> bool:
    labels = [item.label for item in reading.items if isinstance(item, Item)]
    in_folders = reading.proposal["structure"] in ClassFolders.names
    return reading.score >= WEAK and not doubt_about(labels, in_folders=in_folders)


def _check(options: ReadOptions) -> None:
    """DataError when they name a structure, a kind or a way with several labels that there is not."""
    known = read_options()
    if options.structure not in (None, *known["structure"].choices):
        raise DataError(
            Message("There is no structure '{name}'.", name=options.structure),
            Message("Choose one of: {names:list}.", names=tuple(known["structure"].choices)),
        )
    for name, value in (("kind", options.kind), ("several_labels", options.several_labels)):
        if value is not None:
            for problem in known[name].problems(value):
                raise DataError(problem)


def _guesses(reading: Reading, fitting: Sequence[Reading]) -> list[Guess]:
    """Every way to read it, the one that was taken first; those of other structures count as one each, and those that
    say the same, or the same of fewer examples, are no other way."""
    own_labels = {item.name: item.label for item in reading.items if isinstance(item, Item)}
    others = [
        one
        for one in fitting
        if one.proposal["structure"] != reading.proposal["structure"] and _differs(one, own_labels)
    ]
    own = reading.proposal.get("guesses") or [_guess(reading, reading.score)]
    return [*own, *(_guess(one, reading.score) for one in others)]


def _differs(reading: Reading, known: Mapping[str, str]) -> bool:
    """Whether it has an example more than the `known` labels, or divides those that it has in another way."""
    labels = {item.name: item.label for item in reading.items if isinstance(item, Item)}
    return not agree({name: label for name, label in known.items() if name in labels}, labels)


def _guess(reading: Reading, best: float) -> Guess:
    name = reading.proposal["structure"]
    return guess_of_reading(reading, read_options()["structure"].choices[name].title, best)


def is_by_rows(structure: str | None) -> bool:
    """True when the structure of this name has a row or a line of a file for every example."""
    return any(structure in one.names and not one.whole_files for one in STRUCTURES)


def is_by_cells(structure: str | None) -> bool:
    """True where each cell of a table is an example: its columns are the classes."""
    return structure == CLASS_COLUMNS


def _structure_called(name: str) -> Structure:
    return next(structure for structure in STRUCTURES if name in structure.names)


def _insisted(source: Source, options: ReadOptions, limits: Limits) -> Reading:
    """What the structure makes of it that a person insists on. Files that say something else are left alone."""
    structure = _structure_called(options.structure or "")
    if structure.whole_files:
        for other in STRUCTURES[: STRUCTURES.index(structure)]:
            if other.whole_files:
                source = source.without(_aside(other, source, replace(options, structure=None), limits))
    found = structure.look(source, options, limits)
    if isinstance(found, Declined):
        raise DataError(found.reason, found.advice or find_examples(source).kind.arrangement)
    return found


def _aside(structure: Structure, source: Source, options: ReadOptions, limits: Limits) -> tuple[Skip, ...]:
    """The files of whose use `structure` knows, although it does not read the source."""
    try:
        found = structure.look(source, options, limits)
    except DataError:
        return ()
    return found.aside if isinstance(found, Declined) else ()


def _asked(source: Source, options: ReadOptions, limits: Limits) -> tuple[list[Reading], list[str], list[Declined]]:
    """Every reading that fits, the best first; the names of all structures one can insist on; and who declined.

    DataError from a structure counts as long as none before it fits.
    """
    options = replace(options, structure=None)
    kind = find_examples(source).kind
    fitting: list[Reading] = []
    possible: list[str] = []
    declined: list[Declined] = []
    for structure in STRUCTURES if kind.in_tables else sorted(STRUCTURES, key=lambda one: not one.whole_files):
        if fitting and not kind.in_tables and not structure.whole_files:
            break  # texts among pictures that make sense are notes
        try:
            found = structure.look(source, options, limits)
        except DataError:
            if not fitting:
                raise
            continue
        source = source.without(found.aside)
        if isinstance(found, Reading):
            fitting.append(found)
            possible.append(found.proposal["structure"])
        else:
            declined.append(found)
            possible += list(structure.names) if found.possible else []
    if not fitting:  # one class alone is no dataset, but more of one class is a way to add to one
        alone = ClassFolders(at_least=1).look(source, options, limits)
        if isinstance(alone, Reading):
            alone = replace(alone, proposal={**alone.proposal, "beside": beside(source)})
            return [alone], [*possible, alone.proposal["structure"]], declined
    return fitting, possible, declined


def _completed(reading: Reading, possible: Sequence[str], options: ReadOptions) -> dict[str, Any]:
    """The proposal with all that is said in it whatever the structure is."""
    proposal = {"modality": reading.modality, "root": "", "splits": False, "tree": [], "files": options.files}
    proposal |= reading.proposal
    said = reading.proposal.get("choices", {})
    names = {reading.proposal["structure"], *possible, *said.get("structure", ())}
    proposal["choices"] = {**said, "structure": [name for name in read_options()["structure"].choices if name in names]}
    return proposal


def _tables_to_choose(source: Source, options: ReadOptions, limits: Limits) -> list[str | None]:
    """The groups of tables there were to choose from before one was chosen, and the one that is."""
    try:
        whole = Tables().look(source, ReadOptions(encoding=options.encoding), limits)
    except DataError:
        whole = None
    others = whole.proposal["choices"].get("files", []) if isinstance(whole, Reading) else []
    return list(dict.fromkeys([*others, options.files]))
