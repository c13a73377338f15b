"""Pictures for `transformers`: what an encoder pools, or its class token; and how a picture becomes numbers."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

from PIL import Image
from torch import Tensor
from transformers import BatchFeature
from transformers.image_processing_utils import BaseImageProcessor
from transformers.modeling_outputs import ImageClassifierOutput

from core.export.standalone.classifier import Classifier
from core.modalities.image.decoding import usual
from core.modalities.image.pixels import as_pixels


class ImageClassifier(Classifier):
    main_input_name = "pixel_values"

    def forward(self, pixel_values: Tensor, **others: Any) -> ImageClassifierOutput:
        # Transformers know positions for one size of picture; for another they must be asked to stretch them.
        stretch = "interpolate_pos_encoding"
        options = {stretch: True} if stretch in signature(self.encoder.forward).parameters else {}
        output = self.encoder(pixel_values=pixel_values, **options)
        pooled = getattr(output, "pooler_output", None)
        embeddings = output.last_hidden_state[:, 0] if pooled is None else pooled.flatten(1)
        return ImageClassifierOutput(logits=self.logits(embeddings))


class PictureProcessor(BaseImageProcessor):
    """Pictures (of Pillow) as the training saw them: sides scaled to `size` pixels, `(x - mean) / std` on 0..255."""

    def __init__(self, size: int, mean: Sequence[float], std: Sequence[float], **others: Any) -> None:
        super().__init__(**others)
        self.size, self.mean, self.std = size, mean, std

    def preprocess(self, images: Any, *args: Any, **kwargs: Any) -> BatchFeature:
        given = [images] if isinstance(images, Image.Image) else images
        pixels = as_pixels([usual(picture) for picture in given], self.size, self.mean, self.std)
        return BatchFeature({"pixel_values": pixels}, tensor_type=kwargs.get("return_tensors"))
