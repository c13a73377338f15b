"""The verbs that say more about a finished run: calibration."""

from __future__ import annotations

import argparse

from core.cli.output import print_json
from core.errors import UserError
from core.evaluation.calibration import Calibration
from core.results.calibration import Reliability
from core.results.finished_run import FinishedRun
from core.workspace import Workspace


def add_calibration_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="run id")


def calibration(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Say whether a run is right as often as it says, as it was trained and as it was corrected."""
    run = FinishedRun.open(flags.run, workspace)
    found = run.reliability
    if found is None:
        raise UserError(
            f"No example judged the run '{run.id}', so how sure it should be cannot be told.",
            "Add examples to its data set and train again.",
        )
    if flags.json:
        print_json({"run": run.id, **found.to_dict()})
        return 0
    print(_correction(found))
    _tell("as trained", found.before)
    if found.after:
        _tell("corrected", found.after)
    return 0


def _correction(found: Reliability) -> str:
    made, part = found.correction, {"fold": "left-out"}.get(found.learnt_on, found.learnt_on)
    if not made.why_none:
        return f"temperature {made.temperature:.2f}, learnt from {made.n} {part} answers"
    return f"temperature 1: {_WHY_NONE[made.why_none].format(n=made.n)}"


_WHY_NONE = {
    "few": "{n} held-out answers are too few to learn it from",
    "all right": "all {n} held-out answers were right, so how often a sure one is wrong cannot be learnt",
    "no better": "on answers that it was not learnt from another one does not help",
}


def _tell(which: str, found: Calibration) -> None:
    print(
        f"{which}: {_VERDICTS[found.verdict]}. {found.confidence:.0%} sure on average, right on {found.accuracy:.0%} "
        f"of {found.n}; ECE {found.ece:.3f} (10 bins of equal width; chance alone: {found.chance[0]:.3f}, rarely above "
        f"{found.chance[1]:.3f}), Brier {found.brier:.3f}, log loss {found.log_loss:.3f}"
    )
    for one in found.bins:
        low, high = one.interval
        print(
            f"  says {one.confidence:>4.0%}: right on {one.right} of {one.n}, {one.accuracy:.0%} ({low:.0%}-{high:.0%})"
        )


_VERDICTS = {
    "few": "too few answers to tell",
    "overconfident": "too sure of itself",
    "underconfident": "right more often than it says",
    "uneven": "too sure here and not sure enough there",
    "calibrated": "as sure as it is right, as far as these answers tell",
}
