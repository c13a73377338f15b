"""Models of a few thousand parameters in the layout of the Hub: every architecture of `hub_families`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
import transformers as t
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import nn

WORDS = ("bus", "late", "lunch", "pizza", "zoo", "a", "few", "words", "one")
BERT_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
ROBERTA_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")

_LAYERS = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
_TEXT = {"vocab_size": len(WORDS) + 4, "max_position_embeddings": 40, **_LAYERS}
_VIT = {**_LAYERS, "image_size": 32, "patch_size": 8, "initializer_range": 0.2}
_DINO = {k: v for k, v in _LAYERS.items() if k != "intermediate_size"} | {
    "mlp_ratio": 2, "image_size": 70, "patch_size": 14, "initializer_range": 0.2,
}  # fmt: skip
# The third stage is deeper than there are stages: the longest list of layers is then one inside a stage.
_DEEP = {"hidden_sizes": [8, 12, 16, 20], "depths": [1, 1, 5, 1], "image_size": 64, "initializer_range": 0.2}

TEXT: dict[str, Callable[[], t.PretrainedConfig]] = {
    "bert": lambda: t.BertConfig(**_TEXT),
    "camembert": lambda: t.CamembertConfig(**_TEXT),
    "distilbert": lambda: t.DistilBertConfig(
        vocab_size=_TEXT["vocab_size"], max_position_embeddings=40, dim=16, n_layers=2, n_heads=2, hidden_dim=24
    ),
    "electra": lambda: t.ElectraConfig(embedding_size=8, **_TEXT),
    "modernbert": lambda: t.ModernBertConfig(
        **_TEXT, pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3
    ),
    "mpnet": lambda: t.MPNetConfig(**_TEXT),
    "roberta": lambda: t.RobertaConfig(type_vocab_size=1, **_TEXT),
    "xlm-roberta": lambda: t.XLMRobertaConfig(type_vocab_size=1, **_TEXT),
}
IMAGE: dict[str, Callable[[], t.PretrainedConfig]] = {
    "convnext": lambda: t.ConvNextConfig(**_DEEP),
    "convnextv2": lambda: t.ConvNextV2Config(**_DEEP),
    "deit": lambda: t.DeiTConfig(**_VIT),
    "dinov2": lambda: t.Dinov2Config(**_DINO),
    "dinov2_with_registers": lambda: t.Dinov2WithRegistersConfig(**_DINO),
    "mobilenet_v2": lambda: t.MobileNetV2Config(
        depth_multiplier=0.1, depth_divisible_by=2, min_depth=2, finegrained_output=False, image_size=64
    ),
    "regnet": lambda: t.RegNetConfig(embedding_size=8, hidden_sizes=[8, 12, 16], depths=[1, 1, 4], groups_width=4),
    "resnet": lambda: t.ResNetConfig(embedding_size=8, hidden_sizes=[8, 12], depths=[1, 3], layer_type="basic"),
    "swin": lambda: t.SwinConfig(
        embed_dim=8, depths=[1, 3], num_heads=[2, 2], window_size=4, image_size=32, patch_size=2, initializer_range=0.2
    ),
    "vit": lambda: t.ViTConfig(**_VIT),
}
KINDS = [*TEXT, *IMAGE]
WIDTHS = {"convnext": 20, "convnextv2": 20, "mobilenet_v2": 128, "regnet": 16, "resnet": 12}
"""Of the embeddings; 16 for all others."""
PROCESSORS = {
    "convnext": "ConvNextImageProcessor", "convnextv2": "ConvNextImageProcessor", "dinov2": "BitImageProcessor",
    "dinov2_with_registers": "BitImageProcessor", "mobilenet_v2": "MobileNetV2ImageProcessor",
}  # fmt: skip


def build(kind: str, folder: Path, seed: int = 0, network: nn.Module | None = None) -> Path:
    """Save a tiny model of this kind, with its tokenizer or image processor; `network` in place of the bare encoder."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {**TEXT, **IMAGE}[kind]()
    if kind in TEXT:
        _tokenizer(folder, BERT_SPECIAL if config.pad_token_id == 0 else ROBERTA_SPECIAL)
    else:
        _processor(folder, PROCESSORS.get(kind, "ViTImageProcessor"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = network or t.AutoModel.from_config(config)
        if any(isinstance(module, nn.BatchNorm2d) for module in network.modules()):
            _settle(network)
    network.eval().save_pretrained(folder)
    return folder


def _settle(network: nn.Module) -> None:
    """Statistics that fit the weights; else the numbers fade from layer to layer, and nothing differs from nothing."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network(pixel_values=torch.randn(8, 3, 64, 64))


def _tokenizer(folder: Path, special: tuple[str, ...]) -> None:
    """No tokenizer of the architecture's own: one that also says which sentence a token is of."""
    begin, pad, end, unknown = (special[i] for i in ((0, 1, 2, 3) if special == ROBERTA_SPECIAL else (2, 0, 3, 1)))
    ids = {word: i for i, word in enumerate((*special, *WORDS))}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        f"{begin} $A {end}", None, [(begin, ids[begin]), (end, ids[end])]
    )
    t.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=pad, unk_token=unknown, cls_token=begin, sep_token=end
    ).save_pretrained(folder)


def _processor(folder: Path, kind: str) -> None:
    about = {
        "image_processor_type": kind, "do_resize": True, "do_rescale": True, "do_normalize": True,
        "rescale_factor": 1 / 255, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.25, 0.5],
        "size": {"height": 32, "width": 32} if kind == "ViTImageProcessor" else {"shortest_edge": 64},
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(about))
