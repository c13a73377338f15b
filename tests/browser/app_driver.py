"""What a person does in the app, in words: press, choose, wait for something to be seen."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from pages.shared.pages import PAGES

POINTS = "() => Math.max(0, ...[...document.querySelectorAll('.curves > div')].map(d => +d.dataset.points))"

POLLING = 100
"""Milliseconds between two looks at a page that is waited for. As often as it could be drawn, it would cost more than
what is waited for."""

MENUS = {page.title.text: menu.text for menu, pages in PAGES.items() if menu for page in pages}
"""The menu that a page's entry is in, where it is in one."""


def press(page: Page, name: str) -> None:
    """As a person would, who waits until the page stands still: what moves under the mouse is not pressed."""
    answered(page)
    page.get_by_role("button", name=name, exact=True).first.click()


def answered(page: Page) -> None:
    """Whatever the page asked its server for has come, or has never been asked for; its pictures, too, which a page
    that is drawn anew would take away."""
    page.wait_for_function(
        "() => window.answered >= window.asked && !document.querySelector('[data-test-script-state=running]')"
        "&& [...document.images].every(one => one.complete)",
        polling=POLLING,
    )


def settled(page: Page) -> None:
    """Nothing that can be seen is being drawn any more; what is folded away is drawn when it is opened."""
    answered(page)
    expect(page.get_by_test_id("stMain").get_by_role("heading").first).to_be_visible()
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stSkeleton], [data-stale=true]')]"
        ".every(one => !one.checkVisibility())",
        polling=POLLING,
    )


def see_heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True).first).to_be_visible()


def menu_link(page: Page, name: str, *, in_brackets: bool = False) -> Locator:
    """A page's entry in the navigation, its menu opened if it is in one; the page shown may link to it by the same
    name. `in_brackets` where the page is shown in the pseudo-language."""

    def named(text: str) -> re.Pattern[str]:
        return re.compile(f"⟦{re.escape(text)}·" if in_brackets else f"^{re.escape(text)}$")

    navigation = page.get_by_test_id("stTopNav")
    if name not in MENUS:
        return navigation.get_by_role("link", name=named(name))
    navigation.get_by_role("button", name=named(MENUS[name])).click()
    return page.get_by_test_id("stTopNavPopover").get_by_role("menuitem", name=named(name))


def go_to(page: Page, name: str) -> None:
    menu_link(page, name).click()
    see_heading(page, name)


def open_sample(page: Page, title: str) -> None:
    """A sample in the Studio, whatever is open there. If it is open itself, it is not pressed: nothing on the page
    would say when it is open again, and what is pressed before then is lost."""
    expect(page.get_by_role("button", name=title, exact=True).first).to_be_visible()
    settled(page)
    if not page.get_by_role("heading", name=title, exact=True).count():
        press(page, title)
    see_heading(page, title)
    expect(page.get_by_role("button", name="Advanced", exact=True)).to_be_visible()


def take_sample(page: Page, title: str) -> None:
    """From the Studio to the Train page with a sample."""
    open_sample(page, title)
    press(page, "Advanced")
    see_heading(page, "Train")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()


def choose_slow_training(page: Page, epochs: int) -> None:
    """Train everything on a few small pictures: slow enough to watch, quick enough for a test."""
    page.get_by_role("radio", name="All layers").click()
    expect(page.get_by_text("then gently every layer")).to_be_visible()
    set_number(page, "Epochs", epochs)
    page.get_by_text("More options").click()
    set_number(page, "Examples per class", 6)
    set_number(page, "Picture size", 96)


def set_number(page: Page, label: str, value: int) -> None:
    field = page.get_by_label(label, exact=True)
    expect(field).to_have_count(1)  # while a page is redrawn, the old form is still there
    field.fill(str(value))
    field.press("Enter")


def wait_for_points(page: Page, more_than: int = 0) -> int:
    page.wait_for_function(f"({POINTS})() > {more_than}", polling=POLLING)
    return page.evaluate(POINTS)


def run_id(page: Page) -> str:
    page.wait_for_url("**run=*")
    return page.url.split("run=")[1].split("&")[0]


def events(home: Path, run: str) -> str:
    return (home / "runs" / run / "events.jsonl").read_text()


def overflow(page: Page) -> list[str]:
    """What is wider than the window, if anything."""
    return page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
             .filter(e => e.scrollWidth > e.clientWidth + 1)
             .map(e => `${e.tagName} ${e.scrollWidth}>${e.clientWidth}`)"""
    )
