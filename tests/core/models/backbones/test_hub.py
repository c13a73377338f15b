"""Every architecture of the Hub that is let in, loaded for real from a local folder: no network, no pickles."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from transformers import AutoImageProcessor, BertForMaskedLM, ViTForImageClassification

from core.errors import ModelError
from core.events import drain
from core.modalities import get_modality
from core.models.catalogue import get_card
from core.models.embeddings import embed_dataset
from core.models.encoders import OnnxEncoder, TorchEncoder, frozen_encoder
from core.models.hub import FAMILIES
from core.models.trained import TrainedModel, load_backbone
from core.models.trunk import cut, gathered
from core.training.spec.recipe import Recipe
from core.workspace import Workspace
from tests.helpers import message_dataset, picture_dataset, run_training
from tests.tiny_hub import IMAGE, KINDS, TEXT, WIDTHS, build

MESSAGES = ["bus", "late lunch pizza zoo", "a few words", "one " * 60]
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Where the tiny model of each kind lies; each is made once and must not be changed."""
    root = tmp_path_factory.mktemp("hub")
    made = {}

    def folder(kind: str, seed: int = 0):
        if (kind, seed) not in made:
            made[kind, seed] = build(kind, root / f"{kind}-{seed}", seed)
        return made[kind, seed]

    return folder


@pytest.fixture(scope="module")
def loaded(folders, tmp_path_factory):
    """The tiny model of each kind, loaded once; nobody may change its weights."""
    workspace = Workspace(tmp_path_factory.mktemp("shared"))
    known = {}

    def backbone(kind: str):
        if kind not in known:
            known[kind] = load_backbone(f"hub:{folders(kind)}", workspace)
        return known[kind]

    return backbone


@pytest.fixture
def own(tmp_path):
    """The id of a tiny model in a folder that the test may change."""

    def made(kind: str, seed: int = 0, network: nn.Module | None = None) -> str:
        return f"hub:{build(kind, tmp_path / kind, seed, network)}"

    return made


def examples(kind: str) -> list:
    if kind in TEXT:
        return MESSAGES
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)) for _ in range(3)]


def batch_of(backbone, payloads, size: int | None = None) -> dict[str, np.ndarray]:
    return get_modality(backbone.card.modality).batch(payloads, backbone.spec(size))


def embedded(backbone, payloads, size: int | None = None) -> np.ndarray:
    batch = batch_of(backbone, payloads, size)
    with torch.inference_mode():
        return backbone(**{name: torch.from_numpy(values) for name, values in batch.items()}).numpy()


# --- every architecture ------------------------------------------------------------------------------------------


def test_there_is_a_tiny_model_of_every_architecture():
    assert sorted(KINDS) == sorted(FAMILIES)


@each_kind
def test_the_card_estimates_what_is_loaded(folders, loaded, workspace, kind):
    card, backbone = get_card(f"hub:{folders(kind)}", workspace), loaded(kind)
    found = embedded(backbone, examples(kind))
    assert card.modality == ("text" if kind in TEXT else "image")
    assert card.dimension == found.shape[1] == WIDTHS.get(kind, 16)
    assert card.stages == len(backbone.layer_groups())
    assert card.parameters == backbone.card.parameters == sum(p.numel() for p in backbone.parameters())
    assert card.megabytes == pytest.approx(card.parameters * 4 / 1e6, abs=0.1)
    assert np.ptp(found, axis=0).max() > 0.05, "a model to which all is the same would pass every comparison"
    assert not any(module.training for module in backbone.modules())


@each_kind
def test_its_input_size_is_one_that_can_be_used(loaded, kind):
    """Else its very first recipe is refused, or the longest message has no place for its last words."""
    card = loaded(kind).card
    if kind in IMAGE:
        assert Recipe(model="m", image_size=card.input_size).image_size == card.input_size
    else:
        usable = 38 if kind in ("camembert", "mpnet", "roberta", "xlm-roberta") else 40
        assert card.input_size == usable
        assert batch_of(loaded(kind), MESSAGES)["input_ids"].shape[1] == usable


@each_kind
def test_stages_hold_every_parameter_once_and_in_the_order_in_which_they_run(loaded, kind):
    backbone = loaded(kind)
    stages = backbone.layer_groups()
    at = {id(p): number for number, stage in enumerate(stages) for p in stage.parameters}
    assert sum(len(stage.parameters) for stage in stages) == len(at)
    assert set(at) == {id(p) for p in backbone.parameters()}
    reached: list[int] = []

    def note(module: nn.Module, inputs: object) -> None:
        reached.extend(at[id(p)] for p in module.parameters(recurse=False))

    # A table of relative positions is looked up first of all, though it is listed, and used, later.
    hooks = [m.register_forward_pre_hook(note) for m in backbone.modules() if list(m.parameters(recurse=False))]
    embedded(backbone, examples(kind))
    for hook in hooks:
        hook.remove()
    assert reached == sorted(reached)
    assert set(reached) == set(range(len(stages)))


@each_kind
def test_the_gradient_reaches_every_stage(loaded, kind):
    backbone = copy.deepcopy(loaded(kind))
    found = backbone(**backbone.example_inputs())
    (found * torch.linspace(-1, 1, found.shape[1])).sum().backward()
    for stage in backbone.layer_groups():
        assert any(p.grad is not None and p.grad.abs().max() > 0 for p in stage.parameters), stage.name


@each_kind
def test_it_can_be_cut_where_the_parts_give_the_same(loaded, kind):
    backbone = loaded(kind)
    middle = len(backbone.layer_groups()) // 2 + (kind in TEXT)
    parts = cut(backbone, middle, backbone.card.input_size)
    if not FAMILIES[kind].separable:
        assert parts is None
        return
    trunk, above, shape = parts
    assert not above.training
    batch = batch_of(backbone, examples(kind))
    rows = trunk.rows(TorchEncoder(trunk).embed(batch), batch)
    with torch.inference_mode():
        found = above(**gathered([np.ravel(row) for row in rows], shape, torch.device("cpu")))
    np.testing.assert_allclose(found.numpy(), embedded(backbone, examples(kind)), atol=1e-5)
    learning = {id(p) for stage in backbone.layer_groups()[middle:] for p in stage.parameters}
    assert {id(p) for p in above.parameters()} <= learning, "what is cut off learns as a part of the whole"
    assert not {id(p) for p in trunk.below.parameters()} & learning


@each_kind
def test_a_frozen_model_gives_the_same_numbers_in_onnx_at_every_size(loaded, workspace, kind):
    backbone = loaded(kind)
    encoder = frozen_encoder(backbone, workspace)
    # Registers come with a way to stretch positions that ONNX does not know: PyTorch goes on by itself.
    assert isinstance(encoder, TorchEncoder if kind == "dinov2_with_registers" else OnnxEncoder)
    for size in (None,) if kind in TEXT else (backbone.card.input_size, 96):
        expected = embedded(backbone, examples(kind), size)
        found = encoder.embed(batch_of(backbone, examples(kind), size))
        np.testing.assert_allclose(found, expected, atol=1e-4 * max(1.0, np.abs(expected).max()))


@each_kind
def test_it_can_forget(loaded, kind):
    backbone = copy.deepcopy(loaded(kind))
    known, found = embedded(backbone, examples(kind)), []
    torch.manual_seed(1)  # with the seed that it was made with, it would come to be what it was
    for _ in range(2):
        backbone.forget()
        found.append(embedded(backbone, examples(kind)))
    assert np.isfinite(found).all()
    for one, other in ((known, found[0]), (known, found[1]), (found[0], found[1])):
        assert not np.allclose(one, other, rtol=1e-3, atol=0)
    norms = [module for module in backbone.modules() if isinstance(module, nn.BatchNorm2d)]
    assert all(norm.momentum == 0.1 for norm in norms), "statistics would be those of the last batch alone"


@each_kind
def test_there_are_layers_for_adapters(loaded, kind):
    backbone = loaded(kind)
    modules = dict(backbone.named_modules())
    targets = backbone.adapter_targets()
    assert targets
    assert all(isinstance(modules[name], nn.Linear | nn.Conv2d) for name in targets)


@pytest.mark.parametrize("kind", TEXT)
def test_a_messages_embedding_does_not_depend_on_its_neighbours(loaded, kind):
    alone, among = embedded(loaded(kind), ["bus late"]), embedded(loaded(kind), ["bus late", "one " * 20])[:1]
    np.testing.assert_allclose(alone, among, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)


# --- details -----------------------------------------------------------------------------------------------------


def test_messages_are_pooled_over_their_real_tokens(loaded):
    backbone = loaded("bert")
    with torch.inference_mode():
        hidden = backbone.encoder(input_ids=torch.tensor([[2, 4, 5, 3]])).last_hidden_state[0].mean(0)
    np.testing.assert_allclose(embedded(backbone, ["bus late"])[0], (hidden / hidden.norm()).numpy(), atol=1e-5)


@pytest.mark.parametrize("normalised", [True, False])
def test_pictures_are_prepared_as_the_models_own_processor_does(own, workspace, tmp_path, normalised):
    model_id = own("vit")
    about = tmp_path / "vit" / "preprocessor_config.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"do_normalize": normalised}))
    backbone = load_backbone(model_id, workspace)
    picture = picture_dataset(workspace, each=1).payload(0)  # 32 x 32: nothing is resized
    processor = AutoImageProcessor.from_pretrained(model_id.removeprefix("hub:"), backend="pil")
    expected = processor(picture, return_tensors="np")["pixel_values"]
    np.testing.assert_allclose(batch_of(backbone, [picture])["pixels"], expected, atol=1e-5)


def test_a_pooler_that_was_never_trained_is_not_used(own, workspace):
    """`transformers` would fill it with random numbers: another embedding each time it is loaded."""
    config = IMAGE["vit"]()
    config.num_labels = 5
    model_id = own("vit", network=ViTForImageClassification(config))
    one, other = (load_backbone(model_id, workspace) for _ in range(2))
    pixels = one.example_inputs()["pixels"]
    with torch.no_grad():
        expected = one.network(pixel_values=pixels).last_hidden_state[:, 0]
        assert torch.equal(one(pixels=pixels), expected)
        assert torch.equal(other(pixels=pixels), expected)
        trunk, above, _ = cut(one, 2, 32)
        torch.testing.assert_close(above(activations=trunk(pixels=pixels)), expected)
    card = get_card(model_id, workspace)
    assert card.parameters == one.card.parameters, "the head that was left out is not counted"
    one.forget()


def test_a_head_that_was_saved_with_it_is_left_out(own, workspace):
    model_id = own("bert", network=BertForMaskedLM(TEXT["bert"]()))
    backbone = load_backbone(model_id, workspace)
    assert get_card(model_id, workspace).parameters == backbone.card.parameters
    np.testing.assert_array_equal(embedded(backbone, MESSAGES), embedded(load_backbone(model_id, workspace), MESSAGES))


@pytest.mark.parametrize("strategy", ["partial", "lora"])
@pytest.mark.parametrize("kind", ["roberta", "vit"])
def test_it_can_be_fine_tuned(folders, workspace, kind, strategy):
    dataset = (message_dataset if kind in TEXT else picture_dataset)(workspace, each=4)
    layers = {"layers": 1} if strategy == "partial" else {}
    recipe = Recipe(model=f"hub:{folders(kind)}", strategy=strategy, epochs=1, **layers)
    events, result = run_training(dataset, recipe, workspace)
    assert events[-1].reason == "completed"
    assert len(result.model.predict([dataset.payload(0)])[0].probabilities) == 3
    assert result.model.card.modality == dataset.modality


@pytest.mark.parametrize("kind", ["distilbert", "vit"])
def test_a_tuned_hub_model_is_loaded_with_its_own_weights(folders, workspace, tmp_path, kind):
    dataset = (message_dataset if kind in TEXT else picture_dataset)(workspace, each=4)
    recipe = Recipe(model=f"hub:{folders(kind)}", strategy="full", epochs=2, learning_rate=0.01)
    _, result = run_training(dataset, recipe, workspace)
    folder = tmp_path / "saved"
    folder.mkdir()
    result.model.save(folder)
    found = TrainedModel.load(folder, workspace)
    payloads = [dataset.payload(i) for i in range(6)]
    assert [p.probabilities for p in found.predict(payloads)] == [
        p.probabilities for p in result.model.predict(payloads)
    ]


def test_other_weights_under_the_same_name_are_another_model(own, workspace):
    """Else the cache would answer with the embeddings of weights that are gone."""
    dataset = message_dataset(workspace, each=2)
    rows = []
    for seed in (0, 1):
        model_id = own("bert", seed)
        card = get_card(model_id, workspace)
        rows.append(drain(embed_dataset(dataset, card, lambda i=model_id: load_backbone(i, workspace), workspace)))
    assert not np.allclose(*rows)


def test_another_way_to_prepare_examples_is_another_model_too(own, workspace, tmp_path):
    before = get_card(own("vit"), workspace).identity
    about = tmp_path / "vit" / "preprocessor_config.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"image_mean": [0.1, 0.1, 0.1]}))
    assert get_card(f"hub:{tmp_path / 'vit'}", workspace).identity != before


# --- what is refused ---------------------------------------------------------------------------------------------


def assert_one_paragraph(error: ModelError) -> None:
    assert "\n" not in str(error)
    assert "Traceback" not in str(error)
    assert "efficientnet-lite0" in str(error)
    assert "minilm-l6" in str(error)


@pytest.mark.parametrize("kind", ["bert", "resnet"])
def test_weights_that_are_only_pickled_are_refused(own, workspace, tmp_path, kind):
    model_id = own(kind)
    torch.save({}, tmp_path / kind / "pytorch_model.bin")
    (tmp_path / kind / "model.safetensors").unlink()
    for ask in (get_card, load_backbone):
        with pytest.raises(ModelError, match="safetensors") as caught:
            ask(model_id, workspace)
        assert_one_paragraph(caught.value)


@pytest.mark.parametrize("kind", ["evil", "bert"])
def test_code_of_strangers_is_never_run(workspace, tmp_path, kind):
    build("bert", tmp_path)
    (tmp_path / "evil.py").write_text("raise SystemExit('the code of a stranger ran')")
    config = json.loads((tmp_path / "config.json").read_text()) | {
        "model_type": kind, "auto_map": {"AutoConfig": "evil.EvilConfig", "AutoModel": "evil.EvilModel"},
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="programs of strangers are never run") as caught:
        load_backbone(f"hub:{tmp_path}", workspace)
    assert_one_paragraph(caught.value)


def test_no_loader_is_ever_told_to_trust_code_or_pickles(own, workspace, monkeypatch):
    import transformers

    told = []
    for name in ("AutoModel", "AutoTokenizer", "AutoImageProcessor"):
        loader = getattr(transformers, name)

        def asked(*args: object, _real=loader.from_pretrained, _name=name, **options: object) -> object:
            told.append((_name, options["trust_remote_code"], options.get("use_safetensors")))
            return _real(*args, **options)

        monkeypatch.setattr(loader, "from_pretrained", asked)
    load_backbone(own("bert"), workspace)
    load_backbone(own("resnet"), workspace)
    assert sorted(told, key=str) == [
        ("AutoImageProcessor", False, None), ("AutoModel", False, True), ("AutoModel", False, True),
        ("AutoTokenizer", False, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "no readable config"),
        ("[]", "no readable config"),
        ('{"model_type": "no-such-architecture"}', "no-such-architecture.*these can: bert, camembert"),
        ('{"model_type": "clip"}', "clip"),
        ("{}", "cannot be used here"),
        ('{"model_type": ["vit"]}', "cannot be used here"),
        ('{"model_type": "vit", "num_channels": 1}', "colour"),
        ('{"model_type": "vit", "hidden_size": "wide"}', "no sense"),
        ('{"model_type": "resnet", "depths": 5}', "no sense"),
    ],
)
def test_a_config_that_cannot_be_used_is_one_paragraph_too(own, workspace, tmp_path, content, says):
    model_id = own("vit")
    (tmp_path / "vit" / "config.json").write_text(content)
    with pytest.raises(ModelError, match=says) as caught:
        get_card(model_id, workspace)
    assert_one_paragraph(caught.value)


@pytest.mark.parametrize(("kind", "missing"), [("bert", "tokenizer"), ("vit", "preprocessor_config")])
def test_a_model_without_its_preparation_is_refused(own, workspace, tmp_path, kind, missing):
    model_id = own(kind)
    for file in (tmp_path / kind).glob(f"{missing}*"):
        file.unlink()
    with pytest.raises(ModelError, match=missing) as caught:
        load_backbone(model_id, workspace)
    assert_one_paragraph(caught.value)


def test_weights_that_do_not_fit_the_config_are_refused(own, workspace, tmp_path):
    """A layer more than there are weights for would begin with random numbers, and nobody would know."""
    model_id = own("bert")
    about = tmp_path / "bert" / "config.json"
    for change in ({"num_hidden_layers": 3}, {"hidden_size": 20}, {"num_attention_heads": 5}):
        sound = json.loads(about.read_text())
        about.write_text(json.dumps(sound | change))
        with pytest.raises(ModelError, match="do not fit together") as caught:
            load_backbone(model_id, workspace)
        assert_one_paragraph(caught.value)
        about.write_text(json.dumps(sound))


@pytest.mark.parametrize("cut_to", [0, 4, 100, -1])
def test_weights_that_are_cut_short_are_refused_before_they_are_read(own, workspace, tmp_path, cut_to):
    model_id = own("bert")
    file = tmp_path / "bert" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:cut_to])
    with pytest.raises(ModelError, match=r"damaged file: model\.safetensors") as caught:
        get_card(model_id, workspace)
    assert_one_paragraph(caught.value)
