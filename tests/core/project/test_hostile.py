"""A project file is what a stranger wrote: whatever is wrong with it, one sentence, and nothing of it is kept."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogues import all_texts
from core.errors import ProjectError, StorageError
from core.messages import Message
from core.project.format import MANIFEST, is_place
from core.project.opening import look_into
from core.project.sentences import check_sentences, is_harmless
from core.storage import own_name, read_json, write_json, write_lines, write_sealed
from core.workspace import Workspace
from tests.core.project.making import opened, saved
from tests.helpers import encoded, png
from tests.refusing_disk import full_disk, read_only_disk

Files = dict[str, bytes]


@pytest.fixture
def file(here, workspace, tmp_path) -> Path:
    """Everything there is, in one file."""
    saved(tmp_path / "all.ftlab", workspace)
    return tmp_path / "all.ftlab"


def unpacked(file: Path) -> Files:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sealed(path: str, data: object, folder: Path) -> bytes:
    """Data as this program would write them."""
    at = folder / own_name(Path(path).name) / Path(path).name
    at.parent.mkdir(parents=True)
    write_lines(at, data) if isinstance(data, list) else write_json(at, data)
    return at.read_bytes()


def packed(files: Files, target: Path, *, honest: bool = True, **about: object) -> Path:
    """A project of these files, with a list that fits them, unless it is not `honest`."""
    listed = json.loads(files[MANIFEST])
    listed.pop("sha256")
    if honest:
        records = {
            name: {"bytes": len(content), "sha256": sha256(content).hexdigest()}
            for name, content in files.items() if name != MANIFEST
        }  # fmt: skip
        listed |= {"files": records}
    content = {**files, MANIFEST: sealed(MANIFEST, {**listed, **about}, target.parent)}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in content.items():
            archive.writestr(name, raw)
    return target


def is_refused(file: Path, workspace: Workspace, match: str) -> None:
    """One sentence, and the workspace is as it was."""
    workspace.root.mkdir(exist_ok=True)
    before = {path for path in workspace.root.rglob("*") if path.is_file()}
    with pytest.raises(ProjectError, match=match) as error:
        opened(file, workspace)
    assert "Traceback" not in str(error.value) and "\n" not in str(error.value)
    assert {path for path in workspace.root.rglob("*") if path.is_file()} == before


# --- the file as a whole ----------------------------------------------------------------------------------------------


def test_an_honest_copy_is_opened(file, elsewhere, tmp_path):
    assert opened(packed(unpacked(file), tmp_path / "copy.ftlab"), elsewhere).added


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.999])
def test_half_a_file_is_refused(file, elsewhere, share):
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    is_refused(file, elsewhere, "cut off or damaged")


def test_another_kind_of_file_is_refused(elsewhere, tmp_path):
    other = tmp_path / "other.ftlab"
    for content in (b"", png(), b"PK\x03\x04 and no more"):
        other.write_bytes(content)
        is_refused(other, elsewhere, "not a project file")
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("cat/1.png", png())
    is_refused(other, elsewhere, "not a project file")
    with pytest.raises(ProjectError, match="There is no file"):
        look_into(tmp_path / "none.ftlab", elsewhere)


def test_a_newer_version_is_refused_and_says_which(file, elsewhere, tmp_path):
    newer = packed(unpacked(file), tmp_path / "newer.ftlab", version=2, program="9.1")
    is_refused(newer, elsewhere, r"saved by a newer version of the program \(9\.1\)")


def test_one_changed_bit_is_found_wherever_it_is(file, elsewhere, tmp_path):
    files = unpacked(file)
    for name in [name for name in files if name.endswith((".img", "model.safetensors", "examples.jsonl"))][:4]:
        content = bytearray(files[name])
        content[len(content) // 2] ^= 1
        changed = packed({**files, name: bytes(content)}, tmp_path / "changed.ftlab", honest=False)
        is_refused(changed, elsewhere, "is not what was saved")


# --- names, sizes, kinds of entry -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../outside.json", "/etc/outside.json", "runs/../../outside.json", "C:/outside.json", "runs\\x\\y.json",
        "examples/ab/.hidden.json", "runs/abc/model.pkl", "runs/abc/model.pt", "settings.json", "cache/speed.json",
        "runs/ABC/run.json", "runs/abc/a/b/c/d.json", "uploads/x.json", "runs/abc/", "runs/abc/\u202egnp.json",
        "runs/abc/command.json", "runs/abc/added/run.json", "datasets/abc/page.html", "studies/abc/model.json",
        "jobs/abc/predict.py", "examples/ab/x.json/y.img",
    ],
)  # fmt: skip
def test_no_name_leads_anywhere_else(file, elsewhere, tmp_path, name):
    assert not is_place(name)
    bad = packed({**unpacked(file), name: b"{}"}, tmp_path / "bad.ftlab")
    is_refused(bad, elsewhere, "names a place where nothing of a project lies")


@given(st.text(max_size=40))
def test_no_name_at_all_is_a_place_outside(name):
    if is_place(name):
        path = Path("/root") / name
        assert ".." not in path.parts and path.resolve().is_relative_to("/root")


def test_strangers_doubles_links_and_passwords_are_refused(file, elsewhere, tmp_path, here):
    files, run = unpacked(file), f"runs/{here.finished.id}"
    bad = tmp_path / "bad.ftlab"
    packed(files, bad)
    with zipfile.ZipFile(bad, "a") as archive:
        archive.writestr(f"{run}/added/stranger.jpg", b"")
    is_refused(bad, elsewhere, "that its list does not name")

    picture = next(name for name in files if name.startswith("examples/"))
    folder, name = picture.rsplit("/", 1)
    twice = {**files, f"{folder}/{name.removesuffix('.img').upper()}.img": files[picture]}
    is_refused(packed(twice, bad), elsewhere, "have the same name")
    stray = {**files, f"{folder}/{'0' * 32}.img": files[picture]}
    is_refused(packed(stray, bad), elsewhere, "is not what this program writes")

    left = {name: content for name, content in files.items() if not name.endswith("split.json")}
    is_refused(packed(left, bad, honest=False), elsewhere, "is missing in it")

    packed(files, bad)
    entry = zipfile.ZipInfo(f"{run}/added/link.jpg")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    packed({**files, entry.filename: b"/etc/passwd"}, bad)
    rewritten = zipfile.ZipFile(tmp_path / "linked.ftlab", "w")
    with zipfile.ZipFile(bad) as archive, rewritten:
        for name in archive.namelist():
            rewritten.writestr(entry if name == entry.filename else name, archive.read(name))
    is_refused(tmp_path / "linked.ftlab", elsewhere, "holds a link")


def test_a_bomb_is_refused_before_it_is_unpacked(file, elsewhere, tmp_path, here):
    bomb = {**unpacked(file), f"runs/{here.finished.id}/out_of_fold.jsonl": b" " * 30_000_000}
    is_refused(packed(bomb, tmp_path / "bomb.ftlab"), elsewhere, "unpacks to far more")


@pytest.mark.parametrize(("limit", "said"), [("project_files", "files"), ("project_megabytes", "MB")])
def test_the_limits_of_the_workspace_hold(file, elsewhere, limit, said, monkeypatch):
    monkeypatch.setattr("core.project.format._MEGABYTE", 1)
    elsewhere.root.mkdir()
    (elsewhere.root / "settings.json").write_text(json.dumps({"limits": {limit: 3}}))
    is_refused(file, elsewhere, f"holds more than 3 {said}.*raise the limit")


# --- what lies in it --------------------------------------------------------------------------------------------------


def test_things_that_are_not_what_the_program_writes_are_refused(file, elsewhere, tmp_path, here):
    files, bad = unpacked(file), tmp_path / "bad.ftlab"

    def changed(name: str, change: Callable[[dict], object]) -> Files:
        data = json.loads(files[name])
        data.pop("sha256")
        change(data)
        return {**files, name: sealed(name, data, tmp_path)}

    run, dataset = f"runs/{here.finished.id}", f"datasets/{here.pictures.id}"
    for name, change in (
        (f"{run}/run.json", lambda data: data.update(kind="intake")),
        (f"{run}/run.json", lambda data: data.update(state="running")),
        (f"{run}/run.json", lambda data: data.update(created="yesterday")),
        (f"{run}/run.json", lambda data: data.update(created="0001-01-01T00:00:00")),
        (f"{run}/run.json", lambda data: data.update(created="9999-12-31T23:59:59+00:00")),
        (f"{run}/run.json", lambda data: data.update(title=5)),
        (f"{run}/run.json", lambda data: data.update(files={"model.json": "long"})),
        (f"{run}/run.json", lambda data: data["request"].update(runs=5)),
        (f"{run}/run.json", lambda data: data["result"]["validation"].update(accuracy="good")),
        (f"{run}/model.json", lambda data: data.update(megabytes=-1)),
        (f"{run}/model.json", lambda data: data["card"].update(dimension="wide")),
        (f"{run}/split.json", lambda data: data.update(groups=[1])),
        (f"{run}/made_with.json", lambda data: data.update(cores="many")),
        (f"{dataset}/dataset.json", lambda data: data["counts"].update({"=1+1": "x"})),
        (f"{dataset}/dataset.json", lambda data: data["counts"].update(many=10**19)),
        (f"{dataset}/dataset.json", lambda data: data.update(lineage=7)),
        # It could be "imported anew", from whoever's disk it was opened on.
        (f"{dataset}/dataset.json", lambda data: data.update(source={"path": "/etc/passwd", "options": {}})),
        (f"{dataset}/dataset.json", lambda data: data.update(sample="x", source={"path": "~/marks.csv"})),
        (f"{dataset}/dataset.json", lambda data: data.update(addition={"source": {"path": "/etc"}, "proposal": {}})),
        (f"{run}/run.json", lambda data: data["result"].update(validation=7)),
        (f"{run}/run.json", lambda data: data["request"].update(recipe={"strategy": "none"})),
        (f"{run}/run.json", lambda data: data.update(format=99)),
        (f"{run}/model.json", lambda data: data.update(classes=3)),
        (f"{run}/split.json", lambda data: data.update(train=5)),
        (f"{dataset}/dataset.json", lambda data: data.update(modality="smell")),
        (f"{dataset}/dataset.json", lambda data: data.update(reason={"message": "[look](http://bad.example)"})),
        (f"{run}/run.json", lambda data: data.update(reason={"message": "{x.__class__}", "values": {"x": "y"}})),
        (f"{run}/run.json", lambda data: data.update(reason={"message": "{x:>99999999}", "values": {"x": "y"}})),
        (f"{run}/run.json", lambda data: data.update(reason={"message": "{gone}"})),
        (f"{run}/run.json", lambda data: data.update(reason={"message": "{n:percent}", "values": {"n": "x"}})),
    ):
        is_refused(packed(changed(name, change), bad), elsewhere, "cannot be opened")


def test_titles_are_cleaned_as_those_that_a_person_gives(file, elsewhere, tmp_path, here):
    files, run, dataset = (
        unpacked(file),
        f"runs/{here.finished.id}/run.json",
        f"datasets/{here.pictures.id}/dataset.json",
    )
    for name in (run, dataset):
        about = json.loads(files[name])
        about.pop("sha256")
        files[name] = sealed(name, {**about, "title": "\x1b[2Jred\n\u202e \x07blue " + "A" * 300_000}, tmp_path)
    listed = json.loads(files[MANIFEST])["items"]
    items = [{**item, "title": "\x1b[2Jred"} for item in listed]
    bad = packed(files, tmp_path / "bad.ftlab", items=items)
    assert {item.title for item in look_into(bad, elsewhere).items} == {"[2Jred"}
    opened(bad, elsewhere)
    for name in (run, dataset):
        title = read_json(elsewhere.root / name)["title"]
        assert title.startswith("[2Jred blue AAA") and len(title) == 200


@pytest.mark.parametrize(
    "about",
    [
        {"created": "<b>yesterday</b>"}, {"program": "[x](**http://bad.example**)"}, {"language": "../../etc"},
        {"program": "[x](**http://bad.example**)", "version": 99}, {"items": "all"},
    ],
)  # fmt: skip
def test_what_the_list_says_of_the_file_is_no_text_of_a_stranger(file, elsewhere, tmp_path, about):
    is_refused(packed(unpacked(file), tmp_path / "bad.ftlab", **about), elsewhere, "not a project file, or it is cut")


def test_examples_are_looked_at_as_in_an_import(file, elsewhere, tmp_path, here):
    files, bad, table = unpacked(file), tmp_path / "bad.ftlab", f"datasets/{here.pictures.id}/examples.jsonl"
    picture = next(name for name in files if name.startswith("examples/"))
    at = tmp_path / "x.img"
    for content in (b"no picture", encoded_bomb()):
        write_sealed(at, content)
        is_refused(packed({**files, picture: at.read_bytes()}, bad), elsewhere, "picture")
    rows = [example.to_dict() for example in here.pictures.examples]
    for change in ({"id": "../../../outside"}, {"label": 5}, {"label": "another"}, {"name": None}):
        wrong = sealed(table, [{**rows[0], **change}, *rows[1:]], tmp_path)
        is_refused(packed({**files, table: wrong}, bad), elsewhere, "cannot be opened")


def encoded_bomb() -> bytes:
    """A picture of 196 million pixels in a few kilobytes."""
    from PIL import Image

    return encoded(Image.new("1", (14_000, 14_000)))


def test_the_card_of_a_model_names_no_code(file, elsewhere, tmp_path, here):
    files, name = unpacked(file), f"runs/{here.finished.id}/model.json"
    about = json.loads(files[name])
    about.pop("sha256")
    about["card"] |= {"backbone": "os:system", "id": f"run:{here.finished.id}"}
    opened(packed({**files, name: sealed(name, about, tmp_path)}, tmp_path / "bad.ftlab"), elsewhere)
    from core.errors import ModelError
    from core.models.trained import TrainedModel

    with pytest.raises(ModelError, match="There is no model called"):
        _ = TrainedModel.load(elsewhere.runs / here.finished.id, elsewhere).backbone


def test_nobody_here_works_on_what_came(file, elsewhere, here):
    opened(file, elsewhere)
    for run in (here.finished, here.paused):
        about = read_json(elsewhere.runs / run.id / "run.json")
        assert (about["claim"], about["runner"]) == ("", {"by": "project"})


# --- sentences --------------------------------------------------------------------------------------------------------


def test_every_text_of_the_program_may_come_back_in_a_project():
    kept = [found for found in all_texts() if found.file.startswith("core/") and "/serve/" not in found.file]
    texts = [text for found in kept for text in (found.one, found.many)]
    assert len(texts) > 1000
    assert [text for text in texts if not is_harmless(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "[here](http://bad.example)", "![](//bad.example/x.png)", "[x]: bad.example", "see www.bad.example",
        "<img src=x>", "<script>", "{0}", "{x.y}", "{x[0]}", "{x!r}", "{x:{y}}", "{x:>99}", "{", "[a][b]",
    ],
)  # fmt: skip
def test_a_text_that_leads_away_or_digs_is_found_however_deep(text):
    with pytest.raises(ValueError):
        check_sentences({"a": [{"message": "{x}", "values": {"x": {"message": text, "values": {"x": 1, "y": 1}}}}]})


@given(st.text(max_size=60))
def test_what_is_let_through_can_be_rendered_without_looking_inside(text):
    try:
        check_sentences({"message": text})
    except ValueError:
        return
    assert "{" not in str(Message(text)) or "{{" in text


# --- the disk ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("disk", [full_disk, read_only_disk])
def test_a_disk_that_refuses_is_one_sentence_and_leaves_nothing(here, workspace, elsewhere, file, tmp_path, disk):
    for folder in ("staging", "runs", "datasets", "examples", "studies", "jobs"):
        (elsewhere.root / folder).mkdir(parents=True)
    with disk(elsewhere.root), pytest.raises(StorageError, match="cannot be written"):
        opened(file, elsewhere)
    (tmp_path / "out").mkdir()
    with disk(tmp_path / "out"), pytest.raises(StorageError, match="cannot be written"):
        saved(tmp_path / "out" / "x.ftlab", workspace)
    assert [path for path in (*elsewhere.root.rglob("*"), *(tmp_path / "out").rglob("*")) if path.is_file()] == []


def test_room_is_looked_at_before(here, workspace, elsewhere, file, tmp_path, monkeypatch):
    monkeypatch.setattr("core.storage.free_bytes", lambda path: 1_000_000)
    with pytest.raises(StorageError, match="1 MB are free"):
        opened(file, elsewhere)
    with pytest.raises(StorageError, match="1 MB are free"):
        saved(tmp_path / "x.ftlab", workspace)
    assert not (tmp_path / "x.ftlab").exists() and list(elsewhere.staging.iterdir()) == []
