"""How much of a stranger's file is taken in. The workspace's `settings.json` may change each limit."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields

from core.errors import DataError
from core.messages import Message
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Limits:
    """Every number is the largest that is accepted."""

    files: int = 20_000
    """Files in one zip or folder."""
    total_megabytes: int = 4_000
    """What a zip or folder unpacks to."""
    file_megabytes: int = 64
    """One picture or text file."""
    table_megabytes: int = 50
    """One table, workbook or JSON file."""
    rows: int = 200_000
    """Rows in all tables of a source together."""

    @classmethod
    def of(cls, workspace: Workspace) -> Limits:
        """The limits of a workspace: the defaults, and what its `settings.json` says under "limits"."""
        file = workspace.root / "settings.json"
        if not file.exists():
            return cls()
        try:
            asked = json.loads(file.read_text(encoding="utf-8")).get("limits", {})
            known = {field.name for field in fields(cls)}
            strange = sorted(set(asked) - known) or sorted(k for k, v in asked.items() if type(v) is not int or v < 1)
        except (ValueError, AttributeError, TypeError) as error:
            raise DataError(Message("settings.json is not written as it should be."), _HOW) from error
        if strange:
            raise DataError(
                Message("settings.json sets a limit that does not work: {names:list}.", names=strange), _HOW
            )
        return cls(**asked)


_HOW = Message("It should look like {example}.", example='{"limits": {"files": 20000, "table_megabytes": 50}}')
