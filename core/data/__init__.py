"""Labelled examples: reading what a person has, keeping it, dividing it for training and judging."""
