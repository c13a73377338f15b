"""The verbs that put a run into files for others: report, card, replay, export."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from core.cli.output import language, listener, print_json, refuse_to_replace, say, write_file, write_folder
from core.cli.results import open_run
from core.cli.verbs import Parser, Verb, takes_force, takes_run
from core.errors import UserError
from core.events import drain
from core.export.proof import Proof
from core.messages import Message
from core.report.render import card_name, render_card, render_report, report_name
from core.report.replay import USUAL_SECONDS, render_replay, replay_name
from core.report.reproduce import notebook, script
from core.storage import as_zip
from core.workspace import Workspace


def _report_flags(parser: Parser) -> None:
    takes_run(parser)
    parser.add_argument(
        "--out", metavar="FILE",
        help=Message("where to; default: finetune-lab-report-RUN.html in the current folder"),
    )  # fmt: skip
    takes_force(parser)


def _card_flags(parser: Parser) -> None:
    takes_run(parser)
    parser.add_argument("--out", metavar="FILE", help=Message("where to; default: it is printed"))
    takes_force(parser)


def report(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Write all about a finished run into one HTML file."""
    run = open_run(flags, workspace)
    text = render_report(run, language())
    file = write_out(text, flags.out, report_name(run.id), force=flags.force)
    if flags.json:
        print_json({"run": run.id, "file": str(file), "bytes": file.stat().st_size})
    else:
        print(file)
        say("It shows some of your examples: look at it before you pass it on.")
    return 0


def card(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Print the model card of a finished run, or write it into a file."""
    run = open_run(flags, workspace)
    return _print_or_write(flags, run.id, "card", render_card(run, language()), card_name(run.id))


def _print_or_write(flags: argparse.Namespace, run_id: str, what: str, text: str, usual: str) -> int:
    """Print a text, as `what` of JSON, or write it into the file that was asked for."""
    if flags.out is None:
        print_json({"run": run_id, what: text}) if flags.json else print(text, end="")
        return 0
    file = write_out(text, flags.out, usual, force=flags.force)
    print_json({"run": run_id, "file": str(file), "bytes": file.stat().st_size}) if flags.json else print(file)
    return 0


def _reproduce_flags(parser: Parser) -> None:
    takes_run(parser)
    parser.add_argument(
        "--out", metavar="FILE", help=Message("where to: a .py script, or an .ipynb notebook; default: it is printed")
    )
    takes_force(parser)


def reproduce(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Print a script that trains a finished run again, or write it into a file, or as a notebook."""
    run = open_run(flags, workspace)
    as_notebook = (flags.out or "").casefold().endswith(".ipynb")
    text = notebook(run, language()) if as_notebook else script(run, language())
    return _print_or_write(flags, run.id, "script", text, f"finetune-lab-reproduce-{run.id}.py")


def _replay_flags(parser: Parser) -> None:
    takes_run(parser)
    parser.add_argument(
        "--gif", metavar="FILE",
        help=Message("where to; default: finetune-lab-replay-RUN.gif in the current folder"),
    )  # fmt: skip
    parser.add_argument(
        "--seconds", type=float, default=USUAL_SECONDS, metavar="N",
        help=Message("how long it takes from the baseline to the end; default: {n}", n=USUAL_SECONDS),
    )  # fmt: skip
    takes_force(parser)


def replay(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Write the replay of a training as an animated GIF: its curve, and examples that turn right."""
    run = open_run(flags, workspace)
    if not 0.1 <= flags.seconds <= 120:
        raise UserError(
            Message("A replay cannot take {n} seconds.", n=flags.seconds), Message("Say between 0.1 and 120 seconds.")
        )
    usual = replay_name(run.id)
    file = _place(flags.gif, usual, force=flags.force)
    write_file(file, render_replay(run, language(), flags.seconds))
    if flags.json:
        print_json({"run": run.id, "file": str(file.resolve()), "bytes": file.stat().st_size})
    else:
        print(file.resolve())
        say("It shows some of your examples: look at it before you pass it on.")
    return 0


def _export_flags(parser: Parser) -> None:
    takes_run(parser)
    parser.add_argument(
        "--to", metavar="PLACE",
        help=Message("a new folder, a .zip file, or a single .html file for browsers; default: "
                     "finetune-lab-model-RUN.zip in the current folder"),
    )  # fmt: skip
    parser.add_argument(
        "--hub", action="store_true",
        help=Message("the layout of the Hugging Face Hub, which the library transformers loads; for models that came "
                     "from there"),
    )  # fmt: skip
    takes_force(parser)


def export(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Write a folder, a zip file or a page in which the model runs elsewhere, proven to answer the same."""
    from core.export.page import no_page
    from core.jobs.exporting import export_for_hub, export_run

    run = open_run(flags, workspace)
    place = Path(flags.to or f"finetune-lab-model-{run.id}.zip")
    if place.exists() and not flags.force and flags.to:
        raise UserError(Message("There is '{file}' already.", file=str(place)),
                        Message("Choose another name, or replace it with --force."))  # fmt: skip
    as_page = place.suffix.casefold() in (".html", ".htm")
    if as_page and (problem := no_page(run.dataset.kind, run.card)):
        raise UserError(problem, Message("Export it as a folder."))
    if flags.hub:
        files, proof = drain(export_for_hub(run.folder, language(), workspace), listener(flags))
        _write_files(place, files)
        proofs = {"model.safetensors": proof}
    else:
        made = drain(export_run(run.folder, language(), workspace), listener(flags))
        assert made is not None  # nobody stops it here
        proofs = made.proofs
        if not as_page:
            _write_files(place, made.files)
        elif isinstance(made.page, Message):
            raise UserError(made.page)
        else:
            assert made.page_proof is not None
            write_file(place, made.page)
            proofs = {place.name: made.page_proof}
    _say_proven(flags, run.id, place, proofs)
    if run.card.holds_examples and not flags.json:
        say(run.card.holds_examples)
    return 0


def _write_files(place: Path, files: Mapping[str, bytes]) -> None:
    """Into a new folder, or as a zip file, as the name of the place says."""
    if place.suffix.casefold() == ".zip":
        write_file(place, as_zip(files))
    else:
        write_folder(place, files)


def _say_proven(flags: argparse.Namespace, run_id: str, place: Path, proofs: Mapping[str, Proof]) -> None:
    if flags.json:
        said = {name: proof.to_dict() for name, proof in proofs.items()}
        print_json({"run": run_id, "to": str(place.resolve()), "proofs": said})
        return
    print(place.resolve())
    for name, proof in proofs.items():
        say("{network}, a network of {size:bytes}: the same class on {same} of {n} examples, probabilities apart by at "
            "most {largest:.6f}", network=name, size=proof.bytes, same=proof.same, n=proof.n,
            largest=proof.largest)  # fmt: skip
    say("It holds some of your examples, as samples: look at it before you pass it on.")


def write_out(text: str, asked: str | None, usual: str, *, force: bool = False) -> Path:
    """Write to the file or into the folder that was asked for, else under the `usual` name into the current folder.

    A file under the usual name is one of ours and made anew; any other that is there already is only replaced with
    `force`. UserError where it cannot be written.
    """
    file = _place(asked, usual, force=force)
    write_file(file, text.encode("utf-8"))
    return file.resolve()


def _place(asked: str | None, usual: str, *, force: bool) -> Path:
    """The file to write: see `write_out`."""
    place = Path(asked) if asked is not None else Path(usual)
    file = place / usual if place.is_dir() else place
    if file.name != usual:
        refuse_to_replace(file, force=force)
    return file


VERBS = (
    Verb("report", report, Message("write all about a finished run into one HTML file that needs no network"),
         _report_flags),
    Verb("export", export, Message("make a folder in which the model runs elsewhere, proven to answer the same"),
         _export_flags),
    Verb("reproduce", reproduce, Message("print a script that trains a finished run again, to the same weights"),
         _reproduce_flags),
    Verb("replay", replay, Message("write the replay of a training as an animated GIF for a slide"), _replay_flags),
    Verb("card", card, Message("print the model card of a finished run, or write it into a file"), _card_flags),
)  # fmt: skip
