"""What is said of Hub models that lie on this computer: in the Hub's own cache, or in a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import torch
from huggingface_hub import constants

from core.errors import ModelError
from core.models import catalogue as catalog
from core.models import hub as hub_cache
from core.models.hub import FAMILIES, make_card
from core.models.hub_files import Weights, read_licence
from core.models.trained import load_backbone
from tests.helpers import PROJECT
from tests.tiny_hub import build

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cached(tmp_path, monkeypatch):
    """Put a tiny model into a Hub cache of the test's own, as `huggingface_hub` lays it out; returns its folder."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))

    def put(kind: str, name: str, commit: str = COMMIT, repo: str = "models"):
        place = tmp_path / "cache" / f"{repo}--{name.replace('/', '--')}"
        (place / "refs").mkdir(parents=True, exist_ok=True)
        (place / "refs" / "main").write_text(commit)
        (place / "blobs").mkdir(exist_ok=True)
        return build(kind, place / "snapshots" / commit)

    return put


def change(folder, file: str, **facts: object) -> None:
    about = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps(about | facts))


# --- the list ----------------------------------------------------------------------------------------------------


def test_without_a_cache_there_is_nothing_to_list(tmp_path, monkeypatch, workspace):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "nothing"))
    assert hub_cache.cached_cards() == []
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "file"))
    assert hub_cache.cached_cards() == []
    assert catalog.cards(workspace) == [*catalog.BUNDLED, *catalog.BLANK]


def test_models_in_the_cache_are_offered_and_can_be_loaded(cached, workspace):
    cached("vit", "someone/tiny-vit")
    cached("distilbert", "tiny-words")
    offered = {card.id: card for card in catalog.cards(workspace) if card.id.startswith("hub:")}
    assert list(offered) == ["hub:someone/tiny-vit", "hub:tiny-words"]
    for model_id, card in offered.items():
        assert card == catalog.get_card(model_id, workspace)
        backbone = load_backbone(model_id, workspace)
        with torch.inference_mode():
            assert backbone(**backbone.example_inputs()).shape == (2, card.dimension)


def test_what_cannot_be_used_is_not_offered(cached):
    (cached("vit", "a/pickled") / "model.safetensors").unlink()
    change(cached("vit", "a/other-kind"), "config.json", model_type="clip")
    change(cached("vit", "a/with-code"), "config.json", auto_map={"AutoModel": "evil.Evil"})
    (cached("vit", "a/unprepared") / "preprocessor_config.json").unlink()
    (cached("vit", "a/no-config") / "config.json").unlink()
    half = cached("vit", "a/half") / "model.safetensors"
    half.write_bytes(half.read_bytes()[:-10])
    cached("vit", "a/pictures", repo="datasets")
    cached("vit", "a/good")
    assert [str(card.title) for card in hub_cache.cached_cards()] == ["a/good"]


def test_a_newer_commit_is_another_model_to_the_cache_of_embeddings(cached, workspace):
    cached("vit", "a/b")
    before = catalog.get_card("hub:a/b", workspace)
    cached("vit", "a/b", commit=COMMIT[::-1])
    after = catalog.get_card("hub:a/b", workspace)
    assert before.identity != after.identity
    assert before.identity.startswith("hub-a-b-0123456789ab-")


def test_a_long_folder_name_makes_a_file_name_that_every_system_takes(tmp_path, workspace):
    folder = build("vit", tmp_path / ("very long " * 12) / ("名" * 60))
    identity = catalog.get_card(f"hub:{folder}", workspace).identity
    assert len(identity) < 120
    assert identity.isascii()
    assert not set(identity) & set('/\\:*?"<>| ')


# --- what the card says ------------------------------------------------------------------------------------------


def test_a_model_in_several_files_is_counted_whole(cached, workspace):
    import transformers

    whole = catalog.get_card(f"hub:{cached('bert', 'a/whole')}", workspace)
    folder = cached("bert", "a/several")
    transformers.AutoModel.from_pretrained(folder).save_pretrained(folder, max_shard_size="8KB")
    (folder / "model.safetensors").unlink(missing_ok=True)
    assert len(list(folder.glob("*.safetensors"))) > 1
    card = catalog.get_card("hub:a/several", workspace)
    assert card.parameters == whole.parameters == load_backbone("hub:a/several", workspace).card.parameters
    next(folder.glob("*.safetensors")).unlink()
    assert "a/several" not in [str(card.title) for card in hub_cache.cached_cards()]


def test_an_index_cannot_point_out_of_its_folder(cached, workspace, tmp_path):
    folder = cached("bert", "a/b")
    (folder / "model.safetensors").rename(tmp_path / "elsewhere.safetensors")
    index = {"weight_map": {"x": "../../../../../elsewhere.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert hub_cache.cached_cards() == []


@pytest.mark.parametrize(
    ("page", "licence"),
    [
        ("---\nlicense: apache-2.0\ntags: [x]\n---\n# A model\n", "apache-2.0"),
        ("---\nlicense: other\nlicense_name: my-own\n---\n", "my-own"),
        ("---\nlicense: other\n---\n", "other"),
        ("---\nlicense: [mit, gpl]\n---\n", ""),
        ("---\nlicense: ''\n---\n", ""),
        ("---\nlicense: {broken\n---\n", ""),
        ("---\n- a list\n---\n", ""),
        ("# No facts at the top\n", ""),
        (None, ""),
    ],
)
def test_the_licence_is_the_one_on_its_page(tmp_path, page, licence):
    if page is not None:
        (tmp_path / "README.md").write_text(page)
    assert read_licence(tmp_path) == licence


@pytest.mark.parametrize(
    ("kind", "facts", "size"),
    [
        ("vit", {"image_size": 384}, 384),
        ("vit", {"image_size": [256, 256]}, 256),
        ("vit", {}, 224),
        ("dinov2", {"image_size": 518}, 224),
        ("resnet", {"image_size": 0}, 224),
        ("bert", {"max_position_embeddings": 512}, 256),
        ("bert", {}, 256),
        ("bert", {"max_position_embeddings": 128}, 128),
        ("roberta", {"max_position_embeddings": 130, "pad_token_id": 1}, 128),
        ("xlm-roberta", {"max_position_embeddings": 130}, 128),
        ("xlm-roberta", {"max_position_embeddings": 514}, 256),
    ],
)
def test_the_input_size_follows_from_the_config(kind, facts, size, tiny_weights):
    assert make_card("a/b", {"model_type": kind, **facts}, tiny_weights, "", COMMIT).input_size == size


@pytest.mark.parametrize("kind", FAMILIES)
def test_what_an_old_config_leaves_out_is_what_transformers_takes_for_it(kind, tiny_weights):
    import transformers

    usual = transformers.AutoConfig.for_model(kind).to_dict()
    facts = {name: value for name, value in usual.items() if value is not None} | {"model_type": kind}
    bare, full = (make_card("a/b", about, tiny_weights, "", COMMIT) for about in ({"model_type": kind}, facts))
    assert (bare.dimension, bare.stages, bare.input_size) == (full.dimension, full.stages, full.input_size)


@pytest.fixture
def tiny_weights():
    name = "mobilenet_v2.conv_1x1.convolution.weight"
    return Weights({name: (128, 6, 1, 1)}, {name: "F32"}, 3072)


# --- without torch -----------------------------------------------------------------------------------------------


def test_the_server_can_list_and_ask_without_torch(cached, tmp_path):
    cached("vit", "a/b")
    program = (
        "import sys\n"
        "from core.models import catalogue as catalog\n"
        "from core.workspace import Workspace\n"
        "workspace = Workspace.default()\n"
        "card = catalog.get_card('hub:a/b', workspace)\n"
        "assert catalog.cards(workspace)[-1] == card\n"
        "print(sorted({'torch', 'transformers', 'onnxruntime'} & set(sys.modules)))"
    )
    environment = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_a_hub_model_is_not_searched_for_in_the_folder_one_is_in(tmp_path, monkeypatch):
    """An empty name is no folder, even where the current one holds a model."""
    monkeypatch.chdir(build("vit", tmp_path / "here"))
    with pytest.raises(ModelError, match="could not be fetched"):
        hub_cache.get_card("hub:")
