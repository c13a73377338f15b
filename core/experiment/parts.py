"""The ways to use a handful of examples harder, and where each of them can do anything. No torch here."""

from __future__ import annotations

from dataclasses import dataclass

from core.training.strategies import STRATEGIES


@dataclass(frozen=True, slots=True)
class Part:
    """One way to get more out of the same examples. `sentence` explains it to a newcomer."""

    name: str
    title: str
    sentence: str
    source: str = ""


PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        Part(
            "augmentation", "Varied while learning",
            "A network that learns sees every example a little different each time.",
            "Krizhevsky et al. 2012; Wei & Zou 2019",
        ),
        Part(
            "supports", "Last layer from varied examples",
            "Where the network itself does not learn, its last layer or its class averages are made from several "
            "variations of every example.",
            "Snell et al. 2017",
        ),
        Part(
            "views", "Look several times before answering",
            "Each new example is looked at in several variations, and the answers are averaged.",
            "Krizhevsky et al. 2012",
        ),
        Part(
            "heads", "Ask several last layers",
            "Several last layers each learn from another random choice of the same examples, and their answers are "
            "averaged.",
            "Breiman 1996",
        ),
    )
}  # fmt: skip

STARTS = ("scratch", "transferred", "nearest")
"""What a way to learn begins with: random weights, or the pretrained model, trained or only averaged."""

NOT_TRANSFER = frozenset({"auto", "nearest", "scratch", "episodic"})
"""Strategies that stand for no way of carrying a pretrained model over by training."""


def transfer_strategies() -> list[str]:
    """The strategies that the transferred model may be trained with."""
    return [name for name in STRATEGIES if name not in NOT_TRANSFER]


def learns(start: str, strategy: str) -> bool:
    """True when the network itself learns, not only its last layer."""
    return start == "scratch" or (start == "transferred" and STRATEGIES[strategy].tunes_backbone)


def parts_of(start: str, strategy: str, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the chosen parts that can do anything for this start."""
    idle = "supports" if learns(start, strategy) else "augmentation"
    return tuple(name for name in PARTS if name in chosen and name != idle)


def ways(start: str, strategy: str, chosen: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """The ways that are compared, with the parts switched on in each: plain, harder (all parts), and each part alone.

    A part that is the only one is "harder", and not listed again.
    """
    usable = parts_of(start, strategy, chosen)
    found = {"plain": frozenset[str]()}
    if usable:
        found["harder"] = frozenset(usable)
    if len(usable) > 1:
        found |= {name: frozenset({name}) for name in usable}
    return found
