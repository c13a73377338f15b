"""A tree of files whose folders are the classes, whether on disk or inside a zip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.readers.items import Item, Reading, Skip
from core.errors import DataError

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
)
_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}
_SPLIT_FOLDERS = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file somewhere under the root: its path as given, and how to get its bytes."""

    path: PurePosixPath
    read: Callable[[], bytes]


def read_tree(files: Sequence[TreeFile], skipped: Sequence[Skip], title: str) -> Reading:
    """Interpret a tree: wrapper folders are stripped, split folders kept, the folder of a picture is its class.

    Classes several levels deep are named by their whole path ("Latin/character01"). DataError when no picture
    lies in a class folder.
    """
    skips = list(skipped)
    pictures: list[TreeFile] = []
    for file in files:
        reason = _why_not(file.path)
        if reason:
            skips.append(Skip(str(file.path), reason))
        else:
            pictures.append(file)
    root = _common_root([file.path for file in pictures])
    has_splits = _has_splits([file.path.relative_to(root) for file in pictures])

    items: list[Item] = []
    for file in pictures:
        parts = list(file.path.relative_to(root).parts[:-1])
        split = _SPLIT_FOLDERS[parts.pop(0).casefold()] if has_splits and parts else None
        if parts:
            items.append(Item(str(file.path), "/".join(parts), file.read, split))
        else:
            skips.append(Skip(str(file.path), "It lies outside every class folder, so its class is not known."))
    if not items:
        raise DataError(
            f"No pictures in class folders were found in '{title}'.",
            "Put the pictures of each class into a folder of its own, named after the class.",
        )
    structure = {
        "structure": "class folders",
        "root": "" if str(root) == "." else str(root),
        "split_folders": has_splits,
    }

    def everything() -> Iterator[Item | Skip]:
        yield from skips
        yield from items

    return Reading("image", structure, len(items) + len(skips), everything)


def _why_not(path: PurePosixPath) -> str | None:
    for part in path.parts:
        if part.casefold() in _LITTER or part.startswith("."):
            return "A hidden file of the operating system, not an example."
    if path.suffix.casefold() not in PICTURE_SUFFIXES:
        return f"Not a picture ('{path.suffix or path.name}')."
    return None


def _common_root(paths: Sequence[PurePosixPath]) -> PurePosixPath:
    """The wrapper folder that holds everything; never so deep that only one class would be left."""
    if not paths:
        return PurePosixPath(".")
    shared = list(paths[0].parts[:-1])
    for path in paths[1:]:
        parts = path.parts[:-1]
        while shared and tuple(shared) != parts[: len(shared)]:
            shared.pop()
    only_one_folder = all(len(path.parts) - 1 == len(shared) for path in paths)
    if shared and only_one_folder:
        shared.pop()
    return PurePosixPath(*shared) if shared else PurePosixPath(".")


def _has_splits(paths: Sequence[PurePosixPath]) -> bool:
    """True when every top folder is called like a split, one of them like training, and classes lie in each."""
    tops = {path.parts[0] for path in paths if len(path.parts) > 1}
    with_classes = {path.parts[0] for path in paths if len(path.parts) > 2}
    splits = {_SPLIT_FOLDERS.get(top.casefold()) for top in tops}
    return tops == with_classes and None not in splits and "train" in splits
