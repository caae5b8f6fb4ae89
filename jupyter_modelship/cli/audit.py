"""`audit`: who shipped what, from which data, and whether it could be made again."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime

from jupyter_modelship.cli.ink import Ink, count, plain, size
from jupyter_modelship.cli.report import first_line, print_json
from jupyter_modelship.desk.retraining import blockers
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.names import short
from jupyter_modelship.places import places
from jupyter_modelship.records import RunRecord
from jupyter_modelship.runs import audited, client, services
from jupyter_modelship.runs.run import Run
from jupyter_modelship.targets.audit import AuditLine, line_data


def audit(arguments: Namespace) -> int:
    """Runs newest first; of one service with what went into each revision. Then what was done to
    services otherwise, and what clusters keep of what anybody did."""
    runs = client.runs(places(), service=arguments.service, limit=100)
    own = audited.lines(places(), arguments.service or "")
    shared, silent = asyncio.run(services.audits(places(), arguments.service or ""))
    if arguments.service and not (runs or own or shared):
        raise NothingThere(
            f"nothing is known of {arguments.service!r}", remedy="see: jupyter modelship audit"
        )
    for error in silent:
        sys.stderr.write(f"✗ {plain(error.message)}\n  → {plain(error.remedy)}\n")
    if arguments.json:
        told = [*((each, "here") for each in own), *((each, "cluster") for each in shared)]
        print_json([*map(_data, runs), *({**line_data(each), "kept": kept} for each, kept in told)])
        return 0
    if not (runs or own or shared):
        print("No runs yet.")
    ink = Ink.of(sys.stdout)
    _print_runs(arguments, runs, ink)
    if own:
        print("\n".join(["", "Done from here:", *map(_done, reversed(own))]))
    if shared:
        print("\n".join(["", "Kept by the cluster:", *map(_done, reversed(shared))]))
    return 0


def _print_runs(arguments: Namespace, runs: Sequence[Run], ink: Ink) -> None:
    for run in runs:
        print(_line(run, ink))
        if run.request.back is not None:
            print(f"    because   {plain(str(run.request.back.get('why')))}")
        for code, reason in run.request.overrides.items() if arguments.service else ():
            print(f"    override  {plain(code)}: {plain(reason)}")
        if arguments.service and run.record is not None:
            print("\n".join(_record_lines(RunRecord.from_json(run.record))))
        if arguments.service and run.error is not None:
            print(f"    {plain(first_line(run.error))}")


def _done(line: AuditLine) -> str:
    when = datetime.fromisoformat(line.when).astimezone().strftime("%Y-%m-%d %H:%M")
    spite = f", in spite of {', '.join(map(plain, line.overrides))}" if line.overrides else ""
    return (
        f"{when}  {line.deed:<9}  {plain(line.service)} → {plain(line.where)} "
        f"revision {line.revision}, bundle {plain(short(line.digest))}, "
        f"by {plain(line.who or '?')}{spite}"
    )


def _line(run: Run, ink: Ink) -> str:
    when = datetime.fromtimestamp(run.created).astimezone().strftime("%Y-%m-%d %H:%M")
    who = plain(str(run.request.body.get("who") or "?"))
    colour = {"succeeded": "green", "failed": "red"}.get(run.state, "yellow")
    revision = f" revision {run.result['revision']}" if run.result else ""
    if run.request.until:
        revision = " proof only"
    if run.request.back is not None:
        revision += f" in place of {run.request.back.get('failed')}, which failed"
    state = ink.paint(run.state, colour)
    return (
        f"{when}  {run.id[:8]}  {run.service} → {run.request.target}{revision}  {state}  by {who}"
    )


def _record_lines(record: RunRecord) -> list[str]:
    lines = [f"    notebook  {plain(record.notebook.path)}, sha256 {short(record.notebook.sha256)}"]
    if record.git is not None:
        dirty = ", with changes that are in no commit" if record.git.dirty else ""
        lines.append(f"    commit    {record.git.commit[:12]}{dirty}")
    lines.append(
        f"    plan      {short(record.plan_digest)}, {count(record.examples, 'example')} proved"
    )
    for artifact in record.artifacts:
        told = f"{artifact.name}, {size(artifact.size)}, sha256 {short(artifact.sha256)}"
        lines.append(f"    artifact  {told}")
    lines.extend(
        f"    data      {plain(read.path)}, {size(read.size)}, sha256 {short(read.sha256)}"
        for read in record.reads
    )
    found = blockers(record)
    if not found:
        lines.append("    it could be retrained from what is recorded")
    else:
        lines += [f"    not retrainable: {plain(blocker)}" for blocker in found]
    return lines


def _data(run: Run) -> dict[str, object]:
    data: dict[str, object] = {
        "run": run.id,
        "service": run.service,
        "target": run.request.target,
        "state": run.state,
        "who": run.request.body.get("who"),
        "overrides": dict(run.request.overrides),
        "back": run.request.back,
        "created": run.created,
        "finished": run.finished,
        "error": run.error,
        "result": run.result,
        "record": run.record,
    }
    if run.record is not None:
        found = blockers(RunRecord.from_json(run.record))
        data["retrainable"] = {"possible": not found, "blockers": list(found)}
    return data
