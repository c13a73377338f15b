"""Pictures from the webcam, as a burst: hold a button, look through what was recorded, hand over the good ones.

What happens before the pictures are handed over happens in the browser (`camera.js`); nothing is sent until then.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import DataError
from core.messages import Message, counted
from pages.shared.services import classroom
from pages.shared.words import plain

MOST_PICTURES = 60
"""In one burst."""
MOST_BYTES = 1_000_000
"""In one picture."""
_PER_SECOND = 6
_SIDE = 480
_HERE = Path(__file__).parent
_INSECURE = Message(
    "The browser gives the camera only to a page on this same computer, or to one with a secure address. The address "
    "must begin with http://localhost, http://127.0.0.1 or https://. Open the program on the computer it runs on, or "
    "add picture files instead."
)
_IN_A_CLASS = Message(
    "At this address the browser gives no live camera. Open the menu at the side and press “Take pictures”: that works "
    "with any phone."
)


@cache
def _camera() -> Any:
    html, css, js = ((_HERE / f"camera.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("finetune_lab.camera", html=html, css=css, js=js)


def capture(key: str, label: str = "", *, disabled: bool = False, blocked: str = "") -> list[bytes] | None:
    """Draw the camera. The pictures of a burst (JPEG files, not looked into) in the one run after they are handed over.

    `label` is what they show and stands in the picture. `blocked` says why they cannot be handed over yet; recording is
    possible all the same. `disabled` is for while the last burst is being imported: the camera stays on and waits.
    """
    data = {
        "label": label,
        "disabled": disabled,
        "blocked": blocked,
        "most": MOST_PICTURES,
        "perSecond": _PER_SECOND,
        "side": _SIDE,
        "words": _words(),
    }
    sent = _camera()(key=key, data=data, on_pictures_change=lambda: None).pictures
    return None if sent is None else pictures_of(sent)


def pictures_of(sent: object) -> list[bytes]:
    """The bytes of what a browser sent as pictures; DataError when it is not what our own page sends."""
    if isinstance(sent, list) and 0 < len(sent) <= MOST_PICTURES and all(map(_is_small_text, sent)):
        try:
            return [base64.b64decode(text, validate=True) for text in sent]
        except binascii.Error:
            pass
    raise DataError(
        Message("The pictures of the camera did not arrive as they should."),
        Message("Reload the page and record them again."),
    )


def _is_small_text(value: object) -> bool:
    # Three bytes are four letters.
    return isinstance(value, str) and 0 < len(value) <= MOST_BYTES // 3 * 4


def _words() -> dict[str, Any]:
    """Everything that the component says; where that depends on a number of pictures, a list with an entry for each."""
    return {
        "name": plain("Camera"),
        "picture": plain("What the camera sees now"),
        "off": plain("Nothing is recorded until you hold the button."),
        "asking": plain("The browser asks whether this page may use the camera. Please allow it."),
        "turnOn": plain("Turn the camera on"),
        "turnOff": plain("Turn the camera off"),
        "other": plain("Other camera"),
        "hold": plain("Hold to record"),
        "release": plain("Recording. Let go to stop"),
        "count": _for_each(lambda n: counted("{n} picture", "{n} pictures", n=n)),
        "enough": plain("{n} pictures: enough, let go", n=MOST_PICTURES),
        "look": plain("Press the pictures you do not want"),
        "full": plain("{n} pictures is the most for one go. Press those you do not want", n=MOST_PICTURES),
        "keep": _for_each(lambda n: Message("Keep picture {n}", n=n)),
        "use": _for_each(lambda n: counted("Use this picture", "Use these {n} pictures", n=n)),
        "throwAway": plain("Throw all away"),
        "used": _for_each(lambda n: counted("{n} picture handed over.", "{n} pictures handed over.", n=n)),
        "thrown": plain("Thrown away. Nothing was kept."),
        "steps": [
            plain("Turn the camera on and show it one thing."),
            plain("Hold the button and move the thing slowly: near and far, left and right, turned a little."),
            plain("Press the pictures that went wrong, and use the rest."),
            plain("Come back for more with another background or another light. That helps more than many alike."),
        ],
        "insecure": plain(_IN_A_CLASS if classroom() else _INSECURE),
        "refused": plain(
            "This page may not use the camera. Press the sign beside the address at the top of the window, allow the "
            "camera, and turn it on again."
        ),
        "missing": plain("No camera was found. Plug one in and try again, or add picture files instead."),
        "busy": plain("The camera does not answer. If another program is using it, close that one and try again."),
        "gone": plain("The camera went away. Plug it in again, then turn it on."),
    }


def _for_each(says: Callable[[int], Message]) -> list[str]:
    """For 0 pictures, for 1, and so on: a language may have several forms for numbers."""
    return [plain(says(n)) for n in range(MOST_PICTURES + 1)]
