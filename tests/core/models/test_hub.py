"""Models of the Hub, from a local folder: no network, no pickles, no code of strangers."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    ResNetConfig,
    ResNetModel,
    ViTConfig,
    ViTModel,
)

from core.errors import ModelError
from core.events import drain
from core.modalities import get_modality
from core.models.catalog import cards, get_card, load_backbone
from core.models.embeddings import embed_dataset
from core.models.onnx_encoder import OnnxEncoder, export, onnx_path
from core.training.recipe import Recipe
from tests.helpers import message_dataset, picture_dataset, run_training

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "bus", "late", "lunch", "pizza", "zoo", "a", "few", "words", "one"]


def _seeded(make, config, seed: int):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make(config)


def _bert(folder, seed: int = 0) -> None:
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=24, max_position_embeddings=40,
    )  # fmt: skip
    _seeded(BertModel, config, seed).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)


def _processor(folder, mean: list[float], std: list[float], side: int) -> None:
    about = {
        "image_processor_type": "ViTImageProcessor", "do_resize": True, "do_rescale": True, "do_normalize": True,
        "rescale_factor": 1 / 255, "image_mean": mean, "image_std": std, "size": {"height": side, "width": side},
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(about))


def _vit(folder, seed: int = 0) -> None:
    config = ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, image_size=32, patch_size=8
    )
    _seeded(ViTModel, config, seed).save_pretrained(folder)
    _processor(folder, [0.5, 0.4, 0.3], [0.2, 0.25, 0.5], 32)


def _resnet(folder, seed: int = 0) -> None:
    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 12], depths=[1, 1], layer_type="basic")
    _seeded(ResNetModel, config, seed).eval().save_pretrained(folder)
    _processor(folder, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 224)


MAKE = {"bert": _bert, "vit": _vit, "resnet": _resnet}
MODALITY = {"bert": "text", "vit": "image", "resnet": "image"}
DIMENSION = {"bert": 16, "vit": 16, "resnet": 12}
each_kind = pytest.mark.parametrize("kind", MAKE)


@pytest.fixture
def hub(tmp_path):
    """The id of a tiny model of this kind in a local folder."""

    def made(kind: str, seed: int = 0) -> str:
        folder = tmp_path / kind
        folder.mkdir(exist_ok=True)
        MAKE[kind](folder, seed)
        return f"hub:{folder}"

    return made


def embedded(backbone, payloads) -> np.ndarray:
    batch = get_modality(backbone.card.modality).batch(payloads, backbone.spec())
    with torch.inference_mode():
        return backbone(**{name: torch.from_numpy(values) for name, values in batch.items()}).numpy()


@each_kind
def test_the_card_is_read_from_the_config(hub, workspace, kind):
    card = get_card(hub(kind), workspace)
    assert card.modality == MODALITY[kind]
    assert card.dimension == DIMENSION[kind]
    assert card.id == f"hub:{card.title}"
    assert card.input_size == {"bert": 40, "vit": 32, "resnet": 224}[kind]


@each_kind
def test_it_loads_and_says_how_large_it_is(hub, workspace, kind):
    backbone = load_backbone(hub(kind), workspace)
    with torch.inference_mode():
        assert backbone(**backbone.example_inputs()).shape == (2, DIMENSION[kind])
    assert backbone.card.parameters == sum(p.numel() for p in backbone.parameters())
    assert not any(module.training for module in backbone.modules())
    staged = [id(p) for stage in backbone.stages() for p in stage.parameters]
    assert sorted(staged) == sorted(id(p) for p in backbone.parameters())


def test_messages_are_pooled_over_their_real_tokens(hub, workspace):
    backbone = load_backbone(hub("bert"), workspace)
    alone, among = embedded(backbone, ["bus late"]), embedded(backbone, ["bus late", "one " * 20])[:1]
    np.testing.assert_allclose(alone, among, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)
    with torch.inference_mode():
        hidden = backbone.encoder(input_ids=torch.tensor([[2, 4, 5, 3]])).last_hidden_state[0].mean(0)
    np.testing.assert_allclose(alone[0], (hidden / hidden.norm()).numpy(), atol=1e-5)


def test_pictures_are_prepared_as_the_models_own_processor_does(hub, workspace):
    from transformers import AutoImageProcessor

    model_id = hub("vit")
    backbone = load_backbone(model_id, workspace)
    picture = picture_dataset(workspace, each=1).payload(0)  # 32 x 32: nothing is resized
    ours = get_modality("image").batch([picture], backbone.spec())["pixels"]
    processor = AutoImageProcessor.from_pretrained(model_id.removeprefix("hub:"), backend="pil")
    np.testing.assert_allclose(ours, processor(picture, return_tensors="np")["pixel_values"], atol=1e-5)


@each_kind
def test_a_frozen_hub_model_runs_in_onnx_with_the_same_numbers(hub, workspace, kind):
    backbone = load_backbone(hub(kind), workspace)
    path = onnx_path("tiny-hub", workspace)
    assert export(backbone, path)
    payloads = (
        ["bus", "late lunch pizza zoo", "a few words"]
        if kind == "bert"
        else [picture_dataset(workspace, each=1).payload(i) for i in range(3)]
    )
    batch = get_modality(backbone.card.modality).batch(payloads, backbone.spec())
    np.testing.assert_allclose(OnnxEncoder(path, 1).embed(batch), embedded(backbone, payloads), atol=1e-4)


@pytest.mark.parametrize("strategy", ["head", "full"])
@pytest.mark.parametrize("kind", ["bert", "vit"])
def test_it_can_be_fine_tuned(hub, workspace, kind, strategy):
    dataset = (message_dataset if kind == "bert" else picture_dataset)(workspace, each=4)
    events, result = run_training(dataset, Recipe(model=hub(kind), strategy=strategy, epochs=1), workspace)
    assert events[-1].reason == "completed"
    assert len(result.model.predict([dataset.payload(0)])[0].probabilities) == 3
    assert result.model.card.modality == MODALITY[kind]


def test_a_tuned_hub_model_is_loaded_with_its_own_weights(hub, workspace, tmp_path):
    from core.models.trained import TrainedModel

    dataset = message_dataset(workspace, each=4)
    recipe = Recipe(model=hub("bert"), strategy="full", epochs=2, learning_rate=0.01)
    _, result = run_training(dataset, recipe, workspace)
    folder = tmp_path / "saved"
    folder.mkdir()
    result.model.save(folder)
    loaded = TrainedModel.load(folder, workspace)
    texts = [e.text for e in dataset.examples]
    assert [p.probabilities for p in loaded.predict(texts)] == [p.probabilities for p in result.model.predict(texts)]


def test_other_weights_under_the_same_name_are_another_model(hub, workspace):
    """Else the cache would answer with the embeddings of weights that are gone."""
    dataset = message_dataset(workspace, each=2)
    rows = []
    for seed in (0, 1):
        model_id = hub("bert", seed)
        card = get_card(model_id, workspace)
        rows.append(drain(embed_dataset(dataset, card, lambda i=model_id: load_backbone(i, workspace), workspace)))
    assert not np.allclose(*rows)


def test_a_hub_model_is_in_no_list_until_it_is_named(hub, workspace):
    hub("bert")
    assert [card.id for card in cards(workspace)] == ["efficientnet-lite0", "minilm-l6"]


# --- what is refused ---------------------------------------------------------------------------------------------


def assert_one_paragraph(error: ModelError) -> None:
    assert "\n" not in str(error)
    assert "Traceback" not in str(error)
    assert "efficientnet-lite0" in str(error)
    assert "minilm-l6" in str(error)


@each_kind
def test_weights_that_are_only_pickled_are_refused(hub, workspace, tmp_path, kind):
    model_id = hub(kind)
    folder = tmp_path / kind
    torch.save({}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="safetensors") as caught:
        load_backbone(model_id, workspace)
    assert_one_paragraph(caught.value)


def test_code_of_strangers_is_never_run(workspace, tmp_path):
    (tmp_path / "evil.py").write_text("raise SystemExit('the code of a stranger ran')")
    config = {"model_type": "evil", "auto_map": {"AutoConfig": "evil.EvilConfig", "AutoModel": "evil.EvilModel"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError) as caught:
        get_card(f"hub:{tmp_path}", workspace)
    assert_one_paragraph(caught.value)


@pytest.mark.parametrize(
    "name", ["nobody/no-such-model", "no-such-model", "two words", "", "../..", "/no/such/folder", "a/b/c", "x" * 300]
)
def test_an_unknown_id_offline_is_one_paragraph_that_names_the_models_here(workspace, name):
    with pytest.raises(ModelError, match="could not be fetched") as caught:
        get_card(f"hub:{name}", workspace)
    assert_one_paragraph(caught.value)


@pytest.mark.parametrize("content", ["{", "[]", '{"model_type": "no-such-architecture"}', "{}"])
def test_a_broken_config_is_one_paragraph_too(workspace, tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ModelError) as caught:
        get_card(f"hub:{tmp_path}", workspace)
    assert_one_paragraph(caught.value)


@pytest.mark.parametrize("missing", ["tokenizer.json", "preprocessor_config.json"])
def test_a_model_without_its_preparation_is_refused(hub, workspace, tmp_path, missing):
    kind = "bert" if "token" in missing else "vit"
    model_id = hub(kind)
    for file in (tmp_path / kind).iterdir():
        if file.name == missing or file.name.startswith("tokenizer"):
            file.unlink()
    with pytest.raises(ModelError) as caught:
        load_backbone(model_id, workspace)
    assert_one_paragraph(caught.value)
