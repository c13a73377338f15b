"""Examples whose class nobody has said: they come along, count in nothing, and can be given a class."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.data.dataset import Dataset, Example, describe_dataset
from core.data.intake import take_in, take_more
from core.data.readers.reading import ReadOptions, UndecidedError
from core.data.splits import make_split
from core.data.store import forget_unused
from core.data.versions import Change, change_set, lineage, undo
from core.errors import DataError
from core.events import drain
from core.project.opening import open_project
from core.project.save import save_project
from core.workspace import Workspace
from tests.core.test_main import last_json
from tests.helpers import message_dataset, png, write_tree


@pytest.fixture
def taken(workspace, tmp_path):
    def take(content, **options):
        source = tmp_path / "given.csv"
        if isinstance(content, dict):
            source = write_tree(tmp_path / "given", content)
        else:
            source.write_text(content)
        return drain(take_in(str(source), workspace, ReadOptions(**options)))

    return take


def table(*without: str) -> str:
    """Twelve rows with a class, and one for each of `without`, with that in its place."""
    rows = [f"{n / 7:.2f},{n * 3 % 11},{'ab'[n % 2]}" for n in range(12)]
    rows += [f"{n / 9:.2f},{n * 5 % 13},{label}" for n, label in enumerate(without)]
    return "\n".join(["length,width,kind", *rows])


def pictures(*folders: str) -> dict[str, bytes]:
    return {f"{name}/{n}.png": png((n, at, 9)) for at, name in enumerate(folders) for n in range(3)}


def test_rows_without_a_class_are_kept_and_count_in_nothing(taken, workspace):
    dataset, report = taken(table("", "", "not labelled yet", "Unlabelled"))
    assert dataset.counts == {"a": 6, "b": 6} and dataset.kind.is_row
    assert (report.used, len(report.unlabelled), report.skipped) == (12, 4, ())
    assert [one.name for one in dataset.unlabelled] == ["row 14", "row 15", "row 16", "row 17"]
    assert set(dataset.without_classes.payload(0)) == {"length", "width"}
    split = make_split(dataset, seed=0)
    assert len(split.train) + len(split.validation) + len(split.test) == 12
    assert Dataset.load(dataset.id, workspace) == dataset


def test_they_are_a_part_of_what_a_dataset_is_and_without_any_it_is_as_before(taken):
    all_labelled = taken(table())[0]
    one, other = taken(table(""))[0], taken(table("", ""))[0]
    assert len({all_labelled.id, one.id, other.id}) == 3
    assert replace(one, unlabelled=()).id == all_labelled.id


def test_an_empty_row_and_one_of_two_classes_are_still_left_out(taken):
    dataset, report = taken("text,topic\n" + "hello there,x\ngood day,y\n" * 20 + ",x\nwhat,\nboth,x;y\n")
    assert [one.text for one in dataset.unlabelled] == ["what"]
    assert len(report.skipped) == 2


def test_what_is_marked_as_none_of_the_classes_is_not_unlabelled(taken):
    rows = [f"I liked the {n}th,{n % 2},{1 - n % 2}" for n in range(12)]
    dataset, _ = taken("\n".join(["text,good,bad", *rows, "nothing of both,0,0", "nobody has looked,,"]))
    assert [one.text for one in dataset.unlabelled] == ["nobody has looked"]


def test_what_is_held_back_is_not_kept_without_a_class(taken):
    rows = [f"I liked the {n}th,{'xy'[n % 2]},{'train' if n < 8 else 'test'}" for n in range(12)]
    dataset, report = taken("\n".join(["text,label,split", *rows, "to learn,,train", "to ask,,test"]))
    assert [one.text for one in dataset.unlabelled] == ["to learn"]
    assert len(report.skipped) == 1


def test_tasks_that_nobody_has_done_yet(taken):
    def task(n: int) -> dict:
        chosen = {"value": {"choices": ["xy"[n % 2]]}, "from_name": "s", "type": "choices"}
        return {"data": {"text": f"this is the {n}th"}, "annotations": [{"result": [chosen]}] if n < 8 else []}

    dataset, report = taken({"export.json": json.dumps([task(n) for n in range(12)]).encode()})
    assert (report.used, len(dataset.unlabelled), report.skipped) == (8, 4, ())


@pytest.mark.parametrize("folder", ["unlabelled", "Un-labeled", "unsup", "未标注", "ohne Label", "sin_etiquetar"])
def test_a_folder_that_says_so_is_no_class(taken, folder):
    dataset, report = taken(pictures("cat", "dog", folder))
    assert dataset.counts == {"cat": 3, "dog": 3}
    assert len(dataset.unlabelled) == 3 and report.proposal["unsorted"] == "kept"
    assert taken(pictures("cat", "dog", folder), unsorted="whole")[0].counts == {"cat": 3, "dog": 3, folder: 3}


def test_many_more_pictures_without_a_class_than_with(taken):
    files = {f"unlabelled/{n}.png": png((n, 200, 9)) for n in range(30)}
    assert len(taken({**pictures("cat", "dog"), **files})[0].unlabelled) == 30


def test_a_folder_that_may_be_a_class_is_asked_about(taken):
    with pytest.raises(UndecidedError, match="'unsorted' is either a class") as undecided:
        taken(pictures("cat", "dog", "unsorted"))
    assert undecided.value.proposal["unsorted"] is None
    assert len(taken(pictures("cat", "dog", "unsorted"), unsorted="kept")[0].unlabelled) == 3


def test_where_no_two_classes_would_be_left_it_is_one(taken):
    assert taken(pictures("labelled", "unlabelled"))[0].counts == {"labelled": 3, "unlabelled": 3}


def test_more_of_them_come_to_a_dataset(taken, workspace, tmp_path):
    dataset, _ = taken(table(""))
    more = tmp_path / "more.csv"
    more.write_text("length,width,kind\n5.5,1,a\n7.5,2,\n0.00,0,\n")
    added, report = drain(take_more(str(more), workspace, into=dataset.id))
    assert added.counts == {"a": 7, "b": 6} and len(added.unlabelled) == 2
    assert (report.used, len(report.unlabelled), len(report.skipped)) == (1, 1, 1), "one is there already"
    assert Dataset.load(added.id, workspace) == added


def test_one_gets_a_class_and_another_goes_and_both_come_back(workspace):
    labelled = message_dataset(workspace)
    rest = tuple(Example(f"u{n}", "", f"row {n}", f"what is the {n}th?") for n in range(3))
    root = replace(labelled, unlabelled=rest)
    root.save(workspace)
    named = change_set(root.id, [Change("relabel", examples=(rest[0].key,), label="bus")], workspace)
    assert [one.label for one in named.examples if one.id == "u0"] == ["bus"] and len(named.unlabelled) == 2
    left = change_set(named.id, [Change("exclude", examples=(rest[1].key,))], workspace)
    assert left.unlabelled == rest[2:] and len(left.examples) == len(root.examples) + 1
    back = left
    for change in lineage(left.id, workspace).changes:
        back = undo(back.id, change.id, workspace)
    assert back == root


def test_their_pictures_stay_and_are_looked_through_by_nobody(taken, workspace):
    dataset, _ = taken(pictures("cat", "dog", "unlabelled"))
    assert forget_unused(workspace) == 0
    assert dataset.without_classes.payload(2).size == (8, 8)


def test_a_project_takes_them_along_and_one_to_look_at_does_not(taken, workspace, tmp_path):
    for content in (pictures("cat", "dog", "unlabelled"), table("", "secret words")):
        dataset, _ = taken(content)
    elsewhere, shown = Workspace(tmp_path / "elsewhere"), Workspace(tmp_path / "shown")
    drain(save_project(tmp_path / "all.ftlab", [], workspace, "en"))
    drain(open_project(tmp_path / "all.ftlab", elsewhere))
    assert Dataset.load(dataset.id, elsewhere).unlabelled == dataset.unlabelled
    made = drain(save_project(tmp_path / "show.ftlab", [dataset.id], workspace, "en", originals=False))
    assert any("no class are skipped" in str(note) for note in made.notes)
    drain(open_project(tmp_path / "show.ftlab", shown))
    assert Dataset.load(dataset.id, shown).unlabelled == ()


def test_check_counts_them_among_what_is_skipped_and_says_how_many(cli, tmp_path):
    (tmp_path / "given.csv").write_text(table("", ""))
    _, lines, _ = cli("check", tmp_path / "given.csv", "--json", "--quick")
    report = last_json(lines)
    assert (report["used"], len(report["skipped"]), report["unlabelled"]) == (12, 2, 2)
    _, lines, _ = cli("check", f"dataset:{report['dataset']}", "--quick")
    assert lines[0].endswith("12 used, 0 skipped, 2 classes")
    assert any("2 without a class, kept for learning from" in line for line in lines)
    assert cli("edit", f"dataset:{report['dataset']}", "--relabel", "row 14", "a", "--json")[0] == 0


def test_a_table_without_any_class_is_refused_as_before(taken, workspace):
    with pytest.raises(DataError):
        taken("text,label\n" + "hello there,\n" * 12)
    assert list(workspace.datasets.iterdir()) == []


def test_the_report_lists_them_apart(taken, workspace):
    dataset, _ = taken(table(""))
    report = describe_dataset(dataset.id, workspace)["report"]
    assert [(skip["file"], str(skip["reason"])) for skip in report["unlabelled"]] == [("row 14", "The label is empty.")]


@pytest.mark.parametrize("word", ["NA", "n/a", "null", "NULL", "?", "-", "nan", "\u2014", "N.A.", "<NA>"])
def test_a_cell_for_nothing_in_the_place_of_the_class_is_none_and_a_person_may_say_otherwise(taken, word):
    dataset, report = taken(table(word, word, word))
    assert dataset.counts == {"a": 6, "b": 6} and len(dataset.unlabelled) == 3
    assert report.proposal["unsorted"] == "kept"
    assert any(f"3 examples have “{word}” as their class" in str(note) for note in report.notes)
    assert taken(table(word, word, word), unsorted="whole")[0].counts == {"a": 6, "b": 6, word: 3}


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("-", ["+"]), ("?", ["!", "."]), ("NA", ["yes"]), ("NA", ["EU", "AS", "AF", "SA"]), ("na", ["ka", "sa", "ta"]),
        ("Na", ["K", "Cl"]), ("none", ["mild", "severe"]), ("None", ["few", "many"]), ("null", ["eins", "zwei"]),
    ],
)  # fmt: skip
def test_where_its_company_says_so_it_is_a_class(taken, word, others):
    rows = [f"{n / 7:.2f},{n * 3 % 11},{[word, *others][n % (1 + len(others))]}" for n in range(12 * len(others))]
    said = {} if len(others) > 1 or word == "-" else {"label_column": "kind", "kind": "table"}
    dataset, report = taken("\n".join(["length,width,kind", *rows]), **said)
    assert set(dataset.counts) == {word, *others} and not dataset.unlabelled and "unsorted" not in report.proposal


def test_a_survey_of_yes_and_no_has_two_classes(taken):
    rows = [f"this is what the {n}th of them said,{('yes', 'no', 'N/A')[n % 3]}" for n in range(30)]
    dataset, _ = taken("\n".join(["answer,wants", *rows]))
    assert dataset.counts == {"yes": 10, "no": 10} and len(dataset.unlabelled) == 10


def test_a_table_of_labels_says_nothing_of_some_files(taken):
    files = {f"{n}.png": png((n, 7, 9)) for n in range(15)}
    rows = [f"{n}.png,{('cat', 'dog', 'NA')[n % 3]}" for n in range(15)]
    dataset, report = taken(files | {"labels.csv": "\n".join(["file,label", *rows]).encode()})
    assert dataset.counts == {"cat": 5, "dog": 5} and len(dataset.unlabelled) == 5
    assert report.proposal["unsorted"] == "kept"


def test_a_number_that_is_written_in_two_ways_is_one_class(taken):
    dataset, report = taken(table("1", "2", "1.0", "2.0", "2.00"))
    assert dataset.counts == {"a": 6, "b": 6, "1": 2, "2": 3}
    assert any("“1” and “1.0”" in str(note) for note in report.notes)
    assert taken(table("1.0", "2.0"))[0].counts == {"a": 6, "b": 6, "1.0": 1, "2.0": 1}
    assert taken(table("1.0", "1.5", "1"))[0].counts == {"a": 6, "b": 6, "1": 2, "1.5": 1}
