"""A script and a notebook that train a finished run again, using `core` as a library: to the same bits where computer
and versions are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from safetensors.numpy import load

from core.errors import RunError
from core.messages import ENGLISH, Language, Message
from core.report.contents import Contents
from core.report.public import clean, public_model
from core.results.finished_run import FinishedRun
from core.storage import Damaged, read_sealed
from core.training.spec.recipe import options

_WEIGHTS = "model.safetensors"


class Cell(NamedTuple):
    """A piece of a notebook: code, or words about what follows."""

    is_code: bool
    text: str


def script(run: FinishedRun, language: Language = ENGLISH) -> str:
    """The cells one after the other as Python, words as comments."""
    parts = [
        cell.text if cell.is_code else "\n".join(f"# {line}".rstrip() for line in cell.text.splitlines())
        for cell in _cells(run, language, _ARGUMENT)
    ]
    return "\n\n".join(parts) + "\n"


def notebook(run: FinishedRun, language: Language = ENGLISH) -> str:
    """The same as a Jupyter notebook (nbformat 4.5)."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code" if cell.is_code else "markdown", "id": f"cell-{number}", "metadata": {},
            "source": cell.text.splitlines(keepends=True),
            **({"execution_count": None, "outputs": []} if cell.is_code else {}),
        }
        for number, cell in enumerate(_cells(run, language, _BLANK))
    ]  # fmt: skip
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def _cells(run: FinishedRun, language: Language, own: str) -> Iterator[Cell]:
    """`own` is Python for where examples are that were brought: the program does not know where they are now."""

    def words(message: Message) -> Cell:
        return Cell(False, clean(language.render(message)))

    about = Contents(run)
    yield words(Message("Trains “{title}” again, with Finetune Lab as a library.", title=run.title))
    yield Cell(True, _IMPORTS)
    yield words(
        Message("The dataset. Its id follows from its content: the same files, imported anywhere, have the same id.")
    )
    if about.changes:
        yield words(Message("It was changed after its import, so the same changes have to be made."))
    yield Cell(True, f"SOURCE = {repr(f'sample:{about.sample}') if about.sample else own}")
    yield Cell(True, _DATASET.format(id=about.dataset_id))
    yield words(Message("All settings: what is usual may change in a later version."))
    if about.begun:
        yield words(Message("It started from another run, which has to be there."))
    yield Cell(True, _recipe(about.recipe))
    yield words(Message("Training."))
    yield Cell(True, _TRAINING)
    yield words(
        Message(
            "Are these the same weights, to the last bit? On another processor they differ a little, since sums "
            "are rounded in another order. So they do with other versions than {versions:list}.",
            versions=about.packages,
        )
        if about.made_with
        else Message("Are these the same weights, to the last bit?")
    )
    yield Cell(True, _COMPARISON.format(digest=digest(run.folder.path)))


def digest(folder: Path) -> str:
    """A digest of all numbers that were trained, as `_COMPARISON` computes it. RunError where they are damaged."""
    content = read_sealed(folder / _WEIGHTS)
    if isinstance(content, Damaged):
        raise RunError(content.why)
    weights = load(content)
    return hashlib.sha256(b"".join(weights[name].tobytes() for name in sorted(weights))).hexdigest()


def _recipe(recipe: Mapping[str, Any]) -> str:
    asked = {"model": public_model(recipe["model"]), "strategy": recipe["strategy"]}
    asked |= {name: recipe[name] for name in options() if recipe.get(name) is not None}
    return "\n".join(["recipe = Recipe(", *(f"    {name}={value!r}," for name, value in asked.items()), ")"])


_IMPORTS = """\
import hashlib
import os
import sys

from core.hardware import CONSIDERATE

os.environ.update(CONSIDERATE)  # before anything imports torch

from safetensors.numpy import load_file

from core.data.dataset import Dataset
from core.data.intake import take_in
from core.errors import DataError, UserError
from core.events import EpochEnd, drain
from core.jobs.base import run_job
from core.runs.folder import RunFolder
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

workspace = Workspace.default()"""

_ARGUMENT = 'sys.argv[1] if len(sys.argv) > 1 else ""  # where the examples are: python again.py PLACE'
_BLANK = '""  # where the examples are, unless they were imported already'

_DATASET = """\
DATASET = "{id}"

try:
    dataset = Dataset.load(DATASET, workspace)
except DataError:  # it is not here yet
    if not SOURCE:
        sys.exit("Say where the examples are, as SOURCE.")
    try:
        dataset, report = drain(take_in(SOURCE, workspace))
    except UserError as error:
        sys.exit(str(error))
if dataset.id != DATASET:
    sys.exit("These are other examples.")"""

_TRAINING = """\
def show(event):
    if isinstance(event, EpochEnd):
        print(f"epoch {event.epoch}: loss {event.train_loss:.4f}")


asked = {"dataset": dataset.id, "recipe": recipe.to_dict()}
run = RunFolder.create(workspace.runs, "train", dataset.title, asked)
ended = run_job(run, workspace, stop=run.stop_requested, listen=show)
assert ended.reason == "completed", ended.message"""

_COMPARISON = """\
EXPECTED = "{digest}"

weights = load_file(run.path / "model.safetensors")
digest = hashlib.sha256(b"".join(weights[name].tobytes() for name in sorted(weights))).hexdigest()
print("The same weights, to the last bit." if digest == EXPECTED else "The weights differ.")"""
