"""The tour of the Studio is there at the first visit, and afterwards only for whoever asks."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from pages.studio.tour import STEPS
from tests.pages.conftest import APP, press, words


def marked(page: AppTest) -> list[str]:
    return [one.value for one in page.subheader if "background" in one.value]


def test_three_steps_mark_a_column_each_and_then_it_is_over(app, workspace):
    for at, (step, column) in enumerate(zip(STEPS, ("1 · Examples", "2 · Training", "3 · Model"), strict=True)):
        assert f"{at + 1} of 3 · {step}" in words(app) and [column in one for one in marked(app)] == [True]
        press(app, "Done" if step is STEPS[-1] else "Next step")
    assert "Everything stays on this computer" in words(app) and marked(app) == []

    again = AppTest.from_file(str(APP), default_timeout=120).run()
    assert "Everything stays on this computer" in words(again) and marked(again) == []
    press(again, "Show me around")
    assert str(STEPS[0]) in words(again)


def test_who_skips_it_is_not_shown_it_again(app):
    press(app, "Skip")
    assert "Everything stays on this computer" in words(app)
    assert "1 of 3" not in words(AppTest.from_file(str(APP), default_timeout=120).run())


def test_nothing_is_written_before_somebody_acts(app, workspace):
    assert not (workspace.root / "tour.json").exists()
