"""What to say when no reader can make sense of what was given."""

from __future__ import annotations

from core.data.readers.examples import PLURAL, find_examples, lay_out
from core.data.readers.names import is_document, is_picture, is_table
from core.data.readers.source import Source
from core.errors import DataError

ARRANGE = {
    "image": (
        "Put the pictures of each class into a folder of its own, named after the class. Or begin each file's name"
        " with its class (cat_1.jpg, cat_2.jpg, dog_1.jpg). Or put a table beside the pictures, with a column for the"
        " file's name and one for the label."
    ),
    "text": (
        "Make a table with a column for the text and one for the label. Or write the examples of each class into a"
        " text file of its own, one in each line, named after the class. Or put text documents into folders that are"
        " named after the classes."
    ),
}
"""The three simplest ways to arrange files, by modality."""

_ARRANGE_LINES = (
    "Make a table with a column for the text and one for the label. Or begin each line with its label and a colon, as"
    " in 'food: no nuts please'."
)
"""The two simplest ways to write one file."""


def nothing_fits(source: Source) -> DataError:
    """Says what was found in `source`, and how examples can be given their classes."""
    if len(source.files) == 1 and not source.skipped:
        return _single(source)
    examples = find_examples(source)
    kind = PLURAL[examples.modality]
    found = []
    if examples.files:
        layout = lay_out(examples.paths)
        in_classes = 0 if layout.only_parts else sum(bool(place.label) for place in layout.places)
        count = _counted(len(examples.files), kind)
        found.append(f"{count}, {in_classes or 'none'} of them in a class folder")
    tables = sum(is_table(file.path) for file in source.files)
    if tables:
        found.append(f"{_counted(tables, 'tables')} without texts that have labels")
    others = len(source.files) - len(examples.files) - tables
    if others or not found:
        found.append(_counted(others, "other files"))
    modality = "text" if examples.modality == "text" or (tables and not examples.files) else "image"
    return DataError(
        f"Nothing in '{source.name}' says which class its examples belong to. Found: {'; '.join(found)}.",
        ARRANGE[modality],
    )


def _counted(number: int, things: str) -> str:
    return f"{number:,} {things if number != 1 else things.removesuffix('s')}"


def _single(source: Source) -> DataError:
    path = source.files[0].path
    if is_picture(path):
        problem = f"'{path.name}' is a single picture, which is not a kind of file that can be read by itself."
    elif is_table(path) or is_document(path):
        problem = f"In '{path.name}' no texts with labels were found."
        return DataError(problem, _ARRANGE_LINES)
    else:
        problem = f"'{path.name}' is not a kind of file that can be read here."
    return DataError(
        problem,
        "Use a zip or a folder of class folders for pictures, or a table with a text and a label column for texts.",
    )
