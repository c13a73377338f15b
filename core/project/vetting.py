"""What was unpacked from a project is looked through as what a stranger wrote, before any of it is kept.

Sizes and digests only say that the file is what its maker meant. So everything is read here once as the program will
read it later, and each example is decoded with the limits of an import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from core.data.dataset import THUMBNAILS, Dataset, Example, describe_dataset
from core.data.findings import FINDINGS, Finding, load_findings
from core.data.store import named_files
from core.data.versions import lineage
from core.errors import UserError
from core.evaluation.answers import JUDGED, OUT_OF_FOLD, Answer
from core.events import Event, Progress, Score
from core.library.items import list_items
from core.library.remarks import LONGEST_NOTE, read_remark
from core.messages import Message
from core.modalities import get_modality
from core.models.added import list_added
from core.models.card import ModelCard
from core.models.catalogue import RUN, about_model, get_card
from core.project.format import refused
from core.project.sentences import check_sentences
from core.results.finished_run import FinishedRun, has_model
from core.runs.folder import LOG, RunFolder
from core.runs.made_with import MadeWith
from core.storage import Damaged, damage, read_json, read_lines, read_log, read_sealed
from core.studies.benchmark.candidates import recommended_run
from core.studies.registry import STUDIES
from core.training.spec.recipe import Recipe
from core.workspace import Workspace, is_safe_id

KINDS = {"runs": "train", "studies": "study", "jobs": "export"}
"""The kind of job that lies in each folder of jobs."""
_OVER = ("paused", "completed", "stopped", "failed", "interrupted")
_EXAMPLE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
T = TypeVar("T")
_Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
_Row = tuple[_Count, str]


class _Split(msgspec.Struct):
    """See `core.results.record`."""

    train: list[_Row]
    validation: list[_Row]
    test: list[_Row]
    training_labels: dict[str, _Count]
    groups: dict[str, str]
    reason: Message


class _Model(msgspec.Struct):
    """See `TrainedModel.save`."""

    title: str
    classes: Annotated[list[str], msgspec.Meta(min_length=1)]
    size: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None
    tuned: bool
    parent: str | None
    normalise: bool
    card: ModelCard
    temperature: Annotated[float, msgspec.Meta(gt=0, le=1e6)]
    megabytes: Annotated[float, msgspec.Meta(ge=0, le=1e9)]
    parameters: Annotated[int, msgspec.Meta(ge=0, le=10**15)]


class _Findings(msgspec.Struct):
    complete: bool
    findings: list[Finding]


def vet(name: str, staged: Workspace) -> Generator[Event, None, None]:
    """ProjectError unless everything in the unpacked project called `name` is what this program writes. Yields
    progress."""
    folders = [folder for kind in ("datasets", *KINDS) for folder in sorted((staged.root / kind).glob("*"))]
    for done, folder in enumerate(folders, start=1):
        try:
            for file in (path for path in folder.rglob("*") if path.suffix in (".json", ".jsonl")):
                _check_data(file)
            (_check_dataset if folder.parent == staged.datasets else _check_job)(folder, staged)
        except _Wrong as wrong:
            raise refused(name, wrong.why) from wrong
        except UserError as error:
            raise refused(name, error.problem) from error
        except MemoryError:
            raise
        except Exception as error:  # whatever reading it comes to: the program itself writes nothing that raises one
            raise refused(name, _not_ours(folder)) from error
        yield Progress("vet", done, len(folders))
    named = named_files(staged) or set()
    for file in staged.examples.rglob("*.*"):
        if file not in named:
            raise refused(name, _not_ours(file))
    for item in list_items(staged):  # whatever lists say of it can be said
        if item.why:
            raise refused(name, item.why)


class _Wrong(Exception):
    def __init__(self, why: Message) -> None:
        super().__init__(str(why))
        self.why = why


def _not_ours(place: Path) -> Message:
    return Message("'{place}' is not what this program writes.", place="/".join(place.parts[-2:]))


def _require(condition: object, place: Path) -> None:
    if not condition:
        raise _Wrong(_not_ours(place))


def _fits(data: Any, shape: type[T]) -> T:
    """Plain data as what they must be."""
    return msgspec.convert(data, shape, dec_hook=_revived)


def _revived(kind: type, value: Any) -> Any:
    if kind is Message and isinstance(value, dict):
        return Message.from_dict(value)
    raise ValueError(kind.__name__)


# --- data and messages ------------------------------------------------------------------------------------------------


def _check_data(file: Path) -> None:
    """Every file of data is whole, and the sentences in it lead nowhere."""
    if file.name == LOG:
        log = read_log(file)
        if log.damage:
            raise _Wrong(log.damage.why)
        for row in log.rows:
            check_sentences(row)
        return
    content = read_sealed(file)
    if isinstance(content, Damaged):
        raise _Wrong(content.why)
    for line in content.splitlines() if file.suffix == ".jsonl" else [content]:
        if line.strip():
            check_sentences(json.loads(line))


# --- things -----------------------------------------------------------------------------------------------------------


def _check_dataset(folder: Path, staged: Workspace) -> None:
    """It is the one that its id says, and every example in it can be read."""
    dataset = Dataset.load(folder.name, staged)
    _require(isinstance(dataset.title, str) and dataset.examples, folder)
    changes = lineage(dataset.id, staged)
    added = [example for change in changes.changes for example in change.added]
    everything = (*dataset.examples, *dataset.unlabelled, *added)
    for example in everything:
        _fits(example.to_dict(), Example)
        _require(_EXAMPLE_ID.fullmatch(example.id), folder)
        _require(all(isinstance(fact, (str, int, float, type(None))) for fact in example.facts.values()), folder)
    _require(dataset.id == folder.name and is_safe_id(changes.root), folder)
    _require(_leads_nowhere(describe_dataset(dataset.id, staged)), folder)
    if load_findings(dataset.id, staged) is not None:
        _fits(read_json(folder / FINDINGS), _Findings)
    _check_remark(folder)
    own = set((folder / THUMBNAILS).rglob("*.*"))
    for example in {one.id: one for one in everything}.values():
        for raw in _kept(example, dataset):
            dataset.kind.read(raw)
        own -= set(dataset.kind.files(example.id, folder / THUMBNAILS))
    for file in own:
        raise _Wrong(_not_ours(file))


def _leads_nowhere(about: dict[str, Any]) -> bool:
    """Whether what is said of where a dataset came from names no place on this computer, which could be read anew."""
    path = (about.get("source") or {}).get("path", "sample:")
    return "addition" not in about and isinstance(path, str) and path.startswith("sample:")


def _kept(example: Example, dataset: Dataset) -> Iterator[bytes]:
    """What is there of an example, as a stranger's bytes. One that was damaged where it was saved is not there."""
    if example.text is not None:
        yield example.text.encode()
    for path in dataset.kind.files(example.id, dataset.store):
        content = read_sealed(path)
        if not isinstance(content, Damaged):
            yield content
        elif not content.missing:
            raise _Wrong(content.why)


def _check_job(folder: Path, staged: Workspace) -> None:
    job, kind = RunFolder(folder), KINDS[folder.parent.name]
    about = job.about()
    request = about["request"]
    _require(about["kind"] == kind and about["state"] in _OVER, folder)
    _require(isinstance(request.get("study") or "", str), folder)
    for damaged in job.damages():
        raise _Wrong(damaged.why)
    for file in folder.rglob("*.safetensors"):
        if found := damage(file):
            raise _Wrong(found.why)
    _check_remark(folder)
    _CHECKS[kind](job, about, staged)


def _check_remark(folder: Path) -> None:
    _require(len(read_remark(folder).note) <= LONGEST_NOTE, folder)


def _check_run(job: RunFolder, about: dict[str, Any], staged: Workspace) -> None:
    """Lists read its result, pages all else."""
    request = about["request"]
    _require(isinstance(request["dataset"], str), job.path)
    Recipe.from_dict(request["recipe"])
    result = about.get("result") or {}
    for part in ("test", "validation"):
        if result.get(part) is not None:
            Score.from_dict(result[part])
    for addition in list_added(job.path):
        _require(isinstance(addition.label, str) and addition.embeddings().ndim == 2, job.path)
    if not has_model(job):
        return
    model = about_model(job.id, staged)
    _fits(read_json(job.path / "model.json"), _Model)
    get_modality(get_card(f"{RUN}{job.id}", staged).modality)
    _require(len(set(model["classes"])) == len(model["classes"]), job.path)
    for file, shape in (("split.json", _Split), ("made_with.json", MadeWith)):
        if not isinstance(kept := read_json(job.path / file), Damaged):
            _fits(kept, shape)
    for name in (JUDGED, OUT_OF_FOLD):
        rows: list[Any] | Damaged = read_lines(job.path / name)
        if not isinstance(rows, Damaged):
            for answer in _fits(rows, list[Answer]):
                _require(all(0 <= share <= 1 for share in answer.probabilities.values()), job.path)
    if about["state"] in ("completed", "stopped"):
        run = FinishedRun.open(job, staged)
        Recipe.from_dict(run.recipe)
        for told in ("record", "every_answer", "score", "reliability", "megabytes", "parameters", "made_with"):
            getattr(run, told)


def _check_study(job: RunFolder, about: dict[str, Any], staged: Workspace) -> None:
    study = STUDIES[about["request"]["study"]]
    design = study.design.from_dict(about["request"]["design"])
    study.table(design, job.events()).to_dict()
    recommended_run(job.id, staged)


def _check_export(job: RunFolder, about: dict[str, Any], staged: Workspace) -> None:
    result = about["result"]
    _require(about["state"] == "completed" and isinstance(about["request"]["run"], str), job.path)
    _require(isinstance(result["bytes"], int), job.path)
    _require("/" not in result["file"] and (job.path / result["file"]).is_file(), job.path)


_CHECKS = {"train": _check_run, "study": _check_study, "export": _check_export}
