"""Several tests at once: the more one looks, the more often luck looks like a finding."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for there being several, in their order (Holm 1979, "A simple sequentially rejective multiple
    test procedure"): calling those under 5 % findings, any of them is luck in at most 5 % of cases."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, largest = [0.0] * len(p_values), 0.0
    for place, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[i]))
        corrected[i] = largest
    return corrected
