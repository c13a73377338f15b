"""The network that answers from labelled rows beside logistic regression, where few rows are labelled.

    python benchmarks/few_rows.py DATA        # --known 8 16 32 64, --draws 10, --model in-context-table, --only iris

scikit-learn's own sets and the shared small tables (`table_*/*.csv` below DATA). In each draw some rows are labelled,
one of each class at least, and up to 200 others are asked about; both methods get the same ones, prepared alike. The
interval of the difference is paired, and knows that draws share rows (`core.evaluation.repeated_splits`).
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

import numpy as np
import torch
from sklearn import datasets

from core.data.dataset import Dataset
from core.data.intake import take_in
from core.data.splits import Split
from core.evaluation.repeated_splits import EvaluatedSplit, two_way_mean
from core.events import drain
from core.messages import NOTHING
from core.models.catalogue import get_card
from core.studies.training import train_on
from core.training.engine.rivals import rival_answers
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

_ASKED = 200
_OWN = ("iris", "wine", "breast_cancer", "digits")
"""scikit-learn's."""
_SHARED = ("penguins", "titanic")
"""The third is scikit-learn's iris again."""
_THREE = "digits 0 to 2"


def tables(data: Path, folder: Path, workspace: Workspace) -> Iterator[tuple[str, Dataset]]:
    """By name every set, as the program reads it."""
    for name in _OWN:
        read = getattr(datasets, f"load_{name}")()
        for called, keep in ((name, read.target >= 0), *(((_THREE, read.target < 3),) if name == "digits" else ())):
            file = folder / f"{called}.csv"
            with file.open("w", newline="") as out:
                rows = csv.writer(out)
                rows.writerow([*read.feature_names, "class"])
                rows.writerows(
                    [*row, read.target_names[k]] for row, k in zip(read.data[keep], read.target[keep], strict=True)
                )
            yield called, drain(take_in(str(file), workspace))[0]
    for name in _SHARED:
        for file in sorted((data / f"table_{name}").glob(f"{name}.csv")):
            yield name, drain(take_in(str(file), workspace))[0]


def draws(dataset: Dataset, known: int, count: int) -> Iterator[Split]:
    """None where there are more classes than labelled rows."""
    labels = np.array([example.label for example in dataset.examples])
    if len(dataset.classes) > known:
        return
    for seed in range(count):
        order = np.random.default_rng(seed).permutation(len(labels)).tolist()
        firsts = [next(i for i in order if labels[i] == label) for label in dataset.classes]
        mixed = [*firsts, *(i for i in order if i not in firsts)]
        yield Split(tuple(sorted(mixed[:known])), (), tuple(sorted(mixed[known:][:_ASKED])), NOTHING)


def measure(dataset: Dataset, splits: list[Split], recipe: Recipe, workspace: Workspace) -> list[list[np.ndarray]]:
    """Which answers are right: by the network, by logistic regression, by trees; an array for each split."""
    at, card = {label: i for i, label in enumerate(dataset.classes)}, get_card(recipe.model, workspace)
    right: list[list[np.ndarray]] = [[], [], []]
    for split in splits:
        truth = np.array([dataset.examples[i].label for i in split.test])
        found = drain(train_on(dataset, split, recipe.filled(card), card, workspace, lambda: False))
        assert found is not None
        said = found[1].evaluate(split.test).probabilities.argmax(1).numpy()
        right[0].append((said == [at[label] for label in truth]).astype(float))
        rivals = rival_answers(dataset, split.train, split.test, 0, workspace)
        for way, name in enumerate(("logistic", "trees"), start=1):
            right[way].append((rivals[name] == truth).astype(float))
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--known", type=int, nargs="+", default=[8, 16, 32, 64])
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--model", default="in-context-table")
    parser.add_argument("--strategy", default="nearest")
    parser.add_argument("--only", nargs="+", default=[])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    recipe, ahead = Recipe(asked.model, asked.strategy), [0, 0, 0]
    print(f"{'set':<20}{'rows':>5}{'network':>9}{'logistic':>9}{'trees':>7}   network - logistic (95 %)")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "home")
        for name, dataset in tables(asked.data, Path(folder), workspace):
            for known in asked.known if not asked.only or name in asked.only else ():
                splits = list(draws(dataset, known, asked.draws))
                if not splits:
                    continue
                right = measure(dataset, splits, recipe, workspace)
                means = [100 * np.mean([part.mean() for part in way]) for way in right]
                parts = [mine - other for mine, other in zip(right[0], right[1], strict=True)]
                found = two_way_mean([EvaluatedSplit(split.train, split.test) for split in splits], parts)
                low, high = found.interval or (float("nan"),) * 2
                ahead[(found.mean < 0) + 2 * (found.mean == 0)] += 1
                print(f"{name:<20}{known:>5}{means[0]:9.1f}{means[1]:9.1f}{means[2]:7.1f}   "
                      f"{100 * found.mean:+5.1f} ({100 * low:+.1f} to {100 * high:+.1f})", flush=True)  # fmt: skip
    print(f"above logistic regression in {ahead[0]}, below in {ahead[1]}, level in {ahead[2]}")


if __name__ == "__main__":
    main()
