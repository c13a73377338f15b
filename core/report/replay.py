"""The replay of a training as a GIF for a slide: the curve that grows, and beside it the examples that turn right.

Drawn with Pillow, at twice the size and then made smaller, so that lines are smooth. What is written is in the language
that is asked for where a font of this computer has all its letters, else in English; names that none has are left out.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from core.data.dataset import Dataset
from core.data.samples import shown_title
from core.errors import RunError, UnreadableExampleError
from core.events import EpochEnd
from core.messages import ENGLISH, Language, Message
from core.results.finished_run import FinishedRun
from core.results.wall import Scene, Wall, shown_right, thinned, wall_of

LARGEST = 3_000_000
"""Bytes: more is a burden in slides and mails."""
USUAL_SECONDS = 8.0
_WIDTH, _HEIGHT, _FINER = 800, 450, 2
_LAST = 2500
"""Milliseconds for which the end is shown before it begins anew."""
_FASTEST = 40
"""Milliseconds of a frame at least: programs slow down what should be faster."""
_COLOURS = 160
_INK, _SOFT, _THIN, _PAPER, _TILE = "#1f2328", "#5f6670", "#d9dce1", "#ffffff", "#f2f3f5"
_TRAINING, _VALIDATION, _BASELINE, _RIGHT, _WRONG = "#0072B2", "#E69F00", "#888888", "#009E73", "#D55E00"
_FONTS = (
    "DejaVuSans.ttf", "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "SourceHanSansSC-Regular.otf", "msyh.ttc",
    "PingFang.ttc", "Hiragino Sans GB.ttc", "STHeiti Light.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf", "simhei.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "arial.ttf",
)  # fmt: skip
"""Fonts that systems bring, tried in this order where the one of Pillow lacks a letter."""
_NO_GLYPH = "\U0010fffe"


def replay_name(run_id: str) -> str:
    return f"finetune-lab-replay-{run_id}.gif"


def render_replay(run: FinishedRun, language: Language, seconds: float = USUAL_SECONDS) -> bytes:
    """An animated GIF of at most LARGEST bytes that takes about so many seconds. RunError where the run has nothing to
    replay; DataError where its dataset was deleted."""
    wall = wall_of(run.progress, run.dataset.classes, run.history)
    if wall is None or len(wall.scenes) < 2:
        raise RunError(
            Message("There is nothing to replay of this run: it has no validation set."),
            Message("Train it again with some examples for validation."),
        )
    board = _Board.of(run, wall, language)
    scenes = list(wall.scenes)
    while True:
        content = _animated([board.frame(scene) for scene in scenes], seconds)
        if len(content) <= LARGEST or len(scenes) <= 2:
            return content
        scenes = thinned(scenes, max(2, len(scenes) // 2))


def _animated(frames: Sequence[Image.Image], seconds: float) -> bytes:
    both = Image.new("RGB", (_WIDTH, 2 * _HEIGHT))
    both.paste(frames[0], (0, 0))
    both.paste(frames[-1], (0, _HEIGHT))
    palette = both.quantize(_COLOURS, Image.Quantize.MEDIANCUT)
    few = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    each = max(_FASTEST, round(1000 * seconds / len(frames)))
    buffer = io.BytesIO()
    few[0].save(
        buffer, "GIF", save_all=True, append_images=few[1:], loop=0, optimize=False, disposal=1,
        duration=[each] * (len(few) - 1) + [_LAST],
    )  # fmt: skip
    return buffer.getvalue()


# --- letters ---


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    """A font of this computer by its file; "" is the one of Pillow. None where there is none."""
    with suppress(OSError):
        found = ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
        return found if isinstance(found, ImageFont.FreeTypeFont) else None
    return None


@cache
def _drawn(name: str, letter: str) -> bytes:
    font = _font(name, 24)
    assert font is not None
    place = Image.new("L", (48, 48))
    ImageDraw.Draw(place).text((4, 4), letter, 255, font)
    return place.tobytes()


def font_for(texts: Sequence[str]) -> str | None:
    """The first font that has all letters of these texts; None where none has."""
    letters = {letter for text in texts for letter in text if not letter.isspace()}
    for name in ("", *_FONTS):
        if _font(name, 24) and all(_drawn(name, letter) != _drawn(name, _NO_GLYPH) for letter in letters):
            return name
    return None


def spaced(text: str) -> str:
    """With ordinary spaces only: fonts draw a box for one that does not break."""
    return "".join(" " if letter.isspace() else letter for letter in text)


# --- what is drawn ---


@dataclass(frozen=True)
class _Board:
    """Everything that is the same in all frames."""

    wall: Wall
    truths: tuple[int, ...]
    epochs: Sequence[EpochEnd]
    baseline: float | None
    tiles: Sequence[Image.Image | str]
    title: str
    subtitle: str
    say: Callable[[Message], str]
    font: str

    @classmethod
    def of(cls, run: FinishedRun, wall: Wall, language: Language) -> _Board:
        font = font_for([language.render(said) for said in _sayings(wall)])
        if font is None:
            font, language = "", ENGLISH
        at = {label: number for number, label in enumerate(run.dataset.classes)}

        def shown(text: str) -> str:
            return text if font_for([text]) is not None else ""

        title = shown(language.render(shown_title(run.title)))

        return cls(
            wall, tuple(at[run.dataset.examples[i].label] for i in wall.examples), run.progress.epochs,
            run.started.baseline, [_tile(run.dataset, i) for i in wall.examples], title,
            shown(f"{language.render(run.card.title)} · {language.render(run.method.title)}"), language.render, font,
        )  # fmt: skip

    def frame(self, scene: Scene) -> Image.Image:
        paper = Image.new("RGB", (_WIDTH * _FINER, _HEIGHT * _FINER), _PAPER)
        pen = _Pen(ImageDraw.Draw(paper), self.font)
        pen.text(24, 16, self.title, 22, _INK, most=_WIDTH - 48)
        pen.text(24, 48, self.subtitle, 14, _SOFT, most=_WIDTH - 48)
        self._curve(pen, scene)
        right = self._tiles(paper, pen, scene)
        now = " · ".join(self.say(said) for said in (scene.when, scene.how_good) if said)
        pen.text(24, 404, now, 18, _INK, most=370)
        pen.text(424, 404, self.say(shown_right(right, len(self.truths))), 18, _INK, most=360)
        return paper.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)

    def _curve(self, pen: _Pen, scene: Scene) -> None:
        left, top, right, bottom = 72, 108, 396, 366
        last = max(1, max((end.epoch for end in self.epochs), default=1))

        def at(epoch: float, share: float) -> tuple[float, float]:
            return left + (right - left) * epoch / last, bottom - (bottom - top) * share

        for share in (0.0, 0.5, 1.0):
            pen.line([at(0, share), at(last, share)], _THIN, 1)
            pen.text(left - 8, at(0, share)[1] - 8, self.say(Message("{p:percent}", p=share)), 12, _SOFT, end=True)
        for epoch in (0, last):
            pen.text(at(epoch, 0)[0] - 4, bottom + 6, str(epoch), 12, _SOFT)
        pen.text((left + right) / 2 - 20, bottom + 6, self.say(Message("Epoch")), 12, _SOFT)
        x: float = left
        for said, colour, dash in _LINES:
            pen.line([(x, 92), (x + 22, 92)], colour, 3, dash)
            x += 28 + pen.text(x + 28, 84, self.say(said), 12, _SOFT) + 14
        if self.baseline is not None:
            pen.line([at(0, self.baseline), at(last, self.baseline)], _BASELINE, 2, 3)
        now = -1 if scene.epoch is None else scene.epoch
        done = [end for end in self.epochs if end.epoch <= now]
        validation = [(end.epoch, end.validation_accuracy) for end in done if end.validation_accuracy is not None]
        if self.baseline is not None:
            validation.insert(0, (0, self.baseline))
        for points, colour, dash in (
            ([(end.epoch, end.train_accuracy) for end in done], _TRAINING, 0), (validation, _VALIDATION, 7),
        ):  # fmt: skip
            if line := [at(*point) for point in points]:
                pen.line(line, colour, 3, dash)
                pen.dot(*line[-1], 5, colour)

    def _tiles(self, paper: Image.Image, pen: _Pen, scene: Scene) -> int:
        """Draws them; gives how many are right."""
        pictured = not any(isinstance(tile, str) for tile in self.tiles)
        columns, width, height, gap = (6, 54, 54, 6) if pictured else (2, 174, 21, 4)
        top = 108 if pictured else 84
        flags = [said == truth for said, truth in zip(scene.predicted, self.truths, strict=True)]
        for place, (tile, is_right) in enumerate(zip(self.tiles, flags, strict=True)):
            x, y = 424 + place % columns * (width + gap), top + place // columns * (height + gap)
            colour = _RIGHT if is_right else _WRONG
            pen.box(x, y, width, height, colour)
            if isinstance(tile, str):
                pen.box(x + 22, y + 2, width - 24, height - 4, _TILE)
                if font_for([tile]) is not None:
                    pen.text(x + 27, y + 3, tile, 11, _INK, most=width - 34, font=font_for([tile]))
                pen.mark(x + 3, y + 3, 15, is_right)
            else:
                side = (width - 6) * _FINER
                paper.paste(tile.resize((side, side)), ((x + 3) * _FINER, (y + 3) * _FINER))
                pen.box(x + width - 17, y + height - 17, 17, 17, colour)
                pen.mark(x + width - 16, y + height - 16, 14, is_right)
        return sum(flags)


_LINES = (
    (Message("training"), _TRAINING, 0), (Message("validation"), _VALIDATION, 7), (Message("baseline"), _BASELINE, 3),
)  # fmt: skip


class _Pen:
    """Draws in units of the finished picture."""

    def __init__(self, draw: ImageDraw.ImageDraw, font: str) -> None:
        self._draw, self._font = draw, font

    def text(
        self, x: float, y: float, text: str, size: int, colour: str, *, most: float | None = None, end: bool = False,
        font: str | None = None,
    ) -> float:  # fmt: skip
        """From `x` on, or up to it; cut off where it is longer than `most`. Gives its width."""
        name = self._font if font is None else font
        if font_for([text]) is not None and font is None:
            name = font_for([text]) or self._font
        face, text = _font(name, size * _FINER), spaced(text)
        assert face is not None
        while most is not None and len(text) > 1 and face.getlength(text) > most * _FINER:
            text = text.rstrip("…")[:-1] + "…"
        width = face.getlength(text) / _FINER
        self._draw.text(((x - width if end else x) * _FINER, y * _FINER), text, colour, face)
        return width

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: int, dash: int = 0) -> None:
        """`dash` is how long the pieces of a broken line are."""
        fine = [(x * _FINER, y * _FINER) for x, y in points]
        if not dash:
            self._draw.line(fine, colour, width * _FINER, joint="curve")
            return
        step, along = dash * _FINER, 0.0
        for (x0, y0), (x1, y1) in pairwise(fine):
            length = max(1e-9, ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5)
            place = 0.0
            while place < length:
                until = min(length, place + step - along % step)
                if along // step % 2 == 0:
                    ends = [(x0 + (x1 - x0) * p / length, y0 + (y1 - y0) * p / length) for p in (place, until)]
                    self._draw.line(ends, colour, width * _FINER)
                along, place = along + until - place + 1e-6, until + 1e-6

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        ends = [value * _FINER for value in (x - radius, y - radius, x + radius, y + radius)]
        self._draw.ellipse(ends, colour)

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        ends = [value * _FINER for value in (x, y, x + width, y + height)]
        self._draw.rounded_rectangle(ends, 4 * _FINER, colour)

    def mark(self, x: float, y: float, size: float, is_right: bool) -> None:
        """A tick or a cross, white."""
        strokes = [[(0.2, 0.55), (0.42, 0.76), (0.82, 0.26)]]
        if not is_right:
            strokes = [[(0.25, 0.25), (0.75, 0.75)], [(0.75, 0.25), (0.25, 0.75)]]
        for stroke in strokes:
            self.line([(x + size * u, y + size * v) for u, v in stroke], "#ffffff", 2)


def _tile(dataset: Dataset, index: int) -> Image.Image | str:
    """An example as a small picture, or as a line of text."""
    with suppress(UnreadableExampleError):
        if picture := dataset.kind.picture(dataset.payload(index)):
            square = Image.new("RGB", (96, 96), _PAPER)
            if dataset.kind.cuts_by_time:  # its width is time, which may be stretched
                return picture.convert("RGB").resize(square.size)
            picture = picture.copy()
            picture.thumbnail(square.size)
            square.paste(picture, ((96 - picture.width) // 2, (96 - picture.height) // 2))
            return square
        return " ".join(dataset.line(index).split())[:60]
    return Image.new("RGB", (96, 96), _TILE)


def _sayings(wall: Wall) -> list[Message]:
    """All that a frame says, for its letters."""
    return [
        *(said for said, _, _ in _LINES), Message("Epoch"), *(scene.when for scene in wall.scenes),
        Scene(0, 0.5, ()).how_good, shown_right(1, len(wall.examples)),
    ]  # fmt: skip
