"""HTML that is built, never pasted together from what strangers wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.report.markup import Html, bold, join, strange, tag, words
from tests.core.report.making import HOSTILE
from tests.core.report.reading import read

hostile = st.one_of(st.text(), st.sampled_from(HOSTILE))


def test_an_element_has_content_and_attributes():
    assert tag("p", "a", tag("b", 1), None, [2.5, "c"], class_="x", aria_label="y", hidden=True, id=None) == (
        '<p class="x" aria-label="y" hidden>a<b>1</b>2.5c</p>'
    )
    assert tag("meta", name="n", content="c") == '<meta name="n" content="c">'


@given(hostile, hostile, hostile)
def test_whatever_a_stranger_writes_stays_text(a, b, c):
    made = tag("html", tag("p", a, title=b), strange(c), words("{x} **and** {y}", x=a, y=strange(b)), bold(c))
    page = read(made)
    assert {one.name for one in page.everything()} <= {"html", "p", "bdi", "strong"}
    assert page.all("p")[0].attributes.keys() == {"title"}


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))))
def test_text_can_be_read_again_as_it_was(text):
    page = read(tag("html", tag("p", text, title=text)))
    assert page.all("p")[0].text == text
    assert page.all("p")[0].attributes["title"] == text


def test_what_no_page_may_hold_is_replaced():
    assert strange("a\x00b\ud800c") == "<bdi>a\ufffdb\ufffdc</bdi>"
    assert strange("x" * 500, most=10) == f"<bdi>{'x' * 9}…</bdi>"


def test_stars_are_bold_in_our_sentences_but_not_in_values():
    said = words("**{n}** of {what}", n=3, what="**these**")
    assert said == "<strong>3</strong> of **these**"
    assert isinstance(said, Html) and isinstance(join(said, "<"), Html)


@pytest.mark.parametrize("value", ["{x}", "{0}", "{x.__class__}"])
def test_values_are_never_templates(value):
    assert words("{x}!", x=value) == f"{value}!"
