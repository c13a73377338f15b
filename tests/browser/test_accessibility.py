"""Every page in both themes, looked through by axe-core: nothing serious that is ours, and all of it from the keyboard.

What Streamlit's own parts get wrong is listed here, by axe's rule and by where it is; with a newer Streamlit an entry
that nothing needs any more should go.
"""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from core.workspace import Workspace
from pages.shared.pages import LIBRARY, PAGES, RESULT, START, TRAIN
from tests.browser.app_driver import menu_link, settled
from tests.browser.fixtures import Server
from tests.helpers import picture_dataset, trained

GRAVE = ("serious", "critical")
STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""Tags of the rules that follow from the W3C's guidelines; all that are serious have one of these."""
STREAMLITS_OWN = {
    "color-contrast": (
        # A chosen option on a dark page has the theme's first colour (3.7 to 1), on which a button writes in white: no
        # colour can have a contrast of 4.5 to 1 to both, and what is chosen is marked by its frame as well.
        '[data-selected="true"]',
    ),
}
"""Parts of the selectors of what Streamlit draws, by the rule that it breaks."""
AXE = Axe()
SIZE = "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"


def grave(page: Page, *rules: str) -> list[str]:
    """What axe calls serious or critical on the page and is no part of Streamlit, by all rules or by some."""
    options = {"resultTypes": ["violations"], "runOnly": list(rules or STANDARD)}
    found = AXE.run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {' '.join(node['target'])} {node['html'][:200]}"
        for one in found if one["impact"] in GRAVE
        for node in one["nodes"]
        if not any(part in " ".join(node["target"]) for part in STREAMLITS_OWN.get(one["id"], ()))
    ]  # fmt: skip


@pytest.fixture
def with_a_run(server, open_page) -> Server:
    """The shared server, with a finished run."""
    if not any(server.home.glob("runs/*/model.json")):
        workspace = Workspace(server.home)
        trained(workspace, picture_dataset(workspace, each=12), model="glyphnet")
    return server


def test_no_page_has_anything_serious(with_a_run, open_page):
    """Dark only where the most different things are seen: the theme's colours are the same on all pages."""
    page = open_page(with_a_run.url)
    settled(page)
    found = {}
    for one in [one for pages in PAGES.values() for one in pages]:
        if one.in_menu:
            menu_link(page, one.title.text).press("Enter")
        else:
            page.goto(f"{with_a_run.url}/{one.path}")
        page.wait_for_url(re.compile(f"/{'' if one.default else one.path}([?]|$)"))
        settled(page)
        found[one.path] = grave(page)
        if one in (START, TRAIN, RESULT, LIBRARY):
            page.emulate_media(color_scheme="dark")
            found[one.path] += grave(page, "color-contrast")
            page.emulate_media(color_scheme="light")
    assert {path: said for path, said in found.items() if said} == {}


def test_the_projector_mode_is_switched_on_by_a_key_and_stays(with_a_run, open_page):
    page = open_page(f"{with_a_run.url}/data")
    settled(page)
    page.get_by_role("button", name="Expand sidebar").press("Enter")
    page.get_by_role("switch", name="Projector").press("Space")
    page.wait_for_function(f"({SIZE})() === 20")
    assert grave(page) == []
    page.reload()
    page.wait_for_function(f"({SIZE})() === 20")
