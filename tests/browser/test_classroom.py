"""A class in three browsers: a teacher and two students, who see nothing of each other's."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from core.classroom.room import HOME, ClassRoom
from core.workspace import Workspace
from tests.browser.app_driver import open_sample, press, see_heading
from tests.helpers import png

PHONE = {"viewport": {"width": 390, "height": 844}}


def join(page: Page, code: str, name: str = "", animal: str = "") -> None:
    """On the page for joining, to which whoever comes is led."""
    expect(page).to_have_url(re.compile("/join"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")  # also on a telephone
    page.get_by_label("Code").fill(code)
    if name:
        page.get_by_label("Your first name").fill(name)
    if animal:
        page.locator("label", has_text=animal).click()
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_role("button", name="Try the demo")).to_be_visible()


def take_pictures(page: Page, url: str) -> None:
    """With the page for the phone, for oneself: one that is taken back, and one that comes to the Studio."""
    page.goto(f"{url}/give")
    page.get_by_label("New class").fill("cup")
    page.get_by_role("button", name="Add").click()
    button, shot = page.get_by_label("Take a picture of “cup”"), png((9, 90, 200), (1600, 1200))
    for count in ("1", "2"):
        button.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": shot if count == "1" else png()})
        expect(page.locator(".class .count")).to_have_text(count)
        expect(page.get_by_text("Everything has arrived.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Undo: cup").click()
    expect(page.locator(".class .count")).to_have_text("1")
    page.get_by_role("link", name="Continue in the Studio").click()
    expect(page.get_by_text("From your phone: 1 picture")).to_be_visible()


def test_two_students_and_a_teacher(start_server, open_page, tmp_path, monkeypatch):
    room = ClassRoom.create(Workspace(tmp_path), "7b")
    monkeypatch.setenv(HOME, str(room.folder))
    server = start_server()

    teacher = open_page(f"{server.url}/teacher?key={room.teacher_key}")
    see_heading(teacher, "7b")
    assert room.teacher_key not in teacher.url

    mia, fox = open_page(f"{server.url}/data"), open_page(f"{server.url}/join?code={room.code}", **PHONE)
    join(mia, f"{room.code[:3].lower()} {room.code[3:]}", name="Mia <b>M</b>")
    join(fox, room.code, animal="Fox")
    expect(teacher.get_by_role("button", name="Mia <b>M</b>")).to_be_visible()
    expect(teacher.get_by_role("button", name="Fox")).to_be_visible()

    open_sample(mia, "Iris flowers")
    press(mia, "Train")
    expect(mia.get_by_role("link", name="Results", exact=True)).to_be_visible()
    expect(teacher.get_by_text("150 examples · 1 run")).to_be_visible()

    address = mia.url  # with the ids of what is hers
    assert "dataset=" in address
    fox.goto(address)
    expect(fox.get_by_text("What this page was asked for cannot be shown.")).to_be_visible()
    expect(fox.get_by_text("Iris flowers, version")).to_have_count(0)
    pictures = mia.evaluate("[...document.images].map(one => one.src).filter(src => src.includes('/media/'))")
    stranger = open_page(f"{server.url}/join")
    asked = [(one, address) for one in (mia, stranger) for address in (pictures[0], f"{server.url}/media/{'0' * 32}")]
    assert [one.request.get(address).status for one, address in asked] == [200, 404, 403, 403]
    cookie = next(one for one in fox.context.cookies() if one["name"] == room.cookie)
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and "finetune" not in fox.evaluate("document.cookie")

    press(teacher, "Eyes up")
    expect(mia.get_by_role("heading", name="Eyes up")).to_be_visible()
    press(teacher, "Let them continue")
    expect(mia.get_by_role("link", name="Results", exact=True)).to_be_visible()

    take_pictures(fox, server.url)
    fox.reload()  # and still who they were
    fox.goto(f"{server.url}/join")
    fox.get_by_role("button", name="Leave on this device").click()
    fox.goto(f"{server.url}/board")
    expect(fox.get_by_role("button", name="Join", exact=True)).to_be_visible()
    server.stop()
