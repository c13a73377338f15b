"""What runs jobs: here, or anywhere else.

Pages, command line and races know a launcher by this protocol only. `core.runs.local` has the two that work on this
machine: worker processes, and the very process that asks. `core.jobs.cluster` has one that trains on other machines,
and answers for what they do: its process is the runner that `run.json` names. A place that outlives whoever asked is a
kind of record of its own in `core.runs.runner.RUNNERS`.
"""

from __future__ import annotations

from typing import Protocol

from core.runs.folder import RunFolder


class Launcher(Protocol):
    """Starts, queues and stops jobs. Thread-safe.

    What a job has done is read from its folder; a launcher only knows what it is about to do.
    """

    @property
    def slots(self) -> int:
        """How many heavy jobs (trainings) are under way at once; the others wait."""
        ...

    def start(self, job: RunFolder, *, heavy: bool = True) -> None:
        """Run `job` as soon as may be. `heavy` ones (training) take turns, others start at once."""
        ...

    def stop(self, job: RunFolder) -> None:
        """Ask `job` to end and keep its best; insist when it does not. One that is over stays as it is."""
        ...

    def pause(self, job: RunFolder) -> None:
        """Ask a training run to leave a checkpoint and end; `resume` takes it up again."""
        ...

    def resume(self, job: RunFolder) -> None:
        """Take up a training run that was paused, or whose runner died. RunError for any other."""
        ...

    def position(self, job: RunFolder) -> int | None:
        """How many jobs are before this one; None when it does not wait."""
        ...

    def waits(self, job: RunFolder) -> float | None:
        """Seconds until a heavy job will begin, as far as can be estimated; None when it does not wait."""
        ...

    def alive(self, job: RunFolder) -> bool:
        """Whether `job` waits here, or whoever works on it still lives."""
        ...

    def close(self) -> None:
        """Take no more jobs. Training that is under way pauses and can be resumed later; other jobs stop."""
        ...
