"""All that can be said about why a model answers as it does."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.explain.heat import Heat, heat_map
from core.explain.neighbours import Neighbour, nearest
from core.explain.witness import Witness
from core.explain.words import MOST_WORDS, Word, split_message, word_values
from core.modalities.base import Payload


@dataclass(frozen=True)
class Explanation:
    """Why `label` is the answer, or, where `about` is another class, what speaks for that one instead.

    `probability` is that of `about`. A picture has `heat`, a message `words`, of which there are `all_words` in it;
    `neighbours` are None where it is not known who taught.
    """

    modality: str
    label: str
    about: str
    probability: float
    neighbours: list[Neighbour] | None
    heat: Heat | None = None
    words: list[Word] | None = None
    all_words: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "modality": self.modality, "label": self.label, "class": self.about, "probability": self.probability,
            "heat": self.heat and self.heat.to_dict(),
            "words": None if self.words is None else [word.to_dict() for word in self.words],
            "all_words": self.all_words, "words_limit": MOST_WORDS,
            "neighbours": None if self.neighbours is None else [found.to_dict() for found in self.neighbours],
        }  # fmt: skip


def explain(witness: Witness, payload: Payload, about: str | None = None, but_for: Container[str] = ()) -> Explanation:
    """Why the model answers what it does about a picture (RGB) or a message, or what speaks for the class `about`.

    Examples with an id in `but_for` are not counted among the nearest. UserError for a class that it does not know.
    """
    if about is not None and about not in witness.classes:
        raise UserError(f"The model knows no class called '{about}'.", f"It tells apart: {', '.join(witness.classes)}.")
    embedding = witness.embed(witness.batch([payload]))
    shares = witness.logits(embedding).softmax(1)[0]
    label = witness.classes[int(shares.argmax())]
    number = witness.classes.index(label if about is None else about)
    modality = witness.model.model.modality
    is_picture = modality == "image"
    return Explanation(
        modality=modality,
        label=label,
        about=witness.classes[number],
        probability=float(shares[number]),
        neighbours=nearest(witness.model, embedding, but_for=but_for),
        heat=heat_map(witness, payload, number) if is_picture else None,
        words=None if is_picture else word_values(witness, payload, number),
        all_words=0 if is_picture else sum(1 for _ in split_message(payload)),
    )
