"""A new language costs one catalogue. This one is Polish, with three forms for numbers, and three sentences long."""

from __future__ import annotations

import pytest

from core import catalogues, messages
from core.catalogues import renew
from core.messages import ENGLISH, PSEUDO, Message, chosen_language, counted, language, languages

POLISH = """
msgid ""
msgstr ""
"Language: pl\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

msgid "{n} picture"
msgid_plural "{n} pictures"
msgstr[0] "{n} obraz"
msgstr[1] "{n} obrazy"
msgstr[2] "{n} obrazów"

msgid "Training"
msgstr "Trening"

#, fuzzy
msgid "Paused"
msgstr "?"
"""


@pytest.fixture
def polish(tmp_path, monkeypatch):
    """Polish, as long as the test lasts."""
    monkeypatch.setattr(messages, "CATALOGUES", tmp_path)
    file = tmp_path / "pl.po"
    file.write_text(POLISH, encoding="utf-8")
    return file


def test_it_is_there_once_its_catalogue_is(polish):
    assert languages() == ("en", "pl")
    assert chosen_language(["xx", "pl_PL.UTF-8", "en"]) is language("pl")
    polish.unlink()
    assert languages() == ("en",)
    assert chosen_language(["pl"]) is ENGLISH


def test_its_plurals_and_numbers_are_its_own(polish):
    said = [language("pl").render(counted("{n} picture", "{n} pictures", n=n)) for n in (1, 3, 5, 22, 12345)]
    assert said == ["1 obraz", "3 obrazy", "5 obrazów", "22 obrazy", "12\u00a0345 obrazów"]
    assert language("pl").render(Message("Training")) == "Trening"


def test_what_it_does_not_say_is_said_in_english(polish):
    assert language("pl").render(Message("Paused")) == "Paused"  # the translation is only a guess
    assert language("pl").render(Message("Loss {x:.3f}", x=0.12345)) == "Loss 0,123"


def test_a_catalogue_is_begun_and_renewed(polish, monkeypatch):
    texts = list(catalogues.all_texts())
    monkeypatch.setattr(catalogues, "all_texts", lambda home: texts)  # which takes longest
    catalogue = renew("pl", folder=polish.parent)
    assert catalogue["Training"].string == "Trening"
    assert len(catalogue) > 500
    begun = renew("zh", folder=polish.parent)
    assert begun.num_plurals == 1 and not begun["Training"].string
    assert languages() == ("en", "pl", "zh")


def test_the_pseudo_language_is_only_for_tests(monkeypatch):
    message = Message("{n} of {where}", n=3, where=Message("here"))
    assert language(PSEUDO) is ENGLISH
    monkeypatch.setenv("FINETUNE_LAB_PSEUDO", "1")
    assert PSEUDO not in languages()
    assert chosen_language([PSEUDO]).render(message) == "⟦3 of ⟦here·⟧····⟧"
    assert chosen_language([PSEUDO]).render(Message("{share:percent}", share=0.5)) == "50\u00a0%"
