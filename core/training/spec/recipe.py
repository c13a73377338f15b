"""Everything that decides a result, declared once.

The page's form, the command line's flags, the checks below and the record of a run are all made from these fields.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from typing import Any

from core.data.splits import VALIDATION_SHARE
from core.errors import RecipeError
from core.modalities import get_modality
from core.models.card import ModelCard
from core.training.spec.strategies import STRATEGIES, strategies_for


@dataclass(frozen=True, slots=True)
class Option:
    """How one recipe field is shown and checked. `low` and `high` are inclusive.

    `folded` fields stand under "More options". `modality` limits a field to one kind of example. A field whose value
    is None takes the strategy's own default, or, with `optional`, stands for what `empty` says.
    """

    label: str
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    folded: bool = True
    modality: str | None = None
    optional: bool = False
    empty: str = ""


def _option(default: Any, **about: Any) -> Any:
    return field(default=default, metadata={"option": Option(**about)})


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train. RecipeError lists everything that is wrong with it, not just the first thing."""

    model: str
    strategy: str = "head"
    epochs: int | None = _option(
        None, label="Epochs", low=1, high=500, step=1, folded=False,
        help="How many times the model goes through all training examples.",
    )  # fmt: skip
    time_budget: float | None = _option(
        None, label="Time budget (seconds)", low=1.0, high=86_400.0, step=10.0, optional=True,
        empty="as long as the epochs take",
        help="Train for about so long instead of a number of epochs: how many corrections fit is measured first.",
    )  # fmt: skip
    learning_rate: float | None = _option(
        None, label="Learning rate", low=1e-6, high=1.0,
        help="How big each correction is. Too small: it hardly learns. Too big: it never settles.",
    )  # fmt: skip
    batch_size: int | None = _option(
        None, label="Batch size", low=1, high=512, step=1,
        help="How many examples it looks at before each correction.",
    )  # fmt: skip
    image_size: int | None = _option(
        None, label="Picture size", low=32, high=512, step=32, modality="image",
        help="Pictures are scaled to this many pixels a side. Smaller is faster, larger shows finer detail.",
    )  # fmt: skip
    layers: int | None = _option(
        None, label="Parts that learn", low=1, high=100, step=1,
        help="How many of the model's last parts learn. The parts below stay as they are and are computed only once.",
    )  # fmt: skip
    classifier: str | None = _option(
        None, label="Last layer", choices=("linear", "cosine"),
        help="'linear' is the usual one. 'cosine' goes by the angle between an example and its class alone, which "
        "suits a network that is to tell apart new classes later.",
    )  # fmt: skip
    turned_classes: str | None = _option(
        None, label="Turned pictures as new classes", choices=("no", "yes"), modality="image",
        help="Every picture is also learnt turned by 90, 180 and 270 degrees, each turn as a class of its own: four "
        "times as many classes to learn from. For letters and drawings, where upside down is something else.",
    )  # fmt: skip
    ways: int | None = _option(
        None, label="Classes in each exercise", low=2, high=100, step=1,
        help="Each step is a small exercise: a few classes, a few shown examples of each, and questions about others.",
    )  # fmt: skip
    supports: int | None = _option(
        None, label="Shown examples of each class", low=1, high=50, step=1,
        help="How many examples of a class are shown in each exercise before the questions.",
    )  # fmt: skip
    queries: int | None = _option(
        None, label="Questions about each class", low=1, high=50, step=1,
        help="How many other examples of each class are asked about in each exercise.",
    )  # fmt: skip
    lora_rank: int | None = _option(
        None, label="Adapter size (rank)", low=1, high=256, step=1,
        help="How much the small additions to each layer can express. Larger ones learn more, and memorise more.",
    )  # fmt: skip
    augmentation: str | None = _option(
        None, label="Vary the examples", choices=("none", "light", "strong", "drawing"),
        help="Every example a little different each time, so that it is harder to memorise: pictures are cropped, "
        "mirrored and recoloured, messages lose a word here and there. 'drawing' is for letters and sketches: turned a "
        "little, slanted and bent as if by another hand, and never mirrored.",
    )  # fmt: skip
    mixup: float | None = _option(
        None, label="Blend pictures (mixup)", low=0.0, high=2.0, step=0.1, modality="image",
        help="Blends pairs of pictures and asks for both answers in proportion. 0 switches it off; 0.2 is usual.",
    )  # fmt: skip
    label_smoothing: float | None = _option(
        None, label="Label smoothing", low=0.0, high=0.5, step=0.05,
        help="Asks for answers that are a little less than certain. 0 switches it off; 0.1 is usual.",
    )  # fmt: skip
    class_weighting: str | None = _option(
        None, label="Weigh the classes", choices=("none", "balanced"),
        help="'balanced' lets every class count the same, however few examples it has.",
    )  # fmt: skip
    weight_decay: float | None = _option(
        None, label="Weight decay", low=0.0, high=1.0, step=0.01,
        help="Lets every weight that learns shrink a little with each correction, which keeps answers simple.",
    )  # fmt: skip
    early_stopping: int | None = _option(
        None, label="Stop early after", low=1, high=100, step=1, optional=True, empty="all epochs are trained",
        help="Ends training when so many epochs in a row did not judge better, and keeps the best. The score is then "
        "a little too kind, since the examples that judge were used to choose.",
    )  # fmt: skip
    regularisation: float | None = _option(
        None, label="Regularisation", low=0.0, high=100.0, optional=True, empty="chosen for you",
        help="Pulls the last layer towards simple answers. Left empty, it is chosen by trying several on parts of the "
        "training examples.",
    )  # fmt: skip
    validation_share: float | None = _option(
        None, label="Held back to judge", low=0.05, high=0.9, step=0.05,
        help="The share of each class that is not learnt from, so that the score is honest.",
    )  # fmt: skip
    shots: int | None = _option(
        None, label="Examples per class", low=1, high=10_000, step=1, optional=True,
        empty="all that are not held back",
        help="Learn from only this many of each class; all others judge. Leave it empty to hold back a share.",
    )  # fmt: skip
    device: str | None = _option(
        None, label="Runs on", choices=("auto", "cpu", "cuda", "mps"),
        help="Where the arithmetic runs: 'auto' takes a graphics card (cuda, mps) if there is one, else the processor.",
    )  # fmt: skip
    seed: int = _option(
        0, label="Seed", low=0, high=2**31 - 1, step=1,
        help="The same seed gives the same split and the same result again.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise RecipeError("These training options cannot be used: " + "; ".join(problems) + ".")

    def filled(self, card: ModelCard) -> Recipe:
        """The same recipe with the strategy's defaults in every field that was left open and applies to the model.

        RecipeError when a field was set that changes nothing here: an option never does nothing in silence.
        """
        if self.strategy not in strategies_for(card):
            raise RecipeError(
                f"{card.title} knows nothing yet, so strategy '{self.strategy}' has nothing to build on.",
                f"Teach it first, with one of {', '.join(strategies_for(card))}; then start from that run.",
            )
        usable = applicable_options(self.strategy, card.modality)
        choices = applicable_choices("augmentation", card.modality)
        if self.augmentation is not None and self.augmentation not in choices:
            raise RecipeError(
                f"{options()['augmentation'].label} cannot be '{self.augmentation}' for a {card.modality} model.",
                f"Choose one of {', '.join(choices)}.",
            )
        idle = [o.label for name, o in options().items() if name not in usable and getattr(self, name) is not None]
        if idle:
            raise RecipeError(
                f"With strategy '{self.strategy}' on {card.title}, {', '.join(idle)} has no effect.", "Leave it out."
            )
        deep = self.layers is not None and self.layers >= card.stages > 0
        if deep:
            raise RecipeError(
                f"{card.title} has {card.stages} parts, so Parts that learn can be at most {card.stages - 1}.",
                "To let all of them learn, use strategy 'full'.",
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
            raise RecipeError(f"A recipe has no option called {', '.join(sorted(unknown))}.")
        return cls(**{"model": "", **data})


def options() -> dict[str, Option]:
    """Every adjustable field by name, in the order of the recipe."""
    return {f.name: f.metadata["option"] for f in fields(Recipe) if "option" in f.metadata}


def value_type(name: str) -> type:
    """What the value of an option is: int, float or str."""
    annotation = str(Recipe.__dataclass_fields__[name].type)
    return int if "int" in annotation else float if "float" in annotation else str


def applicable_options(strategy: str, modality: str) -> dict[str, Option]:
    """The options that change something for this strategy and kind of example; no others are ever shown."""
    chosen = STRATEGIES[strategy]
    return {
        name: option
        for name, option in options().items()
        if (name in chosen.options) and option.modality in (None, modality)
    }


def applicable_choices(name: str, modality: str) -> tuple[str, ...]:
    """The choices of an option that there are for this kind of example."""
    choices = options()[name].choices
    return tuple(get_modality(modality).augmentations) if name == "augmentation" else choices


def default_options(strategy: str, card: ModelCard) -> dict[str, Any]:
    """What every open option of this strategy stands for with this model."""
    chosen = STRATEGIES[strategy].defaults(card)
    if chosen.get("layers"):
        chosen["layers"] = min(chosen["layers"], max(1, card.stages - 1))
    general = {"image_size": card.input_size, "validation_share": VALIDATION_SHARE, "device": "auto", "seed": 0}
    usable = applicable_options(strategy, card.modality)
    return {name: value for name, value in {**general, **chosen}.items() if name in usable}


def _problems(recipe: Recipe) -> Iterator[str]:
    if not recipe.model:
        yield "no model is chosen"
    if recipe.strategy not in STRATEGIES:
        yield f"there is no strategy '{recipe.strategy}' (there are: {', '.join(STRATEGIES)})"
    if recipe.shots is not None and recipe.validation_share is not None:
        yield "Examples per class and Held back to judge exclude each other"
    if recipe.classifier == "cosine" and recipe.regularisation is not None:
        yield "Regularisation has no effect on a cosine Last layer"
    if recipe.epochs is not None and recipe.time_budget is not None:
        yield "Epochs and Time budget exclude each other"
    for f in fields(Recipe):
        if "option" in f.metadata:
            yield from _field_problems(f, getattr(recipe, f.name))


def _field_problems(f: Field[Any], value: Any) -> Iterator[str]:
    option: Option = f.metadata["option"]
    if value is None:
        return
    if option.choices:
        if value not in option.choices:
            yield f"{option.label} must be one of {', '.join(option.choices)}, not '{value}'"
        return
    whole = "int" in str(f.type)
    is_number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not is_number or (isinstance(value, float) and not math.isfinite(value)):
        yield f"{option.label} must be a {'whole ' if whole else ''}number, not '{value}'"
    elif not option.low <= value <= option.high:
        yield f"{option.label} must lie between {option.low:g} and {option.high:g}, not {value}"
    elif f.name == "image_size" and value % 32:
        yield f"{option.label} must be a multiple of 32, not {value}"
