"""What makes `glyphnet` runs, and learns; how well is measured by `benchmarks`."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.pretrain_glyphnet import as_by_another_hand, pretrain, read, turned


@pytest.fixture
def glyphs(tmp_path):
    """Four characters, three drawings of each: a bar at the left, right, top, bottom."""
    for number, (rows, columns) in enumerate([(slice(60), slice(8, 12)), (slice(60), slice(52, 56)),
                                              (slice(8, 12), slice(60)), (slice(52, 56), slice(60))]):  # fmt: skip
        folder = tmp_path / f"character {number}"
        folder.mkdir()
        ground = np.full((64, 64), 255, np.uint8)
        ground[rows, columns] = 0
        for hand in range(3):
            Image.fromarray(ground).save(folder / f"{hand}.png")
    return tmp_path


def test_it_trains_on_a_folder_of_drawings(glyphs, monkeypatch, capsys):
    drawings = read(glyphs)
    assert drawings.shape == (4, 3, 64, 64) and drawings.unique().tolist() == [0, 255]
    network = pretrain(drawings, steps=3, classes=8)
    assert all(torch.isfinite(value).all() for value in network.state_dict().values())
    assert int(network.blocks[0][1].running_mean.abs().gt(0).sum()) > 0, "its statistics were learnt"
    assert "3 steps" in capsys.readouterr().out


def test_drawings_are_turned_by_quarters_and_warped_without_losing_their_ink(glyphs):
    drawings = read(glyphs)[:, 0]
    ink = 1 - drawings.float().unsqueeze(1) / 255
    around = turned(ink, torch.tensor([0, 1, 2, 3]))
    assert all(torch.equal(around[k], ink[k].rot90(k, (1, 2))) for k in range(4))
    torch.manual_seed(0)
    warped = as_by_another_hand(drawings)
    assert warped.shape == ink.shape and 0 <= float(warped.min()) <= float(warped.max()) <= 1
    assert float(warped.sum()) == pytest.approx(float(ink.sum()), rel=0.6) and not torch.equal(warped, ink)


def test_a_folder_without_drawings_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no folders"):
        read(tmp_path)
