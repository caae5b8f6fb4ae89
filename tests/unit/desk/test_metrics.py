from __future__ import annotations

import json
from dataclasses import asdict
from math import inf

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from jupyter_modelship.desk.metrics import POINTS, STEP_SECONDS, Counts, History, parse, quantile
from jupyter_modelship.runtime.app import App
from jupyter_modelship.runtime.metrics import Collector, Tally


class Service:
    """Counters as the runtime keeps them, scraped as Prometheus would."""

    def __init__(self) -> None:
        self.in_flight = self.hung = 0
        self.load_seconds = 0.5
        self.predict, self.rank, self.other = Tally("predict"), Tally("rank"), Tally("other")
        self.tallies = [self.predict, self.rank, self.other]

    def counts(self) -> Counts:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Collector(self))
        return parse(generate_latest(registry).decode())


def test_a_scrape_of_the_runtime_adds_up_over_endpoints_and_leaves_probes_out() -> None:
    service = Service()
    for status, seconds in ((200, 0.002), (200, 0.02), (422, 0.0004), (500, 0.02), (503, 0.0)):
        service.predict.add(status, seconds)
    service.rank.add(504, 61.0)
    for _ in range(1000):
        service.other.add(200, 0.0)
    counts = service.counts()
    assert (counts.requests, counts.errors) == (6, 3)
    assert dict(counts.buckets)[0.001] == 2
    assert dict(counts.buckets)[0.025] == 5
    assert dict(counts.buckets)[inf] == 6


def test_a_function_called_other_is_an_endpoint_like_any() -> None:
    """What no endpoint takes is counted as `other`; endpoints are named by their route."""
    app = App("test")
    app.serve(lambda: 1, "POST /other", takes={})
    service = Service()
    (served,) = app.endpoints.values()
    service.tallies = [served.tally, service.other]
    served.tally.add(200, 0.002)
    service.other.add(404, 0.0)
    assert service.counts().requests == 1


def test_what_is_no_scrape_counts_nothing() -> None:
    hostile = "\n".join(
        [
            "",
            "<html>",
            "modelship_requests_total{",
            'modelship_requests_total{status="2xx"} NaN',
            'modelship_requests_total{status="5xx"} -5',
            'modelship_requests_total{status="5xx"} +Inf',
            'modelship_request_seconds_bucket{le="often"} 5',
            'modelship_request_seconds_bucket{le="1"} 1e999',
            "x" * 10_000,
        ]
    )
    assert parse(hostile) == Counts()


def test_rates_are_of_the_time_between_two_looks() -> None:
    service, history = Service(), History()
    service.predict.add(200, 0.01)
    history.add(0.0, {"a": service.counts()})
    assert history.metrics() is None, "one look has nothing to be compared with"
    for _ in range(30):
        service.predict.add(200, 0.01)
    for _ in range(10):
        service.predict.add(500, 0.01)
    history.add(10.0, {"a": service.counts()})
    history.add(20.0, {"a": service.counts()})
    metrics = history.metrics()
    assert metrics is not None
    assert (metrics.rates, metrics.rate, metrics.errors) == ((4.0, 0.0), 2.0, 0.5)
    assert metrics.p50 == 0.0075, "halfway through the bucket from 5 to 10 ms"
    json.dumps(asdict(metrics), allow_nan=False)


@pytest.mark.parametrize("process", ["a", "b"])
def test_a_process_that_begins_anew_counts_from_zero(process: str) -> None:
    before, after, history = Service(), Service(), History()
    for _ in range(100):
        before.predict.add(200, 0.01)
    history.add(0.0, {"a": before.counts()})
    for _ in range(20):
        after.predict.add(200, 0.01)
    history.add(10.0, {process: after.counts()})
    metrics = history.metrics()
    assert metrics is not None
    assert metrics.rates == (2.0,)


def test_the_processes_of_a_service_add_up_each_from_where_it_was() -> None:
    one, two, late, history = Service(), Service(), Service(), History()
    for _ in range(1000):
        one.predict.add(200, 0.01)
    history.add(0.0, {"one": one.counts(), "two": two.counts()})
    for _ in range(10):
        one.predict.add(200, 0.01)
        two.predict.add(500, 0.5)
        late.predict.add(200, 0.01)
    history.add(10.0, {"two": two.counts(), "late": late.counts()})
    history.add(20.0, {"one": one.counts(), "two": two.counts(), "late": late.counts()})
    metrics = history.metrics()
    assert metrics is not None
    assert (metrics.rates, metrics.errors) == ((2.0, 1.0), 0.5)
    assert metrics.p99 is not None
    assert metrics.p99 > 0.25, "the slow one counts as well"


def test_while_nobody_watched_all_steps_are_the_same() -> None:
    service, history = Service(), History()
    history.add(0.0, {"a": service.counts()})
    for _ in range(60):
        service.predict.add(200, 0.01)
    history.add(60.0, {"a": service.counts()})
    metrics = history.metrics()
    assert metrics is not None
    assert (metrics.rates, metrics.rate) == ((1.0,) * 6, 1.0)


def test_an_hour_is_kept_and_no_more() -> None:
    service, history = Service(), History()
    for step in range(POINTS + 100):
        service.predict.add(200, 0.01)
        history.add(step * STEP_SECONDS, {"a": service.counts()})
    history.add(10**6, {"a": service.counts()})
    metrics = history.metrics()
    assert metrics is not None
    assert len(metrics.rates) == POINTS


@pytest.mark.parametrize(("share", "seconds"), [(0.25, 0.05), (0.5, 0.1), (0.75, 0.55), (1.0, 1.0)])
def test_quantiles_are_reckoned_as_prometheus_does(share: float, seconds: float) -> None:
    assert quantile({0.1: 50, 1.0: 100}, share) == seconds


def test_beyond_the_last_bound_nothing_more_is_known() -> None:
    assert quantile({0.1: 50, 1.0: 60, inf: 100}, 0.99) == 1.0


def test_without_requests_there_is_no_quantile() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({0.1: 0, inf: 0}, 0.5) is None
