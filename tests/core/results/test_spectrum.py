"""The map of a sound lights up where the tone is that the answer hangs on, and nowhere else."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.results.explanation import finding
from core.results.occlusion import spectrum_map
from tests.core.modalities.sound.making import RATE, tone


class Listener:
    """Says yes as long as it hears a tone of 3 kHz at the end."""

    classes = ("yes", "no")
    model = SimpleNamespace(model=SimpleNamespace(modality="sound"))

    def say(self, sounds):
        spectra = [np.abs(np.fft.rfft(sound[len(sound) * 3 // 4 :])) for sound in sounds]
        heard = [float(np.log10(spectrum[3_000 * 2 * (len(spectrum) - 1) // RATE] + 1)) for spectrum in spectra]
        return torch.stack([torch.tensor(heard, dtype=torch.double), torch.zeros(len(heard), dtype=torch.double)], 1)


def test_the_part_that_matters_is_found_in_time_and_pitch_and_said():
    low = tone(300, 1.0, loud=0.2)
    sound = np.concatenate([low[: RATE * 3 // 4], (low + tone(3_000, 1.0, loud=0.2))[RATE * 3 // 4 :]])
    heat = spectrum_map(Listener(), sound, 0)
    row, column = np.unravel_index(heat.values.argmax(), heat.values.shape)
    assert column >= 6 and row in (2, 3)  # 3 kHz is three eighths of the mels below 8 kHz
    assert heat.strength[:, :4].max() < 0.1
    assert heat.at[1] == pytest.approx(sum(heat.columns) / 2) and heat.at[1] > 0.8
    said = {"modality": "sound", "heat": heat.to_dict(), "words": None, "probability": 0.9, "class": "yes"}
    assert str(finding(said)).startswith("Without the ") and "tones at the end" in str(finding(said))
