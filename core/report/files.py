"""What the files are called that are taken away, and writing them."""

from __future__ import annotations

from pathlib import Path

from core.errors import UserError
from core.workspace import write_atomically


def report_name(run_id: str) -> str:
    return f"finetune-lab-report-{run_id}.html"


def card_name(run_id: str) -> str:
    return f"finetune-lab-model-card-{run_id}.md"


def write_out(text: str, said: str | None, usual: str, *, force: bool = False) -> Path:
    """Write to the file or into the folder that somebody said, else under the `usual` name into the current folder.

    A file under the usual name is one of ours and made anew; any other that is there already is only replaced with
    `force`. UserError where it cannot be written.
    """
    asked = Path(said) if said is not None else Path(usual)
    file = asked / usual if asked.is_dir() else asked
    if file.exists() and file.name != usual and not force:
        raise UserError(f"There is a file '{file}' already.", "Choose another name, or replace it with --force.")
    try:
        write_atomically(file, text.encode("utf-8"))
    except OSError as error:
        reason = "there is no such folder" if not file.parent.is_dir() else (error.strerror or "it failed").lower()
        raise UserError(f"'{file}' cannot be written: {reason}.", "Choose another place with --out.") from error
    return file.resolve()
