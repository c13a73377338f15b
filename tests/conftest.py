"""What every test may rely on: no network, a workspace of its own, and tiny models that train in milliseconds."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # read once, when huggingface_hub is first imported
os.environ["TRANSFORMERS_OFFLINE"] = "1"
# Models that a person happens to have fetched are offered beside the bundled ones; no test may depend on them.
os.environ["HF_HUB_CACHE"] = str(Path(tempfile.gettempdir()) / "finetune-lab-no-hub-cache")

# Before torch is first imported: its threads would fight with those of the other test processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Processes that tests start need not compile the whole program each time; nor need pytest the tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import pytest
from hypothesis import HealthCheck, configuration, settings
from xdist.scheduler import LoadScopeScheduling

from core.modalities import get_modality
from core.models.card import ModelCard
from core.models.catalogue import CATALOGUE
from core.workspace import Workspace
from tests.browser.fixtures import browser, open_page, server, start_server  # noqa: F401 (fixtures for everybody)

configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "finetune-lab-hypothesis")
settings.register_profile(
    "house",
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("house")


_DRIVE_A_BROWSER = ("tests/browser/", "tests/chaos/test_visitors.py")
_FORK = (
    "tests/chaos/test_kills.py",
    "tests/chaos/test_full_disk.py",
    "tests/core/runs/test_local.py",
    "tests/core/studies/benchmark/test_run.py",
)


class _Together(LoadScopeScheduling):
    """The tests of a file run in one process; so do all that drive a browser, since they share a server, and all that
    fork processes (`tests.chaos.forked`), since they share the one that is forked."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(_DRIVE_A_BROWSER):
            return "browser"
        return "forks" if nodeid.startswith(_FORK) else nodeid.partition("::")[0]


def pytest_configure() -> None:
    sys.dont_write_bytecode = False  # as above, for this process


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(_DRIVE_A_BROWSER):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
    # The longest first, and the shortest last: so no process waits long for another at the end.
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (not item.get_closest_marker("browser"), item.path not in slow))


def pytest_collection_finish() -> None:
    """Libraries and tests stay to the end: to look through all of them at every full collection takes a third of a
    second each time."""
    gc.collect()
    gc.freeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    return _Together(config, log)


_GAVE_WAY = False


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test process gives way to the one that drives a browser, as soon as it runs anything else: a browser has
    patience, but not for ever, and what it looks at is trained by a process that gives way too."""
    global _GAVE_WAY
    if "PYTEST_XDIST_WORKER" in os.environ and not _GAVE_WAY and not item.get_closest_marker("browser"):
        if hasattr(os, "nice"):
            os.nice(10)
        _GAVE_WAY = True


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing a test does by accident may touch the person's own runs, or wait for the disk."""
    monkeypatch.setenv("FINETUNE_LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(os, "fsync", lambda fd: None)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")


@pytest.fixture(scope="session", autouse=True)
def _bundled_models_are_translated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from core.models import encoders
    from tests.tiny import bundled_once

    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "translated"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoders, "translated", bundled_once(encoders.translated, folder))
        yield


@pytest.fixture(scope="session")
def real_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Shared by the tests of the bundled models, so that each is translated to ONNX only once."""
    return Workspace(tmp_path_factory.mktemp("real"))


@pytest.fixture
def tiny_models(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModelCard]:
    """`tiny-image` and `tiny-text` join the catalogue, wherever it is asked."""
    return install_tiny_models(monkeypatch)


def install_tiny_models(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModelCard]:
    """What the fixture does, for a process that pytest does not run."""
    from core.models import encoders
    from core.training.engine import heads
    from tests.tiny import TINY_IMAGE, TINY_TEXT, translated_once

    for card in (TINY_IMAGE, TINY_TEXT):
        monkeypatch.setitem(CATALOGUE, card.id, card)
    # Trying all of them takes a third of a tiny training; the choice has tests of its own.
    monkeypatch.setattr(heads, "PENALTIES", (0.1, 1.0))
    monkeypatch.setattr(encoders, "translated", translated_once(encoders.translated))
    for kind in ("image", "text", "sound"):  # a plain model beside a tiny one takes longer than that
        monkeypatch.setattr(type(get_modality(kind)), "plain", None)
    return {"image": TINY_IMAGE, "text": TINY_TEXT}


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str], str]]:
    """Call the command line; gives its exit status, its output lines and its error output."""
    from core.__main__ import main

    def call(*arguments: object) -> tuple[int, list[str], str]:
        status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return status, out.splitlines(), err

    return call
