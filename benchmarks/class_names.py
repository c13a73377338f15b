"""The names of the classes as one more example of each, beside the same last layer (or nearest average) without them.

    python benchmarks/class_names.py DATA trec sst2 banking77     # --models, --draws 10, --shots 1 2 4 8

Where a set has numbers for its classes they are named here as a teacher would. At most 500 others are asked about. A
third column has the names in another order, which fit no class. Intervals (95 %) of the differences are paired, over
the draws.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
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

NAMED: dict[str, dict[str, str]] = {
    "trec": dict(zip("012345", ("description", "entity", "abbreviation", "person", "location", "number"), strict=True)),
    "sst2": {"0": "negative", "1": "positive"},
    "sst5": dict(zip("01234", ("very negative", "negative", "neutral", "positive", "very positive"), strict=True)),
    "hotel": {"0": "差评", "1": "好评"},
    "takeaway": {"0": "差评", "1": "好评"},
}


def renamed(dataset: Dataset, names: Mapping[str, str]) -> Dataset:
    return replace(
        dataset, examples=tuple(replace(one, label=names.get(one.label, one.label)) for one in dataset.examples)
    )


def moved_on(dataset: Dataset) -> dict[str, str]:
    """Each class under the name of the next one."""
    return dict(zip(dataset.classes, (*dataset.classes[1:], dataset.classes[0]), strict=True))


def right_answers(
    dataset: Dataset, split: Split, model: str, strategy: str, way: str, workspace: Workspace
) -> np.ndarray:
    """1 for each example of the split's test part that is answered rightly."""
    card = get_card(model, workspace)
    recipe = Recipe(model, strategy, class_names=way).filled(card)
    fitted = drain(train_on(dataset, split, recipe, card, workspace, lambda: False))
    assert fitted is not None
    truth = np.array([dataset.classes.index(dataset.examples[i].label) for i in split.test])
    return (fitted[1].evaluate(split.test).probabilities.argmax(1).numpy() == truth).astype(float)


def measure(dataset: Dataset, model: str, strategy: str, shots: int, draws: int, workspace: Workspace) -> None:
    """Print a line."""
    wrong = renamed(dataset, moved_on(dataset))
    ways = {"without": (dataset, "no"), "with": (dataset, "yes"), "wrong names": (wrong, "yes")}
    right: dict[str, list[np.ndarray]] = {name: [] for name in ways}
    splits = []
    for seed in range(draws):
        drawn = draw(dataset, shots, seed)
        splits.append(EvaluatedSplit(drawn.train, drawn.test))
        for name, (given, way) in ways.items():
            right[name].append(right_answers(given, drawn, model, strategy, way, workspace))
    plain = two_way_accuracy(splits, right["without"]).mean
    print(f"{dataset.title:10} {model:22} {strategy:8} {shots} of each: {100 * plain:.1f} %", end="")
    print(*(f"   {name} {gain(splits, right[name], right['without'])}" for name in ("with", "wrong names")), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--models", nargs="+", default=["minilm-l6", "multilingual-e5-small"])
    parser.add_argument("--strategies", nargs="+", default=["head"])
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--shots", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--most", type=int, default=4000, help="examples that are drawn from (default: 4000)")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        for name in asked.sets:
            read = whole(find_set(name), asked.data, workspace)
            dataset = renamed(read, NAMED.get(name, {}))
            for model in asked.models:
                for strategy in asked.strategies:
                    for shots in asked.shots:
                        measure(dataset, model, strategy, shots, asked.draws, workspace)


if __name__ == "__main__":
    main()
