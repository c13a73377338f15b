"""What everybody gathered, together: one dataset in which each example knows who gave it.

The giver is the example's *source*, so no split divides them (see `Dataset.blocks`): a model is never checked on the
pictures of somebody whose others it was trained on, as it would be used.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from core.classroom.handing import HANDED, bring
from core.classroom.room import ClassRoom, Member
from core.data.dataset import Dataset, Example, kept_datasets
from core.data.store import filling
from core.data.versions import latest_versions
from core.errors import DataError, UserError
from core.messages import Message
from core.workspace import Workspace

GIVERS = "givers"
"""The key of `dataset.json` that says how many students a pooled dataset is of."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """The dataset, who gave to it, and who did not and why."""

    dataset: str
    examples: int
    givers: tuple[Member, ...]
    left_out: tuple[Message, ...]


def pool(room: ClassRoom, title: str, home: Workspace) -> Pooled:
    """Put together the newest own dataset of each student, of the kind of example that most have, in `home`. DataError
    where fewer than two have any."""
    own = {member.id: _own(room.workspace_of(member)) for member in room.members}
    kinds = Counter(found.modality for found in own.values() if found)
    kind = kinds.most_common(1)[0][0] if kinds else ""
    if kinds[kind] < 2:
        raise DataError(
            Message("Fewer than two students have examples of their own."),
            Message("Samples and what the teacher gave do not count."),
        )
    examples: list[Example] = []
    givers, left_out = [], []
    with filling(home):
        for member in room.members:
            found = own[member.id]
            if found is None or found.modality != kind:
                why = Message("no examples of their own") if found is None else Message("another kind of example")
                left_out.append(Message("{name}: {why}", name=member.called, why=why))
                continue
            for one in found.examples:
                for file in found.kind.files(one.id, found.store):
                    bring(file, home.examples / file.relative_to(found.store))
            giver = str(member.called)
            examples += [replace(one, name=f"{giver}/{one.name}", source=giver, split=None) for one in found.examples]
            givers.append(member)
        made = Dataset(title, kind, tuple(examples), home.examples)
        made.save(home, {GIVERS: len(givers)})
    return Pooled(made.id, len(examples), tuple(givers), tuple(left_out))


def last_pooled(home: Workspace) -> str | None:
    """The id of the newest dataset that was pooled, as it is now; None where there is none."""
    pooled = {dataset_id for dataset_id, about in kept_datasets(home) if about.get(GIVERS)}
    for dataset_id, about in latest_versions(home):
        if about.get("lineage", {}).get("root", dataset_id) in pooled:
            return dataset_id
    return None


def _own(home: Workspace) -> Dataset | None:
    """The newest dataset that somebody gathered: no sample, none that came in a project or from the teacher."""
    for dataset_id, about in latest_versions(home):
        if about.get("sample") or about.get(HANDED):
            continue
        try:
            found = Dataset.load(dataset_id, home)
        except UserError:  # it is damaged, as its owner is told
            continue
        if not (found.foreign or found.reduced):
            return found
    return None
