"""A zip with everything that can be wrong with one: read, put right in the app, and trained on."""

from __future__ import annotations

import csv
import json
import re
from contextlib import suppress

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.app_driver import answered, press, see_heading
from tests.browser.fixtures import Server
from tests.helpers import wait_until
from tests.nasty import write_nasty_zip

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def upload(page: Page, path) -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(path)


def see_version(page: Page, server: Server, version: int, changes: int) -> None:
    """The version is shown, and looked over to the end: then the page is not drawn anew any more."""
    expect(page.get_by_text(f"Version {version} · changes so far: {changes}")).to_be_visible()
    wait_until_looked_over(page, server)


def wait_until_looked_over(page: Page, server: Server) -> None:
    page.wait_for_url("**dataset=*")

    def complete() -> bool:
        dataset = page.url.split("dataset=")[1].split("&")[0]
        file = server.home / "datasets" / dataset / "findings.json"
        return file.exists() and json.loads(file.read_text(encoding="utf-8"))["complete"]

    wait_until(complete)
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    answered(page)


def move_first_ticked(page: Page, label: str, to: str) -> None:
    """Tick the first example shown of class `label`, and move it."""
    box = page.get_by_test_id("stCheckbox").filter(has_text=re.compile(f"^{label}$")).first
    box.locator("label").click()
    field = page.get_by_role("combobox", name="Class of the selected ones")
    field.click()
    field.press_sequentially(to)
    field.press("Enter")
    expect(field).to_have_value(to)
    press(page, "Move to this class")


def test_a_nasty_zip_is_read_put_right_and_trained_on(server, open_page, tmp_path):
    expected = write_nasty_zip(tmp_path / "nasty.zip")
    used, left_out = len(expected.good), len(expected.bad)
    page = open_page(f"{server.url}/data")
    see_heading(page, "Data")
    upload(page, tmp_path / "nasty.zip")

    expect(page.get_by_text(f"Imported {used} of {used + left_out} files: 3 classes.")).to_be_visible()
    wait_until_looked_over(page, server)  # when that is done, the page is drawn anew
    page.get_by_text(f"{left_out} skipped, and why").click()
    with page.expect_download() as download:
        press(page, "Download the whole list")
    rows = list(csv.DictReader(download.value.path().open(encoding="utf-8-sig", newline="")))
    assert {row["file"].lstrip("'") for row in rows} == {*expected.good, *expected.bad}
    assert all(row["skipped because"] for row in rows if row["file"] in expected.bad)

    press(page, "Skip the copies, keep one of each")
    see_version(page, server, 2, 1)

    move_first_ticked(page, "circle", "square")
    see_version(page, server, 3, 2)
    move_first_ticked(page, "triangle", "square")
    see_version(page, server, 4, 3)

    page.get_by_text("Version 4 · changes so far: 3").click()
    page.get_by_role("button", name="Undo").first.click()
    see_version(page, server, 3, 2)

    press(page, "Choose a model and train")
    see_heading(page, "Train")
    expect(page.get_by_text("nasty, version 3")).to_be_visible()
    press(page, "Train")
    expect(page.get_by_role("button", name="See results")).to_be_visible(timeout=90_000)
    outside = {path.name for path in server.home.parent.iterdir()}
    assert not any("escape" in name or "evil" in name for name in outside)


def test_another_way_to_read_changes_the_preview(server, open_page, tmp_path):
    """A table whose columns were taken the wrong way round is put right, and so is a pasted row."""
    rows = ["short,long", *(f"{'bus' if n % 2 else 'food'},the {n}th thing that they say" for n in range(12))]
    (tmp_path / "odd.csv").write_text("\n".join(rows), encoding="utf-8")
    page = open_page(f"{server.url}/data")
    see_heading(page, "Data")
    upload(page, tmp_path / "odd.csv")

    expect(page.get_by_text("Imported 12 of 12 rows: 2 classes.")).to_be_visible()
    wait_until_looked_over(page, server)
    page.get_by_text("Import settings").click()
    choose(page, "Header row", "No")
    expect(page.get_by_text("Imported 13 of 13 rows: 3 classes.")).to_be_visible()
    wait_until_looked_over(page, server)

    page.get_by_text(re.compile("^Create examples")).click()
    page.get_by_role("radio", name="Paste rows").click()
    page.get_by_label("Paste rows from a spreadsheet").fill("food\tbus")
    press(page, "Import these rows")
    see_version(page, server, 2, 1)
    assert added(page, server) == ("food", "bus")
    of_addition = "Import settings of what was added last"
    page.get_by_text(of_addition).click()
    choose(page, "Column with the class", "column 1", of_addition)
    press(page, "Import like this")
    wait_until(lambda: added(page, server) == ("bus", "food"))

    wait_until_looked_over(page, server)
    field = page.get_by_label("Paste rows from a spreadsheet")
    field.fill("no class at all")
    press(page, "Import these rows")
    expect(page.get_by_text("In 'pasted rows.txt' no texts with labels were found.")).to_be_visible()
    expect(field).to_have_value("no class at all")
    field.fill("bus\tfood\nwhen is lunch\tfood")
    press(page, "Import these rows")
    see_version(page, server, 4, 2)
    expect(page.get_by_text("Not added: 1.")).to_be_visible()
    expect(field).to_have_value("")


def choose(page: Page, label: str, option: str, settings: str = "Import settings") -> None:
    """Choose one of the import settings that stand under this heading; those under another may be open, too."""
    answered(page)
    under = page.get_by_test_id("stExpander").filter(has=page.get_by_text(settings, exact=True))
    field = under.get_by_role("combobox", name=label)
    wanted = page.get_by_role("option", name=option, exact=True)

    def chosen() -> bool:  # a page that is drawn anew closes the menu, and shows the old form beside the new one
        expect(field).to_have_count(1)
        field.click()
        with suppress(TimeoutError):
            wanted.click(timeout=3000)
            return True
        return False

    wait_until(chosen)


def added(page: Page, server: Server) -> tuple[str, str] | None:
    """Text and class of the example that the set shown got last; None while another takes its place."""
    address = page.evaluate("location.href")  # `page.url` stands still while nothing is asked of the browser
    file = server.home / "datasets" / address.split("dataset=")[1].split("&")[0] / "examples.jsonl"
    if not file.exists():
        return None
    last = json.loads(file.read_text(encoding="utf-8").splitlines()[-2])  # the last line is the digest
    return last["text"], last["label"]
