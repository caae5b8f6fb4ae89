"""Whether the pods of a namespace may pull: asked of the registry, with the cluster's own login.

What is tried is what a node would do: read a manifest of the repository, by the Secret that the
pods name. A node may have a login of its own, which nobody outside can try.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import tempfile
from pathlib import Path

from jupyter_modelship.bundle.release.referred import pull_command
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.registry.connection import Connection, Request
from jupyter_modelship.registry.reference import is_loopback, parse

from .failures import ApiRefused
from .ground import Ground
from .kinds import SECRET, Object

SECONDS = 20.0
"""For the registry, all tries together."""
_TYPE = "kubernetes.io/dockerconfigjson"
_KEY = ".dockerconfigjson"
_DEFAULT = "registry"
"""What the Secret may be called where nobody has named one."""


async def pullable(here: Ground, namespace: str, repository: str) -> str:
    """Whether they may, in words. Raises StageFailed where the Secret that the pods name is not
    there, or the registry does not take its login."""
    secret = here.cluster.pull_secret
    if not secret:
        return await _by_anybody(repository, namespace)
    try:
        found = await here.api.get(SECRET, namespace, secret)
    except ApiRefused as error:
        if error.refusal.code != 403:
            raise
        return f"pull secret {secret}: it may not be read, so nobody has tried it"
    if found is None:
        raise _lacking(
            f"there is no pull secret {secret} in {namespace}", namespace, secret, repository
        )
    login = _login(found)
    if login is None:
        raise _lacking(
            f"the Secret {secret} in {namespace} is no pull secret", namespace, secret, repository
        )
    return await _tried(login, namespace, secret, repository)


async def _by_anybody(repository: str, namespace: str) -> str:
    """Without a pull secret: a registry that wants a login may know the nodes, or may not."""
    try:
        await _read(repository, None)
    except StageFailed as error:
        command = pull_command(namespace, _DEFAULT, repository)
        return (
            f"repository {repository} is not read without a login ({error.message}), and the "
            "policy names no cluster.pull_secret: unless the nodes have a login of their own, who "
            f"administers the cluster has to name {_DEFAULT} there and make it: {command}"
        )
    return f"repository {repository}: anybody may pull from it"


async def _tried(login: bytes, namespace: str, secret: str, repository: str) -> str:
    """What came of it. Raises StageFailed where the registry does not take the login."""
    descriptor, name = tempfile.mkstemp(prefix="modelship-pull-")  # 0600
    file = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(login)
        said = await _answer(repository, file)
    except StageFailed as error:
        what = f"the registry does not take the login of pull secret {secret}: {error.message}"
        raise _lacking(what, namespace, secret, repository) from error
    finally:
        file.unlink()
    return f"pull secret {secret}: {said}"


async def _answer(repository: str, file: Path) -> str:
    """What the registry says to that login. Some know nobody's right to a repository before
    something was pushed there: then it counts that they take the login."""
    try:
        await _read(repository, file)
    except StageFailed as error:
        await _greet(repository, file)
        return (
            f"the registry takes it, and does not let it read {repository} yet "
            f"({error.message}): it may, once something is there"
        )
    return f"the registry of {repository} takes it"


async def _read(repository: str, auth_file: Path | None) -> None:
    """Ask for a manifest that need not be there. Raises StageFailed where we are not let."""
    named = parse(repository)
    path, scopes = f"/v2/{named.repository}/manifests/latest", f"repository:{named.repository}:pull"
    await _ask(named.host, Request("GET", path, repository, (scopes,), fine=(404,)), auth_file)


async def _greet(repository: str, auth_file: Path) -> None:
    host = parse(repository).host
    await _ask(host, Request("GET", "/v2/", "its greeting"), auth_file)


async def _ask(host: str, request: Request, auth_file: Path | None) -> None:
    connection = Connection(
        host, auth_file=auth_file, ca_file=_ca_file(), insecure=is_loopback(host)
    )
    async with connection:
        try:
            await asyncio.wait_for(connection.send(request), SECONDS)
        except asyncio.TimeoutError:
            raise StageFailed(f"the registry {host} does not answer in time") from None


def _ca_file() -> Path | None:
    named = os.environ.get("SSL_CERT_FILE")
    return Path(named) if named else None


def _login(found: Object) -> bytes | None:
    """The content of the Secret, a containers-auth.json(5); None for a Secret of another type."""
    try:
        content = base64.b64decode((found.get("data") or {})[_KEY], validate=True)
    except (KeyError, TypeError, binascii.Error):
        return None
    return content if found.get("type") == _TYPE else None


def _lacking(what: str, namespace: str, secret: str, repository: str) -> StageFailed:
    return StageFailed(
        f"{what}: the pods could not pull from {repository}",
        remedy="give the command in the detail to who administers the cluster; "
        "it replaces a Secret that is there once that is deleted",
        detail=pull_command(namespace, secret, repository),
    )
