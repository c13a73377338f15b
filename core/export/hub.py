"""A model of messages as a folder that can be pushed to the Hugging Face Hub as it is, and that `transformers` loads.

    AutoModelForSequenceClassification.from_pretrained(FOLDER, trust_remote_code=True)
    pipeline("text-classification", FOLDER, trust_remote_code=True)

`transformers` has no classifier that pools as sentence encoders do, so the folder brings one along.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from safetensors.torch import save
from transformers import PreTrainedTokenizerBase

from core.errors import ModelError
from core.export.folder import cases_of
from core.export.licences import licence_file
from core.export.proof import Proof, prove_with, refused
from core.export.script import standalone
from core.messages import Language, Message
from core.models.extended import ExtendedModel
from core.report.contents import Contents
from core.report.render import render_card
from core.results.finished_run import FinishedRun

_WEIGHTS = "model.safetensors"
_MODULE, _CLASS = "modeling_finetune_lab", "SentenceClassifier"
_SOURCE = f"core.export.standalone.{_MODULE}"
_ANY_CONFIG = "PretrainedConfig"
"""Stands in the source for the configuration of the encoder's own family."""


def hub_folder(run: FinishedRun, model: ExtendedModel, language: Language) -> tuple[dict[str, bytes], Proof]:
    """The files by name, and the proof that `transformers` answers with them as the model does here.

    ModelError where the pretrained model is none of `transformers` that pools over tokens; otherwise as
    `core.export.folder.export`.
    """
    files = _files(run, model, language)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        cases = [replace(case, similarity=None) for case in cases_of(run, model, folder)]
        for name, content in files.items():
            (folder / name).write_bytes(content)
        proof, _ = prove_with(_DRIVER, folder, {}, cases, model.classes, len(files[_WEIGHTS]))
    if not proof.exact:
        raise refused(proof)
    return {**files, "proof.json": json.dumps({_WEIGHTS: proof.to_dict()}, indent=1).encode()}, proof


def _files(run: FinishedRun, model: ExtendedModel, language: Language) -> dict[str, bytes]:
    parts = model.model.backbone.hub_parts()
    if parts is None:
        raise ModelError(
            Message("{model} is not a model of the library transformers.", model=model.model.card.title),
            Message("Export it as a folder instead: it holds the model as ONNX."),
        )
    encoder, tokenizer = parts
    config = encoder.config.to_dict() | {
        "architectures": [_CLASS],
        "auto_map": {"AutoModelForSequenceClassification": f"{_MODULE}.{_CLASS}"},
        "id2label": dict(enumerate(model.classes)), "label2id": {label: i for i, label in enumerate(model.classes)},
        "dtype": "float32",
        "finetune_lab": {
            "temperature": model.model.temperature, "normalise": model.head.normalise, "classes": len(model.classes),
            "dimension": model.head.weight.shape[1], "pooler": getattr(encoder, "pooler", None) is not None,
        },
    }  # fmt: skip
    state = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    state |= {f"head.{name}": value for name, value in model.head.state_dict().items()}
    source = standalone(_SOURCE, _SOURCE)
    tokenizer.model_max_length = model.model.size or model.model.card.input_size
    return {
        **_saved(tokenizer),
        "config.json": json.dumps(config, ensure_ascii=False, indent=1).encode(),
        _WEIGHTS: save({name: value.detach().contiguous().clone() for name, value in state.items()}),
        f"{_MODULE}.py": source.replace(_ANY_CONFIG, type(encoder.config).__name__).encode(),
        "README.md": render_card(run, language).encode(),
        "LICENCES.txt": licence_file(Contents(run).licence),
    }


def _saved(tokenizer: PreTrainedTokenizerBase) -> dict[str, bytes]:
    """The files of a tokenizer."""
    with tempfile.TemporaryDirectory() as place:
        tokenizer.save_pretrained(place)
        return {path.name: path.read_bytes() for path in Path(place).iterdir()}


_DRIVER = """
import json, pathlib, sys
sys.stdin.reconfigure(encoding="utf-8"); sys.stdout.reconfigure(encoding="utf-8")
import os
folder = pathlib.Path(sys.argv[1])
os.environ.update(HF_HUB_OFFLINE="1", HF_MODULES_CACHE=str(folder / "modules"), TOKENIZERS_PARALLELISM="false")
import torch, transformers
transformers.utils.logging.set_verbosity_error()
asked = json.load(sys.stdin)
options = {"trust_remote_code": True, "local_files_only": True}
tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **options)
model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, **options).eval()
for start in range(0, len(asked["files"]), 16):
    names = asked["files"][start : start + 16]
    texts = [(folder / name).read_text(encoding="utf-8") for name in names]
    batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        shares = model(**batch).logits.softmax(1).tolist()
    for name, row in zip(names, shares):
        said = {model.config.id2label[i]: share for i, share in enumerate(row)}
        print(json.dumps({"input": name, "label": max(said, key=said.get), "probabilities": said}))
"""
"""What a process of its own does that has the folder and `transformers`, and nothing of this program."""
