"""What lies behind a path: a folder, a zip or one file. Here begins everything that comes from outside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from core.data.readers.archive import is_zip, no_zip, open_zip
from core.data.readers.names import LINK, LITTER, first_names, is_archive, is_litter, is_media, kind_of
from core.data.readers.reading import Skip, Source, SourceFile
from core.data.readers.table_files import is_table
from core.errors import DataError, UnreadableExampleError
from core.limits import Allowance, Limits, how_to_raise
from core.messages import Message

_OTHER_ARCHIVES = {
    ".tar": "tar", ".tgz": "tar", ".gz": "gz", ".bz2": "bz2", ".xz": "xz", ".7z": "7z", ".rar": "rar", ".zst": "zst",
}  # fmt: skip
_MARKS = ((b"\x1f\x8b", "gz"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07", "rar"), (b"BZh", "bz2"),
          (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zst"))  # fmt: skip


def open_path(path: Path, limits: Limits, chosen: str | None = None) -> Source:
    """The files behind `path`, none of them read yet.

    A folder in which nothing can be read but one zip, or one among those that match the pattern `chosen`, is opened as
    that zip; then its entries are named behind the zip's own name. DataError when there is nothing to open.
    """
    try:
        if path.is_dir():
            return _through_its_zip(path, open_folder(path, limits), limits, chosen)
        if not path.exists():
            raise nothing_there(path.name)
        return open_zip(path, limits) if is_zip(path) else _single(path, limits)
    except OSError as error:
        raise DataError(
            Message("'{file}' cannot be opened.", file=path.name),
            Message("Is it open in another program, or not yours?"),
        ) from error


def nothing_there(name: str) -> DataError:
    return DataError(
        Message("There is no file or folder '{name}'.", name=name), Message("Check the name and try again.")
    )


def _single(path: Path, limits: Limits) -> Source:
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise DataError(Message("'{file}' is empty.", file=path.name), Message("Choose another file."))
    if path.suffix.casefold() == ".zip":
        raise no_zip(path.name)
    packed = _OTHER_ARCHIVES.get(path.suffix.casefold()) or next((n for m, n in _MARKS if start.startswith(m)), None)
    if packed or start[257:262] == b"ustar":
        raise DataError(
            Message(
                "'{file}' is a {packed} archive, which cannot be read here.", file=path.name, packed=packed or "tar"
            ),
            Message("Unpack it, and choose the folder or make a zip of it."),
        )
    size, megabytes = path.stat().st_size, max(limits.file_megabytes, limits.table_megabytes)
    if size > megabytes * 1024**2:
        raise DataError(
            Message("'{file}' is larger than {n} MB, which is the limit.", file=path.name, n=megabytes),
            how_to_raise("table_megabytes", size // 1024**2 + 1),
        )
    return Source(path.name, (SourceFile(PurePosixPath(path.name), size, _reader(path)),))


# --- folders -----------------------------------------------------------------------------------------------------


def open_folder(folder: Path, limits: Limits) -> Source:
    """Every regular file under `folder`, in the same order on every machine. Links are not followed.

    DataError when there are more files, or more bytes, than the limits allow.
    """
    allowance = Allowance(folder.resolve().name, limits)
    files: list[SourceFile] = []
    skipped: list[Skip] = []
    for path, why_not in _walk(folder):
        relative = PurePosixPath(path.relative_to(folder).as_posix())
        allowance.count_file()
        reason = why_not or _why_not(relative, path, allowance)
        if reason:
            skipped.append(Skip(str(relative), reason))
            continue
        size = path.stat().st_size
        allowance.count_bytes(size)
        files.append(SourceFile(relative, size, _reader(path)))
    return Source(folder.resolve().name, tuple(files), tuple(skipped))


def _reader(path: Path) -> Callable[[], bytes]:
    """How to get the bytes of a file on disk, whatever has become of it since."""

    def read() -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise UnreadableExampleError(Message("The file could not be read.")) from error

    return read


def _walk(folder: Path) -> Iterator[tuple[Path, Message | None]]:
    """Every file with None, and every folder that cannot be entered with the reason why."""
    closed: list[Path] = []

    def remember(error: OSError) -> None:
        closed.append(Path(error.filename))

    for parent, folders, names in os.walk(folder, onerror=remember):
        folders.sort()
        linked = [name for name in folders if (Path(parent) / name).is_symlink()]
        yield from ((Path(parent) / name, None) for name in sorted([*names, *linked]))
    if folder in closed:
        raise DataError(
            Message("The folder '{folder}' cannot be opened.", folder=folder.name),
            Message("Ask its owner to let you read it."),
        )
    yield from ((path, Message("This folder cannot be opened: you are not allowed to read it.")) for path in closed)


def _why_not(relative: PurePosixPath, path: Path, allowance: Allowance) -> Message | None:
    if is_litter(relative):
        return LITTER
    if too_deep := allowance.why_too_deep(relative):
        return too_deep
    if path.is_symlink() or not path.is_file():
        return LINK
    try:
        size = path.stat().st_size
    except OSError:
        return Message("The file could not be read.")
    return None if is_archive(relative) else allowance.why_too_large(size, table=not is_media(relative))


def _through_its_zip(folder: Path, source: Source, limits: Limits, chosen: str | None) -> Source:
    zips = [file for file in source.files if file.path.suffix.casefold() == ".zip"]
    wanted = [file for file in zips if is_chosen(file.path, chosen)]
    readable = any(
        is_chosen(file.path, chosen) and (kind_of(file.path) or is_table(file.path)) for file in source.files
    )
    if readable or not wanted:
        return source
    if len(wanted) > 1:
        raise DataError(
            Message(
                "There is nothing to read in '{folder}' but {n} zip files: {names}.",
                folder=source.name,
                n=len(wanted),
                names=first_names([str(file.path) for file in wanted]),
            ),
            Message("Read one of them at a time: choose it instead of the folder, or name it as the files to use."),
        )
    outer = wanted[0].path
    inner = open_zip(folder / outer, limits)
    files = [replace(file, path=outer / file.path) for file in inner.files]
    skipped = [replace(skip, file=f"{outer}/{skip.file}") for skip in inner.skipped]
    beside = [file for file in source.files if file.path != outer]
    return Source(source.name, (*files, *beside), (*source.skipped, *skipped))


# --- a part of what is there -------------------------------------------------------------------------------------


def is_chosen(path: PurePosixPath, pattern: str | None) -> bool:
    """True when the pattern fits the whole path, the file's name, or a folder (or zip) that the file lies in.

    Capital and small letters count as the same. Without a pattern everything is chosen.
    """
    if not pattern:
        return True
    wanted = pattern.strip().replace("\\", "/").strip("/").casefold()
    places = [path, *path.parents]
    return any(fnmatch(str(place).casefold(), wanted) or fnmatch(place.name.casefold(), wanted) for place in places)


def only_chosen(source: Source, pattern: str | None) -> Source:
    """The source without the files that the pattern does not fit; they are skips. DataError when it fits none."""
    others = tuple(file for file in source.files if not is_chosen(file.path, pattern))
    if source.files and len(others) == len(source.files):
        raise DataError(
            Message("No file in '{source}' matches '{pattern}'.", source=source.name, pattern=pattern),
            Message(
                "The files are called like this: {examples:list}. A * stands for any characters.",
                examples=[str(file.path) for file in source.files[:3]],
            ),
        )
    reason = Message("Not chosen: it does not match '{pattern}'.", pattern=pattern)
    return source.without(tuple(file.skip(reason) for file in others))
