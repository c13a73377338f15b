"""The licences of what lies in an export, with their texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.messages import Message

_TEXTS = Path(__file__).parent / "licence_texts"
_OURS = "2026 the Finetune Lab developers"


def licences(of_weights: str, *, in_browser: bool) -> Iterator[tuple[Message, str]]:
    """What is licensed, and the text of its licence. `of_weights` is the licence of the pretrained weights ("" where it
    is not known, or there are none); a page for browsers holds libraries too."""
    if of_weights:
        what = Message("Pretrained weights")
        yield Message("{what}: {licence}", what=what, licence=of_weights), _text(of_weights, "its authors")
    yield Message("{what}: {licence}", what=Message("The program code"), licence="MIT"), _text("MIT", _OURS)
    if in_browser:
        yield Message("{what}: {licence}", what="ONNX Runtime", licence="MIT"), _text("MIT", "Microsoft Corporation")
        yield (
            Message("{what}: {licence}", what="Hugging Face Tokenizers", licence="Apache-2.0"),
            _text("Apache-2.0", ""),
        )


def licence_file(of_weights: str) -> bytes:
    """All of them as one text file."""
    return "\n\n".join(f"{what}\n\n{text}" for what, text in licences(of_weights, in_browser=False)).encode()


def _text(licence: str, holder: str) -> str:
    """The name alone where the text is not known: pretrained weights may come from anywhere."""
    known = {path.stem.casefold(): path for path in _TEXTS.glob("*.txt")}
    path = known.get(licence.casefold())
    return licence if path is None else path.read_text(encoding="utf-8").replace("{holder}", holder)
