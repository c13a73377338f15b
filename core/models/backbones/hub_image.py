"""Image encoders of the Hugging Face Hub, as `transformers` runs them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from core.modalities.image.modality import ImageSpec
from core.models.backbone import HUB_MODULE, Backbone, LayerGroup, layer_groups_of, repeated_layers
from core.models.backbones.hub import from_hub, load_encoder, quiet_transformers
from core.models.card import ModelCard
from core.models.hub import FAMILIES
from core.workspace import Workspace

_MOMENTUM = 0.1


class HubImageBackbone(Backbone):
    """An image encoder of `transformers`: what it pools, or its first token (the class token) where it does not."""

    def __init__(self, card: ModelCard, network: PreTrainedModel, processor: Any) -> None:
        super().__init__(card)
        self.network = network
        scale = 1 / processor.rescale_factor if processor.do_rescale else 1.0
        normalises = processor.do_normalize
        self._mean = _scaled(processor.image_mean if normalises else (0.0, 0.0, 0.0), scale if normalises else 1.0)
        self._std = _scaled(processor.image_std if normalises else (1.0, 1.0, 1.0), scale)
        # Transformers know positions for one size of picture; for another they must be asked to stretch them.
        stretch = "interpolate_pos_encoding"
        self._options = {stretch: True} if stretch in signature(network.forward).parameters else {}
        self.eval()

    def spec(self, size: int | None = None) -> ImageSpec:
        return ImageSpec(size or self.card.input_size, self._mean, self._std)

    def hub_parts(self, size: int | None = None) -> tuple[PreTrainedModel, dict[str, bytes]]:
        name = "PictureProcessor"
        about = {
            "image_processor_type": name, "auto_map": {"AutoImageProcessor": f"{HUB_MODULE}.{name}"},
            **asdict(self.spec(size)),
        }  # fmt: skip
        return self.network, {"preprocessor_config.json": json.dumps(about, indent=1).encode()}

    def forward(self, pixels: Tensor) -> Tensor:
        output = self.network(pixel_values=pixels, **self._options)
        pooled = getattr(output, "pooler_output", None)
        return output.last_hidden_state[:, 0] if pooled is None else pooled.flatten(1)

    def layer_groups(self) -> list[LayerGroup]:
        return layer_groups_of(self.network)

    def split(self, group: int) -> tuple[nn.Module, nn.Module] | None:
        if not FAMILIES[self.network.config.model_type].separable:
            return None
        layers = repeated_layers(self.network)
        parts = list(self.network.children())
        at = next(i for i, part in enumerate(parts) if any(module is layers for module in part.modules()))
        below = _Below(parts[:at], layers[: group - 1], self._options)
        return below, _Above(layers[group - 1 :], parts[at + 1 :])

    def forget(self) -> None:
        fresh = type(self.network)(self.network.config).state_dict()
        self.network.load_state_dict({name: fresh[name] for name in self.network.state_dict()})
        for module in self.network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.momentum = _MOMENTUM  # MobileNetV2's 0.997 would keep only what the last batch was like

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        side = size or self.card.input_size
        return {"pixels": torch.linspace(-1, 1, 2 * 3 * side * side).reshape(2, 3, side, side)}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {"pixels": {0: "n", 2: "height", 3: "width"}}


def _scaled(channels: Sequence[float], scale: float) -> tuple[float, float, float]:
    red, green, blue = (value * scale for value in channels)
    return red, green, blue


class _Below(nn.Module):
    """The first parts of a network, and its layers up to a cut."""

    def __init__(self, parts: Iterable[nn.Module], layers: Iterable[nn.Module], options: dict[str, Any]) -> None:
        super().__init__()
        self.first, *others = parts
        self.others = nn.ModuleList([*others, *layers])
        self.options = options

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.first(pixels, **self.options)
        for part in self.others:
            x = part(x)
        return x


class _Above(nn.Module):
    """The layers above a cut, and the parts that follow them."""

    def __init__(self, layers: Iterable[nn.Module], parts: Iterable[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.parts = nn.ModuleList(parts)

    def forward(self, activations: Tensor) -> Tensor:
        x = activations
        for layer in self.layers:
            x = layer(x)
        for part in self.parts:
            if isinstance(part, nn.LayerNorm) and x.dim() == 4:
                x = x.mean((2, 3))  # ConvNeXt averages first
            x = part(x)
        return x[:, 0] if x.dim() == 3 else x.flatten(1)


def load(card: ModelCard, workspace: Workspace) -> HubImageBackbone:
    """The encoder behind a card of the Hub. ModelError when its files cannot be had here or do not fit together."""

    def made(folder: Path) -> HubImageBackbone:
        processors = quiet_transformers().AutoImageProcessor
        processor = processors.from_pretrained(folder, trust_remote_code=False, local_files_only=True, backend="pil")
        return HubImageBackbone(card, load_encoder(folder), processor)

    return from_hub(card, made)
