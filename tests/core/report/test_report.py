"""The report: it says what the run says, whatever strangers wrote, and nothing in it leaves the file."""

import json
import re
import shutil
from dataclasses import replace
from itertools import pairwise

import pytest
from sklearn.metrics import confusion_matrix

from core.data.findings import FINDINGS, Finding, save_findings
from core.errors import DataError, RunError
from core.evaluation.answers import read_answers
from core.evaluation.curves import read_curves
from core.events import EpochEnd, RunStarted, to_dict
from core.messages import Message, encode
from core.report.charts import class_colours
from core.report.render import POLICY, render_report
from core.results.finished_run import FinishedRun
from core.runs.folder import RunFolder
from core.runs.made_with import note_made_with
from core.runs.progress import follow
from core.storage import append_line
from pages.shared import figures
from tests.core.report.making import hostile_findings, hostile_messages, known_vectors, with_final_test, without_judges
from tests.core.report.reading import read
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import edit, picture_dataset

SECTIONS = {
    "accuracy", "errors", "confidence", "curves", "dataset", "findings", "map", "settings", "limits", "reproduce",
    "glossary",
}  # fmt: skip


def page_of(run, workspace):
    return read(render_report(FinishedRun.open(run.id, workspace)))


@pytest.fixture
def texts(workspace, tiny_models):
    dataset = messages(workspace, each=40)
    return dataset, finished_run(workspace, dataset, wrong=(0, 3, 4))


def test_it_says_what_the_run_says(texts, workspace):
    _, run = texts
    page = page_of(run, workspace)
    assert page.all("title")[0].text == "Report: message"
    lead = next(one for one in page.all("p") if one.attributes.get("class") == "lead").text.replace("\u00a0", " ")
    assert lead == (
        "85 % accuracy: 17 of 20 messages were classified correctly (95 % confidence interval 64-95 %). "
        "The baseline, always predicting the most frequent class (“no”), reaches 50 %."
    )
    assert page.by_id("accuracy").rows() == [["Accuracy (validation set)", "85 % (64-95 %)", "", "50 %", "20"]]
    data = page.by_id("dataset").rows()
    assert data[:2] == [["no", "", "40", "30", "10"], ["yes", "", "40", "30", "10"]]
    assert len(page.all("nav")[0].all("a")) == len(page.all("section")) == len(SECTIONS)


def test_its_confusion_is_that_of_the_answers(texts, workspace):
    dataset, run = texts
    answers = read_answers(run.path)
    expected = confusion_matrix([a.truth for a in answers], [a.label for a in answers], labels=dataset.classes)
    table = next(one for one in page_of(run, workspace).all("table") if one.attributes.get("class") == "confusion")
    shown = [[int(cell.replace("·", "0")) for cell in row[1:]] for row in table.rows()]
    assert shown == expected.tolist()


def test_each_class_has_its_score_with_interval_and_number(texts, workspace):
    _, run = texts
    rows = page_of(run, workspace).by_id("errors").rows()[:2]
    # 0, 3 and 4 of the validation examples in order: two of one class and one of the other
    assert {tuple(row) for row in rows} == {
        ("no", "10", "80 % (49-94 %)", "", "89 %"), ("yes", "10", "90 % (60-98 %)", "", "82 %")
    }  # fmt: skip
    assert rows[0][0] == "no"  # the lowest recall


def test_the_most_wrong_are_quoted_the_surest_first(texts, workspace):
    dataset, run = texts
    quoted = [one.text for one in page_of(run, workspace).by_id("errors").all("blockquote")]
    wrong = [a for a in read_answers(run.path) if not a.right]
    at = {e.id: e for e in dataset.examples}
    assert sorted(quoted) == sorted(at[a.example].text for a in wrong)


def test_kinds_of_examples_are_told_with_their_shares(texts, workspace):
    _, run = texts
    failures = page_of(run, workspace).by_id("errors")
    assert "Subgroups (slices)" in failures.text
    rows = [row for row in failures.rows() if row[0] == "length of the message"]
    assert len(rows) >= 2
    assert sum(int(row[2]) for row in rows) == 20
    assert all(re.fullmatch(r"\d+ % \(\d+-\d+ %\)", row[3]) for row in rows)


def test_judges_that_are_twins_of_what_taught_are_told(texts, workspace):
    dataset, run = texts
    assert "are not kept" in page_of(run, workspace).by_id("errors").text
    known_vectors(dataset, workspace)
    failures = page_of(run, workspace).by_id("errors")
    assert re.search(r"Without them, \d+ of \d+ are correct", failures.text)
    pairs = [row for row in failures.rows() if len(row) == 5 and row[1] in ("yes", "no") and row[3] in ("yes", "no")]
    assert len(pairs) == 8
    likeness = [int(row[4].split()[0]) for row in pairs]
    assert likeness == sorted(likeness, reverse=True)


def test_the_curves_are_read_in_words(texts, workspace):
    _, run = texts
    started = next(event for event in run.events() if isinstance(event, RunStarted))
    losses = [1.4, 0.7, 0.3, 0.1, 0.02], [1.4, 0.8, 0.5, 0.8, 1.3]
    for epoch, (taught, judged) in enumerate(zip(*losses, strict=True)):
        run.append(EpochEnd(epoch, 4, taught, 0.9, judged, 0.85, float(epoch)))
    said = page_of(run, workspace).by_id("curves").all("li")
    expected = read_curves(follow(run.events()).epochs, started.n_train, started.n_validation, started.baseline, 4)
    assert [one.text for one in said] == [str(remark.message) for remark in expected]
    assert "overfits" in said[0].text


def test_pictures_are_in_the_file(workspace, tiny_models):
    dataset = picture_dataset(workspace, each=8)
    dataset.save(workspace)
    run = finished_run(workspace, dataset, wrong=(1,))
    page = page_of(run, workspace)
    assert len(page.by_id("errors").all("img")) == 1
    assert len(page.by_id("dataset").all("img")) == 3  # one of each class
    for picture in workspace.examples.rglob("*.img"):
        picture.unlink()
    assert "no longer here" in page_of(run, workspace).by_id("errors").text


def test_strangers_cannot_put_anything_into_it(workspace, tiny_models):
    dataset = hostile_messages(workspace)
    hostile_findings(dataset, workspace)
    known_vectors(dataset, workspace)
    run = finished_run(workspace, dataset, wrong=range(0, 20, 2), title='"><script>alert(2)</script>')
    html = render_report(FinishedRun.open(run.id, workspace))
    page = read(html)  # which refuses scripts, handlers, links, comments and what is not closed
    assert not re.search(r"<script|<img src=x|<svg/|<a href=.?http", html)
    assert page.all("h1")[0].text == '"><script>alert(2)</script>'
    assert "{title} {0} {names!r} %s" in page.by_id("dataset").text
    assert page.by_id("map").all("circle")


def test_nothing_is_allowed_to_be_fetched_or_run(texts, workspace):
    html = render_report(FinishedRun.open(texts[1].id, workspace))
    policy = next(m for m in read(html).all("meta") if "http-equiv" in m.attributes)
    assert policy.attributes["content"] == POLICY
    assert POLICY.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    assert not re.search(r"https?://|//cdn|@import|url\(|javascript:", html)
    assert html.index("Content-Security-Policy") < html.index("<title>")


def test_headings_are_in_order(texts, workspace):
    levels = [int(one.name[1]) for one in page_of(texts[1], workspace).everything() if re.fullmatch("h[1-6]", one.name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_it_says_so_where_nobody_judged(texts, workspace):
    page = page_of(without_judges(texts[1]), workspace)
    assert "its accuracy is not known" in page.by_id("accuracy").text
    assert "It was not evaluated" in page.by_id("limits").text
    assert {one.attributes["id"] for one in page.all("section")} == SECTIONS - {"errors", "confidence"}


def test_findings_are_told_where_the_score_stands_too(texts, workspace):
    dataset, run = texts
    (workspace.datasets / dataset.id / FINDINGS).unlink()
    assert "has not been checked" in page_of(run, workspace).by_id("findings").text
    found = [
        Finding("shortcut", "serious", Message("The word 'x' gives it away"), Message("It does."), 5),
        Finding("few_examples", "note", Message("Few examples"), Message("Add some."), 1),
    ]
    save_findings(dataset.id, workspace, found, complete=True)
    page = page_of(run, workspace)
    assert "The word 'x' gives it away" in page.by_id("accuracy").text
    assert "One finding casts doubt on this score" in page.all("header")[0].text
    assert "Few examples" in page.by_id("findings").text and "Few examples" not in page.by_id("accuracy").text
    assert "The word 'x' gives it away" in page.by_id("limits").text


def test_a_chosen_moment_makes_the_score_too_kind(workspace, tiny_models):
    dataset = messages(workspace, each=20)
    page = page_of(finished_run(workspace, dataset, chosen=True), workspace)
    assert "a little too high" in page.by_id("accuracy").text and "a little too high" in page.by_id("limits").text
    plain = page_of(finished_run(workspace, dataset), workspace)
    assert "a little too high" not in plain.text


def test_a_final_test_counts_and_validation_stands_beside_it(texts, workspace):
    _, run = texts
    with_final_test(run)
    rows = page_of(run, workspace).by_id("accuracy").rows()
    assert rows[0][:2] == ["Accuracy (test set)", "50 % (30-70 %)"]
    assert rows[1][:2] == ["Accuracy (validation set)", "85 % (64-95 %)"]


def test_cross_validation_stands_beside_the_score_where_there_was_one(texts, workspace):
    _, run = texts
    ended = {**to_dict(run.events()[-1]), "cross_validated": {
        "accuracy": 0.81, "interval": [0.7, 0.92], "n": 80, "folds": 5, "repeats": 2}}  # fmt: skip
    append_line(run.path / "events.jsonl", json.dumps(ended, default=encode))
    page = page_of(run, workspace)
    assert page.by_id("accuracy").rows()[1] == ["Accuracy (cross-validation)", "81 % (70-92 %)", "", "", "80"]
    lead = next(one for one in page.all("p") if one.attributes.get("class") == "lead").text.replace("\u00a0", " ")
    assert "Cross-validation gives 81 % (95 % confidence interval 70-92 %). It rests on all 80 messages" in lead


def test_a_run_that_noted_less_is_told_all_the_same(texts, workspace):
    _, run = texts
    events = run.events()
    (run.path / "events.jsonl").unlink()
    for event in events:
        if not isinstance(event, EpochEnd):
            run.append(event)
    page = page_of(run, workspace)
    assert "were not noted" in page.by_id("reproduce").text
    assert "no curves" in page.by_id("curves").text
    assert "not kept" in page.by_id("map").text


def test_it_says_on_what_it_was_trained(texts, workspace):
    note_made_with(texts[1].path, "A fast card")
    page = page_of(texts[1], workspace)
    assert "A fast card (" in page.by_id("settings").text
    assert re.search(r"Trained with Python 3\.\d+\.\d+ and .*torch \d", page.by_id("reproduce").text)


def test_where_files_lie_is_told_to_nobody(texts, workspace):
    dataset, run = texts
    about = workspace.datasets / dataset.id / "dataset.json"
    edit(about, source={"path": "/home/somebody/secret"})
    html = render_report(FinishedRun.open(run.id, workspace))
    assert "secret" not in html and str(workspace.root) not in html


def test_what_cannot_be_reported_on_is_said(workspace, texts):
    dataset, run = texts
    half = RunFolder.create(workspace.runs, "train", "half", {"dataset": "x", "recipe": {}})
    with pytest.raises(RunError, match="no finished model"):
        FinishedRun.open(half.id, workspace)
    with pytest.raises(RunError, match="no run"):
        FinishedRun.open("../../etc", workspace)
    shutil.rmtree(workspace.datasets / dataset.id)
    with pytest.raises(DataError, match="no dataset"):
        render_report(FinishedRun.open(run.id, workspace))


def test_a_class_has_the_colour_that_it_has_on_every_page():
    classes = [f"class {i}" for i in range(11)]
    assert class_colours(classes) == figures.class_colours(classes)


def test_many_classes_are_listed_instead_of_drawn(workspace, tiny_models):
    dataset = hostile_messages(workspace, harm=[f"class {i}" for i in range(30)])
    run = finished_run(workspace, dataset, wrong=range(25))
    page = page_of(run, workspace)
    assert not [one for one in page.all("table") if one.attributes.get("class") == "confusion"]
    assert "The most frequent mistakes" in page.by_id("errors").text
    assert "10 more classes" in page.by_id("errors").text


def test_where_few_teach_the_others_are_shown_too(workspace, tiny_models):
    dataset = messages(workspace, each=20, groups={0: "alike", 2: "alike"})
    run = finished_run(workspace, dataset, recipe={"shots": 3})
    data = page_of(run, workspace).by_id("dataset")
    row = data.all("tbody")[0].all("tr")[0]
    taught, judged, neither = (one.attributes["width"] for one in row.all("rect"))
    counts = [int(cell) for cell in data.rows()[0][2:]]
    assert counts[0] == 20 and counts[1] == 3 and 16 <= counts[2] <= 17
    assert (taught, judged) == (f"{counts[1] * 5:.1f}%", f"{counts[2] * 5:.1f}%")
    assert neither == f"{(20 - counts[1] - counts[2]) * 5:.1f}%"


def test_an_earlier_moment_that_was_kept_is_marked(texts, workspace):
    _, run = texts
    assert "the epoch that was kept" not in page_of(run, workspace).by_id("curves").text  # it was the last
    run.append(replace(run.events()[-1], epoch=1))
    curves = page_of(run, workspace).by_id("curves")
    assert "the epoch that was kept" in curves.text
    assert len([one for one in curves.all("line") if one.attributes.get("class") == "kept"]) == 3  # two and the legend


def test_a_corrected_model_is_judged_as_it_is_corrected(workspace, tiny_models):
    dataset = messages(workspace, each=240)
    run = finished_run(workspace, dataset, wrong=range(0, 120, 3))  # two thirds right, and 90 % sure
    sure = page_of(run, workspace).by_id("confidence")
    assert "Overconfident" in sure.all("figcaption")[0].text
    edit(run.path / "model.json", temperature=3.2)
    sure = page_of(run, workspace).by_id("confidence")
    assert "Well calibrated" in sure.all("figcaption")[0].text
    assert "lowered by one number, the temperature (3.20; temperature scaling)" in sure.text
    assert {row[0] for row in sure.rows()} == {"as trained", "corrected"}
