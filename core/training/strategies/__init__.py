"""Ways to train, one file each: what it says of itself, and what it does. A new file here is a new way to train.

A file holds a class of `core.training.spec.strategies.Strategy`. The server reads what it says of itself, so torch and
the engine are imported where it begins to train, inside `prepare`.
"""
