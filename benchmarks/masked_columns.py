"""Guessing hidden cells first, with rows that have no class: what it gives on tables of which few rows have one.

    python benchmarks/masked_columns.py DATA titanic penguins iris wine cancer digits   # --draws 8, --shots 4 8 16

DATA holds `table_titanic/titanic.csv` and the like; wine, cancer and digits come with scikit-learn. In each draw so
many rows of each class keep their class, others (at most 300, at most three in ten) are asked about, and all the rest
have none. Beside the network that guesses hidden cells first: the same network from scratch, and logistic regression,
which see the rows with a class alone. Intervals (95 %) are paired, over the draws.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

import numpy as np
import sklearn.datasets
import torch

from core.data.dataset import Dataset, Example
from core.data.intake import take_in
from core.data.splits import Split
from core.evaluation.repeated_splits import EvaluatedSplit, two_way_accuracy, two_way_mean
from core.events import drain
from core.messages import NOTHING
from core.modalities import get_modality
from core.modalities.table.rows import row_text
from core.models.catalogue import get_card
from core.studies.training import train_on
from core.training.engine.rivals import rival_answers
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

_MODEL = "column-network"
_WITH_LIBRARY = {
    "wine": sklearn.datasets.load_wine, "cancer": sklearn.datasets.load_breast_cancer,
    "digits": sklearn.datasets.load_digits,
}  # fmt: skip
_MOST_ASKED, _SHARE_ASKED = 300, 0.3


def table(name: str, data: Path, workspace: Workspace) -> Dataset:
    """All rows with their classes."""
    if name not in _WITH_LIBRARY:
        return drain(take_in(str(data / f"table_{name}" / f"{name}.csv"), workspace))[0]
    found, kind = _WITH_LIBRARY[name](), get_modality("table")
    names = [str(column) for column in found.feature_names]
    texts = [row_text(dict(zip(names, map(repr, map(float, row)), strict=True))) for row in found.data]
    examples = (
        Example(kind.digest(text.encode()), str(found.target_names[target]), f"row {at}", text)
        for at, (text, target) in enumerate(zip(texts, found.target, strict=True))
    )
    return Dataset(name, "table", tuple(examples), workspace.examples)


def draw(whole: Dataset, shots: int, seed: int) -> tuple[Dataset, Split, EvaluatedSplit]:
    """The dataset in which most rows have no class, and who learns and is asked."""
    labels = [example.label for example in whole.examples]
    order = np.random.default_rng([seed, 3]).permutation(len(labels)).tolist()
    asked, rest = (part.tolist() for part in np.split(order, [min(_MOST_ASKED, int(_SHARE_ASKED * len(order)))]))
    taught = [i for label in whole.classes for i in [i for i in rest if labels[i] == label][:shots]]
    left = sorted(set(rest) - set(taught))
    drawn = replace(
        whole,
        examples=tuple(whole.examples[i] for i in (*taught, *asked)),
        unlabelled=tuple(replace(whole.examples[i], label="") for i in left),
    )
    n = len(taught)
    split = Split(tuple(range(n)), (), tuple(range(n, n + len(asked))), NOTHING)
    return drawn, split, EvaluatedSplit(tuple(taught), tuple(asked))


def answers(drawn: Dataset, split: Split, seed: int, workspace: Workspace) -> dict[str, np.ndarray]:
    """By way, which answers are right."""
    truth = np.array([drawn.examples[i].label for i in split.test])
    numbers = np.array([drawn.classes.index(label) for label in truth])
    card = get_card(_MODEL, workspace)
    found = {}
    for way, strategy in (("hidden cells first", "masked"), ("from scratch", "scratch")):
        recipe = Recipe(_MODEL, strategy, seed=seed).filled(card)
        fitted = drain(train_on(drawn, split, recipe, card, workspace, lambda: False))
        assert fitted is not None
        found[way] = (fitted[1].evaluate(split.test).probabilities.argmax(1).numpy() == numbers).astype(float)
    plain = rival_answers(drawn, split.train, split.test, 0, workspace)
    return {**found, "logistic regression": (plain["logistic"] == truth).astype(float)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--shots", type=int, nargs="+", default=[4, 8, 16])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        for name in asked.sets:
            whole = table(name, asked.data, workspace)
            for shots in asked.shots:
                measure(whole, name, shots, asked.draws, workspace)


def measure(whole: Dataset, name: str, shots: int, draws: int, workspace: Workspace) -> None:
    """Print a line for each way."""
    began = time.process_time()
    right: dict[str, list[np.ndarray]] = {}
    splits = []
    for seed in range(draws):
        drawn, split, evaluated = draw(whole, shots, seed)
        splits.append(evaluated)
        for way, said in answers(drawn, split, seed, workspace).items():
            right.setdefault(way, []).append(said)
    seconds = time.process_time() - began
    print(f"\n{name}, {shots} of each class, {draws} draws, {seconds:.0f} s of processor time")
    for way, parts in right.items():
        print(f"  {way:<24}{100 * two_way_accuracy(splits, parts).mean:5.1f} %", end="")
        for other in ("from scratch", "logistic regression") if way == "hidden cells first" else ():
            found = two_way_mean(splits, [a - b for a, b in zip(parts, right[other], strict=True)])
            low, high = found.interval or (float("nan"),) * 2
            print(f"   {100 * found.mean:+.1f} ({100 * low:+.1f} to {100 * high:+.1f}) on {other}", end="")
        print(flush=True)


if __name__ == "__main__":
    main()
