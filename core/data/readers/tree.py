"""What the folders around examples mean: wrappers, parts (train, test), classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from core.data.readers.parts import divides, parts_among

_Folder = tuple[str, ...]
"""The names of the folders around a file, from the outside in."""

_NEUTRAL = frozenset({"images", "image", "imgs", "img", "pictures", "pics", "photos", "texts", "documents", "docs"})
"""Names of folders that hold the examples of a class and say nothing more about them."""

OUTSIDE = "It lies outside every class folder, so its class is not known."


@dataclass(frozen=True, slots=True)
class Place:
    """Where one example lies: the folder names that say its class, the part it is in, or why it has no class."""

    label: tuple[str, ...] = ()
    split: str | None = None
    why_not: str | None = None


@dataclass(frozen=True)
class Layout:
    """How a tree is understood. `root` is the wrapper, "" for none; `places` are in the order of the paths.

    `only_parts`: all folders are called like parts, and none has folders inside.
    """

    root: str
    places: tuple[Place, ...]
    only_parts: bool = False


def lay_out(paths: Sequence[PurePosixPath]) -> Layout:
    """Interpret where examples lie.

    Folders around everything are wrappers. Folders called like parts are parts where one of them teaches: above the
    classes (train/cat) or below them (cat/train). What is left between them is the class.
    """
    folders = [path.parts[:-1] for path in paths]
    called = parts_among(name for folder in folders for name in folder)
    depth = _wrapper_depth(folders, called)
    root = next((f[:depth] for f in folders if len(f) >= depth), ())
    inner = [f[depth:] if f[:depth] == root else () for f in folders]
    if _parts_above(inner, called):
        places = [_below_part(f, called) for f in inner]
    elif _parts_below(inner, called):
        places = [_above_part(f, called) for f in inner]
    else:
        places = _without_parts(inner, called)
    tops = {f[0] for f in inner if f}
    only_parts = bool(tops) and all(len(f) < 2 for f in inner) and tops <= called.keys()
    return Layout("/".join(root), tuple(_trimmed(places)), only_parts)


def parts_by_folder(paths: Sequence[PurePosixPath]) -> list[str | None]:
    """The part that a folder around each path says; all None unless together they are a division."""
    called = parts_among(name for path in paths for name in path.parts[:-1])
    named = [{called[name] for name in path.parts[:-1] if name in called} for path in paths]
    parts = [found.pop() if len(found) == 1 else None for found in named]
    return parts if divides(parts) else [None] * len(parts)


def _wrapper_depth(folders: Sequence[_Folder], called: Mapping[str, str]) -> int:
    """How many folders lie around everything; never so many that only one class would be left."""
    depth = 0
    while True:
        deeper = [f for f in folders if len(f) > depth]
        below = [f[depth + 1] for f in deeper if len(f) > depth + 1]
        if len({f[: depth + 1] for f in deeper}) != 1 or not below:
            return depth
        only_parts = set(below) <= called.keys() and all(len(f) == depth + 2 for f in deeper)
        if only_parts and divides(called[name] for name in below):
            return depth
        depth += 1


def _parts_above(folders: Sequence[_Folder], called: Mapping[str, str]) -> bool:
    """True when the top folders are parts: one that teaches has classes in it, and parts hold most of everything."""
    inside = [f for f in folders if f]
    in_parts = [f for f in inside if f[0] in called]
    parts = {called[f[0]] for f in in_parts}
    if "train" not in {called[f[0]] for f in in_parts if len(f) > 1}:
        return False
    return len(in_parts) == len(inside) or (len(parts) > 1 and 2 * len(in_parts) >= len(inside))


def _below_part(folder: _Folder, called: Mapping[str, str]) -> Place:
    if not folder:
        return Place(why_not=OUTSIDE)
    split = called.get(folder[0])
    if split is None:
        return Place(why_not=f"It lies in '{folder[0]}', beside the folders that say train and test.")
    label = folder[1:]
    while label and called.get(label[0]) == split:  # unpacking often makes "train/train"
        label = label[1:]
    if not label:
        return Place(
            split=split, why_not=f"It lies directly in '{folder[0]}' and in no class folder, so its class is not known."
        )
    return Place(label, split)


def _parts_below(folders: Sequence[_Folder], called: Mapping[str, str]) -> bool:
    deep = [f for f in folders if len(f) > 1]
    parts = [called.get(f[-1]) for f in deep]
    return divides(parts) and 2 * sum(part is not None for part in parts) >= len(deep)


def _above_part(folder: _Folder, called: Mapping[str, str]) -> Place:
    if not folder:
        return Place(why_not=OUTSIDE)
    split = called.get(folder[-1]) if len(folder) > 1 else None
    return Place(folder[:-1] if split else folder, split)


def _without_parts(folders: Sequence[_Folder], called: Mapping[str, str]) -> list[Place]:
    tops = {f[0] for f in folders if f}
    deep = {f[0] for f in folders if len(f) > 1}
    parts = (tops & called.keys()) - deep
    # A train is a thing one can take pictures of; "test" and "validation" are not.
    if len(tops - parts) < 2 or {top.casefold() for top in parts} == {"train"}:
        parts = set()
    return [_plain_place(f, called[f[0]] if f and f[0] in parts else None) for f in folders]


def _plain_place(folder: _Folder, part: str | None) -> Place:
    if not folder:
        return Place(why_not=OUTSIDE)
    if part:
        return Place(
            split=part,
            why_not=f"The folder '{folder[0]}' is taken for a part of the data and not for a class, and nothing in it"
            " says what this shows. If it is a class, give the folder another name.",
        )
    return Place(folder)


def _trimmed(places: Sequence[Place]) -> list[Place]:
    """Without folders inside the parts that are around all classes, or the same inside each ("images")."""
    labels = [place.label for place in places if place.label]
    start, end = 0, 0
    while labels and all(len(label) > start + 1 for label in labels) and len({label[start] for label in labels}) == 1:
        start += 1
    while (
        labels
        and all(len(label) - start > end + 1 for label in labels)
        and all(label[-1 - end].casefold() in _NEUTRAL for label in labels)
    ):
        end += 1
    return [replace(place, label=place.label[start : len(place.label) - end or None]) for place in places]


def preview(paths: Sequence[PurePosixPath], named: Sequence[tuple[str | None, str | None]]) -> list[dict[str, object]]:
    """The tree as it was understood, for the page: folder, class, part and count, at most 30 rows.

    `named` has for each path its (label, split); a label of None says that it is not used.
    """
    counts = Counter((str(path.parent), *said) for path, said in zip(paths, named, strict=True))
    rows = [
        {"folder": folder, "label": label, "split": split, "count": n} for (folder, label, split), n in counts.items()
    ]
    if len(rows) > _MOST_ROWS:
        shown, rest = rows[: _MOST_ROWS - 1], rows[_MOST_ROWS - 1 :]
        more = {"folder": f"and {len(rest)} more", "label": None, "split": None, "count": sum(r["count"] for r in rest)}
        return [*shown, more]
    return rows


_MOST_ROWS = 30
