"""Messages longer than the model reads."""

from __future__ import annotations

from core.data.findings import Finding
from core.doctor.case import Case
from core.models.catalogue import count_tokens

_WORDS_PER_TOKEN = 0.75
_MANY = 0.1


def long_text(case: Case) -> list[Finding]:
    """Messages whose end the model does not see; a note where they are few. Silent for models from the Hub."""
    if case.is_pictures:
        return []
    limit = case.card.input_size
    texts = {i: example.text or "" for i, example in enumerate(case.dataset.examples)}
    candidates = [i for i, text in texts.items() if len(text) >= limit]  # a token has a character at least
    counts = count_tokens(case.card, [texts[i] for i in candidates], case.workspace)
    tokens = dict(zip(candidates, counts or (), strict=False))
    found = sorted((i for i, count in tokens.items() if count > limit), key=lambda i: (-tokens[i], i))
    if not found:
        return []
    return [
        Finding(
            "long_text",
            "look" if len(found) > _MANY * len(texts) else "note",
            f"{case.many(len(found))} {'is' if len(found) == 1 else 'are'} longer than the model reads",
            f"It reads the first {limit} word pieces, about {round(limit * _WORDS_PER_TOKEN, -1):.0f} English words; "
            "what comes later has no say. If what matters stands at the end, shorten them or split them into parts.",
            len(found),
            case.exhibits(found, lambda i: f"{limit / tokens[i]:.0%} of it is read"),
        )
    ]
