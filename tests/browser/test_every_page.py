"""Every page, walked in the pseudo-language: whatever stands outside its brackets passes no catalogue, and axe-core
finds nothing serious that is ours, in both themes, all of it is reached from the keyboard, and it fits a phone.

What Streamlit's own parts get wrong is listed here, by axe's rule and by where it is; with a newer Streamlit an entry
that nothing needs any more should go.
"""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from core.data.dataset import Dataset
from core.data.samples import SAMPLES
from core.data.versions import latest_versions
from core.lessons.catalogue import all_lessons
from core.workspace import Workspace
from pages.shared.pages import LIBRARY, PAGES, RESULT, START, TRAIN
from tests.browser.app_driver import POINTS, POLLING, menu_link, overflow, settled
from tests.browser.fixtures import Server

OUTSIDE = r"""() => {
  const skip = "script, style, code, pre, noscript, [data-testid=stIconMaterial], [data-testid=stText], " +
    "[data-testid=stFileUploaderDropzone], [data-testid=stToolbar], [data-testid=stStatusWidget], canvas";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  let depth = 0, container = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || parent.closest(skip) || !parent.checkVisibility({ visibilityProperty: true })) continue;
    const own = parent.closest("[data-testid=stElementContainer], a, button, [role=tab], li, td, th, text");
    if (own !== container) { container = own; depth = 0; }
    let outside = "";
    for (const letter of node.textContent) {
      if (letter === "\u27e6") depth += 1;
      else if (letter === "\u27e7") depth -= 1;
      else if (depth <= 0) outside += letter;
    }
    const isIcon = getComputedStyle(parent).fontFamily.includes("Material");
    if (!isIcon && /[A-Za-z]{2,}/.test(outside)) found.push(outside.trim());
  }
  return found;
}"""
"""Visible text with letters that is in no brackets, from the whole page."""
FROM_OUTSIDE = (
    r"Clip art|Mensajes al colegio|Drawings?|EfficientNet.*|glyphnet|small-\w+|two-layer.*|MiniLM.*|Apache.*|MIT|CC.*|"
    r"(bird|bug|dessert|fruit|house|vehicle)s?(, \w+)*|[\w-]+\.(png|jpg)|\d{4}-\d\d-\d\d.*|"
    r"[✗✓] \w+|“[^”]*”|(sepal|petal) (length|width): .*|\w{3} \d+, \d{4}, .*|AM|PM|and|"
    r"Finetune Lab|Press Enter to .*|Choose an option|Running\.*|Stop|Deploy|Skip to main content"
)
"""Names of classes, files, models and licences, examples, times and lists, and what Streamlit itself says."""

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
FADING = {"exclude": [["[data-testid=stStatusWidget]"]]}
"""Streamlit's "Stop" fades in while a page is drawn anew: half way it has the contrast of nothing."""
AXE = Axe()
DARK_TOO = (START, TRAIN, RESULT, LIBRARY)
"""The theme's colours are the same on all pages; on these the most different things are seen."""
PARTS = ("failures", "classes", "sure", "learning", "time", "kinds", "report")
SIZE = "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"


def unbracketed(page: Page, server: Server) -> list[str]:
    settled(page)
    workspace = Workspace(server.home)
    own = [word for _, about in latest_versions(workspace) for word in (about["title"], *about["counts"])]
    own += [
        example.text
        for dataset_id, about in latest_versions(workspace) if about["modality"] == "text"
        for example in Dataset.load(dataset_id, workspace).examples
    ]  # fmt: skip
    lessons, _ = all_lessons("en", workspace)  # each is translated as a whole
    own += [text for lesson in lessons for text in (lesson.title, lesson.question)]
    known = re.compile("|".join([FROM_OUTSIDE, *(rf"(\d · )?{re.escape(word)}" for word in own)]), re.IGNORECASE)
    return [text for text in page.evaluate(OUTSIDE) if not known.fullmatch(text.strip(" ·:,()→-*"))]


def grave(page: Page, *rules: str) -> list[str]:
    """What axe calls serious or critical on the page and is no part of Streamlit, by all rules or by some."""
    options = {"resultTypes": ["violations"], "runOnly": list(rules or STANDARD)}
    found = AXE.run(page, FADING, options).response["violations"]
    return [
        f"{one['id']}: {' '.join(node['target'])} {node['html'][:200]}"
        for one in found if one["impact"] in GRAVE
        for node in one["nodes"]
        if not any(part in " ".join(node["target"]) for part in STREAMLITS_OWN.get(one["id"], ()))
    ]  # fmt: skip


def grave_in_the_dark(page: Page) -> list[str]:
    page.emulate_media(color_scheme="dark")
    found = grave(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    return found


def too_wide_for_a_phone(page: Page) -> list[str]:
    usual = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 800})
    settled(page)
    for _ in range(50):  # charts follow the window in their own time
        if not (found := overflow(page)):
            break
        page.wait_for_timeout(POLLING)
    page.set_viewport_size(usual)
    settled(page)  # a press while it is laid out anew would be lost
    return found


def test_every_page_stands_in_brackets_and_has_nothing_serious(server, open_page):
    found: dict[str, list[str]] = {}
    page = open_page(server.url)
    assert "Language" in unbracketed(page, server)  # so what looks for them finds them
    page.goto(f"{server.url}/?lang=en-XA")

    def look(where: str) -> None:
        if seen := unbracketed(page, server) + grave(page) + too_wide_for_a_phone(page):
            found[where] = seen

    def button(text: str) -> Locator:
        return page.get_by_role("button", name=re.compile(re.escape(text))).first

    look("start")
    button(str(SAMPLES[0].title)).click()
    expect(button("Open another")).to_be_visible()
    look("a sample")
    button("Advanced").click()
    page.wait_for_url("**/train?**")
    expect(button("⟦Train·")).to_be_visible()
    look("train: the form")
    page.get_by_role("radio", name=re.compile("Nearest")).first.click()
    settled(page)
    button("⟦Train·").click()
    page.wait_for_url("**run=*")
    page.wait_for_function(f"({POINTS})() >= 1", polling=POLLING)
    expect(button("See results")).to_be_visible()
    look("train: the run")
    button("See results").click()
    page.wait_for_url("**/result?**")
    address = page.url.split("?")[0]
    run = re.search(r"run=([\w-]+)", page.url)[1]
    for part in PARTS:
        page.goto(f"{address}?run={run}&part={part}&lang=en-XA")
        look(f"result: {part}")
    for one in [one for pages in PAGES.values() for one in pages]:
        if one.in_menu:
            menu_link(page, one.title.text, in_brackets=True).press("Enter")
        else:
            page.goto(f"{server.url}/{one.path}?lang=en-XA")
        page.wait_for_url(re.compile(f"/{'' if one.default else one.path}([?]|$)"))
        look(one.path)
        if one in DARK_TOO and (dark := grave_in_the_dark(page)):
            found[f"{one.path}, dark"] = dark
    assert not found, "\n".join(f"{where}: {seen}" for where, seen in found.items())
    assert server.network_attempts() == []


def test_the_projector_mode_is_switched_on_by_a_key_and_stays(server, open_page):
    page = open_page(f"{server.url}/data")
    settled(page)
    page.get_by_role("button", name="Expand sidebar").press("Enter")
    page.get_by_role("switch", name="Projector").press("Space")
    page.wait_for_function(f"({SIZE})() === 20", polling=POLLING)
    assert grave(page) == []
    page.reload()
    page.wait_for_function(f"({SIZE})() === 20", polling=POLLING)
