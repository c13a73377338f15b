"""Names that say that nobody has said a class yet: "unlabelled", "to sort". They stand on folders beside those of
classes, and in cells, where programs also write "NA" or "null" for nothing.

What is called so is no class of its own: it is kept without one. Some names of folders can mean either ("unclassified"
may be a class of plants); then a person says it. Those of cells that can, in a few tables, are classes where their
company shows it, and a person may say otherwise.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from typing import Any

from core.data.readers.names import plain_name
from core.data.readers.reading import OPTIONS, UndecidedError
from core.messages import Message, counted
from core.modalities.table.cells import is_missing

_SURE = frozenset(
    {"unlabeled", "unlabelled", "unsup", "unsupervised", "unannotated", "untagged", "nolabel", "nolabels",
     "withoutlabel", "withoutlabels", "notlabeled", "notlabelled", "notlabeledyet", "notlabelledyet", "tolabel",
     "labelme", "todolabel", "未标注", "未标记", "无标签", "待标注", "未標註", "未標記", "ラベルなし", "未ラベル",
     "레이블없음", "라벨없음", "미라벨", "ohnelabel", "ohneetikett", "unbeschriftet", "unetikettiert",
     "nichtgelabelt", "ungelabelt", "sansetiquette", "sanslabel", "nonetiquete", "nonetiquetes", "sinetiqueta",
     "sinetiquetas", "sinetiquetar", "noetiquetado", "noetiquetados", "semrotulo", "semetiqueta", "naorotulado",
     "naorotulados", "senzaetichetta", "senzaetichette", "nonetichettati", "zonderlabel", "etiketsiz", "безметки",
     "безметок", "неразмеченные", "bezetykiety", "nieoznaczone", "utanetikett"}
)  # fmt: skip
"""No class is called so. As `_bare` gives it."""
_PERHAPS = frozenset(
    {"unsorted", "tosort", "notsorted", "sortme", "unclassified", "notclassified", "uncategorized", "uncategorised",
     "noclass", "withoutclass", "unassigned", "unreviewed", "toreview", "未分类", "未分類", "待分类", "미분류",
     "unsortiert", "zusortieren", "ohneklasse", "unklassifiziert", "nichtzugeordnet", "nontrie", "nontries",
     "atrier", "nonclasse", "nonclasses", "sansclasse", "sinclasificar", "sinclase", "porclasificar", "sinordenar",
     "naoclassificado", "naoclassificados", "semclasse", "porclassificar", "nonclassificato", "nonclassificati",
     "dasmistare", "ongesorteerd", "tesorteren", "sınıflandırılmamıs", "неотсортированные", "безкласса",
     "nieposortowane", "osorterat"}
)  # fmt: skip


_ANSWERS = frozenset({"", "none", "nil"})
_ONE = frozenset({"eins", "ein", "en", "\u00e9n", "ett", "\u00fcks"})
"""The name of 1 in languages in which that of 0 is "null"."""
_CODES = 3
"""So many other labels of as many letters make a code of one."""


@dataclass(frozen=True, slots=True)
class Unsorted:
    """The `folders` whose files have no class, by their names as written; `proposal` is what is said of it where there
    is something to choose."""

    folders: frozenset[str]
    proposal: dict[str, Any]


def find_unsorted(labels: Iterable[tuple[str, ...]], source: str, way: str | None) -> Unsorted:
    """Which folders hold what nobody has sorted, where beside them there are two classes or more.

    `labels` are the folders of each class, from the outside in; `way` is the option "unsorted". UndecidedError where a
    name can mean either, and nobody said which.
    """
    distinct = set(labels)
    named = {part for label in distinct for part in (label[0], label[-1]) if _bare(part) in _SURE | _PERHAPS}
    if not named or sum(not {label[0], label[-1]} & named for label in distinct) < 2:
        return Unsorted(frozenset(), {})
    if way is None and (open_ones := sorted(part for part in named if _bare(part) in _PERHAPS)):
        raise UndecidedError(
            Message("In '{source}' the folder '{folder}' is either a class like the others, or holds what nobody has "
                    "sorted yet.", source=source, folder=open_ones[0]),
            Message("Say which: {ways:any}.", ways=list(map(OPTIONS["unsorted"].title, OPTIONS["unsorted"].choices))),
            {"unsorted": None, "choices": {"unsorted": list(OPTIONS["unsorted"].choices)}},
        )  # fmt: skip
    return Unsorted(frozenset() if way == "whole" else frozenset(named), {"unsorted": way or "kept"})


@dataclass(frozen=True, slots=True)
class Nothing:
    """The labels, as `written`, that say that there is none; `proposal` is what is said of it where there is something
    to choose."""

    written: frozenset[str] = frozenset()
    proposal: dict[str, Any] = field(default_factory=dict)

    @property
    def choices(self) -> dict[str, Any]:
        return {"unsorted": list(OPTIONS["unsorted"].choices)} if self.proposal else {}

    @staticmethod
    def why_not(label: str) -> Message:
        """The reason to keep an example without a class."""
        return Message("Its class is “{label}”, which says that it is not known.", label=label)

    def notes(self, labels: Iterable[str]) -> Iterator[Message]:
        """What became of them, where these are the labels of all examples."""
        counts = Counter(label for label in labels if label in self.written)
        for label, n in counts.most_common():
            yield counted(
                "{n} example has “{label}” as its class. That usually means that the class is not known, so it is kept "
                "without one. If it is a class like the others, say so in the import settings.",
                "{n} examples have “{label}” as their class. That usually means that the class is not known, so they "
                "are kept without one. If it is a class like the others, say so in the import settings.",
                n=n, label=label,
            )  # fmt: skip


def find_nothing(labels: Iterable[str], way: str | None) -> Nothing:
    """Which of these labels, each as it is written, are what programs write where there is nothing, beside two classes
    or more. `way` is the option "unsorted"."""
    distinct = {label for label in labels if not says_no_class(label)}
    named = {label for label in distinct if _for_nothing(label)}
    others = distinct - named
    named = {label for label in named if not _is_one_of(label, others)}
    if not named or len(distinct - named) < 2:
        return Nothing()
    return Nothing(frozenset() if way == "whole" else frozenset(named), {"unsorted": way or "kept"})


def _for_nothing(label: str) -> bool:
    """ "none" is an answer as good as others ("none", "mild", "severe"), and "Na" is sodium."""
    return is_missing(label) and label.casefold() not in _ANSWERS and label != "Na"


def _is_one_of(label: str, others: Set[str]) -> bool:
    """True for "-" beside "+", "NA" beside the codes of other continents, "na" beside other syllables, and "null" where
    it is a number's name: what is a class like these others."""
    if not any(map(str.isalnum, label)):
        return any(not any(map(str.isalnum, other)) for other in others)
    if label.casefold() == "null" and not _ONE.isdisjoint(map(str.casefold, others)):
        return True
    alike = [o for o in others if o.isalpha() and len(o) == len(label) and o.isupper() == label.isupper()]
    return len(alike) >= _CODES and 2 * len(alike) >= len(others)


def says_no_class(label: str) -> bool:
    """True for what stands in a cell where nobody has said a class, such as "unlabelled"."""
    return _bare(label) in _SURE


def _bare(name: str) -> str:
    """ "_Un-labelled 2" -> "unlabelled"."""
    return re.sub(r"[\W_\d]+", "", plain_name(name))
