"""Classes with very few examples."""

from __future__ import annotations

from core.data.findings import Finding
from core.doctor.case import Case, named

FEW = 5


def few_examples(case: Case) -> list[Finding]:
    """Classes with fewer than FEW different examples. A look; serious where there is only one."""
    counts = different(case)
    few = [label for label, count in counts.items() if count < FEW]
    if not few:
        return []
    alone = [label for label in few if counts[label] == 1]
    what = f"{named(few)} {'have' if len(few) > 1 else 'has'} fewer than {FEW} different examples"
    meaning = "From so few a model can hardly learn what belongs to a class and what is chance."
    if alone:
        meaning += (
            f" {named(alone)} {'have' if len(alone) > 1 else 'has'} a single one: it is learnt from, "
            "but then nothing is left to check the answer with."
        )
    firsts = [case.labels.index(label) for label in few]
    return [
        Finding(
            "few_examples",
            "serious" if alone else "look",
            what,
            f"{meaning} Add more, ten or better twenty of each, with different backgrounds, sizes and wordings.",
            len(few),
            case.exhibits(firsts, lambda i: f"one of {counts[case.labels[i]]}"),
        )
    ]


def different(case: Case) -> dict[str, int]:
    """Examples per class, in the order of the classes, where copies and near-copies count as one."""
    clusters: dict[str, set[str]] = {label: set() for label in case.dataset.classes}
    for label, cluster in zip(case.labels, case.dataset.clusters, strict=True):
        clusters[label].add(cluster)
    return {label: len(own) for label, own in clusters.items()}
