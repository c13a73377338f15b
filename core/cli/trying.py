"""The verbs that use a finished model: predict, teach, explain."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from core.cli.data import add_read_flags, given_options
from core.cli.output import (
    language,
    listed,
    listener,
    note,
    print_json,
    refuse_to_replace,
    say,
    say_line,
    words,
    write_file,
    writing_out,
)
from core.cli.removing import note_damages
from core.cli.verbs import Parser, Verb, takes_force, takes_run
from core.data.dataset import Dataset
from core.data.readers.names import is_archive
from core.data.readers.table_files import is_table
from core.data.unlabelled import TABLE_OPTIONS, Batch, holds_many, is_batch, named_path
from core.errors import RecipeError, UserError
from core.evaluation.intervals import wilson
from core.evaluation.rejection import Rejection
from core.events import drain
from core.messages import Message, counted
from core.modalities import MODALITIES, get_modality
from core.modalities.base import Modality
from core.models.added import Addition, added_classes, damaged_additions, list_added, undo_addition
from core.models.catalogue import about_model
from core.results.batch import NONE, BatchAnswers, trained_note, write_sorted
from core.results.explanation import finding, limits, weighed
from core.runs.folder import RunFolder
from core.spreadsheets import write_csv, write_workbook
from core.storage import own_name, writing
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.models.extended import ExtendedModel

USUAL = "usual"
_MANY = 64
"""For more inputs a faster encoder is worth the moment that it takes to make."""
_CSV, _EXCEL, _ZIP = ".csv", ".xlsx", ".zip"


def _run(flags: argparse.Namespace, workspace: Workspace) -> RunFolder:
    run = RunFolder.find(flags.run.removeprefix("run:"), workspace)
    note_damages(run)
    return run


def _kind_of(run: RunFolder, workspace: Workspace) -> Modality[Any, Any]:
    return get_modality(about_model(run.id, workspace)["card"]["modality"])


# --- predict ---


def _predict_flags(parser: Parser) -> None:
    takes_run(parser)
    parser.add_argument(
        "input", nargs="+",
        help=Message("picture files, recordings or messages; or what holds many: folders, zips, tables, text files"),
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="FILE", type=Path,
        help=Message("write a table of all answers here (.csv or .xlsx), or a zip of the files, sorted into a folder "
                     "for each answer (.zip)"),
    )  # fmt: skip
    takes_force(parser)
    add_read_flags(parser, TABLE_OPTIONS)
    parser.add_argument(
        "--none-below", metavar="X", type=threshold_of,
        help=Message("rejection threshold: answer “none of these” when an input is less similar (0 to 1) than X to "
                     "all training examples; “usual” takes the X with a coverage of 95\u00a0% of the validation "
                     "examples"),
    )  # fmt: skip


def threshold_of(given: str) -> float | str:
    if given == USUAL:
        return given
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise RecipeError(
            Message("{flag} must lie between 0 and 1, or be “{usual}”, not {given}.", flag="--none-below", usual=USUAL,
                    given=given)
        )  # fmt: skip
    return value


def predict(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Ask a finished run about examples, few or many."""
    from core.jobs.batching import answered_parts, gather, hurry, suited
    from core.jobs.trying import open_model, printed, refusal_of, trained_on

    run = _run(flags, workspace)
    kind = _kind_of(run, workspace)
    if flags.out is not None:
        _check_out(flags.out, kind)
        refuse_to_replace(flags.out, force=flags.force, inputs=_read_with(flags.out, flags.input, kind))
    asked = {"paths": flags.input, "names": flags.input, "options": asdict(given_options(flags))}
    given = suited(gather(asked, kind, workspace), run, workspace)
    _note_names(flags.input, kind)
    model = drain(open_model(run, workspace, look=flags.none_below is not None))
    refusal = refusal_of(model, run)
    threshold = refusal.usual if flags.none_below == USUAL else flags.none_below
    if flags.out is not None:
        return _predict_out(flags, run, model, given, threshold, workspace)
    for told in given.notes:
        note(told)
    if len(given.items) > _MANY:
        hurry(model, run, workspace)
    failed: list[Message] = []
    trained = 0
    for name, cells, answer in chain.from_iterable(answered_parts(model, given, trained_on(run, workspace))):
        trained += answer.get("trained", False)
        row = {"columns": dict(zip(given.columns, cells, strict=False))} if cells else {}
        entry = printed(name, answer, refusal, threshold, **row)
        if "error" in entry:
            failed.append(entry["error"])
        if flags.json:
            print_json(entry)
        elif "error" not in entry or len(given.items) > 1:  # else the refusal below says it
            say_line(f"{entry['input']}: {words(_answer(entry, refusal))}")
            if (beside := entry.get("note")) and not given.columns:  # of a table it was said above
                note(beside)
    if len(failed) == len(given.items):
        raise _all_failed(failed)
    for told in trained_note(trained):
        note(told)
    return 0


def _all_failed(errors: Sequence[Message]) -> UserError:
    if len(errors) == 1:
        return UserError(errors[0])
    return UserError(Message("None of the inputs could be read."), errors[0])


def _note_names(inputs: Sequence[str], kind: Modality[Any, Any]) -> None:
    """A message that is called like a file was hardly meant as a message."""
    for given in inputs if kind.is_text else ():
        if " " not in given and _is_called_like_a_file(PurePosixPath(given)) and not is_batch(named_path(given), kind):
            note("There is no file '{name}': it was taken as a message.", name=given)


def _is_called_like_a_file(name: PurePosixPath) -> bool:
    return is_table(name) or is_archive(name) or any(name.suffix.casefold() in k.suffixes for k in MODALITIES.values())


def _refuse_files(inputs: Sequence[str], kind: Modality[Any, Any]) -> None:
    """RecipeError where a message is asked for and a file is named."""
    for given in inputs if kind.is_text else ():
        if is_batch(named_path(given), kind) and not named_path(given).is_dir():
            raise RecipeError(
                Message("'{file}' is a file, and this takes {one} itself.", file=given, one=kind.one),
                Message("Copy the text out of it, and put that between quotes."),
            )


def _read_with(out: Path, inputs: Sequence[str], kind: Modality[Any, Any]) -> Iterator[Path]:
    """The files of the inputs that `out` may be one of, which lies perhaps in a folder of them."""
    for given in inputs:
        path = named_path(given)
        within = holds_many(PurePosixPath(out.name), kind) and path.resolve() in out.resolve().parents
        yield out if within else path


def _check_out(file: Path, kind: Modality[Any, Any]) -> None:
    suffix = file.suffix.casefold()
    if suffix not in (_CSV, _EXCEL, _ZIP):
        raise RecipeError(
            Message("{flag} cannot write '{name}'.", flag="--out", name=file.name),
            Message("Let the name end in {endings:any}.", endings=(_CSV, _EXCEL, _ZIP)),
        )
    if suffix == _ZIP and kind.many_in_tables:
        raise RecipeError(
            Message("Only files can be sorted into folders, and {many} may be rows of a table.", many=kind.many),
            Message("Let the name end in {endings:any}.", endings=(_CSV, _EXCEL)),
        )


def _predict_out(
    flags: argparse.Namespace, run: RunFolder, model: ExtendedModel, given: Batch, threshold: float | None,
    workspace: Workspace,
) -> int:  # fmt: skip
    """Answer everything, then write the table or the sorted files."""
    from core.jobs.batching import predict_batch

    folder = workspace.staging / own_name("batch")
    try:
        with writing(folder):
            folder.mkdir()
        drain(predict_batch(model, run, given, folder, workspace), listener(flags))
        answered = BatchAnswers(folder)
        counts = answered.tallied(threshold)
        if counts.errors == answered.rows:
            raise _all_failed([row.error for row in answered.each()])
        with writing_out(flags.out):
            match flags.out.suffix.casefold():
                case ".csv":
                    write_csv(flags.out, answered.table(threshold, language()))
                case ".xlsx":
                    write_workbook(flags.out, answered.table(threshold, language()))
                case _:
                    for _ in write_sorted(flags.out, given, answered, threshold, language()):
                        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    result = {"run": run.id, "out": str(flags.out), "rows": answered.rows, "answers": counts.classes,
              "none": counts.none, "errors": counts.errors, "trained": answered.trained}  # fmt: skip
    print_json(result) if flags.json else _tell_out(result, answered.notes)
    return 0


def _tell_out(result: dict[str, Any], notes: Sequence[Message]) -> None:
    for told in notes:
        note(told)
    for label, n in result["answers"].items():
        say("{label}: {n}", label=label, n=n)
    if result["none"]:
        say("{label}: {n}", label=NONE, n=result["none"])
    if result["errors"]:
        say("Could not be read: {n}", n=result["errors"])
    written = counted("{n} answer written: {file}", "{n} answers written: {file}", n=result["rows"] - result["errors"],
                      file=result["out"])  # fmt: skip
    say(written)


def _answer(entry: dict[str, Any], refusal: Rejection) -> Message:
    if "error" in entry:
        return entry["error"]
    answer = Message("{label} ({share:percent})", label=entry["label"], share=entry["probabilities"][entry["label"]])
    if "none" not in entry:
        return answer
    value = entry[refusal.by]
    score = (Message("similarity {x:.2f}", x=value) if refusal.by == "likeness"
             else Message("confidence {x:.2f}", x=value))  # fmt: skip
    if entry["none"]:
        return Message("none of these ({score}, else {answer})", score=score, answer=answer)
    return Message("{answer}, {score}", answer=answer, score=score)


# --- teach ---


def _teach_flags(parser: Parser) -> None:
    takes_run(parser)
    parser.add_argument(
        "--class", dest="examples", nargs="+", metavar=("NAME", "INPUT"),
        help=Message("a class that the model does not know, and one or a few examples of it: files, or "
                     "messages"),
    )  # fmt: skip
    parser.add_argument(
        "--undo", metavar="NAME", help=Message("forget an added class, one addition by its id, or the “last” addition")
    )


def teach(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Add a class to a finished run, take it back, or list what was added."""
    from core.jobs.trying import open_model, teach_class

    run = _run(flags, workspace)
    about_model(run.id, workspace)  # says at once when it is not finished
    for damaged in damaged_additions(run.path):
        note("{id}  {damaged}", id=damaged.path.stem, damaged=damaged.message)
    if flags.undo is not None and flags.examples is not None:
        raise RecipeError(
            Message("{undo} takes back, {add} adds.", undo="--undo", add="--class"), Message("Do one after the other.")
        )
    if flags.examples is not None:
        label, *inputs = flags.examples
        _refuse_files(inputs, _kind_of(run, workspace))
        model = drain(open_model(run, workspace), listener(flags))
        result = teach_class(model, run, label, inputs, inputs)
        print_json(result) if flags.json else _tell_added(result)
        return 0
    if flags.undo is not None:
        forgotten = _undo(flags.undo, run)
        if not flags.json:
            say("Taken back: {names}", names=forgotten)
    _list(flags, run)
    return 0


def _undo(given: str, run: RunFolder) -> str:
    """Forget what was added; gives the class, or the id of an addition that cannot be read."""
    additions, damaged = list_added(run.path), [one.path.stem for one in damaged_additions(run.path)]
    if not additions and not damaged:
        raise UserError(Message("Nothing was added to this run, so there is nothing to take back."))
    chosen = additions[-1:] if given == "last" else [a for a in additions if given in (a.label, a.id)]
    ids = [addition.id for addition in chosen] or [one for one in damaged if given == one]
    if not ids:
        raise UserError(
            Message("No class '{name}' was added to this run.", name=given),
            Message("Added were: {names}.", names=listed(added_classes(additions))),
        )
    for addition_id in ids:
        undo_addition(run.path, addition_id)
    return chosen[0].label if chosen else ids[0]


def _tell_added(result: dict[str, Any]) -> None:
    say("'{label}' was added; {recognised} of {n} given examples are recognised. To take it back: {command}",
        label=result["label"], recognised=result["recognised"], n=result["examples"],
        command=f"python -m core teach {result['run']} --undo last")  # fmt: skip
    n = result["judged"]
    if n:
        say("Validation examples: {after} of {n} right ({interval:percent}), before {before}; {taken} now predicted as "
            "'{label}'", after=result["after"], n=n, interval=wilson(result["after"], n), before=result["before"],
            taken=result["taken"], label=result["label"])  # fmt: skip


def _list(flags: argparse.Namespace, run: RunFolder) -> None:
    additions = list_added(run.path)
    if flags.json:
        print_json({"run": run.id, "added": [_row(addition) for addition in additions]})
        return
    for addition in additions:
        say_line(f"{addition.id}  {addition.label}: {', '.join(addition.names)}")
    if not additions:
        say("Nothing is added to this run.")


def _row(addition: Addition) -> dict[str, Any]:
    return {"addition": addition.id, "class": addition.label, "examples": list(addition.names)}


# --- explain ---


def _explain_flags(parser: Parser) -> None:
    takes_run(parser)
    parser.add_argument("input", nargs="?", help=Message("a picture or a recording, or a message"))
    parser.add_argument("--example", metavar="ID", help=Message("instead of an input: an example of the run's dataset"))
    parser.add_argument(
        "--class", dest="about", metavar="X", help=Message("show the evidence for class X (default: for the answer)")
    )
    parser.add_argument(
        "--out",
        metavar="PNG",
        type=Path,
        help=Message("write the picture, or that of a sound, with its map laid over it here"),
    )
    takes_force(parser)


def explain(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Say which parts of an input influenced a finished run's answer, and which training examples are nearest."""
    from core.jobs.explaining import explain_run, overlay_of
    from core.modalities.image.decoding import encoded

    if (flags.input is None) == (flags.example is None):
        raise RecipeError(Message("Give an input, or {flag} and its id.", flag="--example"), Message("One of the two."))
    run = _run(flags, workspace)
    if flags.input is not None:
        _refuse_files([flags.input], _kind_of(run, workspace))
    if flags.out is not None:
        given = () if flags.input is None else (named_path(flags.input),)
        refuse_to_replace(flags.out, force=flags.force, inputs=given)
    asked = {"input": flags.input} if flags.example is None else {"example": flags.example}
    if flags.about is not None:
        asked["class"] = flags.about
    found, payload = drain(explain_run(run, asked, workspace), listener(flags))
    result = {"run": run.id, **found.to_dict()}
    if flags.out is not None:
        if found.heat is None:
            raise RecipeError(
                Message("{flag} is for pictures and sounds: others have no map.", flag="--out"),
                Message("Remove it."),
            )
        write_file(flags.out, encoded(overlay_of(found, payload), "PNG"))
        result["out"] = str(flags.out)
    print_json(result) if flags.json else _tell_explained(result, run, workspace)
    return 0


def _tell_explained(result: dict[str, Any], run: RunFolder, workspace: Workspace) -> None:
    say("{label}; {about}: {share:percent}", label=result["label"], about=result["class"], share=result["probability"])
    say(finding(result))
    for word in result["words"] or ():
        say_line(f"  {word['value']:+6.2f}  {word['text']}")
    if result["words"] and result["all_words"] > len(result["words"]):
        say("Only the first {n} of {total} words were removed.", n=len(result["words"]), total=result["all_words"])
    if weights := weighed(result):
        say(weights)
    for cell in result["cells"] or ():
        say_line(f"  {cell['value']:+6.2f}  {cell['column']}: {cell['text'] or '-'}")
    if result["heat"]:
        for row in result["heat"]["values"]:
            print("  " + " ".join(f"{value:+6.2f}" for value in row))
    if result["neighbours"] is None:
        say("The training examples are gone: the nearest cannot be told.")
    for neighbour in result["neighbours"] or ():
        say("  near: {similarity:.2f}  {label}  {name}", similarity=neighbour["similarity"], label=neighbour["label"],
            name=_name(neighbour, run, workspace))  # fmt: skip
    say(limits(result["modality"]))


def _name(neighbour: dict[str, Any], run: RunFolder, workspace: Workspace) -> str:
    """What the example is called, or its words."""
    if neighbour["addition"]:
        added = {addition.id: addition for addition in list_added(run.path)}
        return added[neighbour["addition"]].names[neighbour["place"]]
    try:
        dataset = Dataset.load(run.request["dataset"], workspace)
    except UserError:
        return ""
    at = next((i for i, example in enumerate(dataset.examples) if example.id == neighbour["example"]), None)
    return "" if at is None else dataset.line(at) or dataset.examples[at].name


VERBS = (
    Verb("predict", predict, Message("classify with a trained model"), _predict_flags),
    Verb(
        "teach", teach, Message("add a class to a trained model from one example or a few, or take it back"),
        _teach_flags,
    ),
    Verb(
        "explain", explain, Message("say why a trained model answers as it does about an example"),
        _explain_flags,
    ),
)  # fmt: skip
