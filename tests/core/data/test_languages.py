"""The language of texts, and honestly none where they say too little."""

import pytest

from core.data.languages import LANGUAGES, MOST_TEXTS, language_of, languages_of

SAID = {
    "en": "The bus was late again this morning and nobody told us why.",
    "es": "El autobús llegó tarde otra vez esta mañana y nadie nos dijo por qué.",
    "de": "Der Bus kam heute Morgen schon wieder zu spät, und niemand sagte warum.",
    "tr": "Otobüs bu sabah yine geç kaldı ve kimse nedenini söylemedi.",
    "hi": "आज सुबह बस फिर से देर से आई और किसी ने कारण नहीं बताया।",
    "zh": "今天早上公交车又晚点了，没有人告诉我们为什么。",
    "ja": "今朝もバスが遅れて、誰も理由を教えてくれませんでした。",
    "ar": "تأخرت الحافلة مرة أخرى هذا الصباح ولم يخبرنا أحد بالسبب.",
    "ru": "Сегодня утром автобус снова опоздал, и никто не сказал почему.",
    "pt": "O ônibus atrasou de novo esta manhã e ninguém nos disse por quê.",
    "fr": "Le bus était encore en retard ce matin et personne ne nous a dit pourquoi.",
    "ko": "오늘 아침 버스가 또 늦었는데 아무도 이유를 말해 주지 않았어요.",
}


@pytest.mark.parametrize("code", SAID)
def test_a_sentence_is_in_its_language(code):
    assert language_of(SAID[code]) == code
    assert LANGUAGES[code]


@pytest.mark.parametrize("text", ["", "ok", "123 456", "!!! ...", "hello", "bus", "A-12 / B-7", "😀😀", "\ud83d"])
def test_what_says_too_little_is_not_known(text):
    assert language_of(text) is None


def test_capitals_and_giant_texts_are_read_all_the_same():
    assert language_of(SAID["en"].upper()) == "en"
    assert language_of(SAID["es"] * 100_000) == "es"


def test_a_mix_is_counted_and_the_places_are_told():
    found = languages_of([SAID["en"], "ok", SAID["de"], SAID["de"]])
    assert found.counts == {"en": 1, "de": 2}
    assert found.among(["de"]) == [2, 3]
    assert languages_of([]).counts == {}


def test_of_very_many_texts_some_are_looked_at_and_always_the_same(monkeypatch):
    monkeypatch.setattr("core.data.languages.MOST_TEXTS", 5)
    texts = [SAID["en"]] * 50
    assert len(languages_of(texts).codes) == 5 <= MOST_TEXTS
    assert languages_of(texts).chosen == languages_of(texts).chosen
