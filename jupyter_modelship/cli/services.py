"""`list`, `status`, `stop`, `start`, `rollback`, `delete`."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from jupyter_modelship.cli.ask import confirmed
from jupyter_modelship.cli.counted import Counted, counted, counted_lines
from jupyter_modelship.cli.ink import Ink, count, plain
from jupyter_modelship.cli.report import first_line, print_json
from jupyter_modelship.desk.who import user
from jupyter_modelship.names import short
from jupyter_modelship.places import places
from jupyter_modelship.runs import services
from jupyter_modelship.runs.attested import InRegistry, in_registry
from jupyter_modelship.runs.review import owner_of
from jupyter_modelship.runs.run import Run
from jupyter_modelship.targets.audit import Deed
from jupyter_modelship.targets.port import Observation, Replicas

_MARKS = {
    "running": ("●", "green"),
    "starting": ("◐", "yellow"),
    "stopped": ("○", "dim"),
    "failed": ("▲", "red"),
    "gone": ("▲", "red"),
}


def list_services(arguments: Namespace) -> int:
    """A line a service; with --json all that is known of each."""
    found, silent = asyncio.run(services.gathered(places()))
    for error in silent:
        sys.stderr.write(f"✗ {plain(error.message)}\n  → {plain(error.remedy)}\n")
    if arguments.json:
        print_json([observation_data(seen) for seen in found])
        return 0
    newest = _newest()
    if not found and not any(run.active for run in newest.values()):
        print("No services yet. Deploy one: jupyter modelship deploy NOTEBOOK")
        return 0
    ink = Ink.of(sys.stdout)
    width = max(len(name) for name in (*(seen.service for seen in found), *newest))
    for seen in found:
        print(f"{_mark(seen, ink)} {seen.service:<{width}}  {_row(seen)}")
        for line in _why(seen, ink) if seen.state in ("failed", "gone") else ():
            print(f"  {'':<{width}}  {line}")
        for line in _run_lines(newest.pop(seen.service, None)):
            print(f"  {'':<{width}}  {line}")
    for name, run in newest.items():
        if run.active:
            print(f"{ink.paint('◐', 'yellow')} {name:<{width}}  {_run_lines(run)[0]}")
    return 0


def _newest(service: str | None = None) -> dict[str, Run]:
    """The newest run of each service, where something is still to be said of it."""
    from jupyter_modelship.runs import client

    runs = client.runs(places(), service=service, limit=1 if service else 1000)
    newest = {run.service: run for run in reversed(runs)}
    return {name: run for name, run in newest.items() if run.active or run.state == "failed"}


def _run_lines(run: Run | None) -> list[str]:
    """What a run that did not succeed (yet) means for its service."""
    if run is None:
        return []
    if run.error is not None:
        return [f"run {run.id[:8]} failed: {plain(first_line(run.error))}"]
    if run.state == "interrupted":
        return [f"run {run.id[:8]} was interrupted: the next deploy goes on with it"]
    return [f"run {run.id[:8]} is under way: jupyter modelship logs {run.service} --build -f"]


def status(arguments: Namespace) -> int:
    """One service, or all, with address, revisions and the reason where it does not run."""
    if arguments.service is None:
        return list_services(arguments)
    seen, image, told = asyncio.run(_seen(arguments.service))
    if arguments.json:
        image_data = asdict(image) if image else None
        counted_data = asdict(told) if told else None
        print_json({**observation_data(seen), "image": image_data, "counted": counted_data})
        return 0
    lines = [
        *status_lines(seen, Ink.of(sys.stdout)),
        *counted_lines(told),
        *image_lines(image),
    ]
    print("\n".join(lines))
    for line in _run_lines(_newest(arguments.service).get(arguments.service)):
        print(f"  {line}")
    return 0


async def _seen(service: str) -> tuple[Observation, InRegistry | None, Counted | None]:
    """A service, its image, and what it has counted."""
    _, seen = await services.find(service, places())
    image, told = await asyncio.gather(in_registry(seen, places()), counted(seen, places()))
    return seen, image, told


def stop(arguments: Namespace) -> int:
    return _change(arguments, "stop", lambda target, who: target.stop(arguments.service, who=who))


def start(arguments: Namespace) -> int:
    return _change(
        arguments,
        "start",
        lambda target, who: target.start(arguments.service, who=who, tell=_waits),
    )


def rollback(arguments: Namespace) -> int:
    return _change(
        arguments,
        "rollback",
        lambda target, who: target.rollback(arguments.service, arguments.to, who=who, tell=_waits),
    )


def delete(arguments: Namespace) -> int:
    """Remove a service; asks first where somebody can answer."""
    _, seen = asyncio.run(services.find(arguments.service, places()))
    what = f"Delete {seen.service} and its {count(len(seen.revisions), 'revision')}?"
    if not confirmed(what, yes=arguments.yes):
        return 1
    asyncio.run(services.delete(seen.service, places(), who=user()))
    if arguments.json:
        print_json({"service": seen.service, "deleted": True})
    else:
        print(f"{seen.service} is deleted.")
    return 0


def _change(arguments: Namespace, deed: Deed, act: services.Act) -> int:
    """Exit code 1 where what was to run does not."""
    seen = asyncio.run(services.change(arguments.service, places(), deed, act, who=user()))
    _tell(seen, arguments)
    return 0 if deed == "stop" or seen.state == "running" else 1


def _waits(line: str) -> None:
    """What a service waits for, as it is told."""
    sys.stderr.write(f"… {plain(line)}\n")
    sys.stderr.flush()


def _tell(seen: Observation, arguments: Namespace) -> None:
    if arguments.json:
        print_json(observation_data(seen))
    else:
        print("\n".join(status_lines(seen, Ink.of(sys.stdout))))


def status_lines(seen: Observation, ink: Ink) -> list[str]:
    """What a person wants to know of one service."""
    lines = [f"{_mark(seen, ink)} {seen.service}  {_row(seen)}"]
    lines += [f"  {line}" for line in _why(seen, ink)]
    for live in seen.revisions:
        if live.number == seen.revision and live.why:
            lines.append(f"  revision {live.origin} is back, since the next one failed:")
            lines.append(f"  {plain(live.why)}")
    lines.append(f"  notebook   {plain(str(owner_of(seen)))}")
    lines.append(f"  plan       {short(seen.plan_digest)}, since {seen.since}")
    if seen.token_file is not None:
        lines.append(f"  token      {seen.token_file}")
    if seen.measured:
        took = -(-seen.measured // (1 << 20))
        lines.append(f"  memory     {took} MiB at most, while it was proved")
    if seen.metrics_url:
        lines.append(f"  metrics    {seen.metrics_url}")
    numbers = ", ".join(
        f"{r.number}" + (f" (was {r.origin})" if r.origin else "") for r in seen.revisions
    )
    lines.append(f"  revisions  {numbers}")
    return lines


def _why(seen: Observation, ink: Ink) -> list[str]:
    """Why it is as it is, and what to do."""
    return [
        *([plain(seen.reason)] if seen.reason else []),
        *([f"{ink.paint('→', 'dim')} {plain(seen.remedy)}"] if seen.remedy else []),
    ]


def image_lines(image: InRegistry | None) -> list[str]:
    """Where the image was pushed, where it was proved, and what its registry keeps with it."""
    if image is None:
        return []
    kept = ", ".join(f"{one.name} {plain(one.digest)}" for one in image.documents or ())
    return [
        f"  image      {plain(image.reference)}",
        *([f"  proof      {_proof(image)}"] if image.platform else []),
        *([f"  documents  {kept}"] if kept else []),
    ]


def _proof(image: InRegistry) -> str:
    there = plain(image.platform)
    if not image.examples:
        return f"unproven on {there}: there was no example"
    return f"{count(image.examples, 'example')}, on {there}"


def _mark(seen: Observation, ink: Ink) -> str:
    return ink.paint(*_MARKS[seen.state])


def _row(seen: Observation) -> str:
    replicas = f", {_replicas(seen.replicas)}" if seen.replicas else ""
    restarts = f", {count(seen.restarts, 'restart')}" if seen.restarts else ""
    many = replicas + restarts
    where = " (inside the cluster)" if seen.url_from == "cluster" else ""
    return f"{seen.state:<8} {seen.target}  revision {seen.revision}{many}  {seen.url}{where}"


def _replicas(replicas: Replicas) -> str:
    """ "2 of 3 replicas ready"; "3 replicas" where all are."""
    if replicas.ready == replicas.wanted:
        return count(replicas.wanted, "replica")
    return f"{replicas.ready} of {count(replicas.wanted, 'replica')} ready"


def observation_data(seen: Observation) -> dict[str, object]:
    """An observation as JSON."""
    data = asdict(seen)
    return {k: str(v) if isinstance(v, Path) else v for k, v in data.items()}
