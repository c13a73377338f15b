"""MiniLM gives the numbers that sentence-transformers gives."""

from __future__ import annotations

import pytest
import torch

from core.modalities.text import TextModality
from core.models.trained import load_backbone

pytestmark = pytest.mark.slow

SENTENCES = (
    "The bus was late this morning.",
    "Our coach arrived half an hour after it should have.",
    "Please bring a packed lunch on Friday.",
    "My daughter has a fever and will stay at home.",
)
COSINES = {  # sentence-transformers 6.2.0, all-MiniLM-L6-v2, CPU
    (0, 1): 0.35640907,
    (0, 2): 0.21259335,
    (0, 3): 0.14320728,
    (1, 2): 0.23290087,
    (1, 3): 0.17573886,
    (2, 3): 0.27707976,
}


@pytest.fixture(scope="module")
def backbone(real_workspace):
    return load_backbone("minilm-l6", real_workspace)


def embed(backbone, texts, size=None) -> torch.Tensor:
    batch = TextModality().batch(texts, backbone.spec(size))
    with torch.inference_mode():
        return backbone(**{name: torch.from_numpy(values) for name, values in batch.items()})


def test_cosines_are_those_of_sentence_transformers(backbone):
    vectors = embed(backbone, SENTENCES)
    cosines = vectors @ vectors.T
    for (i, j), expected in COSINES.items():
        assert float(cosines[i, j]) == pytest.approx(expected, abs=1e-5)


def test_embeddings_have_unit_length(backbone):
    torch.testing.assert_close(embed(backbone, SENTENCES).norm(dim=1), torch.ones(4))


def test_a_message_does_not_depend_on_what_it_is_padded_to(backbone):
    alone = embed(backbone, [SENTENCES[0]])
    among = embed(backbone, [SENTENCES[0], "word " * 60])[:1]
    torch.testing.assert_close(alone, among, atol=1e-6, rtol=0)


def test_only_the_first_tokens_of_a_long_message_are_read(backbone):
    long = "the bus is late " * 100
    batch = TextModality().batch([long], backbone.spec())
    assert batch["input_ids"].shape == (1, backbone.card.input_size)
    assert TextModality().batch([long], backbone.spec(32))["input_ids"].shape == (1, 32)
