"""What pretraining gives: the plain model of each kind beside the last layer on the usual pretrained one.

    python benchmarks/plain_baselines.py DATA NAME_OR_PATH ...      # --draws 3, --shots 8, --most 1000

A name is one of `benchmarks/sets.py`, whose files lie below DATA; a path is whatever the program reads. A line for each
set and size: mean accuracy of both on the same draws, and the mean difference with its standard deviation over the
draws. Speakers and recordings are held out whole.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

from benchmarks.machine import temporary_workspace
from benchmarks.sets import SETS
from core.data.dataset import Dataset
from core.data.intake import take_in
from core.data.splits import Split, make_split
from core.events import drain
from core.messages import NOTHING
from core.models.catalogue import get_card
from core.studies.training import train_on
from core.training.engine.rivals import rival_answers
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

_TESTED = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="+", metavar="NAME_OR_PATH")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--shots", type=int, default=8)
    parser.add_argument("--most", type=int, default=1000, help="training examples where all are taken (default: 1000)")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"| set | examples | plain model | pretrained, last layer | difference |\n{'|---' * 5}|")
    with temporary_workspace() as workspace:
        for name in asked.sets:
            dataset = _read(name, asked.data, workspace)
            for size, splits in _draws(dataset, asked.draws, asked.shots, asked.most):
                print(f"| {Path(name).stem} | {size} | {_line(dataset, splits, workspace)} |", flush=True)


def _read(name: str, data: Path, workspace: Workspace) -> Dataset:
    if name in SETS:
        return SETS[name].read(data, workspace)[0]
    dataset, _ = drain(take_in(str(data / name), workspace))
    return dataset


def _draws(dataset: Dataset, draws: int, shots: int, most: int) -> Iterator[tuple[str, list[Split]]]:
    """Few of each class, and all up to `most`."""
    few: list[Split] = []
    many: list[Split] = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        for kind, found in ((shots, few), (None, many)):
            split = make_split(dataset, seed=seed, shots=kind)
            held_out = split.test or split.validation
            test = tuple(sorted(rng.permutation(held_out)[:_TESTED].tolist()))
            train = tuple(sorted(rng.permutation(split.train)[:most].tolist())) if kind is None else split.train
            found.append(Split(train, (), test, NOTHING))
    yield f"{shots} of each class", few
    yield f"{len(many[0].train)}", many


def _line(dataset: Dataset, splits: list[Split], workspace: Workspace) -> str:
    card = get_card(dataset.kind.default_model, workspace)
    recipe = Recipe(card.id, "head").filled(card)
    plain, pretrained = [], []
    for split in splits:
        truth = np.array([dataset.examples[i].label for i in split.test])
        (answers,) = rival_answers(dataset, split.train, split.test, 0, workspace).values()
        plain.append(float((answers == truth).mean()))
        found = drain(train_on(dataset, split, recipe, card, workspace, lambda: False))
        assert found is not None
        said = found[1].evaluate(split.test).probabilities.argmax(1).tolist()
        pretrained.append(float(np.mean([dataset.classes[i] == label for i, label in zip(said, truth, strict=True)])))
    ahead = 100 * np.subtract(pretrained, plain)
    return (
        f"{100 * np.mean(plain):.1f} | {100 * np.mean(pretrained):.1f} | {ahead.mean():+.1f} ± {ahead.std(ddof=1):.1f}"
    )


if __name__ == "__main__":
    main()
