"""A finished run as a folder that runs elsewhere, and its proof.

model.onnx         from arrays to calibrated probabilities      model.int8.onnx    the same, a quarter of the size
model.safetensors  the weights, described by model.json         config.json        classes, inputs, threshold
predict.py         asks the model; needs requirements.txt       samples/           inputs with expected answers
README.md          the model card, and how to use the folder    proof.json         what was compared, how it went
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import torch
from packaging.requirements import Requirement

from core.errors import ModelError, RunError
from core.evaluation.rejection import Rejection
from core.events import Event, Progress
from core.export.network import in_whole_numbers, whole_network
from core.export.proof import TOLERANCE, Case, Proof, prove
from core.export.script import standalone
from core.messages import Language, Message
from core.modalities.base import Payload
from core.models.extended import ExtendedModel
from core.report.render import render_card
from core.results.finished_run import FinishedRun

FLOAT32, INT8 = "model.onnx", "model.int8.onnx"
SAMPLES = 12
"""So many inputs lie beside the model, with the answers that it must give."""
MOST_CASES = 500
"""Of a larger evaluation set so many are asked, spread over all of it."""
_CALIBRATING = 64
"""So many training examples say how large the numbers inside a network get."""
_LOSS_ALLOWED = 0.01
_FORMAT = 1
_STAGES = 5


@dataclass(frozen=True)
class Exported:
    """What was made: the files by name, and a proof for each network."""

    files: dict[str, bytes]
    proofs: dict[str, Proof]

    @property
    def small_loses(self) -> float | None:
        """How much accuracy the network of whole numbers loses; None where there is none."""
        small, exact = self.proofs.get(INT8), self.proofs[FLOAT32]
        return None if small is None else (exact.accuracy or 0.0) - (small.accuracy or 0.0)

    @property
    def small_is_good(self) -> bool:
        """Whether whole numbers cost no more than a point of accuracy."""
        return self.small_loses is not None and self.small_loses <= _LOSS_ALLOWED

    def packed(self) -> bytes:
        """All of it as one zip file."""
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            for name, content in self.files.items():
                # Numbers and pictures hardly get smaller.
                is_dense = name.endswith((".onnx", ".safetensors", ".png"))
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                archive.writestr(entry, content, zipfile.ZIP_STORED if is_dense else zipfile.ZIP_DEFLATED)
        return written.getvalue()


def export(
    run: FinishedRun,
    model: ExtendedModel,
    refusal: Rejection,
    language: Language,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, Exported | None]:
    """Make everything and prove it. Yields progress; None when stopped on the way.

    ModelError where the network cannot be translated; DataError where the dataset was deleted, on which it is proven;
    RunError where the proof fails: such an export is not given out.
    """
    kind = run.dataset.kind
    if not kind.script:
        raise ModelError(Message("A model for {kind} cannot be exported yet.", kind=kind.many))
    files: dict[str, bytes] = {}

    def made(done: int) -> Progress | None:
        return None if stop() else Progress("export", done, _STAGES)

    yield Progress("export", 0, _STAGES)
    about, needed = model.model.backbone.input_files(model.model.size)
    config = {
        "format": _FORMAT, "title": run.title, "run": run.id, "kind": kind.name, "classes": list(model.classes),
        "input": {**about, "suffixes": sorted(kind.suffixes)}, "tolerance": TOLERANCE,
        "temperature": model.model.temperature, "none_below": {"by": refusal.by, "usual": refusal.usual},
    }  # fmt: skip
    network = whole_network(model, {"config": json.dumps(config, ensure_ascii=False)})
    files |= needed
    files["config.json"] = _json(config)
    files["labels.json"] = _json(list(model.classes))
    files["predict.py"] = standalone(kind.script).encode()
    requirements = ("numpy", "onnxruntime", *kind.requires)
    files["requirements.txt"] = "".join(f"{_bounded(name)}\n" for name in requirements).encode()
    files[FLOAT32] = network
    if not (step := made(1)):
        return None
    yield step
    small = in_whole_numbers(network, model, _payloads(run, run.split.train, _CALIBRATING))
    if small is not None:
        files[INT8] = small
    files |= _weights(model)
    if not (step := made(2)):
        return None
    yield step
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        cases = _cases(run, model, folder)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        if not (step := made(3)):
            return None
        yield step
        proofs: dict[str, Proof] = {}
        for done, name in enumerate((FLOAT32, *([INT8] if small is not None else [])), start=4):
            proofs[name] = prove(folder, name, cases, model.classes, requirements)
            if not (step := made(done)):
                return None
            yield step
        files |= _samples(folder, cases, model.classes)
    if not proofs[FLOAT32].exact:
        found = proofs[FLOAT32]
        raise RunError(
            Message(
                "The exported model does not answer as this one does: the same class on {same} of {n}, probabilities "
                "apart by up to {largest:.4f}. So it is not given out.",
                same=found.same, n=found.n, largest=found.largest,
            ),
            Message("Please report this, with the name of the pretrained model."),
        )  # fmt: skip
    files["proof.json"] = _json({name: proof.to_dict() for name, proof in proofs.items()})
    files["README.md"] = render_card(run, language, proofs).encode()
    return Exported(files, proofs)


def _payloads(run: FinishedRun, places: Sequence[int], most: int) -> list[Payload]:
    """Some of the run's examples, spread over these places in its dataset."""
    step = max(1, len(places) // most)
    return [run.dataset.payload(place) for place in places[::step][:most]]


def _cases(run: FinishedRun, model: ExtendedModel, folder: Path) -> list[Case]:
    """The evaluation set (the training set where nothing was held back) as files in the `folder`, with what the model
    answers about just these files."""
    kind = run.dataset.kind
    places = [run.place[answer.example] for answer in run.answers] or list(run.split.train)
    places = places[:: max(1, -(-len(places) // MOST_CASES))]
    (folder / "samples").mkdir()
    names, payloads = [], []
    for number, place in enumerate(places):
        ending, raw = kind.exported(run.dataset.payload(place))
        name = f"samples/{number:04}{ending}"
        (folder / name).write_bytes(raw)
        names.append(name)
        payloads.append(kind.read(raw))
    embeddings = model.model.embed(payloads)
    with torch.inference_mode():
        said = [tuple(one.probabilities.values()) for one in model.answers(embeddings)]
    alike: Sequence[float | None] = model.likeness(embeddings) or [None] * len(names)
    truths = [run.dataset.examples[place].label for place in places]
    return [Case(*one) for one in zip(names, truths, said, alike, strict=True)]


def _samples(folder: Path, cases: Sequence[Case], classes: Sequence[str]) -> dict[str, bytes]:
    """Some of the cases, each class in turn, with the answers that they must get."""
    by_truth: dict[str, list[Case]] = {}
    for case in cases:
        by_truth.setdefault(case.truth, []).append(case)
    order = [case for row in range(SAMPLES) for own in by_truth.values() for case in own[row : row + 1]]
    files: dict[str, bytes] = {}
    said: list[dict[str, Any]] = []
    for case in order[:SAMPLES]:
        shares = dict(zip(classes, (round(share, 6) for share in case.probabilities), strict=True))
        best = max(shares, key=shares.__getitem__)
        said.append({"input": Path(case.file).name, "truth": case.truth, "label": best, "probabilities": shares})
        if case.similarity is not None:
            said[-1]["similarity"] = round(case.similarity, 6)
        files[case.file] = (folder / case.file).read_bytes()
    files["samples/samples.json"] = _json(said)
    return files


def _weights(model: ExtendedModel) -> dict[str, bytes]:
    """The trained weights and their description, as this program keeps them."""
    with tempfile.TemporaryDirectory() as place:
        model.model.save(Path(place))
        return {name: Path(place, name).read_bytes() for name in ("model.json", "model.safetensors")}


def _bounded(name: str) -> str:
    """A required package from the version on that was proven, up to where this program itself stops."""
    own: list[Requirement] = []
    with suppress(PackageNotFoundError):  # it is run from its source, not installed
        own = [Requirement(text) for text in requires("finetune-lab") or ()]
    below = [str(limit) for one in own if one.name == name for limit in one.specifier if limit.operator.startswith("<")]
    return ",".join([f"{name}>={version(name)}", *below])


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode()
