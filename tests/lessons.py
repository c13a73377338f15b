"""A short lesson as a teacher would write it, for tests; and the workspace in which its task is done."""

from __future__ import annotations

from pathlib import Path

from core.lessons.catalogue import own_folder
from core.runs.folder import RunFolder
from core.workspace import Workspace
from tests.helpers import picture_dataset, trained

TEXT = """---
title: Dark and light
question: Can it tell *dark* from light?
place: 3
---

## Guess
```predict
id: score
minutes: 5
unit: percent
low: 0
high: 100
```
How many will be right?

## Do it
```do
id: train
minutes: 20
goal: trained
sample: drawings
strategy: nearest
```
Train it, and come back.

## See
```reveal
of: train
guess: score
minutes: 10
figures: [accuracy, baseline]
```
That is *it*.

## Quiz
```quiz
minutes: 5
questions:
  - {ask: "One?", choices: ["yes", "no"], right: 1, why: "It is."}
  - {ask: "Two?", choices: ["yes", "no"], right: 2, why: "It is not."}
  - {ask: "Three?", choices: ["yes", "no", "both"], right: 3, why: "Both."}
```

## Take home
```take-home
minutes: 5
```
Light is **not** dark.

# For the teacher

- It may be dark.
"""


def write_lesson(folder: Path, text: str = TEXT, name: str = "shades.en.md") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def own_lesson(workspace: Workspace, text: str = TEXT, name: str = "shades.en.md") -> Path:
    """A lesson among the teacher's own."""
    return write_lesson(own_folder(workspace), text, name)


def trained_on_sample(workspace: Workspace, sample: str = "drawings", **recipe: object) -> RunFolder:
    """A finished run on what is kept as a sample."""
    dataset = picture_dataset(workspace)
    if not (workspace.datasets / dataset.id).exists():
        dataset.save(workspace, {"sample": sample})
    return trained(workspace, dataset, **recipe)
