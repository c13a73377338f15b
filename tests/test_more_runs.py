"""More one-shot runs: readable like the published ones, every drawing used once, always two of one character."""

from __future__ import annotations

import sys

import numpy as np
from PIL import Image

from benchmarks import more_runs
from core.studies.few_shot.lake import read_runs
from tests.helpers import encoded, write_zip


def test_runs_are_drawn_within_an_alphabet_and_no_drawing_is_used_twice(tmp_path, workspace, monkeypatch):
    rng = np.random.default_rng(0)
    entries, character = [], {}
    for alphabet, many in (("A", 23), ("B", 21), ("C", 20)):
        for c in range(many):
            for i in range(4):
                raw = encoded(Image.fromarray(rng.integers(0, 256, (6, 6), dtype=np.uint8)))
                entries.append((f"set/{alphabet}/character{c:02d}/{i}.png", raw))
                character[raw] = (alphabet, c)
    packed, out = write_zip(tmp_path / "set.zip", entries), tmp_path / "runs"
    monkeypatch.setattr(sys, "argv", ["more_runs.py", str(packed), str(out), "--alphabets", "A", "B"])
    more_runs.main()
    files = sorted(out.rglob("*.png"))
    assert len({file.read_bytes() for file in files}) == len(files) == 2 * 20 * 4
    runs = read_runs(out, workspace)
    assert (len(runs.runs), runs.n) == (4, 80)
    for run in runs.runs:
        shown, asked = (
            [character[(out / runs.dataset.examples[place].name).read_bytes()] for place in places]
            for places in (run.support, run.query)
        )
        assert [shown[right] for right in run.truth] == asked
        assert len(set(shown)) == 20
        assert len({alphabet for alphabet, _ in shown}) == 1
        assert shown[0][0] in "AB"
