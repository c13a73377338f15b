"""Where the arithmetic runs."""

from __future__ import annotations

import torch


def pick_device() -> torch.device:
    """A CUDA GPU if there is one, else Apple's MPS, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
