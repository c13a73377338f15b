"""The verbs that use a finished model: predict, teach."""

from __future__ import annotations

import argparse
from typing import Any

from core.cli.output import listener, print_json
from core.errors import RecipeError, UserError
from core.evaluation.intervals import wilson
from core.evaluation.rejection import Rejection
from core.events import drain
from core.models.added import Addition, added_classes, list_added, undo_addition
from core.models.catalogue import about_model
from core.runs.folder import RunFolder
from core.workspace import Workspace

USUAL = "usual"


def add_predict_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="run id")
    parser.add_argument("input", nargs="+", help="picture files, or messages")
    parser.add_argument(
        "--none-below", metavar="X", type=_threshold,
        help='answer "none of these" when an input is less alike (0 to 1) than X to all it was taught; '
        '"usual" takes the X with which 95%% of its judging examples still get an answer',
    )  # fmt: skip


def add_teach_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="run id")
    parser.add_argument(
        "--class", dest="examples", nargs="+", metavar=("NAME", "INPUT"),
        help="a class that the model does not know, and one or a few examples of it: picture files, or messages",
    )  # fmt: skip
    parser.add_argument(
        "--undo", metavar="NAME", help='forget an added class, one addition by its id, or the "last" addition'
    )


def _threshold(said: str) -> float | str:
    if said == USUAL:
        return said
    try:
        value = float(said)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise RecipeError(f'--none-below must lie between 0 and 1, or be "{USUAL}", not {said}.')
    return value


def predict(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Ask a finished run about pictures or messages."""
    from core.jobs.trying import answers, open_model, refusal_of, score_of

    run = _run(flags, workspace)
    model = drain(open_model(run, workspace, look=flags.none_below is not None))
    refusal = refusal_of(model, run)
    threshold = refusal.usual if flags.none_below == USUAL else flags.none_below
    found = answers(model, flags.input)
    for entry in found:
        alike = entry.pop("likeness", None)
        if threshold is not None and "error" not in entry:
            score = score_of({**entry, "likeness": alike}, refusal)
            entry |= {refusal.by: score, "none_below": threshold, "none": score < threshold}
        print_json(entry) if flags.json else print(f"{entry['input']}: {_said(entry, refusal)}")
    if all("error" in entry for entry in found):
        raise UserError("None of the inputs could be read.", found[0]["error"])
    return 0


def _said(entry: dict[str, Any], refusal: Rejection) -> str:
    if "error" in entry:
        return entry["error"]
    answer = f"{entry['label']} ({entry['probabilities'][entry['label']]:.0%})"
    if "none" not in entry:
        return answer
    score = f"{refusal.by} {entry[refusal.by]:.2f}"
    return f"none of these ({score}, else {answer})" if entry["none"] else f"{answer}, {score}"


def teach(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Add a class to a finished run, take it back, or list what was added."""
    from core.jobs.trying import open_model, teach_class

    run = _run(flags, workspace)
    about_model(run.id, workspace)  # says at once when it is not finished
    if flags.undo is not None and flags.examples is not None:
        raise RecipeError("--undo takes back, --class adds.", "Do one after the other.")
    if flags.examples is not None:
        label, *inputs = flags.examples
        model = drain(open_model(run, workspace), listener(flags))
        result = teach_class(model, run, label, inputs, inputs)
        print_json(result) if flags.json else _tell(result)
        return 0
    if flags.undo is not None:
        _undo(flags.undo, run)
    _list(flags, run)
    return 0


def _run(flags: argparse.Namespace, workspace: Workspace) -> RunFolder:
    return RunFolder.find(flags.run.removeprefix("run:"), workspace)


def _undo(said: str, run: RunFolder) -> None:
    additions = list_added(run.path)
    if not additions:
        raise UserError("Nothing was added to this run, so there is nothing to take back.")
    chosen = additions[-1:] if said == "last" else [a for a in additions if said in (a.label, a.id)]
    if not chosen:
        labels = ", ".join(added_classes(additions))
        raise UserError(f"No class '{said}' was added to this run.", f"Added were: {labels}.")
    for addition in chosen:
        undo_addition(run.path, addition.id)


def _tell(result: dict[str, Any]) -> None:
    print(
        f"'{result['label']}' was added from {result['examples']}; {result['recognised']} of them recognised. "
        f"Take it back with `python -m core teach {result['run']} --undo last`"
    )
    n = result["judged"]
    if n:
        low, high = wilson(result["after"], n)
        print(
            f"judging examples: right on {result['after']} of {n} ({low:.0%}-{high:.0%}), before {result['before']}; "
            f"{result['taken']} now taken for '{result['label']}'"
        )


def _list(flags: argparse.Namespace, run: RunFolder) -> None:
    additions = list_added(run.path)
    if flags.json:
        print_json({"run": run.id, "added": [_row(addition) for addition in additions]})
        return
    for addition in additions:
        print(f"{addition.id}  {addition.label}: {', '.join(addition.names)}")
    if not additions:
        print("nothing is added to this run")


def _row(addition: Addition) -> dict[str, Any]:
    return {"addition": addition.id, "class": addition.label, "examples": list(addition.names)}
