"""What the process imports that `tests.chaos.forked` forks, and what it does first."""

from __future__ import annotations

import os
import threading

import pytest
import sklearn.model_selection  # noqa: F401
from peft.tuners import lora  # noqa: F401

import core.__main__  # noqa: F401
from core.jobs.__main__ import import_ahead
from tests.conftest import install_tiny_models

os.fsync = lambda fd: None  # as in every test
install_tiny_models(pytest.MonkeyPatch())
import_ahead(threading.Event())
