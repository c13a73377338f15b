"""The proof of an export: loaded by a fresh process that has only what it requires, it must answer as the model here.

The process runs the exported `predict.py` with an import system that refuses every package but numpy, onnxruntime,
those that the script names, and theirs. It is asked the run's evaluation set, as files.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from core.errors import RunError
from core.evaluation.intervals import wilson
from core.messages import Message

TOLERANCE = 1e-3
"""The largest difference of two probabilities in float32: two libraries add up the same numbers in another order."""
_PATIENCE = 1800
"""Seconds for all the answers of one network."""


@dataclass(frozen=True)
class Case:
    """An input as a file, and what the model here answers: the probabilities in the order of its classes, and the
    similarity to the training examples where there is one. `truth` is the label that a person gave it."""

    file: str
    truth: str
    probabilities: tuple[float, ...]
    similarity: float | None


@dataclass(frozen=True)
class Proof:
    """How the answers of a network compare on `n` inputs: with those of the model here, and with the labels.

    `same` is how often the class is the same, `largest` the largest difference of a probability, `right` how often the
    class is that of the label; `seconds` is for all of them, loading included; `bytes` is the size of the network.
    """

    n: int
    same: int
    largest: float
    largest_similarity: float
    right: int
    right_here: int
    seconds: float
    bytes: int

    @property
    def accuracy(self) -> float | None:
        return self.right / self.n if self.n else None

    @property
    def exact(self) -> bool:
        """Whether it may be said that it answers the same."""
        return self.same == self.n and self.largest <= TOLERANCE and self.largest_similarity <= TOLERANCE

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval of its accuracy."""
        return wilson(self.right, self.n) if self.n else None

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "accuracy": self.accuracy, "interval": self.interval}


def prove(
    folder: Path, network: str, cases: Sequence[Case], classes: Sequence[str], requirements: Sequence[str]
) -> tuple[Proof, list[dict[str, Any]]]:
    """Ask a `network` of an exported `folder` all `cases`, whose files lie in it. Its answers come too, as `predict.py`
    prints them. RunError when it cannot be loaded.

    `classes` in the order of the model here: the export's own order is what is examined.
    """
    asked = {"network": network, "allowed": sorted(allowed_modules(requirements))}
    return prove_with(_DRIVER, folder, asked, cases, classes, (folder / network).stat().st_size)


def prove_with(
    driver: str, folder: Path, asked: Mapping[str, Any], cases: Sequence[Case], classes: Sequence[str], size: int
) -> tuple[Proof, list[dict[str, Any]]]:
    """As `prove`, with any `driver`: Python that is run in the folder, gets its path and `asked` with the names of
    "files" as JSON, and prints an answer a line. `size` is what is put down as that of the network."""
    began = time.monotonic()
    answers = list(_answers(driver, folder, {**asked, "files": [case.file for case in cases]}))
    seconds = time.monotonic() - began
    same = right = right_here = 0
    largest = largest_similarity = 0.0
    for case, answer in zip(cases, answers, strict=True):
        expected = dict(zip(classes, case.probabilities, strict=True))
        found = answer.get("probabilities", {})
        best = max(expected, key=expected.__getitem__)
        same += answer.get("label") == best
        right += answer.get("label") == case.truth
        right_here += best == case.truth
        largest = max(largest, *(abs(share - found.get(label, 2.0)) for label, share in expected.items()))
        if case.similarity is not None:
            largest_similarity = max(largest_similarity, abs(case.similarity - answer.get("similarity", 2.0)))
    proof = Proof(
        len(cases), same, round(largest, 6), round(largest_similarity, 6), right, right_here, round(seconds, 2), size
    )
    return proof, answers


def refused(found: Proof) -> RunError:
    """What is said of an export that is not exact."""
    return RunError(
        Message(
            "The exported model does not answer as this one does: the same class on {same} of {n}, probabilities "
            "apart by up to {largest:.4f}. So it is not given out.",
            same=found.same, n=found.n, largest=found.largest,
        ),
        Message("Please report this, with the name of the pretrained model."),
    )  # fmt: skip


def _answers(driver: str, folder: Path, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-I", "-c", driver, str(folder)], input=json.dumps(asked), capture_output=True, text=True,
        encoding="utf-8", timeout=_PATIENCE, cwd=folder,
    )  # fmt: skip
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise RunError(
            Message("The export could not be loaded by a process of its own, so it is not given out."),
            Message("The details are in the worker's log."),
        )
    yield from (json.loads(line) for line in done.stdout.splitlines())


def allowed_modules(requirements: Sequence[str]) -> set[str]:
    """The top-level modules of the required packages and of what these require in turn."""
    wanted, packages = list(requirements), set[str]()
    while wanted:
        name = wanted.pop().lower().replace("_", "-")
        if name in packages:
            continue
        packages.add(name)
        try:
            needed = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:  # an optional one that is not here
            continue
        wanted += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return {
        module for module, homes in packages_distributions().items()
        if any(home.lower().replace("_", "-") in packages for home in homes)
    }  # fmt: skip


_DRIVER = """
import json, pathlib, runpy, sys
sys.stdin.reconfigure(encoding="utf-8"); sys.stdout.reconfigure(encoding="utf-8")
asked = json.load(sys.stdin)
allowed = {*asked["allowed"], *sys.stdlib_module_names}
class OnlyWhatIsRequired:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ModuleNotFoundError(f"{name} is not among the requirements", name=name)
sys.meta_path.insert(0, OnlyWhatIsRequired)
folder = pathlib.Path(sys.argv[1])
script = runpy.run_path(str(folder / "predict.py"))
model = script["Model"](script["INPUTS"](script["about"](folder)["input"]), folder, asked["network"])
for answer in model.ask((name, (folder / name).read_bytes()) for name in asked["files"]):
    print(json.dumps(answer, ensure_ascii=False))
"""
