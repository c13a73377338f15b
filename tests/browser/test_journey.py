"""The main journey in a real browser, without a network."""

import csv
import re

from playwright.sync_api import expect

from tests.browser.app_driver import (
    POLLING,
    answered,
    choose_slow_training,
    go_to,
    press,
    see_heading,
    take_sample,
    wait_for_points,
)

ZOOMED = "() => document.querySelector('.curves > div')._fullLayout.xaxis.range.map(v => Math.round(v * 100))"


def test_sample_to_live_chart_to_result_to_try_it(server, open_page):
    page = open_page(server.url)
    take_sample(page, "Clip art")
    choose_slow_training(page, epochs=4)
    page.wait_for_url("**epochs=4**")
    page.reload()  # what was chosen stands in the address
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("4")
    expect(page.get_by_role("radio", name="All layers")).to_be_checked()
    press(page, "Train")

    points = wait_for_points(page)
    expect(page.get_by_text("Queued", exact=True)).to_have_count(0, timeout=2000)  # it says what is true by now
    page.evaluate("() => { document.querySelector('.curves > div').dataset.mark = 'same node'; }")
    plot = page.locator(".curves > div").first.locator(".nsewdrag").first
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.8, steps=5)
    page.mouse.up()
    page.wait_for_function(f"({ZOOMED})()[0] > 0", polling=POLLING)
    zoom = page.evaluate(ZOOMED)

    wait_for_points(page, points + 1)
    assert page.evaluate("() => document.querySelector('.curves > div').dataset.mark") == "same node"
    assert page.evaluate(ZOOMED) == zoom

    press(page, "See results")
    see_heading(page, "Result")
    expect(page.get_by_text(re.compile(r"^\d+ of \d+ pictures$"))).to_be_visible()
    expect(page.get_by_text(re.compile("^always “"))).to_be_visible()
    page.get_by_role("button", name="Why?").first.click()
    why = page.get_by_role("dialog")
    expect(why.get_by_text("Nearest training examples")).to_be_visible(timeout=60_000)
    answered(page)
    page.keyboard.press("Escape")
    expect(why).to_have_count(0)
    page.get_by_role("radio", name="Confusion matrix").click()
    page.locator(".scatterlayer path.point").first.click(force=True)
    expect(page.get_by_text(re.compile("^actual bird, predicted "))).to_be_visible()  # of the first row
    press(page, "Try it")
    see_heading(page, "Try it")
    expect(page.get_by_text("confidence").first).to_be_visible()
    assert server.network_attempts() == []
    assert server.left_at_home() == []


def test_own_table_of_messages_is_read_trained_and_tried(server, open_page, tmp_path):
    table = tmp_path / "notes.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["what they wrote", "kind"])
        rows.writerows(
            (f"The soup was {word} today", "food") for word in ("cold", "great", "salty", "thin", "hot", "fine")
        )
        rows.writerows(
            (f"The bus came {word} again", "bus") for word in ("late", "early", "full", "slowly", "first", "last")
        )
        rows.writerow(["", "bus"])
    page = open_page(f"{server.url}/data")
    page.locator("input[type=file]").set_input_files(table)

    expect(page.get_by_text("Imported 12 of 13 rows: 2 classes.")).to_be_visible()
    page.get_by_text("1 skipped, and why").click()
    press(page, "Choose a model and train")
    see_heading(page, "Train")
    expect(page.get_by_role("strong").filter(has_text="MiniLM-L6")).to_be_visible()  # others may be listed, too
    press(page, "Train")
    press(page, "See results")
    expect(page.get_by_text(re.compile(r"^\d+ of \d+ messages$"))).to_be_visible()
    go_to(page, "Try it")
    field = page.get_by_label("Type a message")
    field.fill("my bus was late this morning")
    field.press("Control+Enter")
    expect(page.get_by_text(re.compile(r"\bbus(, confidence|\.$)")).first).to_be_visible()
    assert server.network_attempts() == []
    assert server.left_at_home() == []


def test_a_set_with_one_class_is_refused_in_plain_words(server, open_page, tmp_path):
    table = tmp_path / "one.csv"
    table.write_text("text,label\nhello,a\nbye,a\n", encoding="utf-8")
    page = open_page(f"{server.url}/data")
    page.locator("input[type=file]").set_input_files(table)

    expect(page.get_by_text("holds one class only")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
