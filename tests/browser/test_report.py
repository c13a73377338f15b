"""The report in a real browser without a network: light, dark, on a telephone and on paper."""

import pytest

from core.report.render import render_report
from core.results.finished_run import FinishedRun
from tests.core.report.making import hostile_findings, hostile_messages, known_vectors
from tests.core.studies.comparison.making import finished_run
from tests.helpers import picture_dataset


@pytest.fixture
def files(workspace, tiny_models, tmp_path):
    """The reports of an ordinary run on pictures, and of one by somebody who means harm."""
    pictures, harm = picture_dataset(workspace, each=20), hostile_messages(workspace)
    pictures.save(workspace)
    hostile_findings(harm, workspace)
    made = []
    for name, dataset in (("pictures", pictures), ("harm", harm)):
        known_vectors(dataset, workspace)
        run = finished_run(workspace, dataset, wrong=range(0, 10, 2))
        made.append(tmp_path / f"{name}.html")
        made[-1].write_text(render_report(FinishedRun.open(run.id, workspace)), encoding="utf-8")
    return made


@pytest.mark.parametrize(("which", "scheme", "width"), [(0, "light", 1280), (0, "dark", 360), (1, "light", 360)])
def test_it_opens_without_a_network_and_runs_nothing(files, browser, tmp_path, which, scheme, width):
    file = files[which]
    context = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": width, "height": 900})
    page, heard, asked = context.new_page(), [], []
    page.on("console", lambda message: heard.append(message.text))
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.screenshot(path=tmp_path / f"{file.stem}-{scheme}-{width}.png")
    assert heard == []
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert page.evaluate("document.querySelectorAll('script, iframe, object, embed, link').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every((one) => one.complete && one.naturalWidth > 0)")
    context.close()


def test_dark_is_dark_and_paper_is_white(files, browser):
    page = browser.new_context(offline=True, color_scheme="dark").new_page()
    page.goto(files[0].as_uri())
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(ground) == "rgb(21, 23, 27)"
    table = page.locator("details table").first
    assert not table.is_visible()
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert table.is_visible()  # what is folded on a screen is open on paper
    page.context.close()
