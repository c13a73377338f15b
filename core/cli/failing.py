"""The verb about where a run fails: failures."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from core.cli.output import print_json
from core.data.dataset import Dataset
from core.errors import RunError
from core.evaluation.answers import Answer
from core.evaluation.scores import class_scores, clearly_worst, confused, confusion_matrix
from core.messages import Message
from core.results.errors import across_the_split, failing_kinds
from core.results.finished_run import FinishedRun
from core.workspace import Workspace

_MOST = 20


def failures(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Say where a run fails: by class, by example, by kind of example, and by likeness to what taught it."""
    run = FinishedRun.open(flags.run, workspace)
    if not run.answers:
        raise RunError(
            Message("Nothing was held back to evaluate the run '{id}', so where it fails is not known.", id=run.id)
        )
    dataset, judged = run.dataset, list(run.calibrated_answers)
    result = {"run": run.id, "judged_by": run.evaluated_by, "n": len(judged), **_by_class(dataset, judged)}
    result["most_wrong"] = [_told(a) for a in sorted(judged, key=lambda a: -a.confidence) if not a.right][:_MOST]
    result["least_sure"] = [_told(a) for a in sorted(judged, key=lambda a: a.confidence)][:_MOST]
    result["kinds"] = [
        {**asdict(one), "clear": one.clear} for one in failing_kinds(dataset, judged, workspace)
    ]  # fmt: skip
    result["twins"] = _twins(run)
    if flags.json:
        print_json(result)
    else:
        _tell(result)
    return 0


def _by_class(dataset: Dataset, judged: list[Answer]) -> dict[str, Any]:
    matrix = confusion_matrix([a.label for a in judged], [a.truth for a in judged], dataset.classes)
    scores = class_scores(matrix, dataset.classes)
    worst = clearly_worst(scores)
    return {
        "classes": [asdict(score) for score in scores], "confusion": matrix.tolist(),
        "confused": [{"truth": t, "said": s, "n": n} for t, s, n in confused(matrix, dataset.classes)],
        "clearly_worst": worst.label if worst else None,
    }  # fmt: skip


def _told(answer: Answer) -> dict[str, Any]:
    return {"example": answer.example, "truth": answer.truth, "said": answer.label, "sure": answer.confidence}


def _twins(run: FinishedRun) -> dict[str, Any] | None:
    dataset = run.dataset
    found = across_the_split(dataset, run.split.train, run.calibrated_answers, run.recipe, run.workspace)
    if found is None:
        return None
    twins, judged_at, taught_at = found
    right, n, interval = twins.others
    pairs = [
        {"judged": dataset.examples[judged_at[p.evaluated]].name, "taught": dataset.examples[taught_at[p.trained]].name,
         "likeness": p.similarity, "twin": p.near_duplicate}
        for p in twins.pairs[:_MOST]
    ]  # fmt: skip
    return {
        "count": twins.count, "threshold": twins.threshold, "more_than_usual": twins.more_than_expected,
        "without": {"right": right, "n": n, "interval": interval}, "nearest": pairs,
    }  # fmt: skip


def _tell(result: dict[str, Any]) -> None:
    for score in result["classes"]:
        if score["n"]:
            low, high = score["recall_interval"]
            print(f"{score['label']}: {score['recall']:.0%} found ({low:.0%}-{high:.0%}, n={score['n']})")
    for mistake in result["confused"][:10]:
        print(f"{mistake['truth']} taken for {mistake['said']}: {mistake['n']}")
    for kind in result["kinds"]:
        if kind["clear"]:
            print(f"it fails more by {kind['name']} (p = {kind['p']:.3f})")
    if result["twins"]:
        print(f"{result['twins']['count']} of {result['n']} that judged are nearly twins of one that taught")
