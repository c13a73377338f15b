"""What every page begins with: its setup, the language, the navigation. The script that Streamlit runs."""

import streamlit as st

from pages.shared.pages import ICON, PAGES, draw
from pages.shared.services import launcher
from pages.shared.words import choose_language, language_switch, tr


def show() -> None:
    st.set_page_config(page_title="Finetune Lab", page_icon=ICON, layout="wide")
    launcher()
    choose_language()
    language_switch()
    draw(st.navigation({tr(group): [page.made() for page in pages] for group, pages in PAGES.items()}))


if __name__ == "__main__":
    show()
