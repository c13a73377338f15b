"""Races: several ways to train under the same conditions, a time budget, and a recommendation with its reason."""
