"""The one way from samples to the numbers that a network takes, and to the picture that a person sees.

All of it begins with one short-time Fourier transform: 512 samples every 10 milliseconds under a Hann window of 25.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image

from core.modalities.sound.decoding import LONGEST_PIECE, RATE

FRAME, HOP, _WINDOW = 512, 160, 400
MARGIN = RATE // 2
"""Samples of silence before and behind every sound. A word of half a second is then heard at its beginning, in its
middle and at its end; spoken digits with 5 examples of each: 92 % right instead of 83 %."""
_RANGE = 80.0
"""Decibels below the loudest that are told apart; what is softer is silence."""
_SOFTEST = -20.0
"""Decibels of the loudest band in the softest sound that 16 bits can hold, and a little less: what is softer still is
nothing at all, and is as dark as silence."""
_SCALE = 32_768.0
"""Networks for speech were trained on samples of 16 bits."""

SPEECH_BANDS = 32
"""Mel bands from 60 to 3800 Hz, as the speech embedding was trained with."""
FEWEST_FRAMES = 76
LOWEST = 50.0
BANDS = 128
"""Height of a log-mel picture, the highest of the mel bands from LOWEST to 8000 Hz above; its width (time, squashed) is
twice that."""


def as_frames(sounds: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Log-mel frames (n, longest, 32) float32 for the speech embedding, and how many each sound has, (n,) int64.

    Shorter ones are filled up with zeros behind, which no window that counts reaches.
    """
    found = [_decibels(_power(sound, MARGIN, FEWEST_FRAMES), SPEECH_BANDS, 60.0, 3_800.0) / 10 + 2 for sound in sounds]
    lengths = np.array([len(frames) for frames in found], dtype=np.int64)
    filled = np.zeros((len(found), int(lengths.max(initial=0)), SPEECH_BANDS), dtype=np.float32)
    for row, frames in zip(filled, found, strict=True):
        row[: len(frames)] = frames
    return filled, lengths


def frames_of(samples: int) -> int:
    """How many log-mel frames `as_frames` makes of a sound of so many samples."""
    return max(FEWEST_FRAMES, 1 + (samples + 2 * MARGIN - FRAME) // HOP)


def as_pixels(sounds: Sequence[np.ndarray], bands: int = BANDS) -> np.ndarray:
    """Log-mel pictures (n, 3, bands, 2 bands) float32 in [-1, 1], the three channels alike; silence is -127 / 128."""
    pixels = np.empty((len(sounds), 3, bands, 2 * bands), dtype=np.float32)
    for row, sound in zip(pixels, sounds, strict=True):
        row[...] = (255 * _grey(sound, MARGIN, bands) - 127) / 128
    return pixels


def as_picture(sound: np.ndarray) -> Image.Image:
    """A spectrogram as people know it, RGB: time from left to right, high tones above, loud is bright."""
    at = np.linspace(0, 1, len(_INFERNO))
    grey = _grey(sound, 0, BANDS)
    colours = np.stack([np.interp(grey, at, _INFERNO[:, channel]) for channel in range(3)], axis=-1)
    return Image.fromarray(colours.round().astype(np.uint8))


def loudest(sound: np.ndarray, most: int = LONGEST_PIECE * RATE) -> np.ndarray:
    """All of a sound; of one of more samples than `most` the part of so many in which most is heard."""
    if len(sound) <= most:
        return sound
    step = RATE // 10
    energy = np.add.reduceat(sound.astype(np.float64) ** 2, np.arange(0, len(sound), step))
    total, width = np.concatenate([[0.0], np.cumsum(energy)]), most // step
    start = int((total[width:] - total[:-width]).argmax()) * step
    return sound[start : start + most]


def silenced(sound: np.ndarray, rows: tuple[float, float], columns: tuple[float, float]) -> np.ndarray:
    """A sound without what lies in a part of its picture: `rows` and `columns` say where that begins and ends, as
    shares of the height and the width from the upper left.

    Frames that overlap by three quarters are transformed, emptied there, and added up again.
    """
    step, window = FRAME // 4, np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME))
    padded = np.pad(sound, (FRAME, FRAME + -len(sound) % step))
    spectra = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::step] * window, axis=1)
    moments = (np.arange(len(spectra)) * step - FRAME / 2) / len(sound)
    hertz = np.linspace(0, RATE / 2, FRAME // 2 + 1)
    low, high = (float(_to_hertz(np.array(_share_to_mel(1 - share)))) for share in (rows[1], rows[0]))
    inside = (moments >= columns[0]) & (moments <= columns[1]), (hertz >= low) & (hertz <= high)
    spectra[np.ix_(*inside)] = 0
    found = np.zeros(len(padded))
    for number, frame in enumerate(np.fft.irfft(spectra, FRAME, axis=1) * window / 2):
        found[number * step : number * step + FRAME] += frame
    return found[FRAME : FRAME + len(sound)].astype(np.float32)


def _share_to_mel(share: float) -> float:
    """The mel at this share of the height of a picture, from below."""
    return _to_mel(LOWEST) + share * (_to_mel(RATE / 2) - _to_mel(LOWEST))


def _grey(sound: np.ndarray, margin: int, bands: int) -> np.ndarray:
    """(bands, 2 bands) in [0, 1], the highest band first: 1 is the loudest, 0 is _RANGE below."""
    decibels = _decibels(_power(sound, margin, FEWEST_FRAMES if margin else 2), bands, LOWEST, RATE / 2)
    most = max(float(decibels.max()), _SOFTEST)
    shares = ((decibels - most) / _RANGE + 1).clip(0, 1).astype(np.float32).T[::-1]
    picture = Image.fromarray(np.ascontiguousarray(shares))
    return np.asarray(picture.resize((2 * bands, bands), Image.Resampling.BILINEAR))


def _power(sound: np.ndarray, margin: int, fewest: int) -> np.ndarray:
    """The power spectrum (frames, 257) of a sound with `margin` samples of silence on both sides, and more of it where
    there would be fewer frames than `fewest`."""
    missing = max(0, FRAME + (fewest - 1) * HOP - len(sound) - 2 * margin)
    padded = np.pad(sound, (margin + missing // 2, margin + missing - missing // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    return np.abs(np.fft.rfft(frames * (_hann() * _SCALE), axis=1)) ** 2


def _decibels(power: np.ndarray, bands: int, low: float, high: float) -> np.ndarray:
    """(frames, bands), nothing softer than _RANGE below the loudest."""
    found = 10 * np.log10(np.maximum(power @ _mel(bands, low, high), 1e-10))
    return np.maximum(found, found.max() - _RANGE)


@cache
def _hann() -> np.ndarray:
    """A window of 25 milliseconds in the middle of a frame."""
    window, before = np.zeros(FRAME), (FRAME - _WINDOW) // 2
    window[before : before + _WINDOW] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
    return window


@cache
def _mel(bands: int, low: float, high: float) -> np.ndarray:
    """Triangular filters (257, bands) of equal area on the mel scale of Slaney's Auditory Toolbox (1998)."""
    edges = _to_hertz(np.linspace(_to_mel(low), _to_mel(high), bands + 2))
    hertz = np.linspace(0, RATE / 2, FRAME // 2 + 1)[:, None]
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (hertz - left) / (middle - left), (right - hertz) / (right - middle)
    return np.maximum(0, np.minimum(rising, falling)) * 2 / (right - left)


_LINEAR, _BREAK, _LOG_STEP = 200 / 3, 1000.0, np.log(6.4) / 27
"""Hertz a mel up to 1000 Hz, and from there on the logarithm of a step."""


def _to_mel(hertz: float) -> float:
    return hertz / _LINEAR if hertz < _BREAK else _BREAK / _LINEAR + float(np.log(hertz / _BREAK)) / _LOG_STEP


def _to_hertz(mel: np.ndarray) -> np.ndarray:
    bend = _BREAK / _LINEAR
    return np.where(mel < bend, mel * _LINEAR, _BREAK * np.exp(_LOG_STEP * (np.maximum(mel, bend) - bend)))


_INFERNO = np.array(
    [(0, 0, 4), (22, 11, 57), (66, 10, 104), (106, 23, 110), (147, 38, 103), (188, 55, 84), (221, 81, 58),
     (243, 120, 25), (252, 165, 10), (246, 215, 70), (252, 255, 164)]
)  # fmt: skip
"""From black over red to light yellow, evenly to every eye (matplotlib's "inferno", CC0)."""
