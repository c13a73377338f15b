"""The one question to all readers: how is this source to be understood?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.data.readers import class_folders, file_names, label_table, text_per_class
from core.data.readers.examples import find_examples
from core.data.readers.nothing_fits import ARRANGE, nothing_fits
from core.data.readers.options import STRUCTURES, ReadOptions
from core.data.readers.reading import Reading
from core.data.readers.source import Source, only_chosen
from core.data.readers.tables import propose as propose_tables
from core.errors import DataError
from core.limits import Limits

_Reader = Callable[[Source, ReadOptions, Limits], Reading | None]

_READERS: dict[str, _Reader] = {
    "class-folders": class_folders.propose,
    "file-names": file_names.propose,
    "table": propose_tables,
    "lines": propose_tables,
    "text-per-class": text_per_class.propose,
}
_IN_TABLES = ("table", "lines")
_FOR_PICTURES: tuple[_Reader, ...] = (class_folders.propose, file_names.propose)
_FOR_TEXTS: tuple[_Reader, ...] = (
    class_folders.propose, propose_tables, file_names.propose, text_per_class.propose,
)  # fmt: skip
"""In the order of preference; a table of labels that names the files goes before all of them."""


def propose(source: Source, options: ReadOptions, limits: Limits) -> Reading:
    """The best reading of `source`, or the one that `options` insist on.

    Its proposal also says which files were chosen and which other structures would fit. DataError when none fits: it
    says what was found and how files can be arranged.
    """
    if options.structure not in (None, *STRUCTURES):
        raise DataError(f"There is no structure '{options.structure}'.", f"Choose one of: {', '.join(STRUCTURES)}.")
    everything = source
    source = only_chosen(source, options.files)
    if not source.files:
        first = f" The first file was left out because: {source.skipped[0].reason}" if source.skipped else ""
        raise DataError(f"There is nothing to read in '{source.name}'.{first}", ARRANGE["image"])
    if options.structure:
        reading = _insisted(source, options, limits)
        try:
            _, possible = _fitting(source, options, limits)
        except DataError:
            possible = []
    else:
        fitting, possible = _fitting(source, options, limits)
        if not fitting:
            raise nothing_fits(source)
        reading = fitting[0]
    proposal = _completed(reading, possible, options)
    if options.files and proposal["structure"] in _IN_TABLES:
        proposal["choices"]["files"] = _tables_to_choose(everything, options, limits)
    return replace(reading, proposal=proposal)


def _insisted(source: Source, options: ReadOptions, limits: Limits) -> Reading:
    if options.structure == label_table.NAME:
        reading = label_table.consult(source, options, limits).reading
    else:
        reader = _READERS[options.structure or ""]
        if reader in _FOR_PICTURES:
            source = _tables_left_aside(source, options, limits)
        reading = reader(source, options, limits)
    if reading is None:
        raise DataError(f"'{source.name}' cannot be read with the structure '{options.structure}'.", ARRANGE["text"])
    return reading


def _tables_left_aside(source: Source, options: ReadOptions, limits: Limits) -> Source:
    try:
        consulted = label_table.consult(source, replace(options, structure=None), limits)
    except DataError:
        return source
    return source if consulted.reading else consulted.rest


def _fitting(source: Source, options: ReadOptions, limits: Limits) -> tuple[list[Reading], list[str]]:
    """Every reading that fits, the best first, and the names of all structures that one can insist on.

    DataError from a reader counts as long as none before it fits.
    """
    options = replace(options, structure=None)
    consulted = label_table.consult(source, options, limits)
    fitting = [consulted.reading] if consulted.reading else []
    for_pictures = find_examples(source).modality == "image"
    for reader in dict.fromkeys((*(_FOR_PICTURES if for_pictures else ()), *_FOR_TEXTS)):
        if for_pictures and fitting and reader not in _FOR_PICTURES:
            break  # texts among pictures that make sense are notes
        try:
            reading = reader(consulted.rest, options, limits)
        except DataError:
            if not fitting:
                raise
            continue
        if reading:
            fitting.append(reading)
    if not fitting:  # one class alone is no data set, but more of one class is a way to add to a set
        alone = class_folders.propose(consulted.rest, options, limits, at_least=1)
        fitting = [alone] if alone else []
    named = [reading.proposal["structure"] for reading in fitting]
    return fitting, [*([label_table.NAME] if consulted.possible else []), *named]


def _completed(reading: Reading, possible: list[str], options: ReadOptions) -> dict[str, Any]:
    """The proposal with all that is said in it whatever the structure is."""
    proposal = {"modality": reading.modality, "root": "", "splits": False, "tree": [], "files": options.files}
    proposal |= reading.proposal
    said = reading.proposal.get("choices", {})
    names = {reading.proposal["structure"], *possible, *said.get("structure", ())}
    proposal["choices"] = {**said, "structure": [name for name in STRUCTURES if name in names]}
    return proposal


def _tables_to_choose(source: Source, options: ReadOptions, limits: Limits) -> list[str]:
    """The groups of tables there were to choose from before one was chosen, and the one that is."""
    try:
        whole = propose_tables(source, ReadOptions(encoding=options.encoding), limits)
    except DataError:
        whole = None
    others = whole.proposal["choices"].get("files", []) if whole else []
    return list(dict.fromkeys([*others, options.files]))
