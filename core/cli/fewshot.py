"""The verb about learning from very few examples."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from core.cli.data import add_data_flags, find_dataset
from core.cli.lake import lake
from core.cli.output import listener, print_json
from core.data.dataset import Dataset
from core.errors import RecipeError
from core.events import drain
from core.studies.few_shot.episodes import USUAL_QUERIES, USUAL_SHOTS, USUAL_WAYS, Pool, fitting
from core.studies.few_shot.lake import USUAL_VIEWS
from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.run import USUAL_EPISODES, Bench, BenchResult, run_bench
from core.workspace import Workspace


def add_fewshot_flags(parser: argparse.ArgumentParser) -> None:
    add_data_flags(parser)
    parser.add_argument("--model", help="model id (see `models`); default: the bundled one for the kind of data")
    parser.add_argument("--method", choices=list(METHODS), help="how to answer from the few examples; default: nearest")
    usual = "the usual {}, or as many as the set allows"
    parser.add_argument("--ways", type=int, metavar="N", help=f"classes in an episode; {usual.format(USUAL_WAYS)}")
    parser.add_argument("--shots", type=int, metavar="K", help=f"examples of each class; {usual.format(USUAL_SHOTS)}")
    parser.add_argument(
        "--queries", type=int, metavar="Q", help=f"questions about each class; {usual.format(USUAL_QUERIES)}"
    )
    parser.add_argument("--episodes", type=int, metavar="E", help=f"how many episodes (default {USUAL_EPISODES})")
    parser.add_argument("--seed", type=int, metavar="S", help="which episodes are drawn (default 0)")
    parser.add_argument(
        "--protocol", default="episodes", choices=["episodes", "lake"],
        help="'lake': DATA holds the published one-shot runs, a folder each with class_labels.txt",
    )  # fmt: skip
    parser.add_argument(
        "--against", metavar="ID", help="with --protocol lake: another model to compare with, pair by pair"
    )
    parser.add_argument(
        "--views", type=int, metavar="V", help=f"with --protocol lake: looks at each drawing (default {USUAL_VIEWS})"
    )


_OF_EPISODES = ("method", "ways", "shots", "queries", "episodes", "seed")
_OF_LAKE = ("against", "views")


def _refuse_idle(flags: argparse.Namespace, names: Sequence[str]) -> None:
    """RecipeError for flags that would do nothing."""
    idle = [f"--{name}" for name in names if getattr(flags, name) is not None]
    if idle:
        raise RecipeError(f"With --protocol {flags.protocol}, {', '.join(idle)} has no effect.", "Leave it out.")


def fewshot(flags: argparse.Namespace, workspace: Workspace) -> int:
    """How often a method is right over many episodes of a set, or in the published runs."""
    is_lake = flags.protocol == "lake"
    _refuse_idle(flags, _OF_EPISODES if is_lake else _OF_LAKE)
    if is_lake:
        return lake(flags, workspace)
    dataset = find_dataset(flags.data, flags, workspace)
    shape = fitting(Pool.of(dataset), flags.ways, flags.shots, flags.queries)
    model = flags.model or dataset.kind.default_model
    episodes = USUAL_EPISODES if flags.episodes is None else flags.episodes
    method = flags.method or "nearest"
    bench = Bench(model, method, shape.ways, shape.shots, shape.queries, episodes, flags.seed or 0)
    result = drain(run_bench(dataset, bench, workspace), listener(flags))
    assert result is not None
    if flags.json:
        print_json({"dataset": dataset.id, **result.summary(), "episode": result.shown[0].to_dict(dataset)})
    else:
        _tell(dataset, result)
    return 0


def _tell(dataset: Dataset, result: BenchResult) -> None:
    bench = result.bench
    if result.interval is None:
        interval = "too few episodes for an interval"
    else:
        interval = f"95 % interval over episodes {result.interval[0]:.1%} to {result.interval[1]:.1%}"
    examples = "1 example" if bench.shots == 1 else f"{bench.shots} examples"
    print(
        f"{dataset.title}: {bench.ways} classes, {examples} of each, {bench.method}, {bench.model}\n"
        f"{result.accuracy:.1%} right on average over {bench.episodes:,} episodes ({result.n:,} questions), "
        f"{interval}; guessing: {result.chance:.0%}.\n"
        f"Most single episodes lay between {result.episode_range[0]:.0%} and {result.episode_range[1]:.0%}."
    )
    for one in result.classes:
        taken = f"  most often taken for {one.taken_for} ({one.taken_share:.0%})" if one.taken_for else ""
        print(
            f"  {one.accuracy:>5.0%} ({one.interval[0]:.0%}-{one.interval[1]:.0%}, {one.examples} examples asked about)"
            f"  {one.label}{taken}"
        )
    if result.left_out:
        print(f"{result.left_out} examples were left out: copies of them lie in another class.")
