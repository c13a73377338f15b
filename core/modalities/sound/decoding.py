"""Decoding: whatever a phone, a recorder or the web produces becomes 16,000 samples a second of one channel.

The container is told by its first bytes, never by its name, and only formats of an allow-list reach the decoder
(libsndfile, by way of `soundfile`). The header is believed in nothing: samples are counted while they are decoded.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr

from core.errors import UnreadableExampleError
from core.messages import Message

RATE = 16_000
"""Samples a second of every kept sound: speech up to 8 kHz, which is what the bundled models hear."""
LONGEST = 900
"""Seconds of a recording that is read at all: a quarter of an hour."""
_MOST_FRAMES = LONGEST * 48_000
"""Of a recording with more samples a second than usual, less time is read: what packs well may hold hours of them."""
LONGEST_PIECE = 15
"""Seconds of one example at most: a longer recording is cut into several, or its loudest part stands for it."""
SHORTEST = 0.02
"""Seconds below which there is nothing to hear."""
_LONG = 120
"""Seconds. Of longer recordings threads decode one at a time: each takes a hundred megabytes meanwhile."""
_RATES = (2_000, 400_000)
_MOST_CHANNELS = 16
_BLOCK = 65_536
"""Frames that are decoded at a time."""
_LOUDEST = 1e6
"""Times full scale: no recorder's, but a broken file's."""
_STEPS = 32_768
"""Samples are multiples of 1 / 32768, as in the 16 bits that are kept: what is read is what will be loaded."""
_FULL = 0.9995
"""From this amplitude on a sample may be one that was cut off. A full wave of 100 Hz is there for two samples."""
_RUN = 3
"""So many of them in a row are no peak of a wave."""
_one_at_a_time = threading.Lock()
_CHATTER = re.compile(rb"\[[^\]]*libmpg123.*|(Note|Warning): .*")
"""What the decoder of MP3 (libmpg123) says of each frame that it does not like."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself: its format, samples a second, channels and length in seconds."""

    format: str
    rate: int
    channels: int
    seconds: float


def decode(raw: bytes) -> np.ndarray:
    """The sound in a file, completely: (samples,) float32 in [-1, 1] at RATE. Channels are averaged.

    UnreadableExampleError says why it cannot be used.
    """
    with _opened(raw) as file:
        header = _header(file)
        with _one_at_a_time if header.seconds > _LONG else nullcontext():
            samples = _resampled(file)
    if len(samples) < SHORTEST * RATE:
        raise UnreadableExampleError(
            Message(
                "The recording is shorter than {n} milliseconds: there is nothing to hear.", n=round(SHORTEST * 1000)
            )
        )
    return samples


def header(raw: bytes) -> Header:
    """What the file says of itself; UnreadableExampleError where it is no recording, or too long."""
    with _opened(raw) as file:
        return _header(file)


def excerpt(raw: bytes, start: float, end: float) -> bytes:
    """What lies between two moments, in seconds, as WAV at the rate of the recording, channels averaged. However long
    the recording is, nothing else of it is decoded.

    UnreadableExampleError where there is nothing, or more than is read of any recording.
    """
    with _opened(raw) as file:
        rate = _checked(file).rate
        first, last = round(start * rate), round(end * rate)
        if first >= file.frames or last <= first:
            raise UnreadableExampleError(Message("The recording ends before this stretch of it begins."))
        try:
            file.seek(first)
        except Exception as error:  # whatever the decoder raises: the file is a stranger's
            raise _damaged() from error
        parts = [block.mean(axis=1) for block in _blocks(file, last - first)]
    if not parts:
        raise _damaged()
    return _written(np.concatenate(parts), "WAV", rate)


def clipped(raw: bytes) -> float:
    """The share of a recording's samples that were too loud for it, in whichever channel most were: runs of them at
    full scale. Asked of the file itself, since the flat tops are no longer flat when it was resampled."""
    with _opened(raw) as file:
        _header(file)
        count, found = 0, np.zeros(file.channels)
        for block in _blocks(file):
            count, found = count + len(block), found + [at_full_scale(channel) for channel in block.T]
    return float(found.max()) / max(1, count)


def at_full_scale(samples: np.ndarray) -> int:
    """How many samples are at full scale in a row."""
    full = np.abs(samples) >= _FULL
    edges = np.flatnonzero(np.diff(np.concatenate([[False], full, [False]]).astype(np.int8)))
    runs = edges[1::2] - edges[::2]
    return int(runs[runs >= _RUN].sum())


def as_flac(samples: np.ndarray) -> bytes:
    """A sound as FLAC of 16 bits, without loss: `decode` gives the same samples again."""
    return _written(samples, "FLAC")


def as_wav(samples: np.ndarray) -> bytes:
    """A sound as WAV of 16 bits, which every browser plays."""
    return _written(samples, "WAV")


def as_kept(samples: np.ndarray) -> np.ndarray:
    """Samples in [-1, 1], rounded to the 16 bits that are kept."""
    return _steps(samples) / np.float32(_STEPS)


def _steps(samples: np.ndarray) -> np.ndarray:
    return np.round(samples * _STEPS).clip(-_STEPS, _STEPS - 1).astype(np.float32)


def _written(samples: np.ndarray, format: str, rate: int = RATE) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, _steps(samples).astype(np.int16), rate, format=format, subtype="PCM_16")
    return buffer.getvalue()


@contextmanager
def _opened(raw: bytes) -> Iterator[soundfile.SoundFile]:
    if not raw:
        raise UnreadableExampleError(Message("The file is empty."))
    if refused := _why_not(raw):
        raise UnreadableExampleError(refused)
    with _without_chatter if _is_mp3(raw) or raw.startswith(b"ID3") else nullcontext():
        try:
            file = soundfile.SoundFile(io.BytesIO(raw))
        except Exception as error:  # whatever the decoder raises: the file is a stranger's
            raise _damaged() from error
        with file:
            yield file


class _Hush:
    """While a thread is inside, nothing of the `_CHATTER` reaches the standard error of the process, where the decoder
    writes it past Python. What others write there comes out when the last thread has left."""

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._before: int | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._hold()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._before is not None:
                self._let_go(self._before)

    def _hold(self) -> None:
        self._before = None
        with suppress(OSError):  # a process without a standard error
            before = os.dup(_STDERR)
            self._held = tempfile.TemporaryFile()  # noqa: SIM115  # the last thread that leaves closes it
            os.dup2(self._held.fileno(), _STDERR)
            self._before = before

    def _let_go(self, before: int) -> None:
        os.dup2(before, _STDERR)
        os.close(before)
        with self._held as held:
            held.seek(0)
            for line in held.read().splitlines(keepends=True):
                if not _CHATTER.fullmatch(line.rstrip()):
                    os.write(_STDERR, line)


_STDERR = 2
_without_chatter = _Hush()


def _header(file: soundfile.SoundFile) -> Header:
    found = _checked(file)
    if file.frames > _most(found.rate):
        raise _too_long(found.rate)
    return found


def _checked(file: soundfile.SoundFile) -> Header:
    """What the file says of itself, however long it is."""
    rate, channels, frames = file.samplerate, file.channels, file.frames
    if not _RATES[0] <= rate <= _RATES[1] or not 1 <= channels <= _MOST_CHANNELS:
        raise UnreadableExampleError(
            Message("It says {rate} samples a second and {channels} channels, which no recorder makes.",
                    rate=rate, channels=channels)
        )  # fmt: skip
    return Header("WAV" if file.format == "WAVEX" else file.format, rate, channels, max(0, frames) / rate)


def _resampled(file: soundfile.SoundFile) -> np.ndarray:
    """All frames at RATE, a block after the other, so that memory holds no more than is kept; channels averaged.

    A sound that is louder than full scale becomes softer; what resampling alone adds to its tops is cut off.
    """
    stream = None if file.samplerate == RATE else soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float32")
    parts: list[np.ndarray] = []
    count, peak = 0, 1.0
    for block in _blocks(file):
        mono = np.nan_to_num(block.mean(axis=1), nan=0.0, posinf=0.0, neginf=0.0).clip(-_LOUDEST, _LOUDEST)
        count, peak = count + len(mono), max(peak, float(np.abs(mono).max()))
        # A copy: what the resampler gives is a part of a room as large as the block.
        parts.append(mono if stream is None else stream.resample_chunk(mono).copy())
    if stream is not None:
        parts.append(stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True))
    if not count:
        raise UnreadableExampleError(Message("The recording is empty: it lasts no time at all."))
    return as_kept(np.concatenate(parts) / peak)


def _blocks(file: soundfile.SoundFile, wanted: int | None = None) -> Iterator[np.ndarray]:
    """All frames (n, channels) float32 from where the file stands, or as many as are `wanted`, some at a time;
    UnreadableExampleError where there are too many or it breaks off."""
    count, most = 0, _most(file.samplerate)
    while wanted is None or count < wanted:
        try:
            block = file.read(
                _BLOCK if wanted is None else min(_BLOCK, wanted - count), dtype="float32", always_2d=True
            )
        except MemoryError:
            raise
        except Exception as error:  # whatever the decoder raises: the file is a stranger's
            raise _damaged() from error
        if not len(block):
            return
        count += len(block)
        if count > most:
            raise _too_long(file.samplerate)
        yield block


def _damaged() -> UnreadableExampleError:
    return UnreadableExampleError(Message("The recording is damaged or cut short."))


def _most(rate: int) -> int:
    """So many frames are decoded."""
    return min(LONGEST * rate, _MOST_FRAMES)


def _too_long(rate: int) -> UnreadableExampleError:
    return UnreadableExampleError(
        Message("The recording lasts more than {n} minutes, which is the limit; cut it into shorter ones.",
                n=max(1, _most(rate) // rate // 60))
    )  # fmt: skip


_MARKS = (b"OggS", b"fLaC", b"ID3", b".snd", b"caff")
_INSIDE = {b"RIFF": (b"WAVE",), b"RIFX": (b"WAVE",), b"RF64": (b"WAVE",), b"FORM": (b"AIFF", b"AIFC")}
"""How files begin that can be decoded here; some say what they hold behind their size."""
_ELSE = {
    b"\x30\x26\xb2\x75": Message("Windows Media (WMA)"),
    b"#!AMR": Message("AMR"),
    b"\x1a\x45\xdf\xa3": Message("WebM"),
}
"""How files begin that hold sounds which cannot be decoded here, and what they are."""


def begins_like_sound(beginning: bytes) -> bool:
    """True for the first bytes of a file that can be decoded here, whatever it is called."""
    if beginning.startswith(_MARKS) or _is_mp3(beginning):
        return True
    return beginning[8:12] in _INSIDE.get(beginning[:4], ())


def _is_mp3(beginning: bytes) -> bool:
    """A frame of layer III: eleven bits that are set, a version and a layer that exist, and a bit rate and a sample
    rate that do. Two bytes alone would be a text in UTF-16, too."""
    if len(beginning) < 3 or beginning[0] != 0xFF or beginning[1] & 0xE0 != 0xE0:
        return False
    version, layer = beginning[1] >> 3 & 3, beginning[1] >> 1 & 3
    return version != 1 and layer == 1 and beginning[2] >> 4 != 15 and beginning[2] >> 2 & 3 != 3


def _is_aac(beginning: bytes) -> bool:
    return len(beginning) > 1 and beginning[0] == 0xFF and beginning[1] & 0xF6 == 0xF0


def _why_not(raw: bytes) -> Message | None:
    """Why a file that begins like this is not decoded; None where it is."""
    if begins_like_sound(raw[:12]):
        return None
    other = next((name for mark, name in _ELSE.items() if raw.startswith(mark)), None)
    if raw[4:8] == b"ftyp":
        other = Message("M4A (AAC)")
    elif _is_aac(raw):
        other = Message("AAC")
    if other:
        return Message("{format} cannot be decoded here. Save it as WAV, MP3, FLAC or OGG.", format=other)
    return Message("This is not a recording, whatever its name says.")
