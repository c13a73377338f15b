"""Learning from very few examples: episodes, and ways to answer in them without training a network."""
