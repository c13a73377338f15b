"""A finished run as a folder that runs elsewhere, and its proof.

model.onnx         from arrays to calibrated probabilities      model.int8.onnx    the same, a quarter of the size
model.safetensors  the weights, described by model.json         config.json        classes, inputs, threshold
predict.py         asks the model; needs requirements.txt       samples/           inputs with expected answers
README.md          the model card, and how to use the folder    proof.json         what was compared, how it went
reproduce.py       trains it again with this program; .ipynb: the same as a notebook
LICENCES.txt       of all that is in it

With it comes one HTML file that answers by itself in a browser (`core.export.page`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import torch
from packaging.requirements import Requirement

from core.errors import ModelError
from core.evaluation.rejection import Rejection
from core.events import Event, Progress
from core.export.licences import licence_file
from core.export.network import in_half_precision, in_whole_numbers, whole_network
from core.export.page import LARGEST, MOST_LIVE, Network, live_page, no_live_page, no_page, offline_page, too_large
from core.export.proof import TOLERANCE, Case, Proof, prove, refused
from core.export.script import standalone
from core.messages import Language, Message
from core.models.extended import ExtendedModel
from core.report.contents import Contents
from core.report.render import render_card
from core.report.reproduce import notebook, script
from core.results.finished_run import FinishedRun
from core.storage import temporary_folder

FLOAT32, INT8 = "model.onnx", "model.int8.onnx"
_FLOAT16 = "model.fp16.onnx"
MOST_CASES = 500
"""Of a larger evaluation set so many are asked, spread over all of it."""
SAMPLES = 12
"""So many inputs lie beside the model, with the answers that it must give."""
LOSS_ALLOWED = 0.01
_FORMAT = 1
_STAGES = 6


@dataclass(frozen=True)
class Exported:
    """What was made: the files by name, and a proof for each network; and the page for browsers with the proof of the
    network in it, or why there is none."""

    files: dict[str, bytes]
    proofs: dict[str, Proof]
    page: bytes | Message
    page_proof: Proof | None


class _Stopped(Exception):
    """Somebody asked for an end."""


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
    try:
        return (yield from _export(run, model, refusal, language, stop))
    except _Stopped:
        return None


def _export(
    run: FinishedRun, model: ExtendedModel, refusal: Rejection, language: Language, stop: Callable[[], bool]
) -> Generator[Event, None, Exported]:
    kind, classes = run.dataset.kind, model.classes
    if not kind.script:
        raise ModelError(Message("A model for {kind} cannot be exported yet.", kind=kind.many))

    def progress(done: int) -> Progress:
        if stop():
            raise _Stopped
        return Progress("export", done, _STAGES)

    yield progress(0)
    config, files = _described(run, model, refusal)
    whole = whole_network(model, {"config": json.dumps(config, ensure_ascii=False)})
    requirements = ("numpy", "onnxruntime", *kind.requires)
    files |= {
        "config.json": _json(config),
        "labels.json": _json(list(classes)),
        "predict.py": standalone(kind.script, language=language).encode(),
        "requirements.txt": "".join(f"{_bounded(name)}\n" for name in requirements).encode(),
        **_weights(model),
        "LICENCES.txt": licence_file(Contents(run).licence),
    }
    yield progress(1)
    small = in_whole_numbers(whole)
    yield progress(2)
    with temporary_folder(2 * len(whole)) as folder:
        cases = cases_of(run, model, folder)
        for name, content in files.items():
            (folder / name).write_bytes(content)

        def proven(name: str, content: bytes) -> Network:
            (folder / name).write_bytes(content)
            return Network(content, *prove(folder, name, cases, classes, requirements))

        yield progress(3)
        networks = {FLOAT32: proven(FLOAT32, whole)}
        if not networks[FLOAT32].proof.exact:
            raise refused(networks[FLOAT32].proof)
        yield progress(4)
        if small is not None:
            networks[INT8] = proven(INT8, small)
        yield progress(5)
        for_page = no_page(kind, run.card) or _page_networks(networks, proven)
        samples = _samples(cases, networks)
        names = [f"samples/{one['input']}" for one in samples]
        files |= {name: (folder / name).read_bytes() for name in names}
    files |= {name: network.content for name, network in networks.items()}
    proofs = {name: network.proof for name, network in networks.items()}
    files["samples/samples.json"] = _json(samples)
    files["proof.json"] = _json({name: proof.to_dict() for name, proof in proofs.items()})
    files["reproduce.py"] = script(run, language).encode()
    files["reproduce.ipynb"] = notebook(run, language).encode()
    files["README.md"] = render_card(run, language, proofs).encode()
    if isinstance(for_page, Message):
        return Exported(files, proofs, for_page, None)
    for network in for_page:
        page = offline_page(run, config, files, network, proofs[FLOAT32], samples, language)
        if len(page) <= LARGEST:
            return Exported(files, proofs, page, network.proof)
    return Exported(files, proofs, too_large(len(page)), None)


def export_live(
    run: FinishedRun, model: ExtendedModel, refusal: Rejection, language: Language
) -> Generator[Event, None, bytes | Message]:
    """The page that answers live in a browser on this computer, with the very network where that is not too large, or
    why there is none. ModelError where the network cannot be translated, DataError where the dataset was deleted."""
    if missing := no_live_page(run.dataset.kind):
        return missing
    yield Progress("export", 0, 3)
    config, files = _described(run, model, refusal)
    network = whole_network(model, {"config": json.dumps(config, ensure_ascii=False)})
    yield Progress("export", 1, 3)
    if len(network) > MOST_LIVE:
        network = in_whole_numbers(network) or network
    if len(network) > MOST_LIVE:
        return Message("This model is too large to answer live in a browser ({size:bytes}).", size=len(network))
    yield Progress("export", 2, 3)
    return live_page(run, config, files, network, language)


def _described(run: FinishedRun, model: ExtendedModel, refusal: Rejection) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What whoever asks the network must know, and the files that its inputs need, by name."""
    about, files = model.model.backbone.input_files(model.model.size)
    kind = run.dataset.kind
    config = {
        "format": _FORMAT, "title": run.title, "run": run.id, "kind": kind.name, "classes": list(model.classes),
        "input": {**about, "suffixes": sorted(kind.suffixes)}, "tolerance": TOLERANCE,
        "temperature": model.model.temperature, "none_below": {"by": refusal.by, "usual": refusal.usual},
    }  # fmt: skip
    return config, dict(files)


def _page_networks(networks: Mapping[str, Network], proven: Callable[[str, bytes], Network]) -> list[Network]:
    """What may go into the page, best first: whole numbers; where these cost more than a point of accuracy, half
    precision, and whole numbers (the page says what they cost) only if the page were too large with that."""
    exact, small = networks[FLOAT32], networks.get(INT8)
    smaller = [] if small is None else [small]
    if small is not None and (exact.proof.accuracy or 0.0) - (small.proof.accuracy or 0.0) <= LOSS_ALLOWED:
        return smaller
    return [proven(_FLOAT16, in_half_precision(exact.content)), *smaller]


def cases_of(run: FinishedRun, model: ExtendedModel, folder: Path) -> list[Case]:
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


def _samples(cases: Sequence[Case], networks: Mapping[str, Network]) -> list[dict[str, Any]]:
    """Some of the cases, each class in turn, with the answer that each network must give."""
    by_truth: dict[str, list[int]] = {}
    for number, case in enumerate(cases):
        by_truth.setdefault(case.truth, []).append(number)
    order = [number for row in range(SAMPLES) for own in by_truth.values() for number in own[row : row + 1]]

    def expected(network: Network, number: int) -> dict[str, Any]:
        return {name: value for name, value in network.answers[number].items() if name != "input"}

    return [
        {
            "input": Path(cases[number].file).name, "truth": cases[number].truth,
            "expected": {name: expected(network, number) for name, network in networks.items()},
        }
        for number in order[:SAMPLES]
    ]  # fmt: skip


def _weights(model: ExtendedModel) -> dict[str, bytes]:
    """The trained weights and their description, as this program keeps them."""
    with temporary_folder() as folder:
        model.model.save(folder)
        return {name: (folder / name).read_bytes() for name in ("model.json", "model.safetensors")}


def _bounded(name: str) -> str:
    """A required package from the version on that was proven, up to where this program itself stops."""
    own: list[Requirement] = []
    with suppress(PackageNotFoundError):  # it is run from its source, not installed
        own = [Requirement(text) for text in requires("finetune-lab") or ()]
    below = [str(limit) for one in own if one.name == name for limit in one.specifier if limit.operator.startswith("<")]
    return ",".join([f"{name}>={version(name)}", *below])


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode()
