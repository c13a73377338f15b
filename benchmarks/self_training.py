"""Self-training of the last layer on examples that have no class, beside the same last layer without it.

    python benchmarks/self_training.py DATA trec sst2 --model minilm-l6     # --draws 10, --shots 4 8

Of each draw so many examples of each class keep theirs, others (at most 500) are asked about, and at most 1,000 of the
rest have none: drawn evenly from the classes, and once more so that the rarest class has a sixth of the commonest.
Intervals (95 %) of the differences are paired, over the draws.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

import numpy as np
import torch

from benchmarks.draws import draw, gain, whole
from benchmarks.sets import find_set
from core.data.dataset import Dataset
from core.data.splits import Split
from core.evaluation.repeated_splits import EvaluatedSplit, two_way_accuracy
from core.events import drain
from core.models.catalogue import get_card
from core.studies.training import train_on
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

_MOST = 1000
_RAREST = 1 / 6


def without_class(dataset: Dataset, split: Split, seed: int, *, even: bool) -> Dataset:
    """The same dataset, in which examples that are in no part of the split are there once more, without a class."""
    rng = np.random.default_rng([seed, 7])
    labels = np.array([example.label for example in dataset.examples])
    left = np.setdiff1d(np.arange(len(labels)), [*split.train, *split.test])
    classes = rng.permutation(list(dataset.classes))
    shares = np.ones(len(classes)) if even else np.linspace(1, _RAREST, len(classes))
    fewest = min(int((labels[left] == label).sum()) for label in classes)
    largest = min(fewest, int(_MOST / shares.sum()))
    chosen = [
        i for label, share in zip(classes, shares, strict=True)
        for i in rng.permutation(left[labels[left] == label])[: int(largest * share)].tolist()
    ]  # fmt: skip
    kept = sorted({*split.train, *split.test})
    return replace(
        dataset,
        examples=tuple(dataset.examples[i] for i in kept),
        unlabelled=tuple(replace(dataset.examples[i], label="") for i in sorted(chosen)),
    )


def right_answers(dataset: Dataset, split: Split, model: str, way: str, workspace: Workspace) -> np.ndarray:
    """1 for each example of the split's test part that is answered rightly."""
    card = get_card(model, workspace)
    recipe = Recipe(model, "head", self_training=way).filled(card)
    fitted = drain(train_on(dataset, split, recipe, card, workspace, lambda: False))
    assert fitted is not None
    truth = np.array([dataset.classes.index(dataset.examples[i].label) for i in split.test])
    return (fitted[1].evaluate(split.test).probabilities.argmax(1).numpy() == truth).astype(float)


def measure(dataset: Dataset, model: str, shots: int, draws: int, workspace: Workspace) -> None:
    """Print a line."""
    right: dict[str, list[np.ndarray]] = {"none": [], "even": [], "uneven": []}
    splits = []
    for seed in range(draws):
        drawn = draw(dataset, shots, seed)
        at = {i: place for place, i in enumerate(sorted({*drawn.train, *drawn.test}))}
        split = replace(drawn, train=tuple(at[i] for i in drawn.train), test=tuple(at[i] for i in drawn.test))
        splits.append(EvaluatedSplit(drawn.train, drawn.test))
        for how in ("even", "uneven"):
            given = without_class(dataset, drawn, seed, even=how == "even")
            right[how].append(right_answers(given, split, model, "yes", workspace))
        right["none"].append(right_answers(given, split, model, "no", workspace))
    print(f"{dataset.title}, {shots} of each class: {100 * two_way_accuracy(splits, right['none']).mean:.1f} %", end="")
    print(*(f"   {how} {gain(splits, right[how], right['none'])}" for how in ("even", "uneven")), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--model", default="minilm-l6")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--shots", type=int, nargs="+", default=[4, 8])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        for name in asked.sets:
            dataset = whole(find_set(name), asked.data, workspace)
            for shots in asked.shots:
                measure(dataset, asked.model, shots, asked.draws, workspace)


if __name__ == "__main__":
    main()
