"""The classic one-shot test on the command line: `fewshot RUNS --protocol lake`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.cli.output import listener, print_json, say, words
from core.cli.verbs import Parser
from core.data.store import filling
from core.evaluation.paired import Paired, mcnemar
from core.events import drain
from core.messages import Message
from core.studies.few_shot.lake import BASELINE, PUBLISHED, USUAL_VIEWS, LakeResult, Runs, read_runs, run_lake
from core.workspace import Workspace


def add_lake_flags(parser: Parser) -> None:
    parser.add_argument(
        "--protocol", default="episodes", choices=["episodes", "lake"],
        help=Message("'lake': DATA holds the published one-shot runs, a folder each with class_labels.txt"),
    )  # fmt: skip
    parser.add_argument(
        "--against", metavar="ID", help=Message("with --protocol lake: another model to compare with, pair by pair")
    )
    parser.add_argument(
        "--views",
        type=int,
        metavar="V",
        help=Message("with --protocol lake: looks at each drawing (default {n})", n=USUAL_VIEWS),
    )


def lake(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Error of a model in the published runs, beside the baseline, and with --against beside another model."""
    views, listen = USUAL_VIEWS if flags.views is None else flags.views, listener(flags)
    with filling(workspace):
        runs = read_runs(Path(flags.data).expanduser(), workspace)
        asked = [flags.model or runs.dataset.kind.default_model, *([flags.against] if flags.against else []), BASELINE]
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
        "published": [
            {"name": one.name, "error_percent": one.error, "source": one.measured_by} for one in PUBLISHED
        ],
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
        say("{error:percent1} wrong ({low:percent1} to {high:percent1}, n = {n})  {model}, {views} views",
            error=result.error, low=low, high=high, n=runs.n, model=result.model, views=result.views)  # fmt: skip
    for model, test in paired.items():
        say("{first} alone is right on {a} queries, {second} alone on {b}: p = {p:.2g} (exact McNemar test)",
            first=first.model, a=test.only_first, second=model, b=test.only_second, p=test.p)  # fmt: skip
    each = [words("{run} {error:percent}", run=name, error=error) for name, error in first.errors.items()]
    say("Each run: {errors}", errors=" ".join(each))
    say("Published:")
    for one in PUBLISHED:
        said = Message("{name} ({note})", name=one.name, note=one.had) if one.had else one.name
        say("{error:percent1}  {said}, {source}", error=one.error / 100, said=said, source=one.measured_by)
