"""Documents of word processors, made here as those programs make them."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.documents import text_of_document
from core.data.readers.propose import propose
from core.errors import UnreadableExampleError
from tests.core.data.readers.making import pairs
from tests.reading import read_with, source_of


def packed(**parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return buffer.getvalue()


def docx(*paragraphs: str, extra: str = "") -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return packed(word__document_xml=f"<?xml version='1.0'?>{extra}<w:document {space}>{body}</w:document>")


def odt(*paragraphs: str) -> bytes:
    body = "".join(f"<text:p>{text}<text:line-break/></text:p>" for text in paragraphs)
    return packed(
        content_xml=f'<office:document-content xmlns:text="t" xmlns:office="o">{body}</office:document-content>'
    )


def pdf(text: str) -> bytes:
    """A page in Helvetica, written by hand."""
    drawn = f"BT /F1 12 Tf 10 20 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    raw, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(raw))
        raw += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(raw)
    return raw + b"xref\n0 6\n0000000000 65535 f \n" + table + end


RTF = rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 The soup \b was\b0  cold.\par K\'fcche}"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (docx("The soup was cold.", "Küche &amp; Hof"), "The soup was cold.\nKüche & Hof"),
        (odt("The soup was cold."), "The soup was cold."),
        (pdf("The soup was cold."), "The soup was cold."),
        (RTF, "The soup was cold.\nKüche"),
        (packed(word__document_xml="<w:document><w:t>no name space</w:t></w:document>"), "no name space"),
    ],
    ids=["docx", "odt", "pdf", "rtf", "without a name space"],
)
def test_the_text_is_what_stands_there(raw, text):
    found = text_of_document(raw)
    assert found is not None
    assert found.strip() == text


@pytest.mark.parametrize("raw", [b"plain words", b"", b"PDF is a format", packed(xl__workbook_xml="<x/>")])
def test_other_files_are_no_documents(raw):
    assert text_of_document(raw) is None


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (docx("x")[:-30], "damaged or cut short"),
        (docx("x", extra='<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'), "damaged or cut short"),
        (pdf("x")[:100], "damaged or cut short"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"\.doc.*Save it as \.docx"),
        (packed(**{"Index/Document.iwa": "x"}), "Pages"),
        (docx(""), "holds no text"),
        (pdf(""), "holds no text"),
    ],
)
def test_what_cannot_be_read_says_why(raw, says):
    with pytest.raises(UnreadableExampleError, match=says):
        text_of_document(raw)


def mail(subject: str, plain: str = "", page: str = "") -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["X-Spam"] = subject, "a@b.org", "no"
    message.set_content(plain or page, subtype="plain" if plain else "html")
    if plain and page:
        message.add_alternative(page, subtype="html")
    return message.as_bytes()


SUBTITLES = "1\n00:00:01,000 --> 00:00:04,000\n<i>Good</i> morning\n\n2\n00:00:05,500 --> 00:00:08,000\n7 is late\n"


@pytest.mark.parametrize(
    ("raw", "suffix", "text"),
    [
        (mail("Größe", "the words", "<p>others</p>"), ".eml", "Größe\n\nthe words"),
        (mail("Sale", page="<style>p{}</style><p>Buy &amp; save</p><p>now</p>"), ".eml", "Sale\n\nBuy & save\nnow"),
        (SUBTITLES.encode(), ".srt", "Good morning\n7 is late"),
        (b"WEBVTT\n\nNOTE made by hand\n\nx\n00:01.000 --> 00:04.000 line:0\nAnn: hello", ".vtt", "x\nAnn: hello"),
    ],
)
def test_mails_and_subtitles_are_what_was_said_in_them(raw, suffix, text):
    assert text_of_document(raw, suffix) == text
    items = read_with(propose, source_of({f"{label}/{n}{suffix}": raw for label in "ab" for n in range(2)})).items
    assert pairs(items)[0] == (text, "a")


def test_documents_in_class_folders_are_messages():
    files = {}
    for label in ("good", "weak"):
        files |= {f"{label}/1.docx": docx(f"{label} word"), f"{label}/2.pdf": pdf(f"{label} page")}
        files |= {f"{label}/3.odt": odt(f"{label} open"), f"{label}/4.txt": f"{label} plain".encode()}
    said = pairs(read_with(propose, source_of(files)).items)
    assert len(said) == 8
    assert all(text.strip().startswith(label) for text, label in said)


def test_a_text_that_is_none_is_left_out():
    files = {f"{label}/{n}.txt": b"some words" for label in "ab" for n in range(2)} | {"a/9.txt": bytes(range(256))}
    items = read_with(propose, source_of(files)).items
    with pytest.raises(UnreadableExampleError, match="Not a text file"):
        next(item for item in items if getattr(item, "name", "") == "a/9.txt").read()


@given(st.sampled_from([docx("some words"), odt("some words"), RTF]), st.data())
def test_whatever_is_damaged_is_read_or_unreadable(raw, data):
    changed = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(text_of_document(bytes(changed)), str | None)
    except UnreadableExampleError as error:
        assert error.problem
