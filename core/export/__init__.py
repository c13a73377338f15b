"""A finished run taken away: a model that runs elsewhere, and the proof that it answers the same."""
