"""The verb about how good a run is: score."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from core.cli.output import listener, print_json
from core.data.dataset import Dataset
from core.data.findings import Finding, load_findings
from core.evaluation.scores import are_imbalanced, balanced, confusion_matrix
from core.evaluation.validity import caveats
from core.events import drain
from core.results.finished_run import FinishedRun
from core.workspace import Workspace


def score(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Say how good a run is, how sure that is, and what was found that casts doubt on it."""
    run = FinishedRun.open(flags.run, workspace)
    findings = _findings(run.dataset, flags, workspace)
    result = {"run": run.id, **_scores(run)}
    result["doubts"] = [asdict(doubt) for doubt in caveats(findings)]
    if flags.json:
        print_json(result)
    else:
        _tell(result)
    return 0


def _findings(dataset: Dataset, flags: argparse.Namespace, workspace: Workspace) -> tuple[Finding, ...]:
    """What the doctor found; it looks now if it has not."""
    known = load_findings(dataset.id, workspace)
    if known is None or not known.complete:
        from core.jobs.data import look_over

        drain(look_over(dataset, workspace), listener(flags))
        known = load_findings(dataset.id, workspace)
    return known.found if known else ()


def _scores(run: FinishedRun) -> dict[str, Any]:
    found, folds = run.score, run.ended.cross_validated
    matrix = confusion_matrix([a.label for a in run.answers], [a.truth for a in run.answers], run.classes)
    return {
        "judged_by": run.evaluated_by if found else None,
        "score": asdict(found) if found else None,
        "cross_validated": asdict(folds) if folds else None,
        "chosen": run.chosen,
        "uneven": are_imbalanced(matrix),
        "balanced": asdict(balanced(matrix)) if run.answers else None,
    }


def _tell(result: dict[str, Any]) -> None:
    found = result["score"]
    if found is None:
        print("Nobody judged: how good it is cannot be told.")
    else:
        print(f"{result['judged_by']}: {_share(found['accuracy'], found['interval'])}, n={found['n']}")
        print(f"always naming the commonest class: {found['baseline']:.0%}")
    if folds := result["cross_validated"]:
        print(
            f"cross-validated: {_share(folds['accuracy'], folds['interval'])}, n={folds['n']}, {folds['folds']} folds, "
            f"{folds['repeats']} times"
        )
    if result["balanced"]:
        even = result["balanced"]
        print(f"balanced accuracy: {_share(even['balanced_accuracy'], even['balanced_interval'])}")
        print(f"macro F1: {_share(even['macro_f1'], even['macro_f1_interval'])}")
    for doubt in result["doubts"]:
        print(f"But: {doubt['title']}. {doubt['effect']}")


def _share(share: float, interval: tuple[float, float]) -> str:
    return f"{share:.0%} ({interval[0]:.0%}-{interval[1]:.0%})"
