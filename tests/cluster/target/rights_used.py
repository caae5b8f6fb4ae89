"""Which rights the calls to an API server make use of, by the rules of its authorization.

https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from jupyter_modelship.targets.kubernetes.api import Api
from jupyter_modelship.targets.kubernetes.rights import Right

_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/v[0-9a-z]+/namespaces/(?P<namespace>[^/]+)"
    r"/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?(?:/(?P<part>[^/]+))?"
)
_VERBS = {"POST": "create", "DELETE": "delete", "PATCH": "patch"}


def rights_of(method: str, path: str, query: Mapping[str, str], applied: object) -> set[Right]:
    """Nothing for what is in no namespace: everybody may ask what they may do. `applied`: whether
    an object is applied, which makes it where there is none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return set()
    resource = "/".join(filter(None, (found["plural"], found["part"])))
    verb = _VERBS.get(method) or ("get" if found["name"] else "list")
    verb = "watch" if query.get("watch") == "true" else verb
    verbs = {verb, "create"} if applied else {verb}
    return {Right(found["group"] or "", resource, each) for each in verbs}


class Used:
    """The rights that were made use of while it recorded."""

    def __init__(self) -> None:
        self.rights: set[Right] = set()

    def record(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sent, socket = Api._sent, Api.socket

        @contextlib.asynccontextmanager
        async def recorded(
            api: Api,
            method: str,
            path: str,
            asked: str,
            query: Mapping[str, str],
            body: object,
            headers: Mapping[str, str],
            timeout: Any,
        ) -> AsyncIterator[Any]:
            self.rights |= rights_of(method, path, query, "apply" in headers["Content-Type"])
            async with sent(api, method, path, asked, query, body, headers, timeout) as response:
                yield response

        @contextlib.asynccontextmanager
        async def opened(
            api: Api, path: str, query: Mapping[str, str], protocol: str
        ) -> AsyncIterator[Any]:
            self.rights |= rights_of("GET", path, query, None)
            async with socket(api, path, query, protocol) as far:
                yield far

        monkeypatch.setattr(Api, "_sent", recorded)
        monkeypatch.setattr(Api, "socket", opened)
