"""The verbs about models: train, pause, go on, ask, list."""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import asdict, replace
from typing import Any

from core.cli.data import add_data_flags, find_dataset
from core.cli.output import listener, print_json
from core.data.dataset import Dataset
from core.data.versions import lineage
from core.errors import DataError, RecipeError, UserError
from core.evaluation.repeated_splits import accuracy_over_repeats, accuracy_sentence
from core.events import RunEnded, drain
from core.hardware import measured_speed
from core.models.catalogue import cards, get_card
from core.models.lineage import model_lineage
from core.runs.folder import RunFolder, list_runs
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe, options
from core.training.spec.strategies import STRATEGIES, usual_strategy
from core.workspace import Workspace

_MOST_SEEDS = 50


def add_recipe_flags(parser: argparse.ArgumentParser) -> None:
    """The data set, the model, the strategy, and a flag for every option of a recipe."""
    add_data_flags(parser)
    parser.add_argument("--model", help="model id (see `models`); default: the bundled one for the kind of data")
    parser.add_argument(
        "--strategy",
        choices=list(STRATEGIES),
        help="what of the model learns, and how; default: head, or scratch for a network that knows nothing yet",
    )
    for name, option in options().items():
        flag = f"--{name.replace('_', '-')}"
        extra = ["--lr"] if name == "learning_rate" else []
        parser.add_argument(
            flag, *extra, dest=name, type=option.kind, choices=option.choices or None,
            help=str(option.help).replace("%", "%%"),
        )  # fmt: skip


def models(flags: argparse.Namespace, workspace: Workspace) -> int:
    """List the models, and with --measure time those that were never timed."""
    for card in cards(workspace):
        speed = measured_speed(workspace, card.id, "embed")
        if flags.measure and speed is None:
            from core.training.engine.measure import measure

            speed = drain(measure(card.id, workspace))
        if flags.json:
            chain = model_lineage(card.id, workspace)
            origin = {"origin": str(chain.origin), "runs": [asdict(one) for one in chain.runs]}
            about = {**card.to_dict(), "title": str(card.title), "knows": str(card.knows)}
            print_json({**about, "examples_per_second": speed, "ancestry": origin})
        else:
            pace = f"{speed:.0f}/s" if speed else "-"
            print(
                f"{card.id:<40} {card.modality:<6} {card.megabytes:>6.1f} MB {pace:>7}  {card.licence_note!s:<11} "
                f"{card.knows}"
            )
    return 0


def train(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Train once, or with --seeds several times."""
    dataset = _dataset(flags, workspace)
    recipe = _recipe(flags, dataset, workspace)
    plan = make_plan(dataset, recipe, workspace)  # all bad input is said before a run exists
    if flags.seeds is None:
        return _told(_run(flags, dataset, recipe, workspace))
    if not 2 <= flags.seeds <= _MOST_SEEDS:
        raise RecipeError(f"--seeds must lie between 2 and {_MOST_SEEDS}, not {flags.seeds}.")
    ends = []
    for number in range(flags.seeds):
        ends.append(_run(flags, dataset, replace(recipe, seed=recipe.seed + number), workspace))
        if _told(ends[-1]):
            return 1
    _sum_up(flags, ends, len(plan.split.train))
    return 0


def find_rate(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Try learning rates and suggest one; nothing is trained."""
    from core.training.engine.rate_finder import find_rate as finding

    dataset = find_dataset(flags.data, flags, workspace)
    recipe = _recipe(flags, dataset, workspace)
    found = drain(finding(dataset, recipe, workspace), listener(flags))
    if found is None:
        raise RecipeError(f"Strategy '{recipe.strategy}' has no learning rate.", "Choose one that trains.")
    if flags.json:
        print_json(asdict(found))
        return 0
    for rate, loss in zip(found.rates, found.losses, strict=True):
        print(f"{rate:.1e}  {loss:.3f}")
    print(f"suggestion: --learning-rate {found.suggestion:g}")
    return 0


def pause(flags: argparse.Namespace, workspace: Workspace) -> int:
    return _ask(flags, workspace, "pause")


def stop(flags: argparse.Namespace, workspace: Workspace) -> int:
    return _ask(flags, workspace, "stop")


def _ask(flags: argparse.Namespace, workspace: Workspace, what: str) -> int:
    folder = RunFolder.find(flags.run, workspace)
    state = folder.status().state
    if not folder.status().active:
        raise UserError(f"The run '{folder.id}' is {state}, so there is nothing to {what}.")
    folder.ask_to_pause() if what == "pause" else folder.ask_to_stop()
    if flags.json:
        print_json({"run": folder.id, "asked": what})
    else:
        print(f"asked {folder.id} to {what}")
    return 0


def resume(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Go on with a run in this process."""
    from core.jobs import run_job

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
            low, high = validation["interval"] if validation else (0, 0)
            result = f"{validation['accuracy']:.0%} ({low:.0%}-{high:.0%}, n={validation['n']})" if validation else "-"
            print(f"{folder.id}  {status.state:<11}  {result:<24}  {about['title']}")
    return 0


def _recipe(flags: argparse.Namespace, dataset: Dataset, workspace: Workspace) -> Recipe:
    model = flags.model or dataset.kind.default_model
    strategy = flags.strategy or usual_strategy(get_card(model, workspace))
    given = {name: getattr(flags, name) for name in options() if getattr(flags, name) is not None}
    return Recipe(model=model, strategy=strategy, **given)


def _run(flags: argparse.Namespace, dataset: Dataset, recipe: Recipe, workspace: Workspace) -> RunEnded:
    from core.jobs import run_job

    request = {"dataset": dataset.id, "recipe": recipe.to_dict()}
    folder = RunFolder.create(workspace.runs, "train", flags.title or dataset.title, request)
    end = run_job(folder, workspace, folder.stop_requested, listener(flags))
    assert isinstance(end, RunEnded)
    return end


def _told(end: RunEnded) -> int:
    """The exit status for an end; a failure is also said where scripts look for it."""
    if end.reason != "failed":
        return 0
    print(end.message, file=sys.stderr)
    if end.remedy:
        better = " ".join(f"--{name.replace('_', '-')} {value:g}" for name, value in end.remedy.items())
        print(f"Suggestion: {better}", file=sys.stderr)
    return 1


def _sum_up(flags: argparse.Namespace, ends: list[RunEnded], taught: int) -> None:
    """The scores of several seeds: each on its own draw of examples, so their spread shows what a draw may do."""
    scores = [score for end in ends if (score := end.test or end.validation)]
    accuracies = [score.accuracy for score in scores]
    about: dict[str, Any] = {"runs": [end.run for end in ends], "accuracies": accuracies}
    if len(accuracies) > 1:
        found = accuracy_over_repeats(accuracies, scores[0].n, taught)
        about |= {
            "mean": found.mean, "interval": found.interval, "sd": statistics.stdev(accuracies),
            "n": [score.n for score in scores], "baseline": statistics.fmean(score.baseline for score in scores),
        }  # fmt: skip
    if flags.json:
        print_json({"event": "seeds_ended", **about})
    elif "mean" in about:
        print(accuracy_sentence(found))
        print(f"{about['n'][0]} tested on each time; standard deviation {about['sd']:.1%}")
        print(f"baseline (always the most frequent class): {about['baseline']:.0%}")


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


def _version_of(dataset_id: str, workspace: Workspace) -> int | None:
    try:
        return lineage(dataset_id, workspace).version
    except DataError:  # it was deleted
        return None
