"""Runs: asked for, listed, ended, and what they said."""

from __future__ import annotations

import asyncio
import json
import sys

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_modelship.desk.asked import BadRequest
from jupyter_modelship.desk.telling import run_data
from jupyter_modelship.desk.transcript import event_lines
from jupyter_modelship.errors import UsageError
from jupyter_modelship.runs import client
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.left import look_for
from jupyter_modelship.runs.run import Request, canonical

from .handler import API, RESOURCE, ModelshipHandler

_RUN = r"(?P<run>[0-9a-fA-F-]{36})"
_MOST = 1000
"""Runs in one reply."""
_DEBUG = (sys.executable, "-m", "jupyter_modelship.cli", "debug")


class RunsHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self) -> None:
        if identity := self.get_query_argument("id", ""):
            run = await asyncio.to_thread(client.find, canonical(identity), self.places)
            self.say([run_data(run, root=self.shown_root)] if run else [])
            return
        service = self.get_query_argument("service", "") or None
        limit = _limit(self.get_query_argument("limit", "100"))
        found = await asyncio.to_thread(client.runs, self.places, service=service, limit=limit)
        self.say([run_data(run, root=self.shown_root) for run in found])

    @web.authenticated
    @authorized("execute", RESOURCE)
    async def post(self) -> None:
        """Make a run of what was reviewed, or find the one that this id made before."""
        answer = await self.ask("ship")
        if answer.error is not None:
            self.reply(answer)
            return
        request = Request(**json.loads(answer.body))
        run = await asyncio.to_thread(client.submit_and_start, request, self.places)
        self.say(run_data(run, root=self.shown_root), status=202)


class RunHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self, run: str) -> None:
        found = await asyncio.to_thread(client.get, run, self.places)
        self.say(run_data(found, root=self.shown_root))


class CancelHandler(ModelshipHandler):
    @web.authenticated
    @authorized("execute", RESOURCE)
    async def post(self, run: str) -> None:
        found = await asyncio.to_thread(client.cancel, run, self.places)
        self.say(run_data(found, root=self.shown_root))


class NoTerminals(UsageError):
    """This server offers no terminals."""

    code = "no-terminals"


class TerminalHandler(ModelshipHandler):
    """A terminal of this server in which `debug` runs: what that is, no client says."""

    @web.authenticated
    @authorized("execute", RESOURCE)
    @authorized("write", "terminals")
    async def post(self, run: str) -> None:
        manager = self.settings.get("terminal_manager")
        if manager is None or not self.settings.get("terminals_available"):
            raise NoTerminals(
                "this Jupyter server has no terminals",
                remedy=f"in a terminal of that machine: jupyter modelship debug {run[:8]}",
            )
        found = await asyncio.to_thread(client.get, run, self.places)
        await asyncio.to_thread(look_for, self.places, found)
        made = manager.create(shell_command=[*_DEBUG, found.id])
        self.say({"name": made["name"]}, status=201)


class LogHandler(ModelshipHandler):
    """All that a run said, as a file."""

    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self, run: str) -> None:
        text = await asyncio.to_thread(self._text, run)
        self.set_attachment_header(f"modelship-{run[:8]}.log")
        self.finish(text, set_content_type="text/plain; charset=utf-8")

    def _text(self, run: str) -> bytes:
        with Journal.open(self.places) as journal:
            journal.get(run)  # says where there is none
            lines = [line for event in journal.events(run) for line in event_lines(event)]
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _limit(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= _MOST:
        return int(text)
    raise BadRequest(f"limit must be a number from 1 to {_MOST}")


ROUTES = [
    (rf"{API}/runs", RunsHandler),
    (rf"{API}/runs/{_RUN}", RunHandler),
    (rf"{API}/runs/{_RUN}/cancel", CancelHandler),
    (rf"{API}/runs/{_RUN}/terminal", TerminalHandler),
    (rf"{API}/runs/{_RUN}/log", LogHandler),
]
