"""The server: an ASGI application about one finished run, whose model is loaded once.

POST /predict      the answers of `predict --json`            GET /health         is it up, and what does it know
GET /              a page for people: how to ask, try it      GET /openapi.json   the same for programs; /docs to read
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.errors import UserError, print_details
from core.evaluation.rejection import Rejection
from core.jobs.trying import answers_to, printed
from core.messages import Language, Message, chosen_language, preferred_languages
from core.modalities import get_modality
from core.modalities.base import Modality, Payload
from core.models.extended import ExtendedModel
from core.report.render import HTML, environment
from core.serve.allowed_hosts import AllowedHosts
from core.serve.asking import ways_to_ask
from core.serve.description import described
from core.serve.gathering import BusyError, Gatherer
from core.serve.questions import MEGABYTE, Input, Question, RefusedError, RequestLimits, Room, busy, question_of

USUAL = "usual"
"""What stands for the run's own threshold."""
_AT_ONCE = 64
_MOST_WAITING = 4096
"""Decoded inputs. A picture has less than a megabyte, and takes a few hundredths of a second."""
_MOST_HELD = 512 * MEGABYTE
"""Bytes of all requests that are being read or answered."""
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


class _Server:
    def __init__(self, served: Served) -> None:
        self._served = served
        self._gatherer: Gatherer[Payload, dict[str, Any]] = Gatherer(
            lambda payloads: answers_to(served.model, payloads), at_once=_AT_ONCE, most_waiting=_MOST_WAITING
        )
        self._room = Room(_MOST_HELD)
        self._decoding = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "decode")

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        working = asyncio.create_task(self._gatherer.work())
        yield
        working.cancel()
        self._decoding.shutdown(wait=False, cancel_futures=True)

    # --- for programs ---

    async def predict(self, request: Request) -> Response:
        threshold = self._threshold(request.query_params.get("none_below"))
        with self._room.share() as share:
            question = await question_of(request, self._served.kind, self._served.limits, share)
            answers = await self._answers(question, threshold)
        language = _language(request)
        if not question.single:
            return _json({"answers": answers}, language)
        (answer,) = answers
        return _json(answer, language) if "error" not in answer else _json({"error": answer["error"]}, language, 400)

    async def _answers(self, question: Question, threshold: float | None) -> list[dict[str, Any]]:
        """One for each input; an input that cannot be read has an error instead."""
        decoded = await asyncio.gather(*map(self._decoded, question.inputs))
        readable = [one for one in decoded if not isinstance(one, Message)]
        try:
            found = iter(await self._gatherer.ask(readable))
        except BusyError as error:
            raise busy() from error
        answers = [{"error": one} if isinstance(one, Message) else next(found) for one in decoded]
        refusal = self._served.refusal
        return [
            printed(given.name, answer, refusal, threshold)
            for given, answer in zip(question.inputs, answers, strict=True)
        ]

    async def _decoded(self, given: Input) -> Payload | Message:
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
        return await asyncio.get_running_loop().run_in_executor(self._decoding, read, given.raw)

    def _threshold(self, asked: str | None) -> float | None:
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
        headers = {"Retry-After": "1"} if error.status == 503 else {}
        return _json({"error": error.message}, _language(request), error.status, headers)

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
    return JSONResponse(_rendered(data, language), status, headers)


def _rendered(data: Any, language: Language) -> Any:
    if isinstance(data, Message):
        return language.render(data)
    if isinstance(data, dict):
        return {name: _rendered(value, language) for name, value in data.items()}
    return [_rendered(one, language) for one in data] if isinstance(data, list) else data


def _html(template: str, language: Language, **values: Any) -> Response:
    page = environment(language, HTML, "core.serve").get_template(template).render(language=language.code, **values)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"})
