"""The model card: read as the Hub and a Markdown parser read it."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from huggingface_hub import ModelCard
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.data.findings import FINDINGS, Finding, save_findings
from core.messages import Message
from core.models.added import keep_addition, new_addition
from core.report.render import MARKDOWN as AS_MARKDOWN
from core.report.render import render_card
from core.results.finished_run import FinishedRun
from core.storage import read_json
from tests.core.report.making import HOSTILE, hostile_findings, hostile_messages, with_final_test, without_judges
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import edit, picture_dataset

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False}).enable(["table", "strikethrough"])
SECTIONS = ["Model details", "Intended use", "Data", "Evaluation", "Limitations and ethical considerations",
            "How to use it", "How to reproduce it"]  # fmt: skip


def tokens(markdown: str) -> list:
    flat = []
    for token in MARKDOWN.parse(markdown):
        flat += [token, *(token.children or [])]
    return flat


def body(card: str) -> str:
    return ModelCard(card, ignore_metadata_errors=False).text


@pytest.fixture
def run(workspace, tiny_models):
    return finished_run(workspace, messages(workspace, each=40), wrong=(0, 3, 4))


def test_its_head_is_what_the_hub_reads(run, workspace):
    data = ModelCard(render_card(FinishedRun.open(run.id, workspace))).data
    assert (data.pipeline_tag, data.metrics, data.model_name) == ("text-classification", ["accuracy"], "message")
    assert "transfer-learning" in data.tags
    (result,) = data.eval_results
    assert (result.metric_value, result.dataset_split) == (0.85, "validation")
    assert "20 examples, 95\u00a0% confidence interval 64-95\u00a0%" in result.metric_name


@pytest.mark.parametrize(
    ("model", "licence", "expected"),
    [
        ("tiny-text", "Apache-2.0", {"license": "apache-2.0", "license_name": None, "base_model": None}),
        ("hub:owner/name", "mit", {"license": "mit", "license_name": None, "base_model": "owner/name"}),
        ("hub:/home/x/name", "Their Own", {"license": "other", "license_name": "their own", "base_model": None}),
        ("small-text", "", {"license": None, "license_name": None, "base_model": None}),
    ],
)
def test_the_licence_is_that_of_the_pretrained_weights(model, licence, expected, run, workspace):
    file = run.path / "model.json"
    edit(file, card=read_json(file)["card"] | {"id": model, "licence": licence})
    card = render_card(FinishedRun.open(run.id, workspace))
    data = ModelCard(card).data
    assert {key: getattr(data, key, None) for key in expected} == expected
    assert "/home/x" not in card


def test_it_has_the_sections_of_a_model_card_and_the_figures_of_the_run(run, workspace):
    text = body(render_card(FinishedRun.open(run.id, workspace)))
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    assert re.findall(r"^# (.*)$", text, re.MULTILINE) == ["message"]
    assert "| Accuracy (validation set) | 85\u00a0% | 64-95\u00a0% | 20 |" in text
    assert "| Baseline: always predicting the most frequent class | 50\u00a0% |  | 20 |" in text
    assert "| no | 10 | 80\u00a0% | 49-94\u00a0% | 89\u00a0% |" in text
    assert f"python -m core predict {run.id} " in text
    assert "python -m core train dataset:" in text


def test_classes_that_were_added_are_told_and_that_the_figures_are_without_them(run, workspace):
    assert "Added afterwards" not in render_card(FinishedRun.open(run.id, workspace))
    keep_addition(new_addition(run.path, "*maybe*", ["perhaps"]), np.zeros((1, 10), np.float32))
    text = body(render_card(FinishedRun.open(run.id, workspace)))
    assert "into 2 classes" in text and "(one-shot): \\*maybe\\*. The figures here are" in text


def test_a_final_test_is_what_counts(run, workspace):
    with_final_test(run)
    card = render_card(FinishedRun.open(run.id, workspace))
    (result,) = ModelCard(card).data.eval_results
    assert (result.metric_value, result.dataset_split) == (0.5, "test")
    assert "| Accuracy (test set) | 50\u00a0% | 30-70\u00a0% | 20 |" in card


def test_no_example_was_held_back(run, workspace):
    card = render_card(FinishedRun.open(without_judges(run).id, workspace))
    assert "its accuracy is not known" in card
    assert ModelCard(card).data.eval_results is None


def test_pictures_are_called_so(workspace, tiny_models):
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    card = render_card(FinishedRun.open(finished_run(workspace, dataset).id, workspace))
    assert ModelCard(card).data.pipeline_tag == "image-classification"
    assert "pictures into 3 classes" in card and "picture.jpg" in card


def test_findings_are_told(run, workspace):
    facts = FinishedRun.open(run.id, workspace)
    (workspace.datasets / facts.dataset.id / FINDINGS).unlink()
    assert "It has not been checked for copies" in render_card(facts)
    tiny = Finding("tiny", "note", Message("Tiny ones"), Message("So small."), 1)
    save_findings(facts.dataset.id, workspace, [tiny], complete=True)
    assert "- **Tiny ones.** So small." in render_card(FinishedRun.open(run.id, workspace))
    save_findings(facts.dataset.id, workspace, [replace(tiny, title=Message("A note."))], complete=True)
    assert "- **A note.** So small." in render_card(FinishedRun.open(run.id, workspace))


@given(st.one_of(st.text(), st.sampled_from(HOSTILE)))
def test_strangers_text_is_text_on_one_line(text):
    shown = AS_MARKDOWN.outside(text, 300)
    assert "\n" not in shown
    for where in (f"# x{shown}", f"- **x{shown}**", f"| a | b |\n| --- | --- |\n| x{shown} | c |"):
        found = tokens(where)
        kinds = {token.type for token in found}
        assert not kinds & {"link_open", "image", "html_inline", "html_block", "code_inline", "em_open", "s_open"}
        if where.startswith("|"):
            assert found[-1].type == "table_close"
            assert "c" in [b.content for a, b in pairwise(found) if a.type == "td_open"][1:]  # still the second cell


def test_strangers_cannot_put_anything_into_it(workspace, tiny_models):
    dataset = hostile_messages(workspace)
    hostile_findings(dataset, workspace)
    run = finished_run(workspace, dataset, wrong=range(0, 20, 2), title=HOSTILE[-1])
    card = render_card(FinishedRun.open(run.id, workspace))
    data = ModelCard(card).data
    assert getattr(data, "license", None) != "evil"
    found = tokens(body(card))
    kinds = {token.type for token in found}
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "em_open", "s_open"}
    headings = [token.content for before, token in pairwise(found) if before.type == "heading_open"]
    assert headings[1:] == SECTIONS
    assert not re.search(r"(?<!\\)(https?|www)[:.]", body(card))


def test_a_bare_address_is_no_link():
    # What GitHub makes of bare addresses (https://github.github.com/gfm/#autolinks-extension-)
    assert AS_MARKDOWN.outside("https://evil.example www.evil.example a@b.example", 300) == (
        "https\\://evil.example www\\.evil.example a\\@b.example"
    )
