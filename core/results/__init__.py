"""A finished run, read back: what it answered and why, where it fails, how it learnt."""
