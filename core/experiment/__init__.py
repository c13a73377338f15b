"""Experiments on a whole set: what did the work, and how many examples it takes. Every claim is paired over draws."""
