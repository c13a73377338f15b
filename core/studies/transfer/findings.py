"""What an experiment showed: what the pretraining gave, and what getting more out of the same examples gave.

A difference is called one only when its 95 % interval lies on one side of zero.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.evaluation.repeated_splits import Estimate
from core.messages import NOTHING, Message, sentences
from core.results.cells import points
from core.studies.splits import FEWEST_SPLITS
from core.studies.transfer.table import TransferTable


def findings(table: TransferTable) -> list[Message]:
    """One about each of the two; a single sentence while there is not enough to go by."""
    effects = {name: found for name, found in table.effects().items() if found and found.repeats >= FEWEST_SPLITS}
    if "transfer" not in effects:
        return [Message("After fewer than {n} splits nothing can be told: the next may reverse it.", n=FEWEST_SPLITS)]
    compared = ("transfer", "transfer_when_harder", "harder_transferred", "harder_scratch")
    nothing = not any(effects[name].sign for name in compared if name in effects)
    found = [_transfer(table, effects, nothing), _harder(effects, nothing)]
    return [*found, _NEGATIVE] if effects["transfer"].sign < 0 else found


def _transfer(table: TransferTable, effects: Mapping[str, Estimate], nothing: bool) -> Message:
    t, s = table.means("transferred/plain", "scratch/plain")
    plain, harder = effects["transfer"], effects.get("transfer_when_harder")
    first = (_NOTHING if nothing else _TRANSFER[plain.sign]).having(t=t, s=s, **_size(plain))
    return first if nothing or harder is None else sentences(first, _WITH[harder.sign].having(**_size(harder)))


def _harder(effects: Mapping[str, Estimate], nothing: bool) -> Message:
    if "harder_transferred" not in effects or "harder_scratch" not in effects:
        return Message("What augmentation and ensembling give was not compared.")
    gained, from_scratch = effects["harder_transferred"], effects["harder_scratch"]
    differs = effects["interaction"].sign if gained.sign == from_scratch.sign == 1 else 0
    second = _CLEARLY[differs] if differs else _SCRATCH[from_scratch.sign]
    return sentences(
        _HARDER[gained.sign].having(**_size(gained)),
        second.having(**_size(from_scratch)),
        Message("More splits, or more validation examples, would show smaller differences.") if nothing else NOTHING,
    )


def _size(effect: Estimate) -> dict[str, float]:
    """The size and the ends of an effect, as distances from zero: 4 fewer, 10 more."""
    if effect.interval is None:
        return {"d": points(effect.mean), "a": points(effect.mean), "b": points(effect.mean)}
    ends = sorted(effect.interval, key=abs) if effect.sign else effect.interval
    return {"d": points(effect.mean), "a": points(ends[0]), "b": points(ends[1])}


_TRANSFER = {
    1: Message(
        "Pretraining helped: it reached {t:percent}, and from scratch {s:percent}. That is {d} percentage points "
        "more (between {a} and {b})."
    ),
    0: Message(
        "Pretraining made no clear difference: it reached {t:percent}, and from scratch {s:percent}. The true "
        "difference lies between {a} percentage points fewer and {b} more."
    ),
    -1: Message(
        "From scratch was better here: it reached {s:percent}, and pretrained {t:percent}. That is {d} percentage "
        "points more (between {a} and {b}): the pretraining was in the way (negative transfer)."
    ),
}
_NOTHING = Message(
    "Nothing made a clear difference here. The pretrained model reached {t:percent}, the same network from scratch "
    "{s:percent}. The true difference lies between {a} percentage points fewer and {b} more: it may be chance."
)
_WITH = {
    1: Message(
        "With augmentation and ensembling, the pretrained model was ahead by {d} percentage points (between {a} and "
        "{b})."
    ),
    0: Message("With augmentation and ensembling, there was no clear difference."),
    -1: Message(
        "With augmentation and ensembling, from scratch was ahead by {d} percentage points (between {a} and {b})."
    ),
}
_HARDER = {
    1: Message(
        "Augmentation and ensembling helped the pretrained model, by {d} percentage points (between {a} and {b})."
    ),
    0: Message(
        "Augmentation and ensembling made no clear difference to the pretrained model (somewhere between {a} "
        "percentage points fewer and {b} more)."
    ),
    -1: Message(
        "Augmentation and ensembling harmed the pretrained model, by {d} percentage points (between {a} and {b})."
    ),
}
_SCRATCH = {
    1: Message("From scratch they gave {d} percentage points (between {a} and {b})."),
    0: Message(
        "From scratch they made no clear difference (somewhere between {a} percentage points fewer and {b} more)."
    ),
    -1: Message("From scratch they cost {d} percentage points (between {a} and {b})."),
}
_CLEARLY = {
    1: Message("From scratch they clearly gave less, {d} percentage points (between {a} and {b})."),
    -1: Message("From scratch they clearly gave more, {d} percentage points (between {a} and {b})."),
}
_NEGATIVE = Message(
    "Negative transfer: pretraining can be a worse start than random weights. That happens when it was on things "
    "that look unlike yours, or when what told its old classes apart is the same in all of yours. A model that was "
    "trained on things like yours may help, or training more of its layers."
)
