"""The camera in a real browser, with Chromium's make-believe camera: a growing pie that never looks the same twice."""

import time

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.data.dataset import Dataset
from core.data.versions import latest_versions
from core.workspace import Workspace
from tests.browser.app_driver import POLLING, overflow, press, settled
from tests.browser.fixtures import CHROMIUM, FLAGS

FIND = (
    "[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
    ".map(one => one.shadowRoot.querySelector('{}')).find(Boolean)"
)
"""What is inside one of the components of a page, of which the camera is one."""
TRACK = f"() => {FIND.format('video')}"
ALLOWED = {"permissions": ["camera"]}


@pytest.fixture(scope="module")
def browser(browser):
    """With a camera; whether a page may use it is for its context to say."""
    chromium = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*FLAGS, "--use-fake-device-for-media-stream"]
    )
    yield chromium
    chromium.close()


@pytest.fixture(scope="module")
def alone(start_server):
    """The camera without the app around it."""
    server = start_server("tests/browser/camera_page.py")
    yield server
    server.stop()


@pytest.fixture
def camera(alone, open_page) -> Page:
    """A page whose camera is on, in an empty workspace."""
    for file in (alone.home / "uploads").glob("*"):
        file.unlink()
    page = open_page(alone.url, **ALLOWED)
    turn_on(page)
    return page


def turn_on(page: Page) -> None:
    # By key: what unfolds moves under the mouse for a moment.
    page.get_by_role("button", name="Turn the camera on").press("Enter")
    expect(page.get_by_role("button", name="Hold to record")).to_be_enabled()
    page.wait_for_function(f"({TRACK})().readyState >= 2", polling=POLLING)


def record(page: Page, pictures: int) -> int:
    """Hold the button until there are this many, let go, and say how many there are."""
    button = page.get_by_role("button", name="Hold to record")
    expect(button).to_be_enabled()
    button.hover()
    page.mouse.down()
    wait_for_count(page, pictures)
    page.mouse.up()
    return recorded(page)


def wait_for_count(page: Page, pictures: int) -> None:
    page.wait_for_function(f"parseInt({FIND.format('.count')}.textContent) >= {pictures}", polling=POLLING)


def recorded(page: Page) -> int:
    expect(page.get_by_role("button", name="Throw all away")).to_be_visible()
    return page.get_by_role("button", name="Keep picture").count()


def is_filmed(page: Page) -> bool:
    return page.evaluate(f"({TRACK})().srcObject !== null")


def name_class(page: Page, name: str) -> None:
    page.get_by_label("Class", exact=True).fill(name)
    page.get_by_label("Class", exact=True).press("Enter")


def test_a_burst_is_looked_through_and_only_what_is_kept_is_handed_over_once(alone, camera):
    began = time.monotonic()
    there = record(camera, 8)
    assert 8 <= there <= 60
    assert there / (time.monotonic() - began) < 10, "about six a second"
    assert overflow(camera) == []
    expect(camera.get_by_text("First write their class.")).to_be_visible()
    expect(camera.get_by_role("button", name=f"Use these {there} pictures")).to_be_disabled()

    name_class(camera, "pie")
    for number in (1, 3, 4):
        camera.get_by_role("button", name=f"Keep picture {number}", exact=True).click()
    camera.get_by_role("button", name="Keep picture 4", exact=True).click()  # after all
    press(camera, f"Use these {there - 2} pictures")

    expect(camera.get_by_text(f"{there - 2} pictures handed over.")).to_be_visible()
    expect(camera.get_by_text(f"{there - 2} files")).to_be_visible()
    files = sorted((alone.home / "uploads").iterdir())
    looks = set()
    for file in files:
        with Image.open(file) as picture:
            assert (picture.format, max(picture.size)) == ("JPEG", 480)
            looks.add(picture.tobytes())
    assert len(looks) == len(files), "frames are taken at different moments"

    for file in files:
        file.unlink()
    press(camera, "Draw again")
    expect(camera.get_by_text("0 files")).to_be_visible()  # nothing comes twice
    expect(camera.get_by_role("button", name="Hold to record")).to_be_visible()
    assert is_filmed(camera)


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_the_whole_way_from_the_keyboard(camera, key):
    name_class(camera, "pie")
    camera.get_by_role("button", name="Hold to record").focus()
    camera.keyboard.down(key)
    wait_for_count(camera, 2)
    camera.keyboard.down(key)  # as a key that is held repeats itself
    wait_for_count(camera, 4)
    camera.keyboard.up(key)

    there = recorded(camera)
    use = camera.get_by_role("button", name=f"Use these {there} pictures")
    expect(use).to_be_focused()
    camera.keyboard.press("Enter")
    expect(camera.get_by_text(f"{there} files")).to_be_visible()


def test_a_burst_ends_by_itself_and_no_key_held_too_long_uses_it(alone, camera):
    name_class(camera, "pie")
    camera.get_by_role("button", name="Hold to record").focus()
    camera.keyboard.down("Enter")
    expect(camera.get_by_text("60 pictures: enough, let go")).to_be_visible()
    camera.keyboard.down("Enter")
    camera.keyboard.up("Enter")

    assert recorded(camera) == 60
    press(camera, "Throw all away")
    expect(camera.get_by_text("Nothing was kept")).to_be_visible()
    expect(camera.get_by_role("button", name="Hold to record")).to_be_focused()
    assert list((alone.home / "uploads").iterdir()) == []


def test_who_can_press_but_not_hold_presses_twice(camera):
    button = camera.get_by_role("button", name="Hold to record")
    button.dispatch_event("click")
    wait_for_count(camera, 2)
    camera.get_by_role("button", name="Recording. Let go to stop").dispatch_event("click")

    assert recorded(camera) >= 2


def test_off_means_off(camera):
    camera.evaluate(f"() => {{ window.track = ({TRACK})().srcObject.getVideoTracks()[0]; }}")
    press(camera, "Turn the camera off")
    expect(camera.get_by_role("button", name="Turn the camera on")).to_be_visible()
    assert camera.evaluate("window.track.readyState") == "ended"

    turn_on(camera)
    camera.evaluate(f"() => {{ window.track = ({TRACK})().srcObject.getVideoTracks()[0]; }}")
    camera.get_by_text("Leave").click()
    expect(camera.get_by_role("button", name="Hold to record")).to_have_count(0)
    camera.wait_for_function("window.track.readyState === 'ended'", polling=POLLING)


def test_a_change_of_theme_or_window_leaves_the_recording_alone(camera):
    there = record(camera, 3)
    camera.emulate_media(color_scheme="dark")
    name_class(camera, "<b>pie</b> & more")

    expect(camera.get_by_text("<b>pie</b> & more")).to_be_visible()
    assert recorded(camera) == there
    camera.set_viewport_size({"width": 360, "height": 800})
    assert overflow(camera) == []
    press(camera, f"Use these {there} pictures")
    expect(camera.get_by_text(f"{there} files")).to_be_visible()


def test_a_refused_camera_says_what_to_do(alone, open_page):
    page = open_page(alone.url)
    press(page, "Turn the camera on")

    expect(page.get_by_role("alert").get_by_text("This page may not use the camera.")).to_be_visible()
    expect(page.get_by_role("button", name="Turn the camera on")).to_be_enabled()
    page.context.grant_permissions(["camera"])
    turn_on(page)


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ("navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); }",
         "No camera was found."),
        ("navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotReadableError'); }",
         "If another program is using it"),
        ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"
         "Object.defineProperty(window, 'isSecureContext', { value: false });",
         "Open the program on the computer it runs on"),
    ],
    ids=["missing", "busy", "insecure"],
)  # fmt: skip
def test_other_trouble_is_said_in_plain_words(alone, open_page, trouble, says):
    page = open_page(alone.url, **ALLOWED)
    expect(page.get_by_role("button", name="Turn the camera on")).to_be_visible()
    page.evaluate(f"() => {{ {trouble} }}")
    press(page, "Turn the camera on")

    expect(page.get_by_role("alert").get_by_text(says)).to_be_visible()


def test_a_camera_that_is_pulled_out_is_missed(camera):
    camera.evaluate(f"() => ({TRACK})().srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))")

    expect(camera.get_by_role("alert").get_by_text("The camera went away.")).to_be_visible()
    assert not is_filmed(camera)


def test_two_bursts_on_the_page_become_a_set_of_two_classes(server, open_page):
    page = open_page(f"{server.url}/data", **ALLOWED)
    settled(page)
    page.get_by_text("Create examples").click()
    turn_on(page)
    kept = {}
    for name in ("apple", "pear"):
        name_field = page.get_by_label("Class of the next examples")
        name_field.fill(name)
        name_field.press("Enter")
        settled(page)  # else what is drawn anew moves the button away under the mouse
        kept[name] = record(page, 5)
        press(page, f"Use these {kept[name]} pictures")
        # The camera stays on while they are read.
        expect(page.get_by_text("Examples in each class")).to_be_visible()
        expect(page.get_by_role("button", name="Hold to record")).to_be_enabled()

    expect(page.get_by_role("radio", name="pear")).to_be_visible()
    workspace = Workspace(server.home)
    ((newest, about),) = [found for found in latest_versions(workspace) if found[1]["title"] == "My pictures"]
    assert about["counts"] == kept
    examples = Dataset.load(newest, workspace).examples
    for name in kept:
        (together,) = {example.group for example in examples if example.label == name}
        assert together is not None, "a burst stays on one side of every division"
    assert server.network_attempts() == []
