"""How often the strategies are right, against SetFit and against each other: `python benchmarks/accuracy.py DATA`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

from benchmarks.answers import Answer, NotInstalledError, few_of, on_messages, on_pictures, setfit
from benchmarks.bench import Bench
from benchmarks.few_shot import TEST_ROWS, draw
from benchmarks.jobs import Job, all_methods, jobs, names
from benchmarks.machine import facts, limit_threads, processor, temporary_workspace
from benchmarks.results import Results
from benchmarks.sets import check_data, find_set, listing
from benchmarks.verdicts import report
from core.errors import UserError

if TYPE_CHECKING:
    from core.data.dataset import Dataset

RESULTS = Path(__file__).parent / "results" / "accuracy.jsonl"
_QUICK_ROWS = 40


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python benchmarks/accuracy.py", description=__doc__)
    made.add_argument("data", type=Path, metavar="DATA", help="the folder that holds the sets (benchmarks/README.md)")
    made.add_argument("--only", nargs="+", metavar="NAME", help=f"groups or sets: {', '.join(names())}")
    made.add_argument("--methods", nargs="+", choices=all_methods(), metavar="NAME",
                      help=f"only these methods: {', '.join(all_methods())}")  # fmt: skip
    made.add_argument("--seeds", type=int, default=5, help="draws of each set (default: 5)")
    made.add_argument("--out", type=Path, default=RESULTS, metavar="FILE.jsonl",
                      help="finished jobs; those in it are not run again (default: benchmarks/results/accuracy.jsonl)",
                      )  # fmt: skip
    made.add_argument("--threads", type=int, help="threads for every method (default: all cores)")
    made.add_argument("--quick", action="store_true", help="tiny: shows that it works, measures nothing worth keeping")
    return made


@dataclass
class _Runner:
    """Reads every set once."""

    bench: Bench
    _sets: dict[str, tuple[Dataset, ...]] = field(default_factory=dict)
    _warm: set[str] = field(default_factory=set)

    def run(self, job: Job) -> Answer:
        if find_set(job.set).modality == "image":
            return on_pictures(self._read(job.set)[0], job.method, job.shots, job.seed, self.bench)
        if job.method not in self._warm:  # imports and translations, which are made once, are no part of training
            self._warm.add(job.method)
            self._on_messages(job, shots=2, rows=8)
        return self._on_messages(job, job.shots, _QUICK_ROWS if self.bench.quick else TEST_ROWS)

    def _on_messages(self, job: Job, shots: int, rows: int) -> Answer:
        train, test = self._read(job.set)
        task = draw(train, test, shots, job.seed, find_set(job.set).classes, rows)
        if job.method == "setfit":
            return setfit(task, job.seed, self.bench)
        return on_messages(task, job.method, job.seed, self.bench, train)

    def _read(self, name: str) -> tuple[Dataset, ...]:
        if name not in self._sets:
            read = find_set(name).read(self.bench.data, self.bench.workspace)
            small = self.bench.quick and find_set(name).modality == "image"
            self._sets[name] = tuple(map(few_of, read)) if small else read
        return self._sets[name]


def main() -> int:
    """The exit status: 0 unless something could not be measured."""
    asked = parser().parse_args()
    try:
        wanted = jobs(asked.only, max(1, asked.seeds), asked.methods)
        check_data(asked.data, (job.set for job in wanted))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    threads = limit_threads(asked.threads)
    print(f"{facts(threads)}\n\nSets:\n{listing(job.set for job in wanted)}", flush=True)
    results = Results(asked.out, quick=asked.quick)
    try:
        with temporary_workspace() as workspace:
            bench = Bench(asked.data, workspace, 1, asked.quick)
            return measure(wanted, results, _Runner(bench), {"processor": processor(), "threads": threads})
    except KeyboardInterrupt:
        print(f"Interrupted. The same command goes on from {asked.out}.", file=sys.stderr)
        return 130
    finally:
        lines = [line for job, line in results.done().items() if job in set(wanted)]
        print(f"\n{'Quick: these figures say nothing.' if asked.quick else ''}\n{report(lines)}")


def measure(wanted: list[Job], results: Results, runner: _Runner, machine: dict[str, Any]) -> int:
    """Run what is not finished yet; a method that cannot be run here is said once and left out."""
    done, impossible, failed = results.done(), set(), False
    for number, job in enumerate(wanted, start=1):
        if job in done or job.method in impossible:
            continue
        try:
            answer = runner.run(job)
        except UserError as error:
            failed = True
            impossible |= {job.method} if isinstance(error, NotInstalledError) else set()
            print(error, file=sys.stderr)
            continue
        results.add(job, answer.to_dict(), machine)
        print(f"{number}/{len(wanted)} {job.set} {job.method} {answer.taught} per class, draw {job.seed}: "
              f"{answer.accuracy:.1%} of {answer.n}, {answer.seconds:.1f} s", file=sys.stderr, flush=True)  # fmt: skip
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
