"""The page that compares runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.data.dataset import Example
from core.runs.folder import RunFolder
from tests.core.studies.comparison.making import finished_run, messages
from tests.pages.conftest import press, visit, words

PAGE = "studies/comparison.py"


@pytest.fixture
def two(app, workspace, tiny_models) -> list[RunFolder]:
    dataset = messages(workspace, each=40)
    return [
        finished_run(workspace, dataset, range(2), recipe={"epochs": 5}),
        finished_run(workspace, dataset, range(1, 7), recipe={"epochs": 9}),
    ]


@pytest.fixture
def apart(app, workspace, tiny_models) -> list[RunFolder]:
    dataset = messages(workspace, each=100)
    return [finished_run(workspace, dataset, range(9 * seed), recipe={"seed": seed}) for seed in (0, 1)]


def look(app, runs, **address):
    return visit(app, PAGE, runs=",".join(run.id for run in runs), **address)


def plain(app) -> str:
    return words(app).replace("\\", "")


def plain_cell(cell: str) -> str:
    return cell.replace("\\", "").strip("*")


def headings(app) -> list[str]:
    return [heading.value for heading in app.subheader]


def test_verdict_table_curves_recipes_and_the_examples_on_which_they_part(app, two):
    look(app, two)
    said = plain(app)
    assert (
        "#### No clear difference: “Last layer only (Epochs 5)” was ahead of “Last layer only (Epochs 9)” by 20 "
        in said
    )
    assert headings(app) == ["Where they disagree"]
    folded = [one.label for one in app.expander]
    assert folded == ["Show data", "Learning curves", "Show data", "What differs in their settings"]
    scores, recipes = (table.value for table in app.table)
    assert [plain_cell(cell) for cell in scores["accuracy"]] == ["90\u00a0% (70-97\u00a0%)", "70\u00a0% (48-85\u00a0%)"]
    assert list(scores["evaluated on"]) == ["20", "20"] and "0 kB" not in list(scores["size"])
    assert list(recipes["option"]) == ["**Epochs**"] and recipes.iloc[0].tolist()[1:] == ["5", "9"]
    assert "is right and “Last layer only (Epochs 9)” is wrong: 5" in said
    assert "is right and “Last layer only (Epochs 5)” is wrong: 1" in said
    assert said.count("predicted") == 6
    assert "Of 20 examples both get 13 right and 1 wrong" in said


def test_without_an_address_two_that_belong_together_are_shown(app, two, workspace):
    finished_run(workspace, messages(workspace, prefix="other"))
    visit(app, PAGE)
    assert app.multiselect[0].value == [two[1].id, two[0].id]
    assert app.query_params["runs"] == f"{two[1].id},{two[0].id}"
    assert "No clear difference" in plain(app)


@pytest.mark.parametrize("bad", ["../../etc/passwd", "nobody,nothing", "<b>,"])
def test_a_bad_address_does_not_show_what_somebody_else_compared(app, two, bad):
    visit(app, PAGE, runs=bad, on="../..")
    assert "cannot be shown" in plain(app) and not app.multiselect

    visit(app, PAGE, runs=f"{two[0].id},{bad}")
    assert "cannot be shown" in plain(app) and not app.multiselect


def test_a_bad_way_to_compare_is_passed_over(app, two):
    look(app, two, on="../..")
    assert app.multiselect[0].value == [run.id for run in two]


def test_another_choice_goes_into_the_address(app, two):
    look(app, two)
    app.multiselect[0].set_value([two[0].id]).run()
    assert "Choose one more run" in plain(app) and app.query_params["runs"] == two[0].id


def test_scores_of_different_examples_never_stand_beside_each_other_in_silence(app, apart):
    look(app, apart)
    said = plain(app)
    assert "#### No verdict: " in said and "No clear difference" not in said
    assert [plain_cell(cell) for cell in app.table[0].value["evaluated on"]] == ["50 (set A)", "50 (set B)"]
    assert "Scores from different examples, which cannot be compared" in said
    assert "compare the shapes only" in said and "Highest at the end" not in said
    assert "Where they disagree" not in headings(app)


def test_the_examples_that_judged_both(app, apart):
    look(app, apart)
    label = next(button.label for button in app.button if button.label.startswith("Compare on these"))
    press(app, label)
    assert app.query_params["on"] == "shared"
    assert "#### No clear difference: " in plain(app) and "that evaluated all of them count here" in plain(app)
    press(app, "Back to their own scores")
    assert "No verdict" in plain(app) and "on" not in app.query_params


def test_another_set_judges_both_again(app, workspace, tiny_models):
    from core.jobs.base import run_job

    dataset = messages(workspace, each=20)
    runs = []
    for seed in (0, 1):
        request = {"dataset": dataset.id, "recipe": {"model": "tiny-text", "strategy": "nearest", "seed": seed}}
        runs.append(RunFolder.create(workspace.runs, "train", dataset.title, request))
        run_job(runs[-1], workspace, lambda: False)
    fresh = [
        Example(f"fresh-{n}", "yes" if n % 2 else "no", f"fresh {n}", f"{n * 77} fresh {n * 991}") for n in range(9)
    ]
    replace(dataset, title="<b>more</b>", examples=(*fresh, *dataset.examples[:5])).save(workspace)
    look(app, runs)
    press(app, "Evaluate them again")
    said = plain(app)
    assert "Evaluated again on <b>more</b>" in said and "Skipped, because a run was trained on them: " in said
    assert "No verdict" not in said
    study = app.query_params["on"]
    press(app, "Back to their own scores")
    press(app, "Evaluated again before, on \\<b\\>more\\</b\\>")  # escaped: a label is Markdown
    assert app.query_params["on"] == study and "Evaluated again on" in plain(app)


def test_judging_again_that_came_to_nothing_says_why(app, apart, workspace):
    design = {"runs": [run.id for run in apart], "on": "gone"}
    request = {"study": "comparison", "dataset": "gone", "design": design}
    study = RunFolder.create(workspace.studies, "study", "t", request)
    study.end("failed", "The set *is* gone.")
    look(app, apart, on=study.id)
    assert "The set *is* gone." in plain(app)
    press(app, "Back to their own scores")
    assert "No verdict" in plain(app)


def test_what_cannot_be_compared_is_said(app, two, workspace):
    other = finished_run(workspace, messages(workspace, prefix="other"), classes=("no", "yes", "perhaps"))
    look(app, [two[0], other])
    assert "tell apart different classes" in plain(app) and not app.table


def test_of_three_one_picks_which_two_to_look_at(app, two, workspace):
    third = finished_run(workspace, messages(workspace, each=40), range(3), recipe={"epochs": 7})
    look(app, [*two, third])
    picker = next(box for box in app.selectbox if box.label == "Which two")
    assert len(picker.options) == 3
    picker.select_index(2).run()
    assert "“Last layer only (Epochs 7)” is right and “Last layer only (Epochs 9)” is wrong" in plain(app)


def test_identical_recipes_say_so(app, workspace, tiny_models):
    dataset = messages(workspace, each=40)
    look(app, [finished_run(workspace, dataset, range(12)), finished_run(workspace, dataset)])
    said = plain(app)
    assert "their settings and their data are the same" in said
    assert "“Last layer only (run 1)” is better than" in said
    assert "Try the better one" in [button.label for button in app.button]


def test_a_result_leads_to_its_comparison(app, two):
    visit(app, "understand/result.py", run=two[1].id)
    (button,) = (button for button in app.button if button.label == "Compare")
    assert "message · tiny\\-text · Last layer only" in button.help
    # Streamlit sends back what a choice shows: of two runs of one minute it would always take the first
    (picker,) = (box for box in app.selectbox if box.label == "Run")
    assert len(set(picker.options)) == 2


def test_a_lone_run_has_nothing_to_be_compared_with(app, workspace, tiny_models):
    run = finished_run(workspace, messages(workspace))
    visit(app, "understand/result.py", run=run.id)
    assert "Compare" not in [button.label for button in app.button]
    assert "When two runs have finished" in plain(visit(app, PAGE))
