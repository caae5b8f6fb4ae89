"""The real process under what is too long for every change: hostile requests, slow clients."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.trials import trials

from .conftest import PATIENCE, Serve, Served
from .test_hostile import ACCEPTED, GOOD, INSIDE, REFUSED, SLOW, STATUSES, anything, exchange, get

pytestmark = pytest.mark.campaign

FAILS = GOOD.replace(b"/double", b"/fail").replace(b'8\r\n\r\n{"x": 1}', b'12\r\n\r\n{"key": "no"}')
"""Its function raises: the described 500."""
MANY = 32
"""Clients at a time: many requests are cut off, and the service waits for the rest of each."""
SOUND = [
    GOOD,
    FAILS,
    get(b"/add?a=1"),
    anything(b'[1.5, {"a": [null, true, "\\u00e9"]}]'),
    GOOD.replace(b"/double", b"/flower").replace(
        b'8\r\n\r\n{"x": 1}', b'26\r\n\r\n{"flower": {"width": 1.0}}'
    ),
]
BASES = [raw for raw in (*ACCEPTED.values(), *REFUSED.values()) if len(raw) < 2_000]
VALUES: tuple[object, ...] = (
    1, -0.0, 1.0, 10**40, 1e308, float("nan"), "", "1", "\ud800", "\u202e", "x" * 9_000, None, True,
    [], [[[]]], {}, {"a": {}}, {"width": 1}, {"width": "1"}, {"width": 1, "name": None}, {"a": 1},
)  # fmt: skip
TOKENS = (b"\r\n", b"\r\n\r\n", b"\x00", b"\xff", b"{", b"[" * 100, b'"', b"1e999", b"9" * 400,
          b"content-length: 3\r\n", b"transfer-encoding: chunked\r\n", b"%00", b"../", b" ", b":",
          b"expect: 100-continue\r\n", b"connection: close\r\n", b"\xed\xa0\x80")  # fmt: skip


def hostile(dice: random.Random) -> bytes:
    """A spoiled request: one in two is whole but for its body, whose length is right."""
    if dice.random() < 0.5:
        return spoiled(dice.choice([*SOUND, *BASES]), dice)
    head, end, body = dice.choice(SOUND).partition(b"\r\n\r\n")
    body = spoiled(body, dice) if dice.random() < 0.5 else odd(dice)
    return re.sub(rb"length: \d+", b"length: %d" % len(body), head) + end + body


def odd(dice: random.Random) -> bytes:
    """A JSON object with some of the names that the endpoints take, and any values."""
    names = dice.sample(("x", "key", "flower", "value", "__class__", ""), dice.randint(0, 2))
    return json.dumps({name: dice.choice(VALUES) for name in names}).encode()


def spoiled(good: bytes, dice: random.Random) -> bytes:
    """The bytes with some exchanged, cut out, doubled or put in."""
    raw = bytearray(good)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(raw) + 1)
        match dice.randrange(5):
            case 0:
                raw[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                raw[at:at] = dice.choice(TOKENS)
            case 2:
                del raw[at : at + dice.randint(1, 20)]
            case 3:
                raw[at:at] = raw[at : at + dice.randint(1, 200)]
            case _:
                raw[at:at] = dice.randbytes(dice.randint(1, 30))
    return bytes(raw) or b"G"


def judged(service: Served, raw: bytes) -> str:
    """The status of the reply, or how it broke its promise."""
    got = exchange(service, raw)
    if not got:
        return "closed"
    status = got.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").split(b" ")[1]
    leaks = any(word in got for word in INSIDE)
    result = b"urn:modelship:problem:result-not-json" in got  # twice 1e308 is none
    failure = raw.startswith(b"POST /fail") and b"urn:modelship:problem:internal-error" in got
    described = status == b"500" and (result or failure)
    if leaks or not (status in STATUSES | {b"200"} or described):
        return f"broken: {raw!r} -> {got!r}"
    return status.decode()


def memory(service: Served) -> int:
    """Bytes that the process holds."""
    return int(psutil.Process(service.process.pid).memory_info().rss)


@pytest.mark.timeout(1200)
def test_ten_thousand_hostile_requests_change_nothing(
    bundle: Path, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trials(10_000, capsys, least=1_000)
    limits = ("--header-timeout", "0.3", "--body-timeout", "0.3")
    service = serve(bundle, "--port", "0", *limits).listening()
    requests = [hostile(run.dice) for _ in range(run.count)]
    first, rest = requests[: run.count // 5], requests[run.count // 5 :]
    with ThreadPoolExecutor(MANY) as clients:
        seen = Counter(clients.map(lambda raw: judged(service, raw), first))
        before = memory(service)
        seen += Counter(clients.map(lambda raw: judged(service, raw), rest))
    broken = [one for one in seen if one.startswith("broken")]
    assert broken == [], run
    assert seen.keys() > {"200", "400", "422", "500"}, seen
    assert service.process.poll() is None
    assert service.ask("POST", "/double", {"x": 2})[:2] == (200, 4.0)
    assert service.errors.read_bytes() == b""
    assert memory(service) < 1.1 * before, (before, memory(service), run)


@pytest.mark.timeout(600)
def test_a_thousand_slow_clients_do_not_keep_a_good_one_out(
    bundle: Path, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trials(1_000, capsys, least=50)
    service = serve(bundle, "--port", "0", "--header-timeout", "5", "--body-timeout", "5")
    service.listening()
    over, full = threading.Event(), threading.Barrier(9, timeout=PATIENCE)
    with ThreadPoolExecutor(8) as attackers:
        floods = [
            attackers.submit(
                flood, service, run.count // 8, random.Random(run.seed + n), full, over
            )
            for n in range(8)
        ]
        full.wait()
        try:
            slowest = max(asked(service, number) for number in range(5 * run.count))
        finally:
            over.set()
        opened = sum(one.result() for one in floods)
    with capsys.disabled():
        print(f"{opened} slow connections, the slowest good reply took {slowest:.3f} s")
    assert opened >= run.count
    assert slowest < 5, run


def asked(service: Served, number: int) -> float:
    """The seconds that a good client waits for its reply."""
    began = time.monotonic()
    assert service.ask("POST", "/double", {"x": number})[:2] == (200, 2.0 * number)
    return time.monotonic() - began


def flood(
    service: Served,
    width: int,
    dice: random.Random,
    full: threading.Barrier,
    over: threading.Event,
) -> int:
    """Keep so many slow connections open until it is over; how many there were."""
    beginnings = list(SLOW.values())
    links = []
    opened = 0
    while opened <= width or not over.wait(0.01):
        links.append(service.connect())
        links[-1].sendall(dice.choice(beginnings))
        opened += 1
        if opened == width:
            full.wait()
        if opened > width:
            links.pop(dice.randrange(width)).close()
    for link in links:
        link.close()
    return opened
