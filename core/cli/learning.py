"""The verb about how a run learnt: curves."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from core.cli.output import print_json
from core.errors import RunError, UserError
from core.evaluation.curves import best_epoch
from core.events import EpochEnd
from core.results.finished_run import FinishedRun
from core.results.history import Replay, before, reading
from core.runs.folder import RunFolder
from core.runs.progress import RunProgress, follow
from core.workspace import Workspace


def add_curves_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="run id")
    parser.add_argument(
        "--epoch", type=int, metavar="N", help="go back to this epoch: what was right then, and what had changed"
    )


def curves(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Tell a run's learning curves, say what they show, and with `--epoch` what was answered then."""
    folder = RunFolder.find(flags.run.removeprefix("run:"), workspace)
    progress = follow(folder.events())
    if progress.started is None or not progress.epochs:
        raise RunError(f"The run '{folder.id}' has no learning curve.", "Train it to its end.")
    past = _past(folder, workspace)
    points = [_point(end, past) for end in progress.epochs]
    result = {"run": folder.id, **_read(progress), "kept_moments": past.epochs if past else []}
    if flags.epoch is not None:
        result["then"] = _then(past, flags.epoch)
    if flags.json:
        for point in points:
            print_json(point)
        print_json(result)
    else:
        _tell(points, result)
    return 0


def _past(folder: RunFolder, workspace: Workspace) -> Replay | None:
    try:
        return FinishedRun.open(folder, workspace).history
    except UserError:  # unfinished, or the dataset was deleted: there are the curves all the same
        return None


def _point(end: EpochEnd, past: Replay | None) -> dict[str, Any]:
    """An epoch of the curve, and how many answers had changed since the kept epoch before it."""
    point: dict[str, Any] = {
        "epoch": end.epoch, "train_loss": end.train_loss, "train_accuracy": end.train_accuracy,
        "validation_loss": end.validation_loss, "validation_accuracy": end.validation_accuracy,
        "seconds": end.seconds,
    }  # fmt: skip
    if past is None or end.epoch not in past.epochs:
        return point
    earlier = before(past.epochs, end.epoch)
    if earlier is not None:
        change = past.change(earlier, end.epoch)
        point |= {"since": earlier, "gained": len(change.gained), "lost": len(change.lost)}
    return point


def _read(progress: RunProgress) -> dict[str, Any]:
    return {
        "best_epoch": best_epoch(progress.epochs),
        "kept_epoch": progress.ended.epoch if progress.ended else None,
        "reading": [asdict(remark) for remark in reading(progress)],
    }


def _then(past: Replay | None, epoch: int) -> dict[str, Any]:
    """The answers of a kept epoch, and which of them had just changed."""
    if past is None:
        raise RunError("This run kept no epoch that one could go back to.")
    if epoch not in past.epochs:
        kept = ", ".join(map(str, past.epochs))
        raise RunError(f"Epoch {epoch} was not kept.", f"Choose one of these: {kept}.")
    right, n, interval = past.accuracy(epoch)
    earlier = before(past.epochs, epoch)
    change = None if earlier is None else past.change(earlier, epoch)
    return {
        "epoch": epoch, "right": right, "n": n, "interval": interval, "confusion": past.confusion(epoch).tolist(),
        "since": earlier, "gained": _named(past, change.gained if change else ()),
        "lost": _named(past, change.lost if change else ()),
    }  # fmt: skip


def _named(past: Replay, places: tuple[int, ...]) -> list[str]:
    return [past.dataset.examples[past.examples[place]].name for place in places]


def _tell(points: list[dict[str, Any]], result: dict[str, Any]) -> None:
    for point in points:
        judged = point["validation_accuracy"]
        validation = "" if judged is None else f", validation {judged:.0%} (loss {point['validation_loss']:.3f})"
        print(f"epoch {point['epoch']}: training {point['train_accuracy']:.0%} (loss {point['train_loss']:.3f})"
              f"{validation}")  # fmt: skip
    for remark in result["reading"]:
        print(remark["message"])
    then = result.get("then")
    if then:
        low, high = then["interval"]
        print(f"after epoch {then['epoch']}: right on {then['right']} of {then['n']} ({low:.0%}-{high:.0%})")
        print(f"  newly right: {', '.join(then['gained']) or '-'}")
        print(f"  newly wrong: {', '.join(then['lost']) or '-'}")
