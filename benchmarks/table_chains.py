"""Pretraining on one table and going on with another: where it helps, and where it does not.

    python benchmarks/table_chains.py DATA        # --draws 10, --shots 5

DATA holds `table_titanic/titanic.csv` and `table_penguins/penguins.csv`. The column network is pretrained on a source
with all its labels, and then sees a few rows of each class of the target; beside it the same network without
pretraining and logistic regression, which see only those. Intervals (95 %) are paired, over the draws.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

import numpy as np
import torch

from core.data.dataset import Dataset
from core.data.intake import take_in
from core.data.splits import Split
from core.evaluation.repeated_splits import EvaluatedSplit, two_way_accuracy, two_way_mean
from core.events import drain
from core.messages import NOTHING
from core.models.catalogue import get_card
from core.studies.training import train_on
from core.training.engine.rivals import rival_answers
from core.training.engine.train import train
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

_MODEL = "column-network"
_MOST_ASKED = 300


def chains(data: Path, workspace: Workspace, seed: int) -> Iterator[tuple[str, Dataset, Dataset]]:
    """What each is called, its source and its target, which have no row in common."""
    titanic, penguins = (
        drain(take_in(str(data / f"table_{name}" / f"{name}.csv"), workspace))[0] for name in ("titanic", "penguins")
    )
    order = np.random.default_rng([seed, 1]).permutation(len(titanic.examples))
    one, other = (
        replace(titanic, examples=tuple(titanic.examples[i] for i in sorted(half))) for half in np.array_split(order, 2)
    )
    yield "Titanic: other rows, same columns", one, other
    names = sorted({name for example in one.examples for name in json.loads(example.text or "{}")})
    kept = set(np.random.default_rng([seed, 2]).permutation(names)[: len(names) // 2].tolist())
    yield "Titanic: other rows, half of the columns", _only(one, kept), other
    yield "Titanic, then penguins", titanic, penguins


def _only(dataset: Dataset, columns: set[str]) -> Dataset:
    """The same rows with these columns alone."""
    texts = (
        json.dumps({name: cell for name, cell in json.loads(example.text or "{}").items() if name in columns})
        for example in dataset.examples
    )
    return replace(dataset, examples=tuple(replace(e, text=t) for e, t in zip(dataset.examples, texts, strict=True)))


def few_of(dataset: Dataset, shots: int, seed: int) -> Split:
    """So many of each class to learn from, and some of the others to be asked about."""
    labels = [example.label for example in dataset.examples]
    order = np.random.default_rng([seed, 3]).permutation(len(labels)).tolist()
    train = [i for label in dataset.classes for i in [i for i in order if labels[i] == label][:shots]]
    asked = [i for i in order if i not in set(train)][:_MOST_ASKED]
    return Split(tuple(sorted(train)), (), tuple(sorted(asked)), NOTHING)


def answers(source: Dataset, target: Dataset, split: Split, workspace: Workspace, run: str) -> dict[str, np.ndarray]:
    """By way, which answers about the target are right."""
    result = drain(train(source, Recipe(_MODEL, "scratch", validation_share=0.05), workspace))
    assert result is not None
    (workspace.runs / run).mkdir(parents=True)
    result.model.save(workspace.runs / run)
    truth = np.array([target.examples[i].label for i in split.test])
    numbers = np.array([target.classes.index(label) for label in truth])
    found = {}
    for way, model, strategy in (
        ("pretrained, last layer", f"run:{run}", "head"),
        ("pretrained, all layers", f"run:{run}", "full"),
        ("from scratch", _MODEL, "scratch"),
    ):
        card = get_card(model, workspace)
        fitted = drain(train_on(target, split, Recipe(model, strategy).filled(card), card, workspace, lambda: False))
        assert fitted is not None
        found[way] = (fitted[1].evaluate(split.test).probabilities.argmax(1).numpy() == numbers).astype(float)
    rivals = rival_answers(target, split.train, split.test, 0, workspace)
    return {**found, "logistic regression": (rivals["logistic"] == truth).astype(float)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--shots", type=int, default=5)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    right: dict[str, dict[str, list[np.ndarray]]] = {}
    splits: dict[str, list[EvaluatedSplit]] = {}
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        for seed in range(asked.draws):
            for number, (name, source, target) in enumerate(chains(asked.data, workspace, seed)):
                split = few_of(target, asked.shots, seed)
                ids = [int(example.id[:12], 16) for example in target.examples]
                splits.setdefault(name, []).append(
                    EvaluatedSplit(tuple(ids[i] for i in split.train), tuple(ids[i] for i in split.test))
                )
                for way, said in answers(source, target, split, workspace, f"r{seed}-{number}").items():
                    right.setdefault(name, {}).setdefault(way, []).append(said)
    for name, ways in right.items():
        print(f"\n{name}, {asked.shots} of each class, {asked.draws} draws")
        for way, parts in ways.items():
            mean = two_way_accuracy(splits[name], parts)
            low, high = mean.interval or (float("nan"),) * 2
            print(f"  {way:<24}{100 * mean.mean:5.1f} % ({100 * low:.1f} to {100 * high:.1f})", end="")
            if way.startswith("pretrained"):
                for other in ("from scratch", "logistic regression"):
                    difference = [a - b for a, b in zip(parts, ways[other], strict=True)]
                    found = two_way_mean(splits[name], difference)
                    low, high = found.interval or (float("nan"),) * 2
                    print(f"   {100 * found.mean:+.1f} ({100 * low:+.1f} to {100 * high:+.1f}) on {other}", end="")
            print()


if __name__ == "__main__":
    main()
