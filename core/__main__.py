"""The command line: `python -m core VERB ...`. It does everything the pages do.

With `--json`, one JSON object a line, the last line the result. Exit status 0 only on success; 2 for bad input, with
one paragraph on stderr; 1 when a run failed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from core.cli import (
    comparing,
    data,
    explaining,
    failing,
    fewshot,
    learning,
    racing,
    reporting,
    results,
    scoring,
    studies,
    training,
    trying,
)
from core.cli.data import add_data_flags
from core.errors import RecipeError, UserError
from core.hardware import CONSIDERATE
from core.workspace import Workspace


def main(arguments: Sequence[str] | None = None) -> int:
    os.environ.update({**CONSIDERATE, **os.environ})  # before anything imports torch
    try:
        flags = _parser().parse_args(arguments)
        return flags.verb(flags, Workspace.default())
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise RecipeError(f"{message[:1].upper()}{message[1:]}.", f"See `{self.prog} --help`.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description=__doc__.split("\n")[0])
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace, Workspace], int], says: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=says, description=says)
        made.set_defaults(verb=run)
        made.add_argument("--json", action="store_true", help="one JSON object a line, the last one the result")
        return made

    models = verb("models", training.models, "list the pretrained models")
    models.add_argument("--measure", action="store_true", help="find out how fast each is on this computer")
    check = verb("check", data.check, "read a data set, say what became of every file and what may be wrong")
    add_data_flags(check)
    check.add_argument("--quick", action="store_true", help="leave out the checks that need a model")
    _version_verbs(verb)
    _training_verbs(verb)
    fewshot.add_fewshot_flags(verb("fewshot", fewshot.fewshot, "try a model on episodes of very few examples"))
    says = "find out what did the work: the pretraining, or how the data are used"
    studies.add_experiment_flags(verb("experiment", studies.experiment, says))
    says = "measure accuracy against examples per class, and say how many more it would take"
    studies.add_curve_flags(verb("curve", studies.curve, says))
    says = "let ways to train race on the same splits within a time, and recommend one"
    racing.add_race_flags(verb("race", racing.race, says))
    _result_verbs(verb)
    return parser


def _result_verbs(verb: Callable[..., argparse.ArgumentParser]) -> None:
    says = "say how good a run is, how sure that is, and what casts doubt on it"
    verb("score", scoring.score, says).add_argument("run", help="run id")
    says = "say where a run fails: which classes, examples and kinds of examples"
    verb("failures", failing.failures, says).add_argument("run", help="run id")
    says = "say whether a run is right as often as it says, and how its probabilities were corrected"
    results.add_calibration_flags(verb("calibration", results.calibration, says))
    says = "tell a run's learning curves, what they show, and what it answered after any epoch"
    learning.add_curves_flags(verb("curves", learning.curves, says))
    says = "write all about a finished run into one HTML file that needs no network"
    reporting.add_report_flags(verb("report", reporting.report, says))
    says = "print the model card of a finished run, or write it into a file"
    reporting.add_card_flags(verb("card", reporting.card, says))


def _training_verbs(verb: Callable[..., argparse.ArgumentParser]) -> None:
    train = verb("train", training.train, "fine-tune a model")
    training.add_recipe_flags(train)
    train.add_argument("--val", metavar="DATA2", help="judge on this set instead of a part of DATA")
    train.add_argument(
        "--seeds", type=int, metavar="N", help="train N times, with seed, seed + 1, ...; the last line sums up"
    )
    train.add_argument("--title", help="a name for the run")
    training.add_recipe_flags(verb("find-rate", training.find_rate, "find a good learning rate for a way to train"))
    for name, run, says in (
        ("pause", training.pause, "let a run leave a checkpoint and end, to go on later"),
        ("stop", training.stop, "let a run end and keep the best so far"),
        ("resume", training.resume, "go on with a run that was paused or killed"),
    ):
        verb(name, run, says).add_argument("run", help="run id")
    trying.add_predict_flags(verb("predict", trying.predict, "ask a trained model"))
    trying.add_teach_flags(
        verb("teach", trying.teach, "add a class to a trained model from one example or a few, or take it back")
    )
    says = "say why a trained model answers as it does about a picture or a message"
    explaining.add_explain_flags(verb("explain", explaining.explain, says))
    says = "compare finished runs on the same examples, and say whether one is better"
    comparing.add_compare_flags(verb("compare", comparing.compare, says))
    verb("runs", training.runs, "list the training runs, newest first")


def _version_verbs(verb: Callable[..., argparse.ArgumentParser]) -> None:
    verb("datasets", data.datasets, "list the kept data sets, newest first")
    add = verb("add", data.add, "add examples to a data set")
    add.add_argument("into", help="dataset:ID")
    add.add_argument("data", help="what to add: anything that `check` reads")
    add.add_argument("--label", help="the class of all pictures in the folder DATA")
    add.add_argument("--burst", action="store_true", help="they were taken in one go and belong on one side of a split")
    data.add_read_flags(add)
    edit = verb("edit", data.edit, "change a data set, which makes a new version of it")
    edit.add_argument("dataset", help="dataset:ID")
    edit.add_argument("--exclude", nargs="+", metavar="NAME", help="leave these examples out")
    edit.add_argument(
        "--relabel", nargs=2, action="append", metavar=("NAME", "LABEL"), help="give an example another class"
    )
    edit.add_argument(
        "--merge", nargs="+", action="append", metavar="LABEL", help="join classes: the last LABEL is the new name"
    )
    edit.add_argument("--hold-back", type=float, metavar="SHARE", help="hold back a share as a fixed test set")
    edit.add_argument("--seed", type=int, default=0, help="which examples are held back (default 0)")
    edit.add_argument(
        "--apply", action="append", metavar="FINDING", help="do what a finding proposes; FINDING:2 for the second way"
    )
    edit.add_argument("--undo", action="append", metavar="CHANGE", help='undo a change by its id, or "last"')


if __name__ == "__main__":
    sys.exit(main())
