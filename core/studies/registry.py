"""The studies that there are, by id: jobs, command line and pages start any of them through this list."""

from __future__ import annotations

from typing import Any

from core.studies.base import Study
from core.studies.benchmark import BENCHMARK
from core.studies.comparison import COMPARISON
from core.studies.few_shot import FEW_SHOT
from core.studies.learning_curve import LEARNING_CURVE
from core.studies.pooled import POOLED
from core.studies.transfer import TRANSFER

STUDIES: dict[str, Study[Any, Any]] = {
    study.id: study for study in (FEW_SHOT, TRANSFER, LEARNING_CURVE, POOLED, BENCHMARK, COMPARISON)
}
