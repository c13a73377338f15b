"""The published runs, read from a folder or a zip: `class_labels.txt` pairs each test drawing with the right one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.data.dataset import Dataset, Example
from core.data.readers.opening import open_path
from core.data.readers.source import SourceFile
from core.errors import DataError, UserError
from core.limits import Limits
from core.modalities import get_modality
from core.workspace import Workspace

LABELS = "class_labels.txt"
_EXPECTED = (
    f"Expected is a folder for each run with '{LABELS}': on each line the path of a test drawing, a blank, and that of "
    "the drawing of the same character to learn from."
)


@dataclass(frozen=True)
class Run:
    """One run: places in the set of all drawings. `truth[j]` says where in `support` the right answer to query j is."""

    name: str
    support: tuple[int, ...]
    query: tuple[int, ...]
    truth: tuple[int, ...]


@dataclass(frozen=True)
class Runs:
    """All drawings as one set, and the runs on it."""

    dataset: Dataset
    runs: tuple[Run, ...]

    @property
    def n(self) -> int:
        """How many questions there are."""
        return sum(len(run.query) for run in self.runs)


def read_runs(path: Path, workspace: Workspace) -> Runs:
    """DataError says what is missing or cannot be read."""
    source = open_path(path, Limits.of(workspace))
    files = {file.path: file for file in source.files}
    tables = sorted(place for place in files if place.name == LABELS)
    if not tables:
        raise DataError(f"There is no '{LABELS}' in '{path.name}'.", _EXPECTED)
    store = _Store(workspace, files)
    runs = tuple(_run(table, files[table], store) for table in tables)
    return Runs(Dataset(path.stem, "image", tuple(store.examples), workspace.examples), runs)


class _Store:
    """Decodes each drawing once and keeps it in the workspace."""

    def __init__(self, workspace: Workspace, files: dict[PurePosixPath, SourceFile]) -> None:
        self.examples: list[Example] = []
        self._places: dict[PurePosixPath, int] = {}
        self._workspace, self._files = workspace, files

    def place(self, path: PurePosixPath, table: PurePosixPath) -> int:
        """Where the drawing at `path` stands in the set; paths are relative to the run's folder or to the one above."""
        found = next((p for p in (table.parent.parent / path, table.parent / path, path) if p in self._files), None)
        if found is None:
            raise DataError(f"'{table}' names '{path}', which is not there.", _EXPECTED)
        if found not in self._places:
            self._places[found] = len(self.examples)
            self.examples.append(self._read(found))
        return self._places[found]

    def _read(self, path: PurePosixPath) -> Example:
        kind, store = get_modality("image"), self._workspace.examples
        raw = self._files[path].read()
        digest = kind.digest(raw)
        if not kind.is_kept(digest, store):
            try:
                kind.keep(kind.read(raw), digest, store)
            except UserError as error:
                raise DataError(f"'{path}' cannot be read.", str(error)) from error
        return Example(digest, path.parent.name, str(path))


def _run(table: PurePosixPath, file: SourceFile, store: _Store) -> Run:
    pairs = [line.split() for line in file.read().decode("utf-8", errors="replace").splitlines() if line.strip()]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise DataError(f"'{table}' is not a list of pairs of paths.", _EXPECTED)
    query = tuple(store.place(PurePosixPath(test), table) for test, _ in pairs)
    right = [store.place(PurePosixPath(taught), table) for _, taught in pairs]
    support = tuple(sorted(set(right)))
    if len(support) < 2:
        raise DataError(f"'{table}' has one drawing to learn from only.", _EXPECTED)
    return Run(table.parent.name or table.stem, support, query, tuple(support.index(place) for place in right))
