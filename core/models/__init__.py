"""Pretrained models: what there is, how to load it, how to turn examples into embeddings."""
