"""Every model that can be chosen, by id."""

from __future__ import annotations

import json

import pytest
import torch

from core.errors import ModelError
from core.messages import NOTHING
from core.modalities import MODALITIES
from core.models import catalogue as catalog
from core.models.catalogue import BLANK, BUNDLED, base_card, cards, get_card, is_tuned, languages_there, usual_model
from core.models.trained import TrainedModel, load_backbone
from core.training.spec.recipe import Recipe
from tests.core.doctor.test_doctor import messages
from tests.helpers import picture_dataset, run_training


@pytest.fixture
def finished(workspace, tiny_models):
    """Train a tiny picture model into a run folder of this name."""

    def train(run_id: str, model: str = "tiny-image", strategy: str = "head", **options) -> TrainedModel:
        recipe = Recipe(model=model, strategy=strategy, epochs=2, **options)
        _, result = run_training(picture_dataset(workspace, each=4), recipe, workspace)
        folder = workspace.runs / run_id
        folder.mkdir()
        result.model.save(folder)
        return result.model

    return train


def test_the_bundled_models_need_nothing_else(workspace):
    assert [card.id for card in cards(workspace)] == [card.id for card in (*BUNDLED, *BLANK)]
    assert all(get_card(card.id, workspace) is card for card in BUNDLED)


def test_identities_are_all_different():
    assert len({card.identity for card in BUNDLED}) == len({card.id for card in BUNDLED}) == len(BUNDLED)


def test_an_unknown_model_is_met_with_a_suggestion_and_the_list(workspace):
    with pytest.raises(ModelError, match=r"no model called 'minilm'.*Did you mean 'minilm-l6'\?.*efficientnet-lite0"):
        get_card("minilm", workspace)
    with pytest.raises(ModelError) as caught:
        get_card("zzzzzz", workspace)
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize("bad", ["run:", "run:..", "run:../datasets", "run:/etc", "run:nosuchrun", "run:a\x00b"])
def test_a_run_that_is_not_there_is_a_model_error(workspace, bad):
    for ask in (get_card, base_card, load_backbone):
        with pytest.raises(ModelError, match="no finished run"):
            ask(bad, workspace)


@pytest.mark.parametrize("kind", MODALITIES.values(), ids=list(MODALITIES))
def test_every_kind_of_example_has_a_model_to_begin_with(kind, workspace):
    card = get_card(kind.default_model, workspace)
    assert card.modality == kind.name
    assert not card.blank


# --- one's own runs as models ------------------------------------------------------------------------------------


def test_a_tuned_run_joins_the_list_under_its_own_identity(finished, workspace):
    finished("r-full", strategy="full")
    (own,) = [card for card in cards(workspace) if card.id.startswith("run:")]
    assert own == get_card("run:r-full", workspace)
    assert own.id == "run:r-full"
    assert own.identity not in {card.identity for card in catalog.BUNDLED}
    assert own.dimension == 12
    assert "shades" in str(own.title)
    assert "dark, light, and middle" in str(own.knows)
    assert is_tuned("run:r-full", workspace)


def test_a_run_that_trained_only_its_head_is_its_base_to_the_cache(finished, workspace, tiny_models):
    finished("r-head")
    card = get_card("run:r-head", workspace)
    assert card.identity == tiny_models["image"].identity
    assert "run:r-head" not in {card.id for card in cards(workspace)}
    assert not is_tuned("run:r-head", workspace)


def test_two_tuned_runs_have_two_identities(finished, workspace):
    finished("r-one", strategy="full")
    finished("r-two", strategy="full")
    assert len({get_card(f"run:{name}", workspace).identity for name in ("r-one", "r-two")}) == 2
    assert [card.id for card in cards(workspace) if card.id.startswith("run:")] == ["run:r-two", "run:r-one"]


def test_the_backbone_of_a_tuned_run_has_its_weights_and_its_card(finished, workspace):
    model = finished("r-full", strategy="full", learning_rate=0.01)
    backbone = load_backbone("run:r-full", workspace)
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(value, backbone.state_dict()[name]), name
    assert backbone.card == get_card("run:r-full", workspace)
    assert not backbone.training


def test_training_from_a_run_remembers_where_it_came_from(finished, workspace, tmp_path):
    parent = finished("r-full", strategy="full", learning_rate=0.01)
    child = finished("r-child", model="run:r-full", seed=1)
    assert child.parent == "run:r-full"
    assert child.card == parent.card
    assert child.tuned, "its backbone is nobody else's, so it must be saved whole"
    loaded = TrainedModel.load(workspace.runs / "r-child", workspace)
    for name, value in parent.backbone.state_dict().items():
        assert torch.equal(value, loaded.backbone.state_dict()[name]), name
    assert loaded.parent == "run:r-full"
    assert base_card("run:r-child", workspace).id == "tiny-image"


def test_a_chain_of_runs_outlives_its_first_link(finished, workspace):
    import shutil

    finished("r-full", strategy="full", learning_rate=0.01)
    child = finished("r-child", model="run:r-full", seed=1)
    shutil.rmtree(workspace.runs / "r-full")
    payload = picture_dataset(workspace, each=1).payload(0)
    loaded = TrainedModel.load(workspace.runs / "r-child", workspace)
    assert loaded.predict([payload])[0].probabilities == child.predict([payload])[0].probabilities


def test_training_from_a_head_only_run_starts_at_its_base(finished, workspace):
    finished("r-head")
    again = finished("r-again", model="run:r-head", seed=1)
    assert again.parent == "run:r-head"
    assert not again.tuned
    assert get_card("run:r-again", workspace).identity == get_card("tiny-image", workspace).identity


def test_the_embeddings_of_a_tuned_run_are_not_those_of_its_base(finished, workspace):
    """Were the cache keyed by the base, the child would train on the wrong numbers."""
    from core.events import drain
    from core.models.embeddings import embed_dataset

    finished("r-full", strategy="full", learning_rate=0.05)
    dataset = picture_dataset(workspace, each=4)
    rows = [
        drain(
            embed_dataset(
                dataset, get_card(name, workspace), lambda name=name: load_backbone(name, workspace), workspace
            )
        )
        for name in ("tiny-image", "run:r-full")
    ]
    assert abs(rows[0] - rows[1]).max() > 1e-3


def test_a_stray_folder_among_the_runs_does_not_hide_the_models(finished, workspace):
    finished("r-full", strategy="full")
    stray = workspace.runs / "Copy of my run"
    stray.mkdir()
    (stray / "model.json").write_bytes((workspace.runs / "r-full" / "model.json").read_bytes())
    ids = [card.id for card in cards(workspace)]
    assert ids[:2] == ["efficientnet-lite0", "minilm-l6"]
    assert "run:r-full" in ids


def test_cards_can_be_written_down():
    for card in BUNDLED:
        assert type(card).from_dict(json.loads(json.dumps(card.to_dict()))) == card


@pytest.mark.parametrize(
    ("code", "known"), [("zh", True), ("zh-TW", True), ("pt_BR", True), ("EN", True), ("vi", False)]
)
def test_a_card_says_whether_a_language_is_known(code, known, workspace):
    assert get_card("use-multilingual", workspace).knows_language(code) is known
    assert get_card("small-text", workspace).knows_language(code) is None


def test_every_pretrained_model_for_texts_says_its_languages_and_source():
    texts = [card for card in BUNDLED if card.modality == "text" and not card.fits]
    assert [card.id for card in texts] == ["minilm-l6", "multilingual-e5-small", "use-multilingual"]
    assert all(card.languages and card.source for card in texts)


SPANISH = ("El autobús llegó tarde esta mañana", "La sopa estaba fría otra vez", "La comida de hoy estuvo muy rica")
KOREAN = ("오늘 버스가 많이 늦었어요", "점심 메뉴가 아주 맛있었습니다", "내일 박물관에 가고 싶어요")


@pytest.mark.parametrize(("texts", "here", "model"), [
    (SPANISH, True, "multilingual-e5-small"), (KOREAN, False, "use-multilingual"), (("ok", "42"), True, "minilm-l6"),
    (("The bus was late this morning", "The soup was cold again", "Lunch was lovely today"), True, "minilm-l6"),
])  # fmt: skip
def test_the_model_to_begin_with_knows_the_language_of_the_texts(texts, here, model, monkeypatch):
    absent = () if here else ("multilingual-e5-small",)
    monkeypatch.setattr(catalog, "missing", lambda name: ModelError(NOTHING) if name in absent else None)
    dataset = messages([(text, "a") for text in texts])
    assert usual_model(dataset) == model
    assert get_card(model, None).knows_language((languages_there(dataset) or ("en",))[0])


def test_of_pictures_no_language_is_asked(workspace):
    dataset = picture_dataset(workspace, each=1)
    assert languages_there(dataset) == () and usual_model(dataset) == "efficientnet-lite0"
