"""Checks a dataset and says in plain words what may be wrong with it, and what a click can do about it."""
