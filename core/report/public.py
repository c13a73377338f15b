"""What others may read of a run: the command that reproduces it, names without folders."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from core.training.spec.recipe import options

_USUAL: Mapping[str, Any] = {"device": "auto"}
"""Options that need no flag where they have this value, whatever the strategy."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that HTML forbids, or that are no characters: a file name may hold them."""


def clean(text: str) -> str:
    """The text without characters that no page may hold."""
    return _UNPRINTABLE.sub("\ufffd", text)


def command(dataset_id: str, recipe: Mapping[str, Any]) -> str:
    """What trains the same way on the same dataset, ready for a shell. Every option stands in it: defaults may change.

    A sealed run (of a benchmark) never looked at the test set; this command would.
    """
    words = ["python", "-m", "core", "train", f"dataset:{dataset_id}"]
    words += ["--model", public_model(recipe["model"]), "--strategy", recipe["strategy"]]
    for name in options():
        value = recipe.get(name)
        if value is not None and value != _USUAL.get(name):
            words += [f"--{name.replace('_', '-')}", repr(value) if isinstance(value, float) else str(value)]
    return shlex.join(words)


def hub_name(model_id: str) -> str | None:
    """ "owner/name" of a model of the Hugging Face Hub; None for any other, and for one in a folder here."""
    name = model_id.removeprefix("hub:")
    parts = name.split("/")
    is_hub = model_id.startswith("hub:") and len(parts) <= 2 and all(parts) and not name.startswith((".", "~"))
    return name if is_hub and "\\" not in name and ":" not in name else None


def public_model(model_id: str) -> str:
    """The id without the folder that a model lies in: where somebody keeps files is nobody's business."""
    if not model_id.startswith("hub:") or hub_name(model_id):
        return model_id
    return "hub:FOLDER/" + PurePath(model_id.removeprefix("hub:").replace("\\", "/")).name


def public_title(title: str) -> str:
    """The same for the title of such a model, which is its folder."""
    return public_model(f"hub:{title}").removeprefix("hub:") if title.startswith(("/", "~", ".")) else title
