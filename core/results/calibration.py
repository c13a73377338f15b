"""How sure a run's model should be: a temperature from answers about examples that did not teach, and what it does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import RunError
from core.evaluation.answers import Answer, arrays, correction_from, read_answers, read_out_of_fold
from core.evaluation.calibration import Calibration, Correction, calibration, cross_fitted, scaled


def read_temperature(folder: Path) -> float | None:
    """The temperature of the model in a run's folder; None where it was made before there were any, and answers raw.

    RunError when the run has no model.
    """
    try:
        return json.loads((folder / "model.json").read_text(encoding="utf-8")).get("temperature")
    except (OSError, ValueError) as error:
        raise RunError(f"The run '{folder.name}' has no finished model.", "Train it, or choose another run.") from error


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure a model is, against how often it is right.

    The `correction` was learnt from answers of the part `learnt_on`. `before` is as it was trained, `after` as
    corrected, on the same answers of the part `judged_on`; None where nothing is corrected. Where both parts are the
    same, `after` is cross-fitted: no answer was corrected by a temperature that it helped to find.
    """

    correction: Correction
    learnt_on: str
    judged_on: str
    before: Calibration
    after: Calibration | None

    def to_dict(self) -> dict[str, Any]:
        correction = self.correction
        return {
            "temperature": correction.temperature, "why_none": correction.why_none, "learnt_from": correction.n,
            "learnt_on": self.learnt_on, "judged_on": self.judged_on, "before": self.before.to_dict(),
            "after": self.after and self.after.to_dict(),
        }  # fmt: skip


def sureness(folder: Path) -> Sureness | None:
    """Of the finished run in `folder`; None where nobody judged it. RunError when it has no model."""
    temperature = read_temperature(folder)
    said = read_answers(folder)
    learnt_on = read_out_of_fold(folder) or [answer for answer in said if answer.part == "validation"]
    judged_on = [answer for answer in said if answer.part == "test"] or learnt_on
    if not judged_on:
        return None
    correction = _kept(temperature, learnt_on)
    probabilities, truth = arrays(judged_on)
    after = None
    if correction.temperature != 1:
        own = judged_on is learnt_on
        made = cross_fitted(probabilities, truth) if own else scaled(probabilities, correction.temperature)
        after = calibration(made, truth)
    part = learnt_on[0].part if learnt_on else ""
    return Sureness(correction, part, judged_on[0].part, calibration(probabilities, truth), after)


def _kept(temperature: float | None, learnt_on: Sequence[Answer]) -> Correction:
    """The correction that the model has, and why it has none."""
    if temperature is None:
        return Correction(1.0, len(learnt_on), "old")
    if temperature != 1:
        return Correction(temperature, len(learnt_on))
    return replace(correction_from(learnt_on), temperature=1.0)
