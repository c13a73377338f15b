"""What the parts of the result page look at."""

from __future__ import annotations

from core.report.seen import Seen as Seen
