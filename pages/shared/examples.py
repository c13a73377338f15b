"""Examples on a page, by the view of their kind (`Modality.view`): one class a view, and nowhere else is it asked.

A new view is a class here and an entry in `_VIEWS`.
"""

from __future__ import annotations

import base64
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import streamlit as st
from PIL import Image, ImageDraw
from streamlit.delta_generator import DeltaGenerator

from core.data.dataset import Dataset
from core.errors import UnreadableExampleError
from core.evaluation.answers import Answer
from core.messages import Message, quoted
from core.modalities import get_modality
from core.modalities.base import Payload
from core.modalities.image.decoding import encoded, thumbnail
from core.modalities.sound.decoding import as_wav
from core.modalities.sound.spectrogram import as_picture
from core.modalities.table.rows import row_of, row_text
from core.storage import Damaged, read_sealed
from pages.shared.current import class_heading
from pages.shared.rows import show_rows
from pages.shared.words import Markdown, escape, example_name, percent, plain, tr

_FEW_ROWS, _TASTED = 4, 2
_APART = 6
"""Pixels between pictures in a row."""
NOTHING_SAID: Mapping[str, Sequence[str]] = MappingProxyType({})
_SMALL, _LARGE = 96, 144
"""Pixels of a picture's side."""
_LINE, _PARAGRAPH = 160, 400
"""Letters of a text that are shown where there is room for a line, and for a few."""
_GLIMPSE = 52
"""And where a card has room for two lines."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training example, or one of an added class: where its picture comes from (an example of a dataset, or a file
    that may be there), the text of it and a caption."""

    picture: tuple[Dataset, int] | Path | None
    text: str
    caption: Message


class View(ABC):
    """How examples of a kind look: as tiles with something below each, in a gallery, in a line, in a table."""

    icon: str
    """The symbol of what is to be looked at so."""
    most: int
    """So many of a sort fit on a page."""
    per_page: int = 24
    """So many are browsed at a time."""
    row_height: int | None = None
    """Of a table with `cell`s, where it is not the usual."""
    wide: bool = False
    """Whether examples need the whole width of the page."""
    pictured: bool = True
    """Whether a `miniature` is a picture."""

    def browse(self, dataset: Dataset, indices: Sequence[int], key: str) -> list[int]:
        """Examples and their classes to select from, under `key`: those that are selected."""
        row = self.row()
        return [i for i in indices if self.box(row, dataset, i, f"{key}-{i}")]

    def exhibits(
        self, dataset: Dataset, indices: Sequence[int], details: Sequence[Message], act: Callable[[int, str], None]
    ) -> None:
        """Examples with their class and what is special about each. `act` draws what can be done about one, by its
        place among them; and by its name, where it does not stand below it."""
        row = self.row()
        for at, (i, detail) in enumerate(zip(indices, details, strict=True)):
            example = dataset.examples[i]
            with self.tile(row, dataset, i, example_name(example.name)):
                st.caption(" · ".join(filter(None, (escape(example.label), tr(detail)))))
                act(at, "")

    def answered(
        self, dataset: Dataset, indices: Sequence[int], answers: Sequence[Answer], act: Callable[[int, str], None]
    ) -> None:
        """Examples, large, with what a model answered; `act` is that of `exhibits`."""
        row = self.row()
        for at, (i, answer) in enumerate(zip(indices, answers, strict=True)):
            with self.tile(row, dataset, i, dataset.examples[i].name, side=_LARGE):
                st.markdown("  \n".join(_answer_and_truth(answer)))
                act(at, "")

    def labelled(self, dataset: Dataset, indices: Sequence[int]) -> None:
        """Some examples with their classes."""
        self.gallery(dataset, indices, [quoted(dataset.examples[i].label) for i in indices])

    @abstractmethod
    def row(self) -> DeltaGenerator:
        """A container for tiles."""

    @abstractmethod
    def tile(
        self, row: DeltaGenerator, dataset: Dataset, index: int, alt: str = "", side: int = _SMALL
    ) -> DeltaGenerator:
        """An example in a row of tiles, a picture `side` pixels wide; what is drawn into the container that it gives
        stands below."""

    @abstractmethod
    def box(self, row: DeltaGenerator, dataset: Dataset, index: int, key: str) -> bool:
        """An example and its class with a box to tick."""

    @abstractmethod
    def gallery(self, dataset: Dataset, indices: Sequence[int], captions: Sequence[Message]) -> None:
        """Some examples with a caption each."""

    @abstractmethod
    def strip(self, dataset: Dataset, indices: Sequence[int]) -> None:
        """A first impression of some examples, small."""

    @abstractmethod
    def glimpse(self, dataset: Dataset, indices: Sequence[int]) -> None:
        """The first of some examples in one line: what there is of a class, in a narrow column."""

    @abstractmethod
    def lines(self, dataset: Dataset, indices: Sequence[int], captions: Sequence[str] = ()) -> None:
        """Many examples in little room, where there are `captions` with a plain-text one each."""

    @abstractmethod
    def miniature(self, dataset: Dataset, index: int) -> dict[str, str]:
        """An example as small as it can be known by: a "picture" as a data URI, or a "text"."""

    @abstractmethod
    def cell(self, dataset: Dataset, index: int) -> str:
        """An example in a table, in a `column` of its own."""

    @abstractmethod
    def column(self) -> Any:
        """How `st.dataframe` shows such a column."""

    @abstractmethod
    def variations(self, payload: Payload, varied: Sequence[Payload]) -> None:
        """An example as it is and as augmentation makes it."""

    @abstractmethod
    def taste(self, payloads: Sequence[Payload]) -> None:
        """A few examples that are in no dataset yet, in little room."""

    @abstractmethod
    def neighbours(self, found: Sequence[Neighbour]) -> None:
        """Training examples and those of added classes, with a caption each."""


class PictureView(View):
    """Thumbnails side by side."""

    icon = ":material/image:"
    most = 12
    row_height = 48
    abreast = 6
    """So many fit into a card."""
    glimpsed = 10
    """So many small ones fit into a narrow column."""

    def row(self) -> DeltaGenerator:
        return st.container(horizontal=True, gap="small")

    def tile(
        self, row: DeltaGenerator, dataset: Dataset, index: int, alt: str = "", side: int = _SMALL
    ) -> DeltaGenerator:
        place = row.container(width=150, gap=None)
        place.image(self._thumbnail(dataset, index, side), width=side, alt=alt)
        return place

    def box(self, row: DeltaGenerator, dataset: Dataset, index: int, key: str) -> bool:
        example = dataset.examples[index]
        place = row.container(width=110, gap=None)
        place.image(self._thumbnail(dataset, index), width=96, alt=f"{example.label}: {example.name}")
        return place.checkbox(escape(example.label), key=key)

    def gallery(self, dataset: Dataset, indices: Sequence[int], captions: Sequence[Message]) -> None:
        # A caption is Markdown to Streamlit; the text that says what it shows is plain.
        self._gallery([self._thumbnail(dataset, i) for i in indices], [plain(caption) for caption in captions])

    def strip(self, dataset: Dataset, indices: Sequence[int]) -> None:
        row = self.row()
        for i in indices:
            row.image(self._thumbnail(dataset, i), width=56, alt=dataset.examples[i].label)

    def glimpse(self, dataset: Dataset, indices: Sequence[int]) -> None:
        shown = tuple(self._thumbnail(dataset, i) for i in indices[: self.glimpsed])
        st.image(_side_by_side(shown, self.glimpsed), width="stretch", alt=dataset.examples[indices[0]].label)

    def lines(self, dataset: Dataset, indices: Sequence[int], captions: Sequence[str] = ()) -> None:
        st.image(
            [self._thumbnail(dataset, i) for i in indices],
            width=60,
            caption=[escape(caption) for caption in captions] or None,
            alt=list(captions) or [dataset.examples[i].label for i in indices],
        )

    def miniature(self, dataset: Dataset, index: int) -> dict[str, str]:
        return {"picture": self._thumbnail(dataset, index, 64)}

    def cell(self, dataset: Dataset, index: int) -> str:
        return self._thumbnail(dataset, index, 48)

    def column(self) -> Any:
        return st.column_config.ImageColumn()

    def variations(self, payload: Payload, varied: Sequence[Payload]) -> None:
        st.caption(tr("For example, this picture (first) becomes:"))
        st.image([_square(picture) for picture in (payload, *varied)], width=88)

    def taste(self, payloads: Sequence[Payload]) -> None:
        shown = tuple(thumbnail(picture, 64) for picture in payloads[: self.abreast])
        st.image(_side_by_side(shown, self.abreast), width="stretch", alt="")

    def neighbours(self, found: Sequence[Neighbour]) -> None:
        self._gallery([self._picture(one.picture) for one in found], [plain(one.caption) for one in found])

    def _picture(self, source: tuple[Dataset, int] | Path | None) -> str | bytes | None:
        """None where it is gone."""
        if isinstance(source, Path):
            content = read_sealed(source)
            return None if isinstance(content, Damaged) else content
        return self._thumbnail(*source) if source else None

    def _gallery(self, pictures: Sequence[str | bytes | None], captions: Sequence[str]) -> None:
        row = self.row()
        for picture, caption in zip(pictures, captions, strict=True):
            place = row.container(width=104, gap=None)
            if picture is not None:
                place.image(picture, width=96, alt=caption)
            place.text(caption)

    def _thumbnail(self, dataset: Dataset, index: int, side: int = 96) -> str:
        example = dataset.examples[index]
        try:
            return _thumbnail(
                dataset.modality, example.id, example.text, str(dataset.store), _written(dataset, index), side
            )
        except UnreadableExampleError:
            return _damaged(side)


class SoundView(PictureView):
    """Spectrograms with players below."""

    icon = ":material/graphic_eq:"
    most = 8
    abreast = 3
    glimpsed = 5

    def tile(
        self, row: DeltaGenerator, dataset: Dataset, index: int, alt: str = "", side: int = _SMALL
    ) -> DeltaGenerator:
        place = row.container(width=PLAYER, gap=None)
        place.image(self._thumbnail(dataset, index), width="stretch", alt=alt)
        _play(place, dataset, index)
        return place

    def box(self, row: DeltaGenerator, dataset: Dataset, index: int, key: str) -> bool:
        example = dataset.examples[index]
        place = row.container(width=PLAYER, gap=None)
        place.image(self._thumbnail(dataset, index), width="stretch", alt=f"{example.label}: {example.name}")
        _play(place, dataset, index)
        return place.checkbox(escape(example.label), key=key)

    def gallery(self, dataset: Dataset, indices: Sequence[int], captions: Sequence[Message]) -> None:
        row = self.row()
        for i, caption in zip(indices, captions, strict=True):
            self.tile(row, dataset, i, plain(caption)).text(plain(caption))

    def variations(self, payload: Payload, varied: Sequence[Payload]) -> None:
        st.caption(tr("For example, this recording (first) becomes:"))
        row = self.row()
        for sound in (payload, *varied):
            place = row.container(width=PLAYER, gap=None)
            place.image(as_picture(sound), width="stretch")
            place.audio(as_wav(sound), format=_WAV)

    def taste(self, payloads: Sequence[Payload]) -> None:
        shown = tuple(_as_uri(as_picture(sound)) for sound in payloads[: self.abreast])
        st.image(_side_by_side(shown, self.abreast), width="stretch", alt="")

    def neighbours(self, found: Sequence[Neighbour]) -> None:
        row = self.row()
        for one in found:
            place = row.container(width=PLAYER, gap=None)
            if (picture := self._picture(one.picture)) is not None:
                place.image(picture, width="stretch", alt=plain(one.caption))
            if isinstance(one.picture, tuple):
                _play(place, *one.picture)
            place.text(plain(one.caption))

    def _thumbnail(self, dataset: Dataset, index: int, side: int = 96) -> str:
        example = dataset.examples[index]
        try:
            return _spectrogram(dataset.modality, example.id, example.text, str(dataset.store))
        except UnreadableExampleError:
            return _damaged(side)


@st.cache_data(max_entries=2000, show_spinner=False)
def _spectrogram(modality: str, example_id: str, text: str | None, store: str) -> str:
    """A kept sound as a wide data URI. UnreadableExampleError where it is damaged or no longer kept."""
    kind = get_modality(modality)
    picture = kind.picture(kind.load(example_id, text, Path(store)))
    assert picture is not None, "the view of this kind needs pictures"
    return _as_uri(picture)


def _as_uri(picture: Image.Image) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(encoded(picture, "JPEG")).decode()


PLAYER = 170
"""Pixels of a player and the spectrogram above: it keeps its buttons, and a phone shows two in a line."""
_WAV = "audio/wav"


def _play(place: DeltaGenerator, dataset: Dataset, index: int) -> None:
    """A player of a kept example; nothing where it is damaged, which its thumbnail shows."""
    example = dataset.examples[index]
    try:
        place.audio(_playable(dataset.modality, example.id, example.text, str(dataset.store)), format=_WAV)
    except UnreadableExampleError:
        return


@st.cache_data(max_entries=200, show_spinner=False)
def _playable(modality: str, example_id: str, text: str | None, store: str) -> bytes:
    kind = get_modality(modality)
    sound = kind.playable(kind.load(example_id, text, Path(store)))
    assert sound is not None, "the view of this kind needs sounds"
    return sound


class LinesView(View):
    """One below the other."""

    icon = ":material/chat:"
    most = 5
    pictured = False

    def row(self) -> DeltaGenerator:
        return st.container()

    def tile(
        self, row: DeltaGenerator, dataset: Dataset, index: int, alt: str = "", side: int = _SMALL
    ) -> DeltaGenerator:
        place = row.container(gap=None, border=True)
        text = dataset.line(index)
        place.text(text if len(text) <= _PARAGRAPH else text[:_PARAGRAPH] + " ...")
        return place

    def answered(
        self, dataset: Dataset, indices: Sequence[int], answers: Sequence[Answer], act: Callable[[int, str], None]
    ) -> None:
        for at, (i, answer) in enumerate(zip(indices, answers, strict=True)):
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                text = dataset.line(i)
                st.text(text if len(text) <= _PARAGRAPH else text[:_PARAGRAPH] + " ...", width="stretch")
                st.markdown(" · ".join(_answer_and_truth(answer)), width="content")
                act(at, "")

    def box(self, row: DeltaGenerator, dataset: Dataset, index: int, key: str) -> bool:
        example = dataset.examples[index]
        return row.checkbox(escape(f"{example.label}: {dataset.line(index)[:_PARAGRAPH]}"), key=key)

    def gallery(self, dataset: Dataset, indices: Sequence[int], captions: Sequence[Message]) -> None:
        self._gallery([dataset.line(i) for i in indices], [tr(caption) for caption in captions])

    def strip(self, dataset: Dataset, indices: Sequence[int]) -> None:
        st.text("\n".join(f"{dataset.examples[i].label}: {_line(dataset, i, 90)}" for i in indices[:3]))

    def glimpse(self, dataset: Dataset, indices: Sequence[int]) -> None:
        st.caption(escape(_line(dataset, indices[0], _LINE)), wrap=False)

    def lines(self, dataset: Dataset, indices: Sequence[int], captions: Sequence[str] = ()) -> None:
        texts = [escape(_line(dataset, i, _LINE)) for i in indices]
        if captions:
            texts = [Markdown(f"**{escape(caption)}** · {text}") for caption, text in zip(captions, texts, strict=True)]
        st.markdown("\n".join(f"- {text}" for text in texts))

    def miniature(self, dataset: Dataset, index: int) -> dict[str, str]:
        return {"text": _line(dataset, index, _LINE)}

    def cell(self, dataset: Dataset, index: int) -> str:
        return dataset.line(index)

    def column(self) -> Any:
        return st.column_config.TextColumn(width="medium")

    def variations(self, payload: Payload, varied: Sequence[Payload]) -> None:
        st.caption(tr("For example, this becomes:"))
        st.table({tr("as it is, then varied"): [str(payload), *map(str, varied)]})

    def taste(self, payloads: Sequence[Payload]) -> None:
        for text in payloads[:_TASTED]:
            st.caption(escape(f"“{_shortened(str(text), _GLIMPSE)}”"))

    def neighbours(self, found: Sequence[Neighbour]) -> None:
        self._gallery([one.text for one in found], [tr(one.caption) for one in found])

    def _gallery(self, texts: Sequence[str], captions: Sequence[Markdown]) -> None:
        for text, caption in zip(texts, captions, strict=True):
            with st.container(border=True, gap=None):
                st.text(text)
                st.caption(caption)


class RowView(LinesView):
    """Rows of a table, as they stand in one; where only a line has room, as that."""

    icon = ":material/table_chart:"
    most = 12
    per_page = 100
    wide = True

    def browse(self, dataset: Dataset, indices: Sequence[int], key: str) -> list[int]:
        return [indices[place] for place in self._of(dataset, indices, _names(dataset, indices), key=key)]

    def exhibits(
        self, dataset: Dataset, indices: Sequence[int], details: Sequence[Message], act: Callable[[int, str], None]
    ) -> None:
        remarks = {plain("Remark"): list(map(plain, details))} if any(details) else {}
        self._of(dataset, indices, {**_names(dataset, indices), **remarks})
        with st.container(horizontal=True):
            for at, i in enumerate(indices):
                act(at, example_name(dataset.examples[i].name))

    def answered(
        self, dataset: Dataset, indices: Sequence[int], answers: Sequence[Answer], act: Callable[[int, str], None]
    ) -> None:
        said = {
            plain("predicted"): [answer.label for answer in answers],
            plain("confidence"): [percent(answer.confidence) for answer in answers],
        }
        self._of(dataset, indices, {**_names(dataset, indices), **said})
        with st.container(horizontal=True):
            for at, i in enumerate(indices):
                act(at, example_name(dataset.examples[i].name))

    def labelled(self, dataset: Dataset, indices: Sequence[int]) -> None:
        self._of(dataset, indices, _names(dataset, indices))

    def cell(self, dataset: Dataset, index: int) -> str:
        return example_name(dataset.examples[index].name)

    def gallery(self, dataset: Dataset, indices: Sequence[int], captions: Sequence[Message]) -> None:
        show_rows(_texts(dataset, indices), {**_names(dataset, indices), "": [plain(caption) for caption in captions]})

    def lines(self, dataset: Dataset, indices: Sequence[int], captions: Sequence[str] = ()) -> None:
        if captions:
            show_rows(_texts(dataset, indices), {**_names(dataset, indices), "": captions})
        else:
            self.labelled(dataset, indices)

    def strip(self, dataset: Dataset, indices: Sequence[int]) -> None:
        last, shown = len(indices) - 1, min(len(indices), _FEW_ROWS)
        self._of(dataset, [indices[last * place // max(1, shown - 1)] for place in range(shown)])

    def glimpse(self, dataset: Dataset, indices: Sequence[int]) -> None:
        st.caption(escape(_cells(dataset, indices[0], _LINE)), wrap=False)

    def miniature(self, dataset: Dataset, index: int) -> dict[str, str]:
        return {"text": _cells(dataset, index, _LINE)}

    def taste(self, payloads: Sequence[Payload]) -> None:
        for row in payloads[:_TASTED]:
            st.caption(escape(_shortened(" · ".join(f"{name}: {cell}" for name, cell in row.items()), _LINE)))

    def variations(self, payload: Payload, varied: Sequence[Payload]) -> None:
        st.caption(tr("For example, this row (first) becomes:"))
        show_rows([row_text(row) for row in (payload, *varied)], {})

    def neighbours(self, found: Sequence[Neighbour]) -> None:
        show_rows([one.text for one in found], {"": [plain(one.caption) for one in found]})

    def _of(
        self, dataset: Dataset, indices: Sequence[int], said: Mapping[str, Sequence[str]] = NOTHING_SAID,
        key: str | None = None,
    ) -> list[int]:  # fmt: skip
        """Examples with their classes; the places of those that are selected, under `key`."""
        heading = plain(class_heading(dataset.id))
        labels = {heading: [dataset.examples[i].label for i in indices]}
        return show_rows(_texts(dataset, indices), {**said, **labels}, classes=(heading, dataset.classes), key=key)


def _cells(dataset: Dataset, index: int, most: int) -> str:
    """What a row holds, without the names of the columns, which are the same for all."""
    return _shortened(" · ".join((row_of(dataset.examples[index].text or "") or {}).values()), most)


def _names(dataset: Dataset, indices: Sequence[int]) -> dict[str, list[str]]:
    return {plain("Row"): [example_name(dataset.examples[i].name) for i in indices]}


def _texts(dataset: Dataset, indices: Sequence[int]) -> list[str]:
    return [dataset.examples[i].text or "" for i in indices]


_VIEWS: dict[str, View] = {
    "picture": PictureView(),
    "sound": SoundView(),
    "lines": LinesView(),
    "row": RowView(),
}


def _answer_and_truth(answer: Answer) -> tuple[Markdown, Markdown]:
    """ "✗ bus 94 %" and "actual lunch": a mark, since colour alone says nothing to some."""
    mark = Markdown(":green[✓]" if answer.right else ":red[✗]")
    said = tr("{mark} **{said}** {p:percent}", mark=mark, said=answer.label, p=answer.confidence)
    return said, tr("actual **{truth}**", truth=answer.truth)


def view_of(modality: str) -> View:
    """How examples of this kind are shown."""
    return _VIEWS[get_modality(modality).view]


T = TypeVar("T")


def a_page_of(found: Sequence[T], most: int, key: str) -> Sequence[T]:
    """So many of a long list at a time, and where this is called the way to the others, with how many there are."""
    pages = -(-len(found) // most)
    if pages < 2:
        return found
    with st.container(horizontal=True, vertical_alignment="center"):
        page = min(st.pagination(pages, key=f"page-{key}"), pages)
        first, last = (page - 1) * most + 1, min(page * most, len(found))
        st.caption(tr("{first} to {last} of {n}", first=first, last=last, n=len(found)))
    return found[first - 1 : last]


def show_examples(dataset: Dataset, indices: Sequence[int], captions: Sequence[Message | str] = ()) -> None:
    """Some examples of a dataset with a caption each: their class, unless others are given."""
    view = view_of(dataset.modality)
    if captions:
        view.gallery(dataset, indices, [one if isinstance(one, Message) else quoted(one) for one in captions])
    else:
        view.labelled(dataset, indices)


@st.cache_data(max_entries=2000, show_spinner=False)
def _thumbnail(
    modality: str, example_id: str, text: str | None, store: str, written: tuple[int, ...], side: int
) -> str:
    """A kept example as a small square data URI, made again when it was `written` again. UnreadableExampleError where
    it is damaged or no longer kept."""
    kind = get_modality(modality)
    picture = kind.picture(kind.load(example_id, text, Path(store), side))
    assert picture is not None, "the view of this kind needs pictures"
    return thumbnail(picture, side)


@st.cache_data(max_entries=500, show_spinner=False)
def _side_by_side(pictures: tuple[str, ...], places: int) -> bytes:
    """Pictures (data URIs) in a row as one, as wide as one of `places`: a page with many of them draws it faster."""
    opened = [Image.open(io.BytesIO(base64.b64decode(one.partition(",")[2]))).convert("RGB") for one in pictures]
    wide, high = opened[0].size
    row = Image.new("RGBA", (places * (wide + _APART) - _APART, high))
    for place, picture in enumerate(opened):
        row.paste(picture.resize((wide, high)), (place * (wide + _APART), 0))
    return encoded(row, "PNG")


def _written(dataset: Dataset, index: int) -> tuple[int, ...]:
    """When the files of an example were written."""
    times = []
    for file in dataset.kind.files(dataset.examples[index].id, dataset.store):
        with suppress(OSError):  # it is gone
            times.append(file.stat().st_mtime_ns)
    return tuple(times)


@cache
def _damaged(side: int) -> str:
    """What stands in the place of a picture that is damaged: a sheet that is crossed out."""
    sheet = Image.new("RGB", (side, side), "#eeeeee")
    pen = ImageDraw.Draw(sheet)
    for y in (0, side):
        pen.line((0, y, side, side - y), fill="#b3261e", width=max(1, side // 24))
    return thumbnail(sheet, side)


def _square(picture: Any) -> Any:
    small = picture.resize((88, 88)) if picture.width != picture.height else picture.copy()
    small.thumbnail((176, 176))
    return small


def _line(dataset: Dataset, index: int, most: int) -> str:
    return _shortened(dataset.line(index), most)


def _shortened(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
