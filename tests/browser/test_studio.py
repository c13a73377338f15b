"""The Studio in a real browser: the whole job on one screen, also on a telephone and without a mouse."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from core.runs.folder import list_runs
from core.workspace import Workspace
from pages.train.running import REFRESH_SECONDS
from tests.browser.app_driver import open_sample, overflow, press, see_heading, settled
from tests.browser.fixtures import wait_until

TABLE = b"text,label\nlate bus,bus\nno bus,bus\nbus stop,bus\npizza,lunch\nsalad,lunch\nsoup,lunch\n,lunch\n"
SMALL_LAPTOP = {"viewport": {"width": 1280, "height": 720}}


def below_the_fold(page: Page, **named: tuple[str, ...]) -> list[str]:
    """What of these, by their role, is not seen without scrolling."""
    seen = [page.get_by_role(role, name=name, exact=True).first for role, names in named.items() for name in names]
    if "link" in named:  # of a finished run
        parts = page.get_by_test_id("stMetricValue"), page.locator(".curves"), page.locator(".wall .says")
        seen += [one.first for one in parts] + [page.get_by_text("Why?", exact=True).first]
    boxes = {str(one): one.bounding_box() for one in seen}
    height = page.viewport_size["height"]
    return [name for name, box in boxes.items() if box is None or box["y"] + box["height"] > height]


def test_a_sample_is_trained_and_asked_on_one_screen(server, open_page):
    page = open_page(server.url, **SMALL_LAPTOP)
    open_sample(page, "Iris flowers")
    press(page, "Train")
    expect(page.get_by_role("progressbar").or_(page.get_by_role("link", name="Results")).first).to_be_visible()
    settled(page)
    press(page, "Add examples")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    wait_until(lambda: list_runs(Workspace(server.home))[0].status().state == "completed", "it was not trained")
    page.wait_for_timeout(2000 * REFRESH_SECONDS)  # what watches it has seen that it ended
    expect(dialog).to_be_visible()  # with all that was typed there
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Results", exact=True)).to_be_visible()
    whole = {"button": ("Add examples", "Train"), "radio": ("Quick", "Samples"), "link": ("Results", "Export")}
    assert below_the_fold(page, **whole) == []
    page.get_by_role("radio", name="Sliders").click()
    expect(page.get_by_text(", confidence ")).to_be_visible()

    page.get_by_role("radio", name="Thorough").click()
    page.wait_for_url("**way=*")
    page.reload()
    expect(page.get_by_role("radio", name="Thorough")).to_be_checked()
    expect(page.get_by_role("radio", name="Sliders")).to_be_checked()
    settled(page)

    press(page, "setosa 50")
    name = page.get_by_label("Name of the class")
    name.fill("bristly")
    name.press("Enter")
    expect(page.get_by_role("button", name="bristly 50", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").first).to_be_visible()  # the run of the version before still counts

    narrow = open_page(page.url, viewport={"width": 390, "height": 844}, color_scheme="dark")
    see_heading(narrow, "Iris flowers, version 2")
    expect(narrow.get_by_role("link", name="Results", exact=True)).to_be_visible()
    assert overflow(narrow) == []
    lefts = [narrow.get_by_role("heading", name=name).bounding_box()["x"] for name in ("1 · Examples", "2 · Training")]
    assert lefts[0] == lefts[1]  # below each other
    expect(narrow.get_by_text("bristly, versicolor, and virginica")).to_be_visible()  # folded
    assert below_the_fold(narrow, button=("Add examples", "Train")) == []

    settled(narrow)
    for window in (page, narrow):  # and nor are the next step, the methods and the button on the pages for more
        dataset = page.url.split("dataset=")[1].split("&")[0]
        window.goto(f"{server.url}/data?dataset={dataset}")
        see_heading(window, "Data")
        settled(window)
        assert below_the_fold(window, button=("Choose a model and train",)) == []
        window.goto(f"{server.url}/train?dataset={dataset}")
        expect(window.get_by_role("button", name="Train", exact=True)).to_be_visible()
        settled(window)
        assert below_the_fold(window, button=("Train",), radio=("Last layer only",)) == []


def test_own_files_come_in_without_leaving_it(server, open_page):
    page = open_page(server.url, **SMALL_LAPTOP)
    press(page, "Use my own")
    table = {"name": "office.csv", "mimeType": "text/csv", "buffer": TABLE}
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(table)
    see_heading(page, "office")
    expect(page.get_by_role("button", name="lunch 3", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="1 skipped, and why", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
