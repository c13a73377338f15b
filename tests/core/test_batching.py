"""Thousands of examples at once: as a job, and from the command line."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import openpyxl
import pytest

from core.data.dataset import Dataset
from core.data.intake import take_in
from core.data.readers.reading import ReadOptions
from core.events import Progress, drain
from core.jobs import batching as module
from core.jobs.base import run_job
from core.jobs.batching import gather, predict_batch
from core.jobs.trying import open_model
from core.messages import ENGLISH
from core.modalities import get_modality
from core.results import batch as kept
from core.results.batch import BatchAnswers, BatchRow, BatchWriter, rows_of, write_sorted
from core.results.record import read_split
from core.runs.folder import RunFolder
from core.storage import Damaged, read_sealed
from tests.helpers import message_dataset, picture_dataset, png, row_dataset, trained, write_zip
from tests.refusing_disk import full_disk

RIDES = ["bus late stop driver", "pizza menu lunch", "museum zoo ticket friday"]


@pytest.fixture
def train(workspace, tiny_models):
    def go(kind="text", **changes) -> RunFolder:
        dataset = (message_dataset if kind == "text" else picture_dataset)(workspace, each=20)
        dataset = type(dataset)(**{**dataset.__dict__, **changes}) if changes else dataset
        return trained(workspace, dataset)

    return go


@pytest.fixture
def job(workspace):
    def go(kind: str, stop=None, **request):
        folder = RunFolder.create(workspace.jobs, kind, "T", request)
        return folder, run_job(folder, workspace, stop or folder.stop_requested)

    return go


def table_of(folder, threshold=None):
    header, *rows = BatchAnswers(folder.path).table(threshold, ENGLISH)
    return [dict(zip(header, row, strict=True)) for row in rows]


def pictures(path):
    return write_zip(path, [
        ("a/black.png", png((0, 0, 0), (32, 32))), ("b/BLACK.png", png((9, 9, 9), (32, 32))),
        ("yellow.png", png((255, 255, 0), (32, 32))), ("__MACOSX/._x.png", b"x"), ("not.png", b"<html>"),
        ("notes.txt", b"hello"),
    ])  # fmt: skip


def test_a_table_keeps_its_columns_and_gets_the_answers(train, job, tmp_path, workspace):
    run = train()
    (tmp_path / "a.csv").write_text(
        "id,message\n" + "".join(f"=x{n},{text}\n" for n, text in enumerate(RIDES)) + "9,\n"
    )
    folder, ended = job("batch", run=run.id, paths=[str(tmp_path / "a.csv")])
    assert (ended.reason, ended.result) == ("completed", {"rows": 4})
    rows = table_of(folder)
    assert list(rows[0]) == ["id", "message", "File or row", "Answer", "Most likely class", "Confidence",
                             "Second class", "Confidence in it", "Similarity", "Problem"]  # fmt: skip
    assert [row["Answer"] for row in rows] == ["bus", "lunch", "trip", ""]
    assert [row["message"] for row in rows] == [*RIDES, ""]
    assert rows[3]["Problem"] == "The message is empty."
    (few,) = job("predict", run=run.id, inputs=RIDES[:1])[1].result["answers"]
    first = sorted(few["probabilities"].items(), key=lambda pair: -pair[1])
    assert (rows[0]["Second class"], rows[0]["Confidence"]) == (first[1][0], pytest.approx(first[0][1], abs=1e-4))
    assert rows[0]["Similarity"] == pytest.approx(few["likeness"], abs=1e-4)


def test_columns_that_a_table_has_already_are_told_apart(tmp_path):
    writer = BatchWriter(tmp_path, ("message", "answer", "Confidence "), {}, (), 1, kept.Rejection("sure", (), ()))
    writer.add(BatchRow("row 2", ("bus", "mine", "high"), "ours", 0.8))
    writer.close()
    header, row = BatchAnswers(tmp_path).table(None, ENGLISH)
    assert list(header) == [
        "message", "answer", "Confidence", "File or row", "Answer (this prediction)", "Most likely class",
        "Confidence (this prediction)", "Second class", "Confidence in it", "Problem",
    ]  # fmt: skip
    assert dict(zip(header, row, strict=True))["Answer (this prediction)"] == "ours"


def test_a_zip_of_pictures_is_answered_row_by_row_and_sorted(train, job, tmp_path, workspace):
    run = train("image")
    folder, ended = job("batch", run=run.id, paths=[str(pictures(tmp_path / "a.zip"))])
    answers = BatchAnswers(folder.path)
    threshold = answers.refusal.usual
    assert (ended.result["rows"], answers.rows, answers.total) == (5, 5, 5)
    assert [str(note) for note in answers.notes] == ["1 hidden file of the operating system was skipped."]
    by_name = {row["File or row"]: row for row in table_of(folder, threshold)}
    assert by_name["a/black.png"]["Answer"] == "dark"
    assert by_name["yellow.png"]["Answer"] == "None of these" != by_name["yellow.png"]["Most likely class"]
    assert "not a picture" in by_name["not.png"]["Problem"]
    assert "another kind" in by_name["notes.txt"]["Problem"]
    assert all(row.thumbnail.startswith("data:image/jpeg") for row in answers.each() if not row.error)
    for at in (threshold, 0.0, 1.0, None):
        assert answers.counts(at) == answers.tallied(at)
    assert answers.counts(threshold) == kept.Counts({"dark": 2}, 1, 2)

    sort, ended = job("sort", batch=folder.id, none_below=threshold, language="en")
    with zipfile.ZipFile(sort.path / ended.result["file"]) as archive:
        assert archive.namelist() == ["dark/black.png", "dark/BLACK (2).png", "None of these/yellow.png", "answers.csv"]
        assert archive.read("None of these/yellow.png") == png((255, 255, 0), (32, 32))
        assert archive.read("answers.csv").count(b"\n") == 6


def test_labels_of_any_kind_become_folders_of_their_own(tmp_path):
    labels = ["a/b", "A\\B", "..", "None of these", 'say "hi"', "🙂", "كلب"]
    writer = BatchWriter(tmp_path, (), {}, (), len(labels), kept.Rejection("sure", (), ()))
    items = [module.Unlabelled(f"{n}/x.png", lambda n=n: bytes([n])) for n in range(len(labels) + 1)]
    for item, label in zip(items, [*labels, labels[0]], strict=True):
        writer.add(BatchRow(item.name, label=label, confidence=0.9))
    writer.close()
    done = list(write_sorted(tmp_path / "s.zip", kept.Batch(tuple(items)), BatchAnswers(tmp_path), None, ENGLISH))
    assert done == [*range(1, 9)]
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        assert archive.namelist()[-2:] == ["answers.csv", "folders.csv"]
        told = dict(csv.reader(io.StringIO(archive.read("folders.csv").decode("utf-8-sig"))))
        assert told == {"Folder": "Class", "a_b": "a/b", "A_B (2)": "A\\B", "_": "..", "🙂": "🙂", "كلب": "كلب",
                        "None of these (2)": "None of these", "say _hi_": 'say "hi"'}  # fmt: skip
        assert archive.namelist()[:-2] == [
            "a_b/x.png", "A_B (2)/x.png", "_/x.png", "None of these (2)/x.png", "say _hi_/x.png", "🙂/x.png",
            "كلب/x.png", "a_b/x (2).png",
        ]  # fmt: skip


def test_files_that_have_changed_since_are_not_sorted(train, job, tmp_path):
    run = train("image")
    folder, _ = job("batch", run=run.id, paths=[str(pictures(tmp_path / "a.zip"))])
    write_zip(tmp_path / "a.zip", [("other.png", png())])
    sort, ended = job("sort", batch=folder.id, none_below=None, language="en")
    assert (ended.reason, "not what they were" in str(ended.message)) == ("failed", True)
    assert list(sort.path.glob("*.zip")) == []


def test_a_stop_keeps_what_was_answered(train, job, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_WINDOW", 2)
    monkeypatch.setattr(kept, "_ROWS", 3)
    run = train()
    (tmp_path / "a.txt").write_text("\n".join(f"{RIDES[n % 3]} {n}" for n in range(20)))
    calls = iter([False, False, False])
    folder, ended = job("batch", stop=lambda: next(calls, True), run=run.id, paths=[str(tmp_path / "a.txt")])
    answers = BatchAnswers(folder.path)
    assert (ended.reason, str(ended.message)) == ("stopped", "It was stopped. What was answered before is kept.")
    assert 0 < ended.result["rows"] == answers.rows < answers.total == 20
    assert [row.cells[0].split()[-1] for row in answers.each()] == [str(n) for n in range(answers.rows)]


def test_progress_reaches_the_end_and_only_a_few_are_in_memory(train, workspace, tmp_path, monkeypatch):
    """Decoded are no more than two windows at a time, whatever there is."""
    monkeypatch.setattr(module, "_WINDOW", 4)
    monkeypatch.setattr(kept, "_ROWS", 4)
    run, kind = train("image"), get_modality("image")
    write_zip(tmp_path / "a.zip", [(f"{n:02}.png", png((n, n, n), (32, 32))) for n in range(30)])
    given = gather({"paths": [str(tmp_path / "a.zip")]}, kind, workspace)
    held, most = set(), 0
    read = type(kind).read

    def reading(self, raw):
        nonlocal most
        picture = read(self, raw)
        held.add(id(picture))
        most = max(most, len(held))
        return picture

    monkeypatch.setattr(type(kind), "read", reading)
    writing, writes = kept.write_lines, []
    monkeypatch.setattr(kept, "write_lines", lambda path, rows: writes.append(writing(path, rows)))
    events = []

    def seen(event):
        events.append(event)
        if isinstance(event, Progress) and event.stage == "classify":
            held.clear()

    assert drain(predict_batch(drain(open_model(run, workspace)), run, given, tmp_path, workspace), seen) == 30
    assert [event.done for event in events if event.stage == "classify"] == [0, *range(4, 30, 4), 30]
    assert most <= 2 * 4
    assert len(writes) == 8


def test_a_page_is_read_from_its_own_file_and_a_damaged_one_is_a_row_that_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_ROWS", 10)
    writer = BatchWriter(tmp_path, ("t",), {}, (), 35, kept.Rejection("likeness", (), ()))
    for n in range(35):
        writer.add(BatchRow(f"row {n}", (str(n),), "ab"[n % 2], 0.8, "c", 0.1, n / 100))
    writer.close()
    answers = BatchAnswers(tmp_path)
    assert [row.name for row in answers.page(18, 4)] == [f"row {n}" for n in range(18, 22)]
    assert [row.name for row in answers.page(2, 2, lambda row: row.label == "b")] == ["row 5", "row 7"]
    assert next(answers.each()).likeness == 0.0
    assert answers.counts(0.29) == answers.tallied(0.29) == kept.Counts({"b": 3, "a": 3}, 29, 0)
    file = tmp_path / "answers" / "000001.jsonl"
    file.write_bytes(file.read_bytes()[:-90])
    assert isinstance(read_sealed(file), Damaged)
    rows = list(answers.each())
    assert (len(rows), "damaged" in str(rows[10].error)) == (26, True)
    assert len(list(answers.table(None, ENGLISH))) == 27


def test_of_all_probabilities_two_are_kept():
    entry = {"label": "b", "probabilities": {"a": 0.3, "b": 0.6, "c": 0.1}, "likeness": 0.5}
    (row,) = rows_of([("x", (), entry)])
    assert (row.label, row.confidence, row.second, row.second_confidence) == ("b", 0.6, "a", 0.3)
    assert BatchRow.from_dict(row.to_dict()) == row


# --- command line ----------------------------------------------------------------------------------------------------


def test_predict_takes_a_zip_beside_pictures(train, cli, tmp_path):
    run = train("image")
    (tmp_path / "one.png").write_bytes(png((0, 0, 0), (32, 32)))
    archive = pictures(tmp_path / "a.zip")
    status, lines, err = cli("predict", run.id, tmp_path / "one.png", archive, tmp_path / "gone.png", "--json")
    rows = [json.loads(line) for line in lines]
    assert status == 0
    assert [row["input"] for row in rows] == [
        str(tmp_path / "one.png"), f"{archive}/a/black.png", f"{archive}/b/BLACK.png", f"{archive}/yellow.png",
        f"{archive}/not.png", f"{archive}/notes.txt", str(tmp_path / "gone.png"),
    ]  # fmt: skip
    assert ["error" in row for row in rows] == [False, False, False, False, True, True, True]
    assert set(rows[1]["probabilities"]) == {"dark", "light", "middle"}
    assert "1 hidden file" in err


def test_predict_takes_tables_and_messages(train, cli, tmp_path):
    run = train()
    (tmp_path / "a.csv").write_text("id;message\n1;bus late stop driver\n2;pizza menu lunch\n")
    status, lines, _ = cli("predict", run.id, "zoo museum", tmp_path / "a.csv", "--json")
    rows = [json.loads(line) for line in lines]
    assert (status, [row["label"] for row in rows]) == (0, ["trip", "bus", "lunch"])
    assert rows[1]["input"] == f"{tmp_path / 'a.csv'} row 2"
    assert rows[1]["columns"] == {"id": "1", "message": "bus late stop driver"}
    status, lines, err = cli("predict", run.id, "gone.csv")
    assert (status, len(lines)) == (0, 1)
    assert "no file 'gone.csv'" in err


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_predict_writes_a_table(train, cli, tmp_path, ending):
    run = train()
    (tmp_path / "a.csv").write_text("note,message\n=1+1,bus late stop\n-5,goal football\n,\n")
    out = tmp_path / f"out.{ending}"
    status, lines, _ = cli("predict", run.id, tmp_path / "a.csv", "--text-column", "message", "--out", out,
                           "--none-below", "usual", "--json")  # fmt: skip
    result = json.loads(lines[-1])
    assert (status, result["rows"], result["errors"]) == (0, 3, 1)
    assert sum(result["answers"].values()) + result["none"] == 2
    if ending == "csv":
        rows = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8-sig"), newline="")))
        assert [row[0] for row in rows] == ["note", "'=1+1", "-5", ""]
    else:
        rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(out).active.iter_rows()]
        assert [row[0] or "" for row in rows] == ["note", "=1+1", -5, ""]
    assert rows[0][1:4] == ["message", "File or row", "Answer"]


def test_predict_sorts_pictures_into_a_zip(train, cli, tmp_path, workspace):
    run, out = train("image"), tmp_path / "out.zip"
    status, lines, _ = cli("predict", run.id, pictures(tmp_path / "a.zip"), "--out", out)
    assert (status, lines[-1]) == (0, f"3 answers written: {out}")
    assert "Could not be read: 2" in lines
    with zipfile.ZipFile(out) as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == 3
    assert list(workspace.staging.iterdir()) == []


@pytest.mark.parametrize("ending", ["csv", "xlsx", "zip"])
def test_on_a_full_disk_it_says_so_and_leaves_nothing_behind(train, cli, tmp_path, workspace, ending):
    run, archive = train("image"), pictures(tmp_path / "a.zip")
    (tmp_path / "out").mkdir()
    with full_disk(tmp_path / "out"):
        status, _, err = cli("predict", run.id, archive, "--out", tmp_path / "out" / f"a.{ending}")
    assert (status, "disk is full" in err, "Traceback" in err) == (2, True, False)
    assert list((tmp_path / "out").iterdir()) == list(workspace.staging.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("text", ["x", "--out", "a.pdf"], ".csv, .xlsx, or .zip"),
        ("text", ["x", "--out", "a.zip"], "rows of a table"),
        ("text", ["x", "--out", "nowhere/a.csv"], "no such folder"),
        ("image", ["TMP/empty", "--out", "a.csv"], "no pictures in 'empty'"),
        ("image", ["TMP/bad.zip"], "not a zip file"),
        ("image", ["TMP/a.png", "TMP/bad.zip"], "None of the inputs could be read"),
    ],
)
def test_bad_input_is_one_paragraph_and_nothing_is_written(train, cli, tmp_path, monkeypatch, kind, arguments, said):
    monkeypatch.chdir(tmp_path)
    run = train(kind)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.zip").write_bytes(b"PK")
    before = sorted(tmp_path.iterdir())
    status, lines, err = cli("predict", run.id, *(word.replace("TMP", str(tmp_path)) for word in arguments))
    assert (status, [line for line in lines if "{" in line]) == (2, [])
    assert said in err
    assert "Traceback" not in err
    assert sorted(tmp_path.iterdir()) == before


def test_files_are_never_silently_messages(train, cli, tmp_path):
    run, picture = train(), tmp_path / "p0.png"
    picture.write_bytes(png())
    (tmp_path / "notes.log").write_text("zoo museum\nbus driver\n")
    status, lines, err = cli("predict", run.id, picture)
    assert (status, lines, "'p0.png' is not a text" in err) == (2, [], True)
    rows = [json.loads(line) for line in cli("predict", run.id, tmp_path / "notes.log", "--json")[1]]
    assert [row["label"] for row in rows] == ["trip", "bus"]
    for verb in (["explain", run.id, picture], ["teach", run.id, "--class", "new", picture]):
        status, _, err = cli(*verb)
        assert (status, "p0.png' is a file" in err) == (2, True)
    status, lines, err = cli("predict", run.id, "gone.png", "~nobody bus", "half \ud83d bus")
    assert (status, len(lines), "no file 'gone.png'" in err) == (0, 3, True)


def test_what_is_there_is_replaced_only_when_told_and_what_is_read_never(train, cli, tmp_path):
    run = train("image")
    archive, one, other = pictures(tmp_path / "a.zip"), tmp_path / "one.png", tmp_path / "other.csv"
    one.write_bytes(png((0, 0, 0), (32, 32)))
    (tmp_path / "link.zip").symlink_to(archive)
    other.write_text("mine")
    for verb, given, out, forced, refused in (
        ("predict", archive, other, (), "already"),
        ("predict", archive, archive, ("--force",), "read for this"),
        ("predict", archive, tmp_path / "link.zip", ("--force",), "read for this"),
        ("predict", tmp_path, archive, ("--force",), "read for this"),
        ("explain", one, other, (), "already"),
        ("explain", one, one, ("--force",), "read for this"),
        ("predict", archive, other, ("--force",), ""),
    ):
        before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
        status, _, err = cli(verb, run.id, given, "--out", out, *forced)
        assert (status, refused in err, "Traceback" in err) == (2 if refused else 0, True, False), (verb, out, err)
        changed = {path for path, content in before.items() if path.read_bytes() != content}
        assert changed == (set() if refused else {other})


def test_rows_of_which_the_model_knows_nothing_are_refused(workspace, cli, tmp_path):
    run = trained(workspace, row_dataset(workspace), model="table-columns")
    (tmp_path / "renamed.csv").write_text("a;b;c\n2,1;8,3;white\n6,2;4,1;red\n")
    (tmp_path / "bare.csv").write_text("2.1,8.3,white\n6.2,4.1,red\n")
    (tmp_path / "commas.csv").write_text("petal;leaf;colour;petal\n2,1;8,3;white;2,2\n6,2;4,1;red;6,1\n")
    for given, said in (("renamed.csv", "Found were: 'a', 'b', and 'c'"), ("bare.csv", "needs the columns 'petal'"),
                        ("gone.csv", "There is no file")):  # fmt: skip
        status, lines, err = cli("predict", run.id, tmp_path / given)
        assert (status, lines, err.count(given), said in err) == (2, [], 1, True)
    status, lines, err = cli("predict", run.id, '{"a": 1}')
    assert (status, lines, "none of them is there" in err) == (2, [], True)
    status, lines, err = cli("predict", run.id, tmp_path / "commas.csv", tmp_path / "renamed.csv", "--json")
    rows = [json.loads(line) for line in lines]
    assert (status, [row.get("label") for row in rows]) == (0, ["aster", "rose", None, None])
    assert "holds no number" not in err


def test_what_the_model_was_trained_on_is_told_apart(train, workspace, cli, job, tmp_path):
    table = "note,length,width,kind\n" + "".join(f"n{n},{n / 7:.2f},{n * 3 % 11}.5,{'ab'[n % 2]}\n" for n in range(24))
    (tmp_path / "own.csv").write_text(table)
    dataset, _ = drain(take_in(str(tmp_path / "own.csv"), workspace, ReadOptions(ignored_columns=("note",))))
    run = trained(workspace, dataset, model="table-columns")
    known = len(read_split(run.path).ids("train"))
    assert 0 < known < 24
    status, lines, err = cli("predict", run.id, tmp_path / "own.csv", "--json")
    assert status == 0 and sum(json.loads(line).get("trained", False) for line in lines) == known
    assert f"{known} of these were among the training examples" in err
    _, lines, _ = cli("predict", run.id, tmp_path / "own.csv", "--out", tmp_path / "out.csv", "--json")
    assert json.loads(lines[-1])["trained"] == known
    (tmp_path / "new.csv").write_text(table.replace(".5,", ".25,"))
    assert "among the training" not in cli("predict", run.id, tmp_path / "new.csv")[2]

    messages = train()
    held = Dataset.load(messages.request["dataset"], workspace)
    ids = read_split(messages.path).ids("train")
    texts = [next(e.text for e in held.examples if (e.id in ids) == own) for own in (True, False)]
    answers = job("predict", run=messages.id, inputs=texts)[1].result["answers"]
    assert ["among the training" in str(answer.get("note", "")) for answer in answers] == [True, False]
