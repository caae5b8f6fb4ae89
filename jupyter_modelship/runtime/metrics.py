"""Plain counters that requests add to, and their export in Prometheus' format.

prometheus_client is imported only where a metrics port was asked for; it reads the counters when
it is scraped, so a request pays a few additions.
"""

from __future__ import annotations

import socket
import threading
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any, Protocol

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the latency buckets, in seconds."""


class Tally:
    """What happened at one endpoint."""

    __slots__ = ("buckets", "classes", "name", "seconds")

    def __init__(self, name: str) -> None:
        self.name = name
        self.classes = [0] * 6
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, status: int, seconds: float) -> None:
        """One request more."""
        self.classes[status // 100] += 1
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Measured(Protocol):
    """What the exporter reads."""

    in_flight: int
    load_seconds: float

    @property
    def tallies(self) -> Iterable[Tally]: ...
    @property
    def hung(self) -> int: ...


class Collector:
    """Turns the counters into metric families at each scrape."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def collect(self) -> Iterable[Any]:
        """For prometheus_client's registry."""
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        requests = CounterMetricFamily(
            "modelship_requests", "Requests answered.", labels=("endpoint", "status")
        )
        latency = HistogramMetricFamily(
            "modelship_request_seconds",
            "Seconds from the received request to its reply.",
            labels=("endpoint",),
        )
        for tally in self._measured.tallies:
            for status, count in enumerate(tally.classes):
                if count:
                    requests.add_metric((tally.name, f"{status}xx"), count)
            latency.add_metric((tally.name,), list(_cumulative(tally)), tally.seconds)
        yield requests
        yield latency
        yield GaugeMetricFamily(
            "modelship_in_flight", "Requests being answered.", value=self._measured.in_flight
        )
        yield GaugeMetricFamily(
            "modelship_hung_calls", "Calls beyond their time limit.", value=self._measured.hung
        )
        yield GaugeMetricFamily(
            "modelship_load_seconds",
            "Seconds that importing the service took.",
            value=self._measured.load_seconds,
        )
        if peak := peak_memory():
            yield GaugeMetricFamily(
                "modelship_peak_memory_bytes",
                "Most memory that the process had resident.",
                value=peak,
            )


def peak_memory() -> int:
    """Bytes (proc_pid_status(5), VmHWM); 0 where the system does not say."""
    try:
        with Path("/proc/self/status").open("rb") as status:
            lines = [line.split() for line in status if line.startswith(b"VmHWM:")]
        return int(lines[0][1]) * 1024
    except (OSError, IndexError, ValueError):
        return 0


def serve(measured: Measured, listener: socket.socket) -> int:
    """Answer scrapes on a listening socket of their own, on a thread; its port."""
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    from prometheus_client import CollectorRegistry, make_wsgi_app

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Scrapes are no news."""

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector(measured))
    host, port = listener.getsockname()[:2]
    server = Server((host, port), Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = host, port
    server.setup_environ()
    server.set_app(make_wsgi_app(registry))
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return int(port)


def _cumulative(tally: Tally) -> Iterable[tuple[str, int]]:
    total = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), tally.buckets, strict=True):
        total += count
        yield bound, total
