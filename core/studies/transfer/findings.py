"""What an experiment showed, in two plain sentences: what the pretraining gave, and what using the data harder gave.

A difference is called one only when its 95 % interval lies on one side of zero.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.evaluation.repeated_splits import Estimate
from core.studies.said import Said, points, share
from core.studies.transfer.design import FEWEST_DRAWS
from core.studies.transfer.table import Table

_FEWEST = {"n": str(FEWEST_DRAWS)}


def sentences(table: Table) -> tuple[Said, ...]:
    """Two sentences; one while there is not enough to go by."""
    effects = {name: found for name, found in table.effects().items() if found and found.repeats >= FEWEST_DRAWS}
    if "transfer" not in effects:
        return (Said("After fewer than {n} draws nothing can be told: the next may turn it round.", _FEWEST),)
    compared = ("transfer", "transfer_when_harder", "harder_transferred", "harder_scratch")
    nothing = not any(effects[name].sign for name in compared if name in effects)
    return _transfer(table, effects, nothing), _harder(effects, nothing)


def _transfer(table: Table, effects: Mapping[str, Estimate], nothing: bool) -> Said:
    plain, harder = effects["transfer"], effects.get("transfer_when_harder")
    text = _NOTHING if nothing else _TRANSFER[plain.sign]
    text += "." if nothing or harder is None else _TRANSFER_TAILS[plain.sign, harder.sign]
    t, s = table.means("transferred/plain", "scratch/plain")
    return _said(text, {"": plain, "2": harder}, t=share(t), s=share(s))


def _harder(effects: Mapping[str, Estimate], nothing: bool) -> Said:
    if "harder_transferred" not in effects or "harder_scratch" not in effects:
        return Said("What using the same examples harder gives was not compared.")
    gained, from_scratch = effects["harder_transferred"], effects["harder_scratch"]
    differs = effects["interaction"].sign if gained.sign == from_scratch.sign == 1 else 0
    text = _HARDER[gained.sign] + (_CLEARLY[differs] if differs else _HARDER_TAILS[from_scratch.sign])
    text += ". More draws, or more examples to judge by, would show smaller differences." if nothing else "."
    return _said(text, {"": gained, "2": from_scratch})


def _said(text: str, effects: Mapping[str, Estimate | None], **values: str) -> Said:
    """The sentence with the size and the ends of each effect, as distances from zero: "4 fewer", "10 more"."""
    for ending, effect in effects.items():
        if effect and effect.interval:
            ends = sorted(effect.interval, key=abs) if effect.sign else effect.interval
            values |= {
                f"d{ending}": points(effect.mean), f"a{ending}": points(ends[0]), f"b{ending}": points(ends[1]),
            }  # fmt: skip
    used = {name: value for name, value in values.items() if f"{{{name}}}" in text}
    return Said(text, used)


_TRANSFER = {
    1: "What the model had learnt before helped: {t} right instead of {s} from scratch, {d} points more "
    "(between {a} and {b})",
    0: "What the model had learnt before made no clear difference: {t} right against {s} from scratch, somewhere "
    "between {a} points fewer and {b} more",
    -1: "From scratch won here: {s} right against {t}, {d} points more (between {a} and {b}), so what the model had "
    "learnt before was in the way (negative transfer)",
}
_NOTHING = (
    "Nothing clearly did the work here: the pretrained model was right on {t} and the same network from scratch on "
    "{s}, a difference of somewhere between {a} points fewer and {b} more, which may be luck"
)
_TRANSFER_TAILS = {
    (1, 1): "; with the data used harder it was {d2} points (between {a2} and {b2}).",
    (1, 0): "; with the data used harder, no clear difference was left.",
    (1, -1): "; with the data used harder, though, from scratch won by {d2} points (between {a2} and {b2}).",
    (0, 1): "; only with the data used harder did it help, by {d2} points (between {a2} and {b2}).",
    (0, 0): ", with the data used harder too.",
    (0, -1): "; with the data used harder, from scratch won by {d2} points (between {a2} and {b2}).",
    (-1, 1): "; with the data used harder, though, the pretrained model won by {d2} points (between {a2} and {b2}).",
    (-1, 0): "; with the data used harder, no clear difference was left.",
    (-1, -1): "; with the data used harder it was {d2} points (between {a2} and {b2}).",
}
_HARDER = {
    1: "Using the same examples harder helped the pretrained model, by {d} points (between {a} and {b})",
    0: "Using the same examples harder made no clear difference to the pretrained model (somewhere between {a} points "
    "fewer and {b} more)",
    -1: "Using the same examples harder harmed the pretrained model, by {d} points (between {a} and {b})",
}
_HARDER_TAILS = {
    1: "; from scratch it gave {d2} points (between {a2} and {b2})",
    0: "; from scratch it made no clear difference (somewhere between {a2} points fewer and {b2} more)",
    -1: "; from scratch it took {d2} points (between {a2} and {b2})",
}
_CLEARLY = {
    1: "; from scratch it clearly gave less, {d2} points (between {a2} and {b2})",
    -1: "; from scratch it clearly gave more, {d2} points (between {a2} and {b2})",
}
