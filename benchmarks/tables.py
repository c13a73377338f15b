"""Networks for tables beside their rivals, on the same folds: 5-fold accuracy with its interval.

    python benchmarks/tables.py FILE.csv ...      # --repeats 2, --few: 5 and 20 rows of each class instead of folds

Every method learns its medians, scales and categories from the training rows of each fold.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from core.data.dataset import Dataset
from core.data.intake import take_in
from core.data.splits import Split, stratified_folds
from core.evaluation.repeated_splits import accuracy_over_repeats
from core.events import drain
from core.messages import NOTHING
from core.models.catalogue import get_card
from core.studies.training import train_on
from core.training.engine.rivals import rival_answers
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

WAYS = {
    "two-layer network": ("two-layer-table", "scratch"),
    "column network": ("column-network", "scratch"),
    "last layer on the columns": ("table-columns", "head"),
    "nearest average": ("table-columns", "nearest"),
}
_FOLDS = 5
_DRAWS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--few", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        for file in asked.files:
            dataset, _ = drain(take_in(str(file), workspace))
            for name, splits in _divisions(dataset, asked.repeats, few=asked.few):
                print(f"\n{dataset.title}, {len(dataset.examples)} rows, {len(dataset.classes)} classes, {name}")
                measure(dataset, splits, workspace)


def _divisions(dataset: Dataset, repeats: int, *, few: bool) -> Iterator[tuple[str, list[Split]]]:
    labels = [example.label for example in dataset.examples]
    if not few:
        folds = [
            Split(tuple(train), (), tuple(test), NOTHING)
            for seed in range(repeats)
            for train, test in stratified_folds(labels, list(dataset.clusters), _FOLDS, seed)
        ]
        yield f"{_FOLDS} folds, {repeats} times", folds
        return
    for shots in (5, 20):
        draws = []
        for seed in range(_DRAWS):
            order = np.random.default_rng(seed).permutation(len(labels))
            own: dict[str, list[int]] = defaultdict(list)
            for i in order:
                own[labels[i]].append(int(i))
            train = sorted(i for rows in own.values() for i in rows[:shots])
            draws.append(Split(tuple(train), (), tuple(sorted(set(range(len(labels))) - set(train))), NOTHING))
        yield f"{shots} of each class, {_DRAWS} draws", draws


def measure(dataset: Dataset, splits: list[Split], workspace: Workspace) -> None:
    """A line for each way, the mean over the splits first."""
    at = {label: i for i, label in enumerate(dataset.classes)}
    right: dict[str, list[np.ndarray]] = defaultdict(list)
    for split in splits:
        truth = np.array([dataset.examples[i].label for i in split.test])
        for name, (model, strategy) in WAYS.items():
            card = get_card(model, workspace)
            found = drain(
                train_on(dataset, split, Recipe(model, strategy).filled(card), card, workspace, lambda: False)
            )
            assert found is not None
            said = found[1].evaluate(split.test).probabilities.argmax(1).numpy()
            right[name].append(said == [at[label] for label in truth])
        for name, answers in rival_answers(dataset, split.train, split.test, 0, workspace).items():
            right[f"rival: {name}"].append(answers == truth)
    tested, trained = (
        float(np.mean(sizes)) for sizes in zip(*((len(s.test), len(s.train)) for s in splits), strict=True)
    )
    for name, rows in right.items():
        mean = accuracy_over_repeats([float(row.mean()) for row in rows], tested, trained)
        low, high = mean.interval or (float("nan"),) * 2
        print(f"  {name:<26} {100 * mean.mean:5.1f} %  ({100 * low:.1f} to {100 * high:.1f})")


if __name__ == "__main__":
    main()
