"""The columns of a table themselves: scaled numbers, categories as yes or no, gaps filled. Nothing in it learns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from core.errors import ModelError
from core.messages import NOTHING, Message, counted
from core.modalities.table.columns import Columns
from core.modalities.table.fitting import extended, fit_columns, shared_columns
from core.modalities.table.modality import TableSpec
from core.modalities.table.rows import Row
from core.models.backbone import Backbone, LayerGroup
from core.models.card import ModelCard
from core.workspace import Workspace


class ColumnBackbone(Backbone):
    """What networks for tables have in common: they keep the columns that they know."""

    columns: Columns

    @abstractmethod
    def know(self, columns: Columns) -> None:
        """Take these columns for its own."""

    def begin(self, payloads: Iterable[Row]) -> None:
        self.know(fit_columns(payloads))

    def extras(self) -> dict[str, Any]:
        return self.columns.to_dict() if self.columns.columns else {}

    def restore(self, extras: dict[str, Any]) -> None:
        """As `Backbone`; ModelError where they are damaged."""
        try:
            self.know(Columns.from_dict(extras) if extras else Columns())
        except (KeyError, TypeError) as error:
            problem = Message("What the model knows of its columns is damaged.")
            raise ModelError(problem, Message("Train it again, or choose another run.")) from error


class TableColumns(ColumnBackbone):
    """A row's `features` as they are. It knows the columns of its training rows, once it has met some."""

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        self.know(Columns())

    def know(self, columns: Columns) -> None:
        self.columns = columns
        self.card = replace(self.card, dimension=columns.width)

    @property
    def names(self) -> tuple[Hashable, ...]:
        return tuple(self.columns.feature_names())

    def meet(self, payloads: Iterable[Row]) -> Message:
        columns, knew = met(self.columns, payloads)
        self.know(columns)
        return knew

    def spec(self, size: int | None = None) -> TableSpec:
        return TableSpec(self.columns)

    def forward(self, features: Tensor) -> Tensor:
        return features

    def layer_groups(self) -> list[LayerGroup]:
        return [LayerGroup("columns", ())]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return {"features": torch.linspace(-1, 1, 2 * self.columns.width).reshape(2, -1)}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {"features": {0: "n"}}


def met(known: Columns, payloads: Iterable[Row]) -> tuple[Columns, Message]:
    """`known` columns and those of these rows; and what a model that knew some, but not all of them, knew."""
    rows = list(payloads)
    columns = extended(known, rows)
    if not known.columns:
        return columns, NOTHING
    own = fit_columns(rows)
    shared = shared_columns(known, own)
    total = len(own.columns)
    if len(shared) == total:
        return columns, NOTHING
    if not shared:
        return columns, Message(
            "Of these {total} columns the model knows none by name, so what it learnt before can hardly help. See "
            "whether it does better than one that begins from scratch.",
            total=total,
        )
    return columns, counted(
        "Of these {total} columns the model knows {n} from its pretraining: {names:list}.",
        "Of these {total} columns the model knows {n} from its pretraining: {names:list}.",
        n=len(shared), total=total, names=shared,
    )  # fmt: skip


def load(card: ModelCard, workspace: Workspace) -> TableColumns:
    """It knows no columns yet."""
    return TableColumns(card)
