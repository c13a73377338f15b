"""The verbs about a whole set: experiment, curve."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from core.cli.data import add_data_flags, find_dataset
from core.cli.output import listener
from core.data.dataset import Dataset
from core.errors import RecipeError
from core.events import JobEnded
from core.runs.folder import RunFolder
from core.studies.learning_curve.run import CurveDesign, checked_curve, curve_strategies
from core.studies.splits import make_draws
from core.studies.transfer.design import (
    PARTS,
    STARTS,
    USUAL_DRAWS,
    Design,
    checked,
    transfer_strategies,
    usual_strategy,
)
from core.workspace import Workspace


def add_experiment_flags(parser: argparse.ArgumentParser) -> None:
    add_data_flags(parser)
    add_draw_flags(parser)
    parser.add_argument(
        "--strategy", choices=transfer_strategies(),
        help="how the pretrained model learns; default: head for pictures, contrastive for messages",
    )  # fmt: skip
    parser.add_argument("--shots", type=int, default=5, help="examples of each class that teach (default 5)")
    parser.add_argument(
        "--without", nargs="+", default=[], choices=list(PARTS), metavar="NAME",
        help=f"leave out ways to use the data harder: {', '.join(PARTS)}",
    )  # fmt: skip
    parser.add_argument("--level", default="light", help="how much examples are varied (default light)")
    parser.add_argument("--views", type=int, default=8, help="variations of each example, itself included (default 8)")
    parser.add_argument("--scratch-epochs", type=int, default=30, help="epochs from scratch (default 30)")
    parser.add_argument("--scratch-size", type=int, help="pixels a side for pictures from scratch")


def add_draw_flags(parser: argparse.ArgumentParser) -> None:
    """What every verb takes that repeats a training on several draws."""
    parser.add_argument("--model", help="model id (see `models`); default: the bundled one for the kind of data")
    parser.add_argument(
        "--draws", type=int, default=USUAL_DRAWS, help=f"how many draws of examples (default {USUAL_DRAWS})"
    )
    parser.add_argument("--seed", type=int, default=0, help="the first draw's seed; the next ones follow (default 0)")


def experiment(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Compare from scratch and transferred, plain and with the data used harder, on the same draws."""
    dataset = find_dataset(flags.data, flags, workspace)
    design = Design(
        model=flags.model or dataset.kind.default_model,
        strategy=flags.strategy or usual_strategy(dataset.modality),
        parts=tuple(name for name in PARTS if name not in flags.without),
        **{name: getattr(flags, name) for name in _SAME},
    )
    checked(dataset, design, workspace)  # all bad input is said before anything begins
    make_draws(dataset, design.shots, design.draws, design.seed)
    end = run_study("experiment", dataset, {"design": design.to_dict()}, flags, workspace)
    if not flags.json and end.result:
        _tell(end.result)
    return 0 if end.reason == "completed" else 1


_SAME = ("shots", "draws", "seed", "level", "views", "scratch_epochs", "scratch_size")


def add_curve_flags(parser: argparse.ArgumentParser) -> None:
    add_data_flags(parser)
    add_draw_flags(parser)
    parser.add_argument(
        "--strategy", action="append", choices=curve_strategies(), help="a way to learn; may be given several times"
    )
    parser.add_argument("--most", type=int, help="at most so many examples of each class teach")
    parser.add_argument("--target", type=float, help="the accuracy to get to, between 0 and 1")


def curve(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Measure a learning curve for each strategy, on the same draws."""
    dataset = find_dataset(flags.data, flags, workspace)
    if flags.target is not None and not 0 < flags.target < 1:
        raise RecipeError(f"--target must lie between 0 and 1, not {flags.target:g}.", "90 % is 0.9.")
    design = CurveDesign(
        model=flags.model or dataset.kind.default_model, strategies=tuple(flags.strategy or ("head",)),
        draws=flags.draws, seed=flags.seed, most=flags.most,
    )  # fmt: skip
    checked_curve(dataset, design, workspace)
    end = run_study("curve", dataset, {"design": design.to_dict(), "target": flags.target}, flags, workspace)
    if not flags.json and end.result:
        _tell_curve(end.result)
    return 0 if end.reason == "completed" else 1


def _tell_curve(result: dict[str, Any]) -> None:
    for strategy, points in result["curves"].items():
        for point in points:
            print(f"{strategy:<12} {point['shots']:>5} of each class  {interval(point)}")
        for said in result["forecasts"].get(strategy, {}).get("sentences", ()):
            print(said)


def run_study(
    kind: str, dataset: Dataset, request: dict[str, Any], flags: argparse.Namespace, workspace: Workspace
) -> JobEnded:
    """Do the job in this process, in a folder that the pages find too."""
    from core.jobs import run_job

    about = {"dataset": dataset.id, "classes": len(dataset.classes), **request}
    folder = RunFolder.create(workspace.studies, kind, dataset.title, about)
    end = run_job(folder, workspace, folder.stop_requested, listener(flags))
    assert isinstance(end, JobEnded)
    if end.reason == "failed":
        print(end.message, file=sys.stderr)
    return end


def interval(found: dict[str, Any], *, signed: bool = False) -> str:
    """ "78% (71% to 84%)", or with a sign "+14 (+8 to +20) points"."""
    low, high = found["interval"] or (None, None)
    if signed:
        between = "" if low is None else f" ({100 * low:+.1f} to {100 * high:+.1f})"
        return f"{100 * found['mean']:+.1f}{between} points"
    between = "" if low is None else f" ({low:.0%} to {high:.0%})"
    return f"{found['mean']:.0%}{between}, {found['draws']} draws, n={found['judged']}"


def _tell(result: dict[str, Any]) -> None:
    for way in ("plain", "harder"):
        for start in STARTS:
            if found := result["scores"].get(f"{start}/{way}"):
                print(f"{start:<12} {way:<8} {interval(found)}")
    for start, row in result["parts"].items():
        for part, found in row.items():
            print(f"{start:<12} {part:<14} alone {interval(found, signed=True)}")
    for said in result["sentences"]:
        print(said)
