"""A service's bearer token: in a Secret of the cluster, and in a file of the user's (0600)."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from jupyter_modelship.bundle.release import naming, phases
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.places import Places, private

from .api import Api
from .failures import ApiRefused
from .kinds import SECRET, Object
from .known import folder
from .ownership import gone, ours

_KEY = "token"
_BYTES = 32


async def ensure(api: Api, namespace: str, service: str, places: Places) -> str:
    """The service's token: the one that is there, else a new one."""
    known = await read(api, namespace, service, places)
    if known:
        return known
    token = secrets.token_urlsafe(_BYTES)
    try:
        await api.create(_secret(namespace, service, token))
        failpoint("kubernetes.token.after")
    except ApiRefused as error:
        if error.refusal.code != 409:
            raise
        return await read(api, namespace, service, places)  # made meanwhile, perhaps by this call
    _keep(path(places, namespace, service), token)
    return token


async def read(api: Api, namespace: str, service: str, places: Places) -> str:
    """The service's token, also in its file from now on; empty where it has none.

    Raises StageFailed where the Secret of that name is not ours.
    """
    found = await api.get(SECRET, namespace, naming.token_secret(service))
    if found is None:
        return ""
    ours(found, service)
    token = _token(found)
    _keep(path(places, namespace, service), token)
    return token


async def delete(api: Api, namespace: str, service: str, places: Places) -> None:
    """Remove the Secret where it is ours, and the file."""
    name = naming.token_secret(service)
    found = await api.get(SECRET, namespace, name)
    if found is not None:
        ours(found, service)
        await api.delete(SECRET, namespace, name, uid=str(found["metadata"]["uid"]))
        await gone(api, namespace, [(SECRET, found)])
    path(places, namespace, service).unlink(missing_ok=True)


async def tidy(
    api: Api, namespace: str, service: str, places: Places, left: Iterable[phases.Objects]
) -> None:
    """Remove the token where none of the revisions that are left asks for one."""
    if not any(map(phases.asks_for_token, left)):
        await delete(api, namespace, service, places)


def path(places: Places, namespace: str, service: str) -> Path:
    """The file with the token of a service; it may not be there."""
    return private(folder(places) / "tokens") / f"{namespace}.{service}"


def _secret(namespace: str, service: str, token: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": naming.token_secret(service),
            "namespace": namespace,
            "labels": naming.labels(service),
        },
        "type": "Opaque",
        "immutable": True,
        "stringData": {_KEY: token},
    }


def _token(found: Object) -> str:
    try:
        return base64.b64decode(found["data"][_KEY], validate=True).decode("ascii").strip()
    except (KeyError, TypeError, binascii.Error, UnicodeDecodeError) as error:
        raise StageFailed(
            f"the Secret {found['metadata']['name']} holds no token",
            remedy="delete it, and deploy again",
        ) from error


def _keep(path: Path, token: str) -> None:
    aside = path.with_name(f"{path.name}.part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token)
    aside.replace(path)
