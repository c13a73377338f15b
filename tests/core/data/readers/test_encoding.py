"""Encodings: believed, proved or proposed, on files as short as people's first ones."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.encoding import ENCODINGS, decode, looks_like_text
from core.errors import DataError

CHINESE = [
    "label,review\n1,很快，好吃，味道足，量大\n0,难吃，再也不来了",
    "我想请问一下明天的数学考试是在哪个教室举行？",
    "酒店很好，下次还来。",
    "房间太小了！",
    "今天天气不错",
]
JAPANESE = [
    "テキスト,ラベル\nバスが遅い,苦情\nありがとう,感謝",
    "明日の数学の試験はどこの教室ですか？",
    "お弁当はとても美味しかったです。",
    "こんにちは",
    "猫",
]
WESTERN = [
    "Können wir später über die Prüfung sprechen?",
    "L'élève a été très gentil à l'école, ça va",
    "¿Dónde está el baño? ¡Gracias!",
    "“Hello” – it’s me, 10 €",
    "GROSSE ÄRGER ÜBER ÖL; INFORMAÇÃO; DÉJÀ VU",
    "Åse, Øystein og Ærlig",
    "«Été»",
    "naïve",
    "É",
]
KOREAN = ["안녕하세요 오늘 날씨가 정말 좋네요", "버스가 너무 늦게 왔어요"]
ENGLISH = ["The café is closed", "It’s £5 – “cheap”", "wait… what", "It was 5° outside", "1½ cups", "10 µg, 5 £ please",
           "the Beyoncé show", "pay 20 £, not 30 £", "¡Hola! ¿qué tal?"]  # fmt: skip
POLISH = ["Śniadanie było zimne;kuchnia", "Zupa jest za słona", "dziękuję, ładnie", "Proszę o pomoc", "Łódź"]
CZECH = ["Kde je škola? Učitelka řekla, že zítra", "Příliš žluťoučký kůň"]
HUNGARIAN = ["Köszönöm szépen, jó napot, szűk", "őszi eső"]
DOS = ["Ein schönes Frühstück, die Küche", "Öffnet der Schalter früher? Die Straße", "Der Müller", "Zu wenig Getränke"]
MAC = [*DOS, "It’s “fine” – really", "Café crème, déjà vu à l’école", "El niño comió", "Größe"]
RUSSIAN = ["Привет, как дела? Сегодня хорошая погода, пойдём гулять в парк", "Очень плохое обслуживание"]
IN_THEIR_ENCODING = [
    (encoding, text)
    for encoding, texts in {
        "gb18030": CHINESE, "shift_jis": JAPANESE, "cp1252": WESTERN, "euc_kr": KOREAN, "cp1251": RUSSIAN,
        "cp1250": [*POLISH, *CZECH, *HUNGARIAN], "iso8859-2": POLISH[:1], "cp850": DOS, "mac_roman": MAC,
        "koi8-r": RUSSIAN, "cp866": RUSSIAN,
        "big5": ["你好嗎，今天天氣很好", "服務很差"], "euc_jp": JAPANESE[1:3], "cp1253": ["Ευχαριστώ πολύ, το φαγητό"],
        "cp1254": ["Çok güzel bir gün, teşekkürler"], "cp1257": ["Ačiū, labas rytas, gražu"],
        "cp1255": ["שלום מה שלומך"], "cp1256": ["الطعام بارد جدا"],
    }.items()
    for text in (*texts, "\n".join(texts))
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "text"), IN_THEIR_ENCODING)
def test_short_texts_in_older_encodings_are_recognised(encoding, text):
    decoded = decode(text.encode(encoding), "file.csv")
    assert (decoded.text, decoded.encoding, decoded.sure) == (text, encoding, False)


@pytest.mark.parametrize("text", ENGLISH)
def test_one_sign_in_an_english_text_is_the_sign_it_is(text):
    raw = f"text,label\nplease bring my book back,a\n{text},b\nno more of the soup,a\n".encode("cp1252")
    assert decode(raw, "file.csv").text == raw.decode("cp1252")


@pytest.mark.parametrize("word", ["à", "é", "–", "£5", "½", "5 °"])
def test_a_letter_or_sign_that_comes_again_and_again_is_that_of_the_language(word):
    text = "".join(f"the soup {word} la carte number {n} was nice,food\n" for n in range(200))
    assert decode(text.encode("cp1252"), "file.csv").text == text


def test_a_whole_file_is_told_by_all_its_words():
    """One word of it alone could be of either."""
    turkish = ["iyi değil", "Işık söndü, şimdi değil", "çok güzel, teşekkürler"]
    for encoding, texts in (("cp852", [*POLISH, *CZECH]), ("mac_latin2", POLISH + HUNGARIAN), ("cp1254", turkish)):
        raw = "\n".join(texts).encode(encoding)
        assert decode(raw, "file.csv").text == "\n".join(texts)


@pytest.mark.parametrize("text", ["plain", "Schöne Grüße 🙂", "再见", "Привет", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_sure(text, encoding):
    decoded = decode(text.encode(encoding), "file.csv")
    assert (decoded.text, decoded.encoding, decoded.sure) == (text, encoding, True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["text,label\nhello,a\n", "文本,标签\n你好,好\n再见,坏\n", "x"])
def test_utf_16_needs_no_mark(text, encoding):
    raw = text.encode(encoding)
    assert looks_like_text(raw)
    assert decode(raw, "file.csv").text == text


def test_one_strange_byte_in_a_long_english_file_is_cp1252():
    """TREC has a lone 0xf0 in 290 KB; read as UTF-8 or Chinese it would spoil a word and the line end."""
    raw = b"4 What is the oldest city ?\n" * 1000 + b"4 Which city is a sister\xf0city ?\n" + b"0 What ?\n" * 1000
    decoded = decode(raw, "TREC.train.all")
    assert decoded.encoding == "cp1252"
    assert "a sister\u00f0city ?\n" in decoded.text


def test_a_damaged_utf_8_file_stays_utf_8():
    raw = "Grüße aus Köln, schöne Straße\n".encode() * 20 + b"kaputt \xc3\n"
    decoded = decode(raw, "file.csv")
    assert (decoded.encoding, decoded.sure, decoded.replaced) == ("utf-8", False, 1)
    assert decoded.text.startswith("Grüße aus Köln")


def test_bytes_of_no_encoding_still_give_a_text():
    decoded = decode(b"text,label\nok \x81\x8d\xff,a\nfine,b\n", "file.csv")
    assert not decoded.sure
    assert decoded.text.endswith("fine,b\n")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_named_encoding_is_obeyed(encoding):
    raw = "a,b\nc,d\n".encode(encoding)
    decoded = decode(raw, "file.csv", encoding)
    assert (decoded.text, decoded.encoding, decoded.sure) == ("a,b\nc,d\n", encoding, True)


def test_a_named_encoding_goes_before_the_likely_one():
    raw = "Größe".encode("cp1252")
    assert decode(raw, "file.csv", "cp1250").text == raw.decode("cp1250")
    assert decode(codecs.BOM_UTF8 + b"x", "file.csv", "utf-8").text == "x"
    assert decode("x".encode("utf-16"), "file.csv", "utf-16").text == "x"


@pytest.mark.parametrize("name", ["no-such-code", "rot13", "base64", "", " ", "x" * 500, "a\x00b"])
def test_an_encoding_that_does_not_exist_names_those_that_do(name):
    if not name:
        assert decode(b"x", "file.csv", name).encoding == "utf-8"
        return
    with pytest.raises(DataError, match=r"no encoding called.*utf-8, utf-16"):
        decode(b"x", "file.csv", name)


@pytest.mark.parametrize(("raw", "named"), [("für".encode("cp1252"), "utf-8"), ("für".encode(), "ascii"),
                                            ("再见，再见".encode(), "shift_jis")])  # fmt: skip
def test_a_wrong_encoding_is_said_with_the_file(raw, named):
    with pytest.raises(DataError, match=rf"'file\.csv' is not written in {named}"):
        decode(raw, "file.csv", named)


@pytest.mark.parametrize(
    "raw",
    [
        bytes.fromhex("89504e470d0a1a0a0000000d"), b"PK\x03\x04\x14\x00\x00\x00", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
        b"%PDF-1.7\n", b"{\\rtf1 text}", b"\x00" * 20, b"\x7fELF\x02\x01\x01\x00", bytes(range(1, 32)) * 4 + b"\xff",
    ],
)  # fmt: skip
def test_what_is_not_text_does_not_look_like_it(raw):
    assert not looks_like_text(raw)


@pytest.mark.parametrize(("encoding", "text"), IN_THEIR_ENCODING)
def test_old_texts_look_like_text(encoding, text):
    assert looks_like_text(text.encode(encoding))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff")))
def test_any_text_in_utf_8_comes_back(text):
    assert looks_like_text(text.encode())
    assert decode(text.encode(), "file").text == text


def test_one_endless_line_is_soon_told():
    assert decode(b"x" * 3_000_000 + b"\n" + "Größe, schön".encode("cp1252"), "file").text.endswith("Größe, schön")
    assert decode(b"\xe9" * 3_000_000, "file").text


@given(st.binary())
def test_any_bytes_give_some_text(raw):
    looks_like_text(raw)
    assert isinstance(decode(raw, "file").text, str)


def test_names_that_come_again_and_again_do_not_outvote_the_language():
    """Three names of a customer list, 600 rows of them, were taken for Baltic: "Zoė"."""
    names = ("Zo\u00eb;Garc\u00eda;5,2", "Ana;M\u00fcller;7,25", "Zo\u00eb;M\u00fcller;1,5", "Tom;Garc\u00eda;2")
    raw = "\r\n".join(["first name;surname;balance", *names * 150]).encode("latin-1")
    assert decode(raw, "t.csv").text == raw.decode("latin-1")
