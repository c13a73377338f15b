"""What is said of a score."""

from core.evaluation.scores import class_scores, confusion_matrix
from core.events import CrossValidated
from core.modalities import get_modality
from core.report.contents import Contents
from core.results.cells import shown_difference
from core.results.finished_run import FinishedRun
from core.results.score import evaluated_on, headline, on_classes, on_cross_validation, on_near_copies
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
    assert "its accuracy is not known" in str(headline(opened(without_judges(alone), workspace)))


def test_cross_validation_and_copies_count():
    found = CrossValidated(0.8, (0.7, 0.9), 60, 5, 1)
    assert "60 messages were divided into 5 parts. Each" in str(on_cross_validation(found, get_modality("text")))
    again = CrossValidated(0.8, (0.7, 0.9), 60, 5, 2)
    assert "5 parts, 2 times. Each" in str(on_cross_validation(again, get_modality("text")))
    assert str(on_near_copies(1)).startswith("1 of the examples it was evaluated on is a copy")


def missed(**found):
    """What is said where so many of each class were found, of so many: `a=(2, 30)`."""
    truths = [label for label, (_, n) in found.items() for _ in range(n)]
    answers = [label if k < right else "other" for label, (right, n) in found.items() for k in range(n)]
    classes = [*found, "other"]
    truths, answers = [*truths, "other"], [*answers, "other"]
    return str(on_classes(class_scores(confusion_matrix(answers, truths, classes), classes)))


def test_a_class_that_a_high_accuracy_hides_is_named():
    assert missed(no=(118, 120), yes=(2, 30)).startswith("**“yes” (2 of 30) is hardly ever found.**")
    two = missed(a=(5, 40), b=(0, 9))
    assert two.startswith("**2 classes are hardly ever found**, worst of all “b” (0 of 9) and “a” (5 of 40).")
    assert missed(no=(118, 120), yes=(15, 30)) == "" == missed(yes=(0, 2)), "that may be luck"


def test_a_class_without_an_evaluated_example_is_named():
    found = class_scores(confusion_matrix(["cup", "cup"], ["cup", "cup"], ["ball", "cup"]), ["ball", "cup"])
    assert str(on_classes(found)).startswith("**“ball” was never checked:**")
    several = class_scores(confusion_matrix(["cup"], ["cup"], ["a", "b", "cup"]), ["a", "b", "cup"])
    assert str(on_classes(several)).startswith("**2 classes were never checked** (“a” and “b”)")


def test_it_stands_in_report_and_card(workspace, tiny_models):
    run = opened(finished_run(workspace, messages(workspace, each=40), wrong=range(20)), workspace)
    assert "hardly ever found" in str(Contents(run).headline)


def test_a_difference_fits_the_shares_that_it_stands_beside():
    assert round(shown_difference(0.854, 0.586), 2) == 0.26  # 85 % and 59 %, not 27 points apart
    assert round(shown_difference(0.614, 0.606), 3) == 0.008  # both are 61 %
