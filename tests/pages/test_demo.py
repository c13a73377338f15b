"""The demo: scene after scene of what came with the program, for an audience."""

from __future__ import annotations

import pytest

from core.studies.transfer import TRANSFER
from core.workspace import Workspace
from pages.lessons.scenes import SCENES
from pages.studies.study import worked_study
from tests.pages.conftest import press, visit, words


def test_one_key_leads_from_the_first_scene_to_the_last_and_writes_nothing(app):
    before = sorted(Workspace.worked().root.rglob("*"))
    page = visit(app, "lessons/demo.py")
    for at, scene in enumerate(SCENES):
        assert page.title[0].value == str(scene.title) and str(scene.say) in words(page)
        assert f"Scene {at + 1} of {len(SCENES)}" in words(page)
        if scene is not SCENES[-1]:
            press(page, "Next step")
    assert next(button for button in page.button if button.label == "Next step").disabled
    press(page, "Back")
    assert page.query_params["scene"] == str(len(SCENES) - 1), "a reload stays there"
    assert sorted(Workspace.worked().root.rglob("*")) == before


@pytest.mark.parametrize("asked", ["0", "99", "-1", "three", "²", ""])
def test_an_address_without_such_a_scene_shows_the_first(app, asked):
    assert visit(app, "lessons/demo.py", scene=asked).title[0].value == str(SCENES[0].title)


def test_what_is_said_can_be_hidden(app):
    page = visit(app, "lessons/demo.py", say="false")
    assert str(SCENES[0].say) not in words(page)


def test_it_takes_five_minutes():
    assert sum(scene.seconds for scene in SCENES) == 300


def test_what_scenes_claim_was_measured():
    table = worked_study(TRANSFER).table
    scratch, pretrained = table.accuracy("scratch/plain"), table.accuracy("transferred/plain")
    assert table.effects()["transfer"].sign > 0
    assert pretrained.mean > 0.7 and scratch.mean < 0.4, "five pictures of each teach little from scratch"
