"""The card of a Hub model, from its config and the headers of its weights: no network, no torch, no weights read."""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.models.card import ModelCard
from core.models.hub_families import FAMILIES, Config, Family, Shapes

_USE = 2
"""Counts up whenever the models are used in another way: embeddings that were kept are then not found again."""
_SIDES = range(32, 513, 32)
"""Sides of a picture that a recipe allows."""
_USUAL_SIDE = 224
_MOST_TOKENS = 256
_LONGEST_HEADER = 64 * 1024**2
_STATISTICS = ("running_mean", "running_var")
_PREPARATION = {
    "text": ("tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model"),
    "image": ("preprocessor_config.json",),
}
NO_SAFETENSORS = "has no weights as safetensors, the one format read here: the others can run a stranger's program"


@dataclass(frozen=True, slots=True)
class Weights:
    """What the headers of safetensors files say: shapes and number types of the arrays by name, and all bytes."""

    shapes: Shapes
    types: Mapping[str, str]
    bytes: int


def refusal(name: str, because: str) -> ModelError:
    """One sentence on why the model cannot be used, and what can."""
    return ModelError(
        f"'{name}' {because}.",
        "Check the name and the connection, or use a bundled model: efficientnet-lite0 (pictures), minilm-l6 (text).",
    )


def card_of_folder(name: str, folder: Path) -> ModelCard:
    """The card of a model whose files are all here. ModelError when they are not, or cannot be used."""
    config = read_config(name, folder)
    _family(name, config)  # before the headers are read: the cache may hold a model of a hundred files
    card = make_card(name, config, read_weights(name, folder), read_licence(folder), _revision(folder))
    if not _is_prepared(folder, card.modality):
        raise refusal(name, f"comes without {_PREPARATION[card.modality][0]}, which says how examples are prepared")
    return card


def is_complete(folder: Path) -> bool:
    """True when the folder has weights as safetensors and says how examples are prepared."""
    return bool(weight_files(folder)) and any(_is_prepared(folder, modality) for modality in _PREPARATION)


def make_card(name: str, config: Config, weights: Weights, licence: str, revision: str) -> ModelCard:
    """The card of a model with these facts. ModelError when its architecture cannot be used."""
    family = _family(name, config)
    slug = re.sub(r"[^A-Za-z0-9._]+", "-", name)[-80:].strip("-.")
    try:
        return ModelCard(
            id=f"hub:{name}",
            title=name,
            modality=family.modality,
            knows="A model from the Hugging Face Hub; its page there says what it was trained on.",
            licence=licence,
            parameters=_parameters(weights, family.prefix),
            megabytes=round(weights.bytes / 1e6, 1),
            dimension=family.width(config, weights.shapes),
            input_size=_side(config) if family.modality == "image" else _tokens(config, family),
            identity=f"hub-{slug}-{revision[:12]}-{_USE}",
            stages=1 + family.layers(config),
        )
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        raise refusal(name, "has a config that makes no sense") from error


def read_config(name: str, folder: Path) -> Config:
    """`config.json`; ModelError when there is none."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refusal(name, "has no readable config.json") from error
    if not isinstance(config, dict):
        raise refusal(name, "has no readable config.json")
    return config


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that hold the model, in one piece or in several; none where one of them is missing."""
    whole, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if whole.is_file():
        return [whole]
    try:
        names = sorted({str(name) for name in json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
    files = [folder / Path(name).name for name in names]  # the index is a stranger's: nothing outside the folder
    return files if all(file.is_file() for file in files) else []


def read_weights(name: str, folder: Path) -> Weights:
    """The headers of the model's safetensors files. ModelError when there are none or a file is cut short."""
    files = weight_files(folder)
    if not files:
        raise refusal(name, NO_SAFETENSORS)
    shapes: dict[str, tuple[int, ...]] = {}
    types: dict[str, str] = {}
    for file in files:
        try:
            header = _header(file)
            shapes |= {array: tuple(map(int, about["shape"])) for array, about in header.items()}
            types |= {array: str(about["dtype"]) for array, about in header.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise refusal(name, f"has a damaged file: {file.name} (safetensors)") from error
    return Weights(shapes, types, sum(file.stat().st_size for file in files))


def read_licence(folder: Path) -> str:
    """What the model's page says at its top, where the page lies beside the model."""
    unknown = "see its page on the Hub"
    from huggingface_hub.repocard import metadata_load
    from yaml import YAMLError

    try:
        about = metadata_load(folder / "README.md") or {}
    except (OSError, ValueError, YAMLError):
        return unknown
    licence = about.get("license")
    if licence == "other":
        licence = about.get("license_name") or licence
    return " ".join(licence.split())[:60] or unknown if isinstance(licence, str) else unknown


def _is_prepared(folder: Path, modality: str) -> bool:
    return any((folder / file).is_file() for file in _PREPARATION[modality])


def _family(name: str, config: Config) -> Family:
    kind = config.get("model_type")
    if "AutoModel" in (config.get("auto_map") or {}):
        raise refusal(name, "brings a program of its own, and programs of strangers are never run here")
    if not isinstance(kind, str) or kind not in FAMILIES:
        known = ", ".join(sorted(FAMILIES))
        raise refusal(name, f"is of a kind ({kind}) that cannot be used here; these can: {known}")
    if FAMILIES[kind].modality == "image" and config.get("num_channels", 3) != 3:
        raise refusal(name, "does not take colour pictures")
    return FAMILIES[kind]


def _header(file: Path) -> dict[str, Any]:
    """Eight bytes for its length, then JSON, then the numbers: https://github.com/huggingface/safetensors#format."""
    with file.open("rb") as content:
        length = int.from_bytes(content.read(8), "little")
        if length > _LONGEST_HEADER:
            raise ValueError("the header is longer than any real one")
        header = json.loads(content.read(length))
    header.pop("__metadata__", None)
    if file.stat().st_size < 8 + length + max((about["data_offsets"][1] for about in header.values()), default=1):
        raise ValueError("the file is cut short")
    return header


def _parameters(weights: Weights, prefix: str) -> int:
    """How many numbers of the encoder can learn: no head, no statistics, no counters."""
    encoder = [name for name in weights.shapes if name.startswith(f"{prefix}.")] or list(weights.shapes)
    learning = [name for name in encoder if "F" in weights.types[name] and name.rpartition(".")[2] not in _STATISTICS]
    return sum(math.prod(weights.shapes[name]) for name in learning)


def _side(config: Config) -> int:
    """Its own, where a recipe can say it; DINOv2's 518 it cannot, and its own page uses 224."""
    side = config.get("image_size")
    side = side[0] if isinstance(side, list) and side else side
    return int(side) if side in _SIDES else _USUAL_SIDE


def _tokens(config: Config, family: Family) -> int:
    return min(_MOST_TOKENS, int(config.get("max_position_embeddings") or 512) - family.reserved(config))


def _revision(folder: Path) -> str:
    """The commit that a folder of the Hub's cache is named for; what is in them for any other folder."""
    if folder.parent.name == "snapshots":
        return folder.name
    digest = hashlib.sha256()
    for file in sorted([*folder.glob("*.safetensors"), *folder.glob("*.json")]):
        about = file.stat()
        digest.update(_digest(file, about.st_size, about.st_mtime_ns))
    return digest.hexdigest()


@functools.lru_cache(maxsize=256)
def _digest(file: Path, size: int, changed: int) -> bytes:
    """Of what the file contains; kept, since a page asks for the same card again and again."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest()
