"""Who deploys: what a Hub calls them, else what the cluster does, else this machine.

On a Hub everybody may have the same path, the same user of the machine and the same account of the
cluster; the Hub alone tells them apart. Everywhere else the cluster's own word is the same on each
of somebody's machines. Neither is taken from an environment variable: the Hub is asked as whose
its token is, and the cluster as whose the login is.
"""

from __future__ import annotations

import asyncio
import os
import ssl

import aiohttp

from jupyter_modelship.errors import StageFailed

from .api import Api
from .failures import ApiRefused
from .ground import ground

HUB_SECONDS = 10.0
_UNHEARD = (aiohttp.ClientError, asyncio.TimeoutError, OSError)
_FILES = ("CLIENT_CA", "CERTFILE", "KEYFILE")
_REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
_REMEDY = "try again; where that does not help, restart your server from the Hub's page"


async def known(name: str) -> str:
    """What somebody is called whose name on this machine is `name`. Raises StageFailed."""
    if hub := await hub_user():
        return hub
    async with ground() as here:
        return await cluster_user(here.api) or name


async def cluster_user(api: Api) -> str:
    """What the API server takes us for; empty where it does not say: before Kubernetes 1.28.

    https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review
    """
    try:
        answer = await api.call("POST", _REVIEWS, "say who you are", body=_REVIEW)
    except ApiRefused as error:
        if error.refusal.code in (403, 404):
            return ""
        raise
    return str(answer["status"]["userInfo"].get("username") or "")


async def hub_user() -> str:
    """The user whose the token of this server is, by the Hub's word; empty where there is no Hub.

    https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html (`GET /user`)
    """
    url, token = os.environ.get("JUPYTERHUB_API_URL"), os.environ.get("JUPYTERHUB_API_TOKEN")
    if not (url and token):
        return ""
    try:
        told = await _asked(f"{url.rstrip('/')}/user", token)
        return str(told["name"]) if told.get("kind", "user") == "user" else ""
    except (*_UNHEARD, ValueError, KeyError, AttributeError) as error:
        raise StageFailed(
            f"the Hub at {url} does not say who you are: {error!s:.200}", remedy=_REMEDY
        ) from error


async def _asked(url: str, token: str) -> dict[str, object]:
    timeout = aiohttp.ClientTimeout(total=HUB_SECONDS)
    headers = {"Authorization": f"token {token}", "Accept": "application/json"}
    async with (
        aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
        session.get(url, allow_redirects=False, ssl=_certificates() or True) as reply,
    ):
        if reply.status != 200:
            raise ValueError(f"it answers {reply.status}")
        told: dict[str, object] = await reply.json()
        return told


def _certificates() -> ssl.SSLContext | None:
    """Of a Hub with `internal_ssl`, which gives each server files of its own."""
    files = {name: os.environ.get(f"JUPYTERHUB_SSL_{name}") for name in _FILES}
    if not all(files.values()):
        return None
    context = ssl.create_default_context(cafile=files["CLIENT_CA"])
    context.load_cert_chain(str(files["CERTFILE"]), str(files["KEYFILE"]))
    return context
