"""Questions that come at the same time are answered together: one network pass for many costs little more than for one.

Nobody waits for others to come. While one lot is answered, in a thread of its own, whatever comes is gathered, and is
the next lot. So a single question is answered at once, and under load the lots grow by themselves.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class BusyError(Exception):
    """So many wait already that one more would wait too long."""


class Gatherer(Generic[Question, Answer]):
    """Answers questions in lots of `at_once` or fewer, by `answer`, which is never called twice at a time.

    `ask` may be called while `work` runs. `most_waiting` questions may wait.
    """

    def __init__(
        self, answer: Callable[[Sequence[Question]], Sequence[Answer]], *, at_once: int, most_waiting: int
    ) -> None:
        self._answer = answer
        self._at_once = at_once
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[Question, asyncio.Future[Answer]]] = deque()
        self._came = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "answers")

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers in order. BusyError where too many wait; whatever `answer` raises."""
        if len(self._waiting) + len(questions) > self._most_waiting:
            raise BusyError
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in questions]
        self._waiting.extend(zip(questions, futures, strict=True))
        self._came.set()
        return list(await asyncio.gather(*futures))

    async def work(self) -> None:
        """Answer until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._came.wait()
                lot = self._next()
                if lot:
                    await self._settle(lot, loop)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> list[tuple[Question, asyncio.Future[Answer]]]:
        lot: list[tuple[Question, asyncio.Future[Answer]]] = []
        while self._waiting and len(lot) < self._at_once:
            question, future = self._waiting.popleft()
            if not future.done():  # who asked may have gone away
                lot.append((question, future))
        if not self._waiting:
            self._came.clear()
        return lot

    async def _settle(
        self, lot: Sequence[tuple[Question, asyncio.Future[Answer]]], loop: asyncio.AbstractEventLoop
    ) -> None:
        try:
            answers = await loop.run_in_executor(self._thread, self._answer, [question for question, _ in lot])
        except Exception as error:
            for _, future in lot:
                with suppress(asyncio.InvalidStateError):
                    future.set_exception(error)
            return
        for (_, future), answer in zip(lot, answers, strict=True):
            with suppress(asyncio.InvalidStateError):  # cancelled meanwhile
                future.set_result(answer)
