"""The command line speaks the person's language: asked for by a flag, or by the environment."""

from __future__ import annotations

import json

import pytest

from core import messages

POLISH = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "list the training runs, newest first"
msgstr "lista treningów, najnowsze najpierw"

msgid "Nothing to do was named."
msgstr "O nic nie poproszono."
"""


@pytest.fixture(autouse=True)
def polish(tmp_path, monkeypatch):
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "pl.po").write_text(POLISH, encoding="utf-8")
    monkeypatch.setattr(messages, "CATALOGUES", tmp_path / "locale")
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


def help_of(capsys, *arguments: str) -> str:
    from core.__main__ import main

    with pytest.raises(SystemExit) as end:
        main([*arguments, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("where", [("--lang", "pl"), ("--lang=pl",)])
def test_a_flag_chooses_it(capsys, where):
    assert "lista treningów" in help_of(capsys, *where)
    assert "lista treningów" not in help_of(capsys)
    assert "Lista treningów" in help_of(capsys, "runs", *where)


@pytest.mark.parametrize(
    ("names", "is_polish"),
    [
        ({"LANG": "pl_PL.UTF-8"}, True),
        ({"LANG": "C.UTF-8"}, False),
        ({"LC_ALL": "pl", "LANG": "en_GB"}, True),
        ({"LANGUAGE": "xx:pl", "LANG": "en"}, True),
        ({"LANG": "pl", "LC_ALL": "en_GB.UTF-8"}, False),
    ],
)
def test_the_environment_chooses_it(capsys, monkeypatch, names, is_polish):
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert ("lista treningów" in help_of(capsys)) == is_polish
    assert "lista treningów" not in help_of(capsys, "--lang", "en")


def test_errors_are_in_it_and_json_too(cli, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("text,label\n" + "".join(f"message {n},{'x' if n % 2 else 'y'}\n" for n in range(8)))
    checked = json.loads(cli("check", table, "--json")[1][-1])
    assert all(isinstance(finding["title"], str) for finding in checked["findings"])
    status, _, error = cli("edit", f"dataset:{checked['dataset']}", "--lang", "pl")
    assert status == 2
    assert error.startswith("O nic nie poproszono. ")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ((), "Missing: VERB."),
        (("trian",), "invalid choice: 'trian'. There are: "),
        (("train", "x", "--lr", "abc"), "'abc' is not a number."),
        (("train", "x", "--epochs", "2.5"), "'2.5' is not a whole number."),
        (("train", "x", "--epochs"), "a value is missing."),
        (("train", "x", "--epohcs", "3"), "There is no such argument: --epohcs 3."),
        (("train", "x", "--e", "3"), "--e can mean: --"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_in_sentences_that_have_a_catalogue(cli, line, said):
    status, _, error = cli(*line)
    assert status == 2 and said in error
