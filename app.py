"""Finetune Lab: `streamlit run app.py`.

The pages themselves are started by `pages/shared/main.py`. Were this file Streamlit's script, the folder `pages` beside
it would make Streamlit answer the first deep link to a fresh server with "Page not found".
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config


def _options(table: dict[str, Any], under: str = "") -> Iterator[tuple[str, Any]]:
    """Streamlit's options by the names it gives them, "theme.light.textColor"."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _options(value, f"{under}{name}.")
        else:
            yield f"{under}{name}", value


if __name__ == "__main__":
    from pages.shared.main import show  # run as a plain script, as AppTest does

    show()
else:
    from starlette.middleware import Middleware

    from core.classroom.access import AccessControl
    from core.classroom.phone import phone_routes
    from pages.shared import websocket
    from pages.shared.addresses import NoPageRoute
    from pages.shared.allowed_hosts import AllowedHosts
    from pages.shared.downloads import downloads_route
    from pages.shared.live_model import live_route
    from pages.shared.services import classroom, lifespan, on_script_error, plotly_route
    from pages.shared.wall import wall_route

    here = Path(__file__).resolve().parent
    # Whoever serves `app:app` with a server of their own, from another folder, does not find our settings and our look.
    for name, value in _options(tomllib.loads((here / ".streamlit" / "config.toml").read_text(encoding="utf-8"))):
        if not config.is_manually_set(name):
            config.set_option(name, value)
    config.set_option("browser.gatherUsageStats", False)
    script = here / "pages" / "shared" / "main.py"
    room = classroom()
    access, phone = (
        ([Middleware(AccessControl, room=room, websocket=websocket)], phone_routes(room)) if room else ([], [])
    )
    app = st.App(
        script, lifespan=lifespan, on_script_error=on_script_error, middleware=[Middleware(AllowedHosts), *access],
        routes=[plotly_route(), downloads_route(), wall_route(), live_route(), *phone, NoPageRoute()],
    )  # fmt: skip
