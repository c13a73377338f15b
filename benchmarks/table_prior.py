"""Invented tables, many at a time: what the network that answers from labelled rows is pretrained on.

Hidden causes go through a random network, and columns are what can be seen of it (Hollmann et al. 2023). Either the
class is the cause, as with species that differ in their measures, or it is one more effect: of sums over few or many of
the columns, of a number cut into ranges, of several decision trees. Columns are made as people have them (skewed,
rounded, yes or no, one-hot, with gaps, about something else entirely) and then prepared as the program prepares them.
Some labelled rows were drawn like the questions, some as many of each class, and some so that no class is missing.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

MOST_CLASSES = 10
_UNITS = 24
_TREES, _DEPTH = 8, 4
_FARTHEST = 5.0
"""Standard deviations: what lies farther out counts as this far, as in `core.modalities.table.columns`."""


class TablePrior:
    """Draws tables on a device; what it draws there follows from the seed."""

    def __init__(self, seed: int, device: str = "cpu") -> None:
        self.device = torch.device(device)
        self.rng = torch.Generator(self.device).manual_seed(seed)
        self.host = np.random.default_rng((7, seed))
        """For what all tables of a draw share."""

    def draw(self, tables: int, known: int, asked: int, columns: int) -> tuple[Tensor, Tensor]:
        """Rows (tables, known + asked, columns), and their classes (tables, known + asked), -1 for a question whose
        class none of the first `known` rows has."""
        rows = known + asked
        classes = self._classes(tables, known)
        caused = self._flip(tables, 0.5)
        hidden, own = self._causes(tables, rows, classes, caused)
        units = self._network(hidden)
        seen = self._pick(units, columns)
        x, whole = self._as_people_have_them(seen)
        source = self.host.random()
        causes = _standard(x) if source < 0.4 else seen if source < 0.75 else units
        labels = torch.where(caused[:, None], own, self._scores(causes, seen, classes))
        x, labels = self._arranged(x, labels)
        return _prepared(x, whole, known), self._numbered(labels, known)

    def _classes(self, tables: int, known: int) -> Tensor:
        most = min(MOST_CLASSES, max(3, 2 * known // 3))
        return (2 + (self._uniform(tables).pow(2.2) * (most - 1)).long()).clamp(max=most)

    def _causes(self, tables: int, rows: int, classes: Tensor, caused: Tensor) -> tuple[Tensor, Tensor]:
        size = int(self.host.random() ** 1.5 * 11) + 2
        base = self._normal(tables, rows, size)
        heavy = self._flip(tables, 0.25)
        tails = (self._normal(tables, rows, 1) * self._between(tables, 0.2, 0.8)[:, None, None]).exp()
        base = torch.where(heavy[:, None, None], base * tails, base)
        even = self._flip(tables, 0.15)
        base = torch.where(even[:, None, None], self._uniform(tables, rows, size) * 3.4 - 1.7, base)
        weight = (self._normal(tables, MOST_CLASSES) * self._between(tables, 0.0, 0.8)[:, None]).exp()
        weight = (weight * self._there(classes)).cumsum(1)
        drawn = self._uniform(tables, rows) * weight[:, -1:] * 0.999999
        labels = torch.searchsorted(weight, drawn, right=True).clamp(max=MOST_CLASSES - 1)
        clusters = torch.where(self._flip(tables, 0.25)[:, None], (self._uniform(tables, rows) * 2).long(), 0)
        place = labels * 2 + clusters
        apart = self._log_between(tables, 0.8, 8.0)[:, None, None]
        matters = (self._uniform(tables, 1, size) < self._between(tables, 0.3, 1.2)[:, None, None]).float()
        matters[:, :, 0] = 1.0
        centres = self._normal(tables, 2 * MOST_CLASSES, size) * apart * matters
        spread = (self._normal(tables, 2 * MOST_CLASSES, size) * self._between(tables, 0.0, 0.7)[:, None, None]).exp()
        at = place[:, :, None].expand(-1, -1, size)
        clustered = centres.gather(1, at) + base * spread.gather(1, at)
        return torch.where(caused[:, None, None], clustered, base), labels

    def _network(self, hidden: Tensor) -> Tensor:
        """Noisy sums, in most tables bent, of what the layer below has; what all layers have, (tables, rows, units)."""
        tables, rows, _ = hidden.shape
        plain = self._flip(tables, 0.5)[:, None, None]
        noise = self._log_between(tables, 0.01, 0.5)[:, None, None]
        found = [_standard(hidden + noise * self._normal(*hidden.shape))]
        x = hidden
        for _ in range(int(self.host.integers(1, 4))):
            weights = self._normal(tables, x.shape[2], _UNITS)
            dense = self._between(tables, 0.2, 1.0)[:, None, None]
            x = _standard(x @ (weights * (self._uniform(tables, x.shape[2], _UNITS) < dense)))
            x = torch.where(plain, x, self._bent(x + self._normal(tables, 1, _UNITS) * 0.5))
            own = noise * (self._normal(tables, 1, _UNITS) * 0.5).exp()
            x = _standard(_standard(x) + own * self._normal(tables, rows, _UNITS))
            found.append(x)
        return torch.cat(found, dim=2)

    def _bent(self, x: Tensor) -> Tensor:
        ways = torch.stack([
            x, x, x.tanh(), x.relu(), F.elu(x), x.abs(), x * x, (2 * x).sin(), (-x * x).exp(),
            (x > 0).float(), (3 * x).round() / 3, x.clamp(-3, 3).exp(),
        ])  # fmt: skip
        tables, rows, units = x.shape
        palette = (self._uniform(tables, 3) * len(ways)).long()
        chosen = palette.gather(1, (self._uniform(tables, units) * 3).long())
        return ways.gather(0, chosen[None, :, None, :].expand(1, -1, rows, -1))[0]

    def _pick(self, units: Tensor, columns: int) -> Tensor:
        """Some units with a noise of their own; a share of the columns belongs to other rows, so that they say
        nothing."""
        tables, rows, many = units.shape
        again = -(-columns // many)
        first = self._uniform(tables, again * many)
        # Some tables see only what lies near each other in the network.
        drift = torch.arange(again * many, device=self.device)[None] / (again * many)
        at = (first + drift * self._between(tables, -2.0, 2.0)[:, None]).argsort(1)[:, :columns] % many
        seen = units.gather(2, at[:, None, :].expand(-1, rows, -1))
        noise = self._log_between(tables, 0.01, 1.0)[:, None, None] * (self._normal(tables, 1, columns) * 0.4).exp()
        seen = seen + noise * self._normal(tables, rows, columns)
        idle = self._uniform(tables, columns) < (self._uniform(tables) * 1.2 - 0.6).clamp(0, 0.6)[:, None]
        idle[:, 0] = False
        return torch.where(idle[:, None, :], seen.roll(1 + int(self.host.integers(rows - 1)), 1), seen)

    def _scores(self, causes: Tensor, seen: Tensor, classes: Tensor) -> Tensor:
        """Classes (tables, rows) that follow from the `causes`, or by trees from what is `seen`, and from chance."""
        tables, rows, many = causes.shape
        # Sums over few or all of them, the largest of which wins.
        weights = self._normal(tables, many, MOST_CLASSES)
        weights = weights * (self._normal(tables, many, 1) * self._between(tables, 0.0, 1.0)[:, None, None]).exp()
        used = self._uniform(tables, many, 1) < self._log_between(tables, 0.05, 4.0)[:, None, None]
        used[:, 0] = True
        sums = _standard(causes @ (weights * used)) * 1.5
        # One number, cut into ranges.
        cuts = self._normal(tables, 1, MOST_CLASSES).sort(2).values
        ranges = -(sums[:, :, :1] / 1.5 - cuts).abs() * 3
        # Trees that ask the same at each level.
        asked = (self._uniform(tables, _TREES * _DEPTH) * seen.shape[2]).long()
        tested = seen.gather(2, asked[:, None, :].expand(-1, rows, -1))
        sides = (tested > self._normal(tables, 1, _TREES * _DEPTH) * 0.6).view(tables, rows, _TREES, _DEPTH)
        level = torch.arange(_DEPTH, device=self.device)
        deep = level < 1 + (self._uniform(tables, 1, _TREES, 1) * _DEPTH).long()
        leaf = (sides * deep * 2**level).sum(3)
        leaf = leaf + torch.arange(_TREES, device=self.device) * 2**_DEPTH
        there = torch.arange(_TREES, device=self.device) < 1 + (self._uniform(tables, 1).pow(2) * _TREES).long()
        leaves = self._normal(tables, _TREES, 2**_DEPTH, MOST_CLASSES) * there[:, :, None, None]
        at = leaf.flatten(1)[:, :, None].expand(-1, -1, MOST_CLASSES)
        trees = leaves.flatten(1, 2).gather(1, at).view(tables, rows, _TREES, MOST_CLASSES).sum(2)
        trees = 2 * trees / there.sum(1)[:, None, None].sqrt()
        way = self._uniform(tables)[:, None, None]
        scores = torch.where(way < 0.55, sums, torch.where(way < 0.68, ranges, trees))
        scores = scores + self._normal(tables, 1, MOST_CLASSES) * self._between(tables, 0.0, 0.8)[:, None, None]
        doubt = self._log_between(tables, 0.01, 0.8)[:, None, None]
        gumbel = -(-self._uniform(tables, rows, MOST_CLASSES).clamp(1e-6, 1 - 1e-6).log()).log()
        return (scores + doubt * gumbel).masked_fill(~self._there(classes)[:, None], -math.inf).argmax(2)

    def _as_people_have_them(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Columns (tables, rows, columns), and which are yes or no (tables, 1, columns), as categories are."""
        tables, rows, columns = seen.shape
        x = _standard(seen)
        kind = self._uniform(tables, 1, columns)
        usual = self._between(tables, 0.0, 1.0)[:, None, None]
        kind = torch.where(kind < usual, 1.0, (kind - usual) / (1 - usual).clamp(min=1e-3))
        steps = self._between(tables, 1.0, 4.0)[:, None, None]
        cut = self._normal(tables, 1, columns) * 0.8
        whole = (kind >= 0.55) & (kind < 0.75)
        x = torch.where(kind < 0.25, x.clamp(-4, 4).mul(0.7).exp(), x)
        x = torch.where((kind >= 0.25) & (kind < 0.35), x.pow(3), x)
        x = torch.where((kind >= 0.35) & (kind < 0.55), (x * steps).round(), x)
        x = torch.where(whole, (x > cut).float(), x)
        x = torch.where((kind >= 0.75) & (kind < 0.85), x.relu(), x)
        whole = whole & self._flip(tables, 0.6)[:, None, None]  # else they are numbers that happen to be 0 and 1
        if columns >= 4 and self.host.random() < 0.5:
            x, whole = self._one_hot(x, seen, whole)
        gaps = (self._uniform(tables) * 2 - 1.6).clamp(0, 0.3)[:, None, None]
        missing = (self._uniform(tables, rows, columns) < gaps) & ~whole
        middle = x.median(dim=1, keepdim=True).values
        return torch.where(missing, middle, x), whole

    def _one_hot(self, x: Tensor, seen: Tensor, whole: Tensor) -> tuple[Tensor, Tensor]:
        """In half of the tables the first columns become one category each few: yes where one of them is the
        largest."""
        tables, _, columns = x.shape
        size = int(self.host.random() * min(4, columns - 2)) + 3
        with_category = self._flip(tables, 0.5)[:, None, None]
        x, whole = x.clone(), whole.clone()
        for group in range(int(self.host.random() * min(4, columns // size)) + 1):
            at = slice(group * size, min(columns, (group + 1) * size))
            many, own = at.stop - at.start, seen[:, :, at]
            if self.host.random() < 0.5:
                own = own[:, :, :1] * self._normal(tables, 1, many) + self._normal(tables, 1, many)
            largest = F.one_hot(own.argmax(2), many).to(x.dtype)
            x[:, :, at] = torch.where(with_category, largest, x[:, :, at])
            whole[:, :, at] |= with_category
        return x, whole

    def _arranged(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The labelled rows first: drawn at random, as many of each class, or one of each class before all others."""
        tables, rows = labels.shape
        same = labels[:, :, None] == labels[:, None, :]
        turn = (same & torch.ones(rows, rows, dtype=torch.bool, device=self.device).tril(-1)).sum(2)
        way = self._uniform(tables)[:, None]
        turn = torch.where(way < 0.3, turn, torch.where(way < 0.7, turn.clamp(max=1), 0))
        order = (turn * rows + torch.arange(rows, device=self.device)).argsort(1)
        return x.gather(1, order[:, :, None].expand_as(x)), labels.gather(1, order)

    def _numbered(self, labels: Tensor, known: int) -> Tensor:
        """Classes as numbers that say nothing, those without a labelled row as -1."""
        tables = labels.shape[0]
        names = self._uniform(tables, MOST_CLASSES).argsort(1)
        seen = torch.zeros(tables, MOST_CLASSES, dtype=torch.bool, device=self.device)
        seen = seen.scatter(1, labels[:, :known], True)
        return torch.where(seen.gather(1, labels), names.gather(1, labels), -1)

    def _there(self, classes: Tensor) -> Tensor:
        return torch.arange(MOST_CLASSES, device=self.device) < classes[:, None]

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=self.rng, device=self.device)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.rng, device=self.device)

    def _flip(self, tables: int, share: float) -> Tensor:
        return self._uniform(tables) < share

    def _between(self, tables: int, low: float, high: float) -> Tensor:
        return low + (high - low) * self._uniform(tables)

    def _log_between(self, tables: int, low: float, high: float) -> Tensor:
        return self._between(tables, math.log(low), math.log(high)).exp()


def _standard(x: Tensor) -> Tensor:
    """Mean 0 and deviation 1 along the rows, nothing farther out than ten of them."""
    x = x - x.mean(1, keepdim=True)
    return (x / (x.pow(2).mean(1, keepdim=True).sqrt() + 1e-5)).clamp(-10, 10)


def _prepared(x: Tensor, whole: Tensor, known: int) -> Tensor:
    """In deviations from the mean of the first `known` rows, but for columns that are `whole`; what is always the same
    in these is left out, here as zeros."""
    first = x[:, :known]
    mean = first.mean(1, keepdim=True)
    spread = (first - mean).pow(2).mean(1, keepdim=True).sqrt()
    said = torch.where(whole, x, ((x - mean) / spread.clamp(min=1e-6)).clamp(-_FARTHEST, _FARTHEST))
    return torch.where(spread > 1e-5, said, 0.0)
