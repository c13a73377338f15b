"""Pictures or documents whose file names begin with their class: "cat_01.png", "sunrise141.jpg"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from core.data.readers.examples import Said, find_examples, lay_out, parts_by_folder, reading_of
from core.data.readers.options import ReadOptions
from core.data.readers.reading import Reading
from core.data.readers.source import Source
from core.errors import DataError
from core.limits import Limits

NAME = "file-names"
_NUMBER = re.compile(r"\d")
_COVER = 0.9
"""The share of the files that must fit before names are believed to be classes."""

_SAY_NOTHING = frozenset(
    {"img", "image", "images", "imag", "photo", "photos", "pic", "pics", "picture", "pictures", "dsc", "dscn", "dscf",
     "dcim", "pxl", "p", "mvi", "vid", "gopr", "cimg", "sam", "screenshot", "screen", "scan", "scanned", "frame",
     "capture", "snapshot", "webcam", "whatsapp", "unnamed", "untitled", "download", "downloads", "file", "doc",
     "document", "text", "txt", "item", "sample", "example", "copy", "new", "unknown", "bild", "foto"}
)  # fmt: skip
"""Names that cameras, phones and programs give; they say nothing about what is in the file."""


def propose(source: Source, options: ReadOptions, limits: Limits) -> Reading | None:
    """Read the beginning of each file's name as its class.

    None unless the names form at least two classes, each more than once, that cover nearly all files. Names of
    documents also have to be numbered: "cats_train.txt" is rather a list of texts. DataError instead of None where
    `options` insist on this structure.
    """
    examples = find_examples(source)
    forced = options.structure == NAME
    if examples.modality == "text" and not forced and not all(_NUMBER.search(path.stem) for path in examples.paths):
        return None
    parts = parts_by_folder(examples.paths)
    judging = [part not in (None, "train") for part in parts]
    labels = _labels([path.stem for path in examples.paths], judging, 0.0 if forced else _COVER)
    if labels is None:
        if forced:
            raise DataError(
                f"The file names in '{source.name}' do not begin with classes.",
                "Name the files after what they show, each class more than once: cat_1.jpg, cat_2.jpg, dog_1.jpg, ...",
            )
        return None
    said = [
        Said(label, part, None if label else _why_not(path.stem))
        for label, part, path in zip(labels, parts, examples.paths, strict=True)
    ]
    proposal = {"structure": NAME, "root": lay_out(examples.paths).root}
    return reading_of(examples, said, proposal, {}, options.encoding)


def _labels(stems: Sequence[str], judging: Sequence[bool], cover: float) -> list[str | None] | None:
    """The class in each name, None for a name without one; None when the names do not form classes.

    `judging` says which files are in a part that judges: such parts often come without classes, and may.
    """
    for part in _PARTS:
        found = [part(stem) for stem in _without_common_start(stems)]
        counts = Counter(label for label in found if _says_something(label))
        classes = {label for label, count in counts.items() if count > 1}
        labels = [label if label in classes else None for label in found]
        expected = sum(label is not None or not judges for label, judges in zip(labels, judging, strict=True))
        if len(classes) > 1 and sum(label is not None for label in labels) >= cover * expected:
            return labels
    return None


def _without_common_start(stems: Sequence[str]) -> list[str]:
    """ "IMG_cat_1", "IMG_dog_2" -> "cat_1", "dog_2": words that all names begin with tell nothing apart."""
    words = [re.findall(r"[^\W_]+|[\W_]+", stem) for stem in stems]
    shared = 0
    while all(len(w) > shared + 1 for w in words) and len({w[shared] for w in words}) == 1:
        shared += 1
    # Half of a pair of word and separator is no shared word: "-1" and "-2" have the minus in common.
    return ["".join(w[shared:]).lstrip(" _-.") or stem for w, stem in zip(words, stems, strict=True)]


def _before_counter(stem: str) -> str:
    """ "sunrise141", "cat_01", "dog (3)", "red panda 2 (1)" without what counts at the end."""
    return re.sub(r"([\s_\-.]*[(\[]?\d+[)\]]?)+$", "", stem).strip(" _-.")


def _first_word(stem: str) -> str:
    return re.split(r"[\W_\d]+", stem.strip(" _-."), maxsplit=1)[0]


def _without_numbers(stem: str) -> str:
    """ "0001_cat", "2024-05-01 cat": the words without the numbers around them."""
    return " ".join(re.findall(r"[^\W\d_]+", stem))


_PARTS: tuple[Callable[[str], str], ...] = (_before_counter, _first_word, _without_numbers)
"""Where in a name the class may be; the first way that makes classes of nearly all names is taken."""


def _says_something(label: str) -> bool:
    words = re.findall(r"[^\W\d_]+", label.casefold())
    return any(word not in _SAY_NOTHING for word in words)


def _why_not(stem: str) -> str:
    return f"Its name '{stem}' does not begin with the name of a class that other files have too."
