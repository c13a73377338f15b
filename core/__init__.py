"""Finetune Lab's engine: data in, training, evaluation, run folders. Stands on its own; never imports streamlit."""
