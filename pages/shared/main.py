"""What every page begins with: its setup, the language, the navigation. The script that Streamlit runs."""

import streamlit as st

from pages.classroom.desk import is_held, menu_of, show_desk, sit_down
from pages.classroom.starting import show_class_button
from pages.shared.addresses import say_missing
from pages.shared.dialogs import no_dialog
from pages.shared.lesson_bar import show_lesson_bar
from pages.shared.pages import ICON, draw, navigation
from pages.shared.projector import projector_switch
from pages.shared.services import classroom, launcher
from pages.shared.window import watch_window
from pages.shared.words import choose_language, language_switch


def show() -> None:
    st.set_page_config(page_title="Finetune Lab", page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
    st.logo(ICON, size="large")
    no_dialog()
    launcher()
    room = classroom()
    choose_language(room.language if room else "")
    say_missing()
    if room:
        sit_down(room)
    with st.sidebar:
        language_switch()
        projector_switch()
        watch_window()
        if room:
            show_desk(room)
        else:
            show_class_button()
    chosen = navigation(*menu_of(room))
    if room and is_held(room):
        return
    show_lesson_bar(chosen)
    draw(chosen)


if __name__ == "__main__":
    show()
