"""Which model and method is best with how many examples, and how near `auto` comes.

    python benchmarks/evidence.py DATA

Every set is drawn several times at 4, 8, 16 examples of each class and at all. On each draw learn: every pretrained
model with every method, the plain model that has seen nothing before, and `auto` within its time budget. All go through
the program itself, and judge the same examples. Embeddings of earlier draws are known, save to `auto`, whose time
counts as if nothing were.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import current_process, get_context, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

from benchmarks.draws import draw, whole
from benchmarks.evidence_tables import report
from benchmarks.jobs import Job
from benchmarks.machine import facts, limit_threads, processor, temporary_workspace
from benchmarks.results import Results
from benchmarks.sets import SETS, check_data, find_set, listing
from core.errors import UserError
from core.messages import quoted

if TYPE_CHECKING:
    import numpy as np

    from core.data.dataset import Dataset
    from core.data.splits import Split
    from core.training.spec.recipe import Recipe
    from core.workspace import Workspace

RESULTS = Path(__file__).parent / "results" / "evidence.jsonl"
ALL = 0
"""As a number of examples of each class: three quarters of all."""
PLAIN, AUTO = "plain", "auto"
STRATEGIES = ("nearest", "discriminant", "head", "partial", "full", "lora", "contrastive")
_LEFT_OUT = ("omniglot-small1", "banking20")
"""Unless named: parts of these sets are measured already."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python benchmarks/evidence.py", description=__doc__)
    made.add_argument("data", type=Path, metavar="DATA", help="the folder that holds the sets (benchmarks/README.md)")
    made.add_argument("--only", nargs="+", metavar="SET", help=f"sets: {', '.join(SETS)}")
    made.add_argument("--kinds", nargs="+", metavar="KIND", help="only sets of these: text, image, sound, table")
    made.add_argument("--models", nargs="+", metavar="ID", help="only these models")
    made.add_argument("--strategies", nargs="+", metavar="NAME", help=f"only these: {', '.join(STRATEGIES)}")
    made.add_argument("--methods", nargs="+", metavar="METHOD",
                      help=f"exactly these, each '{AUTO}', '{PLAIN}', or as 'MODEL STRATEGY OPTION=VALUE...'",
                      )  # fmt: skip
    made.add_argument("--shots", nargs="+", default=["4", "8", "16", "all"], metavar="N",
                      help="examples of each class, or all (default: 4 8 16 all)")  # fmt: skip
    made.add_argument("--draws", type=int, default=10, help="draws of each set (default: 10)")
    made.add_argument("--budget", type=float, default=60.0, help="seconds for each 'auto' (default: 60)")
    made.add_argument("--processes", type=int, default=1, help="so many draws at once, each on its own threads")
    made.add_argument("--threads", type=int, help="threads of each process (default: all cores)")
    made.add_argument("--workspace", type=Path, help="keep what was read and embedded here (default: removed)")
    made.add_argument("--out", type=Path, default=RESULTS, metavar="FILE.jsonl",
                      help="finished jobs; those in it are not run again (default: benchmarks/results/evidence.jsonl)",
                      )  # fmt: skip
    made.add_argument("--tables", action="store_true", help="measure nothing: only print what is known")
    return made


def main() -> int:
    """The exit status: 0 unless something could not be measured."""
    asked = parser().parse_args()
    results = Results(asked.out)
    try:
        if not asked.tables:
            return _measure(asked, results)
        return 0
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"Interrupted. The same command goes on from {asked.out}.", file=sys.stderr)
        return 130
    finally:
        print(report(results.done().values()))


def _measure(asked: argparse.Namespace, results: Results) -> int:
    names = asked.only or [name for name in SETS if name not in _LEFT_OUT]
    names = [name for name in names if not asked.kinds or find_set(name).modality in asked.kinds]
    check_data(asked.data, names)
    threads = limit_threads(asked.threads)
    print(f"{facts(threads)}\n\nSets:\n{listing(names)}", flush=True)
    with _workspace(asked.workspace) as workspace:
        methods = {}
        for name in names:
            modality = find_set(name).modality
            its = asked.methods or methods_for(modality, asked.models, asked.strategies)
            methods[name] = [method for method in its if fits(method, modality)]
        shots = [ALL if one == "all" else int(one) for one in asked.shots]
        done = results.done()
        wanted = [job for job in jobs(methods, shots, asked.draws) if job not in done]
        ids = read_sets({job.set for job in wanted}, asked.data, workspace)
        bench = Bench(workspace.root, ids, asked.budget, threads)
        machine = {"processor": processor(), "threads": threads, "processes": asked.processes}
        return run(wanted, results, bench, machine, asked.processes)


@contextmanager
def _workspace(folder: Path | None) -> Iterator[Workspace]:
    from core.workspace import Workspace

    if folder is not None:
        yield Workspace(folder.resolve())
        return
    with temporary_workspace() as workspace:
        yield workspace


def methods_for(
    modality: str, models: Sequence[str] | None = None, strategies: Sequence[str] | None = None
) -> Iterator[str]:
    """The plain model, "auto", and each pretrained model with each method that it can be trained with. Where a kind has
    none that can see an example before it met the training examples (tables), also those that are trained from
    scratch."""
    from core.models.catalogue import CATALOGUE
    from core.training.spec.strategies import strategies_for

    own = [card for card in CATALOGUE.values() if card.modality == modality]
    pretrained = any(card.parameters and not card.blank and not card.fits for card in own)
    if models is None and strategies is None:
        yield from (PLAIN, AUTO)
    for card in own:
        if models is not None and card.id not in models:
            continue
        for strategy in (() if pretrained else ("scratch",)) if card.blank else STRATEGIES:
            if strategy in strategies_for(card) and (strategies is None or strategy in strategies):
                yield f"{card.id} {strategy}"


def fits(method: str, modality: str) -> bool:
    """Whether a method is one for this kind of example."""
    from core.models.catalogue import CATALOGUE

    card = CATALOGUE.get(method.split()[0])
    return card is None or card.modality == modality


def jobs(methods: Mapping[str, Iterable[str]], shots: Iterable[int], draws: int) -> list[Job]:
    """Draw by draw: an interrupted benchmark has as many draws of each set."""
    return [
        Job(name, few, method, seed)
        for seed in range(draws)
        for few in shots
        for name, its in methods.items()
        for method in its
    ]


def read_sets(names: Iterable[str], data: Path, workspace: Workspace) -> dict[str, str]:
    """The ids of these sets, which are in the workspace then."""
    ids = {}
    for name in sorted(names):
        dataset = whole(find_set(name), data, workspace)
        dataset.save(workspace)
        ids[name] = dataset.id
    return ids


def run(wanted: Sequence[Job], results: Results, bench: Bench, machine: dict[str, Any], processes: int) -> int:
    """Measure each job and keep it. The exit status: 1 where one could not be measured."""
    failed = 0
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (bench,)) as pool:
        given = {pool.submit(_measured, job): job for job in wanted}
        for number, future in enumerate(as_completed(given), start=1):
            job = given.pop(future)
            try:
                line = future.result()
            except UserError as error:
                failed = 1
                print(f"{job.set}, {job.shots or 'all'} a class, {job.method}: {error}", file=sys.stderr)
                continue
            results.add(job, line, machine)
            print(f"{number}/{len(wanted)} {job.set} {job.shots or 'all'} {job.method} draw {job.seed}: "
                  f"{line['accuracy']:.1%}, {line['seconds']:.1f} s {line['strategy']}",
                  file=sys.stderr, flush=True)  # fmt: skip
    return failed


@dataclass
class Bench:
    """What a process that measures goes by. `ids` are those of the sets in the workspace at `root`."""

    root: Path
    ids: dict[str, str]
    budget: float
    threads: int
    _read: dict[str, Dataset] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        from core.workspace import Workspace

        return Workspace(self.root)

    def measured(self, job: Job) -> dict[str, Any]:
        """A line about the job (see `measured`). UserError where it cannot be measured."""
        from core.data.dataset import Dataset

        if job.set not in self._read:
            self._read[job.set] = Dataset.load(self.ids[job.set], self.workspace)
        dataset = self._read[job.set]
        return measured(dataset, draw(dataset, job.shots or None, job.seed), job, self.workspace, self.budget)


_bench: list[Bench] = []
"""That of this process."""


def _begin(bench: Bench) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limit_threads(bench.threads)
    _bench.append(bench)


def _end_with_parent() -> None:
    """One whose parent was killed would go on, and slow down whatever is measured next."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _measured(job: Job) -> dict[str, Any]:
    return _bench[0].measured(job)


def measured(dataset: Dataset, split: Split, job: Job, workspace: Workspace, budget: float) -> dict[str, Any]:
    """What a method makes of a draw: the share that it gets "right", its cross-entropy under the temperature that suits
    it best ("loss", None where it gives no probabilities), and the "seconds" that it learnt and answered in."""
    import numpy as np

    from core.evaluation.calibration import fit_temperature, log_loss, scaled
    from core.training.engine.rivals import rival_answers

    number = {label: i for i, label in enumerate(dataset.classes)}
    truths = np.array([number[dataset.examples[i].label] for i in split.test])
    began, loss, strategy = time.perf_counter(), None, ""
    if job.method == PLAIN:
        by_name = rival_answers(dataset, split.train, split.test, job.seed, workspace)
        strategy, labels = max(by_name.items(), key=lambda item: item[0] == "logistic")
        answers = np.array([number[label] for label in labels])
    else:
        if job.method == AUTO:
            place = _as_if_new(workspace)
            recipe = found_by_search(dataset, split, job.seed, place, budget)
            strategy = f"{recipe.model} {recipe.strategy}"
        else:
            place, recipe = workspace, recipe_of(job.method, job.seed)
        given = answered(dataset, split, recipe, place)
        loss = round(log_loss(scaled(given, fit_temperature(given, truths)), truths), 4)
        answers = given.argmax(1)
    seconds = round(time.perf_counter() - began, 2)
    taught = round(len(split.train) / len(dataset.classes))
    return {"accuracy": float((answers == truths).mean()), "n": len(truths), "taught": taught, "seconds": seconds,
            "strategy": strategy, "loss": loss}  # fmt: skip


def recipe_of(method: str, seed: int) -> Recipe:
    """Of "MODEL STRATEGY OPTION=VALUE..."."""
    from core.training.spec.recipe import Recipe, options

    try:
        model, strategy, *more = method.split()
        given = dict(one.split("=", 1) for one in more)
        read: dict[str, Any] = {name: options()[name].value_type(value) for name, value in given.items()}
    except (ValueError, KeyError) as error:
        raise UserError(quoted(f"'{method}' is no method."), quoted("Write MODEL STRATEGY OPTION=VALUE.")) from error
    return Recipe(model, strategy, seed=seed, **read)


def answered(dataset: Dataset, split: Split, recipe: Recipe, workspace: Workspace) -> np.ndarray:
    """Probabilities (m, classes) of the judging examples, learnt from the others. UserError where that fails."""
    from core.events import drain
    from core.training.engine.cross_validation import held_out
    from core.training.spec.config import TrainingConfig
    from core.training.spec.plan import fitting_card

    card = fitting_card(recipe.model, dataset, workspace)
    config = TrainingConfig.of(recipe, card)
    given = drain(held_out(dataset, config, card, (split.train, split.test), workspace))
    if given is None:
        raise UserError(quoted("It could not be trained."))
    return given.double().cpu().numpy()


def found_by_search(dataset: Dataset, split: Split, seed: int, workspace: Workspace, budget: float) -> Recipe:
    """The recipe that "auto" comes to within so many seconds."""
    from core.events import drain
    from core.models.catalogue import get_card, usual_model
    from core.training.engine.search import search
    from core.training.spec.plan import Plan
    from core.training.spec.recipe import ANY_MODEL, Recipe

    card = get_card(usual_model(dataset), workspace)
    asked = Recipe(ANY_MODEL, AUTO, seed=seed, time_budget=budget).filled(card)
    plan = drain(search(dataset, Plan(card, asked, split, None), workspace))
    assert plan is not None  # nobody stops it
    return plan.recipe


def _as_if_new(workspace: Workspace) -> Workspace:
    """One of this process's own where no embedding is known. Speeds and translated networks, which are made once on a
    machine, stay."""
    from core.workspace import Workspace

    own = Workspace(workspace.root / f"auto-{current_process().name}")
    shutil.rmtree(own.cache / "embeddings", ignore_errors=True)
    return own


if __name__ == "__main__":
    sys.exit(main())
