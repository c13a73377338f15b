"""Full fine-tuning on messages against the Hugging Face Trainer."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from typing import Any

from benchmarks.bench import TEXTS, Bench, recipe
from benchmarks.pairs import interleaved, timed
from benchmarks.table import Measured
from core.data.dataset import Dataset
from core.models.backbones.hub import quiet_transformers
from core.models.text_packages import minilm_folder
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe

_PER_CLASS = 50
_MAX_LENGTH = 256


def full_text(bench: Bench) -> Measured:
    """Nobody is judged on either side. Ours loads the model and fits a probe within its time; the Trainer's model is
    loaded, and its messages are turned into tokens, before its clock starts."""
    whole, shots = bench.messages(("trec",)), 4 if bench.quick else _PER_CLASS
    dataset, few = _evenly(whole, shots), _evenly(whole, 2)
    asked = recipe(TEXTS, "full", epochs=bench.epochs(3), shots=shots)
    filled = make_plan(dataset, asked, bench.workspace).recipe
    warm = recipe(TEXTS, "full", epochs=1, shots=2)
    bench.train(few, warm)
    _trainer_seconds(few, make_plan(few, warm, bench.workspace).recipe)
    return interleaved(
        timed(lambda: bench.train(dataset, asked), bench.forget_embeddings),
        lambda: _trainer_seconds(dataset, filled),
        bench.pairs,
        note=f"{len(dataset.examples)} messages, {filled.epochs} epochs, batches of {filled.batch_size}, "
        f"learning rate {filled.learning_rate:g}, at most {_MAX_LENGTH} tokens; nobody is judged",
    )


def _evenly(whole: Dataset, shots: int) -> Dataset:
    """The first so many messages of each class: all of them will teach."""
    own = {label: [e for e in whole.examples if e.label == label][:shots] for label in whole.classes}
    return replace(whole, examples=tuple(example for part in own.values() for example in part))


def _trainer_seconds(dataset: Dataset, filled: Recipe) -> float:
    """Seconds of `Trainer.train()`, with everything that is not said here as the library has it."""
    trainer = _trainer(dataset, filled)
    began = time.perf_counter()
    trainer.train()
    return time.perf_counter() - began


def _trainer(dataset: Dataset, filled: Recipe) -> Any:
    transformers = quiet_transformers()
    folder = str(minilm_folder())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=len(dataset.classes))
    arguments = transformers.TrainingArguments(
        output_dir=tempfile.gettempdir(), per_device_train_batch_size=filled.batch_size,
        num_train_epochs=filled.epochs, learning_rate=filled.learning_rate, weight_decay=filled.weight_decay, seed=0,
        use_cpu=True, eval_strategy="no", save_strategy="no", logging_strategy="no", report_to="none",
        disable_tqdm=True,
    )  # fmt: skip
    trainer = transformers.Trainer(
        model=model, args=arguments, train_dataset=_tokens(dataset, tokenizer),
        data_collator=transformers.DataCollatorWithPadding(tokenizer),
    )  # fmt: skip
    trainer.remove_callback(transformers.PrinterCallback)
    return trainer


def _tokens(dataset: Dataset, tokenizer: Any) -> list[dict[str, Any]]:
    classes = dataset.classes
    return [
        {**tokenizer(example.text, truncation=True, max_length=_MAX_LENGTH), "labels": classes.index(example.label)}
        for example in dataset.examples
    ]
