"""The verbs about data: check, datasets, add, edit."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from core.cli.output import listener, print_json, say, say_line, words
from core.cli.removing import tell_damaged
from core.cli.verbs import Parser, Verb
from core.data.dataset import Dataset, damaged_datasets, describe_dataset
from core.data.findings import SEVERITIES, Finding, load_findings, save_findings
from core.data.intake import IntakeReport, take_in, take_more
from core.data.readers.propose import read_options
from core.data.readers.reading import OPEN, OPTIONS, TO_SAY, ReadOptions, UndecidedError
from core.data.versions import Change, change_set, latest_versions, lineage, undo
from core.errors import DataError, StorageError
from core.events import drain
from core.messages import Message, counted, quoted
from core.options import is_many
from core.workspace import Workspace


def add_data_flags(parser: Parser) -> None:
    """What every verb that reads a dataset takes."""
    parser.add_argument(
        "data",
        help=Message("a folder, zip, table, workbook, JSON or text file of labelled examples, sample:ID or dataset:ID"),
    )
    add_read_flags(parser)


def add_read_flags(parser: Parser, names: Sequence[str] = tuple(OPTIONS)) -> None:
    """How files are to be understood, where the proposal is not right: all options, or those of these `names`."""
    for name, option in ((name, read_options()[name]) for name in names):
        flag, choices = f"--{name.replace('_', '-')}", None if name in OPEN else tuple(option.choices) or None
        many = "+" if is_many(ReadOptions, name) else None
        metavar = None if choices else flag.strip("-").upper().replace("-", "_")
        parser.add_argument(flag, dest=f"read_{name}", choices=choices, nargs=many, metavar=metavar, help=option.help)


def given_options(flags: argparse.Namespace) -> ReadOptions:
    return ReadOptions(**{name: getattr(flags, f"read_{name}", None) for name in OPTIONS})


def flags_to_choose(error: UndecidedError) -> Message:
    """How to say on the command line what was not decided, every way there is."""
    guesses = error.proposal.get("guesses", ())
    ways = [Message("{flags} ({title})", flags=_as_flags(guess["options"]), title=guess["title"]) for guess in guesses]
    for open_one in TO_SAY:
        if error.proposal.get(open_one, "") is None:
            ways = [quoted(_as_flags({open_one: name})) for name in OPTIONS[open_one].choices]
    if not ways:
        ways = [Message("--label-column NAME --example-columns NAME ...")]
    return Message("On the command line: {ways:any}.", ways=ways)


def _as_flags(options: Mapping[str, Any]) -> str:
    said = ((f"--{name.replace('_', '-')}", [value] if isinstance(value, str) else value)
            for name, value in options.items())  # fmt: skip
    return " ".join(word for flag, values in said for word in (flag, *map(shlex.quote, values)))


def find_dataset(name: str, flags: argparse.Namespace, workspace: Workspace) -> Dataset:
    """The kept dataset `dataset:ID`, or the one that is read from what lies at `name`."""
    if name.startswith("dataset:"):
        return Dataset.load(name.removeprefix("dataset:"), workspace)
    return drain(take_in(name, workspace, given_options(flags)), listener(flags))[0]


def _check_flags(parser: Parser) -> None:
    add_data_flags(parser)
    parser.add_argument("--quick", action="store_true", help=Message("skip the checks that need a model"))


def check(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Read a dataset, say what became of every file, and what may be wrong with it."""
    listen = listener(flags)
    if flags.data.startswith("dataset:"):
        dataset = Dataset.load(flags.data.removeprefix("dataset:"), workspace)
        report = describe_dataset(dataset.id, workspace).get("report") or {"used": len(dataset.examples), "skipped": []}
    else:
        dataset, taken = drain(take_in(flags.data, workspace, given_options(flags)), listen)
        report = taken.to_dict()
    found = [finding.to_dict() for finding in look_over(dataset, flags, workspace, quick=flags.quick)]
    report = {**report, "modality": dataset.modality, "classes": dataset.counts, "findings": found}
    if flags.json:
        print_json({"dataset": dataset.id, **_left_out(report), "unlabelled": len(dataset.unlabelled)})
    else:
        _tell(dataset, report)
    return 0


def _left_out(report: dict[str, Any]) -> dict[str, Any]:
    """An intake's report as other programs read it: whatever is no labelled example is among the "skipped", also what
    is kept without a class, and what was read for what it says of others."""
    unlabelled, heeded = report.get("unlabelled", ()), report.get("heeded", ())
    skipped = [*report["skipped"], *heeded, *unlabelled]
    return {**report, "skipped": skipped, "unlabelled": len(unlabelled), "heeded": len(heeded)}


def look_over(
    dataset: Dataset, flags: argparse.Namespace, workspace: Workspace, *, quick: bool = False
) -> list[Finding]:
    """What may be wrong with a dataset, which is then kept beside it, if the disk allows."""
    from core.jobs.data import look_over as looking

    found = drain(looking(dataset, workspace, quick=quick), listener(flags)) or []
    with suppress(StorageError):
        save_findings(dataset.id, workspace, found, complete=not quick)
    return found


def _tell(dataset: Dataset, report: dict[str, Any]) -> None:
    skipped = report["skipped"]
    say("{title}: {used} used, {skipped} skipped, {classes}", title=dataset.title, used=report["used"],
        skipped=len(skipped), classes=_classes(dataset))  # fmt: skip
    for label, count in dataset.counts.items():
        say_line(f"  {count:>6}  {label}")
    _say_unlabelled(len(dataset.unlabelled))
    proposal = report.get("proposal") or {}
    for name in ("label_column", "marked_columns", "example_columns"):
        if proposal.get(name):
            say("  {option}: {value}", option=OPTIONS[name].label, value=_shown(proposal[name]))
    for skip in skipped:
        _say_skip(skip)
    for heeded in report.get("heeded", ()):
        say("  read {file}: {reason}", file=heeded["file"], reason=heeded["reason"])
    for finding in report["findings"]:
        print(f"[{words(SEVERITIES[finding['severity']])}] {words(finding['title'])} ({finding['id']})")
        print(f"    {words(finding['explanation'])}")
        for remedy in finding["remedies"]:
            print(f"    - {words(remedy['title'])}")
    print(f"dataset:{dataset.id}")


def _shown(value: Any) -> Message:
    """The name of a column, or those of several."""
    names = [value] if isinstance(value, str) else value
    return Message("{names:list}", names=[quoted(name) for name in names])


def _classes(dataset: Dataset) -> Message:
    return counted("{n} class", "{n} classes", n=len(dataset.classes))


def _say_unlabelled(n: int) -> None:
    if n:
        say("  {n} without a class, kept for learning from", n=n)


def _say_skip(skip: dict[str, Any]) -> None:
    say("  skipped {file}: {reason}", file=skip["file"], reason=skip["reason"])


def _add_flags(parser: Parser) -> None:
    parser.add_argument("into", help=Message("the dataset, as dataset:ID"))
    parser.add_argument("data", help=Message("what to add: anything that `check` reads"))
    parser.add_argument("--label", help=Message("the class of all files in the folder DATA"))
    parser.add_argument(
        "--burst", action="store_true",
        help=Message("they were taken in one go and belong on one side of a split"),
    )  # fmt: skip
    add_read_flags(parser)


def add(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Add examples to a dataset, which makes a new version of it."""
    into = flags.into.removeprefix("dataset:")
    options = given_options(flags)
    if flags.label is not None and options != ReadOptions():
        raise DataError(
            Message("With {flag} every file of the folder is of that class.", flag="--label"),
            Message("Remove the options for labels."),
        )
    stream = take_more(flags.data, workspace, into=into, label=flags.label, burst=flags.burst, options=options)
    dataset, report = drain(stream, listener(flags))
    return _say_version(dataset, flags, workspace, report)


def _edit_flags(parser: Parser) -> None:
    parser.add_argument("dataset", help=Message("the dataset, as dataset:ID"))
    parser.add_argument("--exclude", nargs="+", metavar="NAME", help=Message("skip these examples"))
    parser.add_argument(
        "--relabel", nargs=2, action="append", metavar=("NAME", "LABEL"), help=Message("give an example another class")
    )
    parser.add_argument(
        "--merge", nargs="+", action="append", metavar="LABEL",
        help=Message("join classes: the last LABEL is the new name"),
    )  # fmt: skip
    parser.add_argument("--hold-back", type=float, metavar="SHARE", help=Message("reserve a share as a fixed test set"))
    parser.add_argument("--seed", type=int, default=0, help=Message("which examples are reserved (default 0)"))
    parser.add_argument(
        "--apply", action="append", metavar="FINDING",
        help=Message("do what a finding proposes; FINDING:2 for the second way, FINDING:keep to ignore it"),
    )  # fmt: skip
    parser.add_argument(
        "--undo", action="append", metavar="CHANGE", help=Message("undo a change by its id, or the “last” one")
    )


def edit(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Leave out, relabel, join classes, hold back a test set, or undo: each makes a new version."""
    dataset_id = flags.dataset.removeprefix("dataset:")
    dataset = Dataset.load(dataset_id, workspace)
    for change_id in flags.undo or ():
        known = lineage(dataset.id, workspace).changes
        dataset = undo(dataset.id, known[-1].id if change_id == "last" and known else change_id, workspace)
    changes = [*_asked(flags, dataset), *_remedies(flags, dataset, workspace)]
    if changes:
        dataset = change_set(dataset.id, changes, workspace)
    elif not flags.undo:
        raise DataError(
            Message("Nothing to do was named."), Message("See `{command}`.", command="python -m core edit --help")
        )
    return _say_version(dataset, flags, workspace)


def _asked(flags: argparse.Namespace, dataset: Dataset) -> list[Change]:
    changes = []
    if flags.exclude:
        changes.append(Change("exclude", examples=tuple(_key(name, dataset) for name in flags.exclude)))
    for name, label in flags.relabel or ():
        changes.append(Change("relabel", examples=(_key(name, dataset),), label=label))
    for *labels, label in flags.merge or ():
        _check_classes(labels, dataset)
        changes.append(Change("merge", labels=tuple(labels), label=label))
    if flags.hold_back is not None:
        changes.append(Change("hold_back", share=flags.hold_back, seed=flags.seed))
    return changes


def _remedies(flags: argparse.Namespace, dataset: Dataset, workspace: Workspace) -> list[Change]:
    """Remedies asked for by finding: "ID" takes its first, "ID:2" its second, "ID:keep" leaves it be."""
    kept = load_findings(dataset.id, workspace)
    by_id = {finding.id: finding for finding in kept.found} if kept else {}
    changes = []
    for asked in flags.apply or ():
        finding_id, _, which = asked.partition(":")
        finding = by_id.get(finding_id)
        if finding is None:
            raise DataError(
                Message("There is no finding '{id}'.", id=finding_id),
                Message("`{command}` lists them.", command="python -m core check"),
            )
        if which == "keep":
            changes.append(Change("keep", finding=finding_id))
            continue
        number = int(which) if which.isdecimal() else 1
        if not 1 <= number <= len(finding.remedies):
            raise DataError(
                counted("'{finding}' has {n} remedy.", "'{finding}' has {n} remedies.", n=len(finding.remedies),
                        finding=finding.title),
                Message("Count from 1."),
            )  # fmt: skip
        changes.append(Change.of(finding.remedies[number - 1]))
    return changes


def _key(name: str, dataset: Dataset) -> str:
    for example in (*dataset.examples, *dataset.unlabelled):
        if name in (example.name, example.key):
            return example.key
    within = next((example.name for example in dataset.examples if example.name.endswith(f"/{name}")), None)
    raise DataError(
        Message("'{title}' has no example called '{name}'.", title=dataset.title, name=name),
        Message("Did you mean '{name}'?", name=within)
        if within
        else Message("Its names are like '{name}'.", name=dataset.examples[0].name),
    )


def _check_classes(labels: list[str], dataset: Dataset) -> None:
    unknown = [label for label in labels if label not in dataset.classes]
    there = Message("The classes are: {names:list}.", names=dataset.classes[:20])
    if not labels:
        raise DataError(Message("There is no class named to join with."), there)
    if unknown:
        raise DataError(counted("There is no class {names:list}.", "There are no classes {names:list}.", n=len(unknown),
                                names=[Message("'{name}'", name=label) for label in unknown]), there)  # fmt: skip


def _say_version(
    dataset: Dataset, flags: argparse.Namespace, workspace: Workspace, report: IntakeReport | None = None
) -> int:
    line = lineage(dataset.id, workspace)
    changes = [{"id": change.id, "kind": change.kind, "says": change.summary} for change in line.changes]
    row = {"dataset": dataset.id, "version": line.version, "parent": line.parent, "root": line.root}
    if flags.json:
        said = _left_out(report.to_dict()) if report else {}
        intake = {
            key: value for key, value in said.items() if key in ("used", "skipped", "unlabelled", "heeded", "notes")
        }
        print_json({**row, "classes": dataset.counts, "changes": changes, **intake})
        return 0
    say("{title}, version {version}: {examples}, {classes}", title=dataset.title, version=line.version,
        examples=counted("{n} example", "{n} examples", n=len(dataset.examples)),
        classes=_classes(dataset))  # fmt: skip
    for change in line.changes:
        print(f"  {change.id}  {words(change.summary)}")
    _say_unlabelled(len(dataset.unlabelled))
    for skip in report.to_dict()["skipped"] if report else ():
        _say_skip(skip)
    for remark in report.notes if report else ():
        say_line(f"  {words(remark)}")
    print(f"dataset:{dataset.id}")
    return 0


def datasets(flags: argparse.Namespace, workspace: Workspace) -> int:
    """List the kept datasets, newest version of each."""
    for dataset_id, about in latest_versions(workspace):
        version = lineage(dataset_id, workspace).version
        if flags.json:
            row = {"dataset": dataset_id, "title": about["title"], "modality": about["modality"]}
            print_json({**row, "version": version, "classes": about["counts"]})
        else:
            say("dataset:{id}  version {version}  {examples}  {title}", id=dataset_id, version=version,
                examples=f"{sum(about['counts'].values()):>6}", title=about["title"])  # fmt: skip
    tell_damaged(damaged_datasets(workspace), flags, "dataset")
    return 0


VERBS = (
    Verb("check", check, Message("read a dataset, say what became of every file and what may be wrong"), _check_flags),
    Verb("datasets", datasets, Message("list the kept datasets, newest first")),
    Verb("add", add, Message("add examples to a dataset"), _add_flags),
    Verb("edit", edit, Message("change a dataset, which makes a new version of it"), _edit_flags),
)
