"""What every kind of example promises, one suite over all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError, UnreadableExampleError
from core.modalities import MODALITIES, get_modality
from core.modalities.image.modality import ImageSpec
from core.modalities.sound.modality import SoundSpec
from core.modalities.table.fitting import fit_columns
from core.modalities.table.modality import TableSpec
from core.modalities.text import TextSpec
from tests.core.modalities.sound.making import file, tone
from tests.helpers import png
from tests.tiny import TinyTokenizer

RAW = {
    "image": [png((9, 9, 9)), png((200, 9, 9), (30, 20))],
    "text": [b"one word", "zwei Wörter 🙂".encode()],
    "table": [b'{"age": 22, "sex": "male"}', b'{"age": null, "sex": "w\xc3\xb6rd", "born": "2001-02-03"}'],
    "sound": [file(tone(440)), file(tone(880, 0.8, 8_000), 8_000)],
}
COLUMNS = fit_columns([{"age": "22", "sex": "male", "born": "2001-02-03"}, {"age": "30", "born": "2002-02-03"}])
SPEC = {
    "image": ImageSpec(32, (0, 0, 0), (1, 1, 1)),
    "text": TextSpec(TinyTokenizer(), 16),
    "sound": SoundSpec(frames=True, picture=True),
    "table": TableSpec(COLUMNS),
}

every_modality = pytest.mark.parametrize("kind", MODALITIES.values(), ids=list(MODALITIES))


def test_every_modality_is_tried_below():
    assert set(MODALITIES) == set(RAW) == set(SPEC)


def test_an_unknown_modality_names_the_known_ones():
    with pytest.raises(DataError, match=r"smell.*image, text, sound, and table"):
        get_modality("smell")


@every_modality
def test_the_digest_tells_contents_apart_and_can_name_a_file(kind):
    digests = [kind.digest(raw) for raw in RAW[kind.name]]
    assert len(set(digests)) == 2
    assert digests == [kind.digest(raw) for raw in RAW[kind.name]]
    assert all(digest.isalnum() and len(digest) == 32 for digest in digests)


def test_the_same_bytes_have_different_digests_for_each_kind():
    assert len({kind.digest(b'{"same": 1}') for kind in MODALITIES.values()}) == len(MODALITIES)


@every_modality
def test_what_was_read_and_kept_loads_as_it_was(kind, tmp_path):
    raw = RAW[kind.name][1]
    payload, digest = kind.read(raw), kind.digest(raw)
    text = kind.keep(payload, digest, tmp_path)
    loaded = kind.load(digest, text, tmp_path)
    assert np.array_equal(np.asarray(loaded), np.asarray(payload))


@every_modality
def test_batches_have_one_row_an_example(kind):
    payloads = [kind.read(raw) for raw in RAW[kind.name]]
    batch = kind.batch(payloads, SPEC[kind.name])
    assert batch
    assert all(isinstance(values, np.ndarray) and len(values) == 2 for values in batch.values())


@every_modality
def test_every_augmentation_gives_an_example_that_can_be_batched(kind):
    payload = kind.read(RAW[kind.name][1])
    assert next(iter(kind.augmentations)) == "none"
    for level in kind.augmentations:
        varied = kind.augment(payload, level, np.random.default_rng(0))
        assert kind.batch([varied], SPEC[kind.name])


@every_modality
def test_no_augmentation_means_no_change(kind):
    payload = kind.read(RAW[kind.name][1])
    assert kind.augment(payload, "none", np.random.default_rng(0)) is payload


@every_modality
@given(raw=st.binary(max_size=400))
def test_any_bytes_are_either_read_or_refused_with_a_reason(kind, raw):
    try:
        payload = kind.read(raw)
    except UnreadableExampleError as error:
        assert str(error)
    else:
        assert kind.batch([payload], SPEC[kind.name])
