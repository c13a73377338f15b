"""Finished runs to report on, and strangers who mean harm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.cache import CACHE_VIEW, VectorCache
from core.data.dataset import Dataset, Example
from core.data.findings import Exhibit, Finding, save_findings
from core.evaluation.answers import read_answers, write_answers
from core.events import RunEnded, Score
from core.messages import quoted
from core.models.catalogue import get_card
from core.runs.folder import RunFolder
from core.storage import append_line, read_log
from core.workspace import Workspace

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</style></title></blockquote><a href=https://evil.example>x</a>",
    "{title} {0} {names!r} %s",
    "**bold** `code` [link](https://evil.example) ![p](//evil.example/p) https://evil.example www.evil.example",
    "| cell | <!-- --> &lt;b&gt; &amp; \\| $x$",
    "\u202eright to left\u202c \u0000 \u001b[31m \u2028 \ud83d\ude42".encode("utf-16", "surrogatepass").decode(
        "utf-16"
    ),
    "x" * 500,
    "first\n---\nlicense: evil\n# heading\n- item",
)


def hostile_messages(workspace: Workspace, each: int = 6, harm: Sequence[str] = HOSTILE) -> Dataset:
    """Classes, file names, texts and a title by somebody who means harm."""
    examples = [
        Example(f"id{c}-{n}", label, f"{label}/{harm[(c + n) % len(harm)]}", f"{harm[(c + n) % len(harm)]} {c} {n}")
        for c, label in enumerate(harm)
        for n in range(each)
    ]
    dataset = Dataset(harm[0] + harm[-1], "text", tuple(examples), workspace.examples)
    dataset.save(workspace)
    return dataset


def hostile_findings(dataset: Dataset, workspace: Workspace, harm: Sequence[str] = HOSTILE) -> None:
    found = [
        Finding("shortcut", "serious", quoted(text), quoted(text), 3, (Exhibit(f"k{i}", text, text, quoted(text)),))
        for i, text in enumerate(harm)
    ]
    save_findings(dataset.id, workspace, found, complete=True)


def known_vectors(dataset: Dataset, workspace: Workspace, seed: int = 0) -> dict[str, np.ndarray]:
    """Embeddings of every example by the tiny model, as if it had been asked."""
    card = get_card(f"tiny-{dataset.modality}", workspace)
    rng = np.random.default_rng(seed)
    rows = {e.id: rng.normal(dataset.classes.index(e.label), 1, card.dimension).astype(np.float32)
            for e in dataset.examples}  # fmt: skip
    VectorCache(workspace, card.identity, card.input_size, CACHE_VIEW).put(rows)
    return rows


def without_judges(run: RunFolder) -> RunFolder:
    """The same run as if nothing had been held back."""
    events = read_log(run.path / "events.jsonl").rows
    for event in events:
        if event["event"] == "run_ended":
            event["validation"] = None
        if event["event"] == "epoch_end":
            event["validation_loss"] = event["validation_accuracy"] = None
        if event["event"] == "run_started":
            event["n_validation"], event["baseline"] = 0, None
    (run.path / "events.jsonl").unlink()
    for event in events:
        append_line(run.path / "events.jsonl", json.dumps(event))
    write_answers([], run.path)
    return run


def with_final_test(run: RunFolder) -> RunFolder:
    """The same run, judged again by twenty examples of a final test, of which it got half."""
    answers = read_answers(run.path)
    write_answers([*answers, *(replace(answer, part="test") for answer in answers)], run.path)
    ended = run.events()[-1]
    assert isinstance(ended, RunEnded)
    run.append(replace(ended, test=Score(0.5, (0.3, 0.7), 20, 0.5)))
    return run
