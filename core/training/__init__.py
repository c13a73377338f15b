"""Fine-tuning: the recipe, the one loop, and a strategy in each file of `strategies`."""
