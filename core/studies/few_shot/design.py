"""What the few-shot bench is asked: a model, a method, and how big an episode. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from core.data.dataset import Dataset
from core.errors import DataError
from core.messages import NOTHING, Message, counted, sentences
from core.models.card import ModelCard
from core.models.catalogue import CATALOGUE
from core.options import Choice, Option, option
from core.studies.base import Design, Plan
from core.studies.cost import looking_seconds
from core.studies.few_shot.episodes import Pool, Shape, check_shape, draw, fitting
from core.studies.few_shot.methods import METHODS
from core.training.spec.plan import fitting_card
from core.workspace import Workspace

USUAL_EPISODES = 200
MOST_EPISODES = 10_000
MOST_QUERIES = 2_000_000
_SHOWN_WAYS, _SHOWN_SHOTS, _SHOWN_QUERIES, _SHOWN_EPISODES, _SHOWN_USUAL = 20, 20, 50, 2000, 1000
"""More than that can be asked for on the command line; a page could not show it."""


_BY_ITSELF = Choice(
    Message("From the examples shown"),
    Message("The model looks at the examples of an episode with their classes, and answers. Nothing is trained."),
)
"""The only method with a model that answers in context; it goes by the name of the first."""
_ITS_MEASURE = Message("How much the model favours each class (logit): higher means more confident.")


@dataclass(frozen=True)
class FewShotDesign(Design):
    """Everything that decides a result on a dataset."""

    REFUSAL: ClassVar[Message] = Message("This few-shot bench cannot be run.")

    model: str = ""
    method: str = option(
        "nearest", Message("Method"),
        choices={
            name: Choice(
                one.title, Message("{sentence} After {source}.", sentence=one.sentence, source=one.source)
            )
            for name, one in METHODS.items()
        },
        flag_help=Message("how to answer from the few examples (default nearest)"),
    )  # fmt: skip
    ways: int = option(
        5, Message("Classes in an episode (ways)"), Message("More classes are harder to tell apart."),
        low=2, high=10_000, step=1, slider=True,
        flag_help=Message("classes in an episode; the usual 5, or as many as the dataset allows"),
    )  # fmt: skip
    shots: int = option(
        5, Message("Examples of each (shots)"), Message("The support set. With one, this is one-shot learning."),
        low=1, high=10_000, step=1, slider=True,
        flag_help=Message("examples of each class; the usual 5, or as many as the dataset allows"),
    )  # fmt: skip
    queries: int = option(
        15, Message("Queries about each"), Message("How many other examples of each class it must classify."),
        low=1, high=10_000, step=1, slider=True,
        flag_help=Message("queries about each class; the usual 15, or as many as the dataset allows"),
    )  # fmt: skip
    episodes: int = option(
        USUAL_EPISODES, Message("Episodes"), Message("More of them narrow the interval, and take longer."),
        low=2, high=MOST_EPISODES, step=1,
    )  # fmt: skip
    seed: int = option(
        0, Message("Seed"),
        Message("Which episodes are drawn. The same seed gives the same ones, so that models and methods can be "
                "compared."), low=0, high=2**32 - 1, step=1, folded=True,
    )  # fmt: skip

    @property
    def shape(self) -> Shape:
        return Shape(self.ways, self.shots, self.queries)

    @property
    def method_title(self) -> Message:
        """What its method is called with its model."""
        return _BY_ITSELF.title if self._by_itself else METHODS[self.method].title

    @property
    def measure(self) -> Message:
        """What the scores are that an answer was decided by."""
        return _ITS_MEASURE if self._by_itself else METHODS[self.method].measure

    @property
    def _by_itself(self) -> bool:
        return self.model in CATALOGUE and CATALOGUE[self.model].in_context

    def title(self) -> Message:
        return Message(
            "{method}, {ways}, {shots}",
            method=self.method_title,
            ways=counted("{n} class", "{n} classes", n=self.ways),
            shots=counted("{n} example of each", "{n} examples of each", n=self.shots),
        )

    @classmethod
    def offered(
        cls, name: str, option: Option, dataset: Dataset, card: ModelCard | None, chosen: Mapping[str, Any]
    ) -> Option | None:
        pool = Pool.of(dataset)
        usual = fitting(pool)
        room = pool.room(chosen.get("ways", usual.ways))
        match name:
            case "method" if card is not None and card.in_context:
                return replace(option, choices={"nearest": _BY_ITSELF})
            case "ways":
                return replace(option, high=min(_SHOWN_WAYS, pool.most_ways), usual=usual.ways)
            case "shots":
                return replace(option, high=min(_SHOWN_SHOTS, room - 1), usual=min(usual.shots, room - 1))
            case "queries":
                left = room - chosen["shots"]
                return replace(option, high=min(_SHOWN_QUERIES, left), usual=min(usual.queries, left))
            case "episodes":
                most = MOST_QUERIES // (chosen["ways"] * chosen["queries"])
                high = min(_SHOWN_EPISODES, most)
                many = USUAL_EPISODES if card is not None and card.in_context else _SHOWN_USUAL
                return replace(option, high=high, usual=min(many, high))
        return option

    def check(self, dataset: Dataset, pool: Pool, workspace: Workspace) -> ModelCard:
        """The model's card; DataError or ModelError when the dataset, the model and the numbers do not go together."""
        card = fitting_card(self.model, dataset, workspace)
        check_shape(pool, self.shape)
        if card.in_context and self.method != "nearest":
            raise DataError(
                Message(
                    "{model} answers from the labelled {examples} by itself, so method '{method}' has nothing to do.",
                    model=card.title, examples=dataset.kind.many, method=self.method,
                ),
                Message("Remove it."),
            )  # fmt: skip
        asked = self.episodes * self.ways * self.queries
        if asked > MOST_QUERIES:
            raise DataError(
                Message("{n} queries in all would take too long.", n=asked),
                Message("Choose fewer episodes, classes or queries: up to {n} in all.", n=MOST_QUERIES),
            )
        return card


def plan(design: FewShotDesign, dataset: Dataset, workspace: Workspace) -> Plan:
    """What will happen, and how long it takes. DataError or ModelError when they do not go together."""
    pool = Pool.of(dataset)
    card = design.check(dataset, pool, workspace)
    says = Message(
        "With {ways} classes, an episode can have {n} different examples of each in this dataset, shots and "
        "queries together. Copies count once.", ways=design.ways, n=pool.room(design.ways),
    )  # fmt: skip
    episodes = (draw(pool, design.shape, design.seed, number) for number in range(min(design.episodes, USUAL_EPISODES)))
    used = {i for episode in episodes for i in (*episode.support, *episode.query)}
    prepared = Message(
        "This model is prepared on all {examples} of the dataset, without their classes: how numbers are scaled, gaps "
        "are filled and words are counted does not come from the few shown ones alone.", examples=dataset.kind.many,
    ) if card.fits else NOTHING  # fmt: skip
    return Plan(sentences(says, prepared), looking_seconds(dataset, used, card, workspace))
