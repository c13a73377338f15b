"""What a run cannot do, as its own figures say."""

from dataclasses import replace

import pytest

from core.data.findings import FINDINGS, Finding, save_findings
from core.messages import Message
from core.report.contents import Contents
from core.report.limits import limits
from core.results.finished_run import FinishedRun
from tests.core.report.making import hostile_messages, without_judges
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import picture_dataset


def said(run, workspace) -> str:
    return "\n".join(map(str, limits(Contents(FinishedRun.open(run.id, workspace)))))


def test_few_evaluated_examples_are_told_with_the_interval(workspace, tiny_models):
    few = said(finished_run(workspace, messages(workspace, each=40), wrong=(1,)), workspace)
    assert "evaluated on only 20 messages" in few and "between 76\u00a0% and 99\u00a0%" in few
    many = said(finished_run(workspace, messages(workspace, each=240), wrong=(1,)), workspace)
    assert "evaluated on only" not in many


def test_a_model_no_better_than_the_baseline_is_called_so(workspace, tiny_models):
    dataset = messages(workspace, each=40)
    assert "not clearly better" in said(finished_run(workspace, dataset, wrong=range(8)), workspace)
    assert "not clearly better" not in said(finished_run(workspace, dataset, wrong=range(2)), workspace)


def test_classes_with_few_examples_are_named(workspace, tiny_models):
    dataset = hostile_messages(workspace, harm=["large", "small"], each=60)
    thin = replace(dataset, examples=dataset.examples[:60] + dataset.examples[60:68])
    thin.save(workspace)
    told = said(finished_run(workspace, thin), workspace)
    assert "It was evaluated on fewer than 10 examples of these classes, so little is known about each: small." in told
    assert "It was trained on fewer than 10 examples of these classes: small." in told
    few = hostile_messages(workspace, harm=["a", "b"], each=8)
    told = said(finished_run(workspace, few), workspace)
    assert "It was evaluated on fewer than 10 examples of each class" in told
    assert "It was trained on fewer than 10 examples of each class." in told


def test_a_class_without_evaluation_is_named(workspace, tiny_models):
    dataset = hostile_messages(workspace, harm=["many", "more", "one"], each=20)
    alone = replace(dataset, examples=dataset.examples[:41])
    alone.save(workspace)
    assert "as none of their examples is in the validation set: one." in said(finished_run(workspace, alone), workspace)


def test_near_copies_among_the_evaluated_are_counted(workspace, tiny_models):
    grouped = messages(workspace, each=40, groups={i: f"g{i // 8}" for i in range(0, 80, 2)})
    told = said(finished_run(workspace, grouped), workspace)
    assert "are copies or near-copies of others" in told


def test_a_shortcut_is_a_limit_and_a_note_is_none(workspace, tiny_models):
    dataset = messages(workspace, each=40)
    run = finished_run(workspace, dataset)
    (workspace.datasets / dataset.id / FINDINGS).unlink()
    assert "The data was not checked for copies" in said(run, workspace)
    found = [
        Finding("shortcut", "serious", Message("A border gives it away"), Message("m"), 1),
        Finding("tiny", "note", Message("Tiny"), Message("m"), 1),
    ]
    save_findings(dataset.id, workspace, found, complete=False)
    told = said(run, workspace)
    assert "A border gives it away. The model may have learnt just that." in told and "Tiny" not in told
    assert "The data check is incomplete" in told


@pytest.mark.parametrize(("modality", "untested"), [("image", "Other cameras"), ("text", "Other writers")])
def test_what_was_not_tested_is_always_said(modality, untested, workspace, tiny_models):
    dataset = picture_dataset(workspace) if modality == "image" else messages(workspace, each=12)
    dataset.save(workspace)
    told = said(finished_run(workspace, dataset), workspace)
    assert untested in told and "none of these" in told and "No decision about a person" in told
    assert f"It knows these {len(dataset.classes)} classes and nothing else" in told


def test_no_example_was_held_back(workspace, tiny_models):
    run = without_judges(finished_run(workspace, messages(workspace, each=12)))
    told = said(run, workspace)
    assert told.startswith("It was not evaluated") and "on only" not in told


def test_of_many_names_some_are_named(workspace, tiny_models):
    dataset = hostile_messages(workspace, harm=[*"abcdef", "many", "more"], each=20)
    few = [e for e in dataset.examples if e.label in ("many", "more") or int(e.id.rsplit("-")[1]) < 8]
    thin = replace(dataset, examples=tuple(few))
    thin.save(workspace)
    assert "of these classes: a, b, c, d, and 2 more." in said(finished_run(workspace, thin), workspace)
