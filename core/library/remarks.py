"""What a person says of something that is kept: its name, a note, a pin. It lies in its own folder, and goes where that
goes.

A name is the title that the thing has anyway. Note and pin are a file beside it, written as a whole: whoever writes
last is right.
"""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from core.data.dataset import rename_dataset
from core.errors import UserError
from core.messages import Message
from core.runs.folder import RunFolder
from core.storage import Damaged, read_json, write_json
from core.workspace import Workspace

FILE = "remark.json"
LONGEST_TITLE = 200
LONGEST_NOTE = 4000
"""Letters."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A `note`, whether it is `pinned`, and the project it came in (`origin`, a file's name), if it did."""

    note: str = ""
    pinned: bool = False
    origin: str = ""


def read_remark(folder: Path) -> Remark:
    """What was said of what lies in a folder; nothing where that is damaged."""
    kept = read_json(folder / FILE)
    if isinstance(kept, Damaged):
        return Remark()
    return Remark(str(kept.get("note", "")), bool(kept.get("pinned")), str(kept.get("origin", "")))


def write_remark(folder: Path, remark: Remark) -> None:
    """Keep what is said of what lies in a folder. UserError for a note that is too long, and where the folder is gone;
    StorageError where the disk refuses."""
    if len(remark.note) > LONGEST_NOTE:
        raise UserError(
            Message("The note has {n} letters; {most} is the most.", n=len(remark.note), most=LONGEST_NOTE),
            Message("Make it shorter."),
        )
    if not folder.is_dir():
        raise gone(folder.name)
    write_json(folder / FILE, asdict(remark))


def rename(folder: Path, title: str, workspace: Workspace) -> str:
    """Give a dataset, a run or a study another title; the title as it is kept. UserError for one that is empty or too
    long, and where the folder is gone."""
    title = _cleaned(title)
    if not title:
        raise UserError(Message("The new name is empty."), Message("Type what it is to be called."))
    if len(title) > LONGEST_TITLE:
        raise UserError(
            Message("The name has {n} letters; {most} is the most.", n=len(title), most=LONGEST_TITLE),
            Message("Take a shorter one."),
        )
    if not folder.is_dir():
        raise gone(folder.name)
    if folder.parent == workspace.datasets:
        rename_dataset(folder.name, title, workspace)
    else:
        RunFolder(folder).rename(title)
    return title


def as_title(text: str) -> str:
    """A title from outside as `rename` would keep it, or its beginning."""
    return _cleaned(text)[:LONGEST_TITLE]


def _cleaned(text: str) -> str:
    """The text in one line, without characters that give orders to a terminal or turn the direction of writing."""
    return " ".join("".join(char for char in " ".join(text.split()) if _is_shown(char)).split())


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs") and unicodedata.bidirectional(char) not in _TURNING


_TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


def gone(item_id: str) -> UserError:
    """What is said where somebody else was faster."""
    return UserError(
        Message("'{id}' is not here any more: it was deleted meanwhile.", id=item_id),
        Message("It may be in the bin."),
    )
