"""The published one-shot runs: reading them, the ink baseline, a model's answers, the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.__main__ import main
from core.errors import DataError
from core.events import drain
from core.studies.few_shot.lake import BASELINE, Run, answer, ink, read_runs, run_lake
from tests.helpers import encoded, write_tree, write_zip

SHAPES = ([(10, 10), (50, 50)], [(10, 50), (50, 10), (50, 50)], [(30, 5), (30, 55), (5, 55)])


def drawing(shape, shift: int) -> bytes:
    picture = Image.new("1", (64, 64), 1)
    ImageDraw.Draw(picture).line([(x + shift, y + shift // 2) for x, y in shape], fill=0, width=2)
    return encoded(picture)


@pytest.fixture
def files() -> dict[str, bytes]:
    """Two runs; the second lists its test drawings in another order."""
    made = {}
    for run, order in (("run01", (0, 1, 2)), ("run02", (2, 0, 1))):
        for i, shape in enumerate(SHAPES):
            made[f"{run}/training/class{i + 1:02d}.png"] = drawing(shape, 0)
            made[f"{run}/test/item{order[i] + 1:02d}.png"] = drawing(shape, 5)
        pairs = [f"{run}/test/item{order[i] + 1:02d}.png {run}/training/class{i + 1:02d}.png" for i in range(3)]
        made[f"{run}/class_labels.txt"] = "\n".join(pairs).encode()
    return made


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_runs_are_read_from_a_folder_or_a_zip(files, tmp_path, workspace, packed):
    path = write_zip(tmp_path / "runs.zip", files.items()) if packed else write_tree(tmp_path / "runs", files)
    runs = read_runs(path, workspace)
    assert [run.name for run in runs.runs] == ["run01", "run02"]
    assert runs.n == 6
    for run in runs.runs:
        assert len(run.support) == len(run.query) == 3
        for query, right in zip(run.query, run.truth, strict=True):
            test, taught = runs.dataset.examples[query].name, runs.dataset.examples[run.support[right]].name
            assert f"{test} {taught}" in files[f"{run.name}/class_labels.txt"].decode()


def test_ink_that_moved_is_still_the_same_ink(files, tmp_path, workspace):
    runs = read_runs(write_tree(tmp_path / "runs", files), workspace)
    result = drain(run_lake(runs, BASELINE, workspace))
    assert result.error == 0
    assert result.errors == {"run01": 0, "run02": 0}
    low, high = result.interval
    assert low == 0
    assert 0.3 < high < 0.5, "6 of 6 right says little"
    points = ink(runs.dataset.payload(0))
    np.testing.assert_allclose(points.mean(0), 0, atol=1e-9)


def test_distances_are_the_modified_hausdorff_ones(files, tmp_path, workspace):
    from core.studies.few_shot import lake as hausdorff

    runs = read_runs(write_tree(tmp_path / "runs", files), workspace)
    a, b = (ink(runs.dataset.payload(place)) for place in (0, 3))
    gaps = np.sqrt(((a[:, None] - b[None]) ** 2).sum(2))
    expected = max(gaps.min(1).mean(), gaps.min(0).mean())
    assert hausdorff._distance(hausdorff._tree(runs, 0), hausdorff._tree(runs, 3)) == pytest.approx(expected)


def test_the_smallest_angle_about_the_middle_of_the_taught_wins_over_the_nearest_point():
    """All lie far out in one direction; only what differs among them counts, and not how long they are."""
    far = np.array([100.0, 0, 0])
    support = far + np.array([[0, 3.0, 0], [0, -3.0, 0], [0, 0, 3.0]])
    query = far + np.array([[0, 0, 9.0], [0, 0.5, 0.9], [0, -0.5, 0]])  # the second point is nearest to the third
    views = np.concatenate([support, query])[:, None, :].repeat(2, axis=1)
    assert answer(views, Run("r", (0, 1, 2), (3, 4, 5), (2, 0, 1))).tolist() == [2, 0, 1]


def test_a_model_answers_from_several_views(files, tmp_path, workspace, tiny_models):
    runs = read_runs(write_tree(tmp_path / "runs", files), workspace)
    result = drain(run_lake(runs, "tiny-image", workspace, views=3))
    assert len(result.right) == 6
    assert result.error == pytest.approx(np.mean(list(result.errors.values())))
    again = drain(run_lake(runs, "tiny-image", workspace, views=3))
    assert np.array_equal(result.right, again.right)
    assert drain(run_lake(runs, "tiny-image", workspace, views=4, stop=lambda: True)) is None


def test_the_bundled_model_for_drawings_knows_them_at_once(files, tmp_path, workspace):
    runs = read_runs(write_tree(tmp_path / "runs", files), workspace)
    assert drain(run_lake(runs, "glyphnet", workspace, views=4)).error == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda files: files.pop("run01/class_labels.txt") and files.pop("run02/class_labels.txt"), "no 'class_labels"),
        (lambda files: files.pop("run01/test/item02.png"), "item02.png', which is not there"),
        (lambda files: files.update({"run01/class_labels.txt": b"a b c"}), "not a list of pairs"),
        (lambda files: files.update({"run01/test/item02.png": b"no picture"}), "cannot be read"),
    ],
    ids=["no table", "missing drawing", "no pairs", "no picture"],
)
def test_what_is_wrong_with_the_runs_is_said(files, tmp_path, workspace, change, says):
    change(files)
    with pytest.raises(DataError, match=says):
        read_runs(write_tree(tmp_path / "runs", files), workspace)


def test_the_command_line_compares_pair_by_pair_and_shows_what_was_published(
    files, tmp_path, workspace, tiny_models, monkeypatch, capsys
):
    monkeypatch.setenv("FINETUNE_LAB_HOME", str(workspace.root))
    path = str(write_tree(tmp_path / "runs", files))
    asked = ["fewshot", path, "--protocol", "lake", "--model", "tiny-image", "--views", "2"]
    assert main([*asked, "--against", BASELINE, "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["model"], last["n"], last["views"]) == ("tiny-image", 6, 2)
    (ours,) = last["compared"]
    assert ours["model"] == BASELINE
    assert ours["only_the_first_right"] - ours["only_this_right"] == round(6 * (ours["error"] - last["error"]))
    assert {row["name"]: row["error_percent"] for row in last["published"]}["people"] == 4.5
    assert main(asked) == 0
    assert "people" in capsys.readouterr().out
    assert main(["fewshot", str(tmp_path / "nowhere"), "--protocol", "lake"]) == 2


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--protocol", "lake", "--ways", "5", "--seed", "0"], "--ways and --seed has no effect"),
        (["--views", "4"], "--views has no effect"),
        (["--protocol", "lake", "--views", "0"], "between 1 and 200, not 0"),
        (["--protocol", "lake", "--model", "minilm-l6"], "is a model for messages"),
    ],
    ids=str,
)
def test_what_would_do_nothing_or_cannot_be_is_refused(files, tmp_path, workspace, monkeypatch, capsys, flags, says):
    monkeypatch.setenv("FINETUNE_LAB_HOME", str(workspace.root))
    assert main(["fewshot", str(write_tree(tmp_path / "runs", files)), *flags]) == 2
    assert says in capsys.readouterr().err
