"""The part of the result page that one takes home."""

from core.data.findings import save_findings
from core.jobs.base import run_job
from core.report import render
from core.runs.folder import RunFolder
from core.runs.local import LocalLauncher
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import picture_dataset, png, write_tree
from tests.pages.conftest import press, visit, words


def test_both_are_offered_and_made_only_when_they_are_asked_for(app, workspace, tiny_models, monkeypatch):
    asked = []
    for name in ("render_report", "render_card"):
        monkeypatch.setattr(render, name, lambda *given: asked.append(given))
    dataset = messages(workspace, each=20)
    save_findings(dataset.id, workspace, [], complete=True)  # else the doctor would look now
    run = finished_run(workspace, dataset, wrong=(1,))
    visit(app, "understand/result.py", run=run.id)
    app.button_group(key="part").set_value("report").run()
    assert not app.exception
    assert "needs no network" in words(app) and "look at them before you pass them on" in words(app)
    labels = {button.label for button in app.get("download_button")}
    assert labels == {
        "Download the report", "Download the model card", "Download the script", "Download the notebook",
    }  # fmt: skip
    assert asked == []


def test_the_model_is_made_and_proven_before_it_can_be_downloaded(app, workspace):
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    save_findings(dataset.id, workspace, [], complete=True)
    asked = {"dataset": dataset.id, "recipe": {"model": "small-cnn", "strategy": "scratch", "epochs": 1}}
    run = RunFolder.create(workspace.runs, "train", "t", asked)
    run_job(run, workspace, lambda: False)
    visit(app, "understand/result.py", run=run.id, part="report")

    def offered() -> list[str]:
        return [button.label for button in app.get("download_button") if " (" in button.label]

    assert not offered()
    press(app, "Make it")
    said = words(app) + "\n".join(element.value for element in app.success)
    assert "Proven: the same class on" in said and "differs by more than 0.000000" not in said
    assert [label.partition(" (")[0] for label in offered()][-1] == "Download the folder"
    del app.session_state["background"]  # another session finds it, too
    assert "Download the folder" in "".join(app.run() and offered())
    press(app, "Make it again")
    assert any(button.label == "Make it" for button in app.button)
    del app.session_state["background"]
    write_tree(workspace.root.parent, {"new.png": png((200, 0, 0), (32, 32))})
    asked = {"run": run.id, "label": "new", "inputs": [str(workspace.root.parent / "new.png")]}
    run_job(RunFolder.create(workspace.jobs, "teach", "t", asked), workspace, lambda: False)
    app.run()
    assert not offered()  # it is another model by now


def test_what_was_asked_for_is_not_stopped_by_what_begins_by_itself(app, workspace, tiny_models, monkeypatch):
    started, stopped = [], []
    monkeypatch.setattr(LocalLauncher, "start", lambda self, job, heavy=True: started.append(job))
    monkeypatch.setattr(LocalLauncher, "stop", lambda self, job: stopped.append(job))
    dataset = messages(workspace, each=20)
    save_findings(dataset.id, workspace, [], complete=False)  # the page has them looked for
    run = finished_run(workspace, dataset, wrong=(1,))
    visit(app, "understand/result.py", run=run.id, part="report")
    press(app, "Make it")
    app.run()
    kinds = {job.id: job.about()["kind"] for job in started}
    assert sorted(kinds.values()) == ["doctor", "export"]  # both are going on
    assert "export" not in [kinds[job.id] for job in stopped]
