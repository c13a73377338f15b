"""Classes of very different size."""

from __future__ import annotations

from core.data.findings import Finding
from core.doctor.case import Case, in_hundred
from core.doctor.few_examples import FEW

TIMES = 5.0


def imbalance(case: Case) -> list[Finding]:
    """The largest class has at least TIMES as many examples as the smallest (those with fewer than FEW aside)."""
    counts = {label: count for label, count in case.dataset.counts.items() if count >= FEW}
    if len(counts) < 2:
        return []
    small, large = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    times = counts[large] / counts[small]
    if times < TIMES:
        return []
    return [
        Finding(
            "imbalance",
            "look",
            f"'{large}' has {counts[large]:,} examples, '{small}' only {counts[small]:,}",
            f"Whoever always says '{large}' is already right {in_hundred(counts[large] / len(case.labels))}, and a "
            f"model learns to say it too often. Add examples of '{small}' and other small classes, or look at the "
            "result of every class by itself, not only at the overall number.",
            sum(count * TIMES <= counts[large] for count in counts.values()),
        )
    ]
