"""The same file or message more than once in a class."""

from __future__ import annotations

from collections import defaultdict

from core.data.dataset import SPLITS
from core.data.findings import Finding
from core.doctor.case import Case


def exact_duplicates(case: Case) -> list[Finding]:
    """All copies within one class but the one to keep: the first of those that judge, if any does."""
    examples = case.dataset.examples
    copies: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        copies[example.id, example.label].append(i)
    kept_for: dict[int, int] = {}
    for same in copies.values():
        kept = max(same, key=lambda i: (SPLITS.index(examples[i].split or "train"), -i))
        kept_for.update((i, kept) for i in same if i != kept)
    if not kept_for:
        return []
    extra = sorted(kept_for)
    return [
        Finding(
            "exact_duplicates",
            "look",
            f"{case.many(len(extra))} {'is' if len(extra) == 1 else 'are'} in the set twice or more",
            "They are exact copies within their class. A copy teaches nothing new, and it makes its class seem larger "
            "than it is. All copies stay on the same side of the split, so they cannot make the result look better "
            "than it is. Best leave them out; one of each stays.",
            len(extra),
            case.exhibits(extra, lambda i: f"copy of {examples[kept_for[i]].name}"),
            (case.leave_out(extra, "Leave the copies out, keep one of each"),),
        )
    ]
