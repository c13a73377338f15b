"""The bench says what a direct computation says, episode by episode, and is honest about what it rests on."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, fields, replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.data.dataset import Example
from core.errors import DataError, ModelError, RecipeError
from core.evaluation.intervals import mean_interval
from core.events import Warned, drain
from core.jobs.base import run_job
from core.models.catalogue import get_card
from core.models.embeddings import embed_dataset
from core.models.trained import load_backbone
from core.runs.folder import RunFolder
from core.studies.events import EpisodesDone
from core.studies.few_shot import FEW_SHOT
from core.studies.few_shot import run as module
from core.studies.few_shot.design import FewShotDesign
from core.studies.few_shot.episodes import Pool, draw
from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.run import answer_all
from core.studies.few_shot.shown import read_shown
from core.studies.few_shot.table import FewShotTable
from core.training.spec.recipe import Recipe
from tests.core.studies.making import run_study
from tests.helpers import message_dataset, only, picture_dataset

BENCH = FewShotDesign("tiny-image", "nearest", ways=3, shots=2, queries=4, episodes=20, seed=5)


@pytest.fixture
def dataset(workspace, tiny_models):
    return picture_dataset(workspace, each=8)


def run(dataset, bench, workspace, stop=lambda: False):
    """What was scored (None when it was stopped), with the tally of each class as it is read; and what happened."""
    complete, told, folder = run_study("few_shot", bench, dataset, workspace, stop)
    if not complete:
        return None, told
    table = FewShotTable(bench, told)
    classes = [SimpleNamespace(**one) for one in table.scored.classes]
    scored = {f.name: getattr(table.scored, f.name) for f in fields(table.scored)}
    return SimpleNamespace(**{**scored, "classes": classes}, shown=read_shown(folder.path), data=table.to_dict()), told


def one_by_one(dataset, bench, workspace):
    """(episode, scores) of every episode, computed on its own."""
    card = get_card(bench.model, workspace)
    vectors = drain(embed_dataset(dataset, card, lambda: load_backbone(card.id, workspace), workspace))
    pool = Pool.of(dataset)
    for number in range(bench.episodes):
        episode = draw(pool, bench.shape, bench.seed, number)
        labels = [dataset.examples[i].label for i in episode.support]
        predict = METHODS[bench.method].fit(vectors[list(episode.support)], np.array(labels))
        yield episode, predict(vectors[list(episode.query)])


@pytest.mark.parametrize("method", METHODS)
def test_it_equals_the_direct_computation_episode_by_episode(dataset, workspace, monkeypatch, method):
    monkeypatch.setattr(module, "_NUMBERS_AT_ONCE", 3 * 3 * 6 * 12)  # parts of three, and a last one of two
    bench = replace(BENCH, method=method)
    result, events = run(dataset, bench, workspace)
    shares, asked, right, taken = [], Counter(), Counter(), Counter()
    for shown, (episode, scores) in zip(result.shown, one_by_one(dataset, bench, workspace), strict=True):
        assert (shown.classes, shown.support, shown.query) == (episode.classes, episode.support, episode.query)
        np.testing.assert_allclose(shown.scores, scores, rtol=1e-3, atol=1e-4)
        assert shown.answers == scores.argmax(1).tolist()
        truths = [dataset.examples[i].label for i in episode.query]
        said = [sorted(episode.classes)[answer] for answer in shown.answers]
        shares.append(np.mean([a == b for a, b in zip(said, truths, strict=True)]))
        for a, b in zip(said, truths, strict=True):
            asked[b] += 1
            right[b] += a == b
            taken[b, a] += a != b
    assert result.accuracy == pytest.approx(np.mean(shares))
    assert result.interval == pytest.approx(mean_interval(shares))
    assert result.episode_range == pytest.approx(np.quantile(shares, [0.025, 0.975]))
    assert (result.n, result.chance) == (20 * 12, 1 / 3)
    for one in result.classes:
        assert one.n == asked[one.label]
        assert one.accuracy == pytest.approx(right[one.label] / asked[one.label])
        most = max(taken[one.label, other] for other in dataset.classes)
        assert one.taken_share == pytest.approx(most / one.n)
        assert most == (taken[one.label, one.taken_for] if one.taken_for else 0)
    done = only(EpisodesDone, events)
    assert [event.done for event in done] == [3, 6, 9, 12, 15, 18, 20]
    assert done[0].accuracy == pytest.approx(np.mean(shares[:3]))
    assert (done[-1].low, done[-1].high) == pytest.approx(result.interval)


def test_the_same_request_gives_the_same_result_and_another_seed_another(dataset, workspace):
    first, again = (run(dataset, BENCH, workspace)[0] for _ in range(2))
    assert first == again
    assert run(dataset, replace(BENCH, seed=6), workspace)[0].shown != first.shown


def test_messages_work_as_pictures_do(workspace, tiny_models):
    result, _ = run(message_dataset(workspace), replace(BENCH, model="tiny-text"), workspace)
    assert result.accuracy > result.chance
    assert [one.label for one in result.classes] == ["bus", "lunch", "trip"]


def test_embeddings_are_computed_once_and_only_those_that_are_needed(dataset, workspace, monkeypatch):
    few = replace(BENCH, ways=2, shots=1, queries=1, episodes=2)
    used = {i for number in range(2) for part in (draw(Pool.of(dataset), few.shape, 5, number),)
            for i in (*part.support, *part.query)}  # fmt: skip
    looked_at = []
    load = type(dataset).payload
    monkeypatch.setattr(type(dataset), "payload", lambda self, i, size=None: looked_at.append(i) or load(self, i, size))
    run(dataset, few, workspace)
    assert sorted(looked_at) == sorted(used)

    monkeypatch.setattr("core.models.trained.load_backbone", lambda *_: pytest.fail("the model was loaded again"))
    run(dataset, few, workspace)


def test_it_stops_when_it_is_asked_to(dataset, workspace):
    assert run(dataset, BENCH, workspace, stop=lambda: True)[0] is None
    run(dataset, BENCH, workspace)  # now the embeddings are known
    assert run(dataset, BENCH, workspace, stop=lambda: True)[0] is None


def test_examples_of_doubtful_class_are_counted(dataset, workspace):
    twin = replace(dataset.examples[0], label="light", name="again")
    result, _ = run(replace(dataset, examples=(*dataset.examples, twin)), BENCH, workspace)
    assert result.left_out == 2
    assert all(len(dataset.examples) not in (*e.support, *e.query) for e in result.shown)
    assert all(0 not in (*e.support, *e.query) for e in result.shown)


def test_the_interval_of_a_class_counts_each_example_once(dataset, workspace):
    result, _ = run(dataset, replace(BENCH, episodes=200), workspace)
    one = result.classes[0]
    assert (one.episodes, one.n, one.examples) == (200, 800, 8)
    low, high = one.interval
    assert low <= one.accuracy <= high
    assert high - low > 0.3  # eight examples say no more than that, however often they are asked about


def test_a_model_that_knows_the_answers_is_called_that(dataset, workspace):
    request = {"dataset": dataset.id, "recipe": Recipe(model="tiny-image", strategy="full", epochs=1).to_dict()}
    dataset.save(workspace)
    folder = RunFolder.create(workspace.runs, "train", "mine", request)
    assert run_job(folder, workspace, lambda: False).reason == "completed"
    own = replace(BENCH, model=f"run:{folder.id}", episodes=100)
    result, events = run(dataset, own, workspace)
    assert result.seen == 18  # a quarter of the 24 was held back
    assert "trained on 18 of these 24 examples" in str(only(Warned, events)[0].message)

    stranger = picture_dataset(workspace, each=8, seed=9)
    result, events = run(stranger, own, workspace)
    assert result.seen == 0
    assert only(Warned, events) == []


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"method": "guess"}, RecipeError, "Method must be one of nearest,"),
        ({"model": "tiny-imag"}, ModelError, "Did you mean 'tiny-image'?"),
        ({"model": "tiny-text"}, DataError, "is a model for messages, but 'shades' holds pictures"),
        ({"ways": 4}, DataError, "only 3 classes"),
        ({"queries": 7}, DataError, "With 3 classes there is room for 8"),
        ({"episodes": 1}, RecipeError, "between 2 and 10,000, not '1'"),
        ({"episodes": 10_001}, RecipeError, "not '10001'"),
        ({"seed": -1}, RecipeError, "Seed must be"),
        ({"seed": 2**32}, RecipeError, "Seed must be"),
    ],
)
def test_bad_requests_are_refused_before_anything_is_loaded(dataset, workspace, monkeypatch, changes, error, said):
    monkeypatch.setattr("core.models.trained.load_backbone", lambda *_: pytest.fail("the model was loaded"))
    with pytest.raises(error) as raised:
        run(dataset, replace(BENCH, **changes), workspace)
    assert said in str(raised.value)


def test_more_questions_than_anyone_can_wait_for_are_refused(workspace, tiny_models):
    examples = tuple(Example(f"{c}-{n}", str(c), f"{c}-{n}", "words") for c in range(10) for n in range(60))
    dataset = replace(message_dataset(workspace), examples=examples)
    with pytest.raises(DataError, match="5,000,000 queries in all would take too long"):
        run(dataset, FewShotDesign("tiny-text", "nearest", 10, 1, 50, 10_000), workspace)


def test_memory_stays_flat_however_many_episodes_there_are(monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(60, 32)).astype(np.float32)
    pool = Pool("x", {label: tuple((20 * c + n,) for n in range(20)) for c, label in enumerate("abc")}, 0)
    bench = replace(BENCH, episodes=50)
    episodes = [draw(pool, bench.shape, 0, number) for number in range(50)]
    monkeypatch.setattr(module, "_NUMBERS_AT_ONCE", 4 * 18 * 32)
    parts = [len(part) for part, _ in answer_all(vectors, episodes, bench.shape, METHODS["nearest"])]
    assert parts == [4] * 12 + [2]
    monkeypatch.setattr(module, "_NUMBERS_AT_ONCE", 1)  # an episode is never cut
    assert sum(len(part) for part, _ in answer_all(vectors, episodes, bench.shape, METHODS["nearest"])) == 50


def test_a_summary_is_plain_data(dataset, workspace):
    result, _ = run(dataset, BENCH, workspace)
    summary = json.loads(json.dumps(FEW_SHOT.table(BENCH, []).to_dict() | result.data))
    assert summary.items() >= asdict(BENCH).items()
    assert {"accuracy", "interval", "episode_range", "chance", "n", "classes", "seen", "left_out"} <= set(summary)
    assert "shown" not in summary
