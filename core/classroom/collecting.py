"""Pictures that come from the phones of a class: for what all gather together, or for whoever takes them.

Each lies in the space of whoever gave it, so nobody else's is ever touched: to take one back, to delete what somebody
made and the limits of each work as for everything else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from core.classroom.room import ClassRoom, Member
from core.classroom.sharing import DISK_REFUSES, why_full
from core.data.album import Album, Shot, clean_label
from core.errors import DataError, StorageError, UserError
from core.messages import Message
from core.workspace import Workspace

OWN = "own"
"""The album of pictures that somebody takes for themselves."""


class FullError(UserError):
    """There is no room for a picture now, for whatever reason; later there may be."""


def own_album(home: Workspace) -> Album:
    """The pictures that somebody took for themselves, and made no dataset of yet."""
    return Album(home.albums / OWN)


def album_of(room: ClassRoom, member: Member, key: str) -> Album:
    """Where the pictures of somebody are: `OWN`, or the collection of the class. DataError for any other."""
    if key not in (OWN, room.collection.id) or not key:
        raise DataError(Message("The class gathers something else now."), Message("Reload this page."))
    return Album(room.workspace_of(member).albums / key)


def give(room: ClassRoom, member: Member, key: str, label: str, file: Path) -> Shot:
    """Take in the picture in a `file`. DataError and UnreadableExampleError for what is not wanted here,
    FullError where there is no room for it."""
    album, label = album_of(room, member, key), clean_label(label)
    if key != OWN:
        if not room.collection.open:
            raise DataError(Message("Your teacher takes no more pictures for this collection."))
        if label not in room.collection.classes:
            raise DataError(Message("The class gathers something else now."), Message("Reload this page."))
    if not member.is_teacher and (why := why_full(room, member)):
        raise FullError(why)
    try:
        return album.add(file, label)
    except StorageError as error:
        raise FullError(DISK_REFUSES) from error


def take_back(room: ClassRoom, member: Member, key: str, shot_id: str) -> None:
    """Take a picture out again; one that is not there is no error. DataError, and FullError, as for `give`."""
    try:
        album_of(room, member, key).remove([shot_id])
    except StorageError as error:
        raise FullError(DISK_REFUSES) from error


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the class has gathered: pictures of each class, and of each who gave some."""

    classes: dict[str, int]
    givers: dict[str, int]
    """By their ids."""

    @property
    def pictures(self) -> int:
        return sum(self.classes.values())


def gathered(room: ClassRoom) -> Gathered:
    """How many pictures there are. An album that is damaged counts nothing; its owner is told."""
    classes, givers = Counter(dict.fromkeys(room.collection.classes, 0)), dict[str, int]()
    for member in room.people:
        try:
            counts = album_of(room, member, room.collection.id).counts
        except DataError:
            continue
        if counts:
            classes.update(counts)
            givers[member.id] = sum(counts.values())
    return Gathered(dict(classes), givers)


def albums(room: ClassRoom) -> list[tuple[str, str]]:
    """Of each who gave to the collection, how they are called and where their pictures are, for the job that makes a
    dataset of them."""
    given = gathered(room).givers
    return [
        (str(member.called), str(album_of(room, member, room.collection.id).folder))
        for member in room.people if member.id in given
    ]  # fmt: skip
