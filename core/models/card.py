"""What a person reads about a model before choosing it. No torch here: the pages show cards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Facts about one pretrained model.

    `knows` is one plain sentence; `parameters` a count; `megabytes` the size of the weights; `dimension` the
    length of an embedding; `input_size` pixels a side (pictures) or tokens (text). `identity` changes whenever the
    weights or the way they are used change: caches are keyed by it. `stages` is how many parts it has from input to
    output (see `Backbone.stages`); 0 when that is not known before it is loaded. A `blank` model is a network without
    knowledge, to be pretrained here; `features` is the id of the model whose embeddings it takes as they are, if any.
    `variation` is how examples are varied in training unless somebody says; "" is the usual for their kind. `backbone`
    names what gives the network, as "module:function": it is called with the card and the workspace.
    """

    id: str
    title: str
    modality: str
    knows: str
    licence: str
    parameters: int
    megabytes: float
    dimension: int
    input_size: int
    identity: str
    stages: int = 0
    blank: bool = False
    features: str = ""
    variation: str = ""
    backbone: str = ""
