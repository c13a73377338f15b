"""Pictures that come one at a time, as from a phone: kept as they came, until a dataset is made of them.

    album.json            which there are, in the order in which they came, and the class of each
    <digest>              each as it was sent

They are only looked at when they come, and decoded like all examples when the dataset is made (`core.data.intake`), by
a worker, however many come at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from core.data.readers.reading import Item, Reading
from core.errors import DataError
from core.messages import Message
from core.modalities.image.decoding import open_picture
from core.storage import Damaged, read_json, write, write_json, writing

KIND = "image"
LONGEST = 60
"""Characters of the name of a class."""
ALBUM = "album.json"
_LOCK = ".lock"
_STRUCTURE = "album"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture and its class; `id` is a digest of what was sent."""

    id: str
    label: str


class Album:
    """The pictures in a folder, which is made with the first. Several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def shots(self) -> Sequence[Shot]:
        """As they came. DataError where the list of them is damaged."""
        kept = read_json(self.folder / ALBUM)
        if isinstance(kept, Damaged):
            if kept.missing:
                return ()
            raise DataError(kept.why, Message("Take the pictures again."))
        return tuple(Shot(**shot) for shot in kept["shots"])

    @property
    def counts(self) -> dict[str, int]:
        """How many pictures there are of each class."""
        return dict(Counter(shot.label for shot in self.shots))

    def add(self, file: Path, label: str) -> Shot:
        """Take in the picture in a `file`. The same sent again, since nobody heard that it had come, is
        the same. UnreadableExampleError where it is none; StorageError where the disk refuses."""
        raw = file.read_bytes()
        open_picture(raw).close()
        shot = Shot(sha256(raw).hexdigest(), label)
        with self._locked():
            shots = self.shots
            if shot not in shots:
                write(self.folder / shot.id, raw)
                self._write([one for one in shots if one.id != shot.id] + [shot])
        return shot

    def remove(self, ids: Iterable[str]) -> None:
        """Take some out; those that are not there are no error."""
        gone = set(ids)
        with self._locked():
            shots = self.shots
            self._write([shot for shot in shots if shot.id not in gone])
            for shot in shots:
                if shot.id in gone:
                    with suppress(OSError):
                        (self.folder / shot.id).unlink()

    def _write(self, shots: Sequence[Shot]) -> None:
        write_json(self.folder / ALBUM, {"shots": [asdict(shot) for shot in shots]})

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with writing(self.folder / _LOCK), FileLock(self.folder / _LOCK):
            yield


def reading_of(albums: Iterable[tuple[str, Sequence[Shot], Path]]) -> Reading:
    """What there is to read in albums: of each who gave its pictures ("" where all are of one person), those that are
    meant, and its folder. A giver is the source of what they gave, so no split divides it."""
    items = [
        Item(f"{giver}/{number:04}" if giver else f"{number:04}", shot.label, _reader(folder / shot.id),
             source=giver or None)
        for giver, shots, folder in albums for number, shot in enumerate(shots, start=1)
    ]  # fmt: skip
    return Reading(KIND, {"structure": _STRUCTURE}, tuple(items))


def _reader(file: Path) -> Callable[[], bytes]:
    return file.read_bytes


def clean_label(given: str) -> str:
    """The name of a class as it is kept: one line. DataError for one that is empty or too long."""
    label = " ".join("".join(char if char.isprintable() else " " for char in given[: 20 * LONGEST]).split())
    if not label:
        raise DataError(Message("The class needs a name."))
    if len(label) > LONGEST:
        raise DataError(Message("The name of a class has at most {most} characters here.", most=LONGEST))
    return label
