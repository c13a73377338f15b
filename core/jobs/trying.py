"""Jobs that use a finished model: ask it about a few examples, teach it a class more."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from core.data.dataset import describe_dataset
from core.errors import UserError
from core.evaluation.answers import calibrated, read_answers, validation_answers
from core.evaluation.rejection import Rejection
from core.events import Event, JobEnded
from core.jobs.base import Stop
from core.messages import NOTHING, Message, sentences
from core.modalities import get_modality
from core.modalities.image.decoding import encoded
from core.models.catalogue import about_model
from core.results.finished_run import FinishedRun
from core.results.record import read_split
from core.runs.folder import RunFolder
from core.storage import write_sealed
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.modalities.base import Payload
    from core.models.extended import ExtendedModel


def predict(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Ask the model of `run` about `inputs`: paths of picture files, or messages.

    Result: one of `answers` an input, and `refusal`: how the judging examples score, for a "none of these".
    """
    request = folder.request
    run = RunFolder.find(request["run"], workspace)
    model = yield from open_model(run, workspace, stop)
    kind = get_modality(model.model.modality)

    def show(number: int, payload: Payload) -> None:
        picture = kind.picture(payload)
        if picture:  # pages show this one: what a stranger gave is only decoded here
            write_sealed(folder.path / f"input-{number}.jpg", encoded(picture, "JPEG"))
        if sound := kind.playable(payload):
            write_sealed(folder.path / f"input-{number}.wav", sound)

    found = answers(model, request["inputs"], show, trained_on(run, workspace))
    yield JobEnded("completed", result={"answers": found, "refusal": refusal_of(model, run).to_dict()})


def teach(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Add `inputs` to the model of `run` as examples of a class called `label`. Result: see `teach_class`."""
    request = folder.request
    run = RunFolder.find(request["run"], workspace)
    model = yield from open_model(run, workspace, stop)
    names = request.get("names") or request["inputs"]
    yield JobEnded("completed", result=teach_class(model, run, request["label"], request["inputs"], names))


def open_model(
    run: RunFolder, workspace: Workspace, stop: Stop = lambda: False, *, look: bool = True
) -> Generator[Event, None, ExtendedModel]:
    """The model of a run with all that was added to it. RunError when it is not finished.

    The first time somebody asks, it looks back at its own examples, if they are still there and `look` does not say
    otherwise. Yields progress.
    """
    from core.models.extended import ExtendedModel, Reference
    from core.models.trained import TrainedModel
    from core.results.reference import make_reference

    model = TrainedModel.load(run.path, workspace)
    reference = Reference.load(run.path)
    if look and reference is None:
        with suppress(UserError, KeyError):  # the dataset was deleted, or is damaged: what does without it still works
            reference = yield from make_reference(FinishedRun.open(run, workspace), model, stop)
    return ExtendedModel(model, run.path, reference)


def trained_on(run: RunFolder, workspace: Workspace) -> Callable[[bytes], bool]:
    """Whether the model of a run was trained on the example that is read from such bytes. Of a row only the columns
    that training had are looked at."""
    kind = get_modality(about_model(run.id, workspace)["card"]["modality"])
    known: set[str] = set()
    with suppress(UserError):  # a project may come without the record
        known = read_split(run.path).ids("train")
    columns: Sequence[str] = ()
    if kind.is_row:
        with suppress(UserError):  # the dataset was deleted
            report = describe_dataset(run.request["dataset"], workspace).get("report") or {}
            columns = report.get("proposal", {}).get("example_columns") or ()

    def is_known(raw: bytes) -> bool:
        if not known:
            return False
        with suppress(UserError):
            if columns:
                row = kind.read(raw)
                raw = kind.exported({name: row[name] for name in columns if name in row})[1]
            return kind.digest(raw) in known
        return False

    return is_known


def answers(
    model: ExtendedModel,
    inputs: Sequence[str],
    show: Callable[[int, Payload], object] = lambda number, payload: None,
    is_known: Callable[[bytes], bool] = lambda raw: False,
) -> list[dict[str, Any]]:
    """One dictionary an input: `input`, then `label`, `probabilities` and `likeness`, or `error` for an unreadable one.

    `likeness` is None where it cannot be told, and a `note` says what was not looked at, where that is something.
    `show` is given the number and the decoded payload of every readable one.
    """

    kind = get_modality(model.model.modality)
    found: list[dict[str, Any]] = []
    readable, payloads = [], []
    for number, given in enumerate(inputs):
        entry: dict[str, Any] = {"input": given}
        found.append(entry)
        try:
            raw = kind.raw(given)
            payloads.append(kind.read(raw))
            readable.append(entry)
            if note := sentences(kind.passed_over(raw), _KNOWN if is_known(raw) else NOTHING):
                entry["note"] = note
            show(number, payloads[-1])
        except UserError as error:
            entry["error"] = error.message
    for entry, answer in zip(readable, answers_where_it_can(model, payloads), strict=True):
        notes = sentences(*(one["note"] for one in (entry, answer) if "note" in one))
        entry.update(answer | ({"note": notes} if notes else {}))
    return found


_KNOWN = Message("It was among the training examples, so the model knows its class already.")


def answers_where_it_can(model: ExtendedModel, payloads: Sequence[Payload]) -> list[dict[str, Any]]:
    """As `answers_to`, of examples that came together; `error` for one that tells the model nothing."""
    suited = suited_to(model, payloads)
    given = iter(answers_to(model, [one for one in suited if not isinstance(one, UserError)]))
    return [{"error": one.message} if isinstance(one, UserError) else next(given) for one in suited]


def suited_to(model: ExtendedModel, payloads: Sequence[Payload]) -> list[Payload | UserError]:
    """Examples that came together as the model takes them, or why one of them tells it nothing."""
    suit = get_modality(model.model.modality).suited(_extras(model), payloads)

    def written(payload: Payload) -> Payload | UserError:
        try:
            return payload if suit is None else suit(payload)
        except UserError as error:
            return error

    return list(map(written, payloads))


def _extras(model: ExtendedModel) -> dict[str, Any] | None:
    """What the model learnt of the columns of rows; nothing for other kinds, whose own is large."""
    return model.model.backbone.extras() if get_modality(model.model.modality).is_row else None


def answers_to(model: ExtendedModel, payloads: Sequence[Payload], *, together: bool = False) -> list[dict[str, Any]]:
    """`label`, `probabilities` and `likeness` of each decoded example, `likeness` as in `answers`; and a `note` on what
    the model cannot read or has never seen (`together`: see `Modality.remarks`)."""
    embeddings = model.model.embed(payloads)
    alike: Sequence[float | None] = model.likeness(embeddings) or [None] * len(payloads)
    remarks = get_modality(model.model.modality).remarks(_extras(model), payloads, together=together)
    return [
        {"label": answer.label, "probabilities": answer.probabilities, "likeness": like}
        | ({"note": remark} if remark else {})
        for answer, like, remark in zip(model.answers(embeddings), alike, remarks, strict=True)
    ]


def score_of(answer: dict[str, Any], refusal: Rejection) -> float:
    """What is held against a threshold."""
    return answer["likeness"] if refusal.by == "likeness" else answer["probabilities"][answer["label"]]


def printed(
    name: str | int, answer: dict[str, Any], refusal: Rejection, threshold: float | None, **row: Any
) -> dict[str, Any]:
    """An answer as other programs get it, from `predict --json` and from a server: the `input` and what `answers` says,
    but the likeness only where somebody asked for a threshold; then also whether it is "none of these", and the same
    number as `similarity`, which it is called elsewhere."""
    entry = {"input": name, **row, **answer}
    alike = entry.pop("likeness", None)
    if threshold is not None and "error" not in entry:
        score = score_of({**entry, "likeness": alike}, refusal)
        entry |= {refusal.by: score, "none_below": threshold, "none": score < threshold}
        if alike is not None:
            entry["similarity"] = alike
    return entry


def refusal_of(model: ExtendedModel, run: RunFolder) -> Rejection:
    """How the validation examples score, and which of them the model in this folder gets right."""
    if model.reference is None:
        said = calibrated(validation_answers(read_answers(run.path)), model.model.temperature)
        return Rejection.of("sure", [answer.confidence for answer in said], [answer.right for answer in said])
    return Rejection.of("likeness", model.validation_likeness(), model.validation_right().tolist())


def teach_class(
    model: ExtendedModel, run: RunFolder, label: str, inputs: Sequence[str], names: Sequence[str]
) -> dict[str, Any]:
    """Add examples of a class to a run. UserError, and nothing is added, when the name or an input cannot be used.

    Gives the `label` and the id of the `addition`, how many of the `examples` are now `recognised`, and of `judged`
    examples how many were right `before`, are `after`, and were `taken` for the new class.
    """
    from core.models.added import check_label, keep_addition, new_addition
    from core.models.extended import ExtendedModel

    label = check_label(label, model.model.classes, model.added)
    if model.reference is None and model.model.tuned:
        raise UserError(
            Message(
                "The training examples of this model are gone, and all of it was tuned to them: without them a new "
                "class cannot be compared with those it knows."
            ),
            Message("Train again and add the class to the new run."),
        )
    kind = get_modality(model.model.modality)
    if not inputs:
        raise UserError(Message("No example was given."), Message("One is enough."))
    payloads = suited_to(model, [kind.read(kind.raw(given)) for given in inputs])
    for payload in payloads:
        if isinstance(payload, UserError):
            raise payload
    embeddings = model.model.embed(payloads)
    addition = new_addition(run.path, label, names)
    keep_addition(addition, embeddings.numpy(), list(map(kind.picture, payloads)))
    extended = ExtendedModel(model.model, run.path, model.reference)
    said = [answer.label for answer in extended.answers(embeddings)]
    before, after = model.validation_right(), extended.validation_right()
    return {
        "run": run.id, "label": label, "addition": addition.id, "examples": len(inputs),
        "recognised": said.count(label), "judged": len(before), "before": int(before.sum()), "after": int(after.sum()),
        "taken": int(extended.validation_as(label).sum()),
    }  # fmt: skip
