"""What a request asks: its body read within limits, and taken apart into the inputs that it holds."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from core.errors import UserError
from core.messages import NOTHING, Message
from core.modalities.base import Modality

MEGABYTE = 10**6


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


async def question_of(request: Request, kind: Modality[Any, Any], limits: RequestLimits, share: Share) -> Question:
    """What a request asks. RefusedError where it is too large (413), where there is no room for it (503), or where it
    cannot be understood (400)."""
    body = await _body(request, limits.body, share)
    what = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body:
        raise RefusedError(400, Message("The request has no body."), _how(kind))
    if what == "multipart/form-data":
        inputs, single = await _uploads(request, body, limits), True
    elif what == "application/json":
        inputs, single = _listed(body, kind, limits)
    else:  # a file, or a text; curl calls either a form unless it is told otherwise
        name = body.decode(errors="replace") if kind.is_text else 0
        inputs, single = [Input(name, body)], True
    return Question(inputs, single and len(inputs) == 1)


async def _body(request: Request, most: int, share: Share) -> bytes:
    """What the length says is only a hint: it is counted."""
    declared = request.headers.get("content-length", "")
    too_large = RefusedError(
        413, Message("The request is larger than {n} MB, which is the limit.", n=round(most / MEGABYTE, 1)),
        Message("Send fewer or smaller inputs."),
    )  # fmt: skip
    if declared.isdecimal() and int(declared) > most:
        raise too_large
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > most:
                raise too_large
            share.take(len(part))
    except ClientDisconnect as error:
        raise RefusedError(400, Message("The request broke off.")) from error
    return bytes(body)


async def _uploads(request: Request, body: bytes, limits: RequestLimits) -> list[Input]:
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
        return [Input(part.filename or number, await part.read()) for number, part in enumerate(found)]
    finally:
        await form.close()


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
