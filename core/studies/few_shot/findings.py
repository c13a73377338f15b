"""How the few-shot bench went, in sentences: how often right, how sure that is, and what to bear in mind."""

from __future__ import annotations

from core.messages import Message, counted
from core.results.cells import share_of
from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.table import FewShotTable


def findings(table: FewShotTable) -> list[Message]:
    """The score first; only how far it came, where not all episodes were answered."""
    scored, design = table.scored, table.design
    if scored is None:
        if table.done is None:
            return []
        return [
            Message("{done} of {total} episodes were answered, with an accuracy of {accuracy:percent}.",
                    done=table.done.done, total=table.done.total, accuracy=table.done.accuracy)
        ]  # fmt: skip
    accuracy, low, high = (share_of(one, scored.n) for one in (scored.accuracy, *(scored.interval or (0.0, 0.0))))
    found = [
        (_SCORE if scored.interval else _UNBOUND).having(
            accuracy=accuracy, episodes=design.episodes, queries=scored.n, low=low, high=high,
            chance=scored.chance,
        ),
        Message(
            "19 of 20 single episodes lay between {low:percent} and {high:percent}: so much depends on which examples "
            "are shown. All were drawn from this one dataset; other examples may be easier or harder.",
            low=scored.episode_range[0], high=scored.episode_range[1],
        ),
    ]  # fmt: skip
    if METHODS[design.method].uses_queries:
        found.append(_TRANSDUCTIVE)
    if scored.left_out:
        found.append(
            counted(
                "{n} example was skipped: a copy of it lies in another class.",
                "{n} examples were skipped: copies of them lie in another class.",
                n=scored.left_out,
            )
        )
    return found


_SCORE = Message(
    "Accuracy {accuracy}: the mean of {episodes} episodes, {queries} queries in all (95\u00a0% confidence "
    "interval over episodes: {low} to {high}). The baseline (always the same class) reaches "
    "{chance:percent}."
)
_UNBOUND = Message(
    "Accuracy {accuracy}: the mean of {episodes} episodes, {queries} queries in all, too few episodes for "
    "an interval. The baseline (always the same class) reaches {chance:percent}."
)
_TRANSDUCTIVE = Message(
    "Uses your unlabelled test items: before it answered, it saw all the queries of an episode together "
    "(transductive). So compare it only with methods that may do that too."
)
