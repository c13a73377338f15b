"""The verb `race`: several ways to train under the same conditions, and a recommendation."""

from __future__ import annotations

import argparse
from typing import Any

from core.cli.data import add_data_flags, find_dataset
from core.cli.studies import run_study
from core.errors import RecipeError
from core.studies.benchmark.candidates import checked
from core.studies.benchmark.design import RACING, USUAL_BUDGET, USUAL_HOLD_BACK, USUAL_SEEDS, RaceDesign
from core.training.spec.recipe import options
from core.workspace import Workspace

_USUAL = ("nearest", "head", "partial")


def add_race_flags(parser: argparse.ArgumentParser) -> None:
    add_data_flags(parser)
    parser.add_argument(
        "--strategy", action="append", choices=RACING,
        help=f"a way to train; may be given several times (default {', '.join(_USUAL)})",
    )  # fmt: skip
    parser.add_argument(
        "--model", action="append",
        help="model id (see `models`); may be given several times; default: the bundled one for the kind of data",
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, default=USUAL_SEEDS, help=f"how many seeds (default {USUAL_SEEDS})")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; the next ones follow (default 0)")
    parser.add_argument(
        "--budget", type=float, default=USUAL_BUDGET, metavar="SECONDS",
        help=f"the time for all of it (default {USUAL_BUDGET:g})",
    )  # fmt: skip
    parser.add_argument(
        "--grid", action="append", default=[], metavar="OPTION=VALUE,VALUE",
        help="also race with other values of an option; may be given several times, for all combinations",
    )  # fmt: skip
    parser.add_argument("--trials", type=int, help="draw so many combinations at random instead of trying all")
    parser.add_argument(
        "--hold-back", type=float, default=USUAL_HOLD_BACK, metavar="SHARE",
        help=f"the share of every class for the final test (default {USUAL_HOLD_BACK:g})",
    )  # fmt: skip
    for name in ("shots", "validation_share"):
        help_ = str(options()[name].help).replace("%", "%%")
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, type=options()[name].kind, help=help_)


def race(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Let ways to train race on the same splits; the last line has the standings and what is recommended."""
    dataset = find_dataset(flags.data, flags, workspace)
    design = RaceDesign(
        models=tuple(flags.model or (dataset.kind.default_model,)),
        strategies=tuple(flags.strategy or _USUAL),
        search=_searched(flags.grid),
        **{name: getattr(flags, name) for name in _SAME},
    )
    held, _ = checked(dataset, design, workspace)  # all bad input is said before anything begins
    request = {"held_back": held.dataset.id, "design": design.to_dict()}
    end = run_study("race", dataset, request, flags, workspace)
    if not flags.json and end.result:
        _tell(end.result)
    return 0 if end.reason == "completed" else 1


_SAME = ("seeds", "seed", "budget", "trials", "hold_back", "shots", "validation_share")


def _searched(given: list[str]) -> dict[str, tuple[Any, ...]]:
    """`["learning_rate=1e-3,1e-2"]` as values of the option's type. RecipeError for what is neither."""
    found: dict[str, tuple[Any, ...]] = {}
    for text in given:
        name, is_pair, values = text.partition("=")
        name = name.strip().replace("-", "_")
        if not is_pair or name not in options():
            raise RecipeError(
                f"--grid {text} does not name an option and its values.",
                f"For instance: --grid learning_rate=0.001,0.01. Options: {', '.join(options())}.",
            )
        try:
            found[name] = tuple(options()[name].kind(value.strip()) for value in values.split(",") if value.strip())
        except ValueError as error:
            raise RecipeError(f"--grid {text}: {options()[name].label} takes numbers only.") from error
    return found


def _tell(result: dict[str, Any]) -> None:
    for row in result["standings"]:
        what = f"{row['strategy']} {row['model']} {' '.join(f'{k}={v}' for k, v in row['chosen'].items())}".strip()
        score = "not judged"
        if row["mean"] is not None:
            low, high = row["interval"]
            score = f"{row['mean']:.0%} ({low:.0%} to {high:.0%}), {len(row['scores'])} seeds, n={row['n']} each"
            score += f", guessing {row['baseline']:.0%}, {row['seconds']:.1f} s a run"
        place = row["place"] or "-"
        print(f"{place:>2}  {what:<40} {score}{'; ' + row['left_out'] if row['left_out'] else ''}")
    for said in result["sentences"]:
        print(said)
    if run := result["recommendation"]["run"]:
        print(f"run {run}")
