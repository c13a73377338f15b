"""Ways to train, one file each: how a way describes itself, and what it does. A new file here is a new way to train.

A file holds a class of `core.training.strategies.base.Strategy`. The server reads the descriptions and never loads
torch, so whatever needs it is imported inside `prepare`, where training begins.
"""
