"""What the benchmarks do without data, models or time: their flags, their list of sets, their arithmetic."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.accuracy import measure
from benchmarks.answers import Answer, NotInstalledError, possible_shots
from benchmarks.draws import draw
from benchmarks.evidence import AUTO, PLAIN, fits, measured, methods_for, recipe_of
from benchmarks.evidence_tables import report as evidence_report
from benchmarks.jobs import GROUPS, Job, jobs
from benchmarks.pairs import interleaved
from benchmarks.results import Results
from benchmarks.rows import ROWS, sets_of
from benchmarks.sets import SETS, check_data, find_set, listing
from benchmarks.table import Measured, Required, columns, comparison
from benchmarks.verdicts import claims, gather, report
from core.data.dataset import Dataset, Example
from core.errors import UserError
from tests.helpers import PROJECT, row_dataset


@pytest.mark.parametrize("script", ["speed", "accuracy", "new_class", "evidence"])
def test_help_needs_nothing_heavy(script):
    code = (
        f"import sys, benchmarks.{script} as script; sys.argv = ['x', '--help']\n"
        "try: script.main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'torch', 'transformers', 'setfit', 'sentence_transformers', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--threads" in done.stdout and "--only" in done.stdout


def test_list_of_sets_needs_no_data():
    lines = listing().splitlines()
    assert [line.split()[0] for line in lines] == list(SETS)
    assert all("github.com/" in line or "Debian" in line for line in lines)
    assert set(sets_of(ROWS)) <= set(SETS)
    assert {name for group in GROUPS.values() for name in group.sets} <= set(SETS)


def test_unknown_set_and_missing_data_say_so(tmp_path):
    with pytest.raises(UserError, match="Did you mean 'trashnet'"):
        find_set("trash-net")
    with pytest.raises(UserError, match=r"clipart\.zip \(for clipart"):
        check_data(tmp_path, ["clipart"])
    (tmp_path / "clipart.zip").touch()
    check_data(tmp_path, ["clipart"])


def test_ratio_is_the_median_of_the_pairs():
    # Pair by pair 4, 3 and 10: neither the ratio of the means nor that of the medians.
    measured = Measured(ours=(1.0, 2.0, 1.0), plain=(4.0, 6.0, 10.0))
    assert Required("faster", 4.0).found(measured) == 4.0
    assert Required("cost", 1.0).found(measured) == 0.25
    assert Required("more", 4.0).found(measured) == -4.0
    assert Required("faster", 4.0).met(measured) and not Required("faster", 4.1).met(measured)
    assert Required("cost", 0.25).met(measured) and not Required("cost", 0.2).met(measured)
    table = comparison([("row", Required("faster", 4.1), measured)]).splitlines()
    assert table[0].split() == ["row", "ours", "plain", "way", "ratio", "required", "met"]
    assert table[2].split() == ["row", "1", "s", "6", "s", "4.00", ">=", "4.1", "NO"]


def test_columns_stand_under_each_other():
    assert columns([("a", "bb"), ("ccc", "d")]).splitlines() == ["a    bb", "---  --", "ccc  d"]


def test_pairs_take_turns_in_going_first():
    order = []

    def way(name, seconds):
        return lambda: order.append(name) or seconds

    measured = interleaved(way("ours", 1.0), way("plain", 2.0), 3, times=10)
    assert order == ["ours", "plain", "plain", "ours", "ours", "plain"]
    assert measured.ours == (1.0,) * 3 and measured.plain == (20.0,) * 3


def test_jobs_are_asked_for_by_group_or_set_and_never_twice():
    everything = jobs(None, 2)
    assert len(everything) == len(set(everything))
    assert all(job.seed == 0 for job in everything[: len(everything) // 2])
    assert {job.set for job in jobs(["pictures"], 1)} == set(GROUPS["pictures"].sets)
    assert {(job.shots, job.method) for job in jobs(["trec"], 1)} == {
        (8, "head"), (8, "contrastive"), (8, "setfit"), (25, "head"), (25, "auto"), (25, "full"),
    }  # fmt: skip
    assert {job.set for job in jobs(["omniglot-small1"], 1)} == {"omniglot-small1"}
    assert {job.method for job in jobs(None, 1, ["head"])} == {"head"}


def test_a_small_class_keeps_five_to_judge():
    sizes = {"many": 60, "few": 18}
    examples = tuple(
        Example(f"{label}{i}", label, f"{label}{i}", group="burst" if label == "few" and i < 3 else None)
        for label, size in sizes.items()
        for i in range(size)
    )
    dataset = Dataset("set", "image", examples, Path())
    assert possible_shots(dataset, 10) == 10
    assert possible_shots(dataset, 25) == 11  # 16 that differ, less five


class _Runner:
    def __init__(self, fails: str = "") -> None:
        self.ran: list[Job] = []
        self.fails = fails

    def run(self, job: Job) -> Answer:
        self.ran.append(job)
        if job.method == self.fails:
            raise NotInstalledError("It is not installed.")
        return Answer(0.5, 40, 8, 1.0)


def test_an_interrupted_benchmark_goes_on(tmp_path):
    results, wanted = Results(tmp_path / "new" / "results.jsonl"), jobs(["sst2"], 2)
    assert measure(wanted[:2], results, _Runner(), {"threads": 1}) == 0
    with results.path.open("a") as file:
        file.write('{"set": "sst')  # torn
    again = _Runner()
    measure(wanted, results, again, {"threads": 1})
    assert again.ran == wanted[2:]
    assert list(results.done()) == wanted
    assert json.loads(results.path.read_text().splitlines()[-1])["threads"] == 1
    assert not Results(results.path, quick=True).done()


def test_a_method_that_is_not_installed_is_left_out(tmp_path):
    results, runner = Results(tmp_path / "results.jsonl"), _Runner(fails="setfit")
    assert measure(jobs(["sst2"], 3), results, runner, {}) == 1
    assert [job.method for job in runner.ran].count("setfit") == 1
    assert {job.method for job in results.done()} == {"head", "contrastive"}


def _line(name, method, seed, accuracy, seconds=1.0, shots=8):
    return {"set": name, "shots": shots, "method": method, "seed": seed, "accuracy": accuracy, "n": 100,
            "taught": shots, "seconds": seconds, "strategy": method}  # fmt: skip


def test_requirements_compare_the_draws_that_both_have():
    lines = [
        *(_line("sst2", "contrastive", seed, accuracy, 1.0) for seed, accuracy in enumerate((0.70, 0.60, 0.10))),
        *(_line("sst2", "setfit", seed, accuracy, 5.0) for seed, accuracy in enumerate((0.68, 0.61))),
    ]
    accuracy, time = claims(gather(lines))
    assert accuracy.met and accuracy.found.startswith("+0.5")
    assert time.met and time.found == "0.20"
    text = report(lines)
    assert "46.7" in text  # the mean of all three draws
    assert "32.1" in text  # their standard deviation
    assert "+- 79.9" in text  # Student's t: 4.303 x 32.15 / sqrt(3)


def test_pictures_must_not_lose_to_the_last_layer_alone():
    lines = [
        _line("trashnet", "head", 0, 0.80), _line("trashnet", "auto", 0, 0.79), _line("trashnet", "full", 0, 0.76),
        _line("trashnet", "scratch", 0, 0.76),
    ]  # fmt: skip
    assert [claim.met for claim in claims(gather(lines))] == [True, False, False]


def test_nothing_measured_is_said():
    assert report([]) == "Nothing is measured yet."


def test_evidence_draws_what_came_divided_and_what_did_not():
    labels = ["a", "b"] * 20
    one = Dataset(
        "set", "text", tuple(Example(f"x{i}", c, f"x{i}", text=f"{c} {i}") for i, c in enumerate(labels)), Path()
    )
    few = draw(one, 3, 0)
    assert [one.examples[i].label for i in few.train].count("a") == 3 and len(few.test) == 34
    assert draw(one, 3, 0) == few != draw(one, 3, 1)
    most = draw(one, None, 0)
    assert not set(most.train) & set(most.test) and len(most.train) == 30
    parts = tuple(replace(e, split="test" if i < 10 else "train") for i, e in enumerate(one.examples))
    assert draw(replace(one, examples=parts), 3, 0).test == tuple(range(10))


def test_evidence_measures_every_method_that_fits():
    texts = list(methods_for("text"))
    assert texts[:2] == ["plain", "auto"] and "multilingual-e5-small contrastive" in texts
    assert not any("small-text" in method or "scratch" in method for method in texts)
    assert "two-layer-table scratch" in methods_for("table") and "table-columns full" not in methods_for("table")
    assert list(methods_for("text", ["minilm-l6"], ["head"])) == ["minilm-l6 head"]
    assert fits("auto", "sound") and fits("minilm-l6 head", "text") and not fits("minilm-l6 head", "image")
    recipe = recipe_of("minilm-l6 contrastive epochs=3 learning_rate=1e-4", 7)
    assert (recipe.epochs, recipe.learning_rate, recipe.seed) == (3, 1e-4, 7)
    with pytest.raises(UserError, match="no method"):
        recipe_of("minilm-l6 contrastive pace=3", 0)


def test_evidence_compares_auto_with_the_best_and_tuning_with_the_last_layer():
    rights = {"minilm-l6 head": (0.50, 0.60), "minilm-l6 full": (0.62, 0.70), "auto": (0.60, 0.70), "plain": (0.4, 0.4)}
    lines = [_line("sst2", method, seed, right) for method, each in rights.items() for seed, right in enumerate(each)]
    found = evidence_report(lines)
    gains, auto = found.split("Points ")[1:]
    assert gains.splitlines()[3].split() == ["text", "8", "full", "+11.0", "-", "1", "+11.0"]
    assert auto.splitlines()[3].split()[:6] == ["sst2", "8", "65.0", "minilm-l6", "full", "66.0"]
    assert "-1.0 +- 12.7" in auto and "+25.0 +- 63.5" in auto and "-1.0, -1.0" in auto
    assert evidence_report([]) == "Nothing is measured yet."


def test_evidence_goes_through_the_search_and_the_plain_model(workspace):
    dataset = row_dataset(workspace, each=10)
    split = draw(dataset, 4, 0)
    lines = {
        m: measured(dataset, split, Job("iris", 4, m, 0), workspace, 5.0)
        for m in (PLAIN, AUTO, "in-context-table nearest")
    }
    assert lines[AUTO]["strategy"] == "in-context-table nearest"
    assert lines[AUTO]["accuracy"] == lines["in-context-table nearest"]["accuracy"]
    assert lines[PLAIN]["strategy"] == "logistic" and lines[PLAIN]["loss"] is None
    assert all(line["taught"] == 4 and line["n"] == len(split.test) for line in lines.values())
