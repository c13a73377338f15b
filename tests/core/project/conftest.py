"""A furnished workspace, made once, and a copy of it for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.workspace import Workspace
from tests.conftest import install_tiny_models
from tests.core.project.making import Kept, furnished


@pytest.fixture(scope="session")
def furnished_once(tmp_path_factory) -> tuple[Path, Kept]:
    with pytest.MonkeyPatch.context() as patch:
        install_tiny_models(patch)
        patch.setattr("os.fsync", lambda fd: None)
        root = tmp_path_factory.mktemp("furnished") / "home"
        kept = furnished(Workspace(root))
    return root, kept  # not from within: the patch would last as long as the session


@pytest.fixture
def here(workspace, tiny_models, furnished_once) -> Kept:
    """What is in `workspace`."""
    root, kept = furnished_once
    shutil.copytree(root, workspace.root)
    return kept.at(workspace)


@pytest.fixture
def elsewhere(tmp_path) -> Workspace:
    """Empty."""
    return Workspace(tmp_path / "elsewhere")
