"""Messages as the numbers of their pieces, cut by the library `tokenizers`. Exported models carry this file's source
along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class Pieces:
    """A `Tokenizer`, called as one of `transformers` is. Shorter messages of a batch are filled up with `pad_id`.

    Several threads may call it with the same `max_length`, since it is then left as it is.
    """

    def __init__(self, tokenizer: Any, max_length: int, pad_id: int, pad_token: str) -> None:
        self.tokenizer = tokenizer
        self.pad_token_id, self.pad_token = pad_id, pad_token
        tokenizer.enable_truncation(max_length)
        tokenizer.enable_padding(pad_id=pad_id, pad_token=pad_token)

    def __call__(
        self, texts: Sequence[str], *, padding: bool, truncation: bool, max_length: int, return_tensors: str
    ) -> dict[str, np.ndarray]:
        if self.tokenizer.truncation["max_length"] != max_length:
            self.tokenizer.enable_truncation(max_length)
        found = self.tokenizer.encode_batch(list(texts))
        return {
            "input_ids": np.array([one.ids for one in found], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in found], dtype=np.int64),
            "token_type_ids": np.array([one.type_ids for one in found], dtype=np.int64),
        }
