"""Every file of a workspace damaged in six ways, one at a time, and what each verb and each page makes of it.

The long form, by hand (`--only` takes a part of a file's name, `--ways` some of the ways):

    python -m tests.chaos.damage [--seed N] [--only NAME] [--ways WAY ...]

It prints the matrix, the files by the ways, and whatever is not as it should be: a traceback, a page that is lost, a
verb or a page that fails although it has nothing to do with the file, damage that nobody noticed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.__main__ import main as command_line
from core.data.dataset import Dataset
from core.data.findings import save_findings
from core.hardware import note_speed
from core.jobs.base import run_job
from core.modalities import MODALITIES
from core.models.catalogue import BUNDLED
from core.runs.folder import RunFolder, list_jobs
from core.runs.local import InProcess, LocalLauncher
from core.workspace import Workspace
from tests.helpers import PROJECT, message_dataset, picture_dataset, png

WAYS: dict[str, Callable[[bytes, random.Random], bytes | None]] = {
    "empty": lambda content, chance: b"",
    "half": lambda content, chance: content[: len(content) // 2],
    "zeros": lambda content, chance: bytes(len(content)),
    "not UTF-8": lambda content, chance: _overwritten(content, chance.randrange(len(content)), b"\xff\xfe\xff"),
    "one bit": lambda content, chance: _flipped(content, chance.randrange(8 * len(content))),
    "gone": lambda content, chance: None,
}

MADE_AGAIN = ("cache/*", "datasets/*/findings.json", "runs/*/reference.safetensors")
"""What follows from other files: nobody needs to be told, it is made anew."""
LOST_WITHOUT_A_WORD = ("jobs/*", "runs/*/added/*.jpg", "uploads/*")
"""What only lasts as long as somebody looks at it, and small pictures that stand beside words."""
BY_HAND = ("settings.json",)
"""Written by a person, so without a checksum: with one bit changed it may say something else that makes sense."""
AS_IF_UNDONE = ("runs/*/added/*", "settings.json")
"""To take back what was added is to delete its file, so one that is gone was taken back; and whoever deletes the
settings has the usual ones."""
NOT_OURS = ("*.lock", "worker.log", "*/error.txt")


def _overwritten(content: bytes, at: int, by: bytes) -> bytes:
    return (content[:at] + by + content[at + len(by) :])[: len(content)] or by


def _flipped(content: bytes, bit: int) -> bytes:
    spoilt = bytearray(content)
    spoilt[bit // 8] ^= 1 << bit % 8
    return bytes(spoilt)


# --- a workspace with something of everything ------------------------------------------------------------------------


@dataclass
class Contents:
    """What lies in the workspace, by the names that observations use."""

    ids: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        return text.format(**self.ids)

    def owners(self, file: str) -> set[str]:
        """The names of what a file belongs to."""
        return {name for name, made in self.ids.items() if f"/{made}/" in f"/{file}"}


def make_workspace(workspace: Workspace) -> Contents:
    """Made once, by the real code, with models of a few hundred parameters, on a computer whose speed is known."""
    made = Contents()
    for model in (*(card.id for card in BUNDLED), "tiny-image", "tiny-text"):
        for work in ("embed", "probe-top", "probe-full"):
            note_speed(workspace, model, work, 100, 1.0)
    pictures, messages = picture_dataset(workspace, each=6), message_dataset(workspace, each=6)
    for name, dataset in (("pictures", pictures), ("messages", messages)):
        dataset.save(workspace)
        save_findings(dataset.id, workspace, [], complete=True)
        made.ids[name] = dataset.id

    def train(name: str, dataset: Dataset, strategy: str, **options: object) -> None:
        recipe = {"model": f"tiny-{dataset.modality}", "strategy": strategy, "epochs": 2, **options}
        folder = RunFolder.create(workspace.runs, "train", name, {"dataset": dataset.id, "recipe": recipe})
        assert run_job(folder, workspace, lambda: False).reason == "completed"
        made.ids[name] = folder.id

    train("tuned", pictures, "full")
    train("last", pictures, "head")
    train("texts", messages, "head")
    picture = workspace.root.with_name("new.png")
    picture.write_bytes(png((200, 10, 10), (32, 32)))
    made.ids["png"] = str(picture)
    for words in (
        "teach {tuned} --class red {png}", "teach {texts} --class goal football", "predict {texts} bus",
        "fewshot dataset:{pictures} --model tiny-image --ways 2 --shots 1 --episodes 5",
        "compare {tuned} {last}",
    ):  # fmt: skip
        assert call(made.fill(words))[0] == 0, words
    for folder in list_jobs(workspace.studies):
        made.ids[folder.request["study"]] = folder.id
    (workspace.root / "settings.json").write_text(json.dumps({"limits": {"rows": 1000}}))
    return made


# --- what is observed ------------------------------------------------------------------------------------------------

VERBS = (
    "runs", "datasets", "models", "remove", "score {tuned}", "score {last}", "score {texts}", "failures {tuned}",
    "calibration {tuned}", "curves {tuned} --epoch 1", "report {tuned} --out {out} --force", "card {tuned}",
    "predict {tuned} {png} --none-below usual", "predict {texts} bus --none-below usual", "teach {tuned}",
    "teach {texts}", "explain {last} {png}", "explain {texts} bus", "check dataset:{pictures} --quick",
    "check dataset:{messages} --quick", "edit dataset:{messages} --hold-back 0.3", "compare {tuned} {last}",
    "train dataset:{pictures} --model tiny-image --strategy head --epochs 1",
    "train dataset:{messages} --model run:{texts} --strategy head --epochs 1",
    "fewshot dataset:{pictures} --model tiny-image --ways 2 --shots 1 --episodes 2", "check {table} --quick",
)  # fmt: skip
PAGES = (
    "studio/studio.py", "understand/result.py", "prepare/data.py", "understand/result.py?run={tuned}&part=failures",
    "prepare/data.py?dataset={pictures}", "understand/result.py?run={tuned}&part=sure",
    "prepare/data.py?dataset={messages}", "understand/result.py?run={tuned}&part=learning",
    "train/train.py?dataset={messages}", "understand/result.py?run={tuned}&part=time", "train/train.py?run={tuned}",
    "understand/result.py?run={tuned}&part=report", "train/train.py?run={texts}",
    "understand/result.py?run={texts}&part=failures", "studies/comparison.py",
    "studies/few_shot.py?dataset={pictures}&study={few_shot}", "studies/comparison.py?runs={tuned},{last}",
    "studies/few_shot.py?dataset={messages}", "use/try_it.py?run={tuned}",
    "studies/learning_curve.py?dataset={pictures}", "use/try_it.py?run={texts}",
    "studies/transfer.py?dataset={messages}", "studies/benchmark.py?dataset={pictures}",
)  # fmt: skip
"""No two of one script follow each other: what was chosen on a page is forgotten on the next."""


@dataclass(frozen=True)
class Seen:
    """What a verb or a page made of it: "ok", "said" (why it is not served) or "traceback"; and its words."""

    fate: str
    text: str


def call(words: str) -> tuple[int, str]:
    """The command line in this process: its exit status, and all that it printed."""
    heard = io.StringIO()
    with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
        status = command_line(words.split())
    return status, heard.getvalue()


def see_verb(words: str) -> Seen:
    try:
        status, text = call(words)
    except Exception as error:
        return Seen("traceback", f"{type(error).__name__}: {error}")
    if "Traceback" in text or "Something went wrong" in text:
        return Seen("traceback", text)
    return Seen("ok" if status == 0 else "said", text)


def see_page(app: AppTest, address: str) -> Seen:
    """A page as one finds it whose session knows of nothing."""
    script, _, query = address.partition("?")
    app.query_params.clear()
    for name in ("run", "dataset", "study-few_shot"):
        if name in app.session_state:
            del app.session_state[name]
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        app.query_params[name] = value
    app.switch_page(f"pages/{script}").run()
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.info, app.success, app.warning, app.error)
    text = "\n".join(element.value for kind in (*kinds, app.text) for element in kind)
    if app.exception:
        return Seen("traceback", "\n".join(f"{one.message}\n{''.join(one.stack_trace or ())}" for one in app.exception))
    return Seen("traceback" if "Something went wrong" in text else "ok", text)


@dataclass
class Chaos:
    """A workspace that can be damaged and is whole again afterwards."""

    home: Path
    seed: int
    contents: Contents = field(default_factory=Contents)
    titles: dict[str, str] = field(default_factory=dict)
    """The first line of each page that was looked at while all was whole."""

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.home)

    @classmethod
    def made(cls, folder: Path, seed: int) -> Chaos:
        chaos = cls(folder / "home", seed)
        chaos.contents = make_workspace(chaos.workspace)
        table = folder / "table.csv"
        table.write_text("text,label\n" + "".join(f"message {n} here,{'yn'[n % 2]}\n" for n in range(12)))
        chaos.contents.ids |= {"table": str(table), "out": str(folder / "report.html")}
        shutil.copytree(chaos.home, chaos.whole)
        return chaos

    @property
    def whole(self) -> Path:
        return self.home.with_name("whole")

    def files(self) -> list[str]:
        """Every file of ours, by its place in the workspace."""
        found = (path.relative_to(self.whole).as_posix() for path in sorted(self.whole.rglob("*")) if path.is_file())
        return [name for name in found if not any(fnmatch(name, pattern) for pattern in NOT_OURS)]

    def sorts(self) -> list[str]:
        """One file of each sort: kept examples are alike, whatever else there is is not."""
        files = self.files()
        examples = [file for file in files if file.startswith("examples/")]
        return [file for file in files if file not in examples[1:]]

    @contextlib.contextmanager
    def damaged(self, file: str, way: str) -> Iterator[None]:
        path, chance = self.home / file, random.Random(f"{self.seed} {file} {way}")
        content = WAYS[way](path.read_bytes(), chance)
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        try:
            yield
        finally:
            shutil.rmtree(self.home)
            shutil.copytree(self.whole, self.home)

    def look_at_the_whole(self, verbs: tuple[str, ...] = VERBS, pages: tuple[str, ...] = PAGES) -> None:
        seen = self.look(verbs, pages)
        assert {name: one for name, one in seen.items() if one.fate != "ok"} == {}
        self.titles = {page: seen[page].text.split("\n")[0] for page in pages}
        shutil.rmtree(self.home)
        shutil.copytree(self.whole, self.home)

    def look(self, verbs: tuple[str, ...] = VERBS, pages: tuple[str, ...] = PAGES) -> dict[str, Seen]:
        seen = {verb: see_verb(self.contents.fill(verb)) for verb in verbs}
        if not pages:
            return seen
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=120).run()
        return seen | {page: see_page(app, self.contents.fill(page)) for page in pages}

    def faults(self, file: str, way: str, seen: Mapping[str, Seen]) -> list[str]:
        """What is not as it should be."""
        owners, where = self.contents.owners(file), f"{file} ({way}, seed {self.seed})"
        found = []
        for name, one in seen.items():
            concerned = not owners or any(f"{{{owner}}}" in name for owner in self._depending(owners))
            if one.fate == "traceback":
                found.append(f"{where}: {name}: traceback\n{one.text}")
            elif name in self.titles and not one.text.startswith(self.titles[name]):
                found.append(f"{where}: the page {name} is lost\n{one.text}")
            elif one.fate == "said" and not concerned:
                found.append(f"{where}: {name} fails, though it does not concern it\n{one.text}")
            elif one.fate == "said" and not _names(one.text, file) and not _is(file, MADE_AGAIN):
                found.append(f"{where}: {name} does not say which file\n{one.text}")
        silent = (*MADE_AGAIN, *LOST_WITHOUT_A_WORD, *(AS_IF_UNDONE if way == "gone" else ()),
                  *(BY_HAND if way == "one bit" else ()))  # fmt: skip
        if not _is(file, silent) and not any(_names(one.text, file) for one in seen.values()):
            found.append(f"{where}: nobody noticed")
        if _is(file, MADE_AGAIN) and not all(one.fate == "ok" for one in seen.values()):
            found.append(f"{where}: what can be made again was missed")
        return found

    def _depending(self, owners: set[str]) -> set[str]:
        """What stands on these: a run on its dataset."""
        stands_on = {"tuned": "pictures", "last": "pictures", "texts": "messages"}
        return owners | {name for name, on in stands_on.items() if on in owners}


def _is(file: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(file, pattern) for pattern in patterns)


def _names(text: str, file: str) -> bool:
    return Path(file).name in text.replace("\\", "") or ("is damaged" in text and file.startswith("examples/"))


def use_tiny_models(set_attribute: Callable[[object, str, object], None]) -> None:
    """Small models as the usual ones, and every job at once and in this process."""
    for kind in MODALITIES.values():
        set_attribute(type(kind), "default_model", f"tiny-{kind.name}")
    set_attribute(os, "fsync", lambda fd: None)
    set_attribute(LocalLauncher, "warm_up", lambda self: None)
    in_process = InProcess(lambda job: run_job(job, Workspace.default(), job.stop_requested))
    set_attribute(LocalLauncher, "start", lambda self, job, heavy=True: in_process.start(job))


# --- the long form ---------------------------------------------------------------------------------------------------


def main() -> int:
    import logging

    logging.disable(logging.WARNING)
    import pytest

    from tests.conftest import install_tiny_models

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", default="")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    flags = parser.parse_args()
    patch = pytest.MonkeyPatch()
    with tempfile.TemporaryDirectory() as folder, patch.context():
        patch.setenv("FINETUNE_LAB_HOME", f"{folder}/home")
        install_tiny_models(patch)
        use_tiny_models(patch.setattr)
        return _run(Chaos.made(Path(folder), flags.seed), flags.only, flags.ways)


def _run(chaos: Chaos, only: str, ways: list[str]) -> int:
    began, faults, fates = time.monotonic(), [], Counter[str]()
    print(f"seed {chaos.seed}", flush=True)
    chaos.look_at_the_whole()
    files = [file for file in chaos.sorts() if only in file]
    for file in files:
        row = []
        for way in ways:
            with chaos.damaged(file, way):
                seen = chaos.look()
            found = chaos.faults(file, way, seen)
            faults += found
            counted = Counter(one.fate for one in seen.values())
            fates += counted
            row.append(f"{way}: {counted['ok']} ok, {counted['said']} said, {len(found)} faults")
            for fault in found:
                print("FAULT", fault[:1500], flush=True)
        print(f"{file}\n    " + "\n    ".join(row), flush=True)
    print(f"{len(files)} files x {len(ways)} ways x {len(VERBS)} verbs and {len(PAGES)} pages: {dict(fates)}")
    print(f"{len(faults)} faults, seed {chaos.seed}, {time.monotonic() - began:.0f} s")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
