"""The camera on a page of its own; what it hands over is kept as files in the workspace."""

import streamlit as st

from pages.shared.camera import capture
from pages.shared.services import workspace

name = st.text_input("Class")
if not st.checkbox("Leave"):
    pictures = capture("camera", name, blocked="" if name else "First write their class.")
    for number, picture in enumerate(pictures or []):
        (workspace().uploads / f"{number:02}.jpg").write_bytes(picture)
st.text(f"{len(list(workspace().uploads.iterdir()))} files")
st.button("Draw again")
