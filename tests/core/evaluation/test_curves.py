"""What is read out of learning curves, on curves drawn for the purpose."""

from __future__ import annotations

import pytest

from core.evaluation.curves import best_epoch, read_curves
from core.events import EpochEnd


def curves(train_loss, validation_loss, train_accuracy=None, validation_accuracy=None):
    """Epochs 0, 1, ...; accuracies follow from nothing and are given, or are 0.9 throughout."""
    n = len(train_loss)
    validation_loss = validation_loss or [None] * n
    a = train_accuracy or [0.9] * n
    b = validation_accuracy or [None if validation_loss[0] is None else 0.9] * n
    return [EpochEnd(e, n - 1, train_loss[e], a[e], validation_loss[e], b[e], float(e)) for e in range(n)]


def kinds(ends, n_train=100, n=100, baseline=0.25, kept=None):
    return [remark.kind for remark in read_curves(ends, n_train, n, baseline, kept)]


def said(ends, kind, n_train=100, n=100, baseline=0.25, kept=None):
    return next(str(r.message) for r in read_curves(ends, n_train, n, baseline, kept) if r.kind == kind)


MEMORISES = curves(
    [1.4, 0.9, 0.6, 0.4, 0.25, 0.15, 0.08, 0.04, 0.02],
    [1.4, 1.0, 0.8, 0.7, 0.68, 0.72, 0.80, 0.92, 1.05],
    [0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 1.0, 1.0, 1.0],
    [0.3, 0.6, 0.70, 0.74, 0.75, 0.76, 0.75, 0.75, 0.74],
)


def test_training_goes_on_while_validation_turns_back_is_learning_by_heart():
    assert kinds(MEMORISES) == ["overfits", "gap", "fluctuation"]
    words = said(MEMORISES, "overfits")
    assert "after epoch 4" in words
    assert "54\u00a0%" in words  # 1.05 against 0.68
    assert "has not fallen by more than chance" in words, "0.74 against 0.75"
    assert "Early stopping would keep the weights of epoch 4" in words


def test_tuning_that_only_hurt_is_said_to_have():
    """As partial tuning did on twenty photos a class, in the product."""
    ends = curves([0.03, 0.06, 0.04, 0.00], [0.57, 1.21, 1.03, 1.00], [1.0] * 4, [0.83, 0.68, 0.67, 0.73])
    assert kinds(ends, n=60)[0] == "only_hurt"
    words = said(ends, "only_hurt", n=60)
    assert "before the first epoch and has risen by 75\u00a0%" in words
    assert "Train only the last layer instead" in words


def test_it_says_when_the_best_weights_are_the_ones_that_were_kept():
    assert "are the ones that were kept" in said(MEMORISES, "overfits", kept=4)


def test_it_says_when_accuracy_fell_too():
    ends = curves([1, 0.5, 0.2, 0.1], [1, 0.5, 0.9, 1.3], validation_accuracy=[0.3, 0.9, 0.8, 0.7])
    assert "from 90\u00a0% to 70\u00a0%" in said(ends, "overfits")


@pytest.mark.parametrize(("n", "kind"), [(25, "converged"), (400, "overfits")])
def test_a_rise_that_few_examples_cannot_show_is_no_rise(n, kind):
    """15 % of a loss: the mean of 25 losses is known to about 20 % of itself, that of 400 to 5 %."""
    ends = curves([1, 0.5, 0.3, 0.2, 0.1], [1, 0.6, 0.6, 0.65, 0.69])
    assert kinds(ends, n=n)[0] == kind


def test_what_few_are_asked_after_each_epoch_is_known_as_little_as_few_tell():
    """Of 400 that judge at the end, 25 were looked at after each epoch."""
    ends = curves([1, 0.5, 0.3, 0.2, 0.1], [1, 0.6, 0.6, 0.65, 0.69], validation_accuracy=[0.3, 0.92, 0.9, 0.9, 0.88])
    found = {remark.kind: str(remark.message) for remark in read_curves(ends, 100, 400, 0.25, n_each=25)}
    assert "overfits" not in found and "converged" in found
    assert "1 of 25 examples" in found["fluctuation"]


def test_a_loss_that_falls_to_the_last_asks_for_more_epochs():
    ends = curves([1.4, 1.2, 1.0, 0.9, 0.8], [1.4, 1.25, 1.1, 1.0, 0.9])
    assert kinds(ends)[0] == "still_improving"
    assert "18\u00a0% over the last 2 epochs" in said(ends, "still_improving")


def test_a_loss_that_has_levelled_off_does_not():
    ends = curves([1.4, 0.8, 0.5, 0.40, 0.38, 0.37], [1.4, 0.9, 0.62, 0.61, 0.60, 0.60])
    assert kinds(ends)[0] == "converged"
    assert "since epoch 2" in said(ends, "converged")


def test_what_was_there_before_the_first_epoch_is_said_to_have_been():
    ends = curves([0.5, 0.48, 0.47, 0.46], [0.61, 0.60, 0.60, 0.60])
    assert "before the first epoch" in said(ends, "converged")


def test_a_training_loss_that_rises_for_good_means_corrections_too_big():
    ends = curves([1.4, 0.6, 0.5, 1.6, 1.9], [1.4, 0.7, 0.6, 1.7, 2.0])
    assert kinds(ends)[0] == "diverged"
    assert "fallen to 0.50, then rose to 1.90" in said(ends, "diverged")


def test_one_bad_step_of_the_training_loss_is_not_that():
    ends = curves([1.4, 0.6, 0.5, 0.4, 1.2], [1.4, 0.7, 0.6, 0.5, 0.5])
    assert "diverged" not in kinds(ends)


def test_validation_rises_and_training_stands():
    ends = curves([1.0, 0.50, 0.50, 0.50, 0.50], [1.0, 0.5, 0.6, 0.7, 0.7])
    assert kinds(ends)[0] == "got_worse"


def test_no_better_than_guessing_on_either_is_not_learning():
    flat = [0.25] * 4
    assert kinds(curves([1.4] * 4, [1.4] * 4, flat, flat)) == ["not_learning"]


def test_few_judges_cannot_tell_learning_from_guessing():
    """7 of 10 against a half, where 80 % of what taught was right: that is no sign of overfitting."""
    ends = curves([1.0, 0.9, 0.8, 0.7], [1.0] * 4, [0.5, 0.6, 0.7, 0.8], [0.4, 0.5, 0.6, 0.7])
    assert kinds(ends, n_train=30, n=10, baseline=0.5) == ["inconclusive"]
    assert "Right on 70\u00a0% of 10" in said(ends, "inconclusive", n_train=30, n=10, baseline=0.5)


def test_right_on_its_own_and_guessing_on_others_is_learning_by_heart():
    ends = curves([1.4, 0.5, 0.1, 0.05], [1.4, 1.5, 1.6, 1.7], [0.2, 0.8, 1, 1], [0.25, 0.3, 0.28, 0.3])
    assert kinds(ends)[0] == "memorised"
    assert "gap" not in kinds(ends), "it is said already"


@pytest.mark.parametrize(("n", "kind"), [(12, "no_gap"), (200, "gap")])
def test_a_gap_is_one_only_where_the_examples_are_enough_to_show_it(n, kind):
    """95 of 100 against 83 %: 10 of 12 may be the same, 166 of 200 may not."""
    steady = [0.83] * 4
    ends = curves([1, 0.5, 0.4, 0.4], [1, 0.6, 0.5, 0.5], [0.95] * 4, steady)
    assert kinds(ends, n=n)[1] == kind


def test_lessons_may_be_harder_than_the_examination():
    ends = curves([1, 0.5, 0.4, 0.4], [1, 0.4, 0.3, 0.3], [0.6] * 4, [0.9] * 4)
    assert kinds(ends)[1] == "negative_gap"


def test_a_better_epoch_on_the_way_is_put_in_its_place():
    ends = curves([1, 0.5, 0.4, 0.4], [1, 0.5, 0.5, 0.5], validation_accuracy=[0.3, 0.86, 0.8, 0.82])
    words = said(ends, "fluctuation", n=50)
    assert "Epoch 1 was right on 86\u00a0%" in words
    assert "2 of 50" in words


def test_a_better_epoch_that_really_was_is_not_called_chance():
    ends = curves([1, 0.5, 0.4, 0.4], [1, 0.5, 0.5, 0.5], validation_accuracy=[0.3, 0.95, 0.8, 0.7])
    assert "fluctuation" not in kinds(ends, n=200)


def test_where_nobody_judged_only_that_is_said():
    assert kinds(curves([1, 0.5, 0.2], None), n=0) == ["not_validated"]


def test_two_points_are_no_curve():
    assert kinds(curves([1, 0.5], [1, 0.5])) == []


def test_the_best_epoch_has_the_lowest_validation_loss_and_of_equals_is_the_first():
    assert best_epoch(curves([1, 1, 1, 1], [0.9, 0.4, 0.4, 0.5])) == 1
    assert best_epoch(curves([1, 1], None)) is None


def test_never_more_than_three_and_always_what_happened_first():
    story = {
        "overfits", "converged", "still_improving", "got_worse", "diverged", "memorised", "not_learning",
        "inconclusive", "only_hurt",
    }  # fmt: skip
    for ends in (MEMORISES, curves([1, 0.5, 0.4], [1, 0.5, 0.4]), curves([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])):
        found = kinds(ends)
        assert len(found) <= 3
        assert found[0] in story


def test_a_loss_near_zero_that_one_answer_makes_larger_is_no_overfitting():
    right = [0.8, 1, 1, 0.99, 0.99]
    ends = curves([0.5, 0.05, 0.01, 0.005, 0.002], [0.5, 0.05, 0.008, 0.015, 0.02], [0.8, 1, 1, 1, 1], right)
    assert "overfits" not in kinds(ends, n=400)


def test_one_remark_does_not_contradict_another():
    losses = [1.0, 0.6, 0.4, 0.3, 0.2, 0.1], [1.0, 0.7, 0.6, 0.8, 1.1, 1.5]
    found = kinds(curves(*losses, [0.9] * 6, [0.9] * 6), n=400)
    assert "overfits" in found and "no_gap" not in found
