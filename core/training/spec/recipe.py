"""Everything that decides a result, declared once.

The page's form, the command line's flags, the checks below and the record of a run are all made from these fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from core.data.splits import VALIDATION_SHARE
from core.errors import RecipeError, UserError
from core.messages import Message, counted, quoted, sentences
from core.modalities import get_modality
from core.modalities.base import Ability
from core.models import hub
from core.models.card import ModelCard
from core.models.catalogue import get_card
from core.models.hub_files import find
from core.options import Choice, Option, option, options_of
from core.training.spec.strategies import STRATEGIES, method_title, strategies_for
from core.training.spec.strategy import LAST_LAYER
from core.workspace import Workspace

ANY_MODEL = "auto"
"""As a model: whichever the search finds best."""


def _titled(**titles: Message) -> dict[str, Choice]:
    return {name: Choice(title) for name, title in titles.items()}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is asked: one way to train. None stands for "the usual", and, in a filled recipe, for "does not apply".

    RecipeError lists everything that is wrong with it, not just the first thing.
    """

    model: str
    strategy: str = "head"
    epochs: int | None = option(
        None, Message("Epochs"),
        Message("How many times the model goes through all training examples."),
        low=1, high=500, step=1,
    )  # fmt: skip
    time_budget: float | None = option(
        None, Message("Time budget (seconds)"),
        Message("Trains for about so long instead of a number of epochs: how many updates fit is measured first. With "
                "the recommended method, so long finding the best and training it may take."),
        low=1.0, high=86_400.0, step=10.0, optional=True, empty=Message("as long as the epochs take"), folded=True,
    )  # fmt: skip
    learning_rate: float | None = option(
        None, Message("Learning rate"),
        Message("How big each update is. Too small: it hardly learns. Too big: it never settles."),
        low=1e-6, high=1.0, folded=True,
    )  # fmt: skip
    batch_size: int | None = option(
        None, Message("Batch size"),
        Message("How many examples it looks at before each update."),
        low=1, high=512, step=1, folded=True,
    )  # fmt: skip
    image_size: int | None = option(
        None, Message("Picture size"),
        Message("Pictures are scaled to this many pixels a side. Smaller is faster, larger shows finer detail."),
        low=32, high=512, step=32, multiple_of=32, needs=Ability.RESIZE, folded=True,
    )  # fmt: skip
    layers: int | None = option(
        None, Message("Trainable layers"),
        Message("How many of the model's last parts are trained. The parts below stay as they are and are computed "
                "only once."),
        low=1, high=100, step=1, folded=True,
    )  # fmt: skip
    classifier: str | None = option(
        None, Message("Last layer"),
        Message("'linear' is the usual one. 'cosine' uses only the angle between an example and its class. It "
                "suits a network that will tell apart new classes later."),
        choices=_titled(linear=Message("linear"), cosine=Message("cosine")), folded=True,
    )  # fmt: skip
    turned_classes: str | None = option(
        None, Message("Rotations as extra classes"),
        Message("Every picture is also trained on turned by 90, 180 and 270 degrees, each turn as a class of its own: "
                "four times as many classes to learn from. For letters and drawings, where upside down is something "
                "else."),
        choices=_titled(no=Message("no"), yes=Message("yes")), needs=Ability.TURN, folded=True,
    )  # fmt: skip
    ways: int | None = option(
        None, Message("Ways (classes in each episode)"),
        Message("Each step is an episode: a few classes, a few shown examples of each (shots), and others to "
                "classify (queries)."),
        low=2, high=100, step=1, folded=True,
    )  # fmt: skip
    supports: int | None = option(
        None, Message("Shots (shown examples of each class)"),
        Message("How many examples of a class are shown in each episode before the queries."),
        low=1, high=50, step=1, folded=True,
    )  # fmt: skip
    queries: int | None = option(
        None, Message("Queries (of each class)"),
        Message("How many other examples of each class must be classified in each episode."),
        low=1, high=50, step=1, folded=True,
    )  # fmt: skip
    masked_epochs: int | None = option(
        None, Message("Epochs of guessing hidden cells"),
        Message("How many times the network first goes through all training rows and those without a class, and "
                "guesses cells that are hidden from it. Validation and test rows are not among them."),
        low=1, high=1000, step=1, folded=True,
    )  # fmt: skip
    masked_share: float | None = option(
        None, Message("Share of hidden cells"),
        Message("How many of the cells of each row are hidden while it guesses them."),
        low=0.05, high=0.9, step=0.05, folded=True,
    )  # fmt: skip
    lora_rank: int | None = option(
        None, Message("Adapter size (rank)"),
        Message("How much the small adapters beside each layer can express. Larger ones learn more, and overfit more."),
        low=1, high=256, step=1, folded=True,
    )  # fmt: skip
    augmentation: str | None = option(
        None, Message("Augmentation"),
        Message("Every example a little different each time, so that the model overfits less: pictures are "
                "cropped, mirrored and recoloured, messages lose a word here and there. 'drawing' is for letters "
                "and sketches: turned a little, slanted and bent as if by another hand, and never mirrored."),
        choices=_titled(none=Message("none"), light=Message("light"), strong=Message("strong"),
                        drawing=Message("for drawings")), folded=True,
    )  # fmt: skip
    mixup: float | None = option(
        None, Message("Mixup"),
        Message("Mixes pairs of pictures, and their classes in the same proportion. 0 switches it off; 0.2 is "
                "usual."),
        low=0.0, high=2.0, step=0.1, needs=Ability.BLEND, folded=True,
    )  # fmt: skip
    label_smoothing: float | None = option(
        None, Message("Label smoothing"),
        Message("Trains towards answers that are a little less than certain. 0 switches it off; 0.1 is usual."),
        low=0.0, high=0.5, step=0.05, folded=True,
    )  # fmt: skip
    class_weighting: str | None = option(
        None, Message("Balance classes (class weights)"),
        Message("'balanced' lets every class count the same, however few examples it has."),
        choices=_titled(none=Message("none"), balanced=Message("balanced")), folded=True,
    )  # fmt: skip
    weight_decay: float | None = option(
        None, Message("Weight decay"),
        Message("Lets every weight that is trained shrink a little with each update, which keeps answers simple."),
        low=0.0, high=1.0, step=0.01, folded=True,
    )  # fmt: skip
    early_stopping: int | None = option(
        None, Message("Early stopping (patience)"),
        Message("Ends training when so many epochs in a row did no better on the validation set, and keeps the best. "
                "The score is then a little too high, since the validation examples were used to choose."),
        low=1, high=100, step=1, optional=True, empty=Message("all epochs are trained"), folded=True,
    )  # fmt: skip
    regularisation: float | None = option(
        None, Message("Regularisation"),
        Message("Pulls the last layer towards simple answers. Left empty, it is chosen by trying several on parts of "
                "the training examples."),
        low=0.0, high=100.0, optional=True, empty=Message("chosen for you"), folded=True,
    )  # fmt: skip
    class_names: str | None = option(
        None, Message("Learn from the names of the classes"),
        Message("The name of each class counts as one more example of it. With few examples that helps much, where the "
                "names are words of a language that the model knows. Names that fit no better than chance are not "
                "used."),
        choices=_titled(no=Message("no"), yes=Message("yes")), needs=Ability.NAME, folded=True,
    )  # fmt: skip
    self_training: str | None = option(
        None, Message("Learn from examples without a class (self-training)"),
        Message("The last layer names the class of examples that have none, and learns once more from the half of "
                "each class in which it is most confident. With 4 or 8 texts of a class that helped where the "
                "model knows the language and the classes are about equally frequent, by 3 to 8\u00a0%. Elsewhere it "
                "did harm as often."),
        choices=_titled(no=Message("no"), yes=Message("yes")), folded=True,
    )  # fmt: skip
    solver: str | None = option(
        None, Message("Last step"),
        Message("'exact' solves the last layer for its best weights after the last epoch (unless early stopping picks "
                "an epoch). 'steps' keeps what the epochs came to."),
        choices=_titled(exact=Message("solved exactly"), steps=Message("as the epochs leave it")), folded=True,
    )  # fmt: skip
    validation_share: float | None = option(
        None, Message("Validation share"),
        Message("The share of each class in the validation set. The model is not trained on it, so that the score "
                "is honest."),
        low=0.05, high=0.9, step=0.05, folded=True,
    )  # fmt: skip
    shots: int | None = option(
        None, Message("Examples per class"),
        Message("Trains on only this many of each class; all others are validation examples. Leave it empty to set "
                "a validation share instead."),
        low=1, high=10_000, step=1, optional=True, empty=Message("all outside the validation set"), folded=True,
    )  # fmt: skip
    device: str | None = option(
        None, Message("Runs on"),
        Message("Where the arithmetic runs: 'auto' takes a graphics card (cuda, mps) if there is one, else the "
                "processor."),
        choices=_titled(auto=Message("automatic"), cpu=Message("processor (CPU)"),
                        cuda=Message("NVIDIA graphics card (CUDA)"), mps=Message("Apple graphics (MPS)")), folded=True,
    )  # fmt: skip
    seed: int = option(
        0, Message("Seed"),
        Message("The same seed gives the same split and the same result again."),
        low=0, high=2**31 - 1, step=1, folded=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        problems = list(problems_of(self.to_dict()))
        if problems:
            raise RecipeError(sentences(Message("These settings cannot be used."), *problems))

    def filled(self, card: ModelCard) -> Recipe:
        """The same recipe with the strategy's defaults in every field that was left open and applies to the model.

        RecipeError when a field was set that changes nothing here: an option never does nothing in silence.
        """
        if self.strategy not in strategies_for(card):
            if card.in_context:
                raise RecipeError(
                    Message(
                        "{model} answers from the labelled {examples} themselves, so method '{strategy}' has no last "
                        "layer to train.",
                        model=card.title,
                        examples=get_modality(card.modality).many,
                        strategy=self.strategy,
                    ),
                    Message("Train it with one of {methods:list}.", methods=tuple(strategies_for(card))),
                )
            if not STRATEGIES[self.strategy].suits(card):
                raise RecipeError(
                    Message("Method '{strategy}' hides columns of a table, which {model} cannot do without.",
                            strategy=self.strategy, model=card.title),
                    Message("Choose one of {methods:list}.", methods=tuple(strategies_for(card))),
                )  # fmt: skip
            if not card.blank:
                raise RecipeError(
                    Message(
                        "{model} has nothing that learns, so method '{strategy}' has nothing to tune.",
                        model=card.title,
                        strategy=self.strategy,
                    ),
                    Message("Train it with one of {methods:list}.", methods=tuple(strategies_for(card))),
                )
            raise RecipeError(
                Message(
                    "{model} is untrained, so method '{strategy}' has nothing to build on.",
                    model=card.title,
                    strategy=self.strategy,
                ),
                Message(
                    "Train it first, with one of {methods:list}; then start from that run.",
                    methods=tuple(strategies_for(card)),
                ),
            )
        usable = applicable_options(self.strategy, card.modality, in_context=card.in_context)
        choices = applicable_choices("augmentation", card.modality)
        if self.augmentation is not None and self.augmentation not in choices:
            raise RecipeError(
                Message(
                    "{option} cannot be '{value}' for {kind}.",
                    option=options()["augmentation"].label,
                    value=self.augmentation,
                    kind=get_modality(card.modality).many,
                ),
                Message("Choose one of {choices:list}.", choices=choices),
            )
        idle = [o.label for name, o in options().items() if name not in usable and getattr(self, name) is not None]
        if idle:
            raise RecipeError(
                counted(
                    "{options:list} has no effect with method '{strategy}' on {model}.",
                    "{options:list} have no effect with method '{strategy}' on {model}.",
                    n=len(idle),
                    options=tuple(idle),
                    strategy=self.strategy,
                    model=card.title,
                ),
                Message("Remove it."),
            )
        if self.layers is not None and self.layers >= card.stages > 0:
            raise RecipeError(
                Message(
                    "{model} has {parts} parts, so {option} can be at most {most}.",
                    model=card.title,
                    parts=card.stages,
                    option=options()["layers"].label,
                    most=card.stages - 1,
                ),
                Message("To train all of them, use method 'full'."),
            )
        defaults = default_options(self.strategy, card)
        if self.shots is not None:
            defaults.pop("validation_share", None)
        if self.time_budget is not None:
            defaults.pop("epochs", None)
        open_ones = {name: value for name, value in defaults.items() if getattr(self, name) is None}
        return replace(self, **open_ones)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """The inverse of `to_dict`. RecipeError for a field that no recipe has."""
        unknown = set(data) - {f.name for f in fields(cls)}
        if unknown:
            raise RecipeError(Message("There is no setting called {names:list}.", names=tuple(sorted(unknown))))
        return cls(**{"model": "", **data})


def model_title(model: str, workspace: Workspace) -> Message:
    """What the model of this id is called, wherever it comes from; its id where it is gone. Nothing is fetched for a
    name."""
    if model == ANY_MODEL:
        return Message("Any model")
    try:
        if model.startswith(hub.PREFIX) and find(hub.hub_name(model)) is None:
            return quoted(hub.hub_name(model))
        return get_card(model, workspace).title
    except UserError:  # the run was deleted
        return quoted(model)


def model_and_method(recipe: Mapping[str, Any], workspace: Workspace) -> tuple[Message, Message]:
    """What the model and the method of a recipe are called, wherever a run is told from others: the name of a method
    says little without its model, and is another one with some."""
    model, strategy = str(recipe.get("model", "")), str(recipe.get("strategy", ""))
    return model_title(model, workspace), method_title(strategy, model, workspace)


def options() -> dict[str, Option]:
    """Every adjustable field by name, in the order of the recipe."""
    return options_of(Recipe)


def applicable_options(strategy: str, modality: str, *, in_context: bool = False) -> dict[str, Option]:
    """The options that change something for this strategy and kind of example, with a model that answers `in_context`
    or another one; no others are ever shown."""
    chosen, able = STRATEGIES[strategy].options, {None, *get_modality(modality).abilities}
    if in_context:
        chosen -= LAST_LAYER
    return {name: about for name, about in options().items() if name in chosen and about.needs in able}


def applicable_choices(name: str, modality: str) -> tuple[str, ...]:
    """The choices of an option that there are for this kind of example."""
    return tuple(get_modality(modality).augmentations if name == "augmentation" else options()[name].choices)


def default_options(strategy: str, card: ModelCard) -> dict[str, Any]:
    """What every open option of this strategy stands for with this model."""
    chosen = STRATEGIES[strategy].defaults(card)
    if chosen.get("layers"):
        chosen["layers"] = min(chosen["layers"], max(1, card.stages - 1))
    general = {"image_size": card.input_size, "validation_share": VALIDATION_SHARE, "device": "auto", "seed": 0}
    usable = applicable_options(strategy, card.modality, in_context=card.in_context)
    return {name: value for name, value in {**general, **chosen}.items() if name in usable}


def problems_of(values: Mapping[str, Any]) -> Iterator[Message]:
    """Everything that is wrong with the values of a recipe; what is not among them counts as not said."""
    label = {name: about.label for name, about in options().items()}
    given = {name for name, value in values.items() if value is not None}
    if not values.get("model", True):
        yield Message("No model is chosen.")
    strategy = values.get("strategy", "head")
    if strategy not in STRATEGIES:
        yield Message(
            "There is no method '{strategy}'; there are {all:list}.", strategy=strategy, all=tuple(STRATEGIES)
        )
    if values.get("model") == ANY_MODEL and strategy != "auto":
        yield Message("Only method '{auto}' finds a model by itself; '{strategy}' needs one.", auto="auto",
                      strategy=strategy)  # fmt: skip
    for one, other in (("shots", "validation_share"), ("epochs", "time_budget")):
        if {one, other} <= given:
            yield Message("{one} and {other} exclude each other.", one=label[one], other=label[other])
    if values.get("classifier") == "cosine" and "regularisation" in given:
        yield Message("Regularisation has no effect on a cosine last layer.")
    for name, about in options().items():
        if name in given:
            yield from about.problems(values[name])
