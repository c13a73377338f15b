"""Every address works as the first one of a session: with navigation, title and no torch in the server, which is a
fresh one, for others in the network, and asks nobody either."""

import psutil
from playwright.sync_api import expect

from tests.browser.app_driver import menu_link, overflow, see_heading
from tests.chaos.visitors import HANDSHAKE, ask

PAGES = {
    "few-shot": "Few-shot lab",
    "train": "Train",
    "race": "Benchmark",
    "compare": "Compare",
    "": "Finetune Lab",
    "start": "Finetune Lab",
    "studio": "Finetune Lab",
}
"""The first of these is what imports whatever a server imports."""


def test_first_visits_to_a_fresh_server(start_server, open_page):
    """Streamlit looks for the address under which the internet sees it: to print it, and to compare an origin."""
    names = ("--server.allowedHosts=lab.example", "--server.allowedHosts=127.0.0.1")
    origin = "https://desk.example"
    server = start_server("app.py", "--server.address=0.0.0.0", *names, f"--server.corsAllowedOrigins={origin}")

    assert ask(server, "GET", "/_stcore/stream", Host="lab.example", Origin=origin, **HANDSHAKE) == 101
    for path, heading in PAGES.items():
        page = open_page(f"{server.url}/{path}?run=../../etc/passwd&dataset=nothing")

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
