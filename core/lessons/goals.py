"""What a lesson can ask for, and how it is seen in a workspace that it was done.

A goal looks at what lies on the disk: a training run that is over, a study that is over, a class that was added. Nobody
presses "done". What was done, by whichever way of the app or the command line, is `Found` with the figures that it came
to; the worked examples that come with the program are looked at in the same way, by who cannot wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from core.data.dataset import describe_dataset, kept_datasets
from core.data.samples import get_sample
from core.errors import UserError
from core.messages import Message, counted, quoted
from core.models.added import list_added
from core.models.catalogue import CATALOGUE
from core.results.cells import signed
from core.runs.folder import RunFolder, list_jobs, list_runs
from core.runs.progress import RunProgress, follow
from core.studies.benchmark.candidates import benchmark_of
from core.studies.registry import STUDIES
from core.training.spec.strategies import method_title
from core.workspace import Workspace

SHARE, COUNT = "percent", "number"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that was measured: what it is called, whether it is a share between 0 and 1 or a number, and whether it
    is the difference of two shares."""

    label: Message
    unit: str = SHARE
    is_difference: bool = False

    def shown(self, value: float) -> Message:
        """As it is read."""
        return Message("{points} points", points=signed(value)) if self.is_difference else shown(self.unit, value)


FIGURES: dict[str, Figure] = {
    "accuracy": Figure(Message("Accuracy on new examples")),
    "training": Figure(Message("Accuracy on training examples")),
    "validation": Figure(Message("Validation accuracy")),
    "test": Figure(Message("Test accuracy")),
    "before": Figure(Message("Accuracy before training")),
    "baseline": Figure(Message("Baseline (most frequent class)")),
    "gap": Figure(Message("Training minus new examples"), is_difference=True),
    "lowest": Figure(Message("Lowest accuracy")),
    "highest": Figure(Message("Highest accuracy")),
    "spread": Figure(Message("Highest minus lowest"), is_difference=True),
    "scratch": Figure(Message("From scratch")),
    "transferred": Figure(Message("Pretrained")),
    "difference": Figure(Message("Pretrained minus from scratch"), is_difference=True),
    "few": Figure(Message("Accuracy with the fewest examples")),
    "many": Figure(Message("Accuracy with the most examples")),
    "examples": Figure(Message("Examples that were needed"), COUNT),
}
"""Every figure that a lesson can reveal, by the name in its file."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be done: its `kind`, the bundled `sample` it is about, and what else is asked for by name
    (`strategy`, `model`, `shots`, `study`). `times`: so many runs, each with another seed."""

    kind: str
    sample: str
    asked: Mapping[str, str | int]
    times: int = 1

    @property
    def figures(self) -> frozenset[str]:
        """The names of what it comes to when it is done."""
        return KINDS[self.kind].figures(self)


@dataclass(frozen=True, slots=True)
class Found:
    """That a goal was reached: by which runs or studies, and the figures by name. `worked`: by those that came with the
    program, and not by the student."""

    by: tuple[str, ...]
    figures: dict[str, float]
    worked: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """How far a goal is: reached, under way, or so many of several runs done."""

    found: Found | None = None
    active: bool = False
    done: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of goal. `needs` are the names that must be said with it, `may` those that can be; `says` is the goal in
    a sentence, `figures` what it comes to, and `look` sees how far it is."""

    needs: frozenset[str]
    may: frozenset[str]
    says: Callable[[Goal], Message]
    figures: Callable[[Goal], frozenset[str]]
    look: Callable[[Goal, Workspace], Look]


def look(goal: Goal, workspace: Workspace) -> Look:
    """How far it is in this workspace."""
    return KINDS[goal.kind].look(goal, workspace)


def worked(goal: Goal) -> Found | None:
    """The same done beforehand, as it comes with the program; None where nothing does."""
    for home in (Workspace.worked(), Workspace.worked("worked_lessons")):
        if found := look(goal, home).found:
            return Found(found.by, found.figures, worked=True)
    return None


def dataset_of(sample: str, workspace: Workspace) -> str | None:
    """The id of the dataset that a sample was imported as, before anything was changed in it; None where it was not."""
    known = kept_datasets(workspace)
    return next((one for one, about in known if about.get("sample") == sample and not about.get("lineage")), None)


def newest_run_of(sample: str, workspace: Workspace) -> str | None:
    """The id of the newest run on a sample that is over, to be tried; None where there is none."""
    of_sample = (one for one in list_runs(workspace) if not benchmark_of(one) and _is_of(one, sample, workspace))
    return next((one.id for one in of_sample if one.status().state in ("completed", "stopped")), None)


def _is_of(folder: RunFolder, sample: str, workspace: Workspace) -> bool:
    """Whether a job is about the sample, or a version of it."""
    with suppress(UserError):  # its dataset was deleted
        return bool(describe_dataset(folder.request["dataset"], workspace).get("sample") == sample)
    return False


# --- a training run ---


def _runs(goal: Goal, workspace: Workspace) -> Iterator[RunFolder]:
    """Every run that is asked for, newest first. Where no number of examples is asked for, it must be all of them."""
    asked = {"shots": None, **goal.asked}
    for folder in list_runs(workspace):
        recipe = folder.request.get("recipe", {})
        fits = all(recipe.get(name) == value for name, value in asked.items())
        if fits and not benchmark_of(folder) and _is_of(folder, goal.sample, workspace):
            yield folder


def _look_for_runs(goal: Goal, workspace: Workspace) -> Look:
    done: dict[int, tuple[str, dict[str, float]]] = {}
    active = False
    for folder in _runs(goal, workspace):
        status = folder.status()
        active = active or status.active
        seed = folder.request["recipe"].get("seed", 0)
        over = status.state in ("completed", "stopped") and seed not in done
        if over and (figures := _figures_of_run(follow(folder.events()))):
            done[seed] = folder.id, figures
        if len(done) == goal.times:
            break
    if len(done) < goal.times:
        return Look(active=active, done=len(done))
    by = tuple(run for run, _ in done.values())
    each = [figures for _, figures in done.values()]
    return Look(Found(by, each[0] if goal.times == 1 else _spread(each)), active, len(done))


def _figures_of_run(progress: RunProgress) -> dict[str, float]:
    """No figures where nothing was held back to measure it on."""
    ended, epochs = progress.ended, progress.epochs
    score = (ended.test or ended.validation) if ended else None
    if ended is None or score is None:
        return {}
    found = {"accuracy": score.accuracy, "baseline": score.baseline}
    for name, one in (("validation", ended.validation), ("test", ended.test)):
        if one is not None:
            found[name] = one.accuracy
    if epochs:
        kept = next((one for one in epochs if one.epoch == ended.epoch), epochs[-1])
        found |= {"training": kept.train_accuracy, "gap": kept.train_accuracy - score.accuracy}
        if epochs[0].validation_accuracy is not None:
            found["before"] = epochs[0].validation_accuracy
    return found


def _spread(each: list[dict[str, float]]) -> dict[str, float]:
    scores = [figures["accuracy"] for figures in each]
    return {"lowest": min(scores), "highest": max(scores), "spread": max(scores) - min(scores)}


def _says_run(goal: Goal) -> Message:
    method = method_title(str(goal.asked["strategy"]), str(goal.asked.get("model", "")))
    told = {
        "sample": get_sample(goal.sample).title,
        "details": [method, *_says_model(goal), *_says_shots(goal)],
    }
    if goal.times == 1:
        return Message("a finished run on “{sample}” ({details:list})", **told)
    return Message("{n} finished runs on “{sample}”, each with another seed ({details:list})", n=goal.times, **told)


def _says_model(goal: Goal) -> list[Message]:
    """Which model, where that is asked for."""
    if "model" not in goal.asked:
        return []
    asked = str(goal.asked["model"])
    return [CATALOGUE[asked].title if asked in CATALOGUE else quoted(asked)]


def _says_shots(goal: Goal) -> list[Message]:
    """How many examples, where that is asked for."""
    if "shots" not in goal.asked:
        return []
    return [counted("{n} example per class", "{n} examples per class", n=int(goal.asked["shots"]))]


def _figures_of_runs(goal: Goal) -> frozenset[str]:
    if goal.times > 1:
        return frozenset(("lowest", "highest", "spread"))
    return frozenset(("accuracy", "baseline", "validation", "test", "training", "gap", "before"))


# --- a study ---


def _look_for_study(goal: Goal, workspace: Workspace) -> Look:
    asked = {name: value for name, value in goal.asked.items() if name != "study"}
    active = False
    for folder in list_jobs(workspace.studies):
        request = folder.request
        design = request.get("design", {})
        if request.get("study") != goal.asked["study"] or not all(design.get(name) == asked[name] for name in asked):
            continue
        if not _is_of(folder, goal.sample, workspace):
            continue
        status = folder.status()
        active = active or status.active
        if status.state == "completed" and (figures := _STUDIED[str(goal.asked["study"])](folder.about()["result"])):
            return Look(Found((folder.id,), figures), active, 1)
    return Look(active=active)


def _of_few_shot(result: Mapping[str, Any]) -> dict[str, float]:
    if "accuracy" not in result:
        return {}
    low, high = result["episode_range"]
    return {
        "accuracy": result["accuracy"], "baseline": result["chance"], "lowest": low, "highest": high,
        "spread": high - low,
    }  # fmt: skip


def _of_transfer(result: Mapping[str, Any]) -> dict[str, float]:
    scores = result.get("scores", {})
    if not {"scratch/plain", "transferred/plain"} <= scores.keys():
        return {}
    scratch, transferred = (scores[name]["mean"] for name in ("scratch/plain", "transferred/plain"))
    return {"scratch": scratch, "transferred": transferred, "difference": transferred - scratch}


def _of_curve(result: Mapping[str, Any]) -> dict[str, float]:
    for points in result.get("curves", {}).values():
        means = [point["mean"] for point in points if "mean" in point]
        if len(means) > 1:
            return {"few": means[0], "many": means[-1]}
    return {}


_STUDIED: dict[str, Callable[[Mapping[str, Any]], dict[str, float]]] = {
    "few_shot": _of_few_shot, "transfer": _of_transfer, "learning_curve": _of_curve,
}  # fmt: skip
STUDIED = tuple(_STUDIED)
"""The studies that a lesson can ask for."""
WITHOUT_SHOTS = ("learning_curve",)
"""Those of them that choose by themselves how many examples they learn from."""
_FIGURES_OF_STUDY = {
    "few_shot": frozenset(("accuracy", "baseline", "lowest", "highest", "spread")),
    "transfer": frozenset(("scratch", "transferred", "difference")),
    "learning_curve": frozenset(("few", "many")),
}


# --- a class that was added ---


def _look_for_class(goal: Goal, workspace: Workspace) -> Look:
    for folder in list_runs(workspace):
        if not _is_of(folder, goal.sample, workspace):
            continue
        if added := list_added(folder.path):
            newest = added[-1].label
            examples = sum(len(one.names) for one in added if one.label == newest)
            return Look(Found((folder.id,), {"examples": examples}), done=1)
    return Look()


KINDS: dict[str, Kind] = {
    "trained": Kind(
        frozenset(("sample", "strategy")), frozenset(("model", "shots", "times")), _says_run, _figures_of_runs,
        _look_for_runs,
    ),
    "studied": Kind(
        frozenset(("sample", "study")), frozenset(("shots",)),
        lambda goal: Message(
            "a finished study of “{sample}” ({details:list})", sample=get_sample(goal.sample).title,
            details=[STUDIES[str(goal.asked["study"])].title, *_says_shots(goal)],
        ),
        lambda goal: _FIGURES_OF_STUDY[str(goal.asked["study"])], _look_for_study,
    ),
    "class": Kind(
        frozenset(("sample",)), frozenset(),
        lambda goal: Message(
            "a class that was added to a model of “{sample}”", sample=get_sample(goal.sample).title
        ),
        lambda goal: frozenset(("examples",)), _look_for_class,
    ),
    "opened": Kind(
        frozenset(("sample",)), frozenset(),
        lambda goal: Message("the dataset “{sample}”", sample=get_sample(goal.sample).title),
        lambda goal: frozenset(),
        lambda goal, workspace: Look(Found((kept,), {})) if (kept := dataset_of(goal.sample, workspace)) else Look(),
    ),
}  # fmt: skip
"""Every goal that a lesson can have, by the name in its file."""


def says(goal: Goal) -> Message:
    """What is seen in the workspace when it is done."""
    return KINDS[goal.kind].says(goal)


def shown(unit: str, value: float) -> Message:
    """A guess or a figure, as it is read."""
    if unit == SHARE:
        return Message("{value:percent}", value=value)
    return Message("{value}", value=int(value) if float(value).is_integer() else value)
