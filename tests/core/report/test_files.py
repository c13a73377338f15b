"""Where a report is written to."""

import pytest

from core.errors import UserError
from core.report.files import report_name, write_out

NAME = report_name("20261126-113215-dfb688be")


def test_without_a_place_it_is_written_beside_the_person_and_made_anew(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert write_out("one", None, NAME) == tmp_path / NAME
    assert write_out("two", None, NAME).read_text() == "two"


def test_a_folder_takes_it_under_the_usual_name(tmp_path):
    assert write_out("one", str(tmp_path), NAME) == tmp_path / NAME


def test_a_file_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(UserError, match="already"):
        write_out("one", str(tmp_path / "README.md"), NAME)
    assert (tmp_path / "README.md").read_text() == "mine"
    assert write_out("one", str(tmp_path / "README.md"), NAME, force=True).read_text() == "one"


def test_a_place_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        write_out("one", str(tmp_path / "none" / "x.html"), NAME)
    assert list(tmp_path.iterdir()) == []
