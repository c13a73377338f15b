"""The way to the disk and back: nobody ever reads half a file, a changed bit is seen, what nobody owns is swept."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load, save

from core import storage
from core.errors import StorageError
from core.storage import Damaged

# --- writing ---


def test_of_two_who_make_the_same_folder_at_once_neither_fails(tmp_path):
    with storage.making(tmp_path / "set") as mine:
        (mine / "a").write_bytes(b"the same")
        with storage.making(tmp_path / "set") as theirs:
            (theirs / "a").write_bytes(b"the same")
    assert (tmp_path / "set" / "a").read_bytes() == b"the same"
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_writing_replaces_the_old_content_and_leaves_nothing_else(tmp_path):
    target = tmp_path / "file.json"
    target.write_bytes(b"old")
    storage.write(target, b"new")
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_failed_write_keeps_the_old_content_and_leaves_no_temporary_file(tmp_path, monkeypatch, broken):
    target = tmp_path / "file.json"
    target.write_bytes(b"old")

    def fails(*arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, broken, fails)
    with pytest.raises(OSError, match="No space left"):
        storage.write(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_content_is_on_the_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("fsync"), fsync(fd)))
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append("replace"), replace(a, b)))
    storage.write(tmp_path / "file", b"x")
    assert order == ["fsync", "replace"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO])
def test_what_the_disk_refuses_is_said_in_one_sentence(tmp_path, monkeypatch, code):
    def refuses(fd):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuses)
    with pytest.raises(StorageError) as caught:
        storage.write(tmp_path / "model.json", b"x" * 3_000)
    said = str(caught.value)
    assert "'model.json'" in said
    assert str(tmp_path) in said
    if code in (errno.ENOSPC, errno.EDQUOT):
        assert "needs 3 kB" in said
        assert "are free" in said
    assert os.strerror(code) not in said
    assert list(tmp_path.iterdir()) == []


def test_before_a_large_write_it_is_looked_whether_there_is_room(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "free_bytes", lambda path: 5_000_000)
    with pytest.raises(StorageError, match="disk is full"):
        storage.write(tmp_path / "model.safetensors", bytes(4_000_000))
    storage.write(tmp_path / "run.json", b"what fits is written")
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_temporary_files_may_find_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with storage.temporary_folder() as folder:
        (folder / "file").write_bytes(b"1")
    with pytest.raises(StorageError), storage.temporary_folder():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(StorageError), storage.temporary_folder(10**18):
        pass
    assert not list(tmp_path.iterdir())


def test_the_room_is_that_of_the_folder_that_will_be_made(tmp_path):
    assert storage.free_bytes(tmp_path / "not" / "there" / "yet") > 0


# --- what nobody owns ---


def left_by_a_killed_process(folder: Path) -> tuple[str, str]:
    """A temporary file and folder of a process that was killed."""
    program = (
        "import sys; from pathlib import Path; from core.storage import own_name\n"
        "folder = Path(sys.argv[1])\n"
        "file, staging = folder / own_name('model.safetensors'), folder / own_name('read')\n"
        "file.write_bytes(b'x'); staging.mkdir(); (staging / 'a').write_bytes(b'x'); print(file.name, staging.name)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)
    file, staging = done.stdout.split()
    return file, staging


def test_what_no_living_process_owns_is_swept_and_nothing_else(tmp_path):
    run = tmp_path / "runs" / "20261125-142501-9f3a1c02"
    run.mkdir(parents=True)
    dead = left_by_a_killed_process(run)
    kept = [storage.own_name("run.json"), "model.safetensors", ".hidden", ".notes.12.tmp"]
    for name in kept:
        (run / name).write_bytes(b"x")
    assert {*dead} <= {path.name for path in run.iterdir()}
    storage.sweep(tmp_path)
    assert {path.name for path in run.iterdir()} == {*kept}


def test_a_process_that_only_has_the_number_of_the_owner_owns_nothing(tmp_path):
    file = tmp_path / storage.own_name("model.json")
    file.write_bytes(b"x")
    os.utime(file, (1, 1))  # before this process began
    storage.sweep(tmp_path)
    assert not file.exists()


# --- seals ---


def picture(format: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(buffer, format)
    return buffer.getvalue()


TENSORS = save({"weight": np.arange(12, dtype=np.float32)}, metadata={"about": '{"label": "ä"}'})
CONTENTS = {
    "run.json": b'{"title": "\xc3\xa4", "n": 3}',
    "indented.json": json.dumps({"a": [1, 2], "b": {"c": 1}}, indent=1).encode(),
    "answers.jsonl": b'{"a": 1}\n{"a": 2}',
    "empty.jsonl": b"",
    "model.safetensors": TENSORS,
    "photo.img": picture("JPEG"),
    "drawing.img": picture("PNG"),
}


@pytest.fixture(params=CONTENTS)
def kept(request, tmp_path):
    file = tmp_path / request.param
    storage.write_sealed(file, CONTENTS[request.param])
    return file


def test_what_is_written_is_read_back(kept):
    found = storage.read_sealed(kept)
    if kept.suffix == ".safetensors":
        assert isinstance(found, bytes)
        assert load(found)["weight"].tolist() == list(range(12))
    else:
        assert found == CONTENTS[kept.name]
    assert storage.damage(kept) is None


def test_other_programs_read_it_too(kept):
    content = kept.read_bytes()
    match kept.suffix:
        case ".json":
            assert json.loads(content).items() >= json.loads(CONTENTS[kept.name]).items()
        case ".jsonl":
            assert all(isinstance(json.loads(line), dict) for line in content.splitlines() if line)
        case ".img":
            with Image.open(io.BytesIO(content)) as sealed, Image.open(io.BytesIO(CONTENTS[kept.name])) as plain:
                assert sealed.tobytes() == plain.tobytes()


def test_every_flipped_bit_is_seen(kept):
    whole = kept.read_bytes()
    seed = random.randrange(2**32)
    places = random.Random(seed).sample(range(len(whole) * 8), min(400, len(whole) * 8))
    for bit in places:
        spoilt = bytearray(whole)
        spoilt[bit // 8] ^= 1 << bit % 8
        kept.write_bytes(bytes(spoilt))
        assert isinstance(storage.read_sealed(kept), Damaged), f"bit {bit}, seed {seed}"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda content: b"", "is empty"),
        (lambda content: content[: len(content) // 2], ""),
        (lambda content: bytes(len(content)), "nothing but zeros"),
        (lambda content: b"\xff\xfe" + content[2:], ""),
        (lambda content: content + b"x", ""),
    ],
)
def test_what_is_wrong_is_said_with_the_name_of_the_file(kept, spoil, says):
    kept.write_bytes(spoil(kept.read_bytes()))
    found = storage.read_sealed(kept)
    assert isinstance(found, Damaged)
    assert found == storage.damage(kept)
    assert says in str(found.why)
    assert f"{kept.parent.name}/{kept.name}" in str(found.why)
    assert str(found.message).startswith("damaged: ")


def test_text_that_is_none_is_told_from_json_that_is_none(tmp_path):
    file = tmp_path / "run.json"
    storage.write_json(file, {"title": "Birds"})
    whole = file.read_bytes()
    file.write_bytes(whole[:10])
    assert "is not JSON" in str(storage.read_json(file).why)
    file.write_bytes(whole.replace(b"Birds", b"\xff\xff"))
    assert "is not text" in str(storage.read_json(file).why)


def test_a_missing_file_and_a_folder_in_its_place_are_values_too(tmp_path):
    gone = storage.read_json(tmp_path / "run.json")
    assert isinstance(gone, Damaged)
    assert gone.missing
    (tmp_path / "answers.jsonl").mkdir()
    there = storage.read_lines(tmp_path / "answers.jsonl")
    assert isinstance(there, Damaged)
    assert not there.missing


def test_what_can_be_read_all_the_same_is_rescued(tmp_path):
    file = tmp_path / "run.json"
    storage.write_json(file, {"title": "Birds", "n": 3})
    file.write_bytes(file.read_bytes().replace(b"3", b"2", 1))
    found = storage.read_json(file)
    assert isinstance(found, Damaged)
    assert found.rescued["title"] == "Birds"
    assert not found.unsealed


def test_a_file_of_an_earlier_version_has_no_seal(tmp_path):
    for name, content in CONTENTS.items():
        (tmp_path / name).write_bytes(content)
        found = storage.read_sealed(tmp_path / name)
        assert isinstance(found, Damaged), name
        assert found.unsealed, name


def test_a_file_that_did_not_change_is_not_hashed_again(tmp_path, monkeypatch):
    file = tmp_path / "model.safetensors"
    storage.write_sealed(file, TENSORS)
    looks = []
    agrees = storage._agrees
    monkeypatch.setattr(storage, "_agrees", lambda *given: looks.append(given) or agrees(*given))
    assert [storage.damage(file) for _ in range(3)] == [None] * 3
    assert len(looks) == 1
    storage.write_sealed(file, TENSORS[:-1] + b"\1")
    assert storage.damage(file) is None
    assert len(looks) == 2


# --- logs ---


def test_a_log_gives_its_rows_back(tmp_path):
    log = tmp_path / "events.jsonl"
    for n in range(3):
        storage.append_line(log, json.dumps({"n": n}))
    assert storage.read_log(log) == storage.Log([{"n": 0}, {"n": 1}, {"n": 2}])


def test_a_line_that_a_kill_tore_off_takes_no_other_along(tmp_path):
    log = tmp_path / "events.jsonl"
    storage.append_line(log, '{"n": 0}')
    log.write_bytes(log.read_bytes() + b'{"n": 1, "long')
    assert storage.read_log(log) == storage.Log([{"n": 0}])
    storage.append_line(log, '{"n": 2}')
    assert storage.read_log(log) == storage.Log([{"n": 0}, {"n": 2}])


def test_every_flipped_bit_of_a_log_is_seen(tmp_path):
    log = tmp_path / "events.jsonl"
    for n in range(4):
        storage.append_line(log, json.dumps({"loss": n / 3}))
    whole = log.read_bytes()
    for bit in range(len(whole) * 8):
        spoilt = bytearray(whole)
        spoilt[bit // 8] ^= 1 << bit % 8
        log.write_bytes(bytes(spoilt))
        found = storage.read_log(log)
        at_the_end = bit // 8 == len(whole) - 1  # a line that nobody ended is one that is being written
        assert len(found.rows) < 4, bit
        assert at_the_end or found.damage, bit


def test_a_log_of_zeros_says_so(tmp_path):
    log = tmp_path / "events.jsonl"
    log.write_bytes(bytes(100))
    assert "zeros" in str(storage.read_log(log).damage.why)
    assert "missing" in str(storage.read_log(tmp_path / "other.jsonl").damage.why)


@pytest.mark.parametrize("share", [0, 0.3, 0.5, 0.9])
def test_a_log_that_is_shorter_than_it_was_is_cut_off(tmp_path, share):
    log = tmp_path / "events.jsonl"
    for n in range(4):
        storage.append_line(log, json.dumps({"n": n}))
    whole = log.read_bytes()
    assert storage.read_log(log, len(whole)).damage is None
    log.write_bytes(whole[: int(len(whole) * share)])
    found = storage.read_log(log, len(whole))
    assert found.damage
    assert found.rows == [{"n": n} for n in range(int(4 * share))]
