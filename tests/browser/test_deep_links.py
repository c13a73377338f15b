"""Every address works as the very first one on a fresh server: with navigation, title and no torch in the server."""

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.app_driver import menu_link, overflow, see_heading

PAGES = {
    "": "Finetune Lab",
    "train": "Train",
    "race": "Benchmark",
    "compare": "Compare",
    "few-shot": "Few-shot lab",
}


@pytest.mark.parametrize(("path", "heading"), PAGES.items(), ids=lambda value: value or "start")
def test_first_visit_to_a_fresh_server(start_server, open_page, path, heading):
    server = start_server()

    page = open_page(f"{server.url}/{path}?run=../../etc/passwd&dataset=nothing")

    see_heading(page, heading)
    expect(menu_link(page, "Your data")).to_be_visible()
    assert "Finetune Lab" in page.title() or heading in page.title()
    assert overflow(page) == []
    assert "/torch/" not in _loaded_files(server.process), "the server process imported torch"
    assert server.network_attempts() == []
    server.stop()


def _loaded_files(process: psutil.Process) -> str:
    return "\n".join(m.path for m in process.memory_maps())
