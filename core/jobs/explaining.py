"""The job that says why a finished run answers as it does."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.data.dataset import Dataset
from core.errors import DataError
from core.events import Event, JobEnded
from core.jobs.base import Stop
from core.jobs.trying import open_model
from core.messages import Message
from core.modalities import get_modality
from core.modalities.base import Modality, Payload
from core.modalities.image.decoding import encoded
from core.runs.folder import RunFolder
from core.storage import write_sealed
from core.workspace import Workspace

if TYPE_CHECKING:
    from PIL import Image

    from core.results.explanation import Explanation

OVERLAY, PICTURE = "overlay.png", "picture.png"
SOUND, WITHOUT = "sound.wav", "without.wav"
"""What can be heard, and the same without the part that matters most."""


def explain(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Why the run `run` answers as it does about an `input` (a picture's path, or a message) or an `example` of its set
    (an id), or what speaks for the `class` instead.

    Result: `Explanation.to_dict`. Where there is a heat map, OVERLAY and PICTURE lie in the job's folder, and SOUND and
    WITHOUT of what can be heard.
    """
    request = folder.request
    run = RunFolder.find(request["run"], workspace)
    found, payload = yield from explain_run(run, request, workspace, stop)
    if found.heat:
        kind = get_modality(found.modality)
        write_sealed(folder.path / OVERLAY, encoded(overlay_of(found, payload), "PNG"))
        write_sealed(folder.path / PICTURE, encoded(_drawn(found, payload), "PNG"))
        if sound := kind.playable(payload):
            write_sealed(folder.path / SOUND, sound)
            without = kind.playable(kind.without(payload, found.heat.rows, found.heat.columns))
            write_sealed(folder.path / WITHOUT, without or b"")
    yield JobEnded("completed", result={"run": run.id, **found.to_dict()})


def explain_run(
    run: RunFolder, asked: dict[str, Any], workspace: Workspace, stop: Stop = lambda: False
) -> Generator[Event, None, tuple[Explanation, Payload]]:
    """The explanation that is asked for (see `explain`), and the example that it is about.

    UserError for an input that cannot be read, an example that is not there, or a class that is not known.
    """
    from core.models.encoders import frozen_encoder
    from core.models.trained import load_backbone
    from core.results.occlusion import Witness
    from core.results.occlusion import explain as explanation

    model = yield from open_model(run, workspace, stop)
    kind = get_modality(model.model.modality)
    payload = _payload(run, asked, kind, workspace)
    backbone = load_backbone(f"run:{run.id}", workspace)  # under its own name: what is kept of others is not its own
    witness = Witness(model, backbone, frozen_encoder(backbone, workspace))
    found = explanation(witness, payload, asked.get("class"), {asked.get("example", "")})
    return found, payload


def _drawn(found: Explanation, payload: Payload) -> Image.Image:
    picture = get_modality(found.modality).picture(payload)
    assert picture is not None, "only what has a picture has a heat map"
    return picture


def overlay_of(found: Explanation, payload: Payload) -> Image.Image:
    """The heat map of an example, laid over its picture."""
    from core.results.explanation import overlay

    assert found.heat is not None
    return overlay(_drawn(found, payload), found.heat.strength)


def _payload(run: RunFolder, asked: dict[str, Any], kind: Modality[Any, Any], workspace: Workspace) -> Payload:
    if "example" not in asked:
        return kind.read(kind.raw(asked["input"]))
    dataset = Dataset.load(run.request["dataset"], workspace)
    dataset.require_originals()
    for number, example in enumerate(dataset.examples):
        if example.id == asked["example"]:
            return dataset.payload(number)
    raise DataError(
        Message("This example is not in the dataset that the run was trained on."), Message("Choose another one.")
    )
