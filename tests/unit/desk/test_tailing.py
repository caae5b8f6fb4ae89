from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from jupyter_modelship.desk import tailing
from jupyter_modelship.desk.tailing import KEPT, Tail
from jupyter_modelship.errors import NothingThere


class Written:
    """A log that grows by hand."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[str | None] = asyncio.Queue()
        self.readers = 0

    def write(self, *lines: str) -> None:
        for line in lines:
            self.lines.put_nowait(line)

    def end(self) -> None:
        self.lines.put_nowait(None)

    async def follow(self) -> AsyncIterator[str]:
        self.readers += 1
        try:
            while (line := await self.lines.get()) is not None:
                yield line
        finally:
            self.readers -= 1


async def test_a_reader_hears_the_lines_in_order_and_the_end() -> None:
    log = Written()
    log.write("one", "two")
    log.end()
    pieces = [piece async for piece in Tail(log.follow).follow()]
    assert [line for piece in pieces for line in piece.lines] == ["one", "two"]
    assert [piece.reset for piece in pieces] == [True] + [False] * (len(pieces) - 1)


async def test_who_comes_back_goes_on_where_it_was() -> None:
    log, lines = Written(), [f"{number}" for number in range(1200)]
    tail = Tail(log.follow)
    async with aclosing(tail.follow()) as stays:
        log.write(*lines[:600])
        first = await anext(stays)
        async with aclosing(tail.follow(after=first.seq)) as back:
            log.write(*lines[600:])
            log.end()
            pieces = [first, *[piece async for piece in back]]
    assert [line for piece in pieces for line in piece.lines] == lines
    assert [piece.omitted for piece in pieces] == [0] * len(pieces)
    assert [piece.reset for piece in pieces[1:]] == [False] * (len(pieces) - 1)


@pytest.mark.parametrize("after", [7, 10**14])
async def test_a_place_in_another_servers_tail_begins_anew(after: int) -> None:
    log = Written()
    log.write("one")
    async with aclosing(Tail(log.follow).follow(after=after)) as reader:
        piece = await anext(reader)
    assert (piece.lines, piece.reset, piece.omitted) == (("one",), True, 0)


async def test_a_later_tail_counts_from_beyond_an_earlier_one() -> None:
    log = Written()
    log.write("one")
    async with aclosing(Tail(log.follow).follow()) as reader:
        before = (await anext(reader)).seq
    log.write("two")
    await asyncio.sleep(0.005)
    async with aclosing(Tail(log.follow).follow(after=before)) as reader:
        piece = await anext(reader)
    assert piece.seq > before
    assert piece.reset


async def test_a_slow_reader_is_told_how_much_it_missed_and_little_is_kept() -> None:
    log = Written()
    tail = Tail(log.follow)
    async with aclosing(tail.follow()) as slow, aclosing(tail.follow()) as quick:
        log.write("first")
        assert (await anext(slow)).lines == ("first",)
        log.write(*(f"{number}" for number in range(3 * KEPT)))
        async for piece in quick:
            if piece.lines[-1] == f"{3 * KEPT - 1}":
                break
        late = await anext(slow)
    assert (late.omitted, late.lines[0]) == (2 * KEPT, f"{2 * KEPT}")
    assert len(tail._kept) == KEPT


async def test_long_lines_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tailing, "KEPT_CHARACTERS", 1000)
    monkeypatch.setattr(tailing, "PIECE_CHARACTERS", 300)
    log = Written()
    log.write(*("x" * 100 for _ in range(50)))
    log.end()
    tail = Tail(log.follow)
    async with aclosing(tail.follow()) as reader:
        await asyncio.sleep(0.01)
        pieces = [piece async for piece in reader]
    assert sum(len(piece.lines) for piece in pieces) == 10
    assert max(len(piece.lines) for piece in pieces) == 4


async def test_the_log_is_let_go_with_the_last_reader() -> None:
    log = Written()
    tail = Tail(log.follow)
    log.write("one")
    async with aclosing(tail.follow()) as first:
        await anext(first)
        async with aclosing(tail.follow()) as second:
            await anext(second)
        assert (tail.read, log.readers) == (True, 1)
    assert (tail.read, log.readers) == (False, 0)


async def test_trouble_with_the_log_reaches_the_readers() -> None:
    async def lost() -> AsyncIterator[str]:
        yield "one"
        raise NothingThere("there is no service iris")

    with pytest.raises(NothingThere):
        _ = [piece async for piece in Tail(lost).follow()]
