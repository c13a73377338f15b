"""What is fetched from the Hub, from one that runs inside the test; and how soon one gives up without it."""

from __future__ import annotations

import shutil
import socket
import time

import pytest
from huggingface_hub import constants

from core.errors import ModelError
from core.models import hub as hub_cache
from core.models import hub_files
from core.models.catalogue import get_card
from core.models.trained import load_backbone
from tests.tiny_hub import build


def test_a_model_is_described_from_little_and_then_fetched_whole(tiny_hub, workspace):
    folder = build("bert", tiny_hub.root / "owner" / "words")
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    (folder / "pytorch_model.bin").write_bytes(b"pickled")
    build("bert", folder / "onnx")
    card = get_card("hub:owner/words", workspace)
    assert (card.licence, card.modality, card.dimension) == ("mit", "text", 16)
    fetched = [path for path in tiny_hub.asked if "/resolve/" in path]
    assert not any("token" in path for path in fetched), "only what the card needs"
    assert hub_cache.cached_cards() == [], "it is not here yet"
    backbone = load_backbone("hub:owner/words", workspace)
    assert backbone.card.parameters == card.parameters
    assert get_card("hub:owner/words", workspace).identity == card.identity
    assert [here.id for here in hub_cache.cached_cards()] == ["hub:owner/words"]
    assert not any(path.endswith(".bin") or "/onnx/" in path for path in tiny_hub.asked if "/resolve/" in path)
    asked = len(tiny_hub.asked)
    load_backbone("hub:owner/words", workspace)
    assert len(tiny_hub.asked) == asked, "what is here is not asked for again"


def test_a_model_without_safetensors_is_refused_before_it_is_fetched(tiny_hub, workspace):
    folder = build("bert", tiny_hub.root / "owner" / "words")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="no weights as safetensors"):
        get_card("hub:owner/words", workspace)
    assert not any(path.endswith("pytorch_model.bin") for path in tiny_hub.asked)


def test_a_model_that_the_hub_does_not_have_is_one_sentence(tiny_hub, workspace):
    build("bert", tiny_hub.root / "owner" / "words")
    with pytest.raises(ModelError, match="'owner/other' could not be fetched: the Hugging Face Hub has no such model"):
        get_card("hub:owner/other", workspace)
    assert tiny_hub.asked


def test_a_gated_model_says_what_its_makers_ask_for(tiny_hub, workspace):
    build("bert", tiny_hub.root / "owner" / "words")
    tiny_hub.gated = {"owner/words"}
    with pytest.raises(ModelError, match="only to accounts of the Hugging Face Hub that agreed") as caught:
        get_card("hub:owner/words", workspace)
    assert "hf auth login" in str(caught.value)


def test_a_model_that_is_too_large_is_refused_before_it_is_fetched(tiny_hub, workspace, monkeypatch):
    folder = build("bert", tiny_hub.root / "owner" / "words")
    monkeypatch.setattr(hub_cache, "_MOST_BYTES", folder.joinpath("model.safetensors").stat().st_size // 2)
    with pytest.raises(ModelError, match="'owner/words' is too large"):
        get_card("hub:owner/words", workspace)
    assert not hub_files.cached_names() or hub_files.find("owner/words") is None


def test_a_disk_without_room_is_said_before_anything_is_fetched(tiny_hub, monkeypatch):
    build("bert", tiny_hub.root / "owner" / "words")
    monkeypatch.setattr(hub_files.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9e6, 5e6, 4e6))
    with pytest.raises(ModelError, match="takes 5 MB on the disk, which has 4 MB left"):
        hub_files.fetch_model("owner/words", 5e6)
    assert tiny_hub.asked == []


def test_a_page_that_asks_again_and_again_asks_the_hub_once(tiny_hub, workspace):
    build("bert", tiny_hub.root / "owner" / "words")
    card = get_card("hub:owner/words", workspace)
    asked = len(tiny_hub.asked)
    assert get_card("hub:owner/words", workspace) == card and len(tiny_hub.asked) == asked


# --- without a network -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["nobody/no-such-model", "no-such-model", "two words", "", "../..", "/no/such/folder", "a/b/c", "x" * 300]
)
def test_an_unknown_id_offline_is_one_paragraph_that_names_the_models_here(workspace, name):
    with pytest.raises(ModelError, match="could not be fetched") as caught:
        get_card(f"hub:{name}", workspace)
    assert "\n" not in str(caught.value)
    assert "efficientnet-lite0" in str(caught.value)
    assert "minilm-l6" in str(caught.value)


def _refuses() -> socket.socket:
    raise ConnectionRefusedError


def _hangs() -> socket.socket:
    time.sleep(30)
    raise TimeoutError


def _is_no_hub() -> socket.socket:
    """As behind a sign-in page: a connection there is, but what comes over it is nothing one could use."""
    ours, theirs = socket.socketpair()
    theirs.sendall(b"Please sign in first.\n")
    theirs.close()
    return ours


@pytest.mark.parametrize("connect", [_refuses, _hangs, _is_no_hub])
def test_without_a_network_one_gives_up_within_three_seconds(online, workspace, monkeypatch, connect):
    tried = []
    monkeypatch.setattr(constants, "ENDPOINT", "http://hub.invalid")
    monkeypatch.setattr(socket, "create_connection", lambda place, *args, **options: tried.append(place) or connect())
    began = time.monotonic()
    with pytest.raises(ModelError, match="could not be fetched"):
        get_card("hub:nobody/no-such-model", workspace)
    assert time.monotonic() - began < 3
    assert tried == [("hub.invalid", 80)]


def test_a_name_that_is_no_id_never_asks_the_network(online, workspace, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *args, **options: pytest.fail("the network was asked"))
    with pytest.raises(ModelError, match="could not be fetched"):
        get_card("hub:two words", workspace)
