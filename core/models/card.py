"""What a person reads about a model before choosing it. No torch here: the pages show cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from core.messages import NOTHING, Message, encode, quoted, revived


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Facts about one pretrained model.

    `modality` is the kind of example it takes; `knows` is one plain sentence. `parameters` is a count, `megabytes` the
    size of the weights, `dimension` the length of an embedding, `input_size` pixels a side (pictures), tokens (text)
    or mel bands of a spectrogram (sounds).
    `identity` changes whenever the weights or the way they are used change: caches are keyed by it. `backbone` names
    what gives the network, as "module:function"; it is called with the card and the workspace.

    `licence` is a name such as "Apache-2.0"; "" where there is none or it is not known. `stages` is how many parts it
    has from input to output (see `Backbone.layer_groups`); 0 when that is not known before it is loaded. A `blank`
    model is a network with random weights, to be pretrained here; `features` is the id of the model whose embeddings it
    takes as they are, if any. `variation` is how examples are augmented in training unless somebody says; "" is the
    usual level of their kind. `source` says where the weights come from, as one sentence. One that `fits` must meet the
    training examples before it can see any (see `Backbone.meet`): how they become numbers is its own in each training.
    `languages` are the codes of those that it was trained on ("en", "zh-Hant"; see `core.data.languages`); none where
    that is not known, or it reads nothing. One that `masks` can learn from examples without a class: parts of them are
    hidden from it (see `Backbone.guesser`). Of its parameters `packed` are in a table that stays packed: no saved
    model holds them (see `PackedWords`). One that answers `in_context` is shown the training examples with their
    classes (see `Backbone.show`), and keeps them. `network` is the id of the model that has the same network with other
    features, if any: it is as fast, and where a network is tuned there is no need for both. `most_classes` is how many
    it can tell apart; 0 where there is no limit.
    """

    id: str
    title: Message
    modality: str
    knows: Message
    licence: str
    parameters: int
    megabytes: float
    dimension: int
    input_size: int
    identity: str
    backbone: str
    stages: int = 0
    blank: bool = False
    features: str = ""
    variation: str = ""
    fits: bool = False
    source: Message = NOTHING
    in_context: bool = False
    most_classes: int = 0
    languages: tuple[str, ...] = ()
    masks: bool = False
    packed: int = 0
    network: str = ""

    def knows_language(self, code: str) -> bool | None:
        """Whether it was trained on texts in a language, whatever the region or script ("pt" for "pt-BR"); None where
        that is not known."""
        own = {base_language(one) for one in self.languages}
        return base_language(code) in own if own else None

    @property
    def holds_examples(self) -> Message:
        """What whoever passes a trained one on must know; nothing of models that hold no examples."""
        if not self.in_context:
            return NOTHING
        return Message("The model answers from the labelled examples that it was trained on, so they are in its file.")

    @property
    def licence_note(self) -> Message:
        """The licence, or what is known instead."""
        if self.licence:
            return quoted(self.licence)
        elsewhere = self.id.startswith("hub:")
        return Message("see its page on the Hub") if elsewhere else Message("none needed: it was trained here")

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: encode(value) if isinstance(value, Message) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelCard:
        """The inverse of `to_dict`; TypeError where it is not one."""
        values = {name: revived(value) for name, value in data.items()}
        return cls(**{**values, "languages": tuple(values.get("languages", ()))})


def base_language(code: str) -> str:
    """A language's code without region or script: "pt" of "pt-BR"."""
    return code.replace("_", "-").partition("-")[0].lower()
