"""The field's terms, each with what it means in plain words, and where it is met in this program.

One glossary for all front ends: pages explain a term beside the heading where it is first met, the report at its end.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.messages import Message


@dataclass(frozen=True, slots=True)
class Term:
    """A term, its meaning in a sentence or two, and where one meets it on the pages."""

    name: Message
    meaning: Message
    where: Message


TERMS: dict[str, Term] = {
    "example": Term(
        Message("example"),
        Message("One picture, message, recording or row with the class that a person gave it."),
        Message("On the Data page you see all of them."),
    ),
    "class": Term(
        Message("class"),
        Message("One of the answers it can give, such as “bird”."),
        Message("Each folder or label of your data is one."),
    ),
    "pretrained": Term(
        Message("pretrained model"),
        Message("A network that has learnt from many other examples before, and brings what it knows."),
        Message("You choose one before you train."),
    ),
    "fine_tuning": Term(
        Message("fine-tuning"),
        Message("To train a pretrained model a bit more, on your own examples. What it learnt before is put to a new "
                "use: transfer learning."),
        Message("The method says how much of the model may change."),
    ),
    "scratch": Term(
        Message("from scratch"),
        Message("Without pretraining: the network begins with random numbers."),
        Message("It shows what pretraining is worth."),
    ),
    "training": Term(
        Message("training set"),
        Message("The examples it was trained on."),
        Message("Its curve is the solid blue line."),
    ),
    "validation": Term(
        Message("validation set"),
        Message("Examples that check the model: it was never trained on them."),
        Message("Its curve is the dashed orange line."),
    ),
    "test": Term(
        Message("test set"),
        Message("Examples that were kept until the very end, so that no choice was made by looking at them."),
        Message("You can reserve one on the Data page."),
    ),
    "accuracy": Term(
        Message("accuracy"),
        Message("The share of answers that are correct."),
        Message("It is the large number of a result."),
    ),
    "interval": Term(
        Message("95\u00a0% confidence interval"),
        Message("Another random choice of examples would give another score. The interval is made by a rule that "
                "catches the true score 95 times in 100."),
        Message("It stands beside every accuracy, and is a thin line in charts."),
    ),
    "baseline": Term(
        Message("baseline"),
        Message("Always predicting the class that is most frequent in the training set. A model must beat that."),
        Message("It is the dotted grey line."),
    ),
    "loss": Term(
        Message("loss"),
        Message("How wrong the model is, counting how confident it was. Training makes it smaller."),
        Message("It is drawn beside the accuracy while a model is trained."),
    ),
    "epoch": Term(
        Message("epoch"),
        Message("Once through all training examples."),
        Message("Each point of a learning curve is one."),
    ),
    "learning_rate": Term(
        Message("learning rate"),
        Message("How big each step of the training is. Too small: it hardly learns. Too big: it never settles."),
        Message("It is a setting of the methods that train in steps."),
    ),
    "overfitting": Term(
        Message("overfitting"),
        Message("The model gets better on its training examples, but not on new ones."),
        Message("The two lines of the learning curves drift apart."),
    ),
    "confusion": Term(
        Message("confusion matrix"),
        Message("A table that counts, for each actual class, what was predicted. What is right lies on the diagonal."),
        Message("A click on a number opens the examples behind it."),
    ),
    "recall": Term(
        Message("recall"),
        Message("Of the examples of a class, the share that was recognised."),
        Message("It is low for a class that is often missed."),
    ),
    "precision": Term(
        Message("precision"),
        Message("Of the answers naming a class, the share that was correct."),
        Message("It is low for a class that is named too often."),
    ),
    "confidence": Term(
        Message("confidence"),
        Message("How likely the model thinks its answer is, from 0 to 100\u00a0%."),
        Message("It is the bar beside each answer."),
    ),
    "calibration": Term(
        Message("calibration"),
        Message("A well calibrated model is right as often as it says: 8 times in 10 where it is 80\u00a0% confident."),
        Message("The points then lie on the dotted line."),
    ),
    "cross_validation": Term(
        Message("cross-validation"),
        Message("The examples are divided into parts, and each part in turn validates a model trained on the others."),
        Message("It shows how much a score depends on the split."),
    ),
    "leakage": Term(
        Message("data leakage"),
        Message("Something about the validation examples was known in training, such as a copy of them. The score is "
                "then too high."),
        Message("The data check looks for it."),
    ),
    "seed": Term(
        Message("seed"),
        Message("The number that all random choices follow from. The same seed gives the same result again."),
        Message("Several seeds show how much is chance."),
    ),
    "p_value": Term(
        Message("p-value"),
        Message("How often chance alone would make a difference at least this large. Below 0.05 it is usually called "
                "clear."),
        Message("It stands beside the verdict."),
    ),
    "selection": Term(
        Message("selection bias"),
        Message("Of several that were tried, the best was also lucky. So its score is a little too high."),
        Message("A test set that nobody chose by is free of it."),
    ),
    "augmentation": Term(
        Message("augmentation"),
        Message("Every example is changed a little each time it is seen: cropped, mirrored, a word removed."),
        Message("The form shows what your examples become."),
    ),
    "ensemble": Term(
        Message("ensemble"),
        Message("Several models answer, and the average of their answers counts."),
        Message("Here it is several last layers."),
    ),
    "episode": Term(
        Message("episode"),
        Message("A small test: a few classes, a few examples of each, and others to classify."),
        Message("The shelves show one."),
    ),
    "shots": Term(
        Message("shots, queries"),
        Message("Shots are the examples of a class that the model is shown (support set). Queries are those that it "
                "must classify."),
        Message("Shots stand first on each shelf, then come the queries."),
    ),
    "embedding": Term(
        Message("embedding"),
        Message("The list of numbers that a model makes of an example. Examples that look alike to it have similar "
                "lists."),
        Message("The map shows each as a point."),
    ),
    "forecast": Term(
        Message("extrapolation"),
        Message("A curve is extended beyond what was measured. The further, the less certain."),
        Message("It is the dotted part of the curve."),
    ),
}  # fmt: skip
"""By their keys, in the order in which somebody new meets them."""


def terms(*keys: str) -> list[Term]:
    """Those terms, or all of them; KeyError for one that is not explained."""
    return [TERMS[key] for key in keys or TERMS]
