"""An exported model as one HTML file, which answers by itself in a browser: from a memory stick, without a network.

The file holds ONNX Runtime for browsers (WebAssembly, one thread), the small network, what its inputs need, samples
and the model card. The browser's runtime is not part of this project's source: building or installing it fetches the
pinned packages (`core/export/web/hatch_build.py`) and puts what is needed into the folder `RUNTIME`.
"""

from __future__ import annotations

import base64
import gzip
import json
import mimetypes
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from core.export.licences import licences
from core.export.proof import Proof
from core.messages import Language, Message
from core.modalities.base import Modality, OfflinePage
from core.models.card import ModelCard
from core.models.catalogue import CATALOGUE
from core.report.contents import Contents
from core.report.render import HTML, environment, render_card
from core.results.finished_run import FinishedRun

LARGEST = 60_000_000
"""Bytes. Above that, browsers of phones give up."""
MOST_LIVE = 160_000_000
"""Bytes of a network that the browser on this computer is given to answer live."""
_WEB = Path(__file__).parent / "web"
RUNTIME = _WEB / "runtime"
"""`ort.mjs`, `ort.wasm` and `tokenizers.mjs`, with their licences."""
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; media-src blob: mediastream:; base-uri 'none'; form-action 'none'"
)
"""It may run what lies in it, and fetch and send nothing."""
_PACKED = 4 / 3
"""Base64 makes four letters of three bytes."""
_COMPRESSED = 0.93
"""Weights in whole numbers, compressed: 20.95 of 22.7 MB for MiniLM."""
_RUNTIME_BYTES = 5_100_000
"""What the runtime takes in the file."""

_TEXTS = (".txt", ".json")
"""Samples that stand in the page as the text they are, by the ending of their files."""
_WORDS = {
    "ready": Message("The model is ready."),
    "working": Message("Working ..."),
    "failed": Message("This browser cannot run the model: {why}", why="{why}"),
    "none": Message(
        "**None of these**. If it must be one of them: {label}, confidence {share}", label="{label}", share="{share}"
    ),
    "confidence": Message("**{label}**, confidence {share}", label="{label}", share="{share}"),
    "similarity": Message("Similarity {share}", share="{share}"),
    "more": Message("All others: {n}", n="{n}"),
    "pace": Message("answers a second: {n}", n="{n}"),
    "same": Message(
        "Same answer on {same} of {n}. Confidence differs by at most {largest}.", same="{same}", n="{n}",
        largest="{largest}",
    ),
}  # fmt: skip
"""What the script says; it puts the values in."""
_THRESHOLD = {
    "likeness": Message("“None of these” when the similarity to its training examples is below"),
    "sure": Message("“None of these” when its confidence is below"),
}


@dataclass(frozen=True)
class Network:
    """A network, what was proven of it, and its answers to the cases of that proof."""

    content: bytes
    proof: Proof
    answers: Sequence[Mapping[str, Any]]


def no_page(kind: Modality[Any, Any], card: ModelCard) -> Message | None:
    """Why no page can be made of a model with the network of `card`; None where one can."""
    if kind.page is None:
        return Message("A model for {kind} cannot be a single file for browsers yet.", kind=kind.many)
    size = expected_bytes(card)
    return _no_runtime() or (too_large(size) if size > LARGEST else None)


def _no_runtime() -> Message | None:
    if (RUNTIME / "ort.wasm").exists():
        return None
    return Message(
        "The single file cannot be made here: what runs a model in a browser was not fetched when Finetune Lab was "
        "installed. Install it again on a computer with a network; everything else works without it."
    )


def expected_bytes(card: ModelCard) -> int:
    """About how large the file gets with the smaller network of such a model: a byte for each weight, before they are
    compressed. A packed table takes what it does in its own file, where the other weights take half a byte."""
    parts = [card, CATALOGUE[card.features]] if card.features else [card]  # a network on the features of another one
    network = sum(
        part.megabytes * 1e6 + (part.parameters - part.packed) / 2 if part.packed else part.parameters * _COMPRESSED
        for part in parts
    )
    return int(_RUNTIME_BYTES + network * _PACKED)


def too_large(size: int) -> Message:
    return Message(
        "As a single file it would have about {size:bytes}. Browsers open up to {most:bytes} well. Take the folder, or "
        "train with a smaller pretrained model.",
        size=size, most=LARGEST,
    )  # fmt: skip


def offline_page(
    run: FinishedRun,
    config: Mapping[str, Any],
    files: Mapping[str, bytes],
    small: Network,
    exact: Proof,
    samples: Sequence[Mapping[str, Any]],
    language: Language,
) -> bytes:
    """The file. `config`, `files` and `samples` are those of the folder (`core.export.folder`); `exact` is the proof of
    the network in float32, with which the `small` one is compared."""
    contents, page = Contents(run), run.dataset.kind.page
    assert page is not None
    samples_held = [_sample(one, small, files, config["classes"]) for one in samples]
    about = _about(page, config, language) | {"samples": samples_held}
    held = _held(config, files, small.content)
    card = render_card(run, language)
    text = environment(language, HTML, "core.export").get_template("page.html.j2").render(
        run=contents, language=language.code, policy=_POLICY, classes=config["classes"], samples=len(samples),
        style=Markup(_source("page.css")), script=_script(page, "whole_page"),
        threshold_label=_THRESHOLD[config["none_below"]["by"]], proof=small.proof, exact=exact, card=card,
        licences=licences(contents.licence, in_browser=True),
        about=_as_json(about), held=held,
    )  # fmt: skip
    return text.encode()


def no_live_page(kind: Modality[Any, Any]) -> Message | None:
    """Why a model cannot answer live in a browser; None where it can."""
    if kind.page is None or not kind.page.live:
        return Message("A model for {kind} has nothing to look at or to listen to.", kind=kind.many)
    return _no_runtime()


def live_page(
    run: FinishedRun, config: Mapping[str, Any], files: Mapping[str, bytes], network: bytes, language: Language
) -> bytes:
    """The page that shows what the camera or the microphone gives and what the `network` says of it, and no more."""
    page = run.dataset.kind.page
    assert page is not None
    facts = [run.dataset.examples[i].facts for i in run.split.train]
    about = _about(page, config, language) | {"live": page.live, "window": run.dataset.kind.window(facts)}
    text = environment(language, HTML, "core.export").get_template("live.html.j2").render(
        run=Contents(run), language=language.code, policy=_POLICY, style=Markup(_source("page.css")),
        script=_script(page, "live_page"), about=_as_json(about), held=_held(config, files, network),
    )  # fmt: skip
    return text.encode()


@cache
def live_version() -> str:
    """Changes when a page that answers live would be made of other parts than one that was made before."""
    parts = [path.read_bytes() for path in sorted(_WEB.glob("*.[jc]s*")) if path.suffix in (".js", ".css")]
    return f"{zlib.crc32(b''.join([*parts, (RUNTIME / 'made_of.json').read_bytes()])):08x}"


def _about(page: OfflinePage, config: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """What the script must know."""
    return {
        "language": language.locale.language,
        "words": {key: language.render(said) for key, said in {**_WORDS, **page.words}.items()},
        "classes": config["classes"], "input": config["input"], "none_below": config["none_below"],
    }  # fmt: skip


def _held(config: Mapping[str, Any], files: Mapping[str, bytes], network: bytes) -> dict[str, Markup]:
    """What lies in the page, by name, packed."""
    held = {"runtime": _runtime("ort.mjs"), "runtime-wasm": _runtime("ort.wasm"), "network": _packed(network)}
    if "tokenizer" in config["input"]:
        held["tokenizers"] = _runtime("tokenizers.mjs")
    for words in {"tokenizer", "vocabulary", "terms"} & config["input"].keys():
        held["tokenizer"] = _packed(files[config["input"][words]])
    return held


def _script(page: OfflinePage, begin: str) -> Markup:
    """All that a page runs; `begin` is the function that it begins with."""
    return Markup("".join(_source(name) for name in (page.script, "page.js", "live.js")) + f"\n{begin}();\n")


def _as_json(about: Mapping[str, Any]) -> Markup:
    return Markup(json.dumps(about, ensure_ascii=False).replace("<", "\\u003c"))


def _source(name: str) -> str:
    return (_WEB / name).read_text(encoding="utf-8")


@cache
def _runtime(name: str) -> Markup:
    """A file of the browser's runtime, packed once: that takes more than a second, and then 5 MB."""
    return _packed((RUNTIME / name).read_bytes())


def _packed(content: bytes) -> Markup:
    return Markup(base64.b64encode(gzip.compress(content, mtime=0)).decode())


def _sample(
    sample: Mapping[str, Any], small: Network, files: Mapping[str, bytes], classes: Sequence[str]
) -> dict[str, Any]:
    """A sample with its content (base64 of a file, or the text) and what the network of the page said of it here."""
    name = f"samples/{sample['input']}"
    said = next(answer for answer in small.answers if answer["input"] == name)
    is_text = Path(name).suffix in _TEXTS
    return {
        "type": mimetypes.guess_type(name)[0],
        "content": files[name].decode() if is_text else base64.b64encode(files[name]).decode(),
        "truth": sample["truth"], "label": said["label"],
        "probabilities": [said["probabilities"][label] for label in classes],
    }  # fmt: skip
