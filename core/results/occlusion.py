"""Why a run's model answers as it does: by covering, by leaving out, and by its nearest training examples.

Covering parts of a picture (occlusion, Zeiler & Fergus 2014), silencing parts of a sound and leaving out words of a
message (Li, Monroe & Jurafsky 2016) need nothing but answers, so they hold for every network. On three runs that had
learnt a planted mark (the head alone, all layers, and a small network from scratch; 12 pictures each) 42, 48 and 64 %
of such heat maps lay at the mark, and 12, 18 and 34 % of Grad-CAM's (Selvaraju et al. 2017).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.errors import UserError
from core.messages import Message
from core.modalities import get_modality
from core.modalities.base import Batch, Payload
from core.modalities.table.columns import cell_of
from core.models.backbone import Backbone
from core.models.embeddings import BATCH_SIZE
from core.models.encoders import Encoder
from core.models.extended import ExtendedModel
from core.models.vocabulary import CJK
from core.results.explanation import MOST_WORDS, Cell, Explanation, Heat, Neighbour, Weight, Word

CELLS = 8
"""Cells of the map along each side."""
_WINDOW = 2
"""Cells of a window along each side; windows overlap, so that a thing on a border is covered as a whole once."""
_BLUR = 4
"""What covers a window is what a picture of so many pixels a side would show there: neither a hard edge to see nor a
colour that means something by itself."""
_WORD = re.compile(rf"[{CJK}]|[^\s{CJK}]+")
"""What stands between blanks, as it was written; one sign of a script that writes without them."""
NEAREST = 5
MOST_WEIGHTS = 12
"""So many terms are named."""


def explain(witness: Witness, payload: Payload, about: str | None = None, but_for: Container[str] = ()) -> Explanation:
    """Why the model answers what it does about an example, or what speaks for the class `about`.

    Training examples with an id in `but_for` are not counted among the nearest. UserError for a class that it does not
    know.
    """
    if about is not None and about not in witness.classes:
        raise UserError(
            Message("The model knows no class called '{label}'.", label=about),
            Message("It knows: {labels:list}.", labels=witness.classes),
        )
    embedding = witness.embed(witness.batch([payload]))
    shares = witness.logits(embedding).softmax(1)[0]
    label = witness.classes[int(shares.argmax())]
    number = witness.classes.index(label if about is None else about)
    modality = witness.model.model.modality
    way = get_modality(modality).explanation
    return Explanation(
        modality=modality,
        label=label,
        about=witness.classes[number],
        probability=float(shares[number]),
        neighbours=nearest(witness.model, embedding, but_for=but_for),
        heat=_MAPS[way](witness, payload, number) if way in _MAPS else None,
        words=word_values(witness, payload, number) if way == "words" else None,
        weights=term_weights(witness, embedding, number) if way == "words" else None,
        cells=cell_values(witness, payload, number) if way == "columns" else None,
        all_words=sum(1 for _ in split_message(payload)) if way == "words" else 0,
    )


class Witness:
    """A model that is asked again and again about one example, a little changed each time, through a fast encoder of
    its own backbone: whatever it says is what the run would answer."""

    def __init__(self, model: ExtendedModel, backbone: Backbone, encoder: Encoder) -> None:
        self.model = model
        self.spec = backbone.spec(model.model.size)
        self.names = backbone.names
        self._encoder = encoder

    @property
    def classes(self) -> tuple[str, ...]:
        return self.model.classes

    def batch(self, payloads: Sequence[Payload]) -> Batch:
        """The arrays that the backbone takes."""
        return get_modality(self.model.model.modality).batch(payloads, self.spec)

    def embed(self, batch: Batch) -> Tensor:
        """Embeddings (n, d)."""
        return torch.from_numpy(self._encoder.embed(batch))

    def logits(self, embeddings: Tensor) -> Tensor:
        """(n, classes) in double precision, over the model's temperature: their softmax is what it answers."""
        with torch.inference_mode():
            return self.model.head(embeddings).double() / self.model.model.temperature

    def say(self, payloads: Sequence[Payload]) -> Tensor:
        """The logits (n, classes) for payloads, a few at a time, the short ones first."""
        length = get_modality(self.model.model.modality).length
        order = sorted(range(len(payloads)), key=lambda i: length(payloads[i]))
        said = torch.empty(len(payloads), len(self.classes), dtype=torch.double)
        for start in range(0, len(order), BATCH_SIZE):
            part = order[start : start + BATCH_SIZE]
            said[part] = self.logits(self.embed(self.batch([payloads[i] for i in part])))
        return said


def log_odds(logits: Tensor, number: int) -> np.ndarray:
    """ln(p / (1 - p)) of one class (n,), from logits (n, classes) of two classes or more.

    Unlike p it does not hardly move where a model is very sure.
    """
    others = torch.cat([logits[:, :number], logits[:, number + 1 :]], dim=1)
    return (logits[:, number] - others.logsumexp(1)).numpy()


def heat_map(witness: Witness, picture: Payload, number: int) -> Heat:
    """The map of an RGB picture for the class of this `number`: (CELLS + _WINDOW - 1)^2 answers.

    The picture is covered as the model sees it, so cells have the picture's own shape.
    """
    pixels = torch.from_numpy(witness.batch([picture])["pixels"])
    before = log_odds(witness.logits(witness.embed({"pixels": pixels.numpy()})), number)[0]
    windows = list(_windows())
    after = np.concatenate(
        [
            log_odds(witness.logits(witness.embed({"pixels": covered.numpy()})), number)
            for covered in _covered(pixels, windows)
        ]
    )
    return _heat(before, after, windows)


def spectrum_map(witness: Witness, sound: Payload, number: int) -> Heat:
    """The map of the `picture` of what can be heard, for the class of this `number`: parts of it are silenced."""
    kind, windows = get_modality(witness.model.model.modality), list(_windows())
    parts = [kind.without(sound, _shares(rows), _shares(columns)) for rows, columns in windows]
    odds = log_odds(witness.say([sound, *parts]), number)
    return _heat(odds[0], odds[1:], windows)


_MAPS = {"regions": heat_map, "spectrum": spectrum_map}
"""By `Modality.explanation`."""


def _heat(before: float, after: np.ndarray, windows: list[tuple[slice, slice]]) -> Heat:
    """The log-odds `before` and `after` each of the windows was covered, as a map."""
    total, times = np.zeros((CELLS, CELLS)), np.zeros((CELLS, CELLS))
    for (rows, columns), fall in zip(windows, before - after, strict=True):
        total[rows, columns] += fall
        times[rows, columns] += 1
    worst = int(after.argmin())
    down, across = map(_shares, windows[worst])
    return Heat(total / times, float(1 / (1 + np.exp(-after[worst]))), down, across)


def _shares(cells: slice) -> tuple[float, float]:
    """Where these cells begin and end, as shares of a side."""
    return cells.start / CELLS, cells.stop / CELLS


def _windows() -> Iterator[tuple[slice, slice]]:
    """Rows and columns of every window; those that stand over the border make border cells count as often."""
    starts = range(1 - _WINDOW, CELLS)
    spans = [slice(max(start, 0), min(start + _WINDOW, CELLS)) for start in starts]
    yield from ((rows, columns) for rows in spans for columns in spans)


def _covered(pixels: Tensor, windows: list[tuple[slice, slice]]) -> Iterator[Tensor]:
    """Batches of the picture (1, 3, h, w) with a window covered each time, in the order of `windows`."""
    cover = F.interpolate(F.adaptive_avg_pool2d(pixels, _BLUR), pixels.shape[2:], mode="bilinear", align_corners=False)
    down, across = (np.round(np.linspace(0, side, CELLS + 1)).astype(int) for side in pixels.shape[2:])
    for start in range(0, len(windows), BATCH_SIZE):
        part = windows[start : start + BATCH_SIZE]
        batch = pixels.repeat(len(part), 1, 1, 1)
        for one, (rows, columns) in zip(batch, part, strict=True):
            y, x = slice(down[rows.start], down[rows.stop]), slice(across[columns.start], across[columns.stop])
            one[:, y, x] = cover[0, :, y, x]
        yield batch


def split_message(message: str) -> Iterator[tuple[int, int]]:
    """Where each word begins and ends."""
    yield from (found.span() for found in _WORD.finditer(message))


def word_values(witness: Witness, message: str, number: int) -> list[Word]:
    """What each word does for the class of this `number`, in their order; none for a message of one word, since nothing
    would be left."""
    spans = list(split_message(message))
    if len(spans) < 2:
        return []
    spans = spans[:MOST_WORDS]
    shorter = [f"{message[:start]}{message[end:]}" for start, end in spans]
    odds = log_odds(witness.say([message, *shorter]), number)
    left = torch.from_numpy(odds[1:]).sigmoid().tolist()
    return [
        Word(message[start:end], start, end, float(odds[0] - after), p)
        for (start, end), after, p in zip(spans, odds[1:], left, strict=True)
    ]


def term_weights(witness: Witness, embedding: Tensor, number: int) -> list[Weight] | None:
    """What each term of a message adds to the logit of the class of this `number`, against the mean of the others, the
    strongest first; None where the last layer weighs something else than terms.

    Exact, since that layer is linear: all terms together, and what no message changes, are the logit.
    """
    if not witness.names:
        return None
    head = witness.model.head
    with torch.inference_mode():
        scaled = embedding[0] / head.spread
        if head.normalise:
            scaled = scaled / ((embedding[0] - head.centre) / head.spread).norm().clamp(min=1e-12)
        others = torch.cat([head.weight[:number], head.weight[number + 1 :]]).mean(0)
        values = (scaled * (head.weight[number] - others) / witness.model.model.temperature).tolist()
    together: dict[str, float] = {}
    for name, value in zip(witness.names, values, strict=True):
        if value:
            together[str(name)] = together.get(str(name), 0.0) + value
    strongest = sorted(together.items(), key=lambda one: -abs(one[1]))
    return [Weight(term, value) for term, value in strongest[:MOST_WEIGHTS]]


def cell_values(witness: Witness, row: Payload, number: int) -> list[Cell]:
    """What each cell does for the class of this `number`, the strongest first: with it against others that are usual in
    its column. As the values of Shapley for one column at a time (Lundberg & Lee 2017), without their company."""
    columns = witness.spec.columns
    shown = columns.columns[:MOST_WORDS]
    row = {**row, **{column.name: cell_of(row, column.name) for column in shown}}
    varied = [(column, [{**row, column.name: other} for other in columns.others(column)]) for column in shown]
    odds = log_odds(witness.say([row, *(one for _, rows in varied for one in rows)]), number)
    found, at = [], 1
    for column, rows in varied:
        if rows:
            after = odds[at : at + len(rows)]
            left = float((1 / (1 + np.exp(-after))).mean())
            found.append(Cell(column.name, row[column.name], float(odds[0] - after.mean()), left))
        at += len(rows)
    return sorted(found, key=lambda cell: -abs(cell.value))


def nearest(
    model: ExtendedModel, embedding: Tensor, most: int = NEAREST, but_for: Container[str] = ()
) -> list[Neighbour] | None:
    """The nearest to an `embedding` (1, d) of the model's backbone, the nearest first; None where the training
    examples are not known. Those whose id is in `but_for` are passed over.

    Seen from the middle of all training examples, as likeness is (`core/models/extended.py`).
    """
    known = model.known_examples()
    if known is None:
        return None
    with torch.inference_mode():
        x = F.normalize(model.model.head.prepared(embedding) - known.middle, dim=1)
        cosines = F.normalize(known.vectors - known.middle, dim=1) @ x[0]
    found: list[Neighbour] = []
    for i in cosines.argsort(descending=True, stable=True).tolist():
        who = known.sources[i]
        if who.example is None or who.example not in but_for:
            label = model.classes[int(known.targets[i])]
            found.append(Neighbour(label, float(cosines[i]), who.example, who.addition, who.place))
        if len(found) == most:
            break
    return found
