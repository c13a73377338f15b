"""Asks the model beside this file: files or messages in, one line of JSON for each out.

    python predict.py INPUT ...        --help says which inputs there are
    python predict.py --self-test      do the samples still get the answers that they got when this was made?

It needs onnxruntime, numpy and what else requirements.txt names, and no network.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.errors import UnreadableExampleError
from core.messages import Message

HERE = Path(__file__).resolve().parent
BATCH = 16


class Inputs(Protocol):
    """How one kind of example comes in."""

    def named(self, arguments: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """What was named on the command line: a name and the bytes of each."""
        ...

    def read(self, raw: bytes) -> Any:
        """One example, decoded. UnreadableExampleError says why it cannot be used."""
        ...

    def batch(self, examples: Sequence[Any]) -> dict[str, np.ndarray]:
        """Examples as the arrays that the model takes."""
        ...

    def remark(self, example: Any) -> str:
        """What a person should know beside its answer; "" for most."""
        ...


class Model:
    """The model in a folder. `network` names its file: model.onnx, or model.int8.onnx where there is one."""

    def __init__(self, inputs: Inputs, folder: Path = HERE, network: str = "model.onnx") -> None:
        self.about = about(folder)
        self.classes: list[str] = self.about["classes"]
        self._inputs = inputs
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before it is loaded: nothing here reports to anybody
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # builds for Windows do not know that name
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(folder / network), options, providers=["CPUExecutionProvider"])
        self._takes = [one.name for one in self._session.get_inputs()]
        self._gives = [one.name for one in self._session.get_outputs()]

    def ask(self, raws: Iterable[tuple[str, bytes]], none_below: float | None = None) -> Iterator[dict[str, Any]]:
        """One answer for each (name, bytes), in order, a batch at a time."""
        waiting: list[tuple[str, Any]] = []
        for name, raw in raws:
            try:
                waiting.append((name, self._inputs.read(raw)))
            except UnreadableExampleError as error:
                waiting.append((name, error))
            if len(waiting) == BATCH:
                yield from self._answers(waiting, none_below)
                waiting = []
        yield from self._answers(waiting, none_below)

    def _answers(self, given: list[tuple[str, Any]], none_below: float | None) -> Iterator[dict[str, Any]]:
        readable = [example for _, example in given if not isinstance(example, UnreadableExampleError)]
        rows = iter(self.run(readable)) if readable else iter(())
        for name, example in given:
            if isinstance(example, UnreadableExampleError):
                yield {"input": name, "error": str(example)}
                continue
            probabilities, similarity = next(rows)
            best = int(np.argmax(probabilities))
            answer: dict[str, Any] = {"input": name, "label": self.classes[best]}
            score = similarity if similarity is not None else float(probabilities[best])
            if none_below is not None and score < none_below:
                answer["label"] = None  # none of these
            answer["probabilities"] = {
                label: round(float(p), 6) for label, p in zip(self.classes, probabilities, strict=True)
            }
            if similarity is not None:
                answer["similarity"] = round(similarity, 6)
            if said := self._inputs.remark(example):
                answer["note"] = said
            yield answer

    def run(self, examples: Sequence[Any]) -> Iterator[tuple[np.ndarray, float | None]]:
        """The probabilities (classes,) of each example, and how alike it is to the training examples (0 to 1)."""
        batch = self._inputs.batch(examples)
        outputs = self._session.run(None, {name: batch[name] for name in self._takes})
        found = dict(zip(self._gives, outputs, strict=True))
        similarity = found.get("similarity")
        for row, probabilities in enumerate(found["probabilities"]):
            yield probabilities, None if similarity is None else float(similarity[row])


def about(folder: Path = HERE) -> dict[str, Any]:
    """What config.json says: the classes in their order, how inputs are prepared, the usual threshold."""
    found: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return found


def self_test(inputs: Inputs, network: str) -> bool:
    """Ask the samples again, and say whether they still get the same answers. True when all do."""
    samples = json.loads((HERE / "samples" / "samples.json").read_text(encoding="utf-8"))
    model = Model(inputs, network=network)
    raws = [(one["input"], inputs_of_sample(one)) for one in samples]
    same, largest = 0, 0.0
    for one, answer in zip(samples, model.ask(raws), strict=True):
        expected_answer = one["expected"][network]
        same += answer.get("label") == expected_answer["label"]
        expected = [expected_answer["probabilities"][label] for label in model.classes]
        found = [answer.get("probabilities", {}).get(label, 2.0) for label in model.classes]
        largest = max(largest, float(np.abs(np.subtract(expected, found)).max()))
    passed = same == len(samples) and largest <= model.about["tolerance"]
    said = {"self_test": "passed" if passed else "failed", "same_answer": same, "of": len(samples),
            "largest_difference": round(largest, 6)}  # fmt: skip
    print(json.dumps(said))
    return passed


def inputs_of_sample(sample: dict[str, Any]) -> bytes:
    """The bytes of a sample: of its file, or of its text."""
    if "text" in sample:
        return str(sample["text"]).encode()
    return (HERE / "samples" / sample["input"]).read_bytes()


def main(inputs: Inputs, takes: object) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=str(Message("Classifies with the model beside this file.")))
    parser.add_argument("input", nargs="*", help=str(takes))
    parser.add_argument("--self-test", action="store_true",
                        help=str(Message("classify the samples and compare the answers")))  # fmt: skip
    parser.add_argument("--int8", action="store_true", help=str(Message("use the smaller model.int8.onnx")))
    parser.add_argument("--none-below", type=float, metavar="X",
                        help=str(Message("answer null (none of these) below this similarity, 0 to 1")))  # fmt: skip
    flags = parser.parse_args()
    network = "model.int8.onnx" if flags.int8 else "model.onnx"
    if not (HERE / network).exists():
        print(Message("There is no {network} beside this file.", network=network), file=sys.stderr)
        return 2
    if flags.self_test:
        return 0 if self_test(inputs, network) else 1
    if not flags.input:
        parser.print_usage(sys.stderr)
        return 2
    failed = asked = 0
    try:
        for answer in Model(inputs, network=network).ask(inputs.named(flags.input), flags.none_below):
            asked, failed = asked + 1, failed + ("error" in answer)
            print(json.dumps(answer, ensure_ascii=False), flush=True)
    except OSError as error:
        named = error.filename or Message("The input")
        print(Message("{name} cannot be read: {reason}.", name=named, reason=error.strerror or ""), file=sys.stderr)
        return 2
    return 2 if asked == failed else 0
