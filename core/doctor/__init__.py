"""Looks a data set over and says in plain words what may be wrong with it, and what a click can do about it."""

from __future__ import annotations

from core.doctor.examine import examine

__all__ = ["examine"]
