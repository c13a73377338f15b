"""What a job is: a function from its folder to a stream of events."""

from __future__ import annotations

from collections.abc import Callable, Generator

from core.events import Event
from core.runs.folder import RunFolder
from core.workspace import Workspace

Stop = Callable[[], bool]
Job = Callable[[RunFolder, Workspace, Stop], Generator[Event, None, None]]
