"""Models of the Hugging Face Hub: the architectures that can be used here, and the card of each model. No torch.

A card is made from the model's config and the headers of its weights; the weights themselves are not read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import ModelError
from core.messages import Message, quoted
from core.models.card import ModelCard
from core.models.hub_files import (
    PROCESSORS,
    TOKENIZERS,
    Config,
    Shapes,
    Weights,
    cached_names,
    endpoint,
    fetch_about,
    find,
    holds_one_of,
    read_config,
    read_licence,
    read_weights,
    refusal,
    revision,
)

PREFIX = "hub:"
"""Begins the id of every such model: `hub:<owner>/<name>`, or `hub:<folder>`."""
_USE = 2
"""Counts up whenever the models are used in another way: embeddings that were kept are then not found again."""
_SIDES = range(32, 513, 32)
"""Sides of a picture that a recipe allows."""
_USUAL_SIDE = 224
_MOST_TOKENS = 256
_MOST_BYTES = 3_000_000_000
"""Of weights. Larger ones take minutes to load and more memory than most laptops have, to look at one example."""
_STATISTICS = ("running_mean", "running_var")


@dataclass(frozen=True, slots=True)
class Family:
    """What one architecture of `transformers` has in common.

    `modality` is the kind of example it takes, `backbone` the function that loads it (see `ModelCard`) and
    `preparation` the files of which one must say how examples are prepared. `width(config, shapes)` is the length of an
    embedding, `layers(config)` how many layers are repeated and `input_size(config)` pixels a side or tokens. `prefix`
    comes before the names of the encoder's own arrays where it was saved together with a head. `separable` says that
    the layers can be run one after the other from outside, each on what the one before gives: then the network can be
    cut.
    """

    modality: str
    backbone: str
    preparation: tuple[str, ...]
    width: Callable[[Config, Shapes], int]
    layers: Callable[[Config], int]
    input_size: Callable[[Config], int]
    prefix: str
    separable: bool = False


Width = Callable[[Config, Shapes], int]
Depth = Callable[[Config], int]


def _wide(name: str, usual: int) -> Width:
    """The config's value of this name; what `transformers` takes for it where an older config says nothing."""
    return lambda config, shapes: int(config.get(name) or usual)


def _deep(name: str, usual: int) -> Depth:
    return lambda config: int(config.get(name) or usual)


_WIDE, _DEEP = _wide("hidden_size", 768), _deep("num_hidden_layers", 12)


def _length(name: str, usual: int) -> Depth:
    return lambda config: len(config.get(name) or range(usual))


def _last(name: str, usual: int) -> Width:
    return lambda config, shapes: int((config.get(name) or [usual])[-1])


def _texts(
    prefix: str,
    width: Width = _WIDE,
    layers: Depth = _DEEP,
    *,
    separable: bool = True,
    reserved: Depth = lambda config: 0,
) -> Family:
    """An encoder of texts. `reserved` is how many of its positions never hold a token."""

    def tokens(config: Config) -> int:
        return min(_MOST_TOKENS, int(config.get("max_position_embeddings") or 512) - reserved(config))

    load = "core.models.backbones.sentence:load_from_hub"
    return Family("text", load, TOKENIZERS, width, layers, tokens, prefix, separable)


def _roberta(prefix: str, separable: bool = True) -> Family:
    """Positions count from behind the padding's number: of 514 only 512 can hold a token."""
    return _texts(prefix, separable=separable, reserved=lambda config: int(config.get("pad_token_id", 1)) + 1)


def _pictures(prefix: str, width: Width = _WIDE, layers: Depth = _DEEP, *, separable: bool = True) -> Family:
    load = "core.models.backbones.hub_image:load"
    return Family("image", load, PROCESSORS, width, layers, _side, prefix, separable)


def _side(config: Config) -> int:
    """Its own, where a recipe can say it; DINOv2's 518 it cannot, and its own page uses 224."""
    side = config.get("image_size")
    side = side[0] if isinstance(side, list) and side else side
    return side if isinstance(side, int) and side in _SIDES else _USUAL_SIDE


def _pyramid(prefix: str, width: int) -> Family:
    """A ConvNet of a few stages, each wider than the one below."""
    return _pictures(prefix, _last("hidden_sizes", width), _length("depths", 4))


def _swin_width(config: Config, shapes: Shapes) -> int:
    return int(config.get("embed_dim") or 96) * 2 ** (_length("depths", 4)(config) - 1)


def _mobilenet_width(config: Config, shapes: Shapes) -> int:
    """Its config only says by how much the usual width is multiplied, before rounding; the weights know."""
    name = "conv_1x1.convolution.weight"
    return (shapes.get(f"mobilenet_v2.{name}") or shapes.get(name) or (0,))[0]


FAMILIES: Mapping[str, Family] = {
    "bert": _texts("bert"),
    "camembert": _roberta("roberta"),
    "convnext": _pyramid("convnext", 768),
    "convnextv2": _pyramid("convnextv2", 768),
    "deit": _pictures("deit"),
    "dinov2": _pictures("dinov2"),
    "dinov2_with_registers": _pictures("dinov2_with_registers"),
    "distilbert": _texts("distilbert", _wide("dim", 768), _deep("n_layers", 6)),
    "electra": _texts("electra", _wide("hidden_size", 256), _deep("num_hidden_layers", 12)),
    "mobilenet_v2": _pictures("mobilenet_v2", _mobilenet_width, lambda config: 16),
    "modernbert": _texts("model", _wide("hidden_size", 768), _deep("num_hidden_layers", 22), separable=False),
    "mpnet": _roberta("mpnet", separable=False),
    "regnet": _pyramid("regnet", 1088),
    "resnet": _pyramid("resnet", 2048),
    "roberta": _roberta("roberta"),
    "swin": _pictures("swin", _swin_width, _length("depths", 4), separable=False),
    "vit": _pictures("vit"),
    "xlm-roberta": _roberta("roberta"),
}
"""By the `model_type` of the config. Each is loaded, trained and translated by a test."""


def hub_name(model_id: str) -> str:
    """The name on the Hub, or the folder, of `hub:<name>`."""
    return model_id.removeprefix(PREFIX)


def get_card(model_id: str) -> ModelCard:
    """The card of `hub:<name>`. ModelError, within seconds, when it can neither be found here nor fetched, nor used."""
    name = hub_name(model_id)
    folder = find(name)
    return _card_of_folder(name, folder) if folder else _card_from_the_hub(name, endpoint())


@lru_cache(maxsize=64)
def _card_from_the_hub(name: str, address: str) -> ModelCard:
    """Kept while the program runs, since a page asks for the same card again and again; a refusal is not."""
    folder, weights = fetch_about(name)
    return make_card(name, read_config(name, folder), weights, read_licence(folder), folder.name)


def cached_cards() -> list[ModelCard]:
    """The models in the local Hub cache that can be used, by name. Nothing is fetched."""
    cards = []
    for name in cached_names():
        folder = find(name)
        try:
            if folder is not None:
                cards.append(_card_of_folder(name, folder))
        except ModelError:  # of another kind: the cache serves every program on this computer
            continue
    return cards


def make_card(name: str, config: Config, weights: Weights, licence: str, commit: str) -> ModelCard:
    """The card of a model with these facts. ModelError when its architecture cannot be used."""
    family = _family(name, config)
    if weights.bytes > _MOST_BYTES:
        raise refusal(
            Message("'{name}' is too large: {size:bytes}. Models of up to {most:bytes} can be used here.", name=name,
                    size=weights.bytes, most=_MOST_BYTES),
            Message("Most makers have smaller ones, called small or base."),
        )  # fmt: skip
    slug = re.sub(r"[^A-Za-z0-9._]+", "-", name)[-80:].strip("-.")
    try:
        return ModelCard(
            id=f"{PREFIX}{name}",
            title=quoted(name),
            modality=family.modality,
            knows=Message("A model from the Hugging Face Hub; its page there says what it was trained on."),
            licence=licence,
            parameters=_parameters(weights, family.prefix),
            megabytes=round(weights.bytes / 1e6, 1),
            dimension=family.width(config, weights.shapes),
            input_size=family.input_size(config),
            identity=f"hub-{slug}-{commit[:12]}-{_USE}",
            stages=1 + family.layers(config),
            backbone=family.backbone,
        )
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        raise refusal(Message("'{name}' has a config that makes no sense.", name=name)) from error


def _card_of_folder(name: str, folder: Path) -> ModelCard:
    """The card of a model whose files are all here. ModelError when they are not, or cannot be used."""
    config = read_config(name, folder)
    preparation = _family(name, config).preparation  # before the headers are read: there may be a hundred files
    card = make_card(name, config, read_weights(name, folder), read_licence(folder), revision(folder))
    if not holds_one_of(folder, preparation):
        raise refusal(
            Message(
                "'{name}' comes without {file}, which says how examples are prepared.", name=name, file=preparation[0]
            )
        )
    return card


def _family(name: str, config: Config) -> Family:
    kind = config.get("model_type")
    if "AutoModel" in (config.get("auto_map") or {}):
        raise refusal(
            Message("'{name}' brings a program of its own, and programs of strangers are never run here.", name=name)
        )
    if not isinstance(kind, str) or kind not in FAMILIES:
        raise refusal(
            Message(
                "'{name}' is of a kind ({kind}) that cannot be used here; these can: {known:list}.",
                name=name,
                kind=str(kind),
                known=tuple(sorted(FAMILIES)),
            )
        )
    if config.get("num_channels", 3) != 3:
        raise refusal(Message("'{name}' does not take colour pictures.", name=name))
    return FAMILIES[kind]


def _parameters(weights: Weights, prefix: str) -> int:
    """How many numbers of the encoder can learn: no head, no statistics, no counters."""
    encoder = [name for name in weights.shapes if name.startswith(f"{prefix}.")] or list(weights.shapes)
    learning = [name for name in encoder if "F" in weights.types[name] and name.rpartition(".")[2] not in _STATISTICS]
    return sum(math.prod(weights.shapes[name]) for name in learning)
