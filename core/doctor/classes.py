"""Whether the classes can be learnt and judged: how many examples they have, and how they are spelt."""

from __future__ import annotations

import unicodedata
from collections import defaultdict

from core.data.dataset import Dataset
from core.data.findings import Finding, Remedy

FEW = 5
"""With fewer different examples a class can hardly be judged."""
UNEVEN = 5
"""So many times larger than the smallest is the largest class of an uneven set."""


def few_examples(dataset: Dataset) -> list[Finding]:
    """Classes with fewer than FEW different examples."""
    different = defaultdict(set)
    for example, cluster in zip(dataset.examples, dataset.clusters, strict=True):
        different[example.label].add(cluster)
    few = [label for label in dataset.classes if len(different[label]) < FEW]
    if not few:
        return []
    meaning = (
        f"{_named(few)}: fewer than {FEW} examples that differ from each other. The model can learn from them, but "
        "with so few left to judge, nobody can say how well. Add more if you can."
    )
    return [Finding("few_examples", "look", f"{len(few)} classes have very few examples", meaning, len(few))]


def imbalance(dataset: Dataset) -> list[Finding]:
    """One class UNEVEN times as large as another."""
    smallest, largest = (pick(dataset.counts, key=dataset.counts.__getitem__) for pick in (min, max))
    small, large = dataset.counts[smallest], dataset.counts[largest]
    if large < UNEVEN * small:
        return []
    meaning = (
        f"'{largest}' has {large:,} examples, '{smallest}' has {small:,}. A model that mostly answers '{largest}' "
        "looks better than it is: compare its score with always guessing the commonest class."
    )
    return [Finding("imbalance", "look", "The classes are of very different size", meaning, len(dataset.classes))]


def label_twins(dataset: Dataset) -> list[Finding]:
    """Labels that differ in capitals, spaces or signs only."""
    alike = defaultdict(list)
    for label in dataset.classes:
        alike[_plain(label)].append(label)
    found = []
    for plain, twins in alike.items():
        if len(twins) > 1 and len(plain) > 1:  # "A" and "a" are different letters
            commonest = max(twins, key=dataset.counts.__getitem__)
            meaning = "They differ in capitals, spaces or signs only. If they mean the same, join them."
            remedy = Remedy("merge", f"Join them as '{commonest}'", labels=tuple(twins), label=commonest)
            title = f"{_named(twins)} may be one class"
            found.append(Finding("label_twins", "serious", title, meaning, len(twins), remedies=(remedy,)))
    return found


def _plain(label: str) -> str:
    folded = unicodedata.normalize("NFKC", label).casefold()
    return "".join(char for char in folded if char.isalnum()) or folded.strip()


def _named(labels: list[str]) -> str:
    return ", ".join(f"'{label}'" for label in labels[:5]) + (" and others" if len(labels) > 5 else "")
