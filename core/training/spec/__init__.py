"""What training is asked to do, without torch: recipe, strategies, plan, cost. Pages and the command line read it."""
