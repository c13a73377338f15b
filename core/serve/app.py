"""The server: an ASGI application about one finished run, whose model is loaded once.

POST /predict      the answers of `predict --json`            GET /health         is it up, and what does it know
GET /              a page for people: how to ask, try it      GET /openapi.json   the same for programs; /docs to read
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.errors import UserError, print_details
from core.evaluation.rejection import Rejection
from core.jobs.trying import answers_to, printed, suited_to
from core.messages import Language, Message, chosen_language, preferred_languages
from core.modalities import get_modality
from core.modalities.base import Modality, Payload
from core.models.extended import ExtendedModel
from core.report.render import HTML, environment
from core.serve.allowed_hosts import AllowedHosts
from core.serve.asking import ways_to_ask
from core.serve.description import described
from core.serve.gathering import BusyError, Gatherer
from core.serve.questions import (
    MEGABYTE,
    Input,
    Question,
    RefusedError,
    RequestLimits,
    Room,
    busy,
    question_of,
    unless_gone,
)

USUAL = "usual"
"""What stands for the run's own threshold."""
_AT_ONCE = 64
_MOST_WAITING = 4096
"""Decoded inputs. A picture has less than a megabyte, and takes a few hundredths of a second."""
_LOT = 8
"""Inputs of one request that are decoded and wait to be answered; the next ones follow when these are done."""
_DECODING, _DECODING_EACH = 4, 2
"""Threads that decode, and how many of them one request may keep busy."""
_MOST_HELD = 512 * MEGABYTE
"""Bytes of all requests that are being read or answered."""
_GONE = 499
"""The status of an answer that nobody reads."""
_HEADERS = {408: {"Connection": "close"}, 503: {"Retry-After": "1"}}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; img-src blob: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Served:
    """What a server answers with, and for whom. `none_below` is the threshold unless a request names another one;
    `hosts` are the names that it is called by."""

    run: str
    title: str
    model: ExtendedModel
    refusal: Rejection
    none_below: float | None = None
    hosts: Sequence[str] = ()
    limits: RequestLimits = field(default_factory=RequestLimits)

    @property
    def kind(self) -> Modality[Any, Any]:
        return get_modality(self.model.model.modality)


def application(served: Served) -> Starlette:
    """The application, for any ASGI server."""
    server = _Server(served)
    return Starlette(
        routes=[
            Route("/predict", server.predict, methods=["POST"]),
            Route("/health", server.health),
            Route("/openapi.json", server.openapi),
            Route("/docs", server.docs),
            Route("/page.js", server.script),
            Route("/", server.page),
        ],
        middleware=[
            Middleware(AllowedHosts, hosts=served.hosts, origins=(), flag="--allowed-host"),
        ],
        exception_handlers={
            RefusedError: server.refused, HTTPException: server.not_here, Exception: server.failed,
        },
        lifespan=server.lifespan,
    )  # fmt: skip


def _or_why_not(payload: Payload | UserError) -> Payload | Message:
    return payload.message if isinstance(payload, UserError) else payload


class _Server:
    def __init__(self, served: Served) -> None:
        self._served = served
        self._gatherer: Gatherer[Payload, dict[str, Any]] = Gatherer(
            lambda payloads: answers_to(served.model, payloads), at_once=_AT_ONCE, most_waiting=_MOST_WAITING
        )
        self._room = Room(_MOST_HELD)
        self._decoding = ThreadPoolExecutor(_DECODING, "decode")

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        working = asyncio.create_task(self._gatherer.work())
        yield
        working.cancel()
        self._decoding.shutdown(wait=False, cancel_futures=True)

    # --- for programs ---

    async def predict(self, request: Request) -> Response:
        threshold = self._threshold(request.query_params)
        with self._room.share() as share:
            question = await question_of(request, self._served.kind, self._served.limits, share)
            answers = await unless_gone(request, self._answers(question, threshold))
        if answers is None:
            return Response(status_code=_GONE)
        language = _language(request)
        if not question.single:
            return _json({"answers": answers}, language)
        (answer,) = answers
        return _json(answer, language) if "error" not in answer else _json({"error": answer["error"]}, language, 400)

    async def _answers(self, question: Question, threshold: float | None) -> list[dict[str, Any]]:
        """One for each input; an input that cannot be read has an error instead. A long request is taken in lots,
        between which others get their turn."""
        turns = asyncio.Semaphore(_DECODING_EACH)
        answers: list[dict[str, Any]] = []
        for start in range(0, len(question.inputs), _LOT):
            answers += await self._lot(question.inputs[start : start + _LOT], turns)
        refusal = self._served.refusal
        return [
            printed(given.name, answer, refusal, threshold)
            for given, answer in zip(question.inputs, answers, strict=True)
        ]

    async def _lot(self, inputs: Sequence[Input], turns: asyncio.Semaphore) -> list[dict[str, Any]]:
        decoded = await asyncio.gather(*(self._decoded(given, turns) for given in inputs))
        suited = iter(suited_to(self._served.model, [one for one in decoded if not isinstance(one, Message)]))
        decoded = [one if isinstance(one, Message) else _or_why_not(next(suited)) for one in decoded]
        readable = [one for one in decoded if not isinstance(one, Message)]
        try:
            found = iter(await self._gatherer.ask(readable))
        except BusyError as error:
            raise busy() from error
        return [{"error": one} if isinstance(one, Message) else next(found) for one in decoded]

    async def _decoded(self, given: Input, turns: asyncio.Semaphore) -> Payload | Message:
        kind = self._served.kind

        def read(raw: bytes) -> Payload | Message:
            try:
                return kind.read(raw)
            except UserError as error:
                return error.message

        if isinstance(given.raw, Message):
            return given.raw
        if kind.is_text:  # takes less than to hand it over
            return read(given.raw)
        async with turns:
            return await asyncio.get_running_loop().run_in_executor(self._decoding, read, given.raw)

    def _threshold(self, parameters: QueryParams) -> float | None:
        strange = [name for name in parameters if name != "none_below"]
        if strange:
            raise RefusedError(
                400, Message("There is no parameter {names:list}.", names=strange),
                Message("The only one is {name}.", name="none_below"),
            )  # fmt: skip
        asked = parameters.get("none_below")
        if asked is None:
            return self._served.none_below
        if asked == USUAL:
            return self._served.refusal.usual
        try:
            value = float(asked)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            raise RefusedError(
                400, Message("{name} must lie between 0 and 1, or be “{usual}”, not {given}.", name="none_below",
                             usual=USUAL, given=asked)
            )  # fmt: skip
        return value

    async def health(self, request: Request) -> Response:
        served = self._served
        about = {
            "status": "ok", "run": served.run, "title": served.title, "kind": served.kind.name,
            "classes": list(served.model.classes), "added": list(served.model.added),
            "none_below": {"by": served.refusal.by, "usual": served.refusal.usual, "now": served.none_below},
            "limits": {"bytes": served.limits.body, "inputs": served.limits.inputs},
        }  # fmt: skip
        return _json(about, _language(request))

    async def openapi(self, request: Request) -> Response:
        return _json(self._described(_language(request)), _language(request))

    def _described(self, language: Language) -> dict[str, Any]:
        served = self._served
        return described(served.title, served.kind, served.model.classes, served.limits, language)

    # --- for people ---

    async def page(self, request: Request) -> Response:
        served, address = self._served, str(request.base_url).rstrip("/")
        return _html("index.html.j2", _language(request), served=served, ways=ways_to_ask(served.kind, address))

    async def docs(self, request: Request) -> Response:
        language = _language(request)
        return _html("docs.html.j2", language, api=self._described(language))

    async def script(self, request: Request) -> Response:
        template = environment(_language(request), HTML, "core.serve").get_template("page.js")
        return PlainTextResponse(template.render(), media_type="text/javascript")

    # --- what goes wrong ---

    async def refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RefusedError)
        return _json({"error": error.message}, _language(request), error.status, _HEADERS.get(error.status, {}))

    async def not_here(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        where = Message("{method} {path}", method=request.method, path=request.url.path)
        says = Message("There is nothing at {where}. The page / says what there is.", where=where)
        return _json({"error": says}, _language(request), error.status_code, dict(error.headers or {}))

    async def failed(self, request: Request, error: Exception) -> Response:
        print_details(error)
        return _json({"error": Message("Something went wrong inside the program.")}, _language(request), 500)


def _language(request: Request) -> Language:
    return chosen_language(preferred_languages(request.headers.get("accept-language", "")))


def _json(
    data: dict[str, Any], language: Language, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return _Json(_rendered(data, language), status, headers)


class _Json(JSONResponse):
    def render(self, content: Any) -> bytes:
        """Half of an emoji, which JSON can hold and UTF-8 cannot, is replaced."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False).encode(errors="replace")


def _rendered(data: Any, language: Language) -> Any:
    if isinstance(data, Message):
        return language.render(data)
    if isinstance(data, dict):
        return {name: _rendered(value, language) for name, value in data.items()}
    return [_rendered(one, language) for one in data] if isinstance(data, list) else data


def _html(template: str, language: Language, **values: Any) -> Response:
    page = environment(language, HTML, "core.serve").get_template(template).render(language=language.code, **values)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"})
