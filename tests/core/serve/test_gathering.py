"""Questions at the same time are answered together, in order, and an error or somebody who goes away harms no other."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest

from core.serve.gathering import BusyError, Gatherer
from tests.helpers import run_apart


def run(work):
    return run_apart(work())


class Slow:
    """Doubles numbers; holds every lot until it is let go, and remembers the lots."""

    def __init__(self) -> None:
        self.lots: list[list[int]] = []
        self.go = threading.Event()

    def __call__(self, questions):
        self.lots.append(list(questions))
        assert self.go.wait(60)
        if 13 in questions:
            raise RuntimeError("planted")
        return [2 * one for one in questions]


async def working(gatherer):
    return asyncio.create_task(gatherer.work())


async def ended(*tasks):
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition):
    while not condition():
        await asyncio.sleep(0)


def test_what_comes_while_one_lot_is_answered_is_the_next_lot():
    async def go():
        slow = Slow()
        gatherer = Gatherer(slow, at_once=4, most_waiting=100)
        work = await working(gatherer)
        asked = [asyncio.create_task(gatherer.ask([0]))]
        await until(lambda: slow.lots)
        asked += [asyncio.create_task(gatherer.ask([n, n + 100])) for n in range(1, 4)]
        await asyncio.sleep(0)
        slow.go.set()
        assert [await one for one in asked] == [[0], [2, 202], [4, 204], [6, 206]]
        await ended(work)
        return slow.lots

    assert run(go) == [[0], [1, 101, 2, 102], [3, 103]]


def test_an_error_belongs_to_its_own_lot():
    async def go():
        slow = Slow()
        slow.go.set()
        gatherer = Gatherer(slow, at_once=1, most_waiting=100)
        work = await working(gatherer)
        with pytest.raises(RuntimeError, match="planted"):
            await gatherer.ask([13])
        assert await gatherer.ask([5]) == [10]
        await ended(work)

    run(go)


def test_who_goes_away_is_not_answered_and_no_more_than_a_number_wait():
    async def go():
        slow = Slow()
        gatherer = Gatherer(slow, at_once=4, most_waiting=3)
        work = await working(gatherer)
        first = asyncio.create_task(gatherer.ask([0]))
        await until(lambda: slow.lots)
        gone, stays = (asyncio.create_task(gatherer.ask([n])) for n in (1, 2))
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await gatherer.ask([3, 4])
        await ended(gone)
        slow.go.set()
        assert (await first, await stays) == ([0], [4])
        await ended(work)
        return slow.lots

    assert run(go) == [[0], [2]]
