"""What one method makes of one draw: how many it gets right, and how long it takes."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks.bench import PICTURES, TEXTS, Bench, recipe
from core.errors import UserError
from core.messages import quoted

if TYPE_CHECKING:
    from benchmarks.few_shot import FewShot
    from core.data.dataset import Dataset
    from core.events import Event, RunEnded

LEFT_TO_JUDGE = 5
"""So many of each class must remain to judge; a class that is too small teaches with fewer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`accuracy` is a share of the `n` examples that judged; `taught` how many of each class taught.

    `seconds` are those of training. For messages nobody is judged within them and `judging` is apart; for pictures
    they are those of the whole run. `strategy` is what "auto" chose.
    """

    accuracy: float
    n: int
    taught: int
    seconds: float
    judging: float | None = None
    strategy: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class NotInstalledError(UserError):
    """A method cannot be measured on this machine."""


def on_messages(task: FewShot, method: str, seed: int, bench: Bench, train: Dataset) -> Answer:
    """A strategy of ours. The embeddings are not known before, and those who judge are asked afterwards."""
    from core.data.dataset import Dataset
    from core.events import drain
    from core.training.engine.train import train as training

    dataset = Dataset("few", "text", task.teach, train.store)
    shots = len(task.teach) // len(task.classes)
    bench.forget_embeddings()
    began = time.perf_counter()
    events: list[Event] = []
    stream = training(
        dataset, recipe(TEXTS, method, shots=shots, seed=seed, **_quick(method, bench, "text")), bench.workspace
    )
    result = drain(stream, events.append)
    assert result is not None  # nobody stops it
    trained = time.perf_counter()
    _, strategy = _ended(events, method, "few messages")
    answers = [prediction.label for prediction in result.model.predict([example.text for example in task.judge])]
    return _answer(task, answers, trained - began, time.perf_counter() - trained, strategy)


def setfit(task: FewShot, seed: int, bench: Bench) -> Answer:
    """SetFit (Tunstall et al. 2022) at its usual settings, on the same model and rows; loading it does not count."""
    from core.models.backbones.hub import quiet_transformers
    from core.models.text_packages import minilm_folder

    quiet_transformers()
    try:
        import datasets
        from setfit import SetFitModel, Trainer, TrainingArguments
    except ImportError as error:
        raise NotInstalledError(
            quoted(f"SetFit cannot be measured: {error.name} is not installed."),
            quoted("Install it with pip install -e '.[bench]', or leave it out with --methods."),
        ) from error
    logging.getLogger("setfit").setLevel(logging.ERROR)
    datasets.disable_progress_bars()
    number = {label: i for i, label in enumerate(task.classes)}
    rows = {"text": [e.text for e in task.teach], "label": [number[e.label] for e in task.teach]}
    model = SetFitModel.from_pretrained(str(minilm_folder()))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()), _no_warnings():
        arguments = TrainingArguments(
            batch_size=16, num_epochs=1, num_iterations=1 if bench.quick else 20, seed=seed, report_to="none",
            save_strategy="no", logging_strategy="no", show_progress_bar=False, output_dir=folder,
        )  # fmt: skip
        began = time.perf_counter()
        Trainer(model=model, args=arguments, train_dataset=datasets.Dataset.from_dict(rows)).train()
        trained = time.perf_counter()
        found = model.predict([example.text for example in task.judge], show_progress_bar=False)
    answers = [task.classes[int(i)] for i in found]
    return _answer(task, answers, trained - began, time.perf_counter() - trained, "setfit")


@contextlib.contextmanager
def _no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries say to each other
        yield


def on_pictures(dataset: Dataset, method: str, shots: int, seed: int, bench: Bench) -> Answer:
    """A strategy of ours on all that did not teach. Embeddings of earlier runs are known."""
    taught = possible_shots(dataset, shots)
    asked = recipe(PICTURES, method, shots=taught, seed=seed, **_quick(method, bench, "image"))
    ended, strategy = _ended(bench.train(dataset, asked), method, dataset.title)
    assert ended.validation is not None
    return Answer(ended.validation.accuracy, ended.validation.n, taught, ended.seconds, strategy=strategy)


def possible_shots(dataset: Dataset, wanted: int) -> int:
    """`wanted`, or what leaves enough of the smallest class to judge. Near-duplicates count as one."""
    clusters: dict[str, set[str]] = {}
    for example, cluster in zip(dataset.examples, dataset.clusters, strict=True):
        clusters.setdefault(example.label, set()).add(cluster)
    return max(1, min(wanted, min(map(len, clusters.values())) - LEFT_TO_JUDGE))


def few_of(dataset: Dataset, classes: int = 3, each: int = 8) -> Dataset:
    """The beginning of a set, for a quick run."""
    names = dataset.classes[:classes]
    own = [e for name in names for e in [x for x in dataset.examples if x.label == name][:each]]
    return replace(dataset, examples=tuple(own))


def _ended(events: list[Event], method: str, title: str) -> tuple[RunEnded, str]:
    """How training ended, and the strategy that was used; UserError when it did not complete."""
    from core.events import RunEnded, RunStarted

    ended = next(event for event in events if isinstance(event, RunEnded))
    if ended.reason != "completed":
        raise UserError(quoted(f"{method} on {title} ended as {ended.reason}."), ended.message)
    return ended, next(event.recipe["strategy"] for event in events if isinstance(event, RunStarted))


def _quick(method: str, bench: Bench, modality: str) -> dict[str, Any]:
    """What makes a run tiny."""
    from core.training.spec.recipe import applicable_options

    tiny = {"epochs": 1, "image_size": 64}
    return {k: v for k, v in tiny.items() if k in applicable_options(method, modality)} if bench.quick else {}


def _answer(task: FewShot, answers: list[str], seconds: float, judging: float, strategy: str) -> Answer:
    right = sum(answer == example.label for answer, example in zip(answers, task.judge, strict=True))
    taught = len(task.teach) // len(task.classes)
    return Answer(right / len(task.judge), len(task.judge), taught, seconds, judging, strategy)
