"""Sounds: the specification of the kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from core.errors import UnreadableExampleError
from core.messages import NOTHING, Message, counted
from core.modalities.base import PIECES, Batch, Modality, OfflinePage, Plain, Usual
from core.modalities.sound.decoding import (
    LONGEST_PIECE,
    RATE,
    as_flac,
    as_kept,
    as_wav,
    begins_like_sound,
    clipped,
    decode,
    excerpt,
    header,
)
from core.modalities.sound.hearing import LENGTH, hearing
from core.modalities.sound.spectrogram import BANDS, as_frames, as_picture, as_pixels, loudest, silenced
from core.modalities.sound.variation import LEVELS, varied
from core.storage import Damaged, damage, read_sealed, write_sealed, writing

PIECE = 10
"""Seconds of the pieces into which a longer recording is cut, about: all pieces of one are equally long."""
TYPICAL = 3
"""Seconds of a recording as one meets them."""
_OVERHEAD = 3
"""Seconds: as much work as so much more sound would be is the same for every sound, however short. Lite0 looks at
pictures that are all of one size, and there is silence around; the speech embedding goes through every second."""
_THUMBNAIL_SECONDS = 1
_WINDOW = (1.0, 4.0)
"""Seconds that a live answer is about, at least and at most."""
_ENDINGS = {
    "WAV": {".wav", ".wave"}, "OGG": {".ogg", ".oga", ".opus"}, "MP3": {".mp3"}, "FLAC": {".flac"},
    "AIFF": {".aif", ".aiff", ".aifc"}, "AU": {".au", ".snd"}, "CAF": {".caf"},
}  # fmt: skip
"""How files of each format are called."""


@dataclass(frozen=True, slots=True)
class SoundSpec:
    """What a backbone listens to: log-mel `frames` in their order, a log-mel `picture` of the whole sound with so many
    `bands`, or both."""

    frames: bool
    picture: bool
    bands: int = BANDS


class SoundModality(Modality[np.ndarray, SoundSpec]):
    """Recordings as (samples,) float32 in [-1, 1], 16,000 a second. The example store keeps them as FLAC."""

    name = "sound"
    one = Message("a recording")
    many = Message("recordings")
    first_title = Message("My recordings")
    untested = Message(
        "It was tested on recordings of this dataset only. Other voices, microphones, rooms and noises were not tested."
    )

    suffixes = frozenset(
        {".wav", ".wave", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf",
         ".m4a", ".aac", ".wma", ".amr", ".weba"}
    )  # fmt: skip
    """Those too that phones write and that cannot be decoded here: they are recordings, and each says so."""
    ways_in = ("microphone", "files")
    arrangement = Message(
        "Put the recordings of each class into a folder of its own, named after the class. Or begin each file's name "
        "with its class (clap_1.wav, clap_2.wav, whistle_1.wav). Or put a table beside the recordings, with a column "
        "for the file's name and one for the label. Or put a list of times beside a long recording (start, end and "
        "label), as Audacity exports it."
    )
    names_sources = True
    cuts_by_time = True

    view = "sound"
    explanation = "spectrum"
    traits = "hearing"
    measures = LENGTH

    default_model = "speech-and-sounds"
    plain = Plain("loudness-of-tones", most=600)
    augmentations = LEVELS
    sorts_by_length = True
    coarse_size = 64
    usual = Usual(
        strategy="head", cheap=("discriminant",), augmentation="light", partial_layers=2, contrastive_layers=3,
        probed_layers=2, splits=3,
    )  # fmt: skip

    hub_task = "audio-classification"
    sample_argument = "recording.wav"
    script = "core.export.standalone.sounds"
    requires = ("pillow", "soundfile", "soxr")
    page = OfflinePage("sounds.js", {
        "choose": Message("Choose recordings"),
        "drop": Message("or drop them anywhere on this page"),
        "record": Message("Make a recording"),
        "stop": Message("Stop and classify"),
        "shot": Message("your recording"),
        "no_microphone": Message("There is no microphone, or this page may not use it."),
        "unreadable": Message("This is not a recording that this browser can read."),
        "live": Message("Listen all the time"), "live_stop": Message("Stop listening"),
        "no_source": Message("There is no microphone, or this page may not use it."),
        "loudness": Message("How loud it is"),
    }, live="microphone")  # fmt: skip

    def window(self, facts: Sequence[Mapping[str, Any]]) -> float | None:
        """As long as the examples usually last, and not so long that a short sound goes under in it."""
        return float(np.clip(np.median([seconds_of(one) for one in facts]), *_WINDOW)) if facts else _WINDOW[0]

    def count(self, n: int) -> Message:
        return counted("{n} recording", "{n} recordings", n=n)

    def pace(self, speed: float) -> Message:
        return counted(
            "hears {n} second of sound in a second",
            "hears {n} seconds of sound in a second",
            n=max(1, round(speed * TYPICAL)),
        )

    def recognises(self, beginning: bytes) -> bool:
        return begins_like_sound(beginning)

    def is_misnamed(self, name: str, facts: Mapping[str, Any]) -> bool:
        ending = PurePosixPath(name).suffix.casefold()
        return ending in self.suffixes and ending not in _ENDINGS.get(facts.get("format", ""), {ending})

    def read(self, raw: bytes) -> np.ndarray:
        """All of it; of a longer recording than fits into one example its loudest part."""
        return loudest(decode(raw))

    def passed_over(self, raw: bytes) -> Message:
        seconds = header(raw).seconds
        if seconds <= LONGEST_PIECE:
            return NOTHING
        return Message(
            "It lasts {all:duration}. Only its loudest {n} seconds were listened to.", all=seconds, n=LONGEST_PIECE
        )

    def read_all(self, raw: bytes) -> list[np.ndarray]:
        samples = decode(raw)
        return np.array_split(samples, max(1, round(len(samples) / (PIECE * RATE))))

    def stretch(self, raw: bytes, start: float, end: float) -> bytes:
        return excerpt(raw, start, end)

    def facts(self, raw: bytes) -> dict[str, Any]:
        """Its header: "bytes", "format", "rate" (samples a second), "channels" and "seconds"; and the share that was
        too loud, "clipped"."""
        said = header(raw)
        return {
            "bytes": len(raw), "format": said.format, "rate": said.rate, "channels": said.channels,
            "seconds": round(said.seconds, 3), "clipped": round(clipped(raw), 4),
        }  # fmt: skip

    def keep(self, payload: np.ndarray, digest: str, store: Path) -> None:
        path = _stored(digest, store)
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_sealed(path, as_flac(payload), sync=False)

    def is_kept(self, digest: str, store: Path) -> bool:
        return damage(_stored(digest, store)) is None

    def load(self, digest: str, text: str | None, store: Path, size: int | None = None) -> np.ndarray:
        content = read_sealed(_stored(digest, store))
        if isinstance(content, Damaged):
            raise UnreadableExampleError(content.why, Message("Import the same files again, or skip it."))
        return decode(content)

    def files(self, digest: str, store: Path) -> tuple[Path, ...]:
        return (_stored(digest, store),)

    def thumbnail(self, payload: np.ndarray) -> np.ndarray:
        """A second from its middle."""
        start = max(0, (len(payload) - _THUMBNAIL_SECONDS * RATE) // 2)
        return payload[start : start + _THUMBNAIL_SECONDS * RATE]

    def picture(self, payload: np.ndarray) -> Image.Image:
        return as_picture(payload)

    def playable(self, payload: np.ndarray) -> bytes:
        return as_wav(payload)

    def measure(self, payload: np.ndarray) -> np.ndarray:
        return hearing(payload)

    def without(self, payload: np.ndarray, rows: tuple[float, float], columns: tuple[float, float]) -> np.ndarray:
        return as_kept(silenced(payload, rows, columns))

    def exported(self, payload: np.ndarray) -> tuple[str, bytes]:
        return ".wav", as_wav(payload)

    def augment(self, payload: np.ndarray, level: str, rng: np.random.Generator) -> np.ndarray:
        return varied(payload, level, rng)

    def batch(self, payloads: Sequence[np.ndarray], spec: SoundSpec) -> Batch:
        """{"frames": (n, longest, 32), "lengths": (n,)} and {"pixels": (n, 3, bands, 2 bands)}, as the spec says."""
        arrays: Batch = {}
        if spec.frames:
            arrays["frames"], arrays["lengths"] = as_frames(payloads)
        if spec.picture:
            arrays["pixels"] = as_pixels(payloads, spec.bands)
        return arrays

    def length(self, payload: np.ndarray) -> int:
        return len(payload)

    def typical(self) -> np.ndarray:
        noise = np.random.default_rng(0).uniform(-0.1, 0.1, TYPICAL * RATE)
        return as_kept(noise)

    def effort(self, text: str | None, facts: Mapping[str, Any]) -> float:
        return (seconds_of(facts) + _OVERHEAD) / (TYPICAL + _OVERHEAD)

    def size_cost(self, size: int, usual: int) -> float:
        """The picture is as many times smaller in both directions, but what goes through the frames is not."""
        return size / usual


def seconds_of(facts: Mapping[str, Any]) -> float:
    """How long an example lasts, going by what is kept of its file."""
    return float(facts.get("seconds", TYPICAL)) / max(1, facts.get(PIECES, 1))


def _stored(digest: str, store: Path) -> Path:
    """Where the kept recording with this digest lies."""
    return store / digest[:2] / f"{digest}.flac"
