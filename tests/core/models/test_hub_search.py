"""The short list of models of the Hub, and what the Hub finds; it runs inside the test."""

from __future__ import annotations

import json

import pytest

from core.__main__ import main
from core.data.languages import LANGUAGES
from core.errors import ModelError
from core.models.card import base_language
from core.models.hub import FAMILIES
from core.models.hub_search import SUGGESTED, is_here, look_for, suggested


def _found(name: str, kind: str = "bert", **others: object) -> dict[str, object]:
    facts = {"config": {"model_type": kind}, "gated": False, "cardData": {"license": "mit", "language": "fr"}}
    return {"id": name, "safetensors": {"parameters": {"F32": 25_000_000}, "total": 25_000_000}, **facts, **others}


def test_the_list_says_what_there_is_to_know():
    assert {model.modality for model in SUGGESTED} == {family.modality for family in FAMILIES.values()}
    for model in SUGGESTED:
        assert str(model.good_for) and model.licence and 10 < model.megabytes < 1000
        assert bool(model.languages) == (model.modality == "text")
        assert model.name.count("/") == 1 and not is_here(model.id)
    spoken = {base_language(code) for model in SUGGESTED for code in model.languages}
    assert spoken - {"ku", "nb"} <= set(LANGUAGES), "languages that are never told would be left out of every list"


def test_texts_are_offered_models_that_know_their_language():
    chinese = [model.name for model in suggested("text", ["zh", "en"])]
    assert "BAAI/bge-small-zh-v1.5" in chinese and "BAAI/bge-small-en-v1.5" not in chinese
    assert suggested("text", ["pt-BR"]) and suggested("text", ["ig"]) == []
    assert len(suggested("image")) == len(suggested("image", ["zh"])) > 1


def test_what_the_hub_finds_is_offered_as_far_as_it_can_be_used(tiny_hub):
    tiny_hub.found = [
        _found("a/words"), _found("a/speech", "wav2vec2"), _found("a/gated", gated="manual"), _found("a/photos", "vit"),
        _found("a/program", config={"model_type": "bert", "auto_map": {"AutoModel": "own.Model"}}),
        _found("a/bare", cardData=None, safetensors=None),
    ]  # fmt: skip
    words, bare = look_for("french", ["text"])
    assert (words.id, words.megabytes, words.licence, words.languages) == ("hub:a/words", 100.0, "mit", ("fr",))
    assert (bare.id, bare.megabytes, bare.licence, bare.languages) == ("hub:a/bare", 0.0, "", ())
    assert [model.name for model in look_for("french", ["image"])] == ["a/photos"]


def test_without_the_hub_that_is_one_sentence(workspace):
    with pytest.raises(ModelError, match="cannot be reached"):
        look_for("french", ["text"])


def test_the_command_line_lists_them(tiny_hub, capsys):
    assert main(["models", "--hub", "--kind", "text", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["modality"] for row in rows} == {"text"} and not any(row["installed"] for row in rows)
    tiny_hub.found = [_found("a/words"), _found("a/photos", "vit")]
    assert main(["models", "--search", "anything"]) == 0
    said = capsys.readouterr().out
    assert "hub:a/words" in said and "hub:a/photos" in said and "French" in said
