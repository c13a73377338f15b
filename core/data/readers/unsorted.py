"""Names that say that nobody has said a class yet: "unlabelled", "to sort". They stand on folders beside those of
classes, and in cells.

What is called so is no class of its own: it is kept without one. Some names of folders can mean either ("unclassified"
may be a class of plants); then a person says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.data.readers.names import plain_name
from core.data.readers.reading import OPTIONS, UndecidedError
from core.messages import Message

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


def says_no_class(label: str) -> bool:
    """True for what stands in a cell where nobody has said a class, such as "unlabelled"."""
    return _bare(label) in _SURE


def _bare(name: str) -> str:
    """ "_Un-labelled 2" -> "unlabelled"."""
    return re.sub(r"[\W_\d]+", "", plain_name(name))
