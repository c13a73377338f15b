"""A model as a folder that can be pushed to the Hugging Face Hub as it is, and that `transformers` loads.

    pipeline("text-classification", FOLDER, trust_remote_code=True)      or "image-classification"

`transformers` has no classifier that pools and scales as the ones here do, so the folder brings one along.
"""

from __future__ import annotations

import json
from dataclasses import replace

from safetensors.torch import save

from core.errors import ModelError
from core.export.folder import cases_of
from core.export.licences import licence_file
from core.export.proof import Proof, prove_with, refused
from core.export.script import standalone
from core.messages import Language, Message
from core.models.backbone import HUB_MODULE
from core.models.extended import ExtendedModel
from core.report.contents import Contents
from core.report.render import render_card
from core.results.finished_run import FinishedRun
from core.storage import temporary_folder

_WEIGHTS = "model.safetensors"
_EXPLAINED = "core.export.standalone.classifier"
_CLASSES = {
    "text-classification": ("core.export.standalone.text_classifier", "TextClassifier", "SequenceClassification"),
    "image-classification": ("core.export.standalone.image_classifier", "ImageClassifier", "ImageClassification"),
}
"""For each task of the Hub the source of the classifier, its class, and what `transformers` calls such a one."""
_ANY_CONFIG = "PretrainedConfig"
"""Stands in the source for the configuration of the encoder's own family."""


def hub_folder(run: FinishedRun, model: ExtendedModel, language: Language) -> tuple[dict[str, bytes], Proof]:
    """The files by name, and the proof that `transformers` answers with them as the model does here.

    ModelError where the pretrained model is none of `transformers`; otherwise as `core.export.folder.export`.
    """
    files = _files(run, model, language)
    with temporary_folder(2 * len(files[_WEIGHTS])) as folder:
        cases = [replace(case, similarity=None) for case in cases_of(run, model, folder)]
        for name, content in files.items():
            (folder / name).write_bytes(content)
        asked = {"task": run.dataset.kind.hub_task, "is_text": run.dataset.kind.is_text, "classes": len(model.classes)}
        proof, _ = prove_with(_DRIVER, folder, asked, cases, model.classes, len(files[_WEIGHTS]))
    if not proof.exact:
        raise refused(proof)
    return {**files, "proof.json": json.dumps({_WEIGHTS: proof.to_dict()}, indent=1).encode()}, proof


def _files(run: FinishedRun, model: ExtendedModel, language: Language) -> dict[str, bytes]:
    parts = model.model.backbone.hub_parts(model.model.size)
    if parts is None:
        raise ModelError(
            Message("{model} is not a model of the library transformers.", model=model.model.card.title),
            Message("Export it as a folder instead: it holds the model as ONNX."),
        )
    encoder, preparation = parts
    source, name, task = _CLASSES[run.dataset.kind.hub_task]
    config = encoder.config.to_dict() | {
        "architectures": [name],
        "auto_map": {f"AutoModelFor{task}": f"{HUB_MODULE}.{name}"},
        "id2label": dict(enumerate(model.classes)), "label2id": {label: i for i, label in enumerate(model.classes)},
        "dtype": "float32",
        "finetune_lab": {
            "temperature": model.model.temperature, "normalise": model.head.normalise, "classes": len(model.classes),
            "dimension": model.head.weight.shape[1], "pooler": getattr(encoder, "pooler", None) is not None,
        },
    }  # fmt: skip
    state = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    state |= {f"head.{name}": value for name, value in model.head.state_dict().items()}
    return {
        **preparation,
        "config.json": json.dumps(config, ensure_ascii=False, indent=1).encode(),
        _WEIGHTS: save({name: value.detach().contiguous().clone() for name, value in state.items()}),
        f"{HUB_MODULE}.py": standalone(source, _EXPLAINED, language)
        .replace(_ANY_CONFIG, type(encoder.config).__name__)
        .encode(),
        "README.md": render_card(run, language).encode(),
        "LICENCES.txt": licence_file(Contents(run).licence),
    }


_DRIVER = """
import json, os, pathlib, sys
sys.stdin.reconfigure(encoding="utf-8"); sys.stdout.reconfigure(encoding="utf-8")
folder = pathlib.Path(sys.argv[1])
os.environ.update(HF_HUB_OFFLINE="1", HF_MODULES_CACHE=str(folder / "modules"), TOKENIZERS_PARALLELISM="false")
import transformers
transformers.utils.logging.set_verbosity_error()
asked = json.load(sys.stdin)
classify = transformers.pipeline(asked["task"], str(folder), trust_remote_code=True, device="cpu")
paths = [folder / name for name in asked["files"]]
given = [path.read_text(encoding="utf-8") for path in paths] if asked["is_text"] else [str(path) for path in paths]
options = {"truncation": True} if asked["is_text"] else {}
for name, said in zip(asked["files"], classify(given, top_k=asked["classes"], batch_size=16, **options)):
    shares = {one["label"]: one["score"] for one in said}
    print(json.dumps({"input": name, "label": max(shares, key=shares.get), "probabilities": shares}))
"""
"""What a process of its own does that has the folder and `transformers`, and nothing of this program."""
