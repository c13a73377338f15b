"""Finished runs beside each other: what a comparison warrants, and what it does not."""
