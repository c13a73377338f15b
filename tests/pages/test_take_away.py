"""The part of the result page that one takes home."""

from core.data.findings import save_findings
from core.report import render
from tests.core.studies.comparison.making import finished_run, messages
from tests.pages.conftest import visit, words


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
    assert "needs no network" in words(app) and "look at it before you pass it on" in words(app)
    labels = {button.label for button in app.get("download_button")}
    assert labels == {"Download the report", "Download the model card"}
    assert asked == []
