"""Several ways to train under the same seeds within a time budget, and a recommendation with its reason."""
