"""Models of the Hugging Face Hub by id: those on this computer without the network, else what the Hub says. No torch.

`hub:<owner>/<name>` is looked for in the local Hub cache first; `hub:<folder>` is a folder in the same layout.
"""

from __future__ import annotations

from pathlib import Path

from core.errors import ModelError
from core.models.card import ModelCard
from core.models.hub_card import card_of_folder, is_complete, make_card, read_config, read_licence
from core.models.hub_fetch import fetch_about


def get_card(model_id: str) -> ModelCard:
    """The card of `hub:<id>`. ModelError, within seconds, when it can neither be found here nor fetched, nor used."""
    name = model_id.removeprefix("hub:")
    folder = find(name)
    if folder is not None:
        return card_of_folder(name, folder)
    folder, weights = fetch_about(name)
    return make_card(name, read_config(name, folder), weights, read_licence(folder), folder.name)


def cached_cards() -> list[ModelCard]:
    """The models in the local Hub cache that can be used, by name. Nothing is fetched."""
    from huggingface_hub import CacheNotFound, constants, scan_cache_dir

    try:
        repos = scan_cache_dir(constants.HF_HUB_CACHE).repos
    except (CacheNotFound, OSError, ValueError):
        return []
    cards = []
    for name in sorted(repo.repo_id for repo in repos if repo.repo_type == "model"):
        folder = find(name)
        try:
            if folder is not None:
                cards.append(card_of_folder(name, folder))
        except ModelError:  # of another kind: the cache serves every program on this computer
            continue
    return cards


def find(name: str) -> Path | None:
    """A folder of this name, or else the snapshot in the cache; None when there is none or files of it are missing."""
    if _is_folder(name):
        return Path(name)
    folder = _snapshot(name)
    return folder if folder is not None and is_complete(folder) else None


def _is_folder(name: str) -> bool:
    try:
        return bool(name) and (Path(name) / "config.json").is_file()
    except (OSError, ValueError):  # no name a folder could have
        return False


def _snapshot(name: str) -> Path | None:
    from huggingface_hub import constants, try_to_load_from_cache
    from huggingface_hub.utils import HFValidationError

    try:
        config = try_to_load_from_cache(name, "config.json", cache_dir=constants.HF_HUB_CACHE)
    except (HFValidationError, OSError, ValueError):
        return None
    return Path(config).parent if isinstance(config, str) else None
