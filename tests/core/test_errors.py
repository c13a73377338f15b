"""Errors reach people through a worker process, so they must survive pickling whole."""

from __future__ import annotations

import pickle

import pytest

from core import errors
from core.messages import Message

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.UserError)]


@pytest.mark.parametrize("kind", KINDS)
def test_problem_and_advice_survive_pickling(kind):
    error = pickle.loads(pickle.dumps(kind("It broke.", "Mend it.")))
    assert type(error) is kind
    assert (error.problem, error.advice) == ("It broke.", "Mend it.")


def test_the_text_is_problem_then_advice_as_one_paragraph():
    assert str(errors.DataError(Message("It broke."), Message("Mend it."))) == "It broke. Mend it."
    assert str(errors.DataError(Message("It broke."))) == "It broke."
