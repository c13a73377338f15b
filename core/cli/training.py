"""The verbs that train: models, train, find-rate, pause, stop, resume, runs."""

from __future__ import annotations

import argparse
import statistics
from dataclasses import asdict, replace
from typing import Any

from core.cli.data import add_data_flags, find_dataset
from core.cli.output import listener, note, print_json, say, say_line, words
from core.cli.removing import tell_damaged
from core.cli.verbs import Parser, Verb, takes_run
from core.data.dataset import Dataset
from core.data.versions import lineage
from core.errors import DataError, RecipeError, UserError
from core.evaluation.repeated_splits import accuracy_over_repeats, accuracy_sentence
from core.events import RunEnded, drain
from core.hardware import measured_speed
from core.messages import Message
from core.models.catalogue import cards, get_card, usual_model
from core.models.hub import FAMILIES
from core.models.hub_search import look_for, suggested
from core.models.lineage import model_lineage
from core.models.text_packages import missing
from core.runs.folder import RunFolder, damaged_jobs, list_runs, unreadable_runs
from core.training.spec.plan import make_plan
from core.training.spec.recipe import ANY_MODEL, Recipe, model_and_method, options
from core.training.spec.strategies import STRATEGIES, usual_strategy
from core.workspace import Workspace

_MOST_SEEDS = 50
_NAMED = 4
"""So many languages of a model are named in a line."""


def add_recipe_flags(parser: Parser) -> None:
    """The dataset, the model, the strategy, and a flag for every option of a recipe."""
    add_data_flags(parser)
    parser.add_argument(
        "--model",
        help=Message(
            "model id (see `models`), or auto for whichever does best; default: the bundled one for the kind "
            "of data, or auto with --strategy auto"
        ),
    )
    parser.add_argument(
        "--strategy", choices=list(STRATEGIES),
        help=Message("fine-tuning method; default: head, or scratch for an untrained network"),
    )  # fmt: skip
    for name, option in options().items():
        flag = f"--{name.replace('_', '-')}"
        extra = ["--lr"] if name == "learning_rate" else []
        parser.add_argument(
            flag, *extra, dest=name, type=option.value_type, choices=list(option.choices) or None, help=option.help,
        )  # fmt: skip


def _models_flags(parser: Parser) -> None:
    parser.add_argument("--measure", action="store_true", help=Message("measure how fast each is on this computer"))
    parser.add_argument(
        "--hub", action="store_true", help=Message("list models of the Hugging Face Hub that are worth a try instead")
    )
    parser.add_argument(
        "--search", metavar="WORDS", help=Message("search the Hub for models by words, and list those that can be used")
    )
    parser.add_argument(
        "--kind", choices=sorted({family.modality for family in FAMILIES.values()}),
        help=Message("of the Hub's models, only those for this kind of example"),
    )  # fmt: skip


def models(flags: argparse.Namespace, workspace: Workspace) -> int:
    """List the models, and with --measure time those that were never timed; or those of the Hub."""
    if flags.hub or flags.search:
        return _hub_models(flags)
    for card in cards(workspace):
        speed = measured_speed(workspace, card.id, "embed")
        if flags.measure and speed is None and missing(card.id) is None:
            from core.training.engine.measure import measure

            speed = drain(measure(card.id, workspace))
        if flags.json:
            chain = model_lineage(card.id, workspace)
            origin = {"origin": chain.origin, "runs": [asdict(one) for one in chain.runs]}
            there = {"installed": missing(card.id) is None}
            print_json({**card.to_dict(), **there, "examples_per_second": speed, "ancestry": origin})
        else:
            pace = f"{speed:.0f}/s" if speed else "-"
            size = words("{size:.1f} MB", size=card.megabytes)
            licence = words(card.licence_note)
            lacking = missing(card.id)
            knows = words(lacking.problem if lacking else card.knows)
            print(f"{card.id:<40} {card.modality:<6} {size:>9} {pace:>7}  {licence:<11} {knows}")
    return 0


def _hub_models(flags: argparse.Namespace) -> int:
    kinds = [flags.kind] if flags.kind else sorted({family.modality for family in FAMILIES.values()})
    found = look_for(flags.search, kinds) if flags.search else [model for kind in kinds for model in suggested(kind)]
    for model in found:
        if flags.json:
            print_json(model.to_dict())
            continue
        size = words("{size:.1f} MB", size=model.megabytes) if model.megabytes else "-"
        languages = words("{codes:languages}", codes=model.languages[:_NAMED]) if model.languages else ""
        says = words(model.good_for) if model.good_for else languages
        print(f"{model.id:<65} {model.modality:<6} {size:>9}  {model.licence:<11} {says}")
    if not found and not flags.json:
        print(words("The Hub has nothing for these words that can be used here."))
    return 0


def _train_flags(parser: Parser) -> None:
    add_recipe_flags(parser)
    parser.add_argument("--val", metavar="DATA2", help=Message("use this dataset for validation, not a part of DATA"))
    parser.add_argument(
        "--seeds", type=int, metavar="N",
        help=Message("train N times, with seed, seed + 1 and so on; the last line sums up"),
    )  # fmt: skip
    parser.add_argument("--title", help=Message("a name for the run"))


def train(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Train once, or with --seeds several times."""
    dataset = _dataset(flags, workspace)
    recipe = _recipe(flags, dataset, workspace)
    plan = make_plan(dataset, recipe, workspace)  # all bad input is said before a run exists
    plan.require_room(workspace)
    if flags.seeds is None:
        return _told(_run(flags, dataset, recipe, workspace))
    if not 2 <= flags.seeds <= _MOST_SEEDS:
        raise RecipeError(
            Message("{flag} must lie between 2 and {most}, not {given}.", flag="--seeds", most=_MOST_SEEDS,
                    given=flags.seeds)
        )  # fmt: skip
    ends = []
    for number in range(flags.seeds):
        ends.append(_run(flags, dataset, replace(recipe, seed=recipe.seed + number), workspace))
        if status := _told(ends[-1]):
            return status
    _sum_up(flags, ends, len(plan.split.train))
    return 0


def find_rate(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Try learning rates and suggest one; nothing is trained."""
    from core.training.engine.rate_finder import find_rate as finding

    dataset = find_dataset(flags.data, flags, workspace)
    recipe = _recipe(flags, dataset, workspace)
    found = drain(finding(dataset, recipe, workspace), listener(flags))
    if found is None:
        raise RecipeError(
            Message("Method '{name}' has no learning rate.", name=recipe.strategy), Message("Choose one that trains.")
        )
    if flags.json:
        print_json(asdict(found))
        return 0
    for rate, loss in zip(found.rates, found.losses, strict=True):
        print(f"{rate:.1e}  {loss:.3f}")
    say("Suggestion: {flags}", flags=f"--learning-rate {found.suggestion:g}")
    return 0


def pause(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Let a run leave a checkpoint and end."""
    folder = _under_way(flags, workspace)
    folder.ask_to_pause()
    print_json({"run": folder.id, "asked": "pause"}) if flags.json else say("Run {run} will pause.", run=folder.id)
    return 0


def stop(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Let a run end with the best so far."""
    folder = _under_way(flags, workspace)
    folder.ask_to_stop()
    print_json({"run": folder.id, "asked": "stop"}) if flags.json else say("Run {run} will stop.", run=folder.id)
    return 0


def _under_way(flags: argparse.Namespace, workspace: Workspace) -> RunFolder:
    folder = RunFolder.find(flags.run, workspace)
    status = folder.status()
    if not status.active:
        raise UserError(
            Message("The run '{run}' is not under way: its state is {state}.", run=folder.id, state=status.state)
        )
    return folder


def resume(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Go on with a run in this process."""
    from core.jobs.base import run_job

    folder = RunFolder.find(flags.run, workspace)
    folder.reopen()
    end = run_job(folder, workspace, folder.stop_requested, listener(flags))
    assert isinstance(end, RunEnded)
    return _told(end)


def runs(flags: argparse.Namespace, workspace: Workspace) -> int:
    """List the training runs, newest first."""
    for folder in list_runs(workspace):
        about, status = folder.about(), folder.status()
        validation = about.get("result", {}).get("validation")
        if flags.json:
            row = {"run": folder.id, "title": about["title"], "state": status.state, "created": about["created"]}
            used = about["request"]["dataset"]
            row |= {"dataset": used, "dataset_version": _version_of(used, workspace)}
            print_json({**row, "validation": validation, "recipe": about["request"]["recipe"]})
        else:
            result = "-"
            if validation:
                result = words("{share:percent} ({interval:percent}, n={n})", share=validation["accuracy"],
                               interval=validation["interval"], n=validation["n"])  # fmt: skip
            model, method = map(words, model_and_method(about["request"]["recipe"], workspace))
            say_line(f"{folder.id}  {status.state:<11}  {f'{model} · {method}':<40}  {result:<24}  {about['title']}")
    tell_damaged(damaged_jobs(workspace.runs), flags, "run")
    if earlier := unreadable_runs(workspace):
        note(earlier)
    return 0


def _recipe(flags: argparse.Namespace, dataset: Dataset, workspace: Workspace) -> Recipe:
    model = flags.model or (ANY_MODEL if flags.strategy == "auto" else usual_model(dataset))
    strategy = flags.strategy or ("auto" if model == ANY_MODEL else usual_strategy(get_card(model, workspace)))
    given = {name: getattr(flags, name) for name in options() if getattr(flags, name) is not None}
    return Recipe(model=model, strategy=strategy, **given)


def _run(flags: argparse.Namespace, dataset: Dataset, recipe: Recipe, workspace: Workspace) -> RunEnded:
    from core.jobs.base import run_job

    request = {"dataset": dataset.id, "recipe": recipe.to_dict()}
    folder = RunFolder.create(workspace.runs, "train", flags.title or dataset.title, request)
    end = run_job(folder, workspace, folder.stop_requested, listener(flags))
    assert isinstance(end, RunEnded)
    return end


def _told(end: RunEnded) -> int:
    """The exit status for an end; a bad one is also said where scripts look for it."""
    if end.reason not in ("failed", "interrupted"):
        return 0
    note(end.message)
    if end.reason == "interrupted":
        note("To resume: {command}", command=f"python -m core resume {end.run}")
        return 2
    if end.remedy:
        better = " ".join(f"--{name.replace('_', '-')} {value:g}" for name, value in end.remedy.items())
        note("Suggestion: {flags}", flags=better)
    return 1


def _sum_up(flags: argparse.Namespace, ends: list[RunEnded], n_train: int) -> None:
    """The scores of several seeds: each on its own split, so their spread shows what a split may do."""
    scores = [score for end in ends if (score := end.test or end.validation)]
    accuracies = [score.accuracy for score in scores]
    about: dict[str, Any] = {"runs": [end.run for end in ends], "accuracies": accuracies}
    if len(accuracies) > 1:
        found = accuracy_over_repeats(accuracies, scores[0].n, n_train)
        about |= {
            "mean": found.mean, "interval": found.interval, "sd": statistics.stdev(accuracies),
            "n": [score.n for score in scores], "baseline": statistics.fmean(score.baseline for score in scores),
        }  # fmt: skip
    if flags.json:
        print_json({"event": "seeds_ended", **about})
    elif "mean" in about:
        say(accuracy_sentence(found))
        say("{n} evaluated each time; standard deviation {sd:percent1}", n=about["n"][0], sd=about["sd"])
        say("Baseline (most frequent class): {share:percent}", share=about["baseline"])


def _dataset(flags: argparse.Namespace, workspace: Workspace) -> Dataset:
    dataset = find_dataset(flags.data, flags, workspace)
    if flags.val:
        dataset = _validated_by(dataset, find_dataset(flags.val, flags, workspace))
        dataset.save(workspace)
    return dataset


def _validated_by(dataset: Dataset, validation_set: Dataset) -> Dataset:
    """One dataset that trains on `dataset` and validates on `validation_set`."""
    if validation_set.modality != dataset.modality:
        raise DataError(
            Message(
                "'{one}' and '{other}' hold different kinds of examples.", one=validation_set.title, other=dataset.title
            )
        )
    strangers = sorted(set(validation_set.classes) - set(dataset.classes))
    if strangers:
        raise DataError(
            Message("'{one}' has classes that '{other}' does not have: {names:list}.", one=validation_set.title,
                    other=dataset.title, names=strangers[:5]),
            Message("Use the same class names in both."),
        )  # fmt: skip
    training = tuple(replace(example, split="train") for example in dataset.examples)
    validation = tuple(replace(example, split="validation") for example in validation_set.examples)
    return replace(dataset, title=f"{dataset.title} / {validation_set.title}", examples=training + validation)


def _version_of(dataset_id: str, workspace: Workspace) -> int | None:
    try:
        return lineage(dataset_id, workspace).version
    except DataError:  # it was deleted
        return None


VERBS = (
    Verb("models", models, Message("list the pretrained models"), _models_flags),
    Verb("train", train, Message("fine-tune a model"), _train_flags),
    Verb("find-rate", find_rate, Message("find a good learning rate for a fine-tuning method"), add_recipe_flags),
    Verb("pause", pause, Message("let a run leave a checkpoint and end, to be resumed later"), takes_run),
    Verb("stop", stop, Message("let a run end and keep the best so far"), takes_run),
    Verb("resume", resume, Message("resume a run that was paused or interrupted"), takes_run),
    Verb("runs", runs, Message("list the training runs, newest first")),
)
