"""Sounds: the specification of the kind, how files are decoded, how sounds vary, and how they become numbers."""
