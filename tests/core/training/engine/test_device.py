"""Where the arithmetic runs, and in what precision."""

from __future__ import annotations

import re

import pytest
import torch

from core.errors import RecipeError
from core.models.head import CosineHead, LinearHead
from core.training.engine.device import has_bfloat16, mixed_precision, pick_device
from tests.helpers import PROJECT

CPU = torch.device("cpu")


def test_the_processor_is_always_there_and_other_hardware_only_if_it_is():
    assert pick_device("cpu") == CPU
    if not torch.cuda.is_available():
        with pytest.raises(RecipeError, match="no 'cuda'"):
            pick_device("cuda")


@pytest.mark.parametrize(("avx", "amx"), [(True, False), (False, True), (False, False)])
def test_half_the_bits_only_where_the_processor_has_them(monkeypatch, avx, amx):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert has_bfloat16(CPU) == (avx or amx)


def test_a_version_of_pytorch_that_cannot_tell_means_full_precision(monkeypatch):
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported", raising=False)
    assert not has_bfloat16(CPU)


@pytest.mark.parametrize("bfloat16", [True, False])
def test_matrices_are_multiplied_in_the_precision_that_is_asked_for(bfloat16):
    with mixed_precision(CPU, bfloat16=bfloat16):
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == (torch.bfloat16 if bfloat16 else torch.float32)


@pytest.mark.parametrize("kind", [LinearHead, CosineHead])
def test_last_layers_answer_in_full_precision_all_the_same(kind):
    torch.manual_seed(0)
    head, x = kind(16, 3), torch.randn(8, 16)
    torch.nn.init.normal_(head.weight)
    with torch.autocast("cpu", torch.bfloat16):
        inside = head(x)
    assert torch.equal(inside, head(x))


def test_nothing_is_made_double_where_it_may_not_be():
    """Apple's graphics have no double precision: what is solved in it comes to the processor first."""
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((PROJECT / "core" / "training").rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"(?<!\.cpu\(\))\.double\(\)", line)
    ]
    assert found == []
