"""What a request asks: its body read within limits, and taken apart into the inputs that it holds; and whether whoever
asked still waits."""

from __future__ import annotations

import asyncio
import base64
import binascii
import csv
import json
from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeVar

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from core.data.readers.encoding import decode, lines_of
from core.data.readers.names import is_known_name
from core.data.readers.table_files import is_table
from core.errors import UserError
from core.messages import NOTHING, Message
from core.modalities.base import Modality

MEGABYTE = 10**6
T = TypeVar("T")
_PATIENCE = 20.0
_SLOWEST = 20_000
"""A body may take so many seconds, and one more for so many bytes of it."""
_PEEK, _PEEKED_LINES = 64_000, 20
"""Letters and lines that show whether a text is a table."""
_TABLES = ("text/csv", "text/tab-separated-values")
_IS_A_TABLE = Message("It is a table, and this takes messages. Send its texts as JSON: {example}.",
                      example='{"inputs": ["a message", "another"]}')  # fmt: skip


class RefusedError(UserError):
    """A request that is not answered, with the `status` that says why."""

    def __init__(self, status: int, problem: Message, advice: Message = NOTHING) -> None:
        super().__init__(problem, advice)
        self.status = status


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The largest body in bytes, and the most inputs in it."""

    body: int = 32 * MEGABYTE
    inputs: int = 256


@dataclass(frozen=True, slots=True)
class Input:
    """One input: what the answer calls it (its number where it has no name), and its bytes or why there are none."""

    name: str | int
    raw: bytes | Message


@dataclass(frozen=True, slots=True)
class Question:
    """The inputs of a request. `single`: it asked about one, and wants one answer instead of a list."""

    inputs: list[Input]
    single: bool


class Room:
    """Keeps count of the bytes that all requests together hold; only so many fit into the memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0

    @contextmanager
    def share(self) -> Iterator[Share]:
        """What one request holds, until the block ends."""
        share = Share(self)
        try:
            yield share
        finally:
            self._held -= share.held

    def take(self, size: int) -> None:
        """RefusedError (503) where there is no room for `size` more bytes."""
        if self._held + size > self._most:
            raise busy()
        self._held += size


class Share:
    """What one request holds of a `Room`, in bytes."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.held = 0

    def take(self, size: int) -> None:
        self._room.take(size)
        self.held += size


def busy() -> RefusedError:
    return RefusedError(503, Message("Too many requests are waiting."), Message("Ask again in a moment."))


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives for a request that has been read; None, and it is given up, when whoever asked has gone."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        working.cancel()
        leaving.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def question_of(request: Request, kind: Modality[Any, Any], limits: RequestLimits, share: Share) -> Question:
    """What a request asks. RefusedError where it is too large (413) or too slow (408), where there is no room for it
    (503), or where it cannot be understood (400)."""
    body = await _body(request, limits.body, share)
    what = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body:
        raise RefusedError(400, Message("The request has no body."), _how(kind))
    if what == "multipart/form-data":
        inputs, single = await _uploads(request, body, kind, limits), True
    elif what == "application/json":
        inputs, single = _listed(body, kind, limits)
    else:  # a file, or a text; curl calls either a form unless it is told otherwise
        inputs, single = [_document(body, what=what) if kind.is_text else Input(0, body)], True
    return Question(inputs, single and len(inputs) == 1)


async def _body(request: Request, most: int, share: Share) -> bytes:
    """What the length says is only a hint: it is counted. It must keep a pace, or connections were held for ever."""
    declared = request.headers.get("content-length", "")
    too_large = RefusedError(
        413, Message("The request is larger than {n} MB, which is the limit.", n=round(most / MEGABYTE, 1)),
        Message("Send fewer or smaller inputs."),
    )  # fmt: skip
    if declared.isdecimal() and int(declared) > most:
        raise too_large
    body = bytearray()
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(began + _PATIENCE) as limit:
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise too_large
                share.take(len(part))
                limit.reschedule(began + _PATIENCE + len(body) / _SLOWEST)
    except TimeoutError as error:
        raise RefusedError(
            408, Message("The request came too slowly."), Message("Send fewer inputs at once.")
        ) from error
    except ClientDisconnect as error:
        raise RefusedError(400, Message("The request broke off.")) from error
    return bytes(body)


async def _uploads(request: Request, body: bytes, kind: Modality[Any, Any], limits: RequestLimits) -> list[Input]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(request.headers, stream(), max_files=limits.inputs)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        if error.message.startswith("Too many files"):
            raise _too_many(limits) from error
        raise RefusedError(400, Message("The form cannot be read.")) from error
    try:
        found = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
        if not found:
            raise RefusedError(400, Message("The form has no file."), Message("Send it as a field of any name."))
        given = [(part.filename or number, await part.read()) for number, part in enumerate(found)]
        return [_document(raw, name) if kind.is_text else Input(name, raw) for name, raw in given]
    finally:
        await form.close()


def _document(raw: bytes, name: str | int | None = None, what: str = "") -> Input:
    """A file, or a body of type `what`, as one message in UTF-8, whatever it was written in; without a name it is its
    own."""
    text = decode(raw, "").text
    is_table_file = what in _TABLES or (isinstance(name, str) and is_table(PurePosixPath(name)))
    called = text if name is None else name
    return Input(called, _IS_A_TABLE if is_table_file or _holds_rows(text) else text.encode(errors="replace"))


def _holds_rows(text: str) -> bool:
    """True for lines of as many cells each, of which the first name columns as tables of texts do."""
    lines = [line for line in lines_of(text[:_PEEK]) if line.strip()]
    for delimiter in ",;\t":
        with suppress(csv.Error):
            rows = list(csv.reader(lines[:_PEEKED_LINES], delimiter=delimiter))
            width = len(rows[0]) if len(rows) > 2 else 0
            if width > 1 and any(map(is_known_name, rows[0])) and all(len(row) == width for row in rows):
                return True
    return False


def _listed(body: bytes, kind: Modality[Any, Any], limits: RequestLimits) -> tuple[list[Input], bool]:
    """The inputs, and whether it is one alone: a row that stands there without a list."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, Message("The body is not JSON."), _how(kind)) from error
    given = asked.get("inputs") if isinstance(asked, dict) and asked.keys() == {"inputs"} else None
    if kind.is_row and given is None and isinstance(asked, dict):
        return [Input(0, body)], True
    known = dict if kind.is_row else str
    if not isinstance(given, list) or not given or not all(isinstance(one, known) for one in given):
        raise RefusedError(400, Message("The JSON is not a list of inputs."), _how(kind))
    if len(given) > limits.inputs:
        raise _too_many(limits)
    if kind.is_row:
        return [Input(number, json.dumps(one).encode()) for number, one in enumerate(given)], False
    if kind.is_text:
        return [Input(one, one.encode(errors="replace")) for one in given], False
    return [Input(number, _decoded(one)) for number, one in enumerate(given)], False


def _decoded(given: str) -> bytes | Message:
    """The bytes of a file in base64, bare or as a data URI."""
    coded = given.partition(",")[2] if given.startswith("data:") else given
    try:
        return base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        return Message("It is not written in base64.")


def _too_many(limits: RequestLimits) -> RefusedError:
    return RefusedError(
        413, Message("The request has more than {n} inputs, which is the limit.", n=limits.inputs),
        Message("Send several requests; they are answered together."),
    )  # fmt: skip


def _how(kind: Modality[Any, Any]) -> Message:
    if kind.is_text:
        return Message("Send {example}.", example='{"inputs": ["a message", "another"]}')
    if kind.is_row:
        row = kind.sample_argument.strip("'")
        return Message("Send {example}.", example=f'{{"inputs": [{row}, {row}]}}')
    return Message("Send a file, or {example} with files in base64.", example='{"inputs": ["...", "..."]}')
