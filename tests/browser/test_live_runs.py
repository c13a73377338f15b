"""Live means live: a run belongs to the machine, not to a tab."""

import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.app_driver import (
    choose_slow_training,
    press,
    run_id,
    see_heading,
    take_sample,
    wait_for_points,
)
from tests.browser.fixtures import windows

FETCHED_OF_PLOTLY = """() => performance.getEntriesByType("resource")
    .filter((file) => file.name.includes("/plotly-")).map((file) => file.transferSize)"""


@pytest.fixture(scope="module")
def training(server, browser):
    """A page on which a long run has its first points. The tests share it, and the last one stops it."""
    with windows(browser) as open_page:
        page = open_page(server.url)
        take_sample(page, "Clip art")
        choose_slow_training(page, epochs=500)
        press(page, "Train")
        wait_for_points(page)
        yield page


def test_reload_second_window_and_coming_back_show_the_same_moving_run(server, open_page, training):
    address = f"{server.url}/train?run={run_id(training)}"

    training.reload()
    here = wait_for_points(training)
    assert training.evaluate(FETCHED_OF_PLOTLY) == [0]  # nothing: the browser kept it
    other = open_page(address)
    there = wait_for_points(other)
    wait_for_points(training, here)
    wait_for_points(other, there)
    other.context.close()
    later = wait_for_points(open_page(address), there)

    assert later > there


def test_a_paused_run_goes_on_where_it_was(server, training):
    press(training, "Pause")
    expect(training.get_by_text("Nothing is lost")).to_be_visible()
    here = wait_for_points(training)
    assert (server.home / "runs" / run_id(training) / "checkpoint.safetensors").exists()
    press(training, "Resume")
    wait_for_points(training, here)


def test_a_killed_worker_is_seen_and_its_run_goes_on(server, open_page, training):
    busy = max(server.workers(), key=lambda worker: sum(worker.cpu_times()[:2]))
    busy.kill()

    expect(training.get_by_text("Interrupted").first).to_be_visible(timeout=5_000)
    expect(training.get_by_text("Its process ended without a word")).to_be_visible()
    assert urllib.request.urlopen(f"{server.url}/_stcore/health").status == 200
    here = wait_for_points(training)
    press(training, "Resume")
    wait_for_points(training, here)


def test_a_second_run_waits_for_its_turn(server, open_page, training):
    page = open_page(server.url)
    take_sample(page, "Clip art")
    press(page, "Train")

    expect(page.get_by_text("Queued: place 1, begins in")).to_be_visible()
    # There is no best yet to be kept. Streamlit has a button of this name, too, while a page is drawn.
    page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("It was stopped before it started")).to_be_visible()


def test_stop_keeps_the_best_model_so_far(server, training):
    press(training, "Stop and keep the best so far")

    expect(training.get_by_text("Stopped by hand")).to_be_visible()
    assert (server.home / "runs" / run_id(training) / "model.safetensors").exists()
    press(training, "See results")
    see_heading(training, "Result")
    press(training, "Statistics")
    expect(training.get_by_text("the score is a little too high")).to_be_visible()
