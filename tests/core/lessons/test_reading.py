"""Files of lessons: what they say, and what is said where one is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from core.lessons.lesson import Do, Predict, Quiz, Reveal, TakeHome
from core.lessons.reading import read_lesson
from tests.lessons import TEXT, write_lesson


def test_a_lesson_is_what_its_file_says(tmp_path):
    lesson = read_lesson(write_lesson(tmp_path))
    assert (lesson.id, lesson.language, lesson.title, lesson.place, lesson.minutes) == (
        "shades", "en", "Dark and light", 3, 45
    )  # fmt: skip
    predict, do, reveal, quiz, home = lesson.steps
    assert isinstance(predict, Predict) and (predict.low, predict.high, predict.text) == (
        0,
        1,
        "How many will be right?",
    )
    assert isinstance(do, Do) and do.goal.asked == {"strategy": "nearest"} and do.title == "Do it"
    assert isinstance(reveal, Reveal) and reveal.figures == ("accuracy", "baseline")
    assert isinstance(quiz, Quiz) and [question.right for question in quiz.questions] == [0, 1, 2]
    assert isinstance(home, TakeHome) and home.text == "Light is **not** dark."
    assert [TEXT.split("\n")[step.line - 1] for step in lesson.steps] == [
        "## Guess", "## Do it", "## See", "## Quiz", "## Take home"
    ]  # fmt: skip
    assert lesson.notes == "# For the teacher\n\n- It may be dark."


WRONG = {
    "no front matter": ("---\ntitle", "title", 1, "begin with its title"),
    "no question": ("question: Can it tell *dark* from light?", "", 2, "'question' is missing"),
    "broken yaml": ("high: 100", "high: [1", 14, "YAML"),
    "unknown name": ("high: 100", "hight: 100", 13, "no 'hight'"),
    "no minutes": ("minutes: 20\n", "", 19, "'minutes' is missing"),
    "minutes as a text": ("minutes: 20", "minutes: long", 20, "cannot be 'minutes'"),
    "minutes as a truth": ("minutes: 20", "minutes: yes", 20, "cannot be 'minutes'"),
    "unknown kind of step": ("```do", "```make", 18, "one block"),
    "two blocks": ("Train it,", "```explain\nminutes: 1\n```\nTrain it,", 25, "one block"),
    "no block": ("```take-home\nminutes: 5\n```", "", 45, "one block"),
    "unknown goal": ("goal: trained", "goal: won", 21, "cannot be 'goal'"),
    "unknown sample": ("sample: drawings", "sample: cats", 22, "cannot be 'sample'"),
    "goal without what it needs": ("strategy: nearest\n", "", 18, "needs strategy"),
    "goal with what says nothing": (
        "strategy: nearest", "strategy: nearest\nstudy: transfer", 18, "study says nothing"
    ),
    "two ids": ("id: train", "id: score", 17, "Two steps"),
    "guess of nothing": ("guess: score", "guess: none", 27, "No earlier step"),
    "reveal of nothing": ("of: train", "of: none", 27, "No earlier step"),
    "no such figure": ("[accuracy, baseline]", "[spread]", 27, "no figure spread"),
    "figure that there is not": ("[accuracy, baseline]", "[beauty]", 32, "cannot be 'figures'"),
    "two questions": ('  - {ask: "Two?", choices: ["yes", "no"], right: 2, why: "It is not."}\n', "", 39, "'qu"),
    "right out of range": ('"both"], right: 3', '"both"], right: 4', 39, "'questions'"),
    "no quiz": (TEXT[TEXT.index("## Quiz") : TEXT.index("## Take home")], "", 1, "0 steps of the kind 'quiz'"),
    "no sentence": ("Light is **not** dark.", "", 45, "take home is missing"),
    "choices and numbers": ("unit: percent", 'choices: ["a", "b"]', 8, "either one of some choices"),
    "nothing to guess": ("unit: percent\nlow: 0\nhigh: 100\n", "", 8, "either one of some choices"),
    "low above high": ("low: 0", "low: 200", 8, "'low' is not less"),
    "another unit": ("unit: percent", "unit: number", 27, "another unit"),
    "shots of a curve": (
        "goal: trained\nsample: drawings\nstrategy: nearest",
        "goal: studied\nsample: drawings\nstudy: learning_curve\nshots: 5", 18, "shots says nothing about",
    ),
    "picture": ("Train it,", "![cat](http://example.org/cat.png)", 25, "cannot hold pictures"),
    "html": ("Train it,", "<script>x</script>", 25, "cannot hold HTML"),
    "html in a line": ("Train it,", "Train <b>it</b>,", 25, "cannot hold HTML"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_with_its_line(tmp_path, wrong):
    old, new, line, says = WRONG[wrong]
    assert old in TEXT
    text = TEXT.replace(old, new, 1) if wrong != "no front matter" else TEXT[4:]
    with pytest.raises(UserError) as error:
        read_lesson(write_lesson(tmp_path, text))
    assert f"'shades.en.md', line {line}: " in str(error.value.problem), error.value.problem
    assert says in str(error.value.problem) and str(error.value.advice)


@pytest.mark.parametrize("name", ["Shades.en.md", "shades.md", "shades.en.txt", "../x.en.md"])
def test_a_name_that_is_none(tmp_path, name):
    with pytest.raises(UserError, match=r"not named like a lesson|cannot be read"):
        read_lesson(tmp_path / name)


def test_what_is_too_large_or_no_text(tmp_path):
    with pytest.raises(UserError, match="larger than"):
        read_lesson(write_lesson(tmp_path, TEXT + "x" * 200_000))
    write_lesson(tmp_path).write_bytes(b"\xff\xfe\x00---")
    with pytest.raises(UserError, match="not text in UTF-8"):
        read_lesson(tmp_path / "shades.en.md")
    with pytest.raises(UserError, match="cannot be read"):
        read_lesson(tmp_path / "gone.en.md")


def test_windows_lines_and_a_mark_at_the_beginning(tmp_path):
    write_lesson(tmp_path).write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert read_lesson(tmp_path / "shades.en.md").notes == read_lesson(write_lesson(tmp_path)).notes


@given(st.integers(0, len(TEXT)), st.sampled_from(["", "\n", "```", "#", "- ", ": ", "&a", "*a", "2026-99-99", "\0"]))
def test_whatever_stands_in_it_is_a_lesson_or_one_sentence(tmp_path_factory, at, put):
    path = write_lesson(tmp_path_factory.getbasetemp(), TEXT[:at] + put + TEXT[at + len(put) :])
    try:
        read_lesson(path)
    except UserError as error:
        assert "shades.en.md" in str(error.problem)
