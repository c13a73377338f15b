"""The Studio in a real browser: the whole job on one screen, also on a telephone and without a mouse."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.app_driver import open_sample, overflow, press, see_heading

TABLE = b"text,label\nlate bus,bus\nno bus,bus\nbus stop,bus\npizza,lunch\nsalad,lunch\nsoup,lunch\n,lunch\n"
SMALL_LAPTOP = {"viewport": {"width": 1280, "height": 720}}


def below_the_fold(page: Page) -> list[str]:
    """What of the main job is not seen without scrolling."""
    named = {"button": ("Add examples", "Train"), "radio": ("Quick", "Samples"), "link": ("Results", "Export")}
    seen = [page.get_by_role(role, name=name, exact=True).first for role, names in named.items() for name in names]
    seen += [page.get_by_test_id("stMetricValue").first, page.locator(".curves").first]
    boxes = {str(one): one.bounding_box() for one in seen}
    return [name for name, box in boxes.items() if box is None or box["y"] + box["height"] > 720]


def test_a_sample_is_trained_and_asked_on_one_screen(server, open_page):
    page = open_page(server.url, **SMALL_LAPTOP)
    open_sample(page, "Iris flowers")
    press(page, "Train")
    expect(page.get_by_role("link", name="Results", exact=True)).to_be_visible()
    assert below_the_fold(page) == []
    page.get_by_role("radio", name="Sliders").click()
    expect(page.get_by_text(", confidence ")).to_be_visible()

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


def test_own_files_come_in_without_leaving_it(server, open_page):
    page = open_page(server.url, **SMALL_LAPTOP)
    press(page, "Use my own")
    table = {"name": "office.csv", "mimeType": "text/csv", "buffer": TABLE}
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(table)
    see_heading(page, "office")
    expect(page.get_by_role("button", name="lunch 3", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="1 skipped, and why", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
