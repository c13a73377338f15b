"""Models of the Hugging Face Hub by id, when online or in the local Hub cache. Safetensors only, no remote code."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import ModelError
from core.modalities.image import ImageSpec
from core.models.backbone import Backbone, Stage, stages_of
from core.models.card import ModelCard
from core.models.hugging_face import quiet_transformers
from core.models.sentence import sentence_encoder


class HubImageBackbone(Backbone):
    """An image encoder of `transformers`: its pooled output, or the mean over positions where it has none."""

    def __init__(self, card: ModelCard, network: nn.Module, processor: Any) -> None:
        super().__init__(card)
        self.network = network
        scale = 1 / getattr(processor, "rescale_factor", 1 / 255)
        self._mean = tuple(v * scale for v in processor.image_mean)
        self._std = tuple(v * scale for v in processor.image_std)
        self.eval()

    def spec(self, size: int | None = None) -> ImageSpec:
        return ImageSpec(size or self.card.input_size, self._mean, self._std)

    def forward(self, pixels: Tensor) -> Tensor:
        output = self.network(pixel_values=pixels)
        pooled = getattr(output, "pooler_output", None)
        if pooled is not None:
            return pooled.flatten(1)
        hidden = output.last_hidden_state
        return hidden.mean(1) if hidden.dim() == 3 else hidden.mean((2, 3))

    def stages(self) -> list[Stage]:
        return stages_of(self.network)

    def forget(self) -> None:
        self.network.load_state_dict(type(self.network)(self.network.config).state_dict())

    def example_inputs(self) -> dict[str, Tensor]:
        side = self.card.input_size
        return {"pixels": torch.linspace(-1, 1, 2 * 3 * side * side).reshape(2, 3, side, side)}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {"pixels": {0: "n"}}


def get_card(model_id: str) -> ModelCard:
    """The card of `hub:<id>`, from the model's own config. ModelError when it cannot be had here."""
    transformers = quiet_transformers()
    name = model_id.removeprefix("hub:")
    try:
        config = transformers.AutoConfig.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise _unavailable(name) from error
    picture = hasattr(config, "num_channels")
    revision = getattr(config, "_commit_hash", None) or _digest(Path(name))
    return ModelCard(
        id=model_id,
        title=name,
        modality="image" if picture else "text",
        knows="A model from the Hugging Face Hub; its page there says what it was trained on.",
        licence="see its page on the Hub",
        parameters=0,
        megabytes=0.0,
        dimension=int(getattr(config, "hidden_size", 0) or (getattr(config, "hidden_sizes", None) or [0])[-1]),
        input_size=_side(config) if picture else min(256, int(getattr(config, "max_position_embeddings", 256))),
        identity=f"hub-{name.replace('/', '--')}-{revision[:12]}",
    )


def load(card: ModelCard) -> Backbone:
    """The encoder behind a hub card. ModelError when its files cannot be had here or are not safetensors."""
    name = card.title
    try:
        if card.modality == "text":
            backbone: Backbone = sentence_encoder(card, name)
        else:
            transformers = quiet_transformers()
            processor = transformers.AutoImageProcessor.from_pretrained(name, trust_remote_code=False, backend="pil")
            network = transformers.AutoModel.from_pretrained(
                name, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
            )
            backbone = HubImageBackbone(card, network, processor)
    except (OSError, ValueError, ImportError) as error:
        raise _unavailable(name) from error
    parameters = sum(p.numel() for p in backbone.parameters())
    backbone.card = replace(card, parameters=parameters, megabytes=round(parameters * 4 / 1e6, 1))
    with torch.inference_mode():
        dimension = backbone(**backbone.example_inputs()).shape[1]
    backbone.card = replace(backbone.card, dimension=dimension)
    return backbone


def _digest(folder: Path) -> str:
    """What names the weights in a local folder, which has no revision."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def _side(config: Any) -> int:
    side = getattr(config, "image_size", None) or 224
    return int(side if isinstance(side, int) else side[0])


def _unavailable(name: str) -> ModelError:
    return ModelError(
        f"'{name}' could not be fetched from the Hugging Face Hub, and this computer has no usable copy (safetensors).",
        "Check the name and the connection, or use a bundled model: efficientnet-lite0 (pictures), minilm-l6 (text).",
    )
