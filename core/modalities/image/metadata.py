"""What a picture's metadata (EXIF) say of how it was taken: the camera and the day, and nothing of the place."""

from __future__ import annotations

import re

from PIL import ExifTags, Image

CAMERA, DAY = "camera", "day"
"""Among the facts of an example: "Canon EOS 80D", and "2024-05-31"."""
_LONGEST = 60
_DATE = re.compile(r"((?:19|20)\d\d)[:\-/.](\d\d)[:\-/.](\d\d)")


def taken(picture: Image.Image) -> dict[str, str]:
    """`CAMERA` and `DAY`, where they are told; of an opened picture, which need not be decoded."""
    try:
        exif = picture.getexif()
        made = [_plain(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model)]
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        times = (inner.get(ExifTags.Base.DateTimeOriginal), exif.get(ExifTags.Base.DateTime))
        day = next((match for time in times if (match := _DATE.match(_plain(time)))), None)
    except Exception:  # broken metadata are no reason not to use a picture
        return {}
    maker, model = made
    camera = model if maker and model.casefold().startswith(maker.casefold()) else f"{maker} {model}".strip()
    found = {CAMERA: camera[:_LONGEST].strip()}
    if day:
        found[DAY] = "-".join(day.groups())
    return {name: value for name, value in found.items() if value}


def _plain(value: object) -> str:
    """What a tag says, as one line of text; "" where it says something else."""
    if isinstance(value, bytes):
        value = value.decode("ascii", errors="ignore")
    if not isinstance(value, str):
        return ""
    printable = "".join(char if char.isprintable() else " " for char in value[: 4 * _LONGEST])
    return " ".join(printable.split())
