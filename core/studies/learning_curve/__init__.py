"""How many examples does it take? Accuracy against examples per class, and what it foretells."""
