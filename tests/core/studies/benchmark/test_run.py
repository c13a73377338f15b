"""A race with networks of a few hundred parameters, run in turn in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.data.splits import given_parts
from core.evaluation.answers import read_answers
from core.events import Progress, RunStarted, drain
from core.hardware import note_speed
from core.jobs.base import run_job
from core.runs.folder import RunFolder, ending, list_runs
from core.runs.local import LocalLauncher
from core.studies.base import Context
from core.studies.benchmark.design import BenchmarkDesign
from core.studies.benchmark.findings import recommend
from core.studies.benchmark.run import run as benchmark
from core.studies.events import BenchmarkPlanned, CandidateEvaluated, CandidateLeftOut, CandidateStarted, TestEvaluated
from core.training.spec.recipe import Recipe
from tests.chaos.forked import fork_workers
from tests.core.studies.benchmark.making import table_of
from tests.helpers import message_dataset, only, picture_dataset, run_training


class Clock:
    """Time that passes only when it is told to: so many seconds for every run."""

    def __init__(self, *takes: float) -> None:
        self.now, self.takes = 0.0, list(takes)

    def __call__(self) -> float:
        return self.now

    def pass_one(self) -> None:
        self.now += self.takes.pop(0) if len(self.takes) > 1 else self.takes[0]


@pytest.fixture
def pictures(workspace, tiny_models):
    """40 of each of three classes: 24 are held back for the final test, 72 teach and 24 judge."""
    for work in ("embed", "probe-top", "probe-full"):
        note_speed(workspace, "tiny-image", work, 1000, 1.0)
    dataset = picture_dataset(workspace, each=40)
    dataset.save(workspace)
    return dataset


def run(dataset, workspace, stop: Callable[[list], bool] = lambda told: False, clock: Clock | None = None, **design):
    told: list = []
    clock = clock or Clock(0.1)
    chosen = BenchmarkDesign(**{"models": ("tiny-image",), "strategies": ("nearest", "head"), **design})

    def one(folder: RunFolder, stops: Callable[[], bool]) -> None:
        run_job(folder, workspace, stops)
        clock.pass_one()

    context = a_context(dataset, workspace, lambda: stop(told), one)
    return drain(benchmark(chosen, context, clock=clock), told.append), told


def a_context(dataset, workspace, stop: Callable[[], bool] = lambda: False, run_one=None) -> Context:
    return Context(workspace, dataset, RunFolder.create(workspace.studies, "study", "mine", {}), stop, run_one)


def test_everybody_trains_under_every_seed_and_one_is_recommended(pictures, workspace):
    complete, told = run(pictures, workspace, strategies=("nearest", "head", "partial"))
    assert complete
    (plan,) = only(BenchmarkPlanned, told)
    judged = only(CandidateEvaluated, told)
    assert sorted((one.candidate, one.seed) for one in judged) == [(e, s) for e in range(3) for s in range(3)]
    assert [one.seed for one in judged] == [0] * 3 + [1] * 3 + [2] * 3  # round by round
    assert plan.n_test == 24 and len(plan.candidates) == 3
    last = [event for event in only(Progress, told) if event.stage == "ways"][-1]
    assert (last.done, last.total) == (9, 9)
    standings = table_of(told)
    choice = recommend(standings)
    finals = only(TestEvaluated, told)
    assert [one.run for one in finals] == [choice.run, choice.rival_run]
    assert all(one.test.n == 24 == len(one.examples) == len(one.right) for one in finals)


def test_all_entrants_of_a_seed_have_the_same_split_and_all_seeds_the_same_test(pictures, workspace):
    _, told = run(pictures, workspace, strategies=("nearest", "head"))
    judges: dict[int, set[frozenset[str]]] = {}
    for one in only(CandidateEvaluated, told):
        answers = read_answers(RunFolder.find(one.run, workspace).path)
        judges.setdefault(one.seed, set()).add(frozenset(a.example for a in answers if a.part == "validation"))
    assert all(len(sets) == 1 for sets in judges.values())
    assert len({next(iter(sets)) for sets in judges.values()}) == 3


def test_nobody_learns_from_the_final_test_or_sees_it_before_the_choice(pictures, workspace):
    _, told = run(pictures, workspace, strategies=("nearest", "partial"))
    (plan,) = only(BenchmarkPlanned, told)
    from core.data.dataset import Dataset

    held = Dataset.load(plan.dataset, workspace)
    test = {held.examples[i].id for i in given_parts(held)["test"]}
    opened = {one.run for one in only(TestEvaluated, told)}
    assert len(test) == 24 and len(opened) == 2
    for folder in list_runs(workspace):
        (started,) = only(RunStarted, folder.events())
        assert (started.n_train, started.n_validation, started.n_test) == (72, 24, 0)
        answers = read_answers(folder.path)
        assert not test & {a.example for a in answers if a.part == "validation"}
        assert {a.example for a in answers if a.part == "test"} == (test if folder.id in opened else set())
        assert (ending(folder.events()).test is not None) == (folder.id in opened)
        assert ("test" in folder.about()["result"] and folder.about()["result"]["test"] is not None) == (
            folder.id in opened
        )
    assert {one.seen_before for one in only(TestEvaluated, told)} == {0}
    first = next(i for i, event in enumerate(told) if isinstance(event, TestEvaluated))
    assert not [event for event in told[first:] if isinstance(event, (CandidateStarted, CandidateEvaluated))]


def test_scores_are_those_of_training_alone(pictures, workspace):
    """A race adds nothing and takes nothing away: the same recipe gives the same answers, on the final test too."""
    _, told = run(pictures, workspace, strategies=("nearest", "partial"))
    from core.data.dataset import Dataset

    held = Dataset.load(only(BenchmarkPlanned, told)[0].dataset, workspace)
    for one in only(CandidateEvaluated, told)[:2]:
        recipe = Recipe.from_dict(RunFolder.find(one.run, workspace).request["recipe"])
        events, result = run_training(held, recipe, workspace)
        assert one.validation == events[-1].validation
        final = next((f for f in only(TestEvaluated, told) if f.run == one.run), None)
        if final is not None:
            assert final.right == "".join("1" if a.right else "0" for a in result.answers if a.part == "test")
            assert final.test == events[-1].test


def test_too_small_a_set_races_without_a_final_test(workspace, tiny_models):
    small = picture_dataset(workspace, each=8)
    small.save(workspace)
    complete, told = run(small, workspace)
    assert complete and only(BenchmarkPlanned, told)[0].n_test == 0 and not only(TestEvaluated, told)
    assert only(BenchmarkPlanned, told)[0].dataset == small.id


# --- time ---


def test_who_cannot_fit_is_left_out_with_a_sentence(pictures, workspace):
    note_speed(workspace, "tiny-image", "probe-full", 10, 10.0)
    _, told = run(pictures, workspace, strategies=("nearest", "scratch"), budget=20.0, clock=Clock(0.1))
    (out,) = only(CandidateLeftOut, told)
    assert out.candidate == 1 and "3 of them beside all others do not fit" in str(out.why)
    assert {one.candidate for one in only(CandidateEvaluated, told)} == {0}
    assert recommend(table_of(told)).kind == "alone"


def test_an_expired_budget_still_compares_like_with_like(pictures, workspace):
    """Runs turn out slower than estimated: the third round is not begun, since it would not end."""
    complete, told = run(pictures, workspace, budget=40.0, clock=Clock(6.0))
    assert complete and not only(CandidateLeftOut, told)
    standings = table_of(told)
    assert standings.common == [0, 1]
    assert all(set(own) == {0, 1} for own in standings.evaluated.values())
    assert only(TestEvaluated, told)


@pytest.mark.parametrize(
    ("seconds", "accuracies", "budget", "left_out"),
    [
        ({"nearest": 1, "head": 1, "partial": 15}, {"nearest": 0.5, "head": 0.6, "partial": 0.4}, 47.0, 2),
        ({"nearest": 5, "head": 15, "partial": 1}, {"nearest": 0.5, "head": 0.9, "partial": 0.4}, 66.0, 0),
    ],
)
def test_for_a_third_seed_the_slowest_is_left_out_but_not_the_one_in_front(
    pictures, workspace, seconds, accuracies, budget, left_out
):
    """Some six seconds are kept for the final test; two rounds leave too few for a third of all three."""
    clock, told = Clock(0.0), []

    def one(folder: RunFolder, stops: Callable[[], bool]) -> None:
        run_job(folder, workspace, stops)
        strategy = folder.request["recipe"]["strategy"]
        clock.now += seconds[strategy]
        _say(folder, accuracies[strategy])

    design = BenchmarkDesign(("tiny-image",), tuple(seconds), budget=budget)
    assert drain(benchmark(design, a_context(pictures, workspace, run_one=one), clock=clock), told.append)
    assert [event.candidate for event in only(CandidateLeftOut, told)] == [left_out]
    standings = table_of(told)
    assert standings.common == [0, 1, 2] and len(standings.ranking) == 2


def _say(folder: RunFolder, accuracy: float) -> None:
    """Let a finished run have had this accuracy."""
    ended = ending(folder.events())
    folder.append(replace(ended, validation=replace(ended.validation, accuracy=accuracy)))


def test_a_run_that_is_cut_short_by_the_end_of_the_time_does_not_count(pictures, workspace):
    clock, told = Clock(0.0), []

    def one(folder: RunFolder, stops: Callable[[], bool]) -> None:
        if len(only(CandidateStarted, told)) == 4:
            clock.now += 1000
            assert stops()
        run_job(folder, workspace, stops)

    design = BenchmarkDesign(("tiny-image",), ("nearest", "head"), budget=60.0)
    assert drain(benchmark(design, a_context(pictures, workspace, run_one=one), clock=clock), told.append)
    assert table_of(told).common == [0]
    assert len(only(CandidateEvaluated, told)) == 3 and not only(CandidateLeftOut, told)


# --- what goes wrong, and what is stopped ---


def test_stopped_it_keeps_what_is_done_and_the_test_stays_closed(pictures, workspace):
    complete, told = run(pictures, workspace, stop=lambda told: len(only(CandidateEvaluated, told)) >= 4)
    assert complete is False
    assert len(only(CandidateEvaluated, told)) == 4 and not only(TestEvaluated, told)
    assert table_of(told).common == [0, 1]


def test_a_run_that_fails_leaves_its_entrant_out_and_says_why(pictures, workspace):
    broken: list = []

    def one(folder: RunFolder, stops: Callable[[], bool]) -> None:
        if folder.request["recipe"]["strategy"] == "head":
            folder.end("failed", "Its process ended.")
        else:
            run_job(folder, workspace, stops)

    design = BenchmarkDesign(("tiny-image",), ("nearest", "head"))
    assert drain(benchmark(design, a_context(pictures, workspace, run_one=one)), broken.append)
    (out,) = only(CandidateLeftOut, broken)
    assert str(out.why) == "skipped: a run of it failed. Its process ended."


def test_one_that_a_person_stops_is_left_out(pictures, workspace):
    told: list = []

    def one(folder: RunFolder, stops: Callable[[], bool]) -> None:
        if folder.request["recipe"]["strategy"] == "head":
            folder.ask_to_stop()
        run_job(folder, workspace, stops)

    design = BenchmarkDesign(("tiny-image",), ("nearest", "head"))
    assert drain(benchmark(design, a_context(pictures, workspace, run_one=one)), told.append)
    (out,) = only(CandidateLeftOut, told)
    assert out.candidate == 1 and "stopped before its end" in str(out.why)


# --- searching ---


def test_the_better_half_of_what_is_searched_goes_on(pictures, workspace):
    search = {"learning_rate": (1e-6, 0.01, 0.1), "epochs": (1,)}
    _, told = run(pictures, workspace, strategies=("head",), search=search)
    seeds = {number: sorted(own) for number, own in table_of(told).evaluated.items()}
    assert sorted(map(len, seeds.values())) == [1, 1, 3, 3]
    outs = [str(one.why) for one in only(CandidateLeftOut, told)]
    assert len(outs) == 2 and all("did better" in text for text in outs)
    first = {one.candidate: one.validation.accuracy for one in only(CandidateEvaluated, told) if one.seed == 0}
    kept = [first[n] for n, own in seeds.items() if len(own) == 3]
    assert min(kept) >= max(first[n] for n, own in seeds.items() if len(own) == 1)


# --- several at once ---


@pytest.mark.slow
def test_several_at_once_give_what_one_after_the_other_gives(workspace, tiny_models, monkeypatch):
    """With workers of their own."""
    fork_workers(monkeypatch)
    dataset = message_dataset(workspace, each=40)
    dataset.save(workspace)
    for work in ("embed", "probe-top", "probe-full"):
        note_speed(workspace, "tiny-text", work, 1000, 1.0)
    design = BenchmarkDesign(("tiny-text",), ("scratch",), search={"epochs": (1,)}, budget=500.0)
    found = []
    context = a_context(dataset, workspace, run_one=lambda folder, stops: run_job(folder, workspace, stops))
    for launcher in (None, LocalLauncher(workspace, 2)):
        told: list = []
        assert drain(benchmark(design, context, launcher), told.append)
        if launcher:
            launcher.close()
        rows = [(one.candidate, one.seed, one.validation) for one in only(CandidateEvaluated, told)]
        found.append((sorted(rows, key=lambda row: row[:2]), [one.right for one in only(TestEvaluated, told)]))
    assert found[0] == found[1]


def test_a_second_race_on_the_same_final_test_counts_who_was_judged_by_it(pictures, workspace):
    _, first = run(pictures, workspace, strategies=("nearest",))
    _, second = run(pictures, workspace, strategies=("nearest",))
    assert [one.seen_before for one in only(TestEvaluated, first)] == [0]
    assert [one.seen_before for one in only(TestEvaluated, second)] == [1]
