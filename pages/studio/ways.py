"""Four ways to train that need no further question, each with the model and the method that suit a dataset."""

from __future__ import annotations

from dataclasses import dataclass

from core.data.dataset import Dataset
from core.messages import Message
from core.models.card import ModelCard
from core.models.catalogue import RUN, cards, get_card
from core.training.spec.recipe import ANY_MODEL, Recipe
from core.training.spec.strategies import strategies_for, usual_strategy
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Way:
    """What it is called, and what it comes to for one dataset: a recipe, and the card of its model (for "auto" of the
    usual one, which stands for all)."""

    title: Message
    recipe: Recipe
    card: ModelCard


def ways_to_train(dataset: Dataset, usual: str, workspace: Workspace) -> dict[str, Way]:
    """By name, the quickest first; `usual` is the id of the model to begin with.

    Quick trains the last layer on what a pretrained model sees. Thorough tunes that model, in the way that gained most
    on other datasets of the kind, or, where it cannot be tuned, another one. From scratch takes the first model of the
    kind that has learnt nothing before. Recommended looks for the best of all.
    """
    card = get_card(usual, workspace)
    of_kind = [one for one in cards(workspace) if one.modality == dataset.modality and not one.id.startswith(RUN)]
    found = {"quick": Way(Message("Quick"), Recipe(card.id, usual_strategy(card)), card)}
    gains = dataset.kind.usual.gains
    for tuned in (card, *(one for one in of_kind if not one.blank)):
        if takes := [name for name in gains if name in strategies_for(tuned)]:
            # Of several that are as good, the last: it tunes more of the model.
            best = max(reversed(takes), key=lambda name: gains[name].points)
            found["thorough"] = Way(Message("Thorough"), Recipe(tuned.id, best), tuned)
            break
    if blank := next((one for one in of_kind if one.blank), None):
        found["scratch"] = Way(Message("From scratch"), Recipe(blank.id, usual_strategy(blank)), blank)
    found["auto"] = Way(Message("Recommended"), Recipe(ANY_MODEL, "auto"), card)
    return found
