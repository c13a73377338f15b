"""The files of a model of the Hugging Face Hub: those on this computer, else fetched within seconds. No torch.

`<owner>/<name>` is looked for in the local Hub cache; a folder in the same layout can be named instead. Of the weights
only the headers are read here. Safetensors alone are taken: other formats can run a stranger's program.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from safetensors import SafetensorError, safe_open

from core.errors import ModelError
from core.messages import Message

if TYPE_CHECKING:
    from huggingface_hub import HfApi  # a second to import: only asked for when a Hub model is

Config: TypeAlias = Mapping[str, Any]
"""A model's own `config.json`."""
Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
"""The shape of every array in a model's safetensors files, by name."""

TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model")
PROCESSORS = ("preprocessor_config.json",)
"""Files that say how examples are prepared; one of them is enough."""

_PATIENCE = 2.0
"""Seconds in which the Hub must have answered once; its own client goes on trying for half a minute."""
_ADVICE = Message(
    "Check the name and the connection, or use a bundled model: efficientnet-lite0 (pictures), minilm-l6 (text)."
)
_ABOUT = ["config.json", "README.md"]
_MODEL = ["*.json", "*.txt", "*.model", "README.md", "model.safetensors", "model-*.safetensors"]


@dataclass(frozen=True, slots=True)
class Weights:
    """What the headers of safetensors files say: shapes and number types of the arrays by name, and all bytes."""

    shapes: Shapes
    types: Mapping[str, str]
    bytes: int


def refusal(because: Message, advice: Message = _ADVICE) -> ModelError:
    """Why a model cannot be used, and what can."""
    return ModelError(because, advice)


def find(name: str) -> Path | None:
    """A folder of this name, else the snapshot in the cache; None when there is none or files of it are missing."""
    if _is_folder(name):
        return Path(name)
    folder = _snapshot(name)
    if folder is None or not weight_files(folder) or not holds_one_of(folder, (*TOKENIZERS, *PROCESSORS)):
        return None
    return folder


def holds_one_of(folder: Path, names: Iterable[str]) -> bool:
    """True when a file of one of these names lies in the folder."""
    return any((folder / name).is_file() for name in names)


def cached_names() -> list[str]:
    """The models in the local Hub cache, whether they can be used or not."""
    from huggingface_hub import CacheNotFound, constants, scan_cache_dir

    try:
        repos = scan_cache_dir(constants.HF_HUB_CACHE).repos
    except (CacheNotFound, OSError, ValueError):
        return []
    return sorted(repo.repo_id for repo in repos if repo.repo_type == "model")


def read_config(name: str, folder: Path) -> Config:
    """`config.json`; ModelError when there is none."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        config = None
    if not isinstance(config, dict):
        raise refusal(Message("'{name}' has no readable config.json.", name=name))
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
        raise refusal(_no_safetensors(name))
    shapes: dict[str, tuple[int, ...]] = {}
    types: dict[str, str] = {}
    for file in files:
        try:
            with safe_open(file, "numpy") as arrays:
                for array in arrays.keys():  # noqa: SIM118 - it is no dictionary
                    about = arrays.get_slice(array)
                    shapes[array], types[array] = tuple(about.get_shape()), str(about.get_dtype())
        except (OSError, SafetensorError) as error:
            raise refusal(
                Message("'{name}' has a damaged file: {file} (safetensors).", name=name, file=file.name)
            ) from error
    return Weights(shapes, types, sum(file.stat().st_size for file in files))


def read_licence(folder: Path) -> str:
    """What the model's page says at its top, where the page lies beside the model; "" where it says nothing."""
    from huggingface_hub.repocard import metadata_load
    from yaml import YAMLError

    try:
        about = metadata_load(folder / "README.md") or {}
    except (OSError, ValueError, YAMLError):
        return ""
    licence = about.get("license")
    if licence == "other":
        licence = about.get("license_name") or licence
    return " ".join(licence.split())[:60] if isinstance(licence, str) else ""


def revision(folder: Path) -> str:
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


def _no_safetensors(name: str) -> Message:
    return Message(
        "'{name}' has no weights as safetensors, the one format read here: the others can run a stranger's program.",
        name=name,
    )


def _is_folder(name: str) -> bool:
    try:
        return bool(name) and (Path(name) / "config.json").is_file()
    except (OSError, ValueError):  # no name a folder could have
        return False


def _snapshot(name: str) -> Path | None:
    from huggingface_hub import constants, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(name, "config.json", cache_dir=constants.HF_HUB_CACHE)
    except (HFValidationError, OSError, ValueError):
        return None
    return Path(config).parent if isinstance(config, str) else None


def fetch_about(name: str) -> tuple[Path, Weights]:
    """The folder that now holds the config and the page of a model, and what the headers of its weights say.

    ModelError when the Hub cannot be reached, does not have it, or has it without safetensors.
    """
    from huggingface_hub.errors import NotASafetensorsRepoError

    folder = _download(name, _ABOUT)
    try:
        files = api().get_safetensors_metadata(name, revision=folder.name).files_metadata
    except NotASafetensorsRepoError as error:
        raise refusal(_no_safetensors(name)) from error
    except Exception as error:  # the client has a dozen errors for that
        raise _unavailable(name, error) from error
    tensors = {array: about for file in files.values() for array, about in file.tensors.items()}
    return folder, Weights(
        shapes={array: tuple(about.shape) for array, about in tensors.items()},
        types={array: about.dtype for array, about in tensors.items()},
        bytes=sum(about.data_offsets[1] - about.data_offsets[0] for about in tensors.values()),
    )


def fetch_model(name: str, size: float = 0.0) -> Path:
    """The folder that now holds all of a model's files. ModelError when they cannot be had, or the disk has no room for
    `size` bytes."""
    from huggingface_hub import constants

    cache = Path(constants.HF_HUB_CACHE)
    there = next((folder for folder in (cache, *cache.parents) if folder.exists()), None)
    free = shutil.disk_usage(there).free if there else size
    if size > free:
        raise refusal(
            Message("'{name}' takes {size:bytes} on the disk, which has {free:bytes} left.", name=name, size=size,
                    free=free),
            Message("Make room on it, or take a smaller model."),
        )  # fmt: skip
    return _download(name, _MODEL)


def _download(name: str, files: list[str]) -> Path:
    from huggingface_hub import constants, logging
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not _is_id(name):
        raise refusal(
            Message(
                "'{name}' could not be fetched: models of the Hugging Face Hub are called owner/name, and there is no "
                "such folder here.",
                name=name,
            )
        )
    if not is_online(f"{name}/resolve/main/config.json"):
        raise _unavailable(name)
    disable_progress_bars()
    logging.set_verbosity_error()
    try:
        folder = api().snapshot_download(
            name,
            etag_timeout=_PATIENCE,
            allow_patterns=files,
            ignore_patterns=["*/*"],  # folders inside hold the same model for other programs
            cache_dir=constants.HF_HUB_CACHE,
        )
    except Exception as error:  # the client has a dozen errors for that
        raise _unavailable(name, error) from error
    return Path(folder)


def api() -> HfApi:
    """The Hub's own client."""
    from huggingface_hub import HfApi

    return HfApi(endpoint=endpoint())


def endpoint() -> str:
    """The address of the Hub, which a person may have set to a mirror."""
    from huggingface_hub import constants

    return constants.ENDPOINT


def is_online(path: str) -> bool:
    """False where a person told the Hub's client to stay offline, or the Hub does not answer soon."""
    from huggingface_hub import constants

    return not constants.is_offline_mode() and _answers(path)


def unreachable() -> ModelError:
    """The Hub does not answer."""
    return refusal(
        Message("The Hugging Face Hub cannot be reached."),
        Message("Check the connection to the internet, or use a model that is here."),
    )


def _unavailable(name: str, error: Exception | None = None) -> ModelError:
    """Why a model could not be fetched, as far as the client's error tells."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    if isinstance(error, GatedRepoError):
        return refusal(
            Message(
                "'{name}' could not be fetched: its makers give it only to accounts of the Hugging Face Hub that "
                "agreed to its terms.",
                name=name,
            ),
            Message(
                "Agree on its page, sign in with {command}, and try again; or take a model that is for everybody.",
                command="hf auth login",
            ),
        )
    if isinstance(error, RepositoryNotFoundError):
        return refusal(
            Message("'{name}' could not be fetched: the Hugging Face Hub has no such model, or it is private.",
                    name=name)
        )  # fmt: skip
    return refusal(
        Message(
            "'{name}' could not be fetched: the Hugging Face Hub cannot be reached, and this computer has no usable "
            "copy (safetensors).",
            name=name,
        )
    )


def _is_id(name: str) -> bool:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # exported, but not in __all__

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def _answers(path: str) -> bool:
    """True when the Hub says anything at all about a path soon: its client alone would try for half a minute.

    Asked in a thread, since looking up a host's name knows no time limit; through the client's own session, which knows
    proxies and certificates, but without its retries.
    """
    from huggingface_hub import get_session

    answered = threading.Event()

    def ask() -> None:
        try:
            get_session().head(f"{endpoint()}/{path}", timeout=_PATIENCE)
        except Exception:  # no network, no such host, a stranger's certificate, an answer that is no HTTP
            return
        answered.set()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return answered.is_set()
