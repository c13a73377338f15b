"""The jobs by name. `python -m core.jobs` is the worker that does them."""

from __future__ import annotations

from core.jobs.base import JOBS
from core.jobs.batching import batch, sort
from core.jobs.data import add, doctor, intake, shots
from core.jobs.explaining import explain
from core.jobs.exporting import export, live
from core.jobs.keeping import empty_bin, open_file, save, save_class
from core.jobs.study import study
from core.jobs.training import find_rate, measure, train
from core.jobs.trying import predict, teach

JOBS.update(
    {
        "intake": intake, "add": add, "shots": shots, "doctor": doctor, "train": train, "predict": predict,
        "find_rate": find_rate, "measure": measure, "study": study, "teach": teach, "explain": explain,
        "export": export, "live": live, "batch": batch, "sort": sort, "save_project": save, "open_project": open_file,
        "empty_bin": empty_bin, "save_class": save_class,
    }
)  # fmt: skip
