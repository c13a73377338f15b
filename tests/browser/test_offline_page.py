"""An exported model as one file answers in a browser, from the disk, without a network, as it does in the program."""

from __future__ import annotations

import base64
import os
import unicodedata

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core.export.page import RUNTIME
from core.jobs.base import run_job
from core.jobs.exporting import PAGE
from core.modalities.image.pixels import as_pixels
from core.modalities.sound.spectrogram import as_frames, loudest
from core.modalities.sound.spectrogram import as_pixels as as_pixels_of_sounds
from core.modalities.table.dates import TIME, day_number
from core.modalities.terms import learnt
from core.models.catalogue import CATALOGUE
from core.runs.folder import RunFolder
from tests.core.modalities.table.test_dates import NONE, SAME_DAY, SAME_TIME
from tests.core.models.backbones.test_plain import TEXTS
from tests.helpers import PROJECT, message_dataset, picture_dataset, row_dataset, sound_dataset, trained

WEB = PROJECT / "core" / "export" / "web"


@pytest.fixture
def exported(workspace, tmp_path):
    """Trains a small network on a kind of example and exports it; gives the job."""
    if not (RUNTIME / "ort.wasm").exists():
        if os.environ.get("CI"):
            pytest.fail("CI must fetch the browser's runtime when it installs the program")
        pytest.skip("the browser's runtime was not fetched when the program was installed")

    def export(kind: str, title: str = "Three kinds") -> RunFolder:
        make, model = {
            "image": (picture_dataset, "small-cnn"),
            "text": (message_dataset, "small-text"),
            "words": (message_dataset, "words-and-letters"),
            "sound": (sound_dataset, "small-sounds"),
            "table": (odd_rows, "two-layer-table"),
            "cells": (odd_rows, "column-network"),
        }[kind]
        strategy = "scratch" if CATALOGUE[model].parameters else "head"
        run = trained(workspace, make(workspace), title=title, model=model, strategy=strategy, epochs=3)
        job = RunFolder.create(workspace.jobs, "export", title, {"run": run.id})
        assert run_job(job, workspace, lambda: False).reason == "completed"
        return job

    return export


def odd_rows(workspace):
    """Rows with numbers and dates as people write them."""
    return row_dataset(
        workspace, each=20, price=["$1,234.50", "2,000", "NA", "17 %"],
        seen=["3 Mar 2001", "14 Nov 1999", "1 Jan 2010"],
        when=["2001-02-03", "2004-05-06T18:30", "2009-08-07 06:00:00"], Kind=["Straße  A", "STRASSE a", "b", ""],
    )  # fmt: skip


def opened(browser, job: RunFolder, **options):
    """The page from the disk, without a network, and what its browser complains of."""
    context = browser.new_context(offline=True, **options)
    page, heard = context.new_page(), []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.goto((job.path / PAGE).as_uri())
    page.get_by_text("The model is ready.").wait_for()
    return page, heard


@pytest.mark.parametrize("kind", ["image", "text", "sound", "table", "cells", "words"])
def test_it_answers_as_the_program_does(exported, browser, kind):
    job = exported(kind)
    page, heard = opened(browser, job, viewport={"width": 390, "height": 800})
    page.get_by_role("button", name="Test it now").click()
    n = page.evaluate("JSON.parse(document.getElementById('about').textContent).samples.length")
    result = page.locator("#self-test-result")
    result.get_by_text("Same answer on").wait_for()
    said = result.inner_text()
    assert f"{n} of {n}" in said and n > 5
    assert "right" in (result.get_attribute("class") or ""), said
    page.locator("#samples button").first.press("Enter")  # from the keyboard
    card = page.locator("#answers article").first
    card.locator(".bars li").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert heard == []
    page.context.close()


def test_other_files_get_a_sentence_and_none_of_these_follows_its_slider(exported, browser, tmp_path):
    page, heard = opened(browser, exported("image", "</script><script>alert(1)</script>"))
    assert page.locator("h1").inner_text() == "</script><script>alert(1)</script>"
    (tmp_path / "no.png").write_bytes(b"not a picture")
    picture = tmp_path / "picture.png"
    Image.new("RGB", (900, 30), "red").save(picture)
    page.locator("#file").set_input_files([tmp_path / "no.png"])
    page.get_by_text("This is not a picture that this browser can read.").wait_for()
    page.locator("#file").set_input_files([picture])
    card = page.locator("#answers article").first
    card.locator(".bars li").first.wait_for()
    page.locator("#threshold").fill("100")
    assert "None of these" in card.inner_text()
    page.locator("#threshold").fill("0")
    assert "None of these" not in card.inner_text()
    assert heard == []
    page.context.close()


def test_texts_fall_into_the_same_terms(browser):
    """Of other scripts too, composed or not, with new emoji and all of Turkish's letters i."""
    texts = [
        *TEXTS, "שָׁלוֹם می‌خواهم", "𠮷野家 𝒳 ½ Ⅷ ﬁ", "STRASSE Straße ẞ ΑΣ", "👨‍👩‍👧 \U0001fae8",
        "_\x1c\x85 a\u3000b", "x" * 50, "한국어 Ǆ",
    ]  # fmt: skip
    texts += [unicodedata.normalize("NFD", text) for text in texts]
    terms, _ = learnt(texts)
    page = browser.new_page()
    page.add_script_tag(content=(WEB / "texts.js").read_text(encoding="utf-8"))
    found = page.evaluate(
        """([texts, vocabulary]) => {
          const terms = new Terms(vocabulary);
          return texts.map((text) => [...terms.counts(text)]);
        }""",
        [texts, {"words": terms.words, "letters": terms.letters}],
    )
    for text, counts in zip(texts, found, strict=True):
        assert dict(counts) == dict(terms.counts(text)), text
    page.close()


SIZES = [
    ((500, 300), 64), ((37, 91), 224), ((64, 64), 64), ((900, 20), 32), ((2000, 1499), 64), ((513, 7), 32),
    ((63, 200), 64),
]  # fmt: skip


def test_pictures_are_scaled_to_the_same_numbers(browser):
    page = browser.new_page()
    page.add_script_tag(content=(WEB / "pictures.js").read_text(encoding="utf-8"))
    rng = np.random.default_rng(0)
    for (width, height), size in SIZES:
        pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        picture = Image.fromarray(pixels)
        expected = picture.copy()
        expected.thumbnail((512, 512), Image.Resampling.BICUBIC, reducing_gap=3.0)
        found = page.evaluate(
            """([data, width, height, size]) => {
              const bytes = Uint8ClampedArray.from(atob(data), (letter) => letter.charCodeAt(0));
              const picture = shrunk({ data: bytes, width, height }, 512);
              class Tensor { constructor(type, values, shape) { Object.assign(this, { values, shape }); } }
              const inputs = Object.assign(new Inputs(), { size, mean: [1, 2, 3], std: [2, 4, 8] });
              const { pixels } = inputs.batch(picture, Tensor);
              return [picture.width, picture.height, Array.from(pixels.values), pixels.shape];
            }""",
            [_base64(pixels), width, height, size],
        )
        assert (found[0], found[1]) == expected.size
        exact = as_pixels([expected], size, [1, 2, 3], [2, 4, 8])
        assert found[3] == [1, 3, size, size]
        levels = np.abs(np.array(found[2]).reshape(exact.shape) - exact) * np.array([2, 4, 8])[:, None, None]
        # The last bit of a sine differs between libraries, and with it, very rarely, a pixel by one of 256 levels.
        assert levels.max() < 1.01 and (levels > 0.01).mean() < 1e-3, ((width, height), size, levels.max())
    page.close()


def test_sounds_become_the_same_numbers(browser):
    page = browser.new_page()
    page.add_script_tag(content=(WEB / "sounds.js").read_text(encoding="utf-8"))
    rng = np.random.default_rng(0)
    for samples in (3_000, 40_000, 16 * 16_000):
        sound = rng.normal(0, 0.1, samples).astype(np.float32)
        found = page.evaluate(
            """async ([data]) => {
              const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
              class Tensor { constructor(type, values, shape) { Object.assign(this, { values, shape }); } }
              const inputs = await Inputs.open({ frames: true, picture: true });
              const found = inputs.batch(loudest(new Float32Array(bytes.buffer)), Tensor);
              const told = (one) => [Array.from(one.values, Number), one.shape];
              return [told(found.frames), told(found.lengths), told(found.pixels)];
            }""",
            [_base64(sound)],
        )
        heard = loudest(sound)
        for (values, shape), exact in zip(found, (*as_frames([heard]), as_pixels_of_sounds([heard])), strict=True):
            assert tuple(shape) == exact.shape
            assert np.abs(np.array(values).reshape(shape) - exact).max() < 1e-3
    page.close()


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()


def test_a_row_is_put_together_in_a_form(exported, browser):
    page, heard = opened(browser, exported("table"), viewport={"width": 390, "height": 800})
    petal = page.get_by_label("petal", exact=True)
    answers, now = [], page.locator("#give article .bars bdi").first
    for end, label in (("Home", "aster"), ("End", "rose")):
        petal.press(end)
        expect(now).to_have_text(label)  # at once
        page.get_by_role("button", name="Classify").click()
        card = page.locator("#answers article").first
        card.locator(".bars li").first.wait_for()
        answers.append(card.locator(".bars bdi").first.inner_text())
    assert answers == ["aster", "rose"]
    page.get_by_label("leaf: known").uncheck()
    page.get_by_label("colour", exact=True).select_option("red")
    page.get_by_role("button", name="Classify").click()
    card = page.locator("#answers article").first
    card.locator(".bars li").first.wait_for()
    assert "colour: red" in card.inner_text() and "leaf" not in card.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert heard == []
    page.context.close()


def test_dates_are_the_same_days(browser):
    cells = [*SAME_DAY, *SAME_TIME, *NONE, ("2:15 PM", TIME), ("12:30 AM", TIME), ("1.2.68", "%d.%m.%y")]
    page = browser.new_page()
    page.add_script_tag(content=(WEB / "tables.js").read_text(encoding="utf-8"))
    found = page.evaluate("(cells) => cells.map(([cell, form]) => dayNumber(cell, form))", cells)
    page.close()
    for (cell, form), day in zip(cells, found, strict=True):
        assert day == pytest.approx(day_number(cell, form), abs=1e-6), cell
