"""The verbs about data: check, add, edit, datasets."""

from __future__ import annotations

import argparse
from typing import Any

from core.cli.output import listener, print_json
from core.data.dataset import Dataset, describe_dataset
from core.data.findings import load_findings
from core.data.intake import IntakeReport, take_in, take_more
from core.data.readers.propose import read_options
from core.data.readers.reading import ReadOptions
from core.data.versions import Change, change_set, latest_versions, lineage, undo
from core.errors import DataError
from core.events import drain
from core.workspace import Workspace


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """What every verb that reads a data set takes."""
    parser.add_argument(
        "data", help="a folder, zip, table, workbook, JSON or text file of labelled examples, sample:ID, or dataset:ID"
    )
    add_read_flags(parser)


def add_read_flags(parser: argparse.ArgumentParser) -> None:
    """How files are to be understood, where the proposal is not right."""
    for name, option in read_options().items():
        flag, choices = f"--{name.replace('_', '-')}", tuple(option.choices) or None
        parser.add_argument(flag, dest=f"read_{name}", choices=choices, help=str(option.help))


def given_options(flags: argparse.Namespace) -> ReadOptions:
    return ReadOptions(**{name: getattr(flags, f"read_{name}") for name in read_options()})


def find_dataset(said: str, flags: argparse.Namespace, workspace: Workspace) -> Dataset:
    """The kept set `dataset:ID`, or the one that is read from `said`."""
    if said.startswith("dataset:"):
        return Dataset.load(said.removeprefix("dataset:"), workspace)
    return drain(take_in(said, workspace, given_options(flags)), listener(flags))[0]


def check(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Read a set, say what became of every file, and what may be wrong with it."""
    from core.jobs.data import look_over

    listen = listener(flags)
    if flags.data.startswith("dataset:"):
        dataset = Dataset.load(flags.data.removeprefix("dataset:"), workspace)
        report = describe_dataset(dataset.id, workspace).get("report") or {"used": len(dataset.examples), "skipped": []}
    else:
        dataset, taken = drain(take_in(flags.data, workspace, given_options(flags)), listen)
        report = taken.to_dict()
    findings = drain(look_over(dataset, workspace, quick=flags.quick), listen)
    report = {**report, "modality": dataset.modality, "classes": dataset.counts, "findings": findings}
    if flags.json:
        print_json({"dataset": dataset.id, **report})
    else:
        _tell(dataset, report)
    return 0


def _tell(dataset: Dataset, report: dict[str, Any]) -> None:
    skipped = report["skipped"]
    print(f"{dataset.title}: {report['used']} used, {len(skipped)} skipped, {len(dataset.classes)} classes")
    for label, count in dataset.counts.items():
        print(f"  {count:>6}  {label}")
    for skip in skipped:
        print(f"  skipped {skip['file']}: {skip['reason']}")
    for finding in report["findings"]:
        print(f"[{finding['severity']}] {finding['title']} ({finding['id']})\n    {finding['explanation']}")
        for remedy in finding["remedies"]:
            print(f"    - {remedy['title']}")
    print(f"dataset:{dataset.id}")


def add(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Add examples to a set, which makes a new version of it."""
    into = flags.into.removeprefix("dataset:")
    said = given_options(flags)
    if flags.label is not None and said != ReadOptions():
        raise DataError("With --label every picture of the folder is of that class.", "Leave out how to read labels.")
    stream = take_more(flags.data, workspace, into=into, label=flags.label, burst=flags.burst, options=said)
    dataset, report = drain(stream, listener(flags))
    return _say_version(dataset, flags, workspace, report)


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
        raise DataError("Nothing was asked for.", "See `python -m core edit --help`.")
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
            raise DataError(f"There is no finding '{finding_id}'.", "`python -m core check` lists them.")
        if which == "keep":
            changes.append(Change("keep", finding=finding_id))
            continue
        number = int(which) if which.isdecimal() else 1
        if not 1 <= number <= len(finding.remedies):
            raise DataError(f"'{finding.title}' has {len(finding.remedies)} remedies.", "Count from 1.")
        changes.append(Change.of(finding.remedies[number - 1]))
    return changes


def _key(name: str, dataset: Dataset) -> str:
    for example in dataset.examples:
        if name in (example.name, example.key):
            return example.key
    raise DataError(f"'{dataset.title}' has no example called '{name}'.", "Names are those that `check` reports.")


def _check_classes(labels: list[str], dataset: Dataset) -> None:
    unknown = [label for label in labels if label not in dataset.classes]
    if unknown or not labels:
        raise DataError(
            f"There is no class {', '.join(map(repr, unknown)) or 'named'}.",
            f"The classes are: {', '.join(dataset.classes[:20])}.",
        )


def _say_version(
    dataset: Dataset, flags: argparse.Namespace, workspace: Workspace, report: IntakeReport | None = None
) -> int:
    line = lineage(dataset.id, workspace)
    changes = [{"id": change.id, "kind": change.kind, "says": change.summary} for change in line.changes]
    row = {"dataset": dataset.id, "version": line.version, "parent": line.parent, "root": line.root}
    if flags.json:
        intake = {"used": report.used, "skipped": report.to_dict()["skipped"]} if report else {}
        print_json({**row, "classes": dataset.counts, "changes": changes, **intake})
        return 0
    print(f"{dataset.title}, version {line.version}: {len(dataset.examples)} examples, {len(dataset.classes)} classes")
    for change in changes:
        print(f"  {change['id']}  {change['says']}")
    for skip in report.skipped if report else ():
        print(f"  skipped {skip.file}: {skip.reason}")
    print(f"dataset:{dataset.id}")
    return 0


def datasets(flags: argparse.Namespace, workspace: Workspace) -> int:
    """List the kept sets, newest version of each."""
    for dataset_id, about in latest_versions(workspace):
        version = lineage(dataset_id, workspace).version
        if flags.json:
            row = {"dataset": dataset_id, "title": about["title"], "modality": about["modality"]}
            print_json({**row, "version": version, "classes": about["counts"]})
        else:
            print(f"dataset:{dataset_id}  version {version}  {sum(about['counts'].values()):>6}  {about['title']}")
    return 0
