"""What the folders around examples mean: wrappers, parts (train, test), classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from core.data.readers.encoding import ENCODINGS, decode
from core.data.readers.names import divides, is_archive, is_document, is_picture, parts_among, spoken_suffix
from core.data.readers.reading import Item, Reading, Skip
from core.data.readers.source import Source, SourceFile
from core.errors import DataError, UnreadableExampleError

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


# Which files of a source are the examples: its pictures, or its text documents.

_SAMPLE = 20
PLURAL = {"image": "pictures", "text": "text documents"}


@dataclass(frozen=True)
class Examples:
    """The files that are examples, all of one modality, and every other file with why it is none."""

    modality: str
    files: tuple[SourceFile, ...]
    skips: tuple[Skip, ...]

    @property
    def paths(self) -> list[PurePosixPath]:
        return [file.path for file in self.files]


@dataclass(frozen=True, slots=True)
class Said:
    """What was made out about one example: its label and part, or why it is left out."""

    label: str | None = None
    split: str | None = None
    why_not: str | None = None


def find_examples(source: Source) -> Examples:
    """Pictures or documents, whichever are more; none of either is an empty set of pictures."""
    pictures = [file for file in source.files if is_picture(file.path)]
    documents = [file for file in source.files if is_document(file.path)]
    modality, chosen = ("text", documents) if len(documents) > len(pictures) else ("image", pictures)
    others = set(source.files) - set(chosen)
    skips = [Skip(str(file.path), _why_not(file.path, modality)) for file in source.files if file in others]
    return Examples(modality, tuple(chosen), (*source.skipped, *skips))


def reading_of(
    examples: Examples,
    said: Sequence[Said],
    proposal: Mapping[str, object],
    choices: Mapping[str, object],
    encoding: str | None = None,
    notes: Sequence[str] = (),
) -> Reading:
    """The reading that gives each example what is said about it; `said` is in the order of the files.

    `encoding` is what all documents are read as; without it each is looked at on its own.
    """
    used = [(file, s) for file, s in zip(examples.files, said, strict=True) if s.label is not None]
    left_out = [Skip(str(file.path), s.why_not or "") for file, s in zip(examples.files, said, strict=True)
                if s.label is None]  # fmt: skip
    skips = (*examples.skips, *left_out)
    as_bytes = _as_text(encoding) if examples.modality == "text" else _as_is

    def items() -> Iterator[Item | Skip]:
        yield from skips
        for file, s in used:
            yield Item(str(file.path), s.label or "", as_bytes(file), s.split)

    about = {
        "modality": examples.modality,
        **proposal,
        **({"encoding": encoding or _usual_encoding(examples)} if examples.modality == "text" else {}),
        "choices": {**choices, **({"encoding": list(ENCODINGS)} if examples.modality == "text" else {})},
        "splits": any(s.split for _, s in used),
        "tree": preview(examples.paths, [(s.label, s.split) for s in said]),
    }
    return Reading(examples.modality, about, len(used) + len(skips), items, tuple(notes))


def _usual_encoding(examples: Examples) -> str:
    """What most of the first documents are written in."""
    found: Counter[str] = Counter()
    for file in examples.files[:_SAMPLE]:
        try:
            found[decode(file.read(), str(file.path)).encoding] += 1
        except UnreadableExampleError:
            continue
    return max(found, key=lambda encoding: found[encoding], default="utf-8")


def _as_is(file: SourceFile) -> Callable[[], bytes]:
    return file.read


def _as_text(encoding: str | None) -> Callable[[SourceFile], Callable[[], bytes]]:
    def reader(file: SourceFile) -> Callable[[], bytes]:
        def read() -> bytes:
            try:
                return decode(file.read(), str(file.path), encoding).text.encode("utf-8", errors="replace")
            except DataError as error:
                raise UnreadableExampleError(error.problem) from error

        return read

    return reader


def _why_not(path: PurePosixPath, modality: str) -> str:
    if is_archive(path):
        return "A packed file among the others; unpack it first, or read it on its own."
    kind = "picture" if modality == "image" else "text document"
    return f"Not a {kind} ('{spoken_suffix(path)}')."
