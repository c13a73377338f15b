"""The class itself: a folder with its secrets, who belongs to it, and a workspace for each.

    class.json            name, join code, secrets, members, settings
    members/<id>/         the workspace of a student             teacher/   the teacher's own
    cache/                what can be computed again, for all of them together (see `Workspace.cache`)
    shown/<id>/           a copy of what a student lets the teacher show (see `core.classroom.showing`)

Who somebody is, is told by a cookie alone, and `ClassRoom.visitor` is the only place that believes one. One server has
a class open at a time, so what is in memory is what is on disk.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from core.classroom.guessing import ALPHABET, LENGTH, typed
from core.classroom.handing import give_lesson
from core.classroom.names import ANIMALS, clean_name, next_number
from core.classroom.presence import Presence
from core.classroom.showing import Showings
from core.data.album import clean_label
from core.errors import DataError, StorageError, UserError
from core.lessons.catalogue import own_lessons
from core.messages import Message, quoted
from core.storage import Damaged, making, read_json, remove, write, write_json, writing
from core.workspace import Workspace, is_safe_id, new_id

ABOUT = "class.json"
FOLDER = "classes"
"""Where the classes of a workspace lie."""
HOME = "FINETUNE_LAB_CLASS"
"""The environment variable that names the folder of the class that a server is for."""
MOST_MEMBERS = 100
MOST_CLASSES = 20
"""Of what the class gathers together: as many as find room on a phone."""
TEACHER = "teacher"
_SHOWN = "shown-"
"""Before the id of a student, that of whoever looks at what they let the teacher show."""
_FORMAT = 1
_SERVING, _LOCK = "serving.json", ".lock"
PASS, _PASS_SECONDS = 9, 600.0
"""Letters of a code for one person, who is to come in without a choice of names, and so long it is good."""
_UNUSED_SECONDS = 600.0
"""So long a place is kept, in a full class, for somebody who came in and did nothing."""
_SETTINGS = "settings.json"
"""What `core.limits` reads is all that there is in the space of who has done nothing."""
_MOST_LEFT = 2000
"""So many devices that were left are remembered; the signature of an older one was made with a key of before."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a class. `key` is what their cookies are signed with besides the secret of the class: another key
    ends all of them. `held`: their page waits, and so do their jobs."""

    id: str
    key: str
    name: str = ""
    animal: str = ""
    number: int = 1
    joined: str = ""
    held: bool = False

    @property
    def is_teacher(self) -> bool:
        return self.id == TEACHER

    @property
    def is_onlooker(self) -> bool:
        """Whether this is the teacher who looks at what a student lets be shown, and at nothing else."""
        return self.id.startswith(_SHOWN)

    @property
    def called(self) -> Message:
        """The name that is shown: that of an animal is told in the language of whoever reads it."""
        if self.is_teacher:
            return Message("Teacher")
        if self.is_onlooker:
            return Message("A model that is shown with consent")
        name = ANIMALS[self.animal][1] if self.animal in ANIMALS else quoted(self.name)
        return Message("{name} {number:d}", name=name, number=self.number) if self.number > 1 else name

    @property
    def shown(self) -> Message:
        """The same with the animal's picture, if it has one."""
        if self.animal not in ANIMALS:
            return self.called
        return Message("{emoji} {name}", emoji=ANIMALS[self.animal][0], name=self.called)


@dataclass(frozen=True, slots=True)
class Quotas:
    """How much a student may take: megabytes on the disk, examples, and minutes of one job."""

    megabytes: int = 500
    examples: int = 2000
    minutes: int = 10


@dataclass(frozen=True, slots=True)
class Handed:
    """What the teacher has given to everybody last: a dataset or a lesson, by its id and title. `number` counts."""

    number: int = 0
    dataset: str = ""
    lesson: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """What the class gathers together: pictures of these `classes`, from whoever has a camera. `id` names the album in
    each space, and is "" before there is any; `open`: pictures are taken in."""

    id: str = ""
    title: str = ""
    classes: tuple[str, ...] = ()
    open: bool = False


@dataclass(frozen=True)
class _Written:
    """What `class.json` says."""

    format: int
    id: str
    name: str
    secret: str
    code: str
    teacher: Member
    members: tuple[Member, ...] = ()
    left: tuple[str, ...] = ()
    open: bool = True
    held: bool = False
    language: str = ""
    quotas: Quotas = field(default_factory=Quotas)
    handed: Handed = field(default_factory=Handed)
    collection: Collection = field(default_factory=Collection)


class ClassRoom:
    """A class that one server has open. Thread-safe. UserError says what cannot be done, StorageError what the disk
    refuses; then nothing has changed."""

    def __init__(self, folder: Path) -> None:
        """DataError where there is none, or its file is damaged."""
        self.folder = folder
        self._lock = threading.RLock()
        self._about = _read(folder)
        self._passes: dict[str, tuple[str, float]] = {}
        self.presence = Presence()
        self.showings = Showings(folder / "shown")

    @classmethod
    def create(cls, home: Workspace, name: str, language: str = "") -> ClassRoom:
        """A new class among those of a workspace."""
        folder = home.root / FOLDER / new_id()
        with writing(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
        about = _Written(
            _FORMAT, folder.name, clean_name(name), secrets.token_hex(32), _new_code(),
            Member(TEACHER, secrets.token_urlsafe(24)), language=language,
        )  # fmt: skip
        with making(folder) as place:
            place.chmod(0o700)  # the secrets are for this account alone
            write_json(place / ABOUT, asdict(about), indent=1)
        return cls(folder)

    # --- what it is ---

    @property
    def id(self) -> str:
        return self._about.id

    @property
    def name(self) -> str:
        return self._about.name

    @property
    def code(self) -> str:
        """What students type to join."""
        return self._about.code

    @property
    def teacher_key(self) -> str:
        """What is in the teacher's link."""
        return self._about.teacher.key

    @property
    def language(self) -> str:
        """Of the class, or "" where each browser says its own."""
        return self._about.language

    @property
    def open(self) -> bool:
        """Whether more may join."""
        return self._about.open

    @property
    def held(self) -> bool:
        """Whether all wait: "eyes up"."""
        return self._about.held

    @property
    def quotas(self) -> Quotas:
        return self._about.quotas

    @property
    def handed(self) -> Handed:
        return self._about.handed

    @property
    def collection(self) -> Collection:
        return self._about.collection

    @property
    def people(self) -> Sequence[Member]:
        """The teacher, and the students."""
        return (self._about.teacher, *self.members)

    @property
    def members(self) -> Sequence[Member]:
        """The students, as they came."""
        return self._about.members

    def member(self, member_id: str) -> Member | None:
        return next((one for one in self.members if one.id == member_id), None)

    def workspace_of(self, member: Member) -> Workspace:
        """The space of somebody's own; for an onlooker, that of the copy."""
        if member.is_onlooker:
            return self.showings.workspace(member.id.removeprefix(_SHOWN))
        return Workspace(self.folder / TEACHER if member.is_teacher else self.folder / "members" / member.id)

    @property
    def teachers_own(self) -> Workspace:
        """The space of the teacher."""
        return self.workspace_of(self._about.teacher)

    @property
    def workspaces(self) -> list[Workspace]:
        return [self.workspace_of(one) for one in self.people]

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def is_held(self, member: Member) -> bool:
        """Whether somebody is to look up from the screen."""
        known = self.member(member.id)
        return known is not None and (self.held or known.held)

    # --- who somebody is ---

    @property
    def cookie(self) -> str:
        """What its cookie is called: browsers do not tell the ports of a computer apart."""
        return f"finetune-lab-{self.id}"

    def sign(self, member: Member) -> str:
        """A cookie for another device of somebody's."""
        device = secrets.token_hex(8)
        return f"{member.id}.{device}.{self._signature(member, device)}"

    def visitor(self, cookie: str | None) -> Member | None:
        """Whose cookie this is; None for anything that this class did not sign, or no longer stands by."""
        parts = (cookie or "").split(".")
        if len(parts) != 3:
            return None
        who, device, signature = parts
        about = self._about
        member = about.teacher if who == TEACHER else self.member(who)
        known = member or Member(who, "")  # the same work for who is unknown, so that its time tells nothing
        agrees = hmac.compare_digest(_bytes(signature), self._signature(known, device).encode())
        return member if agrees and device not in about.left else None

    def looking_at(self, member: Member, shown: str) -> Member | None:
        """Who somebody is while they ask to look at what the student `shown` lets be shown: for the teacher an onlooker
        who sees that and nothing else, or None where the student does not let it (any more). Everybody else, and who
        asks for nobody, is who they are."""
        if not shown or not member.is_teacher:
            return member
        return Member(f"{_SHOWN}{shown}", "") if self.member(shown) and self.showings.agreed(shown) else None

    def _signature(self, member: Member, device: str) -> str:
        said = f"{self.id}|{member.id}|{member.key}|{device}"
        return hmac.new(bytes.fromhex(self._about.secret), _bytes(said), sha256).hexdigest()

    def is_code(self, given: str) -> bool:
        """Whether somebody typed the join code, however they wrote it."""
        return hmac.compare_digest(typed(given).encode(), self.code.encode())

    def teacher(self, key: str) -> Member | None:
        """The teacher, for whoever has the key of the teacher's link."""
        agrees = hmac.compare_digest(_bytes(key), _bytes(self.teacher_key))
        return self._about.teacher if agrees else None

    # --- coming and going ---

    def join(self, name: str = "", animal: str = "") -> Member:
        """Somebody new, by the name or the animal that they chose. UserError where that is none, or nobody may."""
        shown = "" if animal in ANIMALS else clean_name(name)
        animal = animal if animal in ANIMALS else ""
        with self._lock:
            if not self.open:
                raise UserError(Message("The class is closed to newcomers."), Message("Ask your teacher."))
            if len(self.members) >= MOST_MEMBERS:
                unused = next(filter(self._is_unused, self.members), None)
                if unused is None:
                    raise UserError(Message("The class is full: it has {n} members.", n=MOST_MEMBERS))
                self.remove(unused.id)
            number = next_number(shown, animal, ((one.name, one.animal, one.number) for one in self.members))
            made = Member(new_id(), secrets.token_hex(16), shown, animal, number, _now())
            self._limit(made)
            self._write(members=(*self.members, made))
        return made

    def _is_unused(self, member: Member) -> bool:
        """Whether somebody came in a while ago, and has neither a page open nor anything of their own: who joins a
        hundred times, for fun, keeps nobody out."""
        if self.presence.is_here(member.id) or not member.joined:
            return False
        since = datetime.now(UTC) - datetime.fromisoformat(member.joined)
        root = self.workspace_of(member).root
        return since.total_seconds() > _UNUSED_SECONDS and not any(
            path.is_file() and path.name != _SETTINGS for path in root.rglob("*")
        )

    def _limit(self, member: Member) -> None:
        """What is read of one file of theirs, where `core.limits` finds it: not more than all that they may have."""
        root, quotas = self.workspace_of(member).root, self.quotas
        limits = {"files": quotas.examples, "rows": quotas.examples, "total_megabytes": quotas.megabytes,
                  "project_megabytes": quotas.megabytes}  # fmt: skip
        with writing(root):
            root.mkdir(parents=True, exist_ok=True)
        write(root / _SETTINGS, json.dumps({"limits": limits}).encode())

    def make_pass(self, member: Member) -> str:
        """A code with which somebody who is in comes in on another device: once, within ten minutes."""
        code, now = _new_code(PASS), time.monotonic()
        self._passes = {other: made for other, made in self._passes.items() if made[1] > now}
        self._passes[code] = member.id, now + _PASS_SECONDS
        return code

    def is_pass(self, code: str) -> bool:
        """Whether this code still brings somebody in."""
        return time.monotonic() < self._passes.get(code, ("", 0.0))[1]

    def use_pass(self, given: str) -> Member | None:
        """Whoever was given this code, which is used up."""
        member_id, until = self._passes.pop(typed(given), ("", 0.0))
        return self.member(member_id) if time.monotonic() < until else None

    def leave(self, cookie: str) -> None:
        """Whoever has this device next is nobody here, also in pages that are still open."""
        if self.visitor(cookie):
            with self._lock:
                self._write(left=(*self._about.left, cookie.split(".")[1])[-_MOST_LEFT:])

    def remove(self, member_id: str) -> None:
        """Take somebody out of the class, with all that is theirs. Their jobs are the launcher's business."""
        with self._lock:
            gone = self.member(member_id)
            if gone:
                self._write(members=tuple(one for one in self.members if one.id != member_id))
                self.clear(gone)

    def clear(self, member: Member) -> None:
        """Delete what somebody made; they stay in the class."""
        self.showings.end(member.id)
        if (root := self.workspace_of(member).root).is_dir():
            remove(root)
        if self.member(member.id):
            self._limit(member)

    def hold(self, held: bool, member_id: str | None = None) -> None:
        """Have somebody look up, or all; or let them go on."""
        with self._lock:
            if member_id is None:
                self._write(held=held, members=self.members if held else tuple(replace(one, held=False)
                                                                              for one in self.members))  # fmt: skip
            else:
                self._write(members=tuple(
                    replace(one, held=held) if one.id == member_id else one for one in self.members
                ))  # fmt: skip

    def let_in(self, allowed: bool) -> None:
        """Whether more may join."""
        self._write(open=allowed)

    def change_code(self) -> None:
        """Another join code; whoever is in stays in."""
        self._write(code=_new_code())

    def hand_out(self, *, dataset: str = "", lesson: str = "", title: str = "") -> None:
        """Tell everybody of a dataset, which is in their space already, or of a lesson."""
        with self._lock:
            self._write(handed=Handed(self.handed.number + 1, dataset, lesson, title))

    def collect(self, title: str, classes: Sequence[str]) -> None:
        """Begin to gather pictures of these classes. What was gathered before stays where it is. DataError for names
        that cannot be those of classes, or fewer than two."""
        names = tuple(dict.fromkeys(map(clean_label, classes)))
        if not 2 <= len(names) <= MOST_CLASSES:
            raise DataError(
                Message("A collection has from 2 to {most} classes, and this one has {n}.", most=MOST_CLASSES,
                        n=len(names))
            )  # fmt: skip
        self._write(collection=Collection(new_id(), clean_label(title), names, open=True))

    def take_pictures(self, allowed: bool) -> None:
        """Whether more pictures are taken in for the collection that there is."""
        with self._lock:
            self._write(collection=replace(self.collection, open=allowed))

    def set_quotas(self, quotas: Quotas) -> None:
        with self._lock:
            self._write(quotas=quotas)
            for member in self.members:
                self._limit(member)

    def speak(self, language: str) -> None:
        self._write(language=language)

    def forget_cache(self) -> None:
        """Delete what was computed of everybody's examples; what models were translated to stays."""
        for part in ("embeddings", "foreign"):
            if (folder := self.cache / part).is_dir():
                remove(folder)

    def wipe(self) -> None:
        """Delete the class with everything in it: nothing of anybody stays."""
        remove(self.folder)

    def _write(self, **changes: Any) -> None:
        with self._lock:
            about = replace(self._about, **changes)
            write_json(self.folder / ABOUT, asdict(about), indent=1)
            self._about = about

    # --- one server at a time ---

    @contextmanager
    def serving(self, address: str) -> Iterator[None]:
        """Have the class open for a server until the block ends. UserError where another server has: it is named."""
        lock = FileLock(self.folder / _LOCK)
        try:
            with writing(self.folder / _LOCK):
                lock.acquire(blocking=False)
        except Timeout:
            raise self._is_served() from None
        try:
            write_json(self.folder / _SERVING, {"address": address, "pid": os.getpid()})
            self.showings.clear()
            yield
        finally:
            with suppress(OSError, StorageError):
                self.showings.clear()
            with suppress(OSError):
                (self.folder / _SERVING).unlink(missing_ok=True)
            lock.release()

    def require_free(self) -> None:
        """UserError where another server has the class open."""
        lock = FileLock(self.folder / _LOCK)
        try:
            with writing(self.folder / _LOCK), lock.acquire(blocking=False):
                pass
        except Timeout:
            raise self._is_served() from None

    def _is_served(self) -> UserError:
        kept = read_json(self.folder / _SERVING)
        known = {} if isinstance(kept, Damaged) else kept
        return UserError(
            Message(
                "The class “{name}” is open already, at {address} (process {pid}).", name=self.name,
                address=str(known.get("address", "?")), pid=str(known.get("pid", "?")),
            ),
            Message("End that server first, or open another class with {flag}.", flag="--name"),
        )  # fmt: skip


def list_classes(home: Workspace) -> list[ClassRoom]:
    """The classes of a workspace that can be read, the newest first."""
    found = []
    for path in sorted((home.root / FOLDER).glob("*"), reverse=True):
        if is_safe_id(path.name):
            with suppress(DataError):
                found.append(ClassRoom(path))
    return found


def find_class(home: Workspace, name: str) -> ClassRoom | None:
    """The newest class of this name."""
    wanted = clean_name(name)
    return next((room for room in list_classes(home) if room.name == wanted), None)


def open_class(home: Workspace, name: str, language: str = "") -> ClassRoom:
    """The class of this name; a new one where there is none. What the models of the workspace were translated to, and
    how fast they are, is taken along, and so are the teacher's own lessons."""
    room = find_class(home, name) or ClassRoom.create(home, name, language)
    for lesson_id in own_lessons(home):
        give_lesson(lesson_id, home, room.teachers_own)
    if language and room.language != language:
        room.speak(language)
    if not room.cache.exists():
        with suppress(OSError), making(room.cache) as place:  # what cannot be taken along is made again
            for part in ("onnx", "speed.json", "devices.json"):
                if (have := home.own_cache / part).is_dir():
                    shutil.copytree(have, place / part)
                elif have.exists():
                    shutil.copy2(have, place / part)
    return room


def _read(folder: Path) -> _Written:
    kept = read_json(folder / ABOUT)
    if isinstance(kept, Damaged):
        raise DataError(
            Message("The class in {folder} cannot be opened: {why}", folder=str(folder), why=kept.why),
            Message("Restore its folder from a copy, or begin another class with {flag}.", flag="--name"),
        )
    try:
        about = msgspec.convert(kept, _Written)
    except (msgspec.ValidationError, TypeError):
        about = None
    if about is None or about.format != _FORMAT or about.id != folder.name:
        raise DataError(
            Message("The class in {folder} was made by another version of the program.", folder=str(folder)),
            Message("Begin another class with {flag}.", flag="--name"),
        )
    return about


def _bytes(text: str) -> bytes:
    """What can be compared, whatever somebody sent."""
    return text.encode(errors="replace")


def _new_code(length: int = LENGTH) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
