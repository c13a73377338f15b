"""Files that say what the numbers of classes mean: classes.txt, data.yaml, label_map.pbtxt, mapping.txt, and the like.

Wherever all classes of a reading are such numbers they become the names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from core.data.readers.encoding import decode
from core.data.readers.names import looks_like_file
from core.data.readers.reading import Heeded, Item, Reading, Skip, Source, SourceFile
from core.data.readers.time_lists import may_be_a_list
from core.errors import DataError, UnreadableExampleError
from core.messages import Message

_MOST_BYTES = 1024**2
"""Nobody has so many classes; files that are larger are none of these."""
_MOST_NAMES = 2000
_LONGEST = 80
_CALLED = re.compile(
    r"((\w+_)?(class|label|category|intent|obj|object|coco|voc|synset|target)([\s_-]?(names?|list|index|indices|map|"
    r"mapping|dict|labels|words|id2label))?(e?s)?|categories|mapping|id2label|label2id)"
)
_MAY_HOLD_ONE = frozenset(
    {"data", "dataset", "config", "notes", "dataset_info", "dataset_infos", "info", "meta", "metadata"}
)
_LISTS = ("", ".txt", ".names", ".lst", ".csv", ".tsv")
_TREES = (".json", ".yaml", ".yml")
_CODE = re.compile(r"\d{1,6}(\.0+)?")
_KEY = re.compile(r"[a-z]{1,3}[\s_-]?\d{2,10}", re.IGNORECASE)
"""What stands for a class without being its number, as in WordNet: "n02124075"."""
_USED = Message("It says what the numbers of the classes mean, and holds no example itself.")


@dataclass(frozen=True)
class Legend:
    """What one file says: the name of each code, or just the names in their order, from 0 or from 1 on.

    `alone`: it says nothing else.
    """

    file: SourceFile
    codes: Mapping[str, str]
    in_order: bool = False
    alone: bool = True

    def names(self, codes: Iterable[str]) -> dict[str, str] | None:
        """The name of each of these codes; None where one has none, or where it is not certain with which the list of
        names begins."""
        wanted = {code: str(int(float(code))) if _CODE.fullmatch(code) else code.casefold() for code in codes}
        known = self.codes
        if self.in_order and "0" not in wanted.values():
            if str(len(known)) not in wanted.values():
                return None
            known = {str(int(code) + 1): name for code, name in known.items()}
        return {code: known[number] for code, number in wanted.items()} if {*wanted.values()} <= known.keys() else None


def find_legends(source: Source) -> list[Legend]:
    """All files of a source that are called like legends, and are; a file alone is none."""
    if len(source.files) < 2:
        return []
    small = [file for file in source.files if file.size <= _MOST_BYTES]
    return [legend for file in small if not may_be_a_list(file) and (legend := _legend(file))]


def with_names(reading: Reading, legends: Sequence[Legend]) -> Reading:
    """The same reading with the names of its classes, where all of them are numbers that one of the legends knows."""
    labels = {item.label for item in reading.items if isinstance(item, Item)}
    if not labels or not all(_CODE.fullmatch(label) or _KEY.fullmatch(label) for label in labels):
        return reading
    for legend in legends:
        names = legend.names(labels)
        if names and not all(_CODE.fullmatch(name) for name in names.values()):
            return _named(reading, names, legend)
    worded = [legend for legend in legends if not all(_CODE.fullmatch(name) for name in legend.codes.values())]
    if not worded:
        return reading
    note = Message(
        "'{file}' seems to say what the numbers of the classes mean. But it does not name all of them, or does not say "
        "which number is its first: so the numbers stay. Write lines such as “0 cat” into it.",
        file=str(worded[0].file.path),
    )
    return replace(reading, notes=(*reading.notes, note))


def _named(reading: Reading, names: Mapping[str, str], legend: Legend) -> Reading:
    own = str(legend.file.path)
    items: list[Item | Skip] = [
        replace(item, label=names[item.label])
        if isinstance(item, Item)
        else Heeded(own, _USED)
        if item.file == own
        else item
        for item in reading.items
    ]
    tree = [{**row, "label": names.get(row["label"], row["label"])} for row in reading.proposal.get("tree", ())]
    note = Message("The names of the classes are those in '{file}'.", file=own)
    proposal = {**reading.proposal, **({"tree": tree} if tree else {})}
    return replace(reading, items=tuple(items), proposal=proposal, notes=(*reading.notes, note))


# --- reading them ----------------------------------------------------------------------------------------------------


def _legend(file: SourceFile) -> Legend | None:
    suffix = file.path.suffix.casefold()
    stem, may_be = file.path.stem.casefold(), (*_LISTS, *_TREES, ".pbtxt")
    if not (_CALLED.fullmatch(stem) and suffix in may_be) and not (stem in _MAY_HOLD_ONE and suffix in _TREES):
        return None
    try:
        text = decode(file.read(), str(file.path)).text
    except (UnreadableExampleError, DataError):
        return None
    if suffix == ".pbtxt":
        found = dict(re.findall(r"id\s*:\s*(\d+)[^{}]*?name\s*:\s*['\"]([^'\"]+)['\"]", text))
        found |= {code: name for name, code in re.findall(r"name\s*:\s*['\"]([^'\"]+)['\"][^{}]*?id\s*:\s*(\d+)", text)}
        return _checked(file, found)
    if suffix not in _TREES:
        return _from_lines(file, text)
    try:
        tree = json.loads(text) if suffix == ".json" else yaml.load(text, Loader=_LOADER)
    except (ValueError, RecursionError, yaml.YAMLError):
        return None
    legend = _from_tree(file, tree, 0)
    return replace(legend, alone=suffix != ".json" or _is_flat(tree)) if legend else None


def _is_flat(tree: Any) -> bool:
    """True for JSON that holds names of classes and nothing else."""
    return isinstance(tree, list) or len(tree) == 1 or not any(isinstance(one, dict | list) for one in tree.values())


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _checked(file: SourceFile, codes: Mapping[str, str], in_order: bool = False) -> Legend | None:
    """A legend where this can be one: at least two names, all different and short, none of them that of a file."""
    names = list(codes.values())
    if not 2 <= len(names) <= _MOST_NAMES or len(set(names)) < len(names) or not all(names):
        return None
    if any(len(name) > _LONGEST or looks_like_file(name) for name in names):
        return None
    return Legend(file, codes, in_order)


def _from_lines(file: SourceFile, text: str) -> Legend | None:
    """Lines of "cat", "0 cat", "0: cat", "cat,0", or with a header above them."""
    lines = [line.strip() for line in text.splitlines()[: _MOST_NAMES + 2] if line.strip()]
    pairs = [_pair(line) for line in lines]
    if pairs and pairs[0] is None and all(pairs[1:]):
        pairs = pairs[1:]  # below a header
    coded = {code: name for pair in pairs if pair for code, name in [pair]}
    if len(coded) == len(pairs) > 1:
        return _checked(file, coded)
    if file.path.suffix.casefold() in (".csv", ".tsv") or any(pairs):
        return None
    return _checked(file, {str(at): name for at, name in enumerate(lines)}, in_order=True)


def _pair(line: str) -> tuple[str, str] | None:
    """The code and the name in a line."""
    key = re.fullmatch(rf"({_KEY.pattern})[\s,;:=]+(\S[^,]*).*", line, re.IGNORECASE)
    if key:  # "n02124075 Egyptian cat, ..."
        return key[1].casefold(), key[2].strip()
    first = re.fullmatch(r"[\"']?(\d{1,6})[\"']?\s*[\s,;:=\t]\s*[\"']?(.*?)[\"']?", line)
    last = re.fullmatch(r"[\"']?(.*?)[\"']?\s*[\s,;:=\t]\s*[\"']?(\d{1,6})[\"']?", line)
    if first and first[2]:
        return str(int(first[1])), first[2]
    return (str(int(last[2])), last[1]) if last and last[1] else None


def _from_tree(file: SourceFile, tree: Any, depth: int) -> Legend | None:
    """["cat", ...], {"0": "cat"}, {"cat": 0}, [{"id": 0, "name": "cat"}], or {"names": any of these}, however deep."""
    if depth > 6:
        return None
    if isinstance(tree, list):
        if all(isinstance(name, str) for name in tree):
            return _checked(file, {str(at): name for at, name in enumerate(tree)}, in_order=True)
        named = {str(one.get("id")): str(one.get("name") or "") for one in tree if isinstance(one, dict)}
        return _checked(file, named)
    if not isinstance(tree, dict) or not tree:
        return None
    if all(_CODE.fullmatch(str(code)) for code in tree):
        names = {str(code): name[-1] if isinstance(name, list) and name else name for code, name in tree.items()}
        return _checked(file, names) if all(isinstance(name, str) for name in names.values()) else None
    if all(isinstance(code, int) and not isinstance(code, bool) for code in tree.values()):
        names = {str(code): str(name) for name, code in tree.items()}
        return _checked(file, names) if len(names) == len(tree) else None
    wanted = ("names", "id2label", "label2id", "classes", "categories", "class_names", "labels", "class_label", "label")
    keys = [*(key for key in wanted if key in tree), *(key for key in tree if key not in wanted)]
    inner = (_from_tree(file, tree[key], depth + 1) for key in keys if isinstance(tree[key], dict | list))
    return next(filter(None, inner), None)
