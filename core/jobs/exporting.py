"""The job that takes a run away: everything that is needed to use its model elsewhere, proven."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event, JobEnded
from core.jobs.base import Stop
from core.jobs.trying import open_model, refusal_of
from core.messages import Language, Message, chosen_language
from core.results.finished_run import FinishedRun
from core.runs.folder import RunFolder
from core.storage import as_zip, write
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.export.folder import Exported
    from core.export.proof import Proof

PACKED, PAGE, LIVE = "model.zip", "model.html", "live.html"


def export(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Make the folder of `run` and keep it as one zip file, and the page for browsers. `language` is that of both.
    `added` are the ids of the classes that it has besides: by them a page knows later whether this is still the model.

    Result: `file`, `bytes`, the `proofs` of its networks by name, and `page`: its `file`, `bytes` and `proof`, or
    `missing`, why there is none.
    """
    request = folder.request
    language = chosen_language([request.get("language", "en")])
    made = yield from export_run(RunFolder.find(request["run"], workspace), language, workspace, stop)
    if made is None:
        yield JobEnded("stopped", Message("The export was stopped. Nothing of it was kept."))
        return
    packed = as_zip(made.files)
    write(folder.path / PACKED, packed)
    proofs = {name: proof.to_dict() for name, proof in made.proofs.items()}
    result = {"file": PACKED, "bytes": len(packed), "proofs": proofs, "page": _page(folder, made)}
    yield JobEnded("completed", result=result)


def live(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Make the page in which the model of `run` answers live, in `language`. `added` is there as for `export`, and
    `made_of` for the parts of the page to be told apart later.

    Result: `file`, or `missing`, why there is none.
    """
    from core.export.folder import export_live

    request = folder.request
    run = RunFolder.find(request["run"], workspace)
    finished = FinishedRun.open(run, workspace)
    model = yield from open_model(run, workspace, stop)
    page = yield from export_live(finished, model, refusal_of(model, run), chosen_language([request["language"]]))
    if isinstance(page, Message):
        yield JobEnded("completed", result={"missing": page})
        return
    write(folder.path / LIVE, page)
    yield JobEnded("completed", result={"file": LIVE})


def _page(folder: RunFolder, made: Exported) -> dict[str, Any]:
    if isinstance(made.page, Message):
        return {"missing": made.page}
    assert made.page_proof is not None
    write(folder.path / PAGE, made.page)
    return {"file": PAGE, "bytes": len(made.page), "proof": made.page_proof.to_dict()}


def export_run(
    run: RunFolder, language: Language, workspace: Workspace, stop: Stop = lambda: False
) -> Generator[Event, None, Exported | None]:
    """See `core.export.folder.export`."""
    from core.export.folder import export as made_of

    finished = FinishedRun.open(run, workspace)
    model = yield from open_model(run, workspace, stop)
    return (yield from made_of(finished, model, refusal_of(model, run), language, stop))


def export_for_hub(
    run: RunFolder, language: Language, workspace: Workspace, stop: Stop = lambda: False
) -> Generator[Event, None, tuple[dict[str, bytes], Proof]]:
    """See `core.export.hub.hub_folder`."""
    from core.export.hub import hub_folder

    finished = FinishedRun.open(run, workspace)
    model = yield from open_model(run, workspace, stop)
    return hub_folder(finished, model, language)
