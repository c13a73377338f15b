"""How confident a run's model is, against how often it is right, before and after its temperature was fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.evaluation.answers import Answer, arrays, correction_from
from core.evaluation.calibration import Calibration, Correction, calibration, cross_fitted, scaled


@dataclass(frozen=True, slots=True)
class Reliability:
    """How confident a model is, against how often it is right.

    The `correction` was fitted on answers of the part `fitted_on`. `before` is as it was trained, `after` as
    corrected, on the same answers of the part `evaluated_on`; None where nothing is corrected. Where both parts are the
    same, `after` is cross-fitted: no answer was corrected by a temperature that it helped to find.
    """

    correction: Correction
    fitted_on: str
    evaluated_on: str
    before: Calibration
    after: Calibration | None

    def to_dict(self) -> dict[str, Any]:
        correction = self.correction
        return {
            "temperature": correction.temperature, "why_none": correction.why_none, "learnt_from": correction.n,
            "learnt_on": self.fitted_on, "judged_on": self.evaluated_on, "before": self.before.to_dict(),
            "after": self.after and self.after.to_dict(),
        }  # fmt: skip


def reliability_of(answers: Sequence[Answer], out_of_fold: Sequence[Answer], temperature: float) -> Reliability | None:
    """Of a model with this temperature, from its raw answers on validation and test examples, and those that were left
    out in a cross-validation, if there was one. None where nothing was held back."""
    fitted_on = out_of_fold or [answer for answer in answers if answer.part == "validation"]
    evaluated_on = [answer for answer in answers if answer.part == "test"] or fitted_on
    if not evaluated_on:
        return None
    # Without one, why there is none.
    correction = Correction(temperature, len(fitted_on))
    if temperature == 1:
        correction = replace(correction_from(fitted_on), temperature=1.0)
    probabilities, truth = arrays(evaluated_on)
    after = None
    if temperature != 1:
        own = evaluated_on is fitted_on
        made = cross_fitted(probabilities, truth) if own else scaled(probabilities, temperature)
        after = calibration(made, truth)
    part = fitted_on[0].part if fitted_on else ""
    return Reliability(correction, part, evaluated_on[0].part, calibration(probabilities, truth), after)
