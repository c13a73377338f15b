"""Small, plain builders that many tests share."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from core.data.dataset import Dataset, Example
from core.data.findings import load_findings, save_findings
from core.events import Event, drain
from core.jobs.base import run_job
from core.modalities import get_modality
from core.runs.folder import RunFolder
from core.storage import read_json, write_json
from core.training.engine.train import TrainingResult, train
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

PROJECT = Path(__file__).resolve().parents[1]
Result = TypeVar("Result")


def run_apart(work: Coroutine[Any, Any, Result]) -> Result:
    """What it comes to, in a thread of its own: that of a test may have a loop that runs, for the browser of others."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def encoded(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    """`picture` as the bytes of a file."""
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def png(colour: tuple[int, int, int] = (10, 20, 30), size: tuple[int, int] = (8, 8)) -> bytes:
    """A one-coloured PNG file."""
    return encoded(Image.new("RGB", size, colour))


def write_tree(root: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with these files in it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def write_zip(path: Path, entries: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    """A zip with these entries, in order; names may repeat and need not be honest."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def pictures_in_classes(*classes: str, each: int = 2) -> dict[str, bytes]:
    """Different little PNG files, `each` in every class folder."""
    names = [f"{label}/{number}.png" for label in classes for number in range(each)]
    return {name: png((i * 7 % 256, i * 31 % 256, i * 101 % 256)) for i, name in enumerate(names)}


def example(digest: str, label: str, split: str | None = None) -> Example:
    return Example(digest, label, f"{digest}.png", None, split)


def bare_dataset(examples: Sequence[Example], modality: str = "image") -> Dataset:
    """A data set without anything behind it, for whatever only looks at ids and labels."""
    return Dataset("bare", modality, tuple(examples), Path("nowhere"))


def picture_dataset(workspace: Workspace, each: int = 8, side: int = 32, seed: int = 0) -> Dataset:
    """Noisy dark, middling and light pictures: three classes that overlap a little."""
    rng = np.random.default_rng(seed)
    kind = get_modality("image")
    examples = []
    for label, level in (("dark", 105), ("light", 150), ("middle", 127)):
        for number in range(each):
            noise = rng.normal(level + rng.normal(0, 8), 40, (side, side, 3)).clip(0, 255).astype(np.uint8)
            raw = encoded(Image.fromarray(noise))
            digest = kind.digest(raw)
            kind.keep(kind.read(raw), digest, workspace.examples)
            examples.append(Example(digest, label, f"{label}/{number}.png"))
    return Dataset("shades", "image", tuple(examples), workspace.examples)


def sound_dataset(workspace: Workspace, each: int = 8) -> Dataset:
    """Deep, middling and high tones in some noise, half a second each."""
    rng, kind, examples = np.random.default_rng(0), get_modality("sound"), []
    for label, hertz in (("deep", 200), ("high", 3000), ("middle", 800)):
        for number in range(each):
            wave = np.sin(2 * np.pi * hertz * rng.uniform(0.9, 1.1) * np.arange(8_000) / 16_000)
            ending, raw = kind.exported((0.3 * wave + rng.normal(0, 0.02, 8_000)).astype(np.float32))
            digest = kind.digest(raw)
            kind.keep(kind.read(raw), digest, workspace.examples)
            examples.append(Example(digest, label, f"{label}/{number}{ending}", facts=kind.facts(raw)))
    return Dataset("tones", "sound", tuple(examples), workspace.examples)


def message_dataset(workspace: Workspace, each: int = 8) -> Dataset:
    """Messages of three classes, with one misleading word here and there."""
    words = {
        "bus": ["bus", "late", "stop", "driver", "route"],
        "lunch": ["lunch", "pizza", "menu", "allergy", "canteen"],
        "trip": ["museum", "coach", "ticket", "friday", "zoo"],
    }
    kind = get_modality("text")
    rng = np.random.default_rng(1)
    examples = []
    for label, own in words.items():
        for number in range(each):
            chosen = [*rng.choice(own, 3), str(rng.choice(words["bus"])), f"n{number}"]
            text = " ".join(chosen)
            examples.append(Example(kind.digest(text.encode()), label, f"row {number}", text))
    return Dataset("messages", "text", tuple(examples), workspace.examples)


def row_dataset(workspace: Workspace, each: int = 12, seed: int = 0, **more: Sequence[str]) -> Dataset:
    """Rows of flowers: two numbers that tell three classes apart, a colour that helps, gaps, and a number that says
    nothing; `more` columns have these cells in turn."""
    rng, kind, examples = np.random.default_rng(seed), get_modality("table"), []
    for label, size, colour in (("aster", 2.0, "white"), ("lily", 4.0, "red"), ("rose", 6.0, "red")):
        for number in range(each):
            row = {
                "petal": f"{rng.normal(size, 0.5):.2f}",
                "leaf": "" if number % 5 == 4 else f"{rng.normal(10 - size, 1):.2f} cm",
                "colour": colour if rng.random() < 0.9 else "blue",
                "day": f"{rng.uniform(0, 100):.1f}",
                **{name: cells[len(examples) % len(cells)] for name, cells in more.items()},
            }
            raw = json.dumps(row).encode()
            examples.append(Example(kind.digest(raw), label, f"row {len(examples) + 2}", kind.keep(row, "", Path())))
    return Dataset("flowers", "table", tuple(examples), workspace.examples)


def run_training(
    dataset: Dataset, recipe: Recipe, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> tuple[list[Event], TrainingResult | None]:
    """Every event of a training run, and what it leaves."""
    events: list[Event] = []
    result = drain(train(dataset, recipe, workspace, run="r1", stop=stop), events.append)
    return events, result


def looked_over(dataset: Dataset, workspace: Workspace) -> None:
    """There is nothing wrong with it, unless something is known already: else whoever asks for a score looks for wrong
    labels, with a real model."""
    if load_findings(dataset.id, workspace) is None:
        save_findings(dataset.id, workspace, [], complete=True)


def trained(workspace: Workspace, dataset: Dataset, *, title: str = "T", **recipe: object) -> RunFolder:
    """A run that the training job finished; of the tiny model of its kind, by the nearest average, unless said."""
    if not (workspace.datasets / dataset.id).exists():
        dataset.save(workspace)
    looked_over(dataset, workspace)
    asked = {"model": f"tiny-{dataset.modality}", "strategy": "nearest", **recipe}
    run = RunFolder.create(workspace.runs, "train", title, {"dataset": dataset.id, "recipe": asked})
    ended = run_job(run, workspace, lambda: False)
    assert ended.reason == "completed", ended.message
    return run


def only(kind: type[Event], events: Iterable[Event]) -> list:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def edit(file: Path, **changes: object) -> None:
    """Change what a sealed JSON file of a workspace says."""
    about = read_json(file)
    assert isinstance(about, dict), about
    write_json(file, {**about, **changes})


def wait_until(condition: Callable[[], object], patience: float = 120.0) -> None:
    """Return as soon as `condition` holds; fail when it never does."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "what was waited for never came"
        time.sleep(0.02)
