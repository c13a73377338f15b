"""Planted faults: each check finds what was planted, proposes what mends it, and is quiet on a clean set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from core.data.dataset import Dataset, Example
from core.data.findings import Finding
from core.data.near_pictures import NearPairs
from core.data.readers.reading import Skip
from core.data.versions import Change, apply_changes
from core.doctor.case import Case
from core.doctor.copies import near_duplicates
from core.doctor.examine import examine
from core.doctor.labels import suspects
from core.events import drain
from core.modalities import get_modality
from tests.helpers import encoded


def look_over(dataset, workspace, **said) -> list[Finding]:
    return drain(examine(dataset, workspace, quick=True, **said))


def only_kind(kind: str, findings: list[Finding]) -> Finding:
    (found,) = [finding for finding in findings if finding.kind == kind]
    return found


def names(finding: Finding) -> set[str]:
    return {exhibit.name for exhibit in finding.exhibits}


# --- pictures ----------------------------------------------------------------------------------------------------


def scene(seed: int, side: int = 96) -> Image.Image:
    """A picture that looks like no other: coloured noise, coarse and fine, with a few shapes."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(40, 215, (7, 7, 3), dtype=np.uint8)).resize((side, side))
    noisy = np.asarray(coarse, dtype=float) + rng.normal(0, 26, (side, side, 3))
    picture = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(5):
        x, y, r = (int(v) for v in rng.integers(5, side - 25, 3))
        draw.ellipse((x, y, x + r // 3 + 5, y + r // 3 + 5), fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    return picture


def pictures(workspace, extra: list[tuple[str, str, Image.Image]] = (), each: int = 12) -> Dataset:
    """Two classes of scenes, and `extra` ones (name, label, picture)."""
    kind = get_modality("image")
    rows = [(f"{label}/{i}.png", label, scene(100 * at + i)) for at, label in enumerate("ab") for i in range(each)]
    examples = []
    for name, label, picture in [*rows, *extra]:
        raw = encoded(picture)
        digest = kind.digest(raw)
        kind.keep(kind.read(raw), digest, workspace.examples)
        examples.append(Example(digest, label, name, facts=kind.facts(raw)))
    return Dataset("scenes", "image", tuple(examples), workspace.examples)


def test_a_clean_set_of_pictures_is_left_in_peace(workspace):
    assert look_over(pictures(workspace), workspace) == []


def test_copies_are_found_and_one_of_each_stays(workspace):
    dataset = pictures(workspace, [("a/copy.png", "a", scene(3)), ("a/again.png", "a", scene(3))])
    found = only_kind("exact_duplicates", look_over(dataset, workspace))
    assert names(found) == {"a/copy.png", "a/again.png"}
    mended = apply_changes(dataset, [Change.of(found.remedies[0])])
    assert mended.examples == dataset.examples[:24]


def test_a_picture_in_two_classes_is_serious(workspace):
    dataset = pictures(workspace, [("b/astray.png", "b", scene(3))])
    found = only_kind("conflicting_labels", look_over(dataset, workspace))
    assert found.severity == "serious"
    assert names(found) == {"a/3.png", "b/astray.png"}
    relabelled = {r.label for r in found.remedies if r.action == "relabel"}
    assert relabelled == {"a", "b"}


@pytest.mark.parametrize(
    "changed",
    [
        lambda p: p.resize((70, 70)),
        lambda p: p.crop((4, 4, 92, 92)),
        lambda p: p.point(lambda v: min(255, v + 20)),
        lambda p: p.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        lambda p: p.transpose(Image.Transpose.ROTATE_90),
    ],
    ids=["resized", "cropped", "brighter", "mirrored", "turned"],
)
def test_changed_copies_are_near_duplicates(workspace, changed):
    dataset = pictures(workspace, [("a/changed.png", "a", changed(scene(3)))])
    found = only_kind("near_duplicates", look_over(dataset, workspace))
    assert names(found) == {"a/3.png", "a/changed.png"}, "both are shown"
    assert "a/3.png" in str(found.exhibits[1].detail)


@pytest.mark.parametrize(
    ("kind", "picture"),
    [
        ("blank", Image.new("RGB", (96, 96), (120, 130, 90))),
        ("dark", scene(50).point(lambda v: v // 12)),
        ("blurred", scene(50, 256).filter(ImageFilter.GaussianBlur(3))),
        ("tiny", scene(50).resize((20, 20))),
    ],
)
def test_a_spoilt_picture_is_found_and_no_other(workspace, kind, picture):
    dataset = pictures(workspace, [("a/spoilt.png", "a", picture)])
    found = only_kind(kind, look_over(dataset, workspace))
    assert names(found) == {"a/spoilt.png"}
    assert found.remedies[0].examples == (dataset.examples[-1].key,)


def test_a_size_that_tells_the_class_is_a_shortcut(workspace):
    clean = pictures(workspace, each=20)
    sides = {"a": (640, 480), "b": (300, 300)}
    told = [
        replace(e, facts={**e.facts, "width": sides[e.label][0], "height": sides[e.label][1]}) for e in clean.examples
    ]
    found = only_kind("shortcut", look_over(replace(clean, examples=tuple(told)), workspace))
    assert found.severity == "serious"
    assert "size of the picture" in f"{found.title} {found.explanation}"
    assert [f.kind for f in look_over(clean, workspace)] == []


# --- messages ----------------------------------------------------------------------------------------------------


def messages(rows: list[tuple[str, str]]) -> Dataset:
    kind = get_modality("text")
    examples = [Example(kind.digest(t.encode()), label, f"row {i}", t) for i, (t, label) in enumerate(rows, start=2)]
    return Dataset("notes", "text", tuple(examples), Path("nowhere"))


CLEAN = [(f"The {what} was {how} this morning", "bus" if what in ("driver", "ticket") else "lunch")
         for what in ("driver", "ticket", "soup", "salad")
         for how in ("late", "cold", "lovely", "expensive", "strange", "missing")]  # fmt: skip


def test_clean_messages_are_left_in_peace(workspace):
    assert look_over(messages(CLEAN), workspace) == []


def test_labels_that_differ_in_their_spelling_are_to_be_joined(workspace):
    dataset = messages([*CLEAN[:-6], *[(text, "Lunch ") for text, _ in CLEAN[-6:]]])
    found = only_kind("label_twins", look_over(dataset, workspace))
    joining = next(remedy for remedy in found.remedies if remedy.action == "merge")
    assert set(apply_changes(dataset, [Change.of(joining)]).classes) == {"bus", joining.label}


@pytest.mark.parametrize(("pairs", "told"), [("aA", ["note"]), ("aAbBcC", [])])
def test_letters_that_differ_in_case_may_well_be_meant(workspace, pairs, told):
    dataset = messages([(text, pairs[i % len(pairs)]) for i, (text, _) in enumerate(CLEAN)])
    twins = [finding for finding in look_over(dataset, workspace) if finding.kind == "label_twins"]
    assert [finding.severity for finding in twins] == told


def test_the_same_words_written_otherwise_under_two_labels(workspace):
    dataset = messages([*CLEAN, ("the DRIVER was  late this morning!", "lunch")])
    found = only_kind("conflicting_labels", look_over(dataset, workspace))
    assert names(found) == {"row 2", "row 26"}


def test_with_too_many_classes_no_shortcuts_are_looked_for_and_that_is_said(workspace, monkeypatch):
    rows = [(f"{i} {text}", f"{label} {i}") for i in range(2) for text, label in CLEAN]
    assert look_over(messages(rows), workspace) == []
    monkeypatch.setattr("core.doctor.shortcuts._MOST_CLASSES", 3)
    (found,) = look_over(messages(rows), workspace)
    assert str(found.title) == "No shortcuts were looked for: there are 4 classes"
    assert "at most 3 classes" in str(found.explanation)


def test_what_was_not_compared_is_said_with_the_number_that_was(workspace):
    (found,) = near_duplicates(Case(messages(CLEAN), workspace, None, near=NearPairs(compared=8)))
    assert str(found.title) == "Not all of the 24 messages were compared with each other"
    assert "only with the nearest 8 before it" in str(found.explanation)


@pytest.mark.parametrize(("kind", "text"), [("empty_text", "... --"), ("short_text", "ok")])
def test_messages_that_say_next_to_nothing(workspace, kind, text):
    found = only_kind(kind, look_over(messages([*CLEAN, (text, "bus")]), workspace))
    assert names(found) == {"row 26"}


def test_a_message_that_is_cut_off_by_the_model(workspace):
    found = only_kind("long_text", look_over(messages([*CLEAN, ("many words " * 400, "bus")]), workspace))
    assert names(found) == {"row 26"}


def test_hardly_any_different_messages_are_no_reason_to_break_off(workspace):
    found = look_over(
        messages([(text, label) for text, label in (("a b", "x"), ("c", "y"), ("d", "y"))] * 20), workspace
    )
    assert only_kind("exact_duplicates", found)


def test_uneven_classes(workspace):
    many = [(f"{text}, number {i}", label) for i in range(4) for text, label in CLEAN if label == "bus"]
    found = only_kind("imbalance", look_over(messages([*many, *CLEAN[-6:]]), workspace))
    assert "'bus' has 48 examples, 'lunch' only 6" in str(found.title)


def test_very_small_classes(workspace):
    found = only_kind("few_examples", look_over(messages([*CLEAN[:12], *CLEAN[-2:]]), workspace))
    assert "'lunch'" in str(found.title)


@pytest.mark.parametrize(("copies", "says"), [(0, "one of 2"), (6, "2 different ones among 8")])
def test_a_class_that_is_small_for_its_copies_says_so(workspace, copies, says):
    found = only_kind("few_examples", look_over(messages([*CLEAN[:12], *CLEAN[-2:], *[CLEAN[-1]] * copies]), workspace))
    assert [str(exhibit.detail) for exhibit in found.exhibits] == [says]
    assert ("count as one" in str(found.explanation)) is bool(copies)


def test_what_was_left_out_and_what_the_reader_said_is_passed_on(workspace):
    skipped = [Skip("a.jpg", "It is damaged."), Skip("b.jpg", "It is damaged.")]
    found = look_over(messages(CLEAN), workspace, skipped=skipped, notes=["Two columns had one name."])
    assert names(only_kind("unreadable", found)) == {"a.jpg", "b.jpg"}
    assert "Two columns had one name." in str(only_kind("reading", found).title)


def test_the_worst_comes_first(workspace):
    dataset = messages([*CLEAN, (CLEAN[0][0], "lunch"), (CLEAN[1][0], "bus")])
    severities = [finding.severity for finding in look_over(dataset, workspace)]
    assert severities == sorted(severities, key=["serious", "look", "note"].index)
    assert len(set(severities)) > 1


# --- likely wrong labels -----------------------------------------------------------------------------------------


def clouds(each: int = 30, distance: float = 12.0) -> tuple[np.ndarray, list[str], list[str]]:
    """Three clouds of points, well apart."""
    rng = np.random.default_rng(0)
    centres = np.eye(3) * distance
    vectors = np.concatenate([rng.normal(centre, 1.0, (each, 3)) for centre in centres]).astype(np.float32)
    labels = [label for label in ("cat", "dog", "emu") for _ in range(each)]
    return vectors, labels, [str(i) for i in range(3 * each)]


def test_exchanged_labels_are_found_with_the_right_suggestion():
    vectors, labels, clusters = clouds()
    wrong = {4: "dog", 40: "emu", 80: "cat"}
    given = [wrong.get(i, label) for i, label in enumerate(labels)]
    found = {suspect.index: suspect.suggestion for suspect in suspects(vectors, given, clusters)}
    assert found == {i: labels[i] for i in wrong}


def test_right_labels_are_left_in_peace():
    assert suspects(*clouds()) == []


def test_who_cannot_learn_a_set_does_not_judge_it():
    vectors, labels, clusters = clouds(distance=0.0)
    assert suspects(vectors, labels, clusters) == []


def test_copies_do_not_vouch_for_each_other():
    vectors, labels, clusters = clouds()
    for i in (4, 5, 6, 7):  # four copies of one cat, all called a dog
        vectors[i], labels[i], clusters[i] = vectors[4], "dog", "copies"
    assert {s.index for s in suspects(vectors, labels, clusters)} == {4, 5, 6, 7}


def test_classes_of_very_few_are_neither_judged_nor_suggested():
    vectors, labels, clusters = clouds()
    labels[0:3] = ["rare"] * 3
    assert not {0, 1, 2} & {suspect.index for suspect in suspects(vectors, labels, clusters)}


# --- what is damaged since it was imported -----------------------------------------------------------------------


def test_damaged_pictures_are_found_and_all_others_are_looked_at(workspace):
    dataset = pictures(workspace, [("a/blank.png", "a", Image.new("RGB", (96, 96), (90, 90, 90)))])
    spoilt = dataset.examples[:2]
    for example in spoilt:
        (file,) = workspace.examples.rglob(f"{example.id}.img")
        file.write_bytes(file.read_bytes()[:-20])
    found = look_over(dataset, workspace)
    damaged = only_kind("damaged", found)
    assert (damaged.severity, damaged.count) == ("serious", 2)
    assert names(damaged) == {example.name for example in spoilt}
    assert names(only_kind("blank", found)) == {"a/blank.png"}, "the others are looked at all the same"
    mended = apply_changes(dataset, [Change.of(damaged.remedies[0])])
    assert mended.damaged() == ()
    assert "damaged" not in {finding.kind for finding in look_over(mended, workspace)}


def test_where_all_are_damaged_that_is_what_is_found(workspace):
    dataset = pictures(workspace)
    for file in workspace.examples.rglob("*.img"):
        file.unlink()
    (found,) = look_over(dataset, workspace)
    assert (found.kind, found.count) == ("damaged", len(dataset.examples))
