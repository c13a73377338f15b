"""What lies behind a path: a folder, a zip or one file. Here begins everything that comes from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from core.data.readers.allowance import HOW_TO_RAISE
from core.data.readers.archive import is_zip, open_zip
from core.data.readers.chosen import is_chosen
from core.data.readers.folder import open_folder, reader
from core.data.readers.kinds import is_document, is_picture, is_table
from core.data.readers.source import Source, SourceFile
from core.errors import DataError
from core.limits import Limits

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
            source = open_folder(path, limits)
            return _through_its_zip(path, source, limits, chosen)
        if not path.exists():
            raise DataError(f"There is no file or folder '{path.name}'.", "Check the name and try again.")
        return open_zip(path, limits) if is_zip(path) else _single(path, limits)
    except OSError as error:
        raise DataError(f"'{path.name}' cannot be opened.", "Is it open in another program, or not yours?") from error


def _single(path: Path, limits: Limits) -> Source:
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise DataError(f"'{path.name}' is empty.", "Choose another file.")
    if path.suffix.casefold() == ".zip":
        raise DataError(f"'{path.name}' is not a zip file, or it is damaged.", "Make the zip again and try once more.")
    packed = _OTHER_ARCHIVES.get(path.suffix.casefold()) or next((n for m, n in _MARKS if start.startswith(m)), None)
    if packed or start[257:262] == b"ustar":
        raise DataError(
            f"'{path.name}' is a {packed or 'tar'} archive, which cannot be read here.",
            "Unpack it, and choose the folder or make a zip of it.",
        )
    size = path.stat().st_size
    megabytes = max(limits.file_megabytes, limits.table_megabytes)
    if size > megabytes * 1024**2:
        raise DataError(
            f"'{path.name}' is larger than {megabytes} MB, which is the limit.",
            f'Use a part of it. {HOW_TO_RAISE}: {{"limits": {{"table_megabytes": {size // 1024**2 + 1}}}}}.',
        )
    return Source(path.name, (SourceFile(PurePosixPath(path.name), size, reader(path)),))


def _through_its_zip(folder: Path, source: Source, limits: Limits, chosen: str | None) -> Source:
    zips = [file for file in source.files if file.path.suffix.casefold() == ".zip"]
    wanted = [file for file in zips if is_chosen(file.path, chosen)] if chosen else zips
    readable = [file for file in source.files if is_chosen(file.path, chosen) and _readable(file.path)]
    if readable or not wanted:
        return source
    if len(wanted) > 1:
        raise DataError(
            f"There is nothing to read in '{source.name}' but {len(wanted)} zip files: {_named(wanted)}.",
            "Read one of them at a time: choose it instead of the folder, or name it as the files to use.",
        )
    outer = wanted[0].path
    inner = open_zip(folder / outer, limits)
    files = [replace(file, path=outer / file.path) for file in inner.files]
    skipped = [replace(skip, file=f"{outer}/{skip.file}") for skip in inner.skipped]
    beside = [file for file in source.files if file.path != outer]
    return Source(source.name, (*files, *beside), (*source.skipped, *skipped))


def _readable(path: PurePosixPath) -> bool:
    return is_picture(path) or is_document(path) or is_table(path)


def _named(files: Sequence[SourceFile]) -> str:
    names = [str(file.path) for file in files]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
