"""Recordings from outside: every format, rate and channel; hostile ones are refused by name."""

from __future__ import annotations

import os
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UnreadableExampleError
from core.modalities.sound import decoding
from core.modalities.sound.decoding import RATE, as_flac, as_wav, begins_like_sound, decode, header
from tests.core.modalities.sound.making import file, tone


def pitch(samples: np.ndarray) -> float:
    """Hertz of the strongest tone."""
    return float(np.abs(np.fft.rfft(samples)).argmax()) * RATE / len(samples)


@pytest.mark.parametrize(
    ("format", "subtype", "rate"),
    [
        ("WAV", "PCM_16", 8_000),
        ("WAV", "PCM_U8", 22_050),
        ("WAV", "FLOAT", 44_100),
        ("WAVEX", "PCM_24", 96_000),
        ("MP3", None, 44_100),
        ("OGG", "VORBIS", 44_100),
        ("OGG", "OPUS", 48_000),
        ("FLAC", None, 48_000),
        ("AIFF", None, 16_000),
        ("AU", None, 11_025),
        ("CAF", None, 44_100),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_rate_and_channel_becomes_the_same_sound(format, subtype, rate, channels):
    raw = file(np.stack([tone(rate=rate)] * channels, axis=1), rate, format, subtype)
    found = decode(raw)
    assert found.dtype == np.float32
    assert abs(len(found) / RATE - 0.5) < 0.1  # MP3 has a lead-in
    assert abs(pitch(found) - 440) < 3
    assert 0.4 < np.abs(found).max() < 0.6
    assert (header(raw).rate, header(raw).channels) == (rate, channels)
    assert begins_like_sound(raw[:512])


def test_what_is_kept_and_played_is_the_same_to_the_bit():
    found = decode(file(tone(loud=0.98), 44_100))
    assert np.array_equal(decode(as_flac(found)), found)
    assert np.array_equal(decode(as_wav(found)), found)


def test_samples_beyond_full_scale_and_none_at_all_are_mended():
    wild = tone(loud=4.0)
    wild[100], wild[200] = np.nan, np.inf
    found = decode(file(wild, subtype="FLOAT"))
    assert np.isfinite(found).all()
    assert np.abs(found).max() > 0.999


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "The file is empty."),
        (b"hello, I am a text", "This is not a recording"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "This is not a recording"),
        (b"\xff\xfeh\x00e\x00l\x00l\x00o\x00", "This is not a recording"),  # UTF-16
        (b"\x00\x00\x00\x20ftypM4A \x00\x00", "M4A (AAC) cannot be decoded here. Save it as WAV"),
        (b"\xff\xf1\x50\x80\x00", "AAC cannot be decoded here"),
        (b"#!AMR\n\x3c", "AMR cannot be decoded here"),
        (b"\x1a\x45\xdf\xa3\x01", "WebM cannot be decoded here"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "damaged or cut short"),
        (b"fLaC" + bytes(100), "damaged or cut short"),
    ],
)
def test_what_cannot_be_decoded_says_what_it_is(raw, says):
    with pytest.raises(UnreadableExampleError) as refused:
        decode(raw)
    assert says in str(refused.value.message)


def test_too_short_and_too_long_are_refused(monkeypatch):
    with pytest.raises(UnreadableExampleError, match="nothing to hear"):
        decode(file(tone(seconds=0.01)))
    monkeypatch.setattr(decoding, "LONGEST", 60)
    with pytest.raises(UnreadableExampleError, match="more than 1 minute"):
        decode(file(np.zeros(61 * 2_000, dtype=np.float32), 2_000))


def test_what_packs_well_is_not_unpacked_for_ever(monkeypatch):
    raw = bytearray(file(np.zeros((200_000, 2), dtype=np.float32), 96_000, "FLAC"))
    raw[21:26] = bytes([raw[21] & 0xF0, 0, 0, 0, 0])  # how long it is, which a stream need not say
    monkeypatch.setattr(decoding, "_MOST_FRAMES", 150_000)
    with pytest.raises(UnreadableExampleError, match="which is the limit"):
        decode(bytes(raw))


def wav_saying(rate: int, channels: int, data: bytes = bytes(64_000)) -> bytes:
    """A WAV of 16 bits whose header says this."""
    said = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * channels * 2 % 2**32, channels * 2, 16)
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVE" + said + b"data" + struct.pack("<I", len(data)) + data


@pytest.mark.parametrize(("rate", "channels"), [(1, 1), (2**31 - 1, 1), (16_000, 200)])
def test_headers_that_no_recorder_writes_are_refused_before_anything_is_made_of_them(rate, channels):
    with pytest.raises(UnreadableExampleError):
        decode(wav_saying(rate, channels))


def test_a_header_that_promises_hours_is_not_believed():
    short = bytearray(file(tone()))
    short[40:44] = struct.pack("<I", 2**32 - 1)  # the size of the data
    assert abs(len(decode(bytes(short))) / RATE - 0.5) < 0.01


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_gives_anything_but_a_sound_or_a_refusal(data):
    raw = bytearray(_WHOLE[data.draw(st.sampled_from(sorted(_WHOLE)))])
    for _ in range(data.draw(st.integers(1, 12))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = decode(bytes(raw[: data.draw(st.integers(1, len(raw)))]))
    except UnreadableExampleError:
        return
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1


_WHOLE = {name: file(tone(seconds=0.2), 16_000, name) for name in ("WAV", "FLAC", "OGG", "MP3", "AIFF")}


def test_what_the_decoder_says_past_python_reaches_nobody_and_the_rest_does(capfd):
    raw = bytearray(file(tone(seconds=1.0), 16_000, "MP3"))
    raw[1_000:1_060] = bytes(range(60))
    decode(bytes(raw))
    with decoding._without_chatter:
        os.write(2, b"Note: Illegal Audio-MPEG-Header\nsaid by somebody else\n")
    assert capfd.readouterr().err == "said by somebody else\n"
