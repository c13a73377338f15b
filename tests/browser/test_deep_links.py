"""Every address works as the very first one on a fresh server: with navigation, title and no torch in the server."""

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.app_driver import menu_link, overflow, see_heading

PAGES = {
    "": "Finetune Lab",
    "start": "Finetune Lab",
    "studio": "Finetune Lab",
    "train": "Train",
    "race": "Benchmark",
    "compare": "Compare",
    "few-shot": "Few-shot lab",
}


STARTS = [["train"], ["few-shot", "race", "compare", "", "start", "studio"]]


@pytest.mark.parametrize("paths", STARTS, ids=lambda paths: paths[0])
def test_first_visits_to_a_fresh_server(start_server, open_page, paths):
    """The first of these is what imports whatever a server imports; of the others each begins a session."""
    server = start_server()

    for path in paths:
        page, heading = open_page(f"{server.url}/{path}?run=../../etc/passwd&dataset=nothing"), PAGES[path]

        see_heading(page, heading)
        expect(menu_link(page, "Data")).to_be_visible()
        expect(menu_link(page, "Benchmark")).to_be_visible()
        assert page.url.endswith("?run=../../etc/passwd&dataset=nothing"), "a default page lost what it was asked for"
        assert "Finetune Lab" in page.title() or heading in page.title()
        assert overflow(page) == []
        assert "/torch/" not in _loaded_files(server.process), "the server process imported torch"
        page.context.close()
    assert server.network_attempts() == []
    server.stop()


def _loaded_files(process: psutil.Process) -> str:
    return "\n".join(m.path for m in process.memory_maps())
