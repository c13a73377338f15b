"""What is said of a score."""

from core.events import CrossValidated
from core.modalities import get_modality
from core.results.finished_run import FinishedRun
from core.results.score import evaluated_on, headline, on_cross_validation, on_near_copies
from tests.core.report.making import with_final_test, without_judges
from tests.core.studies.comparison.making import finished_run, messages


def opened(run, workspace):
    return FinishedRun.open(run.id, workspace)


def test_it_is_a_sentence_with_size_interval_and_baseline(workspace, tiny_models):
    run = opened(finished_run(workspace, messages(workspace, each=40), wrong=(0, 3, 4)), workspace)
    assert str(headline(run)) == (
        "**85\u00a0%** accuracy: **17** of 20 messages were classified correctly (95\u00a0% confidence interval "
        "64-95\u00a0%). The baseline, always predicting the most frequent class (“no”), reaches 50\u00a0%."
    )
    assert "never trained on them" in str(evaluated_on(run))


def test_it_says_which_examples_and_whether_they_were_used_to_choose(workspace, tiny_models):
    dataset = messages(workspace, each=40)
    chosen = finished_run(workspace, dataset, chosen=True)
    assert "best epoch (3) was chosen" in str(evaluated_on(opened(chosen, workspace)))
    assert str(evaluated_on(opened(with_final_test(chosen), workspace))).startswith("Test set: 20 messages")
    alone = finished_run(workspace, dataset)
    assert "cannot be said" in str(headline(opened(without_judges(alone), workspace)))


def test_cross_validation_and_copies_count():
    found = CrossValidated(0.8, (0.7, 0.9), 60, 5, 1)
    assert "60 messages were divided into 5 parts, and" in str(on_cross_validation(found, get_modality("text")))
    again = CrossValidated(0.8, (0.7, 0.9), 60, 5, 2)
    assert "5 parts, 2 times, and" in str(on_cross_validation(again, get_modality("text")))
    assert str(on_near_copies(1)).startswith("1 of the examples it was evaluated on is a copy")
