"""Models that have learnt nothing before: words and letters, colours and edges, the loudness of tones."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.events import RunEnded
from core.modalities import get_modality
from core.modalities.terms import MOST_LETTERS, MOST_WORDS, learnt, pieces_of
from core.models.backbones.words_and_letters import WordsAndLetters
from core.models.catalogue import CATALOGUE, get_card
from core.models.embeddings import embed_dataset
from core.models.encoders import OnnxEncoder, translated
from core.models.trained import TrainedModel, load_backbone
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import strategies_for
from tests.helpers import message_dataset, only, picture_dataset, run_training, sound_dataset

TEXTS = [
    "Where is my card? It's LATE!", "The card has not come :-(", "房间很大，服务很好。", "房间太小，服务不好！",
    "ห้องสะอาดมาก", "ห้องสกปรกมาก",
    "Istanbul çok güzel", "ISPARTA'da hava sıcak", "I ❤️ it 👍🏽", "naïve café", "Σίσυφος ΣΊΣΥΦΟΣ", "हिन्दी में लिखा",
]  # fmt: skip


@pytest.mark.parametrize(("text", "pieces"), [
    ("Where is my Card? It's LATE!", ["where", "is", "my", "card", "?", "it", "'", "s", "late", "!"]),
    ("房间很大，ＯＫ。", ["房间很大", ",", "ok", "。"]),
    ("ห้องสะอาดมาก", [unicodedata.normalize("NFKC", "ห้องสะอาดมาก")]),
    ("İstanbul ISPARTA ısparta", ["istanbul", "isparta", "isparta"]),
    ("👍🏽❤️", ["👍", "🏽", "❤"]), (" \x85\u200b\ufeff ", []),
    ("ΣΊΣΥΦΟΣ", ["σίσυφοσ"]),
])  # fmt: skip
def test_a_text_falls_into_pieces_in_any_language(text, pieces):
    assert pieces_of(text) == pieces
    assert pieces_of(unicodedata.normalize("NFD", text)) == pieces_of(unicodedata.normalize("NFC", text)) == pieces


def test_terms_are_words_pairs_and_up_to_four_letters():
    terms, rarity = learnt(["no cat", "no dog"])
    assert " no " in terms.words and " no cat " in terms.words
    assert {"n", "no", " no ", "cat", "cat ", " cat"} <= set(terms.letters) and " cat " not in terms.letters
    assert rarity[terms.words.index(" no ")] == 1 < rarity[terms.words.index(" cat ")] == pytest.approx(np.log(1.5) + 1)
    found = terms(["no no bird", ""], padding=True, truncation=True, max_length=9, return_tensors="np")
    counts = dict(zip(found["terms"][0].tolist(), found["counts"][0].tolist(), strict=True))
    assert counts[terms.words.index(" no ") + 1] == 2 and not found["terms"][1].any()


def test_a_vocabulary_stays_bounded_whatever_comes(monkeypatch):
    monkeypatch.setattr("core.modalities.terms._ROOM", 5_000)
    rng = np.random.default_rng(0)
    texts = ["".join(map(chr, rng.integers(0x4E00, 0x9FFF, 300))) + " usual words" for _ in range(60)]
    terms, rarity = learnt([*texts, "x" * 100_000])
    assert len(terms.words) <= MOST_WORDS and len(terms.letters) == MOST_LETTERS and len(rarity) == len(terms)
    assert terms.words[:3] == (" usual ", " usual words ", " words ")
    assert len(learnt(["\u200b"])[0]) == 1, "a network has at least one input"


def known(texts=TEXTS) -> WordsAndLetters:
    backbone = WordsAndLetters(CATALOGUE["words-and-letters"])
    backbone.meet(texts)
    return backbone.eval()


def embedded(backbone, texts) -> torch.Tensor:
    batch = get_modality("text").batch(texts, backbone.spec())
    with torch.inference_mode():
        return backbone(**{name: torch.from_numpy(values) for name, values in batch.items()})


def test_its_numbers_are_those_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer

    from core.modalities.terms import letters_of, words_of

    backbone, parts = known(), []
    for terms_of, names in ((words_of, backbone.terms.words), (letters_of, backbone.terms.letters)):
        same = TfidfVectorizer(
            analyzer=lambda text, of=terms_of: list(of(pieces_of(text))), vocabulary=names, sublinear_tf=True
        )
        parts.append(same.fit_transform(TEXTS).toarray() * np.sqrt(0.5))
    np.testing.assert_allclose(embedded(backbone, TEXTS), np.hstack(parts), atol=1e-5)
    assert {"card", "my card", "…ate…", "…car…"} <= set(backbone.names)
    assert backbone.card.dimension == len(backbone.names)


def test_it_goes_into_onnx_and_what_stands_beside_a_text_changes_nothing():
    backbone = known()
    network = translated(backbone)
    assert network is not None
    batch = get_modality("text").batch(TEXTS, backbone.spec())
    together = OnnxEncoder(network, 1).embed(batch)
    np.testing.assert_allclose(together, embedded(backbone, TEXTS), atol=1e-5)
    np.testing.assert_allclose(together[3], embedded(backbone, [TEXTS[3]])[0], atol=1e-5)
    assert not embedded(backbone, ["Ω"]).any()


def test_what_it_knows_stays_and_damage_is_said():
    backbone = known()
    before = backbone.terms
    backbone.meet(["something else"])
    assert backbone.terms is before
    with pytest.raises(ModelError, match="damaged"):
        backbone.restore({"words": 3})
    empty = WordsAndLetters(CATALOGUE["words-and-letters"])
    empty.restore({})
    assert len(empty.terms) == 0


@pytest.mark.parametrize("strategy", ["nearest", "head"])
def test_words_come_from_the_training_texts_alone_and_are_saved_with_the_model(workspace, tmp_path, strategy):
    dataset = message_dataset(workspace, each=10)
    events, result = run_training(dataset, Recipe("words-and-letters", strategy), workspace)
    assert only(RunEnded, events)[0].validation.accuracy > 0.6
    taught = {piece for i in result.split.train for piece in pieces_of(dataset.payload(i))}
    assert {word.strip() for word in result.model.backbone.terms.words if " " not in word.strip()} == taught
    (tmp_path / "run").mkdir()
    result.model.save(tmp_path / "run")
    again = TrainedModel.load(tmp_path / "run", workspace)
    assert again.predict(TEXTS) == result.model.predict(TEXTS)
    assert not list(workspace.cache.rglob("*words-and-letters*")), "each training has words of its own"


@pytest.mark.parametrize(("dataset", "model"), [
    (picture_dataset, "colours-and-edges"), (sound_dataset, "loudness-of-tones"),
])  # fmt: skip
def test_pictures_and_sounds_have_one_too_whose_vectors_are_kept(workspace, dataset, model):
    from core.events import drain

    examples, card = dataset(workspace, each=4), get_card(model, workspace)
    first = drain(embed_dataset(examples, card, lambda: load_backbone(model, workspace), workspace))
    assert first.shape == (len(examples.examples), card.dimension) and np.isfinite(first).all()

    def not_again():
        raise AssertionError("it is known")

    assert np.array_equal(drain(embed_dataset(examples, card, not_again, workspace)), first)
    for one in (card, CATALOGUE["words-and-letters"]):
        assert set(strategies_for(one)) == {"auto", "nearest", "discriminant", "head"}


def test_colours_tell_where_they_are_and_edges_which_way_they_run():
    backbone = load_backbone("colours-and-edges", None)
    upright, lying = torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64)
    upright[..., ::8], lying[:, :, ::8] = 1.0, 1.0
    left, right = torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64)
    left[:, 0, :, :32], right[:, 0, :, 32:] = 1.0, 1.0
    with torch.inference_mode():
        found = backbone(torch.cat([upright, lying, left, right, torch.zeros(1, 3, 64, 64)]))
        larger = backbone(torch.nn.functional.interpolate(left, (128, 128)))
    assert torch.isfinite(found).all()
    colours, edges = found[:, :256], found[:, 256:]
    assert float(edges[0] @ edges[1]) < 0.5 and float(colours[0] @ colours[1]) > 0.9
    assert float(colours[2] @ colours[3]) < 0.2
    assert float(larger[0] @ found[2]) > 1.9
