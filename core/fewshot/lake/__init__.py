"""The classic one-shot test: twenty runs of twenty characters, one drawing of each to learn from (Lake et al. 2015)."""
