"""How fast Finetune Lab is against the plain way of doing the same: `python benchmarks/speed.py DATA`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

from benchmarks.bench import Bench
from benchmarks.machine import facts, limit_threads, temporary_workspace
from benchmarks.rows import ROWS, sets_of
from benchmarks.sets import check_data, listing
from benchmarks.table import Measured, Required, comparison
from core.errors import UserError


def parser() -> argparse.ArgumentParser:
    rows = "\n".join(f"  {name:17} {row.required} {'' if row.required.kind == 'more' else 'x':2} {row.what}"
                     for name, row in ROWS.items())  # fmt: skip
    made = argparse.ArgumentParser(
        prog="python benchmarks/speed.py", description=f"{__doc__}\n\nrows, and what is required:\n{rows}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("data", type=Path, metavar="DATA", help="the folder that holds the sets (benchmarks/README.md)")
    made.add_argument("--only", nargs="+", choices=ROWS, metavar="NAME", help="only these rows")
    made.add_argument("--pairs", type=int, default=3, help="measurements of each side, in turns (default: 3)")
    made.add_argument("--threads", type=int, help="threads for every side (default: all cores)")
    made.add_argument("--quick", action="store_true", help="tiny: shows that it works, measures nothing worth keeping")
    return made


def main() -> int:
    """The exit status: 0 unless the data are missing or a row could not be measured."""
    asked = parser().parse_args()
    names = asked.only or list(ROWS)
    try:
        check_data(asked.data, sets_of(names))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(facts(limit_threads(asked.threads)))
    if sets_of(names):
        print(f"\nSets:\n{listing(sets_of(names))}")
    with temporary_workspace() as workspace:
        return run(names, Bench(asked.data, workspace, max(1, asked.pairs), asked.quick))


def run(names: Iterable[str], bench: Bench) -> int:
    """Measure the rows and print their table, also when it is interrupted."""
    done: list[tuple[str, Required, Measured]] = []
    failed = False
    try:
        for name in names:
            began = time.perf_counter()
            try:
                done.append((name, ROWS[name].required, ROWS[name].function(bench)))
            except ImportError as error:
                failed = True
                print(f"{name}: {error.name} is not installed: pip install -e '.[bench]'", file=sys.stderr)
                continue
            print(f"{name}: measured in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("Interrupted: the table has the rows that were finished.", file=sys.stderr)
        return 130
    finally:
        if done:
            kind = "Quick: these figures say nothing.\n" if bench.quick else ""
            print(f"\n{kind}Medians of {bench.pairs} pairs, measured in turns.\n{comparison(done)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
