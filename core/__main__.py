"""The command line: `python -m core VERB ...`. It does everything the pages do.

With `--json`, one JSON object a line, the last line the result. Exit status 0 only on success; 2 for bad input, with
one paragraph on stderr; 1 when a run failed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from core.cli import data
from core.cli.data import add_data_flags, find_dataset
from core.cli.output import listener, print_json
from core.data.dataset import Dataset
from core.data.versions import lineage
from core.errors import DataError, RecipeError, UserError
from core.events import RunEnded
from core.models.catalog import cards, default_model
from core.models.speed import measured_speed
from core.runs.folder import RunFolder, list_runs
from core.training.plan import make_plan
from core.training.recipe import Recipe, options
from core.training.strategies import STRATEGIES
from core.workspace import Workspace


def main(arguments: Sequence[str] | None = None) -> int:
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


def _models(flags: argparse.Namespace, workspace: Workspace) -> int:
    for card in cards(workspace):
        if flags.json:
            speed = measured_speed(workspace, card.id, "embed")
            print_json({**asdict(card), "examples_per_second": speed})
        else:
            print(f"{card.id:<40} {card.modality:<6} {card.megabytes:>6.1f} MB  {card.licence:<11} {card.knows}")
    return 0


def _train(flags: argparse.Namespace, workspace: Workspace) -> int:
    from core.jobs import run_job

    dataset = _dataset(flags, workspace)
    model = flags.model or default_model(dataset.modality)
    given = {name: getattr(flags, name) for name in options() if getattr(flags, name) is not None}
    recipe = Recipe(model=model, strategy=flags.strategy, **given)
    make_plan(dataset, recipe, workspace)  # all bad input is said before a run exists
    request = {"dataset": dataset.id, "recipe": recipe.to_dict()}
    folder = RunFolder.create(workspace.runs, "train", flags.title or dataset.title, request)
    end = run_job(folder, workspace, folder.stop_requested, listener(flags))
    assert isinstance(end, RunEnded)
    if end.reason == "failed":
        print(end.message, file=sys.stderr)
        return 1
    return 0


def _dataset(flags: argparse.Namespace, workspace: Workspace) -> Dataset:
    dataset = find_dataset(flags.data, flags, workspace)
    if flags.val:
        dataset = _with_judges(dataset, find_dataset(flags.val, flags, workspace))
        dataset.save(workspace)
    return dataset


def _with_judges(dataset: Dataset, judges: Dataset) -> Dataset:
    """One set in which `dataset` teaches and `judges` judge."""
    if judges.modality != dataset.modality:
        raise DataError(f"'{judges.title}' holds {judges.modality}s, '{dataset.title}' holds {dataset.modality}s.")
    strangers = sorted(set(judges.classes) - set(dataset.classes))
    if strangers:
        raise DataError(
            f"'{judges.title}' has classes that '{dataset.title}' does not teach: {', '.join(strangers[:5])}.",
            "Use the same class names in both.",
        )
    teaching = tuple(replace(example, split="train") for example in dataset.examples)
    judging = tuple(replace(example, split="validation") for example in judges.examples)
    return replace(dataset, title=f"{dataset.title} / {judges.title}", examples=teaching + judging)


def _predict(flags: argparse.Namespace, workspace: Workspace) -> int:
    from core.jobs.training import answers
    from core.models.trained import TrainedModel

    model = TrainedModel.load(RunFolder.find(flags.run.removeprefix("run:"), workspace).path, workspace)
    found = answers(model, flags.input)
    for entry in found:
        if flags.json:
            print_json(entry)
        elif "error" in entry:
            print(f"{entry['input']}: {entry['error']}")
        else:
            print(f"{entry['input']}: {entry['label']} ({entry['probabilities'][entry['label']]:.0%})")
    if all("error" in entry for entry in found):
        raise UserError("None of the inputs could be read.", found[0]["error"])
    return 0


def _runs(flags: argparse.Namespace, workspace: Workspace) -> int:
    for folder in list_runs(workspace):
        about, status = folder.about(), folder.status()
        validation = about.get("result", {}).get("validation")
        if flags.json:
            row = {"run": folder.id, "title": about["title"], "state": status.state, "created": about["created"]}
            used = about["request"]["dataset"]
            row |= {"dataset": used, "dataset_version": _version_of(used, workspace)}
            print_json({**row, "validation": validation, "recipe": about["request"]["recipe"]})
        else:
            low, high = validation["interval"] if validation else (0, 0)
            result = f"{validation['accuracy']:.0%} ({low:.0%}-{high:.0%}, n={validation['n']})" if validation else "-"
            print(f"{folder.id}  {status.state:<11}  {result:<24}  {about['title']}")
    return 0


def _version_of(dataset_id: str, workspace: Workspace) -> int | None:
    try:
        return lineage(dataset_id, workspace).version
    except DataError:  # it was deleted
        return None


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

    verb("models", _models, "list the pretrained models")
    check = verb("check", data.check, "read a data set, say what became of every file and what may be wrong")
    add_data_flags(check)
    check.add_argument("--quick", action="store_true", help="leave out the checks that need a model")
    _version_verbs(verb)
    train = verb("train", _train, "fine-tune a model")
    add_data_flags(train)
    train.add_argument("--val", metavar="DATA2", help="judge on this set instead of a part of DATA")
    train.add_argument("--model", help="model id (see `models`); default: the bundled one for the kind of data")
    train.add_argument("--strategy", default="head", choices=list(STRATEGIES), help="what of the model learns")
    train.add_argument("--title", help="a name for the run")
    for name, option in options().items():
        kind = _flag_type(name)
        flag = f"--{name.replace('_', '-')}"
        extra = ["--lr"] if name == "learning_rate" else []
        train.add_argument(
            flag, *extra, dest=name, type=kind, choices=option.choices or None, help=option.help.replace("%", "%%")
        )
    predict = verb("predict", _predict, "ask a trained model")
    predict.add_argument("run", help="run id")
    predict.add_argument("input", nargs="+", help="picture files, or messages")
    verb("runs", _runs, "list the training runs, newest first")
    return parser


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


def _flag_type(name: str) -> type:
    annotation = str(Recipe.__dataclass_fields__[name].type)
    return int if "int" in annotation else float if "float" in annotation else str


if __name__ == "__main__":
    sys.exit(main())
