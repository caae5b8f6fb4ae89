"""Hostile HTTP against the real process: it answers from its vocabulary, and lives."""

from __future__ import annotations

import gzip
import json
import random
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from .conftest import PATIENCE, Serve, Served

POST = b"POST /double HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
GOOD = POST + b'content-length: 8\r\n\r\n{"x": 1}'
STATUSES = {b"400", b"401", b"404", b"405", b"408", b"413", b"414", b"415", b"422", b"431", b"503",
            b"504"}  # fmt: skip
INSIDE = (b"Traceback", b".py", b"/modelship_runtime", b"granian", b"KeyError", b"Error:")


@pytest.fixture(scope="module")
def service(bundle: Path, serve_all: Serve) -> Iterator[Served]:
    made = serve_all(bundle, "--port", "0", "--docs", "--header-timeout", "1").listening()
    yield made
    assert made.process.poll() is None
    assert made.ask("POST", "/double", {"x": 2})[:2] == (200, 4.0)
    assert made.ask("GET", "/readyz")[0] == 200


def exchange(service: Served, raw: bytes, *, replies: int = 1) -> bytes:
    """What comes back for these bytes: so many whole replies, or until the service closes."""
    with service.connect() as link:
        with suppress(OSError):  # it may refuse and close before it has read everything
            link.sendall(raw)
        got = b""
        with suppress(OSError):
            while not whole(got, replies) and (part := link.recv(65536)):
                got += part
        return got


def whole(got: bytes, replies: int) -> bool:
    """Whether these are so many replies with their bodies."""
    for _ in range(replies):
        got = got.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        head, end, rest = got.partition(b"\r\n\r\n")
        if not end:
            return False
        length = int((re.findall(rb"content-length: (\d+)", head) or [b"0"])[0])
        if len(rest) < length:
            return False
        got = rest[length:]
    return True


def post(body: bytes, *fields: bytes) -> bytes:
    head = b"".join(field + b"\r\n" for field in fields)
    return POST + head + b"content-length: %d\r\n\r\n" % len(body) + body


def anything(text: bytes) -> bytes:
    body = b'{"value": ' + text + b"}"
    return (
        b"POST /anything HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n" % len(body)
    ) + body


def get(target: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", b"host: x", *fields, b"", b""])


REFUSED = {
    "deep": anything(b"[" * 40_000 + b"]" * 40_000),
    "deep objects": anything(b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    "long integer": post(b'{"x": ' + b"9" * 5001 + b"}"),
    "1e400": post(b'{"x": 1e400}'),
    "NaN": post(b'{"x": NaN}'),
    "duplicate": post(b'{"x": 1, "x": 2}'),
    "surrogate": anything(b'"\\ud800"'),
    "BOM": post(b'\xef\xbb\xbf{"x": 1}'),
    "UTF-16": post('{"x": 1}'.encode("utf-16")),
    "NUL": post(b'{"x": 1}\x00'),
    "not JSON": post(b"x" * 1000),
    "empty body": post(b""),
    "wrong type": post(b'{"x": "1"}'),
    "unknown field": post(b'{"x": 1, "__class__": "x"}'),
    "too large": post(b" " * 100_001),
    "declared too large": POST + b"content-length: 99999999999\r\n\r\n{}",
    "chunked too large": POST + b"transfer-encoding: chunked\r\n\r\n"
    + (b"8000\r\n" + b" " * 0x8000 + b"\r\n") * 5 + b"0\r\n\r\n",
    "no content type": b'POST /double HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n\r\n{"x": 1}',
    "form": b"POST /double HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n"
    b"content-type: application/x-www-form-urlencoded\r\n\r\nx=1",
    "charset": b"POST /double HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n"
    b'content-type: application/json; charset=utf-7\r\n\r\n{"x": 1}',
    "gzip": post(gzip.compress(b'{"x": 1}'), b"content-encoding: gzip"),
    "bomb": post(gzip.compress(b" " * 10_000_000), b"content-encoding: gzip"),
    "two lengths": POST + b"content-length: 8\r\ncontent-length: 9\r\n\r\n" + b'{"x": 1} ',
    "negative length": POST + b"content-length: -1\r\n\r\n",
    "plus length": POST + b'content-length: +8\r\n\r\n{"x": 1}',
    "hex length": POST + b'content-length: 0x8\r\n\r\n{"x": 1}',
    "huge length": POST + b"content-length: " + b"9" * 400 + b"\r\n\r\n",
    "bad chunk": POST + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "endless chunk size": POST + b"transfer-encoding: chunked\r\n\r\n" + b"f" * 100,
    "unknown encoding": POST + b"transfer-encoding: foo\r\n\r\n",
    "space before colon": get(b"/livez", b"x : y"),
    "many headers": get(b"/livez", *[b"x-%d: y" % n for n in range(10_000)]),
    "huge header": get(b"/livez", b"x: " + b"a" * 1_000_000),
    "huge target": get(b"/livez?" + b"a" * 1_000_000),
    "long query": get(b"/add?a=1&b=" + b"9" * 10_000),
    "many fields": get(b"/add?" + b"&".join(b"k%d=1" % n for n in range(2000))),
    "bad query": get(b"/add?a=%ff"),
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/3": b"GET /livez HTTP/3.0\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"\x00" * 40,
    "binary": bytes(range(256)),
    "bare NUL in target": b"GET /li\x00vez HTTP/1.1\r\nhost: x\r\n\r\n",
    "unknown method": b"BREW / HTTP/1.1\r\nhost: x\r\n\r\n",
    "lower-case method": b"get / HTTP/1.1\r\nhost: x\r\n\r\n",
    "TRACE": b"TRACE / HTTP/1.1\r\nhost: x\r\n\r\n",
    "CONNECT": b"CONNECT other:80 HTTP/1.1\r\nhost: other\r\n\r\n",
    "DELETE": b"DELETE /double HTTP/1.1\r\nhost: x\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
    "traversal": get(b"/../../etc/passwd"),
    "encoded traversal": get(b"/%2e%2e/%2e%2e/etc/passwd"),
    "double slash": get(b"//livez"),
    "encoded slash": get(b"/docs%2f..%2fservice.py"),
    "encoded NUL": get(b"/livez%00"),
    "overlong UTF-8": get(b"/%c0%ae%c0%ae/service.py"),
    "the source": get(b"/service.py"),
    "the runtime": get(b"/modelship_runtime/core.py"),
    "artifacts": get(b"/artifacts/"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_requests_are_refused_from_the_vocabulary(service: Served, name: str) -> None:
    got = exchange(service, REFUSED[name])
    if got:  # closing without a word is a refusal too
        assert got.split(b" ")[1] in STATUSES
    assert not any(word in got for word in INSIDE)
    head, _, body = got.partition(b"\r\n\r\n")
    if b"problem+json" in head and b"x-request-id" in head:
        problem = json.loads(body)
        assert set(problem) <= {"type", "title", "status", "detail", "request_id", "errors"}


ACCEPTED = {
    "plain": GOOD,
    "chunked": POST + b'transfer-encoding: chunked\r\n\r\n4\r\n{"x"\r\n4\r\n: 1}\r\n0\r\n\r\n',
    "chunk extension": POST + b'transfer-encoding: chunked\r\n\r\n8;a=b\r\n{"x": 1}\r\n0\r\n\r\n',
    "trailer": POST + b'transfer-encoding: chunked\r\n\r\n8\r\n{"x": 1}\r\n0\r\nx: y\r\n\r\n',
    "expect": POST + b'expect: 100-continue\r\ncontent-length: 8\r\n\r\n{"x": 1}',
    "upgrade": POST + b"connection: upgrade\r\nupgrade: websocket\r\n"
    b'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
    b'content-length: 8\r\n\r\n{"x": 1}',
    "HTTP/1.0": b"POST /double HTTP/1.0\r\ncontent-type: application/json\r\n"
    b'content-length: 8\r\n\r\n{"x": 1}',
    "absolute form": GOOD.replace(b"/double", b"http://other/double"),
    "odd request id": GOOD.replace(b"host: x", b"host: x\r\nx-request-id: a b\x0bc\xff"),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_unusual_but_valid_requests_are_answered(service: Served, name: str) -> None:
    got = exchange(service, ACCEPTED[name])
    if name == "odd request id" and b" 400 " in got:
        return  # the server refuses the byte itself
    assert got.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").split(b" ")[1] == b"200"
    assert got.endswith(b"2.0")


def test_a_body_cannot_smuggle_a_second_request(service: Served) -> None:
    inner = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
    both = POST + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + inner
    assert exchange(service, both, replies=2).count(b"HTTP/1.1 ") == 1


def test_pipelined_requests_are_answered_in_order(service: Served) -> None:
    got = exchange(
        service, b"".join(GOOD.replace(b": 1}", b": %d}" % n) for n in range(8)), replies=8
    )
    bodies = [part.partition(b"HTTP/1.1 ")[0] for part in got.split(b"\r\n\r\n")[1:]]
    assert bodies == [b"%d.0" % (2 * n) for n in range(8)]


def test_clients_that_go_away_leave_nothing_behind(service: Served) -> None:
    half = POST + b"content-length: 50000\r\n\r\n" + b" " * 20_000
    for raw in (b"", b"GET", half, GOOD) * 10:
        with service.connect() as link:
            link.sendall(raw)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00" + b"\x00" * 4)
    assert service.ask("GET", "/livez")[0] == 200


def test_random_bytes_in_random_places_never_fail_inside(service: Served) -> None:
    seed = 20_261_122
    chance = random.Random(seed)
    seen: dict[bytes, int] = {}
    for _ in range(300):
        raw = bytearray(chance.choice([GOOD, ACCEPTED["chunked"], get(b"/add?a=1")]))
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        got = exchange(service, bytes(raw))
        status = got.split(b" ")[1] if got else b"closed"
        seen[status] = seen.get(status, 0) + 1
        assert status in STATUSES | {b"closed", b"200"}, (seed, bytes(raw), got)
        assert not any(word in got for word in INSIDE), (seed, bytes(raw), got)
    assert seen.keys() > {b"200", b"400"}


def test_every_line_of_the_log_is_json_and_no_line_is_a_failure(service: Served) -> None:
    assert [line for line in service.lines if line["level"] == "error"] == []


def test_replies_name_no_product_and_forbid_sniffing(service: Served) -> None:
    for path in ("/livez", "/openapi.json", "/docs", "/nothing", "/add?a=1"):
        _, _, fields = service.ask("GET", path)
        assert fields["server"] == "modelship"
        assert fields["x-content-type-options"] == "nosniff"
        assert fields["x-request-id"]
        assert not any(name.startswith("access-control") for name in fields)


@pytest.fixture(scope="module")
def impatient(bundle: Path, serve_all: Serve) -> Served:
    """A service with short limits for slow clients."""
    flags = ("--header-timeout", "1", "--body-timeout", "1")
    return serve_all(bundle, "--port", "0", *flags).listening()


SLOW = {
    "silent": b"",
    "slow header": b"POST /double HTTP/1.1\r\nhost:",
    "slow body": POST + b"content-length: 8\r\n\r\n{",
    "slow large body": POST + b"content-length: 90000\r\n\r\n{",
    "slow chunk": POST + b"transfer-encoding: chunked\r\n\r\n8\r\n{",
}


@pytest.mark.parametrize("name", SLOW)
def test_slow_clients_are_let_go(impatient: Served, name: str) -> None:
    with impatient.connect() as link:
        link.sendall(SLOW[name])
        got = link.recv(65536)
        rest = link.recv(65536) if got else b""
    if "body" in name or "chunk" in name:
        assert got.startswith(b"HTTP/1.1 408 ")
        assert b'"type":"urn:modelship:problem:request-timeout"' in got + rest
    else:
        assert got == b"" or got.startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_has_asked_once_outlives_those_that_never_do(
    impatient: Served,
) -> None:
    """Longer than a proxy keeps it: who closes first must not be the one who is asked."""
    with impatient.connect() as kept:
        kept.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert kept.recv(65536).startswith(b"HTTP/1.1 200 ")
        for _ in range(2):
            with impatient.connect() as silent:  # goes after its time: so much has passed
                assert silent.recv(65536) == b""
        kept.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert kept.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_kept_connection_goes_after_a_time_of_its_own(bundle: Path, serve: Serve) -> None:
    flags = ("--port", "0", "--header-timeout", "0.1", "--idle-timeout", "0.2")
    service = serve(bundle, *flags).listening()
    with service.connect() as kept:
        kept.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert kept.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert kept.recv(65536) == b""


def test_a_trickle_does_not_prolong_the_time_for_a_body(impatient: Served) -> None:
    with impatient.connect() as link:
        link.sendall(POST + b"content-length: 100000\r\n\r\n")
        link.settimeout(0.1)
        got = b""
        for _ in range(int(PATIENCE * 10)):
            with suppress(TimeoutError, socket.timeout):
                got = link.recv(65536)
                break
            link.sendall(b" ")
    assert got.startswith(b"HTTP/1.1 408 ")


def test_many_slow_connections_do_not_refuse_a_good_client(bundle: Path, serve: Serve) -> None:
    service = serve(bundle, "--port", "0").listening()
    slow = [service.connect() for _ in range(600)]
    for index, link in enumerate(slow):
        link.sendall(list(SLOW.values())[index % len(SLOW)])
    assert service.ask("POST", "/double", {"x": 2})[:2] == (200, 4.0)
    for link in slow:
        link.close()


def test_connections_are_capped_in_number_and_the_next_ones_wait(
    bundle: Path, serve: Serve
) -> None:
    flags = ("--port", "0", "--header-timeout", "1")
    service = serve(bundle, *flags, open_files=256).listening()
    descriptors = Path("/proc") / str(service.process.pid) / "fd"
    silent = [service.connect() for _ in range(300)]
    answers: list[int] = []
    client = threading.Thread(
        target=lambda: answers.append(service.ask("POST", "/double", {"x": 2})[0])
    )
    client.start()
    most = 0
    while client.is_alive():
        most = max(most, len(list(descriptors.iterdir())))
    assert answers == [200]
    assert 128 < most < 200
    for link in silent:
        link.close()
    assert service.ask("GET", "/readyz")[0] == 200
