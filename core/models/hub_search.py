"""Models of the Hugging Face Hub to choose from: a short list that is always there, and what the Hub finds when asked.

The facts of the list are those of each model's page, so that nothing has to be fetched to read it. No torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.messages import NOTHING, Message, encode
from core.models.card import base_language
from core.models.hub import FAMILIES, PREFIX, hub_name
from core.models.hub_files import api, find, is_online, unreachable

_FIFTY = (
    "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "gl", "gu", "he", "hi", "hr", "hu",
    "hy", "id", "it", "ja", "ka", "ko", "ku", "lt", "lv", "mk", "mn", "mr", "ms", "my", "nb", "nl", "pl", "pt", "ro",
    "ru", "sk", "sl", "sq", "sr", "sv", "th", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip
_FOUND = 20
"""So many of what the Hub finds are looked at: most of them are of a kind that cannot be used."""


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model that can be had: its name on the Hub, the kind of example it takes, and what its page says.

    `megabytes` are those of its weights, 0 where they are not known; `good_for` is one sentence, or nothing for what
    the Hub found. `languages` are codes; none where they are not known, or it reads nothing.
    """

    name: str
    modality: str
    megabytes: float
    licence: str
    good_for: Message = NOTHING
    languages: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What a recipe calls it."""
        return PREFIX + self.name

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {"id": self.id, **asdict(self), "good_for": encode(self.good_for), "installed": is_here(self.id)}


SUGGESTED: tuple[HubModel, ...] = (
    HubModel(
        "facebook/dinov2-small", "image", 88.2, "Apache-2.0",
        Message("Photos of all kinds, also where classes differ in details only. Learnt from 142 million photos "
                "without labels."),
    ),
    HubModel(
        "microsoft/resnet-50", "image", 102.5, "Apache-2.0",
        Message("Photos of everyday things. A classic convolutional network, found in most textbooks; good to "
                "compare with."),
    ),
    HubModel(
        "google/vit-base-patch16-224-in21k", "image", 345.6, "Apache-2.0",
        Message("Photos, among them many plants, animals and foods: it learnt from 14 million of 21,843 kinds. Slow "
                "without a GPU."),
    ),
    HubModel(
        "BAAI/bge-small-en-v1.5", "text", 133.5, "MIT",
        Message("English messages and short texts: what they are about."), ("en",),
    ),
    HubModel(
        "sentence-transformers/all-mpnet-base-v2", "text", 438.0, "Apache-2.0",
        Message("English texts, where accuracy counts more than time: the larger sibling of MiniLM."), ("en",),
    ),
    HubModel(
        "BAAI/bge-small-zh-v1.5", "text", 95.8, "MIT",
        Message("Chinese messages and short texts. Small and fast."), ("zh",),
    ),
    HubModel(
        "BAAI/bge-base-zh-v1.5", "text", 409.0, "MIT",
        Message("Chinese texts, where accuracy counts more than time."), ("zh",),
    ),
    HubModel(
        "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", "text", 470.6, "Apache-2.0",
        Message("Messages in 50 languages, also several at once."), _FIFTY,
    ),
    HubModel(
        "deepset/gbert-base", "text", 442.0, "MIT",
        Message("German texts. It was trained to fill gaps, so let it be tuned: by contrast, partly or wholly."),
        ("de",),
    ),
    HubModel(
        "almanach/camembert-base", "text", 445.0, "MIT",
        Message("French texts. It was trained to fill gaps, so let it be tuned: by contrast, partly or wholly."),
        ("fr",),
    ),
    HubModel(
        "dbmdz/bert-base-turkish-cased", "text", 445.0, "MIT",
        Message("Turkish texts. It was trained to fill gaps, so let it be tuned: by contrast, partly or wholly."),
        ("tr",),
    ),
)  # fmt: skip
"""Small enough for a laptop, freely licensed, in safetensors, and each of an architecture that is tried by a test."""


def is_here(model_id: str) -> bool:
    """False for a model of the Hub that would have to be fetched first."""
    return not model_id.startswith(PREFIX) or find(hub_name(model_id)) is not None


def suggested(modality: str, languages: Sequence[str] = ()) -> list[HubModel]:
    """Those of the list for a kind of example; of texts in `languages`, only those that know the first of them."""
    fitting = [model for model in SUGGESTED if model.modality == modality]
    if not languages:
        return fitting
    first = base_language(languages[0])
    return [model for model in fitting if not model.languages or first in map(base_language, model.languages)]


def look_for(words: str, modalities: Sequence[str]) -> list[HubModel]:
    """What the Hub finds for some words, most used first, as far as it takes one of these kinds of examples and can be
    used here. ModelError when the Hub cannot be reached."""
    if not is_online("api/models?limit=1"):
        raise unreachable()
    try:
        found = api().list_models(
            search=words, filter="safetensors", sort="downloads", limit=_FOUND,
            expand=["config", "cardData", "safetensors", "gated"], token=False,
        )  # fmt: skip
        models = [_of(one) for one in found]
    except Exception as error:  # the client has a dozen errors for that
        raise unreachable() from error
    return [model for model in models if model and model.modality in modalities]


def _of(found: Any) -> HubModel | None:
    """None for what cannot be used: another architecture, a program of its own, one that is not for everybody."""
    config, card = found.config or {}, found.card_data
    family = FAMILIES.get(str(config.get("model_type")))
    if family is None or found.gated or "AutoModel" in (config.get("auto_map") or {}):
        return None
    about = card.to_dict() if card else {}
    languages = about.get("language") or []
    languages = [languages] if isinstance(languages, str) else languages
    return HubModel(
        str(found.id), family.modality, _megabytes(found.safetensors), str(about.get("license") or ""),
        languages=tuple(str(code) for code in languages if isinstance(code, str)),
    )  # fmt: skip


_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4}


def _megabytes(weights: Any) -> float:
    counts: dict[str, int] = getattr(weights, "parameters", None) or {}
    return round(sum(_BYTES.get(kind, 1) * count for kind, count in counts.items()) / 1e6, 1)
