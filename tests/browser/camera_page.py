"""The camera on a page of its own; what it hands over is kept as files in the workspace."""

import streamlit as st

from pages.shared.camera import capture
from pages.shared.services import workspace

blocked = "" if st.text_input("Class") else "First write their class."
pictures = capture("camera", st.session_state.get("label", ""), blocked=blocked)
for number, picture in enumerate(pictures or []):
    (workspace().uploads / f"{number:02}.jpg").write_bytes(picture)
st.text(f"{len(list(workspace().uploads.iterdir()))} files")
st.button("Draw again")
