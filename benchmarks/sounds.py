"""Models for sounds on people and recordings that they never heard: accuracy, and how long a training takes.

    python benchmarks/sounds.py DIGITS             # --shots 5: so many of each class, of the other speakers; --draws 5
    python benchmarks/sounds.py ESC10 --folds 5    # all examples, whole recordings held back

`--ways` also measures ways to make more of few recordings, each on the model that is chosen first.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.data.dataset import Dataset
from core.data.intake import take_in
from core.data.splits import Split, stratified_folds
from core.events import drain
from core.messages import NOTHING
from core.models.catalogue import get_card
from core.studies.training import train_on
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

MODELS = ("speech-and-sounds", "speech-embedding", "efficientnet-lite0-sounds")
WAYS: dict[str, dict[str, Any]] = {
    "nearest average": {"strategy": "nearest"},
    "upper layers": {"strategy": "partial"},
    "upper layers, varied": {"strategy": "partial", "augmentation": "light"},
}
"""Besides the last layer alone, which every model is measured with."""


@dataclass(frozen=True)
class Part:
    """What is held back, by name, and the splits that hold it back."""

    name: str
    splits: list[Split]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="recordings whose names say who speaks, or which recording each is of")
    parser.add_argument("--shots", type=int, default=5)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--ways", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        dataset, _ = drain(take_in(asked.data, workspace))
        parts = list(folds(dataset, asked.folds) if asked.folds else speakers(dataset, asked.shots, asked.draws))
        print(f"{len(dataset.examples)} recordings, {len(dataset.classes)} classes", *[part.name for part in parts])
        for model in MODELS:
            report(f"{model}, last layer only", dataset, parts, {"strategy": "head"}, model, workspace)
        for name, settings in WAYS.items() if asked.ways else ():
            report(f"{MODELS[0]}, {name}", dataset, parts, settings, MODELS[0], workspace)


def speakers(dataset: Dataset, shots: int, draws: int) -> Iterator[Part]:
    """Each speaker held back in turn; of the others so many examples of each class are drawn, several times."""
    sources = [example.source for example in dataset.examples]
    for speaker in sorted({source for source in sources if source}):
        test = tuple(i for i, source in enumerate(sources) if source == speaker)
        splits = []
        for seed in range(draws):
            own: dict[str, list[int]] = defaultdict(list)
            for i in np.random.default_rng(seed).permutation(len(sources)):
                if sources[i] != speaker:
                    own[dataset.examples[i].label].append(int(i))
            train = tuple(sorted(i for found in own.values() for i in found[:shots]))
            splits.append(Split(train, (), test, NOTHING))
        yield Part(speaker, splits)


def folds(dataset: Dataset, number: int) -> Iterator[Part]:
    """All examples, in folds that no recording is divided by."""
    labels = [example.label for example in dataset.examples]
    divided = stratified_folds(labels, list(dataset.blocks), number, 0)
    for fold, (train, test) in enumerate(divided, start=1):
        yield Part(f"fold {fold}", [Split(tuple(train), (), tuple(test), NOTHING)])


def report(
    name: str, dataset: Dataset, parts: list[Part], settings: dict[str, Any], model: str, workspace: Workspace
) -> None:
    """A line: the accuracy on each part, that on average, and the seconds of the first training, nothing known."""
    at = {label: i for i, label in enumerate(dataset.classes)}
    card, shares, seconds = get_card(model, workspace), [], []
    for part in parts:
        right = []
        for split in part.splits:
            began = time.perf_counter()
            recipe = Recipe(model, **settings).filled(card)
            found = drain(train_on(dataset, split, recipe, card, workspace, lambda: False))
            assert found is not None
            seconds.append(time.perf_counter() - began)
            said = found[1].evaluate(split.test).probabilities.argmax(1).numpy()
            right.append(np.mean(said == [at[dataset.examples[i].label] for i in split.test]))
        shares.append(float(np.mean(right)))
    each = "  ".join(f"{100 * share:5.1f}" for share in shares)
    print(f"{name:<48} {each}   mean {100 * np.mean(shares):.1f} %   {seconds[0]:.0f} s", flush=True)


if __name__ == "__main__":
    main()
