"""Each alone and all together, with a network of a few hundred parameters."""

from __future__ import annotations

import json

import pytest

from core.data.dataset import Example
from core.errors import DataError, RecipeError
from core.events import Progress
from core.hardware import note_speed
from core.studies.events import GiverAnswered, GiversDivided
from core.studies.pooled import POOLED
from core.studies.pooled.design import POOLED_STRATEGIES, PooledDesign
from core.training.spec.recipe import Recipe
from tests.core.studies.making import run_study
from tests.core.studies.pooled.making import given_by
from tests.helpers import only, picture_dataset, run_training

GIVERS = ("ana", "ben", "cleo", "dan")


@pytest.mark.parametrize("strategy", ["nearest", "full"])
def test_everybody_is_asked_by_all_who_did_not_meet_them(workspace, tiny_models, strategy):
    dataset = given_by(picture_dataset(workspace, each=8), GIVERS)
    complete, events, _ = run_study("pooled", PooledDesign("tiny-image", strategy), dataset, workspace)
    assert complete
    (divided,) = only(GiversDivided, events)
    assert sorted(divided.groups) == [(giver,) for giver in GIVERS] and divided.alone == GIVERS
    found = [(one.learnt, one.tested) for one in only(GiverAnswered, events)]
    assert sorted(found) == sorted(
        [("", giver) for giver in GIVERS] + [(one, other) for one in GIVERS for other in GIVERS if one != other]
    )
    assert {len(one.right) for one in only(GiverAnswered, events)} == {6}
    assert only(Progress, events)[-1].done == 8


def test_an_answer_is_that_of_training_on_these_examples(workspace, tiny_models):
    """A model alone is what training on a dataset gives that came divided so."""
    dataset = given_by(picture_dataset(workspace, each=8), GIVERS)
    _, events, _ = run_study("pooled", PooledDesign("tiny-image"), dataset, workspace)
    asked = next(one for one in only(GiverAnswered, events) if (one.learnt, one.tested) == ("ben", "dan"))
    parts = {"ben": "train", "dan": "validation"}
    examples = tuple(
        Example(one.id, one.label, one.name, split=parts[one.source]) for one in dataset.examples if one.source in parts
    )
    _, result = run_training(type(dataset)("two", "image", examples, dataset.store), Recipe("tiny-image", "head"),
                             workspace)  # fmt: skip
    assert asked.right == "".join("1" if answer.right else "0" for answer in result.answers)


def test_stopped_it_keeps_what_was_answered(workspace, tiny_models):
    dataset, asked = given_by(picture_dataset(workspace), GIVERS), []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 10

    complete, events, _ = run_study("pooled", PooledDesign("tiny-image", "full"), dataset, workspace, stop)
    assert not complete and len(only(GiverAnswered, events)) < 16


def test_it_says_how_long_it_takes_once_the_model_was_measured(workspace, tiny_models):
    dataset, design = given_by(picture_dataset(workspace), GIVERS), PooledDesign("tiny-image")
    assert POOLED.plan(design, dataset, workspace).seconds is None
    note_speed(workspace, "tiny-image", "embed", 100, 1.0)
    assert POOLED.plan(design, dataset, workspace).seconds > 0
    assert "of each of 4 givers alone" in str(POOLED.plan(design, dataset, workspace).summary)


def test_what_it_lacks_is_said_before_it_begins(workspace, tiny_models):
    with pytest.raises(DataError, match="at least 3 givers"):
        POOLED.plan(PooledDesign("tiny-image"), picture_dataset(workspace), workspace)
    with pytest.raises(RecipeError) as error:
        PooledDesign("", "auto", groups=2, least=0)
    for said in ("No model", "auto", "Groups of givers", "Fewest examples"):
        assert said in str(error.value), said
    design = PooledDesign("m", "nearest", 4, 2, 6)
    assert PooledDesign.from_dict(design.to_dict()) == design and "auto" not in POOLED_STRATEGIES


def test_the_verb_tells_both_tables_and_what_was_found(cli, workspace, tiny_models):
    dataset = given_by(picture_dataset(workspace, each=8), GIVERS)
    dataset.save(workspace)
    status, lines, _ = cli("pooled", f"dataset:{dataset.id}", "--model", "tiny-image")
    assert status == 0
    said = "\n".join(lines)
    assert "one giver alone" in said and "Giver by giver" in said and "cleo" in said
    assert "with examples by somebody new" in said
    status, lines, _ = cli("pooled", f"dataset:{dataset.id}", "--model", "tiny-image", "--json")
    result = json.loads(lines[-1])["result"]
    assert [row["giver"] for row in result["givers"]] and len(result["sentences"]) == 2
