"""Training: `spec` says what is asked (no torch), `engine` does it, `strategies` are the ways to do it."""
