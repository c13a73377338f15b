"""Finetune Lab: `streamlit run app.py`.

The pages themselves are started by `pages/shared/main.py`. Were this file Streamlit's script, the folder `pages` beside
it would make Streamlit answer the first deep link to a fresh server with "Page not found".
"""

from pathlib import Path

import streamlit as st
from streamlit import config

if __name__ == "__main__":
    from pages.shared.main import show  # run as a plain script, as AppTest does

    show()
else:
    from starlette.middleware import Middleware

    from pages.shared.allowed_hosts import AllowedHosts
    from pages.shared.downloads import downloads_route
    from pages.shared.services import default_page_routes, lifespan, on_script_error, plotly_route
    from pages.shared.wall import wall_route

    # Whoever serves `app:app` with a server of their own, from another folder, does not find `.streamlit/config.toml`.
    config.set_option("browser.gatherUsageStats", False)
    script = Path(__file__).resolve().parent / "pages" / "shared" / "main.py"
    app = st.App(
        script, lifespan=lifespan, on_script_error=on_script_error, middleware=[Middleware(AllowedHosts)],
        routes=[plotly_route(), downloads_route(), wall_route(), *default_page_routes()],
    )  # fmt: skip
