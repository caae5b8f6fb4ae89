"""`deploy`: review, ask, start a run and watch it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shlex
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_modelship.cli.ask import confirmed
from jupyter_modelship.cli.ink import Ink, plain
from jupyter_modelship.cli.report import finding_lines, print_json
from jupyter_modelship.cli.review_view import headline, hole_lines, stop_where_blocked
from jupyter_modelship.cli.watch import Outcome, watch
from jupyter_modelship.desk.overriding import insist_overridable
from jupyter_modelship.desk.taking import insist_shared
from jupyter_modelship.desk.who import user
from jupyter_modelship.errors import ModelshipError, StageFailed, UsageError
from jupyter_modelship.model import Finding
from jupyter_modelship.places import Places, places
from jupyter_modelship.plan.flags import given_flags
from jupyter_modelship.plan.options import as_json
from jupyter_modelship.runs import client, services
from jupyter_modelship.runs.configuration import declared_values
from jupyter_modelship.runs.locking import locked
from jupyter_modelship.runs.review import Reviewed, check_owner, look, owner_findings, owner_of
from jupyter_modelship.runs.run import Request, Run, RunActive, new_id
from jupyter_modelship.runs.sizing import sized
from jupyter_modelship.targets.port import Observation


def deploy(arguments: Namespace) -> int:
    """Exit code 0 where the service answers, also where it did already."""
    return asyncio.run(_deploy(arguments, places()))


async def _deploy(arguments: Namespace, here: Places) -> int:
    reviewed, live, who = await _review(arguments, here)
    anothers = live is not None and owner_findings(live, reviewed.path, who=who)
    taken = str(owner_of(live)) if live is not None and anothers else ""
    ink = Ink.of(sys.stdout)
    if not arguments.json:
        print(headline(reviewed.plan, reviewed.notebook), flush=True)
    if not arguments.fresh and not taken and await _is_live(live, reviewed, here):
        assert live is not None, "what is live is there"
        resumed = [
            run
            for run in client.resume_all(here)
            if run.service == live.service and _ships(run.request)
        ]
        if not resumed:
            return _tell_unchanged(live, arguments)
        outcome = await watch(resumed[0].id, here, service=live.service, quiet=arguments.json)
        return _tell(outcome, arguments, ink)
    found = (*reviewed.findings, *sized(reviewed.plan.options, live))
    if not arguments.json and (lines := _before_a_run(reviewed, found, _overrides(arguments), ink)):
        print("\n".join(lines), flush=True)
    if taken and not arguments.json:
        print(f"{reviewed.plan.service} belongs to {plain(taken)} until then: it is taken over")
    if not confirmed(f"Ship {reviewed.plan.service}?", yes=arguments.yes):
        return 1
    run = _run(_request(arguments, reviewed, who, taken), here)
    if arguments.detach:
        return _tell_started(run.id, reviewed, arguments)
    outcome = await watch(run.id, here, service=run.service, quiet=arguments.json)
    if outcome.error is not None and not arguments.json:
        await _tell_what_stays(live, outcome.error, here)
    return _tell(outcome, arguments, ink)


async def _tell_what_stays(live: Observation | None, error: ModelshipError, here: Places) -> None:
    """That the revision before answers as it did: asked, not supposed."""
    if live is None or not isinstance(error, StageFailed):
        return
    with contextlib.suppress(ModelshipError):
        now = await services.open_target(live.target, here).observe(live.service)
        if now is not None and now.state == "running" and now.revision == live.revision:
            print(f"revision {now.revision} of {now.service} is live as before", flush=True)


def _run(request: Request, here: Places) -> Run:
    """The run of this request; where one is at work on the very same plan already, that one."""
    try:
        return client.submit_and_start(request, here)
    except RunActive as active:
        run = client.get(active.run, here)
        if run.request.plan_digest != request.plan_digest or not _ships(run.request):
            raise
        return run


def _ships(request: Request) -> bool:
    """Whether the run makes a revision of its notebook: no mere proof, and none that goes back."""
    return not request.until and request.back is None


async def _review(arguments: Namespace, here: Places) -> tuple[Reviewed, Observation | None, str]:
    """The plan with its lock, what runs under its name now, and who asks; raises Blocked."""
    looked = look(Path(arguments.notebook), given_flags(arguments))
    overrides = _overrides(arguments)
    insist_overridable(overrides, looked)
    stop_where_blocked(looked, overrides)
    if arguments.take_over:
        insist_shared(looked)
    target = services.open_target(looked.merged.options.target, here)
    reviewed = await locked(looked, here, overridden=overrides)
    async with target.connected():
        live = await target.observe(reviewed.plan.service)
        who = await target.identity(user())
        if not arguments.take_over:
            check_owner(live, reviewed.path, who=who)
        await services.check_place(reviewed.plan.service, target.name, here)
        await target.supply(reviewed.plan.service, as_json(reviewed.plan.options))
    return reviewed, live, who


def _overrides(arguments: Namespace) -> Mapping[str, str]:
    """Codes of findings -> why it is shipped in spite of them; UsageError."""
    overrides: dict[str, str] = {}
    for code, reason in arguments.override:
        if code in overrides:
            raise UsageError(f"--override names {code!r:.60} twice", remedy="give one reason")
        overrides[code] = reason
    return overrides


def _before_a_run(
    reviewed: Reviewed, found: Sequence[Finding], overrides: Mapping[str, str], ink: Ink
) -> list[str]:
    """What to know before it is shipped."""
    spite = [f"Overridden: {code}: {plain(reason)}" for code, reason in overrides.items()]
    return [*hole_lines(reviewed.plan), *finding_lines(found, ink), *spite]


async def _is_live(live: Observation | None, reviewed: Reviewed, here: Places) -> bool:
    """Whether this very plan runs, with the values that its variables have now."""
    if live is None or live.state != "running" or live.plan_digest != reviewed.plan.digest:
        return False
    values = declared_values(here, live.service, reviewed.plan.options).by_name
    return await services.open_target(live.target, here).configured(live.service, values)


def _request(arguments: Namespace, reviewed: Reviewed, who: str, taken: str) -> Request:
    body: dict[str, object] = {
        "flags": json.loads(json.dumps(given_flags(arguments))),
        "who": who,
    }
    if arguments.fresh:
        body["fresh"] = True
    if taken:
        body["takes_over"] = taken
    if overrides := _overrides(arguments):
        body["overrides"] = dict(overrides)
    return Request(
        id=new_id(),
        service=reviewed.plan.service,
        target=reviewed.plan.options.target,
        notebook=str(reviewed.path),
        notebook_digest=reviewed.notebook.digest,
        plan_digest=reviewed.plan.digest,
        body=body,
    )


def _tell_unchanged(live: Observation, arguments: Namespace) -> int:
    if arguments.json:
        print_json(
            {"service": live.service, "url": live.url, "revision": live.revision, "unchanged": True}
        )
    else:
        print(f"{live.service} is live already, unchanged: revision {live.revision}, {live.url}")
    return 0


def _tell_started(run: str, reviewed: Reviewed, arguments: Namespace) -> int:
    if arguments.json:
        print_json({"run": run, "service": reviewed.plan.service})
    else:
        print(f"run {run} has started")
        print(f"watch it:  jupyter modelship logs {reviewed.plan.service} --build -f")
    return 0


def _tell(outcome: Outcome, arguments: Namespace, ink: Ink) -> int:
    if outcome.error is not None:
        if arguments.json:
            print_json(outcome.data())
            return outcome.error.exit_code
        raise outcome.error
    if arguments.json:
        print_json(outcome.data())
        return 0
    print("\n".join(live_lines(outcome.result, ink)))
    return 0


def live_lines(result: Mapping[str, object], ink: Ink) -> list[str]:
    """Where it answers, and a line to try it with."""
    call = result.get("call")
    name = str(result["service"])
    if not isinstance(call, Mapping):
        return [f"{ink.paint(name, 'bold')} is live:  {result['url']}"]
    lines = [f"{ink.paint(name, 'bold')} is live:  {call['method']} {result['url']}{call['path']}"]
    if call.get("arguments") is not None:
        body = shlex.quote(json.dumps(call["arguments"], ensure_ascii=False))
        start = "try:".ljust(len(f"{name} is live:  "))
        lines.append(f"{start}jupyter modelship call {name} {call['function']} {body}")
    return lines
