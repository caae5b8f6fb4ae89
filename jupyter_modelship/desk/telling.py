"""Runs and services as front ends read them: JSON values, after docs/reference/openapi.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from jupyter_modelship.places import Places
from jupyter_modelship.runs.run import Run

from .bundles import served
from .confined import relative
from .metrics import Metrics
from .standing import Standing

PROXY = "/modelship/services/"
"""Below the base URL of a Jupyter server: a service as its user's browser reaches it."""


def run_data(run: Run, *, root: Path | None) -> dict[str, object]:
    """A run; `root` is the folder that the contents API shows."""
    request = run.request
    return {
        "id": run.id,
        "service": request.service,
        "target": request.target,
        "path": relative(root, request.notebook),
        "plan_digest": request.plan_digest,
        "state": run.state,
        "created": run.created,
        "started": run.started,
        "finished": run.finished,
        "who": request.who,
        "until": request.until,
        "options": dict(request.flags),
        "overrides": dict(request.overrides),
        "fresh": request.fresh,
        "takes_over": request.takes_over,
        "error": run.error,
        "result": run.result,
    }


def services_data(
    standings: Sequence[Standing],
    *,
    places: Places,
    root: Path | None,
    metrics: dict[str, Metrics],
) -> list[dict[str, object]]:
    """Services, in the order that they come in. Reads their bundles: not for an event loop."""
    return [
        {
            **(_seen(standing, places, root) if standing.seen else _coming(standing, root)),
            "service": standing.service,
            "target": standing.target,
            "proxy": f"{PROXY}{standing.service}/",
            "silent": asdict(standing.silent) if standing.silent else None,
            "run": run_data(standing.run, root=root) if standing.run else None,
            "metrics": metrics_data(metrics.get(standing.service)),
        }
        for standing in standings
    ]


def metrics_data(metrics: Metrics | None) -> dict[str, object] | None:
    """Metrics, where there are any."""
    return asdict(metrics) if metrics else None


def _seen(standing: Standing, places: Places, root: Path | None) -> dict[str, object]:
    seen = standing.seen
    assert seen is not None, "asked for only then"
    return {
        "state": seen.state,
        "path": relative(root, seen.notebook) if seen.notebook else None,
        "revision": seen.revision,
        "plan_digest": seen.plan_digest,
        "url": seen.url,
        "url_from": seen.url_from,
        "token_file": str(seen.token_file) if seen.token_file else None,
        "since": seen.since,
        "replicas": asdict(seen.replicas) if seen.replicas else None,
        "restarts": seen.restarts,
        "reason": seen.reason,
        "remedy": seen.remedy,
        "cell": seen.cell,
        "line": seen.line,
        "revisions": [asdict(revision) for revision in seen.revisions],
        "endpoints": [asdict(one) for one in served(places, seen.bundle_digest) or seen.endpoints],
    }


def _coming(standing: Standing, root: Path | None) -> dict[str, object]:
    """A service that its first run is making, or has failed to make: revision 0."""
    run = standing.run
    assert run is not None, "one of both is there"
    error = run.error or {}
    return {
        "state": "starting" if run.active else "failed",
        "path": relative(root, run.request.notebook),
        "revision": 0,
        "plan_digest": "",
        "url": "",
        "url_from": "machine",
        "token_file": None,
        "since": "",
        "replicas": None,
        "restarts": 0,
        "reason": str(error.get("message") or ""),
        "remedy": str(error.get("remedy") or ""),
        "cell": error.get("cell"),
        "line": error.get("line"),
        "revisions": [],
        "endpoints": [],
    }
