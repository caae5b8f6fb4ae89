"""The end of a real process: takeover, drain, signals."""

from __future__ import annotations

import http.client
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from .conftest import PATIENCE, SERVICE, Serve, Served

MakeBundle = Callable[[str], Path]


class Load:
    """Clients that keep a connection as long as they may, and note every failure."""

    def __init__(self, service: Served, clients: int) -> None:
        self._service = service
        self._stop = threading.Event()
        self.failures: list[str] = []
        self.answered = [0] * clients
        self._threads = [
            threading.Thread(target=self._client, args=(index,)) for index in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def _client(self, index: int) -> None:
        address = self._service.address
        link = http.client.HTTPConnection(address[0], address[1], timeout=PATIENCE)
        while not self._stop.is_set():
            try:
                link.request("POST", "/double", b'{"x": 1}', {"content-type": "application/json"})
                reply = link.getresponse()
                body = reply.read()
                if (reply.status, body) != (200, b"2.0"):
                    self.failures.append(f"{reply.status} {body!r}")
                if index % 2:  # half of the clients open a connection for each request
                    link.close()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                link.close()
            self.answered[index] += 1
        link.close()

    def warm(self) -> None:
        """Wait until every client has been answered some more times."""
        before = list(self.answered)
        while any(now - then < 5 for now, then in zip(self.answered, before, strict=True)):
            pass

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_takeovers_under_load_lose_nothing(
    bundle: Path, serve: Serve, listener: socket.socket
) -> None:
    flags = ("--drain", "0.3")

    def staged() -> Served:
        service = serve(bundle, *flags, control=True, listener=listener)
        service.told("loaded")
        service.tell("open")
        service.told("ready")
        return service

    live = staged()
    live.tell("take")
    live.told("taking")
    load = Load(live, clients=6)
    for _ in range(3):
        after = staged()
        load.warm()
        after.tell("take")
        after.told("taking")
        live.tell("drain")
        live.told("draining")
        assert live.ended() == 0
        live = after
    load.warm()
    load.stop()
    assert load.failures == []


def test_sigterm_goes_on_answering_until_the_drain_time_is_over(bundle: Path, serve: Serve) -> None:
    service = serve(bundle, "--port", "0", "--drain", "4").listening()
    load = Load(service, clients=4)
    load.warm()
    service.signal()
    service.logged("draining")
    status, body, fields = service.ask("GET", "/readyz")
    assert (status, body, fields["connection"]) == (
        503,
        {"ready": False, "reason": "draining"},
        "close",
    )
    load.warm()
    load.stop()
    assert load.failures == []
    assert service.ended() == 0


def test_requests_in_flight_are_finished_after_sigterm(bundle: Path, serve: Serve) -> None:
    service = serve(bundle, "--port", "0", "--drain", "0", "--metrics-port", "0").listening()
    answers: list[tuple[int, object]] = []

    def ask() -> None:
        answers.append(service.ask("POST", "/wait", {"seconds": 0.9})[:2])

    client = threading.Thread(target=ask)
    client.start()
    service.until_in_flight(1)
    service.signal()
    client.join()
    assert answers == [(200, 0.9)]
    assert service.ended() == 0


def test_a_connection_that_has_begun_to_ask_is_answered_and_closed(
    bundle: Path, serve: Serve
) -> None:
    service = serve(bundle, "--port", "0", "--drain", "2").listening()
    with service.connect() as link:
        link.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert link.recv(9999).startswith(b"HTTP/1.1 200 OK")
        link.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n")
        service.signal()
        service.logged("draining")
        link.sendall(b"\r\n")
        got = link.recv(9999)
        assert got.startswith(b"HTTP/1.1 200 OK")
        assert b"\r\nconnection: close\r\n" in got
        assert link.recv(9999) == b""
    service.signal()
    assert service.ended() == 0


def test_a_connection_that_was_kept_may_ask_once_more_after_nobody_is_accepted(
    bundle: Path, serve: Serve
) -> None:
    """Its client cannot know yet, and may not send a POST twice (RFC 9112, 9.3.1)."""
    service = serve(bundle, "--port", "0", "--drain", "0", "--metrics-port", "0").listening()
    with service.connect() as kept, service.connect() as busy:
        kept.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert kept.recv(9999).startswith(b"HTTP/1.1 200 OK")
        busy.sendall(_post("/wait", b'{"seconds": 0.9}'))
        service.until_in_flight(1)
        service.signal()
        assert _until_closed(busy).endswith(b"0.9")  # long after the last one was accepted
        kept.sendall(_post("/double", b'{"x": 1}'))
        got = _until_closed(kept)
    assert got.startswith(b"HTTP/1.1 200 OK")
    assert b"\r\nconnection: close\r\n" in got
    assert got.endswith(b"2.0")
    assert service.ended() == 0


def test_the_end_waits_for_the_last_connection_and_no_longer(bundle: Path, serve: Serve) -> None:
    patient = ("--finish", "3600", "--header-timeout", "60")
    service = serve(bundle, "--port", "0", "--drain", "0", *patient).listening()
    with service.connect() as kept:
        kept.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert kept.recv(9999).startswith(b"HTTP/1.1 200 OK")
        service.signal()
        service.logged("draining")
    assert service.ended() == 0


def test_a_kept_connection_that_stays_silent_ends_after_the_time_for_a_header(
    bundle: Path, serve: Serve
) -> None:
    patient = ("--finish", "3600", "--header-timeout", "0.5", "--idle-timeout", "3600")
    service = serve(bundle, "--port", "0", "--drain", "0", *patient).listening()
    with service.connect() as kept:
        kept.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert kept.recv(9999).startswith(b"HTTP/1.1 200 OK")
        service.signal()
        assert kept.recv(9999) == b""
        assert service.ended() == 0


def test_kept_connections_that_stay_silent_are_given_up_at_the_hard_limit(
    bundle: Path, serve: Serve
) -> None:
    service = serve(bundle, "--port", "0", "--drain", "0", "--finish", "0.2").listening()
    with service.connect() as kept:
        kept.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        assert kept.recv(9999).startswith(b"HTTP/1.1 200 OK")
        service.signal()
        assert service.ended() == 0


def test_a_second_sigterm_does_not_wait_for_the_drain_time(bundle: Path, serve: Serve) -> None:
    service = serve(bundle, "--port", "0", "--drain", "3600").listening()
    service.signal()
    service.logged("draining")
    service.signal()
    assert service.ended() == 0


def test_requests_that_never_end_are_given_up_at_the_hard_limit(
    make_bundle: MakeBundle, serve: Serve
) -> None:
    bundle = make_bundle(SERVICE.replace("time_limit=1.0", "time_limit=3600"))
    service = serve(
        bundle, "--port", "0", "--drain", "0", "--finish", "0.2", "--metrics-port", "0"
    ).listening()
    with service.connect() as link:
        link.sendall(
            b"POST /wait HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b'content-length: 17\r\n\r\n{"seconds": 3600}'
        )
        service.until_in_flight(1)
        service.signal()
        assert service.ended() == 0
        assert service.logged("ended")["in_flight"] == 1


def test_control_c_drains_too(bundle: Path, serve: Serve) -> None:
    service = serve(bundle, "--port", "0", "--drain", "0").listening()
    service.signal(signal.SIGINT)
    service.logged("draining")
    assert service.ended() == 0


def _post(path: str, body: bytes) -> bytes:
    fields = b"host: x\r\ncontent-type: application/json\r\ncontent-length: %d" % len(body)
    return b"POST %s HTTP/1.1\r\n%s\r\n\r\n%s" % (path.encode(), fields, body)


def _until_closed(link: socket.socket) -> bytes:
    got = b""
    while chunk := link.recv(9999):
        got += chunk
    return got
