"""Texts in a language that the model does not know, a mix, and texts that say too little."""

import pytest

from core.doctor.case import Case
from core.doctor.languages import languages
from core.models.catalogue import CATALOGUE
from tests.core.doctor.test_doctor import messages

SPANISH = ["El autobús llegó tarde esta mañana", "La sopa estaba fría otra vez", "No quedan entradas para el concierto",
           "La comida de hoy estuvo muy rica", "¿Cuándo sale el próximo tren?"]  # fmt: skip
ENGLISH = ["The bus was late again this morning", "The soup was cold once more", "There are no tickets left for it",
           "Lunch today was really lovely", "When does the next train leave?"]  # fmt: skip


def found_in(texts: list[str], model: str = "minilm-l6"):
    labels = ("bus", "lunch")
    return list(languages(Case(messages([(t, labels[i % 2]) for i, t in enumerate(texts)]), None, CATALOGUE[model])))


def test_texts_in_a_language_that_the_model_does_not_know_are_serious():
    (finding,) = found_in(SPANISH)
    assert finding.severity == "serious"
    assert str(finding.title) == "All messages are in Spanish, which the model hardly knows"
    assert {str(exhibit.detail) for exhibit in finding.exhibits} == {"Spanish"}
    assert "multilingual" in str(finding.explanation)
    assert not finding.remedies, "to leave them all out is no help"


def test_some_of_them_are_a_look_and_can_be_left_out():
    (finding,) = found_in([*ENGLISH * 3, *SPANISH])
    assert finding.severity == "look"
    assert str(finding.title) == "25\u00a0% of the messages are in Spanish, which the model hardly knows"
    assert len(finding.remedies[0].examples) == 5


@pytest.mark.parametrize("texts", [ENGLISH, ["ok", "bus", "42", "hello"], [*ENGLISH * 4, "Wie geht es dir heute?"]])
def test_english_short_texts_and_a_single_quotation_say_nothing(texts):
    assert found_in(texts) == []


def test_a_mix_is_said_where_the_model_may_know_them():
    (finding,) = found_in([*ENGLISH, *ENGLISH, *SPANISH], "small-text")
    assert finding.severity == "note"
    assert "English 67\u00a0% and Spanish 33\u00a0%" in str(finding.explanation)
    assert found_in(SPANISH, "small-text") == []


def test_a_description_of_a_model_may_name_languages_that_nobody_knows():
    card = type(CATALOGUE["minilm-l6"]).from_dict({**CATALOGUE["minilm-l6"].to_dict(), "languages": ["xx", "en"]})
    assert card.languages == ("xx", "en")
    (finding,) = languages(Case(messages([(t, "a") for t in SPANISH]), None, card))
    assert "English" in str(finding.explanation)
