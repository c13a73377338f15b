"""What lies behind a path: a folder, a zip or one file. Here begins everything that comes from outside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from core.data.readers.archive import PACKED_ALONE, archive_format, as_file, open_archive
from core.data.readers.names import LINK, is_archive, is_media, shown_folders, why_litter
from core.data.readers.reading import Skip, Source, SourceFile
from core.data.readers.recognition import recognised
from core.data.readers.table_files import is_binary_table, is_table
from core.errors import DataError, UnreadableExampleError
from core.limits import Allowance, Limits, how_to_raise
from core.messages import Message


def open_path(path: Path, limits: Limits, chosen: str | None = None) -> Source:
    """The files behind `path`, none of them read yet.

    Archives in a folder or in another archive are opened, too, where nothing but them can be read, or tables alone: the
    parts of a download, one for each class, pictures that a table beside them names. What lies in them is called after
    both. DataError when there is nothing to open.
    """
    try:
        if path.is_dir():
            source = open_folder(path, limits)
        elif not path.exists():
            raise nothing_there(path.name)
        else:
            source = _open_file(path, limits)
        source = _with_archives_opened(source, limits, chosen)
        return replace(source, files=recognised(source.files))
    except OSError as error:
        raise DataError(
            Message("'{file}' cannot be opened.", file=path.name),
            Message("Is it open in another program, or not yours?"),
        ) from error


def nothing_there(name: str) -> DataError:
    return DataError(
        Message("There is no file or folder '{name}'.", name=name), Message("Check the name and try again.")
    )


def _open_file(path: Path, limits: Limits) -> Source:
    size = path.stat().st_size
    if not size and path.is_file():  # a pipe has no size
        raise DataError(Message("'{file}' is empty.", file=path.name), Message("Choose another file."))
    file = path.open("rb")  # an archive stays open as long as what is read from it
    # A damaged workbook is no archive, although it may look like one, and neither are arrays.
    if not is_binary_table(path) and (format := archive_format(path, file)):
        return open_archive(file, path.name, format, limits)
    file.close()
    megabytes = max(limits.file_megabytes, limits.table_megabytes)
    if size > megabytes * 1024**2:
        raise DataError(
            Message("'{file}' is larger than {n} MB, which is the limit.", file=path.name, n=megabytes),
            how_to_raise("table_megabytes", size // 1024**2 + 1),
        )
    return Source(path.name, (_file(PurePosixPath(path.name), path, size),))


# --- folders -----------------------------------------------------------------------------------------------------


def open_folder(folder: Path, limits: Limits) -> Source:
    """Every regular file under `folder`, in the same order on every machine. Links are not followed.

    DataError when there are more files, or more bytes, than the limits allow.
    """
    allowance = Allowance(folder.resolve().name, limits)
    files: list[SourceFile] = []
    skipped: list[Skip] = []
    found: list[tuple[PurePosixPath, Path, Message | None]] = []
    for path, why_not in _walk(folder):
        allowance.count_file()
        found.append((PurePosixPath(path.relative_to(folder).as_posix()), path, why_not))
    shown = shown_folders([relative for relative, _, _ in found])
    for relative, path, why_not in found:
        reason = why_not or _why_not(relative, path, allowance, shown)
        if reason:
            skipped.append(Skip(str(relative), reason))
            continue
        size = path.stat().st_size
        allowance.count_bytes(size)
        files.append(_file(relative, path, size))
    return Source(folder.resolve().name, tuple(files), tuple(skipped))


def _file(relative: PurePosixPath, path: Path, size: int) -> SourceFile:
    """A file on disk, whatever has become of it when it is read."""

    def read() -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise UnreadableExampleError(Message("The file could not be read.")) from error

    return SourceFile(relative, size, read, lambda: path.open("rb"))


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


def _why_not(
    relative: PurePosixPath, path: Path, allowance: Allowance, shown: frozenset[PurePosixPath]
) -> Message | None:
    if litter := why_litter(relative, shown):
        return litter
    if too_deep := allowance.why_too_deep(relative):
        return too_deep
    if path.is_symlink() or not path.is_file():
        return LINK
    try:
        size = path.stat().st_size
    except OSError:
        return Message("The file could not be read.")
    return None if is_archive(relative) else allowance.why_too_large(size, table=not is_media(relative))


# --- archives among the files ----------------------------------------------------------------------------------------


def _with_archives_opened(source: Source, limits: Limits, chosen: str | None) -> Source:
    wanted = [file for file in source.files if is_archive(file.path) and is_chosen(file.path, chosen)]
    others = [file for file in source.files if not is_archive(file.path) and is_chosen(file.path, chosen)]
    if not wanted or any(file.kind for file in others):
        return source
    files: list[SourceFile] = []
    skipped: list[Skip] = []
    refused: DataError | None = None
    taken = {file.path for file in source.files}
    for outer in wanted:
        try:
            inner = _inside(outer, limits)
        except DataError as error:
            refused = refused or error
            skipped.append(outer.skip(error.message))
        else:
            there = Message("Another file beside the packed one has the same name.")
            files += [file for file in inner.files if file.path not in taken]
            skipped += [*inner.skipped, *(file.skip(there) for file in inner.files if file.path in taken)]
            taken.update(file.path for file in inner.files)
    if not files and refused:
        raise refused
    if any(is_table(file.path) for file in others) and not any(file.kind and is_media(file.path) for file in files):
        return source
    allowance = Allowance(source.name, limits)  # of all archives together
    for file in files:
        allowance.count_file()
        allowance.count_bytes(file.size)
    beside = [file for file in source.files if file not in wanted]
    return Source(source.name, (*files, *beside), (*source.skipped, *skipped))


def _inside(outer: SourceFile, limits: Limits) -> Source:
    """What lies in an archive; DataError when it cannot be opened."""
    file = as_file(outer)
    format = archive_format(outer.path, file)
    if format is None:
        return Source(str(outer.path), (), (outer.skip(Message("It is called like an archive, and is none.")),))
    inner = open_archive(file, str(outer.path), format, limits)
    # "labels.csv.gz" is one file, and lies beside what it lay beside.
    is_one = format in PACKED_ALONE and [file.path for file in inner.files] == [PurePosixPath(outer.path.stem)]
    around = outer.path.parent if is_one else outer.path
    files = [replace(file, path=around / file.path) for file in inner.files]
    skipped = [replace(skip, file=f"{around}/{skip.file}") for skip in inner.skipped]
    return Source(inner.name, tuple(files), tuple(skipped))


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
