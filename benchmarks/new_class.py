"""A class more from one example, and "none of these", with each class left out: `python benchmarks/new_class.py DATA`.

Each class of a set is left out in turn, a model is trained on the others and then taught the class from 1 and from 5 of
its examples. Half of the judging examples calibrate, the other half judges, and the other way round.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

from benchmarks.machine import facts, limit_threads, temporary_workspace
from benchmarks.sets import check_data, find_set, listing
from core.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

    from core.data.dataset import Dataset
    from core.models.head import LinearHead
    from core.workspace import Workspace

SETS = ("sign-digits", "clipart", "trashnet", "trec", "banking20")
GIVEN = (1, 5)
_LESSONS = 3
"""So many draws of the examples that teach the new class."""

Found = dict[str, list[float]]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python benchmarks/new_class.py", description=__doc__.split("\n")[0])
    made.add_argument("data", type=Path, metavar="DATA", help="the folder that holds the sets (benchmarks/README.md)")
    made.add_argument("--only", nargs="+", metavar="SET", default=SETS, help=f"sets (default: {' '.join(SETS)})")
    made.add_argument("--strategies", nargs="+", default=["head", "nearest"], metavar="NAME", help="ways to train")
    made.add_argument("--seeds", type=int, default=3, help="trainings for each class that is left out (default: 3)")
    made.add_argument("--classes", type=int, default=10, help="at most so many classes of a set (default: 10)")
    made.add_argument("--each", type=int, default=60, help="at most so many examples of a class (default: 60)")
    made.add_argument("--shots", type=int, help="so many of each class teach; default: three of four")
    made.add_argument("--image-size", type=int, help="pixels a side (default: the model's own)")
    made.add_argument("--threads", type=int, help="threads (default: all cores)")
    return made


@dataclass(frozen=True)
class Trained:
    """The head of one training, and embeddings as it sees them: of those that taught, that judge, and left out."""

    head: LinearHead
    training: Tensor
    training_targets: Tensor
    validation: Tensor
    validation_targets: Tensor
    left_out: Tensor


def some_of(dataset: Dataset, classes: int, each: int) -> Dataset:
    """At most so many classes and examples of each, always the same, without a given division."""
    import numpy as np

    rng = np.random.default_rng(0)
    kept = []
    for label in dataset.classes[:classes]:
        own = [example for example in dataset.examples if example.label == label]
        kept += [replace(own[i], split=None) for i in sorted(rng.permutation(len(own))[:each])]
    return replace(dataset, examples=tuple(kept))


def train_without(label: str, dataset: Dataset, strategy: str, seed: int, asked: argparse.Namespace,
                  workspace: Workspace) -> Trained:  # fmt: skip
    """A model of all classes but one, trained by the product's own `train`."""
    import torch

    from core.events import drain
    from core.training.engine.train import train
    from core.training.spec.plan import make_plan
    from core.training.spec.recipe import Recipe

    known = replace(dataset, examples=tuple(e for e in dataset.examples if e.label != label))
    size = asked.image_size if dataset.modality == "image" else None
    recipe = Recipe(dataset.kind.default_model, strategy, seed=seed, shots=asked.shots, image_size=size)
    trained = drain(train(known, recipe, workspace))
    assert trained is not None  # nobody stops it
    model = trained.model
    split = make_plan(known, recipe, workspace).split
    left_out = [i for i, example in enumerate(dataset.examples) if example.label == label]

    def seen(source: Dataset, indices: list[int]) -> Tensor:
        return model.embed([source.payload(i, model.size) for i in indices])

    number = {name: i for i, name in enumerate(known.classes)}
    of = [torch.tensor([number[known.examples[i].label] for i in part]) for part in (split.train, split.validation)]
    return Trained(
        model.head, seen(known, list(split.train)), of[0], seen(known, list(split.validation)), of[1],
        seen(dataset, left_out),
    )  # fmt: skip


def teach(run: Trained, seed: int, found: Found) -> None:
    """What becomes of the known classes and of the new one, with the rule as it is and with the bare row."""
    import torch

    from core.models.extended import Reference, imprinted

    generator = torch.Generator().manual_seed(seed)
    prepared, known = run.head.prepared, len(run.head.bias)
    before = run.head(run.validation).argmax(1) == run.validation_targets
    found["known"].append(float(before.float().mean()))
    order = torch.randperm(len(run.validation), generator=generator)
    for given in GIVEN:
        for _ in range(_LESSONS):
            drawn = torch.randperm(len(run.left_out), generator=generator)
            lesson, asked = run.left_out[drawn[:given]], run.left_out[drawn[given:]]
            change, recall = 0.0, []
            for calibrate, judge in ((order[::2], order[1::2]), (order[1::2], order[::2])):
                kept = Reference(prepared(run.training), run.training_targets, prepared(run.validation[calibrate]),
                                 run.validation_targets[calibrate], ())  # fmt: skip
                head = imprinted(run.head, [lesson], kept)
                right = head(run.validation[judge]).argmax(1) == run.validation_targets[judge]
                change += float(right.float().sum() - before[judge].float().sum()) / len(run.validation)
                recall.append(float((head(asked).argmax(1) == known).float().mean()))
            bare = imprinted(run.head, [lesson], None)
            found[f"change {given}"].append(change)
            found[f"new {given}"].append(sum(recall) / 2)
            right = bare(run.validation).argmax(1) == run.validation_targets
            found[f"bare change {given}"].append(float(right.float().mean()) - found["known"][-1])
            found[f"bare new {given}"].append(float((bare(asked).argmax(1) == known).float().mean()))


def refuse(run: Trained, found: Found) -> None:
    """How well likeness, and how sure the model is, tell the left-out class from the known ones."""
    from sklearn.metrics import roc_auc_score

    from core.evaluation.rejection import Rejection
    from core.models.extended import likeness

    taught = run.head.prepared(run.training)
    scores = {
        "likeness": lambda x: likeness(run.head.prepared(x), taught, run.training_targets, taught.mean(0)).tolist(),
        "sure": lambda x: run.head(x).softmax(1).max(1).values.tolist(),
    }
    for by, score in scores.items():
        known, strange = score(run.validation), score(run.left_out)
        truth = [1] * len(known) + [0] * len(strange)
        found[f"{by} AUROC"].append(roc_auc_score(truth, known + strange))
        kept = refused = 0.0
        for calibrate, judge in ((known[::2], known[1::2]), (known[1::2], known[::2])):
            usual = Rejection.of(by, calibrate, [True] * len(calibrate)).usual
            kept += sum(value >= usual for value in judge) / len(known)
            refused += sum(value < usual for value in strange) / len(strange) / 2
        found[f"{by} kept"].append(kept)
        found[f"{by} refused"].append(refused)


def told(found: Found) -> str:
    """Means in percent with their 95 % intervals over trainings and lessons."""
    import numpy as np

    def one(values: list[float]) -> str:
        spread = 1.96 * np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else float("nan")
        return f"{100 * np.mean(values):6.1f} +- {100 * spread:4.1f}  ({len(values)})"

    return "\n".join(f"  {name:18} {one(values)}" for name, values in found.items())


def main() -> int:
    asked = parser().parse_args()
    try:
        check_data(asked.data, asked.only)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{facts(limit_threads(asked.threads))}\n\nSets:\n{listing(asked.only)}", flush=True)
    import torch

    with temporary_workspace() as workspace, torch.no_grad():
        for name in asked.only:
            dataset = some_of(find_set(name).read(asked.data, workspace)[0], asked.classes, asked.each)
            for strategy in asked.strategies:
                found: Found = defaultdict(list)
                for label in dataset.classes:
                    for seed in range(asked.seeds):
                        with torch.enable_grad():
                            run = train_without(label, dataset, strategy, seed, asked, workspace)
                        teach(run, seed, found)
                        refuse(run, found)
                print(f"\n{name}, {strategy}: {len(found['known'])} trainings\n{told(found)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
