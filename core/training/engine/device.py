"""Where the arithmetic runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from core.errors import RecipeError
from core.messages import Message


def devices() -> list[str]:
    """What this computer has, the fastest first; "cpu" is always there."""
    found = ["cuda"] if torch.cuda.is_available() else []
    found += ["mps"] if torch.backends.mps.is_available() else []
    return [*found, "cpu"]


def pick_device(wanted: str = "auto") -> torch.device:
    """`wanted`, or with "auto" the fastest there is. RecipeError when this computer has none of that kind."""
    there = devices()
    if wanted == "auto":
        return torch.device(there[0])
    if wanted not in there:
        raise RecipeError(
            Message("This computer has no '{wanted}' that PyTorch can use.", wanted=wanted),
            Message("Choose auto or one of: {devices:list}.", devices=there),
        )
    return torch.device(wanted)


def device_name(wanted: str = "auto") -> str:
    """What a person calls it: the name of the graphics card, or "cpu"."""
    picked = pick_device(wanted)
    return torch.cuda.get_device_name(picked) if picked.type == "cuda" else picked.type


def seed_step(device: torch.device, seed: int) -> None:
    """Make what is random in a step on `device` follow from `seed`.

    `torch.manual_seed` also seeds devices that nobody uses: for each it remembers a whole stack of calls every time,
    which costs a millisecond a step, and memory that is never given back.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Calculate with `n` threads meanwhile: how sums are shared among them shows in their last digits."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def mixed_precision(device: torch.device, *, bfloat16: bool) -> AbstractContextManager[object]:
    """Matrix products and convolutions in bfloat16, or all in single precision."""
    return torch.autocast(device.type, dtype=torch.bfloat16) if bfloat16 else nullcontext()


def has_bfloat16(device: torch.device) -> bool:
    """Whether the hardware has it: a processor that only imitates it is six times slower with it."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # PyTorch tells what a processor can do under these names only, which another version may not have.
    questions = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return device.type == "cpu" and any(getattr(torch.cpu, question, bool)() for question in questions)
