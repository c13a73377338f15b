"""The sample datasets that come with the program, ready for one click, and those that lessons open."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from core.data.lesson_samples import read_children, read_hands, read_papers
from core.data.made_sounds import SOURCES, made_sound
from core.data.readers.reading import Cell, Item, Reading
from core.errors import DataError
from core.messages import Message, quoted
from core.modalities.sound.decoding import as_wav
from core.modalities.table.rows import row_text
from core.workspace import program_folder


@dataclass(frozen=True, slots=True)
class Sample:
    """One bundled dataset: its id, what its card says, and the file or folder it lies in, or what `reads` it where it
    is in none.

    `unseen` has examples that are in no dataset, to try a model on: a folder for each class, or a JSON file with the
    class of each text ("": none of the sample's), by the name of the sample's file. `language` is that of texts.
    """

    id: str
    title: Message
    modality: str
    description: Message
    file: str | None = None
    unseen: str | None = None
    reads: Callable[[], Reading] | None = None
    language: str = ""


DIGITS_PER_CLASS, SOUNDS_PER_CLASS = 40, 16


def sample_folder() -> Path:
    return program_folder() / "sample_data"


def get_sample(sample_id: str) -> Sample:
    """DataError when there is none with this id."""
    for sample in EVERY_SAMPLE:
        if sample.id == sample_id:
            return sample
    raise DataError(
        Message("There is no sample called '{id}'.", id=sample_id),
        Message("The samples are: {ids:list}.", ids=[sample.id for sample in EVERY_SAMPLE]),
    )


def held_back(sample_id: str) -> dict[str, str]:
    """Examples of a sample that are in no dataset, to try a model on: paths of files, or texts; and the class that each
    truly is, "" where it is none of the sample's."""
    sample = get_sample(sample_id)
    if sample.unseen is None or sample.file is None:
        return {}
    place = sample_folder() / sample.unseen
    if place.is_dir():
        return {str(path): path.parent.name for path in sorted(place.glob("*/*.png"))}
    texts: dict[str, dict[str, str]] = json.loads(place.read_text(encoding="utf-8"))
    return texts[Path(sample.file).stem]


def read_digits() -> Reading:
    """scikit-learn's 8 x 8 handwritten digits, the first `DIGITS_PER_CLASS` of each."""
    with gzip.open(_of_sklearn("digits.csv.gz"), "rt") as file:
        rows = np.loadtxt(file, delimiter=",")
    ink, digits = rows[:, :-1].reshape(-1, 8, 8), rows[:, -1].astype(int)
    chosen = [i for digit in range(10) for i in np.flatnonzero(digits == digit)[:DIGITS_PER_CLASS].tolist()]
    items = tuple(Item(f"digit {i}", str(digits[i]), partial(_png, ink[i])) for i in chosen)
    return Reading("image", {"structure": "sample"}, items)


def _of_sklearn(name: str) -> Path:
    """A data file of scikit-learn, without importing that: it takes a second, and pages show what is in the samples."""
    found = find_spec("sklearn")
    assert found is not None and found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "datasets" / "data" / name


def _png(ink: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    _in_ink(ink).save(buffer, "PNG")
    return buffer.getvalue()


def _in_ink(ink: np.ndarray) -> Image.Image:
    """0..16 ink on black (8, 8), shown and learnt as dark ink on white paper, like everything else people draw."""
    pixels = (255 - ink * 255 / 16).round().astype("uint8")
    return Image.fromarray(pixels).resize((64, 64), Image.Resampling.BICUBIC)


_IRIS = ("sepal length", "sepal width", "petal length", "petal width")


def read_iris() -> Reading:
    """Anderson's 150 irises, as scikit-learn has them: four measurements of each flower in cm, three species."""
    with _of_sklearn("iris.csv").open(encoding="utf-8", newline="") as file:
        (_, _, *species), *rows = csv.reader(file)
    items = []
    for n, (*measured, number) in enumerate(rows, start=1):
        row = dict(zip(_IRIS, (f"{float(value):g}" for value in measured), strict=True))
        items.append(Item(f"row {n}", species[int(number)], Cell(row_text(row))))
    return Reading("table", {"structure": "sample"}, tuple(items))


def read_made_sounds() -> Reading:
    """SOUNDS_PER_CLASS of each source, made at this very moment."""
    items = tuple(
        Item(f"{source} {number}", source, partial(_wav, source, number))
        for source in SOURCES
        for number in range(1, SOUNDS_PER_CLASS + 1)
    )
    return Reading("sound", {"structure": "sample"}, items)


def _wav(source: str, number: int) -> bytes:
    return as_wav(made_sound(source, number))


def _papers(*, mixed: bool) -> Reading:
    return read_papers(sample_folder() / "drawings", mixed=mixed)


SAMPLES = (
    Sample(
        "drawings", Message("Clip art"), "image",
        Message("Drawings of birds, bugs, cakes, fruit, houses and cars. Can it tell them apart?"),
        "drawings", "try_drawings",
    ),
    Sample(
        "school-messages", Message("Messages to a school office"), "text", Message("What is each message about?"),
        "school_messages.csv", "try_messages.json", language="en",
    ),
    Sample(
        "school-messages-zh", quoted("学校消息"), "text",
        Message("The same idea in Chinese: 这条消息说的是什么？"),
        "school_messages_zh.csv", "try_messages.json", language="zh",
    ),
    Sample(
        "school-messages-es", quoted("Mensajes al colegio"), "text",
        Message("The same idea in Spanish: ¿de qué se trata?"),
        "school_messages_es.csv", "try_messages.json", language="es",
    ),
    Sample(
        "made-sounds", Message("Five sounds"), "sound",
        Message("Bell, clap, drum, string and whistle, made by the program. Which one is heard?"),
        reads=read_made_sounds,
    ),
    Sample(
        "iris", Message("Iris flowers"), "table",
        Message("Four measurements of a flower, in cm. Which of three species is it?"),
        reads=read_iris,
    ),
    Sample(
        "digits", Message("Handwritten digits"), "image", Message("Tiny scans of the numbers 0 to 9."),
        reads=read_digits,
    ),
)  # fmt: skip
"""What is offered to begin with."""


def samples_for(language: str) -> list[Sample]:
    """Those of them for whoever reads this language: of texts the English ones and those in it."""
    return [sample for sample in SAMPLES if sample.language in ("", "en", language)]


LESSON_SAMPLES = (
    Sample(
        "papers", Message("Drawings on two papers"), "image",
        Message("Animals on squared and things on lined paper; in the test set it is the other way round."),
        reads=partial(_papers, mixed=False),
    ),
    Sample(
        "papers-mixed", Message("Drawings on mixed papers"), "image",
        Message("The same animals and things, each half on squared and half on lined paper."),
        reads=partial(_papers, mixed=True),
    ),
    Sample(
        "hands", Message("Digits by two children, mostly Mia"), "image",
        Message("Nine in ten by Mia with a pen, one by Ken with chalk; the test set is Ken's alone."),
        reads=partial(read_hands, _in_ink, balanced=False),
    ),
    Sample(
        "hands-balanced", Message("Digits by two children, half each"), "image",
        Message("As many by Ken with chalk as by Mia with a pen; the test set is Ken's alone."),
        reads=partial(read_hands, _in_ink, balanced=True),
    ),
)  # fmt: skip
"""What lessons open."""
GIVERS = Sample(
    "children", Message("Digits by six children"), "image",
    Message("Each child writes with another pen, on other paper or in another hand, and gave five of each digit."),
    reads=partial(read_children, _in_ink),
)  # fmt: skip
"""What opens where examples of several givers are asked for."""
EVERY_SAMPLE = (*SAMPLES, *LESSON_SAMPLES, GIVERS)


_OWN = {str(sample.title): sample.title for sample in EVERY_SAMPLE}
_SEEDED = re.compile(r"(.+) \(seed (\d{1,9})\)", re.DOTALL)


def shown_title(title: str) -> Message:
    """The title of a dataset, a run or a study for whoever reads it: what the program gave of it, the name of a sample
    or the seed of a benchmark's run, is said in their language."""
    if seeded := _SEEDED.fullmatch(title):
        return Message("{title} (seed {n:d})", title=shown_title(seeded[1]), n=int(seeded[2]))
    return _OWN.get(title) or quoted(title)
