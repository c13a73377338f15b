"""The same example more than once: exactly, nearly, or under two labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence

from core.data.dataset import Dataset, Example
from core.data.findings import Exhibit, Finding, Remedy

_SHOWN = 24


def exact_duplicates(dataset: Dataset) -> list[Finding]:
    """Copies within a class. The first of each stays."""
    groups = _repeated(((e.id, e.label), e) for e in dataset.examples)
    copies = [(copy, group[0]) for group in groups for copy in group[1:]]
    if not copies:
        return []
    meaning = (
        "Copies teach nothing new. They always stay on one side, with those that teach or those that judge, so they do "
        "not falsify the score; without them training is a little faster and the counts are honest."
    )
    remedy = Remedy("exclude", "Leave the copies out", tuple(copy.key for copy, _ in copies))
    title = f"{_counted(len(copies))} of other examples"
    return [Finding("exact_duplicates", "look", title, meaning, len(copies), _exhibits(copies), (remedy,))]


def conflicting_labels(dataset: Dataset) -> list[Finding]:
    """The same example under different labels."""
    groups = [g for g in _repeated((e.id, e) for e in dataset.examples) if len({e.label for e in g}) > 1]
    if not groups:
        return []
    torn = [example for group in groups for example in group]
    shown = [(example, group[0]) for group in groups for example in group]
    meaning = (
        "The very same example stands in different classes, so whatever the model answers is wrong once. Decide where "
        "each belongs, or leave them out."
    )
    remedies = [Remedy("exclude", "Leave them all out", tuple(example.key for example in torn))]
    if len(groups) == 1:
        labels = Counter(example.label for example in torn)
        remedies += [
            Remedy("relabel", f"All of them are '{label}'", tuple(e.key for e in torn), label=label) for label in labels
        ]
    title = f"{len(groups)} examples stand in more than one class"
    return [Finding("conflicting_labels", "serious", title, meaning, len(torn), _exhibits(shown), tuple(remedies))]


def near_duplicates(dataset: Dataset) -> list[Finding]:
    """Examples that are nearly the same as another one; exact copies are counted elsewhere."""
    firsts = list({example.id: example for example in reversed(dataset.examples)}.values())[::-1]
    groups = _repeated((e.group, e) for e in firsts if e.group and not e.group.startswith("burst"))
    near = [(example, group[0]) for group in groups for example in group[1:]]
    if not near:
        return []
    meaning = (
        "They are nearly the same as another example: the same photo once more, frames of one burst, a changed copy. "
        "They stay on one side of the split, so the score stays honest, but they count for less than they seem to."
    )
    remedy = Remedy("exclude", "Leave the near-copies out", tuple(example.key for example, _ in near))
    title = f"{len(near)} examples are nearly the same as another"
    return [Finding("near_duplicates", "look", title, meaning, len(near), _exhibits(near), (remedy,))]


def _repeated(pairs: Iterable[tuple[Hashable, Example]]) -> list[list[Example]]:
    groups: dict[Hashable, list[Example]] = defaultdict(list)
    for key, example in pairs:
        groups[key].append(example)
    return [group for group in groups.values() if len(group) > 1]


def _exhibits(pairs: Sequence[tuple[Example, Example]]) -> tuple[Exhibit, ...]:
    return tuple(
        Exhibit(e.key, e.name, e.label, f"like {first.name}" if first is not e else "") for e, first in pairs[:_SHOWN]
    )


def _counted(n: int) -> str:
    return "One exact copy" if n == 1 else f"{n:,} exact copies"
