"""What is fetched over the network from the Hugging Face Hub, and how soon one gives up. No torch."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.models.hub_card import NO_SAFETENSORS, Weights, refusal

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_PATIENCE = 2.0
"""Seconds in which the Hub must have answered once; its own client goes on trying for half a minute."""
_ABOUT = ["config.json", "README.md"]
_MODEL = ["*.json", "*.txt", "*.model", "README.md", "model.safetensors", "model-*.safetensors"]


def fetch_about(name: str) -> tuple[Path, Weights]:
    """The folder that now holds the config and the page of a model, and what the headers of its weights say.

    ModelError when the Hub cannot be reached, does not have it, or has it without safetensors.
    """
    from huggingface_hub.errors import NotASafetensorsRepoError

    folder = _download(name, _ABOUT)
    try:
        files = _api().get_safetensors_metadata(name, revision=folder.name).files_metadata
    except NotASafetensorsRepoError as error:
        raise refusal(name, NO_SAFETENSORS) from error
    except Exception as error:  # the client has a dozen errors for that
        raise _unavailable(name) from error
    tensors = {array: about for file in files.values() for array, about in file.tensors.items()}
    return folder, Weights(
        shapes={array: tuple(about.shape) for array, about in tensors.items()},
        types={array: about.dtype for array, about in tensors.items()},
        bytes=sum(about.data_offsets[1] - about.data_offsets[0] for about in tensors.values()),
    )


def fetch_model(name: str) -> Path:
    """The folder that now holds all of a model's files. ModelError when they cannot be had."""
    return _download(name, _MODEL)


def _download(name: str, files: list[str]) -> Path:
    from huggingface_hub import constants, utils

    if constants.is_offline_mode() or not _is_id(name) or not _answers(name):
        raise _unavailable(name)
    utils.disable_progress_bars()
    utils.logging.set_verbosity_error()
    try:
        # Folders inside hold the same model for other programs.
        kept = {"allow_patterns": files, "ignore_patterns": ["*/*"], "cache_dir": constants.HF_HUB_CACHE}
        return Path(_api().snapshot_download(name, etag_timeout=_PATIENCE, **kept))
    except Exception as error:  # the client has a dozen errors for that
        raise _unavailable(name) from error


def _api() -> HfApi:
    from huggingface_hub import HfApi, constants

    return HfApi(endpoint=constants.ENDPOINT)


def _unavailable(name: str) -> ModelError:
    return refusal(
        name, "could not be fetched from the Hugging Face Hub, and this computer has no usable copy (safetensors)"
    )


def _is_id(name: str) -> bool:
    from huggingface_hub.utils import HFValidationError, validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def _answers(name: str) -> bool:
    """True when the Hub says anything at all about a model soon: its client alone would try for half a minute.

    Asked in a thread, since looking up a host's name knows no time limit; through the client's own session, which knows
    proxies and certificates, but without its retries.
    """
    from huggingface_hub import constants, utils

    answered = threading.Event()

    def ask() -> None:
        try:
            utils.get_session().head(f"{constants.ENDPOINT}/{name}/resolve/main/config.json", timeout=_PATIENCE)
        except Exception:  # no network, no such host, a stranger's certificate, an answer that is no HTTP
            return
        answered.set()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return answered.is_set()
