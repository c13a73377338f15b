"""The verbs of the studies: `compare`, `fewshot`, `experiment`, `curve`, `race`, and those of any other there is.

Flags are made from a study's design; the answer is its tables and findings, or with `--json` its events and result.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any
from unicodedata import east_asian_width

from core.cli.data import add_data_flags, add_read_flags, find_dataset
from core.cli.lake import add_lake_flags, lake
from core.cli.output import listener, note, print_json, say, say_line, words
from core.cli.verbs import Parser, Verb
from core.data.dataset import Dataset
from core.errors import RecipeError
from core.events import Event, JobEnded
from core.messages import Message
from core.models.catalogue import get_card, usual_model
from core.options import Option, is_many, options_of
from core.runs.folder import RunFolder
from core.studies.base import Cell, Context, Design, Sheet, Study
from core.studies.benchmark.design import USUAL_STRATEGIES
from core.studies.comparison.design import FEWEST_SHARED, OWN, SHARED, common_sets, read_runs
from core.studies.comparison.table import ComparisonTable
from core.studies.few_shot.episodes import Pool, fitting
from core.studies.few_shot.shown import read_shown
from core.studies.registry import STUDIES
from core.studies.transfer.design import PARTS
from core.training.spec.recipe import options as training_options
from core.training.spec.strategies import strategies_for
from core.workspace import Workspace

Flags = argparse.Namespace


def verbs() -> Iterator[Verb]:
    """One for each study."""
    for study in STUDIES.values():
        yield Verb(study.verb, partial(run_verb, study), study.help, partial(add_study_flags, study))


def add_study_flags(study: Study[Any, Any], parser: Parser) -> None:
    """What the verb of a study takes: the data, and a flag for every option of its design."""
    front = _FRONTS.get(study.id, _Front())
    if front.takes_data:
        add_data_flags(parser)
    names = {f.name for f in fields(study.design)}
    if "model" in names:
        parser.add_argument(
            "--model", help=Message("model id (see `models`); default: the bundled one for the kind of data")
        )
    for name, one in options_of(study.design).items():
        if one.flag != "-":
            _add_flag(parser, study.design, name, one)
    front.add(parser)


def _add_flag(parser: Parser, design: type[Design], name: str, one: Option) -> None:
    flag = "--" + (one.flag or name).replace("_", "-")
    says = one.flag_help or one.help or one.label
    parser.add_argument(
        flag, dest=name, help=says, choices=list(one.choices) or None, type=one.value_type,
        metavar=None if one.choices else flag.strip("-").upper().replace("-", "_"),
        action="append" if is_many(design, name) else "store",
    )  # fmt: skip


def run_verb(study: Study[Any, Any], flags: Flags, workspace: Workspace) -> int:
    """Run a study in this process, in a folder that the pages find too; tell what it found."""
    front = _FRONTS.get(study.id, _Front())
    if front.instead is not None and front.instead(flags):
        return front.instead_run(flags, workspace)
    dataset: Any = front.dataset(flags, workspace)  # None where a comparison needs none
    values = {name: _given(study.design, name, getattr(flags, name)) for name in options_of(study.design)
              if getattr(flags, name, None) is not None}  # fmt: skip
    if "model" in study.design.__dataclass_fields__ and dataset is not None:
        values["model"] = flags.model or usual_model(dataset)
    design = study.design(**{**values, **front.values(flags, dataset, workspace)})
    plan = study.plan(design, dataset, workspace)  # all bad input is said before anything begins
    listen = listener(flags)
    if not front.keeps(design):
        events = list(study.run(design, Context(workspace, dataset)))
        _tell_all(study, design, events, flags, front, None, workspace)
        return 0
    request = {"study": study.id, "design": design.to_dict(), "dataset": dataset and dataset.id}
    folder = RunFolder.create(
        workspace.studies, "study", dataset.title if dataset else str(study.title),
        {**request, "classes": len(dataset.classes) if dataset else 0, "expected": plan.seconds},
    )  # fmt: skip
    end = run_study(folder, workspace, listen)
    if end.reason in ("failed", "interrupted"):
        note(end.message)
        return 1 if end.reason == "failed" else 2
    _tell_all(study, design, folder.events(), flags, front, folder, workspace)
    return 0 if end.reason == "completed" else 1


def run_study(folder: RunFolder, workspace: Workspace, listen: Callable[[Event], object]) -> JobEnded:
    """Do the job in this process."""
    from core.jobs.base import run_job

    end = run_job(folder, workspace, folder.stop_requested, listen)
    assert isinstance(end, JobEnded)
    return end


def _given(design: type[Design], name: str, value: Any) -> Any:
    return tuple(value) if is_many(design, name) else value


# --- what is told ---


def _tell_all(
    study: Study[Any, Any], design: Design, events: Sequence[Event], flags: Flags, front: _Front,
    folder: RunFolder | None, workspace: Workspace,
) -> None:  # fmt: skip
    """The tables and findings in words; with `--json` the last line, where the last event is not it."""
    table = study.table(design, events)
    if flags.json:
        last = front.last_line(study.result(design, events), table, folder, workspace)
        if last is not None:
            print_json(last)
        return
    for sheet in table.sheets():
        print_sheet(sheet)
    for said in study.findings(table):
        say(said)
    for line in front.last_words(study.result(design, events), table, workspace):
        say(line)


def print_sheet(sheet: Sheet) -> None:
    """A table in columns, its title above."""
    if sheet.title:
        say(sheet.title)
    lines = [tuple(map(words, sheet.columns)), *(tuple(map(_cell, row)) for row in sheet.rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        say_line("  ".join(padded).rstrip())
    if sheet.caption:
        say(sheet.caption)


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _cell(value: Cell) -> str:
    if value is None:
        return "…"
    return words(value) if isinstance(value, Message) else words(Message("{value}", value=value))


# --- what single verbs take besides ---


@dataclass(frozen=True)
class _Front:
    """How a verb differs from what is made of the design: more flags, values from them, what it says last."""

    takes_data: bool = True
    instead: Callable[[Flags], bool] | None = None
    instead_run: Callable[[Flags, Workspace], int] = lambda flags, workspace: 1
    add: Callable[[Parser], object] = lambda parser: None
    dataset: Callable[[Flags, Workspace], Dataset | None] = lambda flags, workspace: find_dataset(
        flags.data, flags, workspace
    )
    values: Callable[[Flags, Any, Workspace], dict[str, Any]] = lambda flags, dataset, workspace: {}
    keeps: Callable[[Any], bool] = lambda design: True
    last_line: Callable[[dict[str, Any], Any, RunFolder | None, Workspace], dict[str, Any] | None] = (
        lambda result, table, folder, workspace: None
    )
    last_words: Callable[[dict[str, Any], Any, Workspace], Sequence[Message]] = lambda result, table, workspace: ()


def _few_shot_values(flags: Flags, dataset: Dataset, workspace: Workspace) -> dict[str, Any]:
    shape = fitting(Pool.of(dataset), flags.ways, flags.shots, flags.queries)
    return {"ways": shape.ways, "shots": shape.shots, "queries": shape.queries}


def _few_shot_last(
    result: dict[str, Any], table: object, folder: RunFolder | None, workspace: Workspace
) -> dict[str, Any] | None:
    assert folder is not None
    dataset = Dataset.load(folder.request["dataset"], workspace)
    shown = read_shown(folder.path)
    return {"dataset": dataset.id, **result, **({"episode": shown[0].to_dict(dataset)} if shown else {})}


_EPISODES_ONLY = ("method", "ways", "shots", "queries", "episodes", "seed")
_LAKE_ONLY = ("against", "views")


def _is_lake(flags: Flags) -> bool:
    """True for the published runs; RecipeError for flags that would do nothing."""
    is_lake: bool = flags.protocol == "lake"
    idle = [f"--{name}" for name in (_EPISODES_ONLY if is_lake else _LAKE_ONLY) if getattr(flags, name) is not None]
    if idle:
        raise RecipeError(
            Message("With --protocol {protocol}, {flags:list} has no effect.", protocol=flags.protocol, flags=idle),
            Message("Remove it."),
        )
    return is_lake


def _transfer_flags(parser: Parser) -> None:
    parser.add_argument(
        "--without", nargs="+", default=[], choices=list(PARTS), metavar="NAME",
        help=Message("skip ways to get more out of the data: {names:list}", names=list(PARTS)),
    )  # fmt: skip


def _transfer_values(flags: Flags, dataset: Dataset, workspace: Workspace) -> dict[str, Any]:
    card = get_card(flags.model or dataset.kind.default_model, workspace)
    return {
        "parts": tuple(name for name in PARTS if name not in flags.without),
        "strategy": flags.strategy or ("full" if card.in_context else dataset.kind.usual.strategy),
        "splits": flags.splits or dataset.kind.usual.splits,
    }


def _benchmark_flags(parser: Parser) -> None:
    parser.add_argument(
        "--grid", action="append", default=[], metavar="OPTION=VALUE,VALUE",
        help=Message("also try other values of an option; may be given several times, for all combinations"),
    )  # fmt: skip
    for name in ("shots", "validation_share"):
        one = training_options()[name]
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, type=one.value_type, help=one.help)


def _benchmark_values(flags: Flags, dataset: Dataset, workspace: Workspace) -> dict[str, Any]:
    models = tuple(flags.models or (usual_model(dataset),))
    possible = {name for model in models for name in strategies_for(get_card(model, workspace))}
    usual = tuple(name for name in USUAL_STRATEGIES if name in possible)
    return {
        "models": models, "strategies": tuple(flags.strategies or usual or USUAL_STRATEGIES),
        "search": _searched(flags.grid), "shots": flags.shots, "validation_share": flags.validation_share,
    }  # fmt: skip


def _searched(given: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Options with the values to try. RecipeError for what is neither."""
    found: dict[str, tuple[Any, ...]] = {}
    for text in given:
        name, is_pair, values = text.partition("=")
        name = name.strip().replace("-", "_")
        if not is_pair or name not in training_options():
            raise RecipeError(
                Message("--grid {text} does not name an option and its values.", text=text),
                Message("For instance: --grid learning_rate=0.001,0.01. Options: {names:list}.",
                        names=list(training_options())),
            )  # fmt: skip
        try:
            found[name] = tuple(training_options()[name].value_type(v.strip()) for v in values.split(",") if v.strip())
        except ValueError as error:
            raise RecipeError(Message("--grid {text}: it takes numbers only.", text=text)) from error
    return found


def _benchmark_words(result: dict[str, Any], table: Any, workspace: Workspace) -> Sequence[Message]:
    run = result["recommendation"]["run"]
    return [*table.notes(), *([Message("Run {run}", run=run)] if run else [])]


def _comparison_flags(parser: Parser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help=Message("run ids"))
    parser.add_argument(
        "--on", metavar="DATA",
        help=Message(
            'where they were evaluated on different examples: "shared" for the examples that evaluated them all; '
            "or a dataset (anything that `check` reads, or dataset:ID), of which only the examples count that "
            "trained none of them"
        ),
    )  # fmt: skip
    add_read_flags(parser)


def _comparison_dataset(flags: Flags, workspace: Workspace) -> Dataset | None:
    read_runs([run.removeprefix("run:") for run in flags.runs], workspace)  # bad ids are said before a set is read
    return None if flags.on in (None, SHARED) else find_dataset(flags.on, flags, workspace)


def _comparison_values(flags: Flags, dataset: Dataset | None, workspace: Workspace) -> dict[str, Any]:
    runs = tuple(run.removeprefix("run:") for run in flags.runs)
    return {"runs": runs, "on": dataset.id if dataset else flags.on or OWN}


def _comparison_last(
    result: dict[str, Any], table: ComparisonTable, folder: RunFolder | None, workspace: Workspace
) -> dict[str, Any]:
    return {**result, "offers": offers(table, workspace)}


def offers(table: ComparisonTable, workspace: Workspace) -> list[dict[str, Any]]:
    """Ways to a comparison, where scores come from different examples."""
    if table.same_examples or table.about is None:
        return []
    runs = read_runs(table.design.runs, workspace)
    found: list[dict[str, Any]] = [
        {"on": f"dataset:{dataset_id}", "title": title} for dataset_id, title in common_sets(runs, workspace)
    ]
    if table.about.shared >= FEWEST_SHARED:
        found.insert(0, {"on": SHARED, "n": table.about.shared})
    return found


def _comparison_words(result: dict[str, Any], table: ComparisonTable, workspace: Workspace) -> Sequence[Message]:
    said = []
    if left_out := result.get("left_out"):
        said.append(
            Message("Skipped: {trained} that trained a run or chose its epoch, {near} nearly copies of such",
                    trained=left_out["taught"], near=left_out["near_copies"])
        )  # fmt: skip
    for offer in offers(table, workspace):
        if offer["on"] == SHARED:
            said.append(Message("Compare on the {n} examples that evaluated all: --on shared", n=offer["n"]))
        else:
            said.append(Message("Compare on {dataset}: --on {on}", dataset=offer["title"], on=offer["on"]))
    return said


_FRONTS = {
    "few_shot": _Front(
        instead=_is_lake, instead_run=lake, add=add_lake_flags, values=_few_shot_values, last_line=_few_shot_last
    ),
    "transfer": _Front(add=_transfer_flags, values=_transfer_values),
    "benchmark": _Front(add=_benchmark_flags, values=_benchmark_values, last_words=_benchmark_words),
    "comparison": _Front(
        takes_data=False, add=_comparison_flags, dataset=_comparison_dataset, values=_comparison_values,
        keeps=lambda design: design.on not in (OWN, SHARED), last_line=_comparison_last, last_words=_comparison_words,
    ),
}  # fmt: skip
