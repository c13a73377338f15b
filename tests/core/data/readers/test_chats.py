"""Chats that telephones and chat programs export: who wrote a message is a class only if a person says so."""

from __future__ import annotations

import json

import pytest

from core.data.readers.propose import propose
from core.data.readers.reading import Item, ReadOptions, UndecidedError
from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import pairs, skips
from tests.reading import source_of

SAID = [("Mia", "where is my parcel"), ("+49 151 2345", "it came, look again"), ("Mia", "thank you so much")] * 4

ANDROID = "12/1/23, 9:00 PM - Messages are end-to-end encrypted.\n" + "".join(
    f"12/{n + 1}/23, 9:1{n % 10} PM - {who}: {text}\n" for n, (who, text) in enumerate(SAID)
)
IPHONE = "".join(f"\u200e[0{n % 9 + 1}.05.24, 09:12:0{n % 10}] {who}: {text}\r\n" for n, (who, text) in enumerate(SAID))


def proposed(files: dict[str, str], **options: str):
    given = source_of({name: text.encode() for name, text in files.items()})
    return propose(given, ReadOptions(**options), Limits())


@pytest.mark.parametrize("text", [ANDROID, IPHONE], ids=["Android", "iPhone"])
def test_a_chat_of_whatsapp_is_named_and_never_read_unasked(text):
    with pytest.raises(UndecidedError, match=r"as WhatsApp writes it.*12 messages \(“text”\): 2 classes \(“sender”\)"):
        proposed({"chat.txt": text})
    read = proposed({"chat.txt": text}, label_column="sender")
    assert pairs(read.items) == [(text, who) for who, text in SAID]


def test_a_message_keeps_its_lines_and_what_stands_for_a_picture_is_left_out_by_name():
    said = "1/2/23, 21:04 - Mia: first\nsecond: line\n1/2/23, 21:05 - Ben: <Media omitted>\n1/2/23, 21:06 - Ben: good\n"
    read = proposed({"chat.txt": said}, label_column="sender")
    assert pairs(read.items) == [("first\nsecond: line", "Mia"), ("good", "Ben")]
    assert [name for name, _ in skips(read.items)] == ["line 3"]


TELEGRAM = {"name": "7b", "messages": [
    {"id": 1, "type": "service", "text": ""},
    *({"id": 2, "type": "message", "from": who, "text": [text[:4], {"type": "bold", "text": text[4:]}]}
      for who, text in SAID),
]}  # fmt: skip
DISCORD = {"guild": {"id": "1"}, "channel": {"name": "general"}, "messages": [
    {"type": "Default", "timestamp": "2024", "content": text, "author": {"name": who}} for who, text in SAID
]}  # fmt: skip
SLACK = [{"type": "message", "user": who, "text": text, "ts": "17.1"} for who, text in SAID]


@pytest.mark.parametrize(
    ("name", "document"),
    [("Telegram", TELEGRAM), ("Discord", DISCORD), ("Slack", SLACK)],
    ids=["Telegram", "Discord", "Slack"],
)
def test_so_are_the_exports_of_other_programs(name, document):
    with pytest.raises(UndecidedError, match=rf"as {name} writes it.*“sender”"):
        proposed({"result.json": json.dumps(document)})
    read = proposed({"result.json": json.dumps(document)}, label_column="sender")
    assert pairs(item for item in read.items if isinstance(item, Item)) == [(text, who) for who, text in SAID]


def test_an_archive_of_twitter_says_that_it_holds_no_classes():
    tweets = json.dumps([{"tweet": {"full_text": text, "lang": "en"}} for _, text in SAID])
    with pytest.raises(DataError, match="as Twitter writes it, and says no class"):
        proposed({"tweets.js": f"window.YTD.tweets.part0 = {tweets}"})


def test_a_chat_of_line_and_one_of_messenger_are_never_read_unasked():
    line = "[LINE] Chat history with Mia\nSaved on: 5/3/2024, 14:20\n\nFri, 5/3/2024\n" + "".join(
        f"14:{n:02}\t{who}\t{text}\n" for n, (who, text) in enumerate(SAID)
    )
    with pytest.raises(UndecidedError, match="as LINE writes it"):
        proposed({"chat.txt": line})
    assert pairs(proposed({"chat.txt": line}, label_column="sender").items) == [(text, who) for who, text in SAID]
    document = {
        "messages": [{"sender_name": who, "timestamp_ms": n, "content": text} for n, (who, text) in enumerate(SAID)]
    }
    with pytest.raises(UndecidedError, match="not certain"):
        proposed({"message_1.json": json.dumps(document)})
