"""The architectures of the Hub that can be used here, and what their configs say. No torch: the pages list them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Config = Mapping[str, Any]
"""A model's own `config.json`."""
Shapes = Mapping[str, tuple[int, ...]]
"""The shape of every array in a model's safetensors files, by name."""


@dataclass(frozen=True, slots=True)
class Family:
    """What one architecture of `transformers` has in common.

    `width(config, shapes)` is the length of an embedding and `layers(config)` how many layers are repeated. `prefix`
    comes before the names of the encoder's own arrays where it was saved together with a head. `separable` says that
    the layers can be run one after the other from outside, each on what the one before gives: then the network can be
    cut. `reserved` is how many positions never hold a token, for text.
    """

    modality: str
    width: Callable[[Config, Shapes], int]
    layers: Callable[[Config], int]
    prefix: str
    separable: bool = False
    reserved: Callable[[Config], int] = lambda config: 0


def _number(name: str, usual: int) -> Callable[..., int]:
    """The config's value of this name; what `transformers` takes for it where an older config says nothing."""
    return lambda config, shapes=None: int(config.get(name) or usual)


def _length(name: str, usual: int) -> Callable[..., int]:
    return lambda config: len(config.get(name) or range(usual))


def _last(name: str, usual: int) -> Callable[..., int]:
    return lambda config, shapes: int((config.get(name) or [usual])[-1])


def _transformer(modality: str, prefix: str, **more: Any) -> Family:
    return Family(modality, _number("hidden_size", 768), _number("num_hidden_layers", 12), prefix, **more)


def _roberta(prefix: str, separable: bool = True) -> Family:
    """Positions count from behind the padding's number: of 514 only 512 can hold a token."""
    return _transformer(
        "text", prefix, separable=separable, reserved=lambda config: int(config.get("pad_token_id", 1)) + 1
    )


def _pyramid(prefix: str, width: int) -> Family:
    """A ConvNet of a few stages, each wider than the one below."""
    return Family("image", _last("hidden_sizes", width), _length("depths", 4), prefix, separable=True)


def _swin_width(config: Config, shapes: Shapes) -> int:
    return int(config.get("embed_dim") or 96) * 2 ** (_length("depths", 4)(config) - 1)


def _mobilenet_width(config: Config, shapes: Shapes) -> int:
    """Its config only says by how much the usual width is multiplied, before rounding; the weights know."""
    name = "conv_1x1.convolution.weight"
    return (shapes.get(f"mobilenet_v2.{name}") or shapes.get(name) or (0,))[0]


FAMILIES: Mapping[str, Family] = {
    "bert": _transformer("text", "bert", separable=True),
    "camembert": _roberta("roberta"),
    "convnext": _pyramid("convnext", 768),
    "convnextv2": _pyramid("convnextv2", 768),
    "deit": _transformer("image", "deit", separable=True),
    "dinov2": _transformer("image", "dinov2", separable=True),
    "dinov2_with_registers": _transformer("image", "dinov2_with_registers", separable=True),
    "distilbert": Family("text", _number("dim", 768), _number("n_layers", 6), "distilbert", separable=True),
    "electra": Family("text", _number("hidden_size", 256), _number("num_hidden_layers", 12), "electra", separable=True),
    "mobilenet_v2": Family("image", _mobilenet_width, lambda config: 16, "mobilenet_v2", separable=True),
    "modernbert": Family("text", _number("hidden_size", 768), _number("num_hidden_layers", 22), "model"),
    "mpnet": _roberta("mpnet", separable=False),
    "regnet": _pyramid("regnet", 1088),
    "resnet": _pyramid("resnet", 2048),
    "roberta": _roberta("roberta"),
    "swin": Family("image", _swin_width, _length("depths", 4), "swin"),
    "vit": _transformer("image", "vit", separable=True),
    "xlm-roberta": _roberta("roberta"),
}
"""By the `model_type` of the config. Each is loaded, trained and translated by a test."""
