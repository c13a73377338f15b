"""Which examples a run learnt from, itself and the runs it started from."""

from __future__ import annotations

from core.data.dataset import Dataset, Example
from core.data.splits import VALIDATION_SHARE, Split, make_split
from core.errors import RunError, UserError
from core.models.catalog import about_model
from core.runs.folder import RunFolder, ending
from core.training.recipe import Recipe
from core.workspace import Workspace


def own_labels(run_id: str, workspace: Workspace) -> list[str]:
    """The labels of the examples that taught this run. RunError where that cannot be told."""
    dataset, split = _divided(RunFolder.find(run_id, workspace), workspace)
    return [dataset.examples[i].label for i in split.train]


def taught_by(run_id: str, workspace: Workspace) -> list[Example]:
    """Every example that taught the run or one it started from, or by which its best moment was picked.

    RunError where that cannot be told, because a set or a run of the chain was deleted.
    """
    found: dict[str, Example] = {}
    model_id = f"run:{run_id}"
    while model_id.startswith("run:"):
        run = RunFolder.find(model_id.removeprefix("run:"), workspace)
        dataset, split = _divided(run, workspace)
        ended = ending(run.events())
        picked = split.validation if ended and ended.chosen else ()
        found |= {dataset.examples[i].id: dataset.examples[i] for i in (*split.train, *picked)}
        model_id = about_model(run.id, workspace)["parent"]
    return list(found.values())


def _divided(run: RunFolder, workspace: Workspace) -> tuple[Dataset, Split]:
    try:
        dataset = Dataset.load(run.request["dataset"], workspace)
        recipe = Recipe.from_dict(run.request["recipe"])
        share = recipe.validation_share or VALIDATION_SHARE
        return dataset, make_split(dataset, seed=recipe.seed, validation_share=share, shots=recipe.shots)
    except UserError as error:
        raise RunError(
            f"What taught the run '{run.id}' cannot be told any more: {error.problem}",
            "Only examples that it has surely not learnt from may judge it, so train it anew.",
        ) from error
