"""Who may be told a login, and what a registry takes instead of it.

Distribution specification, "Token authentication": a registry answers 401 and names a service
(`realm`) that gives out tokens. A login goes to the registry itself over TLS, and to the realm only
where it is on the registry's own host, is known to belong to it, or has been allowed by name: a
registry that was taken over could name any realm.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

import httpx

from jupyter_modelship.errors import StageFailed

from .login import Login
from .reference import is_loopback

_PAIR = re.compile(r'([a-zA-Z]+)="((?:[^"\\]|\\.)*)"|([a-zA-Z]+)=([^\s,"]+)')
_BELONGS = {
    "registry-1.docker.io": "auth.docker.io",
    "registry.gitlab.com": "gitlab.com",
}
_DEFAULT_SECONDS = 60
"""What a token lives where its service does not say (token specification)."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a registry asks for."""

    scheme: str
    """`basic` or `bearer`."""
    realm: str = ""
    service: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    header: str
    until: float
    """By time.monotonic()."""

    @property
    def fresh(self) -> bool:
        return time.monotonic() < self.until


def challenge(response: httpx.Response) -> Challenge | None:
    """The challenge of a 401 that can be met here, a token's before a password's."""
    found: dict[str, Challenge] = {}
    for value in response.headers.get_list("www-authenticate"):
        scheme, _, rest = value.strip().partition(" ")
        words = {
            (quoted or plain).lower(): text or bare
            for quoted, text, plain, bare in _PAIR.findall(rest)
        }
        found[scheme.lower()] = Challenge(
            scheme.lower(), words.get("realm", ""), words.get("service", ""), words.get("scope", "")
        )
    return found.get("bearer") or found.get("basic")


def checked_realm(
    realm: str, host: str, login: Login | None, *, allowed: tuple[str, ...], insecure: bool
) -> httpx.URL:
    """The realm's address, where it may be asked with this login; StageFailed where not."""
    url = httpx.URL(realm) if realm.isprintable() else httpx.URL("")
    plain = insecure and url.scheme == "http" and is_loopback(url.netloc.decode("ascii"))
    if url.userinfo or not url.host or not (url.scheme == "https" or plain):
        raise StageFailed(
            f"the registry {host} sends to a token service that is not reached by TLS",
            remedy="tell its administrator: its `realm` has to be an https address",
            detail=f"{url.scheme}://{url.host}",
        )
    own = httpx.URL(f"//{host}").host
    known = {own, _BELONGS.get(host), *allowed}
    if login is not None and url.host not in known:
        raise StageFailed(
            f"the registry {host} wants its login sent to {url.host}, which was not done",
            remedy=f"where {url.host} belongs to it, an administrator may allow it (token_hosts)",
        )
    return url


def token_request(
    realm: httpx.URL, asked: Challenge, scopes: tuple[str, ...], login: Login | None
) -> httpx.Request:
    """With an identity token the service is asked as OAuth2 has it, else by GET."""
    scopes = scopes or tuple(filter(None, (asked.scope,)))
    if login is not None and login.identity:
        form = {
            "grant_type": "refresh_token",
            "service": asked.service,
            "client_id": "modelship",
            "scope": " ".join(scopes),
            "refresh_token": login.identity,
        }
        return httpx.Request("POST", realm, data=form)
    query: list[tuple[str, str | int | float | bool | None]] = [
        *realm.params.multi_items(),
        *((("service", asked.service),) if asked.service else ()),
        *(("scope", scope) for scope in scopes),
    ]
    headers = {"Authorization": login.basic} if login is not None else {}
    return httpx.Request("GET", realm.copy_with(params=query), headers=headers)


def token_of(response: httpx.Response, host: str) -> Token:
    """The token in a service's reply; StageFailed where there is none."""
    try:
        document: dict[str, Any] = response.json()
        text = str(document.get("token") or document["access_token"])
        seconds = float(document.get("expires_in") or _DEFAULT_SECONDS)
        text.encode("ascii")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StageFailed(
            f"the token service of {host} gave no token",
            remedy="try again; tell the registry's administrator",
        ) from None
    return Token(f"Bearer {text}", time.monotonic() + seconds * 0.9)
