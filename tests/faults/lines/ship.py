"""A user of the command line, after something went wrong: `ship.py NOTEBOOK VERB`.

deploy    deploys, then asks the service
again     deploys a changed notebook in place of a live revision, which goes
start, stop, delete, prune   deploys, does that, then what brings the service back

Prints one JSON object of what is there before everything is deleted.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from jupyter_modelship.cli import main
from jupyter_modelship.places import places

CHANGED = ("return table[n]", "return table[n] + 1")


def told(*words: str) -> tuple[int, Any]:
    """Exit code and document of a command."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main([*words, "--json"])
    return code, json.loads(out.getvalue() or "null")


def change(notebook: Path) -> None:
    text = notebook.read_text(encoding="utf-8")
    if CHANGED[1] not in text:
        notebook.write_text(text.replace(*CHANGED), encoding="utf-8")


def look(notebook: Path) -> dict[str, Any]:
    """What a user finds."""
    here = places()
    _, services = told("list")
    code, reply = told("call", notebook.stem, "square", '{"n": 3}')
    return {
        "services": [[s["service"], s["state"], s["plan_digest"]] for s in services],
        "revisions": [r["number"] for s in services for r in s["revisions"]],
        "code": code,
        "reply": reply.get("reply"),
        "half_made": sorted(
            str(path)
            for folder in (here.state / "bundles", here.cache / "environments")
            for path in folder.glob("*")
            if path.name.startswith(".making") or path.name.endswith(".part")
        ),
    }


def act(notebook: Path, verb: str) -> None:
    name = notebook.stem
    if verb == "again":
        change(notebook)
        told("deploy", str(notebook), "--yes", "--keep-revisions", "1")
    if verb in ("start", "stop"):
        told("stop", name)
    if verb == "start":
        told("start", name)
    if verb == "delete":
        told("delete", name, "--yes")
    if verb == "prune":
        told("prune", "--cache")


if __name__ == "__main__":
    path, mode, until_ended = Path(sys.argv[1]), sys.argv[2], sys.argv[3:] == ["--finish"]
    deployed, _ = told("deploy", str(path), "--yes")
    act(path, mode)
    if until_ended:
        told("start", path.stem)
        deployed, _ = told("deploy", str(path), "--yes")
        found = look(path)
        told("delete", path.stem, "--yes")
        sys.stdout.write(json.dumps({**found, "deployed": deployed, "left": told("list")[1]}))
