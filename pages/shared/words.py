"""Text of the interface (see `core/words.py`), and what pages call the states of a run."""

from __future__ import annotations

from core.words import duration as duration
from core.words import escape as escape
from core.words import percent as percent
from core.words import score_sentence as score_sentence
from core.words import share_range as share_range
from core.words import things as things
from core.words import tr as tr

STATES = {
    "queued": ("Waiting for its turn", "hourglass_empty"),
    "running": ("Training", "play_circle"),
    "paused": ("Paused", "pause_circle"),
    "completed": ("Finished", "check_circle"),
    "stopped": ("Stopped by hand", "stop_circle"),
    "failed": ("Failed", "error"),
    "interrupted": ("Interrupted", "power_off"),
}
