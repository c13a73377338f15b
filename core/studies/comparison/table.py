"""What tells runs from each other: a name for each, and the options in which their recipes differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from core.data.dataset import Dataset, describe_dataset
from core.data.versions import latest_versions, lineage
from core.errors import RunError, UserError
from core.models.catalogue import get_card
from core.results.finished_run import Judged, Key, clusters_of, key_of, read_run
from core.runs.folder import RunFolder
from core.studies.comparison.findings import Pair, all_pairs, listed, say
from core.studies.comparison.run import own_labels, rescored
from core.studies.said import Said
from core.training.spec.recipe import options
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which recipes differ: its field, what it is called, and for each run its value ("" for none)."""

    option: str
    label: str
    values: tuple[str, ...]


def differences(runs: Sequence[Judged], workspace: Workspace) -> list[Difference]:
    """All in which the recipes of these runs differ, in the order of a recipe; the data come last."""
    said = [
        Difference("model", "Model", tuple(_model(run, workspace) for run in runs)),
        Difference("strategy", "What learns", tuple(str(STRATEGIES[run.recipe["strategy"]].title) for run in runs)),
        *(
            Difference(name, str(option.label), tuple(_value(run.recipe.get(name)) for run in runs))
            for name, option in options().items()
        ),
        Difference("dataset", "Data", tuple(_data(run.dataset, workspace) for run in runs)),
    ]
    raw = {"dataset": [run.dataset for run in runs]}
    return [one for one in said if len(set(raw.get(one.option, one.values))) > 1]


def names(runs: Sequence[Judged], found: Sequence[Difference]) -> list[str]:
    """A short name for each run, no two the same: what learns, and as much as it takes to tell it from the others."""
    if len({run.dataset for run in runs}) == 1 and len({run.title for run in runs}) == len(runs):
        return [run.title for run in runs]  # else they are called after their set: a person named these
    parts = [[str(STRATEGIES[run.recipe["strategy"]].title)] for run in runs]
    for one in sorted(found, key=lambda one: _TELLING.index(one.option) if one.option in _TELLING else len(_TELLING)):
        twice = _repeated(parts)
        if not twice:
            break
        for group in twice:
            if len({one.values[i] for i in group}) > 1:
                for i in group:
                    parts[i].append(_telling(one, one.values[i]))
    for group in _repeated(parts):
        for number, i in enumerate(group, 1):
            parts[i].append(f"run {number}")
    return [said[0] + (f" ({', '.join(said[1:])})" if said[1:] else "") for said in parts]


_TELLING = ("strategy", "model", "seed", "epochs", "dataset")
"""By these first; then in the order of the recipe."""


def _telling(one: Difference, value: str) -> str:
    if one.option in ("model", "dataset"):
        return value
    return f"{one.label.lower()} {value}" if value else f"no {one.label.lower()}"


def _repeated(parts: Sequence[Sequence[str]]) -> list[list[int]]:
    counted = Counter(map(tuple, parts))
    return [[i for i, one in enumerate(parts) if tuple(one) == key] for key, n in counted.items() if n > 1]


def _model(run: Judged, workspace: Workspace) -> str:
    try:
        return get_card(run.recipe["model"], workspace).title
    except UserError:  # the run it started from was deleted
        return run.recipe["model"]


def _data(dataset_id: str, workspace: Workspace) -> str:
    try:
        title, version = describe_dataset(dataset_id, workspace)["title"], lineage(dataset_id, workspace).version
    except UserError:
        return "a set that was deleted"
    return title if version == 1 else f"{title}, version {version}"


def _value(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


# Runs compared: on the examples that judged them all, or not at all.

FEWEST_SHARED = 10
"""On fewer examples in common a comparison says next to nothing."""
MOST_RUNS = 8


@dataclass(frozen=True)
class Compared:
    """`runs` with their `names`, the best score first.

    `judged_on`: "own" (the examples of each), "shared" (those that judged all), or the id of the set on which they were
    judged again. `same_examples` says whether the scores may be compared; `pairs` is empty where not. `shared`: how
    many examples judged all of them. `left_out`: of the set judged again on, how many taught a run ("taught") or are
    nearly copies of such ("near_copies").
    """

    runs: tuple[Judged, ...]
    names: tuple[str, ...]
    judged_on: str
    same_examples: bool
    said: tuple[Said, ...]
    pairs: tuple[Pair, ...]
    differences: tuple[Difference, ...]
    shared: int
    left_out: dict[str, int]

    @property
    def clear(self) -> bool:
        """True where one is better than all the others."""
        ahead = {pair.second for pair in self.pairs if pair.first == 0 and pair.winner == 0}
        return bool(ahead) and len(ahead) == len(self.runs) - 1


def read_runs(run_ids: Sequence[str], workspace: Workspace) -> list[Judged]:
    """The runs with these ids, each once. RunError where they cannot be compared at all, and why."""
    ids = list(dict.fromkeys(run_ids))
    if not 2 <= len(ids) <= MOST_RUNS:
        raise RunError(f"A comparison takes 2 to {MOST_RUNS} different runs, not {len(ids)}.", "Name others.")
    runs = [read_run(run_id, workspace) for run_id in ids]
    first = runs[0]
    for run in runs[1:]:
        if run.modality != first.modality:
            raise RunError(
                f"The run '{first.run}' knows {first.modality}s and '{run.run}' knows {run.modality}s, so nothing can "
                "judge both.",
                "Compare runs on one kind of example.",
            )
        if set(run.classes) != set(first.classes):
            raise RunError(
                f"The runs '{first.run}' and '{run.run}' tell apart different classes "
                f"({_few(first.classes)}; {_few(run.classes)}), so their scores answer different questions.",
                "Compare runs that learnt the same classes.",
            )
    return runs


def compare_runs(
    run_ids: Sequence[str], workspace: Workspace, *, shared: bool = False, study: RunFolder | None = None
) -> Compared:
    """Compare finished runs by what they said about the examples that judged them.

    With `shared` only the examples that judged all of them count; with `study` what they said about a common set (see
    `rescore`). RunError where they cannot be compared at all.
    """
    runs = read_runs(run_ids, workspace)
    common = reduce(Counter.__and__, (run.judges for run in runs))
    both = common.total()
    judged_on, left_out = "own", {}
    if study is not None:
        about = study.about()
        judged_on, left_out = about["request"]["dataset"], _left_out(about["result"])
        runs = [rescored(study, run, workspace) for run in runs]
    elif shared:
        if not both:
            raise RunError("No example judged all of these runs.", "Let them be judged again on a common set.")
        judged_on, runs = "shared", [_only(run, common, workspace) for run in runs]
    runs.sort(key=lambda run: (-run.score.accuracy, run.run))
    same = all(run.judges == runs[0].judges for run in runs)
    found = differences(runs, workspace)
    called = names(runs, found)
    pairs = all_pairs(runs, _clusters(runs[0], judged_on, workspace)) if same else []
    said = say(pairs, called) if same else (Said(_APART, {"names": listed(called)}),)
    return Compared(
        tuple(runs), tuple(called), judged_on, same, (*said, *_too_kind(runs, called)), tuple(pairs), tuple(found),
        both, left_out,
    )  # fmt: skip


def common_sets(runs: Sequence[Judged], workspace: Workspace) -> list[tuple[str, str]]:
    """(id, title) of the kept sets that could judge these runs again, newest first.

    Where all learnt from one set, it is none of them: of that, only the examples that judged them all could judge.
    """
    fits = []
    own = {run.dataset for run in runs}
    for dataset_id, about in latest_versions(workspace):
        known = about["modality"] == runs[0].modality and set(about["counts"]) <= set(runs[0].classes)
        if known and own != {dataset_id}:
            fits.append((dataset_id, about["title"]))
    return fits


def to_dict(found: Compared, workspace: Workspace) -> dict[str, Any]:
    """The comparison as plain data."""
    ids = [run.run for run in found.runs]
    offers = [
        {"on": f"dataset:{dataset_id}", "title": title} for dataset_id, title in common_sets(found.runs, workspace)
    ]
    if found.shared >= FEWEST_SHARED:
        offers.insert(0, {"on": "shared", "n": found.shared})
    return {
        "runs": [_row(run, name) for run, name in zip(found.runs, found.names, strict=True)],
        "judged_on": found.judged_on, "same_examples": found.same_examples, "clear": found.clear,
        "verdict": str(found.said[0]), "sentences": [str(said) for said in found.said],
        "pairs": [pair.to_dict(found.runs) for pair in found.pairs],
        "differences": [
            {"option": one.option, "label": one.label, "values": dict(zip(ids, one.values, strict=True))}
            for one in found.differences
        ],
        "left_out": found.left_out, "offers": [] if found.same_examples else offers,
    }  # fmt: skip


def _row(run: Judged, name: str) -> dict[str, Any]:
    return {
        "run": run.run, "title": run.title, "name": name, "accuracy": run.score.accuracy,
        "interval": run.score.interval, "n": run.score.n, "baseline": run.score.baseline, "seconds": run.seconds,
        "megabytes": run.megabytes, "parameters": run.parameters,
    }  # fmt: skip


def _only(run: Judged, common: Counter[Key], workspace: Workspace) -> Judged:
    """A run, judged by these examples alone."""
    left, kept = Counter(common), []
    for answer in run.answers:
        if left[key_of(answer)]:
            left[key_of(answer)] -= 1
            kept.append(answer)
    try:
        labels = own_labels(run.run, workspace)
    except RunError:  # its set was deleted: the commonest of those that judge stands in
        labels = [answer.truth for answer in run.answers]
    return replace(run.on(kept, labels), chosen=run.chosen)


def _clusters(run: Judged, judged_on: str, workspace: Workspace) -> list[str]:
    dataset_id = run.dataset if judged_on in ("own", "shared") else judged_on
    try:
        return clusters_of(run.answers, Dataset.load(dataset_id, workspace))
    except UserError:  # the set was deleted: exact copies are still known
        return [answer.example for answer in run.answers]


def _left_out(result: dict[str, Any]) -> dict[str, int]:
    return {name: result[name] for name in ("taught", "near_copies")}


def _too_kind(runs: Sequence[Judged], called: Sequence[str]) -> tuple[Said, ...]:
    chosen = [name for run, name in zip(runs, called, strict=True) if run.chosen]
    return (Said(_TOO_KIND, {"names": listed(chosen)}),) if chosen else ()


def _few(classes: Sequence[str]) -> str:
    return ", ".join(classes[:4]) + (" and others" if len(classes) > 4 else "")


_APART = (
    "No verdict: {names} were judged on different examples, and a higher score on easier examples does not make a "
    "better model."
)
_TOO_KIND = (
    "The best moment of {names} was picked by looking at these very examples, which makes a score a little too kind."
)
