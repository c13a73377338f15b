"""A damaged file is one entry that says so; every verb and every page still serves the rest.

The short form: every sort of file in a few of the six ways, in turn, and what is nearest to it. The long form, with all
of `tests.chaos.damage`, is run by hand: `python -m tests.chaos.damage`.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.chaos.damage import WAYS, Chaos, use_tiny_models
from tests.conftest import install_tiny_models

SEED = int(os.environ.get("CHAOS_SEED", random.randrange(10**6)))

NEAR = {
    "runs/": ("runs", "score {tuned}", "score {last}", "score {texts}", "teach {tuned}", "teach {texts}"),
    "datasets/": ("datasets", "score {tuned}", "score {texts}", "check dataset:{messages} --quick"),
    "examples/": ("check dataset:{pictures} --quick", "check dataset:{messages} --quick"),
    "cache/": ("predict {texts} bus --none-below usual", "models", "check dataset:{pictures} --quick"),
    "settings.json": ("check {table} --quick", "runs", "datasets"),
}
"""The verbs that read a file of each folder, and some that must not care."""
PAGES = {
    "{tuned}/run.json": "studio/studio.py",
    "{texts}/answers.jsonl": "understand/result.py?run={texts}&part=failures",
    "{messages}/examples.jsonl": "prepare/data.py",
    "{few_shot}/run.json": "studies/few_shot.py?dataset={pictures}&study={few_shot}",
    "{few_shot}/events.jsonl": "studies/few_shot.py?dataset={pictures}&study={few_shot}",
    "{few_shot}/episodes.jsonl": "studies/few_shot.py?dataset={pictures}&study={few_shot}",
}
"""Pages take ten times as long as verbs: for some files, the one that shows most of it."""


@pytest.fixture(scope="module")
def chaos(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("chaos")
        patch.setenv("FINETUNE_LAB_HOME", str(folder / "home"))
        install_tiny_models(patch)
        use_tiny_models(patch.setattr)
        print(f"CHAOS_SEED={SEED}")
        yield Chaos.made(folder, SEED)


@pytest.fixture(autouse=True)
def _home_of_the_module(chaos, monkeypatch):
    monkeypatch.setenv("FINETUNE_LAB_HOME", str(chaos.home))


@pytest.mark.parametrize("place", NEAR)
def test_a_damaged_file_is_noticed_and_everything_else_goes_on(chaos, place):
    faults, ways = [], random.Random(SEED).sample(list(WAYS), len(WAYS))
    files = [file for file in chaos.sorts() if file.startswith(place)]
    for number, file in enumerate(files):
        way = ways[number % len(ways)]
        with chaos.damaged(file, way):
            faults += chaos.faults(file, way, chaos.look(NEAR[place], ()))
    assert len(files) >= 1
    assert faults == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_lost(chaos, name):
    file = next(file for file in chaos.files() if file.endswith(chaos.contents.fill(name)))
    way = random.Random(f"{SEED} {name}").choice(list(WAYS))
    chaos.look_at_the_whole((), (PAGES[name],))
    with chaos.damaged(file, way):
        assert chaos.faults(file, way, chaos.look((), (PAGES[name],))) == []


def test_damage_that_is_not_looked_for_would_be_found_out(chaos, monkeypatch):
    """The proof that these tests can fail: without checksums a changed weight passes."""
    file = next(file for file in chaos.sorts() if file.endswith("model.safetensors"))
    monkeypatch.setattr("core.storage._agrees", lambda *given: True)
    with chaos.damaged(file, "one bit"):
        faults = chaos.faults(file, "one bit", chaos.look(NEAR["runs/"], ()))
    assert any("nobody noticed" in fault or "traceback" in fault for fault in faults)
