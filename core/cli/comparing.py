"""The verb `compare`: finished runs beside each other, and whether one is better."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from core.cli.data import add_read_flags, find_dataset
from core.cli.output import listener, print_json
from core.events import JobEnded
from core.runs.folder import RunFolder
from core.studies.comparison.run import KIND, check_common
from core.studies.comparison.table import compare_runs, read_runs, to_dict
from core.workspace import Workspace

SHARED = "shared"


def add_compare_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run ids")
    parser.add_argument(
        "--on", metavar="DATA",
        help=f'where they were judged on different examples: "{SHARED}" for those that judged them all, or a data set '
        "(anything that `check` reads, or dataset:ID) of whose examples those judge that taught none of them",
    )  # fmt: skip
    add_read_flags(parser)


def compare(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Compare finished runs on the same examples; the last line has scores, differences, and a verdict."""
    ids = [run.removeprefix("run:") for run in flags.runs]
    study = None
    if flags.on not in (None, SHARED):
        study = _judged_again(ids, flags, workspace)
        if study is None:
            return 1
    found = compare_runs(ids, workspace, shared=flags.on == SHARED, study=study)
    result = to_dict(found, workspace)
    if flags.json:
        print_json(result)
    else:
        _tell(result)
    return 0


def _judged_again(ids: list[str], flags: argparse.Namespace, workspace: Workspace) -> RunFolder | None:
    from core.jobs import run_job

    runs = read_runs(ids, workspace)  # all bad input is said before anything begins
    dataset = find_dataset(flags.on, flags, workspace)
    check_common(dataset, runs)
    folder = RunFolder.create(
        workspace.studies, KIND, dataset.title, {"runs": [run.run for run in runs], "dataset": dataset.id}
    )
    end = run_job(folder, workspace, folder.stop_requested, listener(flags))
    assert isinstance(end, JobEnded)
    if end.reason == "completed":
        return folder
    print(end.message, file=sys.stderr)
    return None


def _tell(result: dict[str, Any]) -> None:
    for row in result["runs"]:
        low, high = row["interval"]
        print(
            f"{row['run']}  {row['accuracy']:.0%} ({low:.0%} to {high:.0%}, n={row['n']}, guessing "
            f"{row['baseline']:.0%})  {row['seconds']:.1f} s  {row['megabytes']:.1f} MB  {row['name']}"
        )
    for one in result["differences"]:
        print(f"  {one['label']}: " + " | ".join(value or "-" for value in one["values"].values()))
    if left_out := result["left_out"]:
        print(
            f"left out: {left_out['taught']} that taught a run or chose its moment, {left_out['near_copies']} nearly "
            "copies of such"
        )
    for said in result["sentences"]:
        print(said)
    for offer in result["offers"]:
        what = f"the {offer['n']} examples that judged all" if offer["on"] == SHARED else offer["title"]
        print(f"compare on {what}: --on {offer['on']}")
