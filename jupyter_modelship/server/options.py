"""What a person may choose, and what can be found: the tables behind the forms."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_modelship.desk.findings import catalogue
from jupyter_modelship.plan.form import options_form
from jupyter_modelship.plan.policy import read_policies, system_folders
from jupyter_modelship.runs.honours import TARGETS

from .handler import API, RESOURCE, ModelshipHandler


class OptionsHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self) -> None:
        policies, _ = await asyncio.to_thread(read_policies, system_folders())
        self.say(options_form(policies, TARGETS))


class FindingsHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self) -> None:
        self.say({code: _without_code(asdict(check)) for code, check in catalogue().items()})


def _without_code(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "code"}


ROUTES = [
    (rf"{API}/options", OptionsHandler),
    (rf"{API}/findings", FindingsHandler),
]
