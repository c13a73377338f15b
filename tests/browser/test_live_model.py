"""A model that answers live in a browser, with Chromium's make-believe camera and microphone: it says the same of what
it saw as the program does."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from core.events import drain
from core.export.page import RUNTIME
from core.jobs.base import run_job
from core.jobs.exporting import LIVE
from core.jobs.trying import answers, open_model
from core.modalities import get_modality
from core.runs.folder import RunFolder
from tests.browser.app_driver import POLLING
from tests.browser.fixtures import CHROMIUM, FLAGS
from tests.helpers import picture_dataset, sound_dataset, trained

pytestmark = pytest.mark.skipif(not (RUNTIME / "ort.wasm").exists(), reason="the browser's runtime was not fetched")
DEVICES = ["--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required"]
BEGUN = """() => {
  const live = document.querySelector(".live")?.live;
  if (live && !live.source && !live.button.disabled) live.turn();
  return live?.last;
}"""
"""It has answered. It begins by itself, since it may; on a busy computer a sound may need another press."""
NEXT = """() => new Promise((done) => {
  const { live } = document.querySelector(".live");
  const text = (values) => {
    const bytes = new Uint8Array(values.buffer);
    let said = "";
    for (const byte of bytes) said += String.fromCharCode(byte);
    return btoa(said);
  };
  live.show = (answer) => {
    const { canvas } = live.source;
    const given = canvas ? canvas.toDataURL("image/png").split(",")[1] : text(live.last.example);
    done([given, answer.label, answer.probabilities, answer.similarity ?? null]);
  };
})"""
"""What is looked at next, as base64, and what is said of it."""


@pytest.fixture
def watching(browser):
    """A browser whose camera and microphone may be used; nothing can be fetched in it."""
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, *DEVICES])
    yield chromium.new_context(offline=True, permissions=["camera", "microphone"])
    chromium.close()


@pytest.mark.parametrize(
    ("make", "model", "button"),
    [(picture_dataset, "small-cnn", "Use the camera"), (sound_dataset, "small-sounds", "Listen all the time")],
)
def test_it_says_the_same_as_the_program_of_what_it_saw_or_heard(watching, workspace, tmp_path, make, model, button):
    run = trained(workspace, make(workspace), model=model, strategy="scratch", epochs=2)
    job = RunFolder.create(workspace.jobs, "live", "T", {"run": run.id, "language": "en", "added": []})
    assert run_job(job, workspace, lambda: False).result == {"file": LIVE}
    page, heard = watching.new_page(), []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto((job.path / LIVE).as_uri())
    page.wait_for_function(BEGUN, polling=POLLING)
    given, label, probabilities, similarity = page.evaluate(NEXT)
    raw = base64.b64decode(given)
    if model == "small-sounds":
        raw = get_modality("sound").exported(np.frombuffer(raw, np.float32))[1]
    file = tmp_path / "given"
    file.write_bytes(raw)
    asked = drain(open_model(run, workspace))
    (said,) = answers(asked, [str(file)])
    assert said["label"] == label
    assert list(said["probabilities"].values()) == pytest.approx(probabilities, abs=2e-3)
    if similarity is not None:
        assert said["likeness"] == pytest.approx(similarity, abs=2e-3)
    page.locator(".live button").first.click()
    page.get_by_role("button", name=button).wait_for()
    assert page.locator(".live video, .live meter, .live .bars").count() == 0
    assert [said for said in heard if "ScriptProcessorNode is deprecated" not in said] == []
