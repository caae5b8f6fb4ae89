"""`audit`: who shipped what, from which data, and whether it could be made again."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import datetime

from jupyter_modelship.cli.ink import Ink, count, plain, size
from jupyter_modelship.cli.report import first_line, print_json
from jupyter_modelship.desk.retraining import blockers
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.names import short
from jupyter_modelship.places import places
from jupyter_modelship.records import RunRecord
from jupyter_modelship.runs import client
from jupyter_modelship.runs.run import Run


def audit(arguments: Namespace) -> int:
    """Runs newest first; of one service with what went into each revision."""
    runs = client.runs(places(), service=arguments.service, limit=100)
    if arguments.service and not runs:
        raise NothingThere(
            f"no run has been made for {arguments.service!r}", remedy="see: jupyter modelship audit"
        )
    if arguments.json:
        print_json([_data(run) for run in runs])
        return 0
    if not runs:
        print("No runs yet.")
    ink = Ink.of(sys.stdout)
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
    return 0


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
