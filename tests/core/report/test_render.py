"""Templates are filled in safely and in the reader's language, whatever strangers wrote."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.messages import ENGLISH, Language, Message, language
from core.report import public
from core.report.contents import Contents
from core.report.render import HTML, MARKDOWN, render_card, render_report, written
from core.results.finished_run import FinishedRun
from core.runs.made_with import note_made_with
from tests.core.report.making import HOSTILE, known_vectors
from tests.core.report.reading import Element, drawn, read
from tests.core.studies.comparison.making import finished_run, messages

hostile = st.one_of(st.text(), st.sampled_from(HOSTILE))


@given(hostile, hostile, hostile)
def test_whatever_a_stranger_writes_stays_text(a, b, c):
    source = """<p title="{{ a }}">{{ a }}</p>{{ c|outside }}{{ say("{x} **and** `{y}`", x=a, y=say("<{y}>", y=b)) }}
    <p title="{{ say("{x}", x=c)|flat }}"></p>"""
    page = drawn(source, a=a, b=b, c=c)
    assert {one.name for one in page.everything()} <= {"html", "p", "bdi", "strong", "code"}
    assert all(one.attributes.keys() == {"title"} for one in page.all("p"))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))))
def test_text_can_be_read_again_as_it_was(text):
    page = drawn('<p title="{{ text }}">{{ text }}</p>', text=text)
    assert page.all("p")[0].text == text
    assert page.all("p")[0].attributes["title"] == text


def test_a_strangers_text_is_isolated_and_cut():
    assert HTML.outside("a\x00b\ud800c", 300) == "<bdi>a\ufffdb\ufffdc</bdi>"
    assert HTML.outside("x" * 500, 10) == f"<bdi>{'x' * 9}…</bdi>"


def test_marks_are_ours_in_sentences_but_not_in_values():
    said = written(Message("**{n}** of {what} in `{code}`", n=3, what="**these**", code="`x`"), ENGLISH, HTML)
    assert said == "<strong>3</strong> of <bdi>**these**</bdi> in <code><bdi>`x`</bdi></code>"
    assert written(Message("**{n}** of {what}", n=3, what="**these**"), ENGLISH, MARKDOWN) == (
        r"**3** of \*\*these\*\*"
    )


@pytest.mark.parametrize("value", ["{x}", "{0}", "{x.__class__}", "\ue0000\ue001"])
def test_values_are_never_templates(value):
    assert written(Message("{x}!", x=value), ENGLISH, HTML) == f"<bdi>{value}</bdi>!"
    assert drawn("{{ x }}", x=value).text == value


def test_numbers_and_plurals_are_those_of_the_language():
    german = Language("de")
    source = '{{ x|number }} {{ 0.5|number(2) }} {{ (0.1, 0.2)|percent }} {{ counted("{n} one", "{n} many", n=1) }}'
    assert drawn(source, german, x=1234567).text == "1.234.567 0,50 10-20\u00a0% 1 one"


# --- every sentence passes the catalogue ---

PSEUDO = Language("en", wrap=lambda text: f"⟦{text}⟧" if re.search(r"[^\W\d_]", re.sub(r"{.*?}", "", text)) else text)


_WORD = re.compile(r"[^\W\d_⟦⟧]")


def unbracketed(one: Element, outside: set[str]) -> list[str]:
    """Texts with words in them that are neither in brackets nor one of the values from `outside`."""
    said = one.text if one.name in ("bdi", "code") or one.attributes.get("class") == "name" else ""
    if one.name == "style" or said in outside:
        return []
    named = [one.attributes[name] or "" for name in ("aria-label", "title", "alt") if name in one.attributes]
    found = [value for value in named if _WORD.search(value) and value not in outside and "⟦" not in value]
    found += [said] if said else []
    depth = 0
    for inside in one.inside:
        if isinstance(inside, Element):
            found += unbracketed(inside, outside) if depth == 0 else []
            continue
        for part in re.split("([⟦⟧])", inside):
            depth += (part == "⟦") - (part == "⟧")
            if depth == 0 and not said and _WORD.search(part):
                found.append(part.strip())
    return found


@pytest.fixture
def facts(workspace, tiny_models):
    dataset = messages(workspace, each=40)
    known_vectors(dataset, workspace)
    run = finished_run(workspace, dataset, wrong=(0, 3, 4))
    note_made_with(run.path, "cpu")
    return FinishedRun.open(run.id, workspace)


def test_no_sentence_of_the_report_misses_the_catalogue(facts):
    run = Contents(facts)
    outside = {str(run.title), run.model, run.id, run.dataset_id, run.created, *run.classes, *run.packages}
    outside |= {one.name for one in facts.dataset.examples} | {one.text or "" for one in facts.dataset.examples}
    outside |= {str(value) for _, value in run.settings if str(value)[:1].isdigit()}
    outside |= {str(run.computer), facts.made_with.system}
    outside |= {public.command(run.dataset_id, run.recipe)}
    assert unbracketed(read(render_report(facts, PSEUDO)), outside) == []


def test_no_sentence_of_the_card_misses_the_catalogue(facts):
    card = render_card(facts, PSEUDO)
    bare = re.sub(r"```.*?```|`[^`]*`", "", card.split("---\n", 2)[2], flags=re.DOTALL)
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", bare)) != bare:
        bare = inner
    assert not re.search(r"[^\W\d_]{3,} [^\W\d_]{3,}", bare), bare


def test_what_the_program_named_is_called_so_in_the_readers_language(workspace, tiny_models):
    """A Chinese report of the sample was headed "Clip art"."""
    run = finished_run(workspace, messages(workspace, each=40), title="Clip art (seed 3)")
    report = render_report(FinishedRun.open(run.id, workspace), language("zh"))
    assert "<h1>剪贴画" in report and "Clip art" not in report and "seed 3" not in report
