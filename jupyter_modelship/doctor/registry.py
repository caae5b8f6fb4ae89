"""Whether the registry that policy names answers, and takes the login that is here."""

from __future__ import annotations

from jupyter_modelship.doctor import Answer
from jupyter_modelship.engines.reach import connect
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places
from jupyter_modelship.plan.policy import read_policies, system_folders
from jupyter_modelship.registry.reference import parse
from jupyter_modelship.registry.repository import check
from jupyter_modelship.runs.ground import access_for
from jupyter_modelship.runs.preflight import SECONDS, within


async def registry(_: Places) -> list[Answer]:
    """Nothing where no policy names one: then each notebook's option `repository` decides."""
    policies, _unread = read_policies(system_folders())
    named = dict.fromkeys(policy.registry for policy in policies if policy.registry)
    return [await _answer(name) for name in named]


async def _answer(name: str) -> Answer:
    title = f"registry {name}"
    try:
        host = parse(f"{name.rstrip('/')}/any").host
        await within(SECONDS, host, _greeted(host, name))
    except ModelshipError as error:
        return Answer(title, "warn", error.message, error.remedy)
    return Answer(title, "ok", "it answers, and takes what login there is")


async def _greeted(host: str, name: str) -> None:
    async with connect(host, access_for(f"{name.rstrip('/')}/any")) as connection:
        await check(connection)
