"""The specification of a kind of example: everything that the rest of the program asks of it.

Nobody outside this folder asks whether examples are pictures or messages: they ask what a kind can do, what it is
called and what is usual for it. A new kind is a folder or a file here, registered in `core.modalities.MODALITIES`,
and a backbone that takes it.
"""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar

import numpy as np
from PIL import Image

from core.errors import UserError
from core.messages import NOTHING, Message

Payload: TypeAlias = Any
"""An example as a person sees it: a PIL picture in RGB mode, a string, ... Only its modality knows which."""

PICTURED = ("picture", "sound")
"""The views (`Modality.view`) of examples of which there is a `picture`."""

PIECES = "pieces"
"""In the facts of an example: into how many pieces of one length its file was cut, where it was."""

Batch: TypeAlias = dict[str, np.ndarray]
"""Input arrays by name, first axis = example. The same arrays feed PyTorch and ONNX Runtime."""

P = TypeVar("P")
"""The payload of a kind of example."""
S = TypeVar("S")
"""The input specification of its backbones: how they want examples prepared (see `Backbone.spec`)."""


class Ability(StrEnum):
    """What can be done with examples of some kinds only. An option of training may need one (see `Option.needs`)."""

    RESIZE = "resize"
    """A model may look at it at another size than its own: more detail for more time."""
    TURN = "turn"
    """A quarter turn makes something else of it, which can be a class of its own."""
    BLEND = "blend"
    """Two of them can be averaged (mixup)."""
    NAME = "name"
    """It is read as a class's name is: the name can stand among the examples."""


@dataclass(frozen=True, slots=True)
class OfflinePage:
    """How examples are given to an exported model in a browser: the file in `core/export/web` that takes them in and
    prepares them, and what it says; in these sentences "{name}" stands for a value that it puts in itself. `live` is
    what it can listen to or look at without end: "camera", "microphone" or nothing."""

    script: str
    words: Mapping[str, Message]
    live: str = ""


@dataclass(frozen=True, slots=True)
class Gain:
    """By how many points of accuracy a way to tune was better than the last layer of the same model: the mean over sets
    and their standard deviation, 8 examples of each class (`benchmarks/evidence.py`)."""

    points: float
    spread: float

    @property
    def is_usual(self) -> bool:
        """On nearly every set it was better."""
        return self.points > self.spread


NOT_MEASURED = Gain(0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Usual:
    """What suits a kind of example unless somebody says otherwise, as measured on the sets of `benchmarks/`.

    `strategy` makes the most of a handful of examples, `augmentation` is the level while a network is tuned;
    `partial_layers` and `contrastive_layers` are how many of the last stages those strategies train. `probed_layers` is
    how many the speed probe measures, and `step_cost` says for a strategy how long a step takes against one of full
    fine-tuning, until the strategy itself was timed here. `epochs` are those of
    tuning, and small networks bear learning rates that are `rate_factor` times the usual. `blank_epochs` and
    `blank_rate` (the learning rate) are those of a network that begins with random weights, and an experiment that
    trains such ones divides the examples `splits` times: where each takes minutes, less often. Where the best is
    looked for, `gains` are the strategies that tune a network, in the order in which they are tried, with what they
    gained elsewhere, `cheap` those that leave it as it is and are tried besides its usual one, and `models` those that
    did best on many datasets, the best first: of several that are about as good here, the first is taken.
    """

    strategy: str = "head"
    gains: Mapping[str, Gain] = field(default_factory=lambda: {"partial": NOT_MEASURED, "full": NOT_MEASURED})
    cheap: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    augmentation: str = "none"
    partial_layers: int = 2
    contrastive_layers: int = 3
    probed_layers: int = 2
    step_cost: Mapping[str, float] = field(default_factory=dict)
    epochs: int = 8
    rate_factor: float = 1.0
    blank_epochs: int = 30
    blank_rate: float = 1e-3
    splits: int = 5


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain methods that stand beside each score: they learn from what `model` gives, the id of one that has learnt
    nothing before. Without `methods` (see `core.training.engine.rivals`) that is its own last layer.

    Of more than `most` training examples, and of more that are asked about, so many are drawn.
    """

    model: str
    methods: tuple[str, ...] = ()
    most: int = 1000


class Modality(ABC, Generic[P, S]):
    """One kind of example: what it is called, how it comes in, how it is shown, varied, batched and explained.

    The way in: `read` what a stranger gave, then `keep` it, and `load` what was kept. The way on: `augment` (training
    only), then `batch`, which is the one preprocessing function of training, validation, try-it and export.
    """

    # What it is called.
    name: ClassVar[str]
    """Names the kind in files and on the command line; nobody but its own code compares it with anything."""
    one: ClassVar[Message]
    """ "a picture"."""
    many: ClassVar[Message]
    """ "pictures"."""
    first_title: ClassVar[Message]
    """What a first dataset is called unless somebody says otherwise."""
    untested: ClassVar[Message]
    """What a score on one dataset says nothing about, in the words of this kind."""

    # How it comes in.
    suffixes: ClassVar[frozenset[str]] = frozenset()
    """Files that are an example each, by suffix; none where examples only come in tables."""
    in_tables: ClassVar[bool] = False
    """Whether the cell of a table can be an example."""
    is_text: ClassVar[bool] = False
    """Whether its files are plain text, in some encoding; then it can be typed and pasted, too."""
    is_row: ClassVar[bool] = False
    """Whether an example is a whole row of a table, cells by the names of columns; programs give it as an object."""
    ways_in: ClassVar[tuple[str, ...]] = ()
    """How examples can be made on the Data page: names of widgets (see `pages.prepare.create`)."""
    arrangement: ClassVar[Message] = NOTHING
    """How files can be arranged so that they say which class each example belongs to."""
    names_sources: ClassVar[bool] = False
    """Whether names of files and folders often say who or what an example comes from (a speaker, a recording), so that
    a split can keep what comes from one source on one side (see `core.data.readers.sources`)."""

    cuts_by_time: ClassVar[bool] = False
    """Whether a `stretch` of a file can be an example by itself."""

    # How it is shown and explained.
    view: ClassVar[Literal["picture", "lines", "row", "sound"]] = "lines"
    """How an example is shown: as `picture` draws it, as lines of the text that the dataset holds of it, as a row of a
    table, or as a `picture` with a player for what is `playable`."""
    explanation: ClassVar[Literal["regions", "words", "columns", "spectrum", ""]] = ""
    """What is covered or left out to see what an answer hangs on; "" where there are only the nearest examples.
    "spectrum" takes parts of the `picture` away by `without`."""
    traits: ClassVar[Literal["looks", "wording", "hearing", "columns", ""]] = ""
    """By what faults and subgroups are found, and copies where they can be told: by how it looks
    (`core.modalities.image.looks`), by how it is worded, by how it sounds (`core.modalities.sound.hearing`), by what
    its columns hold, or by exact copies alone."""
    measures: ClassVar[int] = 0
    """How many numbers `measure` gives for those traits; 0 where the example itself is looked at each time."""

    # How it is learnt.
    default_model: ClassVar[str]
    """The pretrained model that is chosen first; others take it when their card names this kind."""
    plain: ClassVar[Plain | None] = None
    """What every score is compared with, if anything."""
    abilities: ClassVar[frozenset[Ability]] = frozenset()
    augmentations: ClassVar[Mapping[str, Message]]
    """The levels of augmentation, "none" first, and what each does to an example."""
    sorts_by_length: ClassVar[bool] = False
    """Whether batches of examples that are equally long waste less work."""
    usual: ClassVar[Usual] = Usual()
    coarse_size: ClassVar[int | None] = None
    """The input size that is enough for a network which begins with random weights: a handful of examples teaches it
    nothing that needs more, and it is several times faster. None where the size makes no difference."""

    # How it is taken away.
    hub_task: ClassVar[str]
    """Its task's name on the Hugging Face Hub."""
    sample_argument: ClassVar[str]
    """What stands for an example on the command line."""
    script: ClassVar[str] = ""
    """The module of which an exported model's `predict.py` is made; "" where models cannot be exported."""
    requires: ClassVar[tuple[str, ...]] = ()
    """The packages that this script needs besides numpy and onnxruntime."""

    page: ClassVar[OfflinePage | None] = None
    """None where a model cannot be exported as a page for browsers."""

    @property
    def many_in_tables(self) -> bool:
        """Whether many of them may lie in one table."""
        return self.in_tables or self.is_row

    def window(self, facts: Sequence[Mapping[str, Any]]) -> float | None:
        """How many of the last seconds a live answer is about, where a model learnt from examples with these `facts`;
        None where it is about a moment."""
        return None

    def exported(self, payload: P) -> tuple[str, bytes]:
        """An example as a file beside an exported model: the ending of its name, and its bytes, which `read` takes."""
        raise NotImplementedError

    @abstractmethod
    def count(self, n: int) -> Message:
        """ "1 picture", "12 pictures"."""

    def count_files(self, n: int) -> Message:
        """The same of files with its `suffixes`."""
        return self.count(n)

    @abstractmethod
    def pace(self, speed: float) -> Message:
        """So many of them in a second, where `speed` is in typical examples (see `effort`)."""

    def recognises(self, beginning: bytes) -> bool:
        """True when the first 512 bytes of a file show it to be an example of this kind, whatever it is called."""
        return False

    @abstractmethod
    def read(self, raw: bytes) -> P:
        """Decode bytes from outside completely. UnreadableExampleError says why it cannot be used."""

    def read_all(self, raw: bytes) -> list[P]:
        """The examples in a file that is imported: a long recording is several, which stay on one side of a split."""
        return [self.read(raw)]

    def stretch(self, raw: bytes, start: float, end: float) -> bytes:
        """What lies between two moments, in seconds from the beginning, as a file of its own.

        UnreadableExampleError says why there is none. Asked only where a kind `cuts_by_time`.
        """
        raise NotImplementedError

    def passed_over(self, raw: bytes) -> Message:
        """What `read` leaves out of these bytes, which it accepts; nothing for most."""
        return NOTHING

    def raw(self, given: str) -> bytes:
        """The bytes of what a person named or typed: the file `given`, for most kinds. UserError if it is not there."""
        try:
            return Path(given).expanduser().read_bytes()
        except (OSError, ValueError, RuntimeError) as error:  # not there; no name at all; in the home of nobody
            problem = Message("The file '{name}' cannot be read.", name=given)
            raise UserError(problem, Message("Check the name and try again.")) from error

    def digest(self, raw: bytes) -> str:
        """The content digest that names an example read from `raw`: 32 hexadecimal digits, other ones for each kind."""
        return hashlib.sha256(f"{self.name}-1:".encode() + raw).hexdigest()[:32]

    def facts(self, raw: bytes) -> dict[str, Any]:
        """What the original file is like, for findings about it; `raw` is one that `read` accepts."""
        return {}

    def is_misnamed(self, name: str, facts: Mapping[str, Any]) -> bool:
        """True when a file's name ends as those of another format do than its `facts` say."""
        return False

    @abstractmethod
    def keep(self, payload: P, digest: str, store: Path) -> str | None:
        """Keep an example: write it into the example `store`, or give it as the text that the dataset's file holds.

        Files are not synced one by one: who keeps examples syncs the store when all are there (`storage.sync_all`).
        Several threads may keep examples at once.
        """

    def is_kept(self, digest: str, store: Path) -> bool:
        """True when the store already holds this example, and whole, so that it need not be decoded again."""
        return False

    def is_whole(self, digest: str, text: str | None, store: Path) -> bool:
        """True for a kept example that `load` can load again: nothing of it is missing or damaged."""
        return text is not None or self.is_kept(digest, store)

    @abstractmethod
    def load(self, digest: str, text: str | None, store: Path, size: int | None = None) -> P:
        """Load a kept example again; with `size` (a backbone's input size) no more detail than that needs.

        UnreadableExampleError where it is damaged or no longer there.
        """

    def joined(self, held: Sequence[P], given: Mapping[str, P]) -> tuple[Sequence[P], Sequence[Message]]:
        """Examples `given` by their names as they come to a dataset of those `held`, and what a person should know of
        it."""
        return list(given.values()), ()

    def suited(self, extras: Mapping[str, Any] | None, given: Sequence[P]) -> Callable[[P], P] | None:
        """How examples, of which these are `given`, are rewritten for a model with these `extras`; None where they are
        taken as they are. The function raises UnreadableExampleError for one of which the model knows nothing."""
        return None

    def remarks(
        self, extras: Mapping[str, Any] | None, given: Sequence[P], *, together: bool = False
    ) -> Sequence[Message]:
        """What a person should know beside the answer to each of these, of a model with these `extras`; of those that
        came `together` it was said what they all lack (see `unlike`)."""
        return [NOTHING] * len(given)

    def unlike(self, extras: Mapping[str, Any] | None, given: Mapping[str, P]) -> Sequence[Message]:
        """What a person should know of examples `given` by their names to a model with these `extras`: what it expects
        and does not find in them."""
        return ()

    def line(self, text: str) -> str:
        """What a person reads in the place of an example in lists, where the dataset holds `text` of it."""
        return text

    def files(self, digest: str, store: Path) -> tuple[Path, ...]:
        """Where the example `store` holds a kept example; none where the dataset's file holds all of it."""
        return ()

    def thumbnail(self, payload: P) -> P | None:
        """As much of an example as a person needs to know it again, and no more; None where that cannot be given."""
        return None

    def picture(self, payload: P) -> Image.Image | None:
        """The example as an RGB picture, where that is its `view`."""
        return None

    def playable(self, payload: P) -> bytes | None:
        """The example as a WAV file, where it can be heard."""
        return None

    def measure(self, payload: P) -> np.ndarray:
        """What is asked of an example again and again because of its `traits`, (measures,) float32."""
        raise NotImplementedError

    def without(self, payload: P, rows: tuple[float, float], columns: tuple[float, float]) -> P:
        """The example without a part of its `picture`: from where to where, as shares of the height and the width from
        the upper left."""
        raise NotImplementedError

    @abstractmethod
    def augment(self, payload: P, level: str, rng: np.random.Generator) -> P:
        """A random variation of the example that keeps its meaning; `level` is one of `augmentations`."""

    @abstractmethod
    def batch(self, payloads: Sequence[P], spec: S) -> Batch:
        """Payloads as the arrays a backbone takes; `spec` is the backbone's input specification."""

    def parts(self, spec: S) -> Iterator[tuple[str, Mapping[str, slice]]]:
        """The named parts that examples have in common, the columns of a table, say: where each lies in the arrays of
        a `batch`, along the second axis. None where there are none."""
        yield from ()

    def length(self, payload: P) -> int:
        """A rough cost of the example; batches of like lengths waste less work."""
        return 1

    @abstractmethod
    def typical(self) -> P:
        """An example as one meets them, to time a model with."""

    def effort(self, text: str | None, facts: Mapping[str, Any]) -> float:
        """What an example costs, as a multiple of a typical one; `text` and `facts` are what the dataset's file holds
        of it. Batches of like effort waste less work (see `sorts_by_length`)."""
        return 1.0

    def size_cost(self, size: int, usual: int) -> float:
        """What an example costs at input size `size`, as a multiple of what it costs at the size `usual`."""
        return 1.0
