"""More one-shot runs, in the layout of the published ones, from a set of Omniglot alphabets.

    python benchmarks/more_runs.py images_background_small2.zip RUNS --alphabets Sanskrit 'Japanese_(katakana)'

400 questions cannot tell models apart that are nearly as good as each other. Each run is twenty characters of one
alphabet with two drawings of each, one to learn from and one to ask about, by different people. No drawing is used
twice, so the answers are as independent as those of the published runs.
"""

from __future__ import annotations

import argparse
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

WAYS = 20


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("set", type=Path, metavar="SET", help="a zip of alphabet/character/drawing.png")
    made.add_argument("out", type=Path, metavar="RUNS", help="a new folder")
    made.add_argument("--alphabets", nargs="+", help="only these")
    made.add_argument("--seed", type=int, default=0)
    asked = made.parse_args()
    number = 0
    with zipfile.ZipFile(asked.set) as archive:
        for pairs in drawn_runs(archive, asked.alphabets, asked.seed):
            number += 1
            write_run(asked.out / f"run{number:03d}", pairs, archive)
    print(f"{number} runs, {WAYS * number} questions, in {asked.out}")


def drawn_runs(archive: zipfile.ZipFile, alphabets: Sequence[str] | None, seed: int) -> Iterator[list[tuple[str, str]]]:
    """Each run as pairs of drawings of a character, by their names in the archive: to learn from, to ask about."""
    rng = np.random.default_rng(seed)
    for alphabet, characters in sorted(_drawings(archive).items()):
        if not alphabets or alphabet in alphabets:
            yield from _runs(characters, rng)


def _drawings(archive: zipfile.ZipFile) -> dict[str, list[list[str]]]:
    """The drawings of every character of every alphabet."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in sorted(archive.namelist()):
        path = PurePosixPath(name)
        if path.suffix == ".png":
            found[path.parts[-3]][path.parts[-2]].append(name)
    return {alphabet: list(characters.values()) for alphabet, characters in found.items()}


def _runs(characters: list[list[str]], rng: np.random.Generator) -> list[list[tuple[str, str]]]:
    """As many runs as there are drawings for: lists of (to learn from, to ask about)."""
    left = [list(rng.permutation(drawings)) for drawings in characters]
    runs: list[list[tuple[str, str]]] = []
    while True:
        able = [drawings for drawings in left if len(drawings) >= 2]
        if len(able) < WAYS:
            return runs
        order = rng.permutation(len(able))  # those with the most left come first, chance decides among equals
        chosen = sorted(order, key=lambda i: -len(able[i]))[:WAYS]
        runs.append([(able[i].pop(), able[i].pop()) for i in chosen])


def write_run(folder: Path, pairs: list[tuple[str, str]], archive: zipfile.ZipFile) -> None:
    """One run in the layout of the published ones."""
    lines = []
    for number, (taught, asked) in enumerate(pairs, start=1):
        for part, name, source in (("training", f"class{number:02d}", taught), ("test", f"item{number:02d}", asked)):
            file = folder / part / f"{name}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.read(source))
        lines.append(f"{folder.name}/test/item{number:02d}.png {folder.name}/training/class{number:02d}.png")
    (folder / "class_labels.txt").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
