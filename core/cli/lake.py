"""The classic one-shot test on the command line: `fewshot RUNS --protocol lake`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.cli.output import listener, print_json
from core.evaluation.paired import Paired, mcnemar
from core.events import drain
from core.studies.few_shot.lake import BASELINE, PUBLISHED, USUAL_VIEWS, LakeResult, Runs, read_runs, run_lake
from core.workspace import Workspace


def lake(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Error of a model in the published runs, beside the baseline, and with --against beside another model."""
    runs = read_runs(Path(flags.data).expanduser(), workspace)
    asked = [flags.model or runs.dataset.kind.default_model, *([flags.against] if flags.against else []), BASELINE]
    views = USUAL_VIEWS if flags.views is None else flags.views
    listen = listener(flags)
    results = [drain(run_lake(runs, model, workspace, views), listen) for model in dict.fromkeys(asked)]
    first, *others = [result for result in results if result]
    paired = {other.model: mcnemar(first.right, other.right) for other in others}
    if flags.json:
        print_json(_report(runs, first, others, paired))
    else:
        _tell(runs, first, others, paired)
    return 0


def _report(runs: Runs, first: LakeResult, others: list[LakeResult], paired: dict[str, Paired]) -> dict[str, Any]:
    return {
        **_facts(runs, first),
        "compared": [
            {**_facts(runs, other), "only_this_right": paired[other.model].only_second,
             "only_the_first_right": paired[other.model].only_first, "p": paired[other.model].p}
            for other in others
        ],
        "published": [{"name": name, "error_percent": error, "source": source} for name, error, _, source in PUBLISHED],
    }  # fmt: skip


def _facts(runs: Runs, result: LakeResult) -> dict[str, Any]:
    low, high = result.interval
    return {
        "protocol": "lake", "model": result.model, "views": result.views, "error": result.error,
        "interval": [low, high], "n": runs.n, "runs": result.errors,
    }  # fmt: skip


def _tell(runs: Runs, first: LakeResult, others: list[LakeResult], paired: dict[str, Paired]) -> None:
    for result in (first, *others):
        low, high = result.interval
        print(f"{result.error:6.1%} wrong ({low:.1%}-{high:.1%}, n = {runs.n})  {result.model}, {result.views} views")
    for model, test in paired.items():
        print(
            f"        {first.model} alone is right on {test.only_first} questions, {model} alone on "
            f"{test.only_second}: p = {test.p:.2g} (exact McNemar)"
        )
    print("  each run: " + " ".join(f"{name} {error:.0%}" for name, error in first.errors.items()))
    print("published:")
    for name, error, note, source in PUBLISHED:
        print(f"{error:5.1f}%  {name}{f' ({note})' if note else ''}, {source}")
