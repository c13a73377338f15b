"""A recipe in which nothing is open any more: what the engine goes by."""

from __future__ import annotations

from dataclasses import dataclass, fields

from core.models.card import ModelCard
from core.training.spec.recipe import Recipe

QUARTER_TURNS = 4


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Every setting of one training, named as in `Recipe`, except those that only choose the examples.

    What does not apply to the strategy or the model has the value that changes nothing, so nobody has to ask. Three are
    off, or chosen on the way, where they are None.
    """

    model: str
    strategy: str
    epochs: int = 0
    """0 where nothing is trained in epochs, or time decides."""
    time_budget: float | None = None
    """Seconds; None: the epochs decide."""
    learning_rate: float = 0.0
    batch_size: int = 1
    image_size: int = 0
    """Input size, for pictures pixels a side; 0: the model's own, whatever that counts."""
    layers: int = 0
    """How many of the last stages are trained; 0: all."""
    classifier: str = "linear"
    turned_classes: str = "no"
    ways: int = 0
    supports: int = 0
    queries: int = 0
    masked_epochs: int = 0
    masked_share: float = 0.0
    lora_rank: int = 0
    augmentation: str = "none"
    mixup: float = 0.0
    label_smoothing: float = 0.0
    class_weighting: str = "none"
    weight_decay: float = 0.0
    early_stopping: int | None = None
    """Epochs without a better validation loss after which training ends; None: never."""
    regularisation: float | None = None
    """1 / C of the last layer's penalty; None: chosen by inner cross-validation."""
    class_names: str = "no"
    self_training: str = "no"
    solver: str = "steps"
    device: str = "auto"
    seed: int = 0

    @classmethod
    def of(cls, recipe: Recipe, card: ModelCard) -> TrainingConfig:
        """What a recipe comes to with a model. RecipeError as of `Recipe.filled`."""
        filled = recipe.filled(card)
        said = {f.name: getattr(filled, f.name) for f in fields(cls)}
        return cls(**{name: value for name, value in said.items() if value is not None})

    @property
    def searches(self) -> bool:
        """Whether model and method are found out first; then nothing else of it counts but the time for that."""
        return self.strategy == "auto"

    @property
    def turns(self) -> int:
        """How many turns of a picture are classes of their own, the upright one included."""
        return QUARTER_TURNS if self.turned_classes == "yes" else 1
