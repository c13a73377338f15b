"""The verbs that put a run into a file that others can read: report, card."""

from __future__ import annotations

import argparse

from core.cli.output import print_json
from core.report.card import card_markdown
from core.report.files import card_name, report_name, write_out
from core.report.page import report_html
from core.results.finished_run import gather
from core.workspace import Workspace


def add_report_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="run id")
    parser.add_argument(
        "--out", metavar="FILE", help="where to; default: finetune-lab-report-RUN.html in the current folder"
    )
    _add_force(parser)


def add_card_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="run id")
    parser.add_argument("--out", metavar="FILE", help="where to; default: it is printed")
    _add_force(parser)


def _add_force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace a file that is there already")


def report(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Write all about a finished run into one HTML file."""
    facts = gather(flags.run, workspace)
    text = report_html(facts)
    file = write_out(text, flags.out, report_name(facts.seen.run.id), force=flags.force)
    if flags.json:
        print_json({"run": facts.seen.run.id, "file": str(file), "bytes": file.stat().st_size})
    else:
        print(f"{file}\nIt shows some of your examples: look at it before you pass it on.")
    return 0


def card(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Print the model card of a finished run, or write it into a file."""
    facts = gather(flags.run, workspace)
    text, run_id = card_markdown(facts), facts.seen.run.id
    if flags.out is None:
        print_json({"run": run_id, "card": text}) if flags.json else print(text, end="")
        return 0
    file = write_out(text, flags.out, card_name(run_id), force=flags.force)
    print_json({"run": run_id, "file": str(file), "bytes": file.stat().st_size}) if flags.json else print(file)
    return 0
