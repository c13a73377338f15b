"""What did the work: the pretraining, or the way the examples were used? Every claim is paired over random splits."""
