"""The verb that says why a run answers as it does: explain."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.cli.output import listener, print_json
from core.data.dataset import Dataset
from core.errors import RecipeError, UserError
from core.events import drain
from core.models.added import list_added
from core.results.explanation import finding, limits
from core.runs.folder import RunFolder
from core.workspace import Workspace


def add_explain_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="run id")
    parser.add_argument("input", nargs="?", help="a picture file, or a message")
    parser.add_argument("--example", metavar="ID", help="instead of an input: an example of the run's set")
    parser.add_argument(
        "--class", dest="about", metavar="X", help="say what speaks for the class X (default: for the answer)"
    )
    parser.add_argument("--out", metavar="PNG", type=Path, help="write the picture with its map laid over it here")


def explain(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Say which parts of an input a finished run's answer hangs on, and which training examples are nearest."""
    from core.jobs.explaining import explain_run, overlay_of

    if (flags.input is None) == (flags.example is None):
        raise RecipeError("Give an input, or --example and its id.", "One of the two.")
    run = RunFolder.find(flags.run.removeprefix("run:"), workspace)
    asked = {"input": flags.input} if flags.example is None else {"example": flags.example}
    if flags.about is not None:
        asked["class"] = flags.about
    found, picture = drain(explain_run(run, asked, workspace), listener(flags))
    result = {"run": run.id, **found.to_dict()}
    if flags.out is not None:
        if picture is None:
            raise RecipeError("--out is for pictures: a message has no map.", "Leave it out.")
        try:
            overlay_of(found, picture).save(flags.out, "PNG")
        except OSError as error:
            raise UserError(f"'{flags.out}' cannot be written.", "Choose a folder that is there.") from error
        result["out"] = str(flags.out)
    print_json(result) if flags.json else _tell(result, run, workspace)
    return 0


def _tell(result: dict[str, Any], run: RunFolder, workspace: Workspace) -> None:
    print(f"{result['label']}; {result['class']}: {result['probability']:.0%}")
    print(finding(result))
    for word in result["words"] or ():
        print(f"  {word['value']:+6.2f}  {word['text']}")
    if result["words"] and result["all_words"] > len(result["words"]):
        print(f"only the first {len(result['words'])} of {result['all_words']} words were left out")
    if result["heat"]:
        for row in result["heat"]["values"]:
            print("  " + " ".join(f"{value:+6.2f}" for value in row))
    if result["neighbours"] is None:
        print("the examples that taught it are gone: the nearest cannot be told")
    for neighbour in result["neighbours"] or ():
        print(f"  near: {neighbour['similarity']:+.2f}  {neighbour['label']}  {_name(neighbour, run, workspace)}")
    print(limits(result["modality"]))


def _name(neighbour: dict[str, Any], run: RunFolder, workspace: Workspace) -> str:
    """What the example is called, or its words."""
    if neighbour["addition"]:
        added = {addition.id: addition for addition in list_added(run.path)}
        return added[neighbour["addition"]].names[neighbour["place"]]
    try:
        examples = Dataset.load(run.request["dataset"], workspace).examples
    except UserError:
        return ""
    return next((example.text or example.name for example in examples if example.id == neighbour["example"]), "")
