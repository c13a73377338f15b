"""Files whose path says their class: the folders they lie in, or the beginning of their own name.

What the folders mean (wrappers, parts such as train and test, classes) is used by other structures too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from core.data.readers.examples import Said, find_examples, reading_of
from core.data.readers.labels import check_level, label_levels
from core.data.readers.names import divides, first_names, is_archive, parts_among, shared_edges
from core.data.readers.reading import OPTIONS, Declined, Reading, ReadOptions, Source
from core.data.readers.sources import class_level, crossed
from core.data.readers.unsorted import find_unsorted
from core.limits import Limits
from core.messages import Message

_Folder = tuple[str, ...]
"""The names of the folders around a file, from the outside in."""

_NEUTRAL = frozenset({"images", "image", "imgs", "img", "pictures", "pics", "photos", "texts", "documents", "docs"})
"""Names of folders that hold the examples of a class and say nothing more about them."""

_MASKS = frozenset({"mask", "masks", "labels", "annotations", "segmentation", "segmentations", "gt", "groundtruth"})
"""Names of folders that hold what was drawn into the pictures beside them: no class of their own."""
_TRIALS = frozenset({"control", "blank", "placebo", "reference", "untreated", "baseline", "retest"})
"""What stands beside a test in a laboratory."""
_SAYS_WHO = re.compile(
    r"(actor|speaker|spk|talker|singer|subject|participant|person|patient|user|session|recording|rec|take|fold|part|"
    r"batch|chunk)[\W_]*\d+",
    re.IGNORECASE,
)
_OUTSIDE = Message("It lies outside every class folder, so its class is not known.")
_COVER = 0.9
"""The share of the files that must fit before names are believed to be classes."""
_NUMBER = re.compile(r"\d")
_PIECE = re.compile(r"( ?\(\d+\)|[\s_.-]+0*\d{3,}|[\s_.-]*part[\s_.-]*\d+|-\d+-\d+)$", re.IGNORECASE)
"""What tells the pieces of one download apart: "photos-001.zip", "photos (1).zip", "photos-1-002.zip"."""
_SAY_NOTHING = frozenset(
    {"img", "image", "images", "imag", "photo", "photos", "pic", "pics", "picture", "pictures", "dsc", "dscn", "dscf",
     "dcim", "pxl", "p", "mvi", "vid", "gopr", "cimg", "sam", "screenshot", "screen", "scan", "scanned", "frame",
     "capture", "snapshot", "webcam", "whatsapp", "unnamed", "untitled", "download", "downloads", "file", "doc",
     "document", "text", "txt", "item", "sample", "example", "copy", "new", "unknown", "bild", "foto"}
)  # fmt: skip
"""Names that cameras, phones and programs give; they say nothing about what is in the file."""


@dataclass(frozen=True)
class ClassFolders:
    """The structure: examples lie in folders that are named after their classes, at least so many of them."""

    at_least: int = 2

    names = {"class-folders": Message("One folder for each class")}
    whole_files = True

    def look(self, source: Source, options: ReadOptions, limits: Limits) -> Reading | Declined:
        examples = find_examples(source)
        layout = lay_out(examples.paths)
        unsorted = find_unsorted((place.label for place in layout.places if place.label), source.name, options.unsorted)
        layout = _without_class(layout, unsorted.folders)
        labels = [place.label for place in layout.places if place.label]
        asked = options.structure in self.names
        if not asked and examples.kind.names_sources and labels and all(_SAYS_WHO.fullmatch(one[-1]) for one in labels):
            return Declined(_who(labels), 0.9, examples.kind.arrangement, possible=True)
        if not labels or (not asked and self._is_doubtful(layout, labels)):
            nearness = 0.5 if layout.only_parts else len(labels) / max(1, len(layout.places))
            return Declined(_why_no_folders(source, layout, labels), nearness, examples.kind.arrangement)
        wanted = options.label_level or (class_level(labels) if examples.kind.names_sources else None)
        level, named, choices = _levels(labels, wanted)
        said = [
            Said(
                named(place.label) if place.label else None, place.split, place.why_not, unlabelled=place.unlabelled
            )
            for place in layout.places
        ]  # fmt: skip
        proposal = {
            "structure": "class-folders",
            "root": layout.root,
            **({"label_level": level} if choices else {}),
            **unsorted.proposal,
        }
        choices |= {"unsorted": list(OPTIONS["unsorted"].choices)} if unsorted.proposal else {}
        notes = _folder_notes(layout, labels, named)
        return reading_of(examples, said, proposal, choices, options.encoding, notes)

    def _is_doubtful(self, layout: Layout, labels: Sequence[_Folder]) -> bool:
        """True when too few classes come of it, or when most that might have a class would be left without one."""
        expected = sum(bool(place.label) or (place.split is None and not place.unlabelled) for place in layout.places)
        about_each_other = {label[-1].casefold() for label in labels} <= _NEUTRAL | _MASKS
        doubtful = layout.only_parts or len(set(labels)) < self.at_least or 2 * len(labels) < expected
        return doubtful or (about_each_other and len(set(labels)) > 1)


def _without_class(layout: Layout, folders: Set[str]) -> Layout:
    """The same, where nobody has said the class of what lies in these `folders`."""

    def place_of(place: Place) -> Place:
        inside = next((name for name in place.label if name in folders), None)
        if inside is None:
            return place
        why_not = Message("It lies in '{folder}': nobody has said which class it is of.", folder=inside)
        return Place(split=place.split, why_not=why_not, unlabelled=True)

    return replace(layout, places=tuple(map(place_of, layout.places))) if folders else layout


def _who(labels: Sequence[_Folder]) -> Message:
    return Message(
        "The folders {names} say who speaks, or which recording it is, and hardly what is heard. If they are the "
        "classes, choose 'class-folders' as the structure.",
        names=first_names(sorted({label[-1] for label in labels})),
    )


def _why_no_folders(source: Source, layout: Layout, labels: Sequence[_Folder]) -> Message:
    n, total = len(labels), len(layout.places)
    if not total:
        return Message("'{source}' holds no files that could be examples by themselves.", source=source.name)
    if layout.only_parts:
        parts = tuple(sorted({label[0] for label in labels}))
        return Message(
            "The folders {names:list} are parts of a dataset, and no class folders lie in them.", names=parts
        )
    if {label[-1].casefold() for label in labels} <= _NEUTRAL | _MASKS and len(set(labels)) > 1:
        names = tuple(sorted({"/".join(label) for label in labels}))
        return Message(
            "The folders {names:list} are called as if they held pictures and what is marked in them.", names=names
        )
    if not n or 2 * n < total:
        return Message(
            "Only {n} of {total} files in '{source}' lie in class folders.", n=n, total=total, source=source.name
        )
    return Message("All files that lie in a folder lie in the same, '{folder}'.", folder="/".join(labels[0]))


def _levels(
    labels: Sequence[_Folder], wanted: str | None
) -> tuple[str, Callable[[_Folder], str], dict[str, list[str]]]:
    """Which level of folders is the class, the class of a label, and what can be chosen.

    The inner folder is name enough where all lie equally deep and no two inner folders share a name.
    """
    if all(len(label) == 1 for label in labels):
        levels = label_levels((label[0] for label in labels), wanted)
        return levels.level, lambda label: levels(label[0]), levels.choices
    check_level(wanted)
    same_depth = len({len(label) for label in labels}) == 1
    own_names = len({label[-1] for label in labels}) == len(set(labels))
    level = wanted or ("bottom" if same_depth and own_names else "full")
    ways: dict[str, Callable[[_Folder], str]] = {
        "full": "/".join,
        "top": lambda label: label[0],
        "bottom": lambda label: label[-1],
    }
    return level, ways[level], {"label_level": list(OPTIONS["label_level"].choices)}


def _folder_notes(layout: Layout, labels: Sequence[_Folder], named: Callable[[_Folder], str]) -> list[Message]:
    notes = []
    if layout.only_parts:
        names = tuple(sorted({label[0] for label in labels}))
        notes.append(Message("The folders {names:list} are taken for classes, because you said so.", names=names))
    deepest = max(labels, key=len)
    if len(deepest) > 1:
        notes.append(
            Message(
                "There are folders inside folders: what lies in '{folder}' is of the class '{label}'.",
                folder="/".join(deepest),
                label=named(deepest),
            )
        )
    return notes


class FileNames:
    """The structure: names of files begin with their class, as in "cat_01.png", "sunrise141.jpg"."""

    names = {"file-names": Message("The beginning of each file's name")}
    whole_files = True

    def look(self, source: Source, options: ReadOptions, limits: Limits) -> Reading | Declined:
        """The names must form at least two classes, each more than once, that cover nearly all files.

        Names of documents also have to be numbered: "cats_train.txt" is rather a list of texts.
        """
        examples = find_examples(source)
        forced = options.structure in self.names
        stems = [path.stem for path in examples.paths]
        advice = Message(
            "Name the files after what they show, each class more than once: cat_1.jpg, cat_2.jpg, dog_1.jpg, ..."
        )
        if examples.kind.is_text and not forced and not all(_NUMBER.search(stem) for stem in stems):
            reason = Message("The names of the text files are not numbered, as those of examples would be.")
            return Declined(reason, 0.0, advice)
        parts = parts_by_folder(examples.paths)
        held_out = [part not in (None, "train") for part in parts]
        by_speaker = crossed(stems) if examples.kind.names_sources else None
        labels, covered = (by_speaker, 1.0) if by_speaker else _labels(stems, held_out, 0.0 if forced else _COVER)
        if not covered or (covered < _COVER and not forced):
            return Declined(_why_no_classes(source, stems, labels), covered, advice)
        said = [
            Said(label, part, None if label else _why_no_class(stem))
            for label, part, stem in zip(labels, parts, stems, strict=True)
        ]
        proposal = {"structure": "file-names", "root": lay_out(examples.paths).root}
        return reading_of(examples, said, proposal, {}, options.encoding)


# --- what folders mean -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where one example lies: the folder names that say its class, the part it is in, or why it has no class;
    `unlabelled` where that is because nobody has said it."""

    label: tuple[str, ...] = ()
    split: str | None = None
    why_not: Message | None = None
    unlabelled: bool = False


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

    Folders around everything are wrappers. Folders called like parts are parts where one of them is for training: above
    the classes (train/cat) or below them (cat/train). What is left between them is the class.
    """
    folders = folders_around(paths)
    called = parts_among(name for folder in folders for name in folder)
    depth = _wrapper_depth(folders, called)
    root = next((f[:depth] for f in folders if len(f) >= depth), ())
    inner = [f[depth:] if f[:depth] == root else () for f in folders]
    if _parts_above(inner, called):
        places = [_below_part(f, called) for f in inner]
    elif _parts_below(inner, called):
        places = [_above_part(f, called) for f in inner]
    else:
        places = _without_parts(inner, called, [path.name for path in paths])
    tops = {f[0] for f in inner if f}
    only_parts = bool(tops) and all(len(f) < 2 for f in inner) and tops <= called.keys()
    return Layout("/".join(root), tuple(_trimmed(places)), only_parts)


def parts_by_folder(paths: Sequence[PurePosixPath]) -> list[str | None]:
    """The part that a folder around each path says; all None unless together they are a division."""
    folders = folders_around(paths)
    called = parts_among(name for folder in folders for name in folder)
    named = [{called[name] for name in folder if name in called} for folder in folders]
    parts = [found.pop() if len(found) == 1 else None for found in named]
    return parts if divides(parts) else [None] * len(parts)


def folders_around(paths: Sequence[PurePosixPath]) -> list[_Folder]:
    """The folders that each file lies in. An archive is a folder without its ending and without what all of them are
    called ("cat-samples.zip", "dog-samples.zip": cat, dog); the pieces of one download are none."""
    split = [_archive_in(path) for path in paths]
    names = dict.fromkeys(path.parts[at] for path, at in zip(paths, split, strict=True) if at is not None)
    called = _archive_names(list(names))
    return [
        path.parts[:-1] if at is None else (*path.parts[:at], *called[path.parts[at]], *path.parts[at + 1 : -1])
        for path, at in zip(paths, split, strict=True)
    ]


def _archive_in(path: PurePosixPath) -> int | None:
    return next((at for at, part in enumerate(path.parts[:-1]) if is_archive(PurePosixPath(part))), None)


def _archive_names(names: Sequence[str]) -> dict[str, _Folder]:
    stems = [re.sub(r"\.tar$", "", PurePosixPath(name).stem, flags=re.IGNORECASE) for name in names]
    if len(names) > 1 and len({_PIECE.sub("", stem) for stem in stems}) == 1:
        return dict.fromkeys(names, ())
    words = [re.findall(r"[^\W_]+|[\W_]+", stem) for stem in stems]
    start, end = shared_edges(words) if len(names) > 1 else (0, 0)
    shorter = ["".join(w[start : len(w) - end]).strip(" _-.") or stem for w, stem in zip(words, stems, strict=True)]
    return {name: (short,) for name, short in zip(names, shorter, strict=True)}


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
    """True when the top folders are parts: one for training has classes in it, and parts hold most of everything."""
    inside = [f for f in folders if f]
    in_parts = [f for f in inside if f[0] in called]
    parts = {called[f[0]] for f in in_parts}
    if "train" not in {called[f[0]] for f in in_parts if len(f) > 1}:
        return False
    return len(in_parts) == len(inside) or (len(parts) > 1 and 2 * len(in_parts) >= len(inside))


def _below_part(folder: _Folder, called: Mapping[str, str]) -> Place:
    if not folder:
        return Place(why_not=_OUTSIDE)
    split = called.get(folder[0])
    if split is None:
        why_not = Message("It lies in '{folder}', beside the folders that say train and test.", folder=folder[0])
        return Place(why_not=why_not)
    label = folder[1:]
    while label and called.get(label[0]) == split:  # unpacking often makes "train/train"
        label = label[1:]
    if not label or (split != "train" and len(label) == 1 and label[0].casefold() in _NEUTRAL):
        why_not = Message(
            "It lies directly in '{folder}' and in no class folder, so its class is not known.", folder=folder[0]
        )
        return Place(split=split, why_not=why_not)
    return Place(label, split)


def _parts_below(folders: Sequence[_Folder], called: Mapping[str, str]) -> bool:
    deep = [f for f in folders if len(f) > 1]
    parts = [called.get(f[-1]) for f in deep]
    return divides(parts) and 2 * sum(part is not None for part in parts) >= len(deep)


def _above_part(folder: _Folder, called: Mapping[str, str]) -> Place:
    if not folder:
        return Place(why_not=_OUTSIDE)
    split = called.get(folder[-1]) if len(folder) > 1 else None
    return Place(folder[:-1] if split else folder, split)


def _without_parts(folders: Sequence[_Folder], called: Mapping[str, str], names: Sequence[str]) -> list[Place]:
    tops = {f[0] for f in folders if f}
    deep = {f[0] for f in folders if len(f) > 1}
    parts = (tops & called.keys()) - deep
    # A train is a thing one can take pictures of; "test" and "validation" are not.
    if len(tops - parts) < 2 or {top.casefold() for top in parts} == {"train"}:
        parts = set()
    if len(parts) == 1 and _is_class_of_a_trial(next(iter(parts)), tops - parts, folders, names):
        parts = set()
    return [_plain_place(f, called[f[0]] if f and f[0] in parts else None) for f in folders]


def _is_class_of_a_trial(part: str, classes: Set[str], folders: Sequence[_Folder], names: Sequence[str]) -> bool:
    """True for "test" beside "control" and "blank", and where its files are numbered as those of each class are: what
    is held back of all classes has names of its own."""
    if any(word in _TRIALS for name in classes for word in re.split(r"[\W_\d]+", name.casefold())):
        return True
    inside: dict[str, set[str]] = {}
    for folder, name in zip(folders, names, strict=True):
        if folder:
            inside.setdefault(folder[0], set()).add(name)
    own = inside[part]
    return len(own) > 1 and all(2 * len(own & inside[name]) > max(len(own), len(inside[name])) for name in classes)


def _plain_place(folder: _Folder, part: str | None) -> Place:
    if not folder:
        return Place(why_not=_OUTSIDE)
    if part:
        why_not = Message(
            "The folder '{folder}' is taken for a part of the dataset and not for a class, and nothing in it says what "
            "this is. If it is a class, give the folder another name.",
            folder=folder[0],
        )
        return Place(split=part, why_not=why_not)
    return Place(folder)


def _trimmed(places: Sequence[Place]) -> list[Place]:
    """Without folders inside the parts that are around all classes, or the same inside each ("images")."""
    labels = [place.label for place in places if place.label]
    start, end = shared_edges(labels)[0], 0
    while (
        labels
        and all(len(label) - start > end + 1 for label in labels)
        and all(label[-1 - end].casefold() in _NEUTRAL for label in labels)
    ):
        end += 1
    return [replace(place, label=place.label[start : len(place.label) - end or None]) for place in places]


# --- what names of files begin with ----------------------------------------------------------------------------------


def _labels(stems: Sequence[str], held_out: Sequence[bool], cover: float) -> tuple[list[str | None], float]:
    """The class in each name, None for a name without one, and the share of the names that have one.

    `held_out` says which files are in a part that is not for training: such parts often come without classes, and may.
    Of several ways to find a class in a name the first that covers the share `cover` is taken, else the one that covers
    most; a share of 0 says that there are no two classes.
    """
    best: tuple[list[str | None], float] = [None] * len(stems), 0.0
    for way in _WAYS:
        found = [way(stem) for stem in _without_common_start(stems)]
        counts = Counter(label for label in found if _says_something(label))
        classes = {label for label, count in counts.items() if count > 1}
        labels = [label if label in classes else None for label in found]
        expected = sum(label is not None or not out for label, out in zip(labels, held_out, strict=True))
        covered = sum(label is not None for label in labels) / max(1, expected) if len(classes) > 1 else 0.0
        if covered > best[1]:
            best = labels, covered
        if best[1] >= cover and best[1] > 0:
            break
    return best


def _without_common_start(stems: Sequence[str]) -> list[str]:
    """ "IMG_cat_1", "IMG_dog_2" -> "cat_1", "dog_2": words that all names begin with tell nothing apart."""
    words = [re.findall(r"[^\W_]+|[\W_]+", stem) for stem in stems]
    shared, _ = shared_edges(words)
    # Half of a pair of word and separator is no shared word: "-1" and "-2" have the minus in common.
    return ["".join(w[shared:]).lstrip(" _-.") or stem for w, stem in zip(words, stems, strict=True)]


def _before_counter(stem: str) -> str:
    """ "sunrise141", "cat_01", "dog (3)", "red panda 2 (1)" without what counts at the end."""
    # Possessive quantifiers: without them a long run of digits that is not the end takes for ever.
    return re.sub(r"(?>[\s_\-.]*+[(\[]?\d++[)\]]?)+$", "", stem).strip(" _-.")


def _first_word(stem: str) -> str:
    return re.split(r"[\W_\d]+", stem.strip(" _-."), maxsplit=1)[0]


def _without_numbers(stem: str) -> str:
    """ "0001_cat", "2024-05-01 cat": the words without the numbers around them."""
    return " ".join(re.findall(r"[^\W\d_]+", stem))


_WAYS: tuple[Callable[[str], str], ...] = (_before_counter, _first_word, _without_numbers)
"""Where in a name the class may be; the first way that makes classes of nearly all names is taken."""


def _says_something(label: str) -> bool:
    words = re.findall(r"[^\W\d_]+", label.casefold())
    return any(word not in _SAY_NOTHING for word in words)


def _why_no_class(stem: str) -> Message:
    return Message("Its name '{name}' does not begin with the name of a class that other files have too.", name=stem)


def _why_no_classes(source: Source, stems: Sequence[str], labels: Sequence[str | None]) -> Message:
    n = sum(label is not None for label in labels)
    if not n:
        return Message("The file names in '{source}' do not begin with classes.", source=source.name)
    return Message(
        "Only {n} of {total} file names begin with a class that other files have too; '{name}' does not.",
        n=n,
        total=len(stems),
        name=next(stem for stem, label in zip(stems, labels, strict=True) if label is None),
    )
