"""A project that is saved in one workspace and opened in another is the same there, and goes on there."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.data.dataset import Dataset, Example, describe_dataset, kept_datasets
from core.data.findings import Exhibit, Finding, load_findings, save_findings
from core.data.intake import CUT_FROM, take_in
from core.data.readers.reading import ReadOptions
from core.data.versions import Change, change_set, lineage, undo
from core.errors import DataError, ProjectError
from core.events import drain
from core.library.bin import delete
from core.library.items import list_items
from core.library.remarks import read_remark
from core.messages import Message
from core.models.added import list_added
from core.models.catalogue import get_card
from core.models.embeddings import embed_dataset
from core.models.trained import TrainedModel
from core.results.finished_run import FinishedRun
from core.runs.folder import RunFolder, list_runs
from core.storage import damage, write_sealed
from core.studies.events import GiversDivided
from core.studies.pooled.design import PooledDesign
from core.workspace import Workspace
from tests.chaos.trial import differences, left_over, outcome
from tests.core.project.making import opened, queued, resumed, saved, trained
from tests.core.studies.comparison.making import finished_run
from tests.core.studies.comparison.making import messages as many_messages
from tests.helpers import edit, encoded, pictures_in_classes, write_tree
from tests.tiny import TINY


def test_everything_arrives_and_a_paused_run_goes_on_to_the_same_bits(here, workspace, elsewhere, tmp_path):
    made = saved(tmp_path / "all.ftlab", workspace)
    assert left_over(workspace) == []
    found = opened(tmp_path / "all.ftlab", elsewhere)
    assert [item.id for item in found.added] == [item.id for item in made.items]
    assert {item.id for item in list_items(elsewhere)} == {item.id for item in list_items(workspace)}

    assert Dataset.load(here.pictures.id, elsewhere).examples == here.pictures.examples
    assert Dataset.load(here.messages.id, elsewhere).examples == here.messages.examples
    version = lineage(here.changed.id, elsewhere)
    assert version.version == 2 and undo(here.changed.id, version.changes[0].id, elsewhere).id == here.pictures.id
    assert not Dataset.load(here.pictures.id, elsewhere).damaged()

    run = RunFolder(elsewhere.runs / here.finished.id)
    assert differences(outcome(here.finished), outcome(run)) == []
    assert [one.label for one in list_added(run.path)] == ["red"] and read_remark(run.path).note == "our first one"
    pictures = [here.pictures.payload(i) for i in range(4)]
    assert TrainedModel.load(run.path, elsewhere).predict(pictures) == TrainedModel.load(
        here.finished.path, workspace
    ).predict(pictures)
    assert FinishedRun.open(run, elsewhere).split == FinishedRun.open(here.finished, workspace).split

    moved = RunFolder(elsewhere.runs / here.paused.id)
    assert moved.status().state == "paused"
    assert differences(outcome(resumed(here.paused, workspace)), outcome(resumed(moved, elsewhere))) == []
    assert left_over(elsewhere) == []


def test_what_is_here_already_is_not_doubled_and_another_state_stays(here, workspace, elsewhere, tmp_path):
    saved(tmp_path / "before.ftlab", workspace)
    opened(tmp_path / "before.ftlab", elsewhere)
    before = sorted(path for path in elsewhere.root.rglob("*") if path.is_file())
    again = opened(tmp_path / "before.ftlab", elsewhere)
    assert (again.added, again.kept) == ((), ()) and len(again.already) == len(list_items(workspace))
    assert sorted(path for path in elsewhere.root.rglob("*") if path.is_file()) == before

    resumed(RunFolder(elsewhere.runs / here.paused.id), elsewhere)
    edit(elsewhere.runs / here.finished.id / "run.json", title="renamed")
    later = opened(tmp_path / "before.ftlab", elsewhere)
    assert [item.id for item in later.kept] == [here.paused.id]
    assert RunFolder(elsewhere.runs / here.paused.id).status().state == "completed"
    assert RunFolder(elsewhere.runs / here.finished.id).title == "renamed"


def test_one_run_takes_along_what_it_needs_and_nothing_else(here, workspace, elsewhere, tmp_path):
    made = saved(tmp_path / "one.ftlab", workspace, [f"run:{here.paused.id}"])
    assert {item.id for item in made.items} == {here.pictures.id, here.changed.id, here.paused.id}
    opened(tmp_path / "one.ftlab", elsewhere)
    assert [run.id for run in list_runs(elsewhere)] == [here.paused.id]


def test_a_run_takes_along_the_run_that_it_started_from(here, workspace, tmp_path):
    base = trained(workspace, here.pictures, strategy="full", epochs=1)
    further = trained(workspace, here.changed, model=f"run:{base.id}", strategy="head")
    made = saved(tmp_path / "chain.ftlab", workspace, [further.id])
    assert [item.id for item in made.items if item.kind == "run"] == [base.id, further.id]


def test_a_run_that_is_under_way_is_saved_at_its_last_checkpoint(here, workspace, elsewhere, tmp_path):
    running = queued(workspace, here.pictures, strategy="head")
    running.begin()
    shutil.copy(here.paused.checkpoint, running.checkpoint)
    made = saved(tmp_path / "busy.ftlab", workspace, [running.id])
    assert any("under way" in str(note) for note in made.notes)
    opened(tmp_path / "busy.ftlab", elsewhere)
    moved = RunFolder(elsewhere.runs / running.id)
    assert moved.status().state == "interrupted" and moved.checkpoint.exists()
    running.end("stopped")


def test_in_whatever_state_things_are_the_file_can_be_opened(here, workspace, elsewhere, tmp_path):
    queued(workspace, here.pictures, strategy="head")
    stopped, failed = (queued(workspace, here.pictures, strategy="head") for _ in range(2))
    for run, state in ((stopped, "stopped"), (failed, "failed")):
        run.begin()
        run.end(state, Message("Something went wrong: {why}", why=Message("'{x}' is odd.", x="[a](http://b)")))
    for kind, state in (("export", "failed"), ("export", "completed"), ("predict", "completed")):
        job = RunFolder.create(workspace.jobs, kind, "a job", {"run": here.finished.id})
        job.begin()
        (job.path / "model.zip").write_bytes(b"a model")
        job.end(state, result={"file": "model.zip", "bytes": 7})
    for study, design in (("comparison", {"runs": [here.finished.id, here.read.id]}), ("few_shot", {"shots": 1})):
        request = {"study": study, "design": design, "dataset": here.pictures.id}
        RunFolder.create(workspace.studies, "study", "a study", request)
    made = saved(tmp_path / "all.ftlab", workspace)
    found = opened(tmp_path / "all.ftlab", elsewhere)
    assert len(found.added) == len(made.items) == len(list_items(elsewhere))
    kinds = Counter((item.kind, item.state) for item in found.added)
    assert kinds["export", "completed"] == 1 and kinds["study", "interrupted"] == 2 and kinds["run", "failed"] == 1
    assert any("not finished" in str(note) for note in made.notes)
    assert next(elsewhere.jobs.glob("*/model.zip")).read_bytes() == b"a model"


def test_a_kill_at_any_move_leaves_whole_things_and_opening_again_brings_the_rest(
    here, workspace, elsewhere, tmp_path, monkeypatch
):
    saved(tmp_path / "all.ftlab", workspace)
    really, wanted = os.replace, {item.id for item in list_items(workspace)}
    for allowed in range(0, 40, 3):
        moved = []

        def dying(source, target, moved=moved, allowed=allowed):
            if "staging" in str(source) and "staging" not in str(target):
                moved.append(target)
                if len(moved) > allowed:
                    raise KeyboardInterrupt
            really(source, target)

        with monkeypatch.context() as patch:
            patch.setattr("core.project.opening.os.replace", dying)
            try:
                opened(tmp_path / "all.ftlab", elsewhere)
                break
            except KeyboardInterrupt:
                pass
        for item in list_items(elsewhere):
            assert not item.why and item.needs <= {one.id for one in list_items(elsewhere)}
            if item.kind == "dataset":
                assert not Dataset.load(item.id, elsewhere).damaged()
            else:
                assert not RunFolder(item.path).damages()
        assert left_over(elsewhere) == []
    assert allowed > 3 and {item.id for item in list_items(elsewhere)} == wanted


def test_to_show_it_somebody_no_original_leaves(here, workspace, elsewhere, tmp_path):
    made = saved(tmp_path / "show.ftlab", workspace, originals=False)
    assert any("cannot be resumed" in str(note) for note in made.notes)
    with zipfile.ZipFile(tmp_path / "show.ftlab") as archive:
        inside = b"".join(archive.read(name) for name in archive.namelist())
        assert not any(name.startswith("examples/") or "checkpoint" in name for name in archive.namelist())
    for name in (*(one.name for one in here.pictures.examples), "red.png"):
        assert len(name) < 5 or name.encode() not in inside, name
    originals = {file.read_bytes() for file in workspace.examples.rglob("*.img")}
    assert not any(original in inside for original in originals)
    assert b"very long message a very long message a very long" not in inside

    found = opened(tmp_path / "show.ftlab", elsewhere)
    assert not found.originals and "nothing can be trained" in str(found.notes[-1])
    shown = Dataset.load(here.pictures.id, elsewhere)
    assert shown.reduced and not shown.damaged() and shown.payload(0).size <= (96, 96)
    assert FinishedRun.open(here.finished.id, elsewhere).score == FinishedRun.open(here.finished, workspace).score
    for act in (
        lambda: trained(elsewhere, shown, strategy="head").status().reason,
        lambda: undo(here.changed.id, lineage(here.changed.id, elsewhere).changes[0].id, elsewhere),
    ):
        try:
            said = str(act())
        except DataError as error:
            said = str(error)
        assert "came without the originals" in said
    assert list(elsewhere.examples.rglob("*.img")) == [], "an import must not take thumbnails for originals"


def test_to_show_it_files_are_called_by_numbers_wherever_their_names_are_told(workspace, elsewhere, tmp_path):
    """Also of speakers, in findings that were looked at, and in what was changed."""
    names = [f"Anna_Mueller_class7_{n}.txt" for n in range(4)]
    examples = [
        Example(
            f"a{n}", "yes" if n % 2 else "no", name, f"hello there {n}", None, None, "Anna Mueller", {CUT_FROM: name}
        )
        for n, name in enumerate(names)
    ]
    dataset = Dataset("lesson", "text", tuple(examples), workspace.examples)
    notes = [Message("{n} files are odd: {names:list}", n=1, names=[f"{names[0]} (GIF)"])]
    report = {"used": 4, "skipped": [{"file": "Anna_Mueller.doc", "reason": Message("No.")}], "notes": notes}
    dataset.save(workspace, {"report": {**report, "proposal": {"files": names}}})
    about = [Exhibit(one.key, one.name, one.label, Message("copy of {name}", name=names[1])) for one in examples]
    whole = Finding("copies", "look", Message("Copies"), Message("They are alike."), 2, tuple(about))
    mixed = replace(whole, kind="odd", explanation=Message("See {name}.", name=f"all of {names[0]}"))
    save_findings(dataset.id, workspace, [whole, mixed], complete=True)
    changes = [Change("keep", finding=whole.id), Change("exclude", (examples[0].key,))]
    kept = change_set(dataset.id, changes, workspace)
    save_findings(kept.id, workspace, [whole], complete=True)
    request = {"study": "pooled", "dataset": dataset.id, "design": PooledDesign("tiny-text").to_dict()}
    study = RunFolder.create(workspace.studies, "study", "each alone", request)
    study.append(GiversDivided((("Anna",),), ("Anna",), (), ("a", "b")))
    study.end("completed")
    notes = saved(tmp_path / "show.ftlab", workspace, originals=False).notes
    assert "'each alone' is skipped, since it names who gave the examples." in map(str, notes)
    with zipfile.ZipFile(tmp_path / "show.ftlab") as archive:
        inside = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Anna" not in inside and b"hello there 0" not in inside

    opened(tmp_path / "show.ftlab", elsewhere)
    shown = Dataset.load(dataset.id, elsewhere)
    assert shown.id == dataset.id and shown.classes == dataset.classes and shown.payload(0) == "hello t\u2026"
    assert len(shown.blocks) == 4 and len(set(shown.blocks)) == 1
    found = load_findings(dataset.id, elsewhere).found
    assert [one.kind for one in found] == ["copies"]
    assert [one.key for one in found[0].exhibits] == [one.key for one in shown.examples]
    assert lineage(kept.id, elsewhere).changes[0].finding == load_findings(kept.id, elsewhere).found[0].id
    report = describe_dataset(dataset.id, elsewhere)["report"]
    assert len(report["skipped"]) == 1 and report["notes"] == []


def test_the_originals_come_later(here, workspace, elsewhere, tmp_path):
    saved(tmp_path / "show.ftlab", workspace, originals=False)
    saved(tmp_path / "all.ftlab", workspace)
    opened(tmp_path / "show.ftlab", elsewhere)
    opened(tmp_path / "all.ftlab", elsewhere)
    whole = Dataset.load(here.pictures.id, elsewhere)
    assert not whole.reduced and whole.payload(0).tobytes() == here.pictures.payload(0).tobytes()
    assert opened(tmp_path / "show.ftlab", elsewhere).notes == ()
    assert not Dataset.load(here.pictures.id, elsewhere).reduced


def test_an_import_does_not_take_what_came_in_a_project_for_its_own(here, workspace, elsewhere, tmp_path):
    """A project's pictures have the ids of others, which are right there after the import, and with them what is
    worked out of them."""
    folder = write_tree(tmp_path / "given", pictures_in_classes("light", "dark", each=3))
    card = get_card("tiny-image", workspace)

    def imported(where: Workspace) -> Dataset:
        return drain(take_in(str(folder), where, ReadOptions()))[0]

    def looked_at(dataset: Dataset) -> np.ndarray:
        return drain(embed_dataset(dataset, card, TINY[card.id], elsewhere))

    genuine = imported(workspace)
    wrong = encoded(Image.new("RGB", (8, 8), (255, 0, 0)))
    for example in genuine.examples:
        (file,) = genuine.kind.files(example.id, workspace.examples)
        write_sealed(file, wrong)
    saved(tmp_path / "wrong.ftlab", workspace, [genuine.id])
    opened(tmp_path / "wrong.ftlab", elsewhere)
    came = Dataset.load(genuine.id, elsewhere)
    assert came.foreign and came.payload(0).getpixel((0, 0)) == (255, 0, 0)
    told = looked_at(came)

    imported(elsewhere)
    mine = Dataset.load(genuine.id, elsewhere)
    assert not mine.foreign and mine.payload(0).getpixel((0, 0)) != (255, 0, 0)
    assert not np.allclose(told, looked_at(mine))
    before = {file: file.stat().st_mtime_ns for file in elsewhere.examples.rglob("*.img")}
    opened(tmp_path / "wrong.ftlab", elsewhere)
    imported(elsewhere)
    assert {file: file.stat().st_mtime_ns for file in elsewhere.examples.rglob("*.img")} == before


def test_no_place_of_this_computer_is_told(here, workspace, tmp_path):
    refused = RunFolder(workspace.runs / here.read.id)
    edit(refused.path / "run.json", reason={"message": "{folder} is full", "values": {"folder": f"{workspace.root}/x"}})
    saved(tmp_path / "all.ftlab", workspace)
    with zipfile.ZipFile(tmp_path / "all.ftlab") as archive:
        for name in archive.namelist():
            assert str(workspace.root).encode() not in archive.read(name), name
            assert b"/home/somebody" not in archive.read(name), name
    assert describe_dataset(here.pictures.id, workspace)["source"]["path"] == "/home/somebody/pictures.zip"


def test_damaged_things_are_left_out_or_refused(here, workspace, tmp_path):
    file = here.finished.path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(ProjectError, match=r"cannot be saved.*model\.safetensors"):
        saved(tmp_path / "one.ftlab", workspace, [here.finished.id])
    assert not (tmp_path / "one.ftlab").exists()
    made = saved(tmp_path / "all.ftlab", workspace)
    assert any("skipped" in str(note) for note in made.notes)
    assert here.finished.id not in {item.id for item in made.items}


def test_a_picture_that_is_gone_is_gone_there_too(here, workspace, elsewhere, tmp_path):
    (file,) = workspace.examples.rglob(f"{here.pictures.examples[1].id}.img")
    file.write_bytes(b"")
    made = saved(tmp_path / "all.ftlab", workspace)
    assert any("1 example of 'shades' is damaged" in str(note) for note in made.notes)
    opened(tmp_path / "all.ftlab", elsewhere)
    assert [one.id for one in Dataset.load(here.pictures.id, elsewhere).damaged()] == [here.pictures.examples[1].id]


def test_hundreds_of_things_come_in_order(workspace, elsewhere, tiny_models, tmp_path):
    dataset = many_messages(workspace)
    runs = [finished_run(workspace, dataset, title=f"run {n}") for n in range(12)]
    delete([runs[0].id], workspace)
    saved(tmp_path / "many.ftlab", workspace)
    opened(tmp_path / "many.ftlab", elsewhere)
    assert [run.id for run in list_runs(elsewhere)] == [run.id for run in reversed(runs[1:])]
    assert len(kept_datasets(elsewhere)) == 1
    assert all(damage(file) is None for file in elsewhere.runs.rglob("*.safetensors"))


def test_nothing_to_save_and_what_is_not_there_are_said(workspace, tmp_path):
    with pytest.raises(ProjectError, match="nothing to save"):
        saved(tmp_path / "none.ftlab", workspace)
    with pytest.raises(ProjectError, match="There is no run, study or dataset"):
        saved(tmp_path / "none.ftlab", workspace, ["20990101-000000-abcdef"])
    with pytest.raises(ProjectError, match="no such folder"):
        saved(tmp_path / "no" / "none.ftlab", workspace)
    assert list(tmp_path.glob("*.ftlab")) == [] and left_over(workspace) == []
