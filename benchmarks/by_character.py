"""Is one model better than another at one-shot characters? Every character counts once, however often it is asked.

    python benchmarks/by_character.py SMALL2.zip MODEL OTHER --alphabets Sanskrit 'Japanese_(katakana)'

Draws the runs of `more_runs.py` again and again, with other drawings of the same characters as examples and questions.
The answers about one character hang together, so what is tested is its mean difference: the characters are what chance
drew. The interval is Student's, the p value that of a test that flips signs (Fisher 1935, section 21; 20,000 flips).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

from benchmarks.more_runs import drawn_runs, write_run
from core.events import drain
from core.studies.few_shot.lake import USUAL_VIEWS, read_runs, run_lake
from core.workspace import Workspace

_FLIPS = 20_000


def by_character(first: np.ndarray, second: np.ndarray, characters: Sequence[str]) -> dict[str, float | int]:
    """How much more often the first of two models is right, over characters. Shares in [0, 1].

    `first` and `second` (n,) of bool say whether they answered the same questions rightly, about `characters` (n,).
    """
    from scipy.stats import t

    names, number = np.unique(np.array(characters), return_inverse=True)
    asked = np.bincount(number)
    apart = np.bincount(number, first.astype(float) - second.astype(float)) / asked
    mean, n = float(apart.mean()), len(names)
    reach = float(t.ppf(0.975, n - 1) * apart.std(ddof=1) / np.sqrt(n))
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (_FLIPS, n))
    as_far = int((np.abs(signs @ apart / n) >= abs(mean) - 1e-12).sum())
    return {
        "characters": n, "questions": len(number), "first_wrong": float(_wrong(first, number, asked)),
        "second_wrong": float(_wrong(second, number, asked)), "better_by": mean, "low": mean - reach,
        "high": mean + reach, "p": (as_far + 1) / (_FLIPS + 1),
    }  # fmt: skip


def _wrong(right: np.ndarray, number: np.ndarray, asked: np.ndarray) -> float:
    """The mean over characters of the share of wrong answers."""
    return 1 - float((np.bincount(number, right.astype(float)) / asked).mean())


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("set", type=Path, metavar="SET", help="a zip of alphabet/character/drawing.png")
    made.add_argument("model", metavar="MODEL")
    made.add_argument("other", metavar="OTHER")
    made.add_argument("--alphabets", nargs="+", help="only these")
    made.add_argument("--draws", type=int, default=10, help="how often runs are drawn (default: 10)")
    asked = made.parse_args()
    characters, number = [], 0
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(asked.set) as archive:
        for seed in range(asked.draws):
            for pairs in drawn_runs(archive, asked.alphabets, seed):
                number += 1
                write_run(Path(folder) / f"run{number:05d}", pairs, archive)
                characters += [str(PurePosixPath(question).parent) for _, question in pairs]
        runs = read_runs(Path(folder), Workspace.default())
        found = [
            drain(run_lake(runs, model, Workspace.default(), USUAL_VIEWS), lambda event: None)
            for model in (asked.model, asked.other)
        ]
    first, second = (one.right for one in found if one is not None)
    print(json.dumps(by_character(first, second, characters)))


if __name__ == "__main__":
    main()
