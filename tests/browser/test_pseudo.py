"""The journey in the pseudo-language: whatever stands outside its brackets passes no catalogue."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from core.data.samples import SAMPLES
from tests.browser.app_driver import POINTS

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
FROM_OUTSIDE = re.compile(
    r"Clip art|Drawings?|EfficientNet.*|glyphnet|small-\w+|two-layer.*|MiniLM.*|Apache.*|MIT|CC.*|"
    r"(bird|bug|dessert|fruit|house|vehicle)s?(, \w+)*|[\w-]+\.(png|jpg)|\d{4}-\d\d-\d\d.*|"
    r"[✗✓] \w+|“[^”]*”|(sepal|petal) (length|width): .*|\w{3} \d+, \d{4}, .*|AM|PM|and|"
    r"Finetune Lab|Press Enter to .*|Choose an option|Running\.*|Stop|Deploy|Skip to main content",
    re.IGNORECASE,
)
"""Names of classes, files, models and licences, examples, times and lists, and what Streamlit itself says."""


@pytest.fixture(scope="module")
def pseudo(start_server):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINETUNE_LAB_PSEUDO", "1")
        server = start_server()
    yield server
    server.stop()


def settled(page: Page) -> None:
    """Nothing is being drawn any more."""
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton]')")
    page.wait_for_timeout(250)


def unbracketed(page: Page) -> list[str]:
    settled(page)
    return [text for text in page.evaluate(OUTSIDE) if not FROM_OUTSIDE.fullmatch(text.strip(" ·:,()→-*"))]


def test_the_whole_journey_stands_in_brackets(pseudo, open_page):
    found: dict[str, list[str]] = {}
    page = open_page(f"{pseudo.url}/?lang=en-XA")

    def look(where: str) -> None:
        if texts := unbracketed(page):
            found[where] = texts

    def button(text: str):
        return page.get_by_role("button", name=re.compile(re.escape(text))).first

    expect(page.get_by_role("heading", level=1)).to_be_visible()
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
    page.wait_for_function(f"({POINTS})() >= 1")
    expect(button("See results")).to_be_visible()
    look("train: the run")
    button("See results").click()
    page.wait_for_url("**/result?**")
    address = page.url.split("?")[0]
    run = re.search(r"run=([\w-]+)", page.url)[1]
    for part in ("failures", "classes", "sure", "learning", "time", "kinds", "report"):
        page.goto(f"{address}?run={run}&part={part}&lang=en-XA")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        look(f"result: {part}")
    for name in ("data", "try", "compare", "race", "few-shot", "what-did-the-work", "how-many", "library", "project"):
        page.goto(f"{pseudo.url}/{name}?lang=en-XA")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        look(name)
    assert not found, "\n".join(f"{where}: {texts}" for where, texts in found.items())
    assert pseudo.network_attempts() == []


def test_without_the_switch_of_the_tests_it_is_english(server, open_page):
    page = open_page(f"{server.url}/?lang=en-XA")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert len(unbracketed(page)) > 20  # so what looks for them finds them
