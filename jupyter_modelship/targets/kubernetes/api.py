"""The cluster's API: plain objects in and out, every call with a time-out, refusals as errors."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

from jupyter_modelship.bundle.release.naming import MANAGER

from .failures import ApiRefused, ApiSilent, passing, pauses, refusal, wished
from .kinds import JSON, OWNERS, Kind, Object, kind_of, name_of, told
from .library import library

if TYPE_CHECKING:
    from kubernetes.aio.client import ApiClient

CONNECT_SECONDS = 5.0
CALL_SECONDS = 20.0
QUIET_SECONDS = 60.0
"""A stream that says nothing for so long is taken for dead, where it should say something."""
_PAGE = 250
"""Objects of an answer: decoding so many keeps an event loop for a few milliseconds."""
_APPLY = "application/apply-patch+yaml"
_WARNING = re.compile(r'\d{3} \S+ "((?:[^"\\]|\\.)*)"(?: "[^"]*")?')
_MERGE = "application/merge-patch+json"
_TRIES = 3
Query = Mapping[str, str]


class Api:
    """Calls to one cluster. One that is silent, or busy, is asked again for `patience` seconds."""

    def __init__(self, client: ApiClient, host: str, *, patience: float = 0.0) -> None:
        self._client: Any = client  # its methods carry no types
        self.host = host
        self.patience = patience

    def patient(self, seconds: float) -> Api:
        """The same, for so long. It is closed with this one."""
        return Api(self._client, self.host, patience=seconds)

    async def close(self) -> None:
        await self._client.close()

    async def call(
        self,
        method: str,
        path: str,
        asked: str,
        *,
        query: Query = {},  # noqa: B006 - read only
        body: object = None,
        kind: str = JSON,
        accept: str = JSON,
        seconds: float = CALL_SECONDS,
    ) -> Any:
        """The decoded reply. `asked` is what the call is for, after "refuses to".

        Raises ApiRefused, and ApiSilent after `seconds`. What is asked again may have been done:
        every call here does no harm the second time.
        """
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        headers = {"Content-Type": kind, "Accept": accept}
        waits = pauses(self.patience)
        while True:
            try:
                return await self._answered(method, path, asked, query, body, headers, timeout)
            except (ApiSilent, ApiRefused) as error:
                pause = next(waits, None) if passing(error) else None
                if pause is None:
                    raise
                pause = max(pause, wished(error))
            await asyncio.sleep(pause)

    async def _answered(self, method: str, path: str, asked: str, *how: Any) -> Any:
        async with self._sent(method, path, asked, *how) as response:
            content = await response.read()
            if not 200 <= response.status < 300:
                raise ApiRefused(refusal(response.status, content, response.headers), asked)
            return json.loads(content) if content else {}

    @asynccontextmanager
    async def lines(
        self,
        path: str,
        asked: str,
        *,
        query: Query,
        quiet: float | None = QUIET_SECONDS,
        accept: str = JSON,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The lines of a reply as they come; ApiSilent where none comes for `quiet` seconds."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=quiet)
        headers = {"Content-Type": JSON, "Accept": accept}
        async with self._sent("GET", path, asked, query, None, headers, timeout) as response:
            if response.status != 200:
                content = await response.read()
                raise ApiRefused(refusal(response.status, content, response.headers), asked)
            yield _split(response.content)

    @asynccontextmanager
    async def _sent(
        self,
        method: str,
        path: str,
        asked: str,
        query: Query,
        body: object,
        headers: Mapping[str, str],
        timeout: aiohttp.ClientTimeout,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        call = await self._client.param_serialize(
            method,
            path,
            query_params=list(query.items()),
            header_params=dict(headers),
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            reply = await self._client.call_api(*call, _request_timeout=timeout)
            async with reply.response as response:
                yield response
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise ApiSilent(
                f"the cluster at {self.host} does not answer, asked to {asked}: "
                f"{str(error) or type(error).__name__}",
                remedy="check the network and `kubectl get pods`, then try again",
            ) from error

    @asynccontextmanager
    async def socket(self, path: str, query: Query, protocol: str) -> AsyncIterator[Any]:
        """A WebSocket to a part of the API. Raises what aiohttp raises."""
        # One for each: it is closed with what it carries, and with nothing else.
        client = library().WsApiClient(self._client.configuration)
        try:
            _, url, headers, _, _ = await client.param_serialize(
                "GET",
                path,
                query_params=list(query.items()),
                header_params={"sec-websocket-protocol": protocol},
                auth_settings=["BearerToken"],
            )
            reply = await client.call_api("GET", url, headers, _preload_content=False)
            async with reply.response as far:
                yield far
        finally:
            await client.close()

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """The object, or None where there is none."""
        asked = f"read {kind.name.lower()} {name}"
        try:
            found: Object = await self.call("GET", kind.path(namespace, name), asked)
        except ApiRefused as error:
            if error.refusal.code == 404:
                return None
            raise
        return found

    async def list(
        self, kind: Kind, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[Sequence[Object], str]:
        """All objects of a kind, page by page, and the resource version to watch from."""
        asked = f"list {kind.plural} in {namespace or 'the cluster'}"
        query = {"limit": str(_PAGE), "labelSelector": labels, "fieldSelector": fields}
        query = {name: value for name, value in query.items() if value}
        items: list[Object] = []
        while True:
            reply = await self.call(
                "GET", kind.path(namespace), asked, query=query, accept=kind.accept("List")
            )
            items += reply.get("items") or ()
            going_on = reply["metadata"].get("continue")
            if not going_on:
                return items, str(reply["metadata"].get("resourceVersion") or "")
            query = {**query, "continue": going_on}

    async def apply(self, each: Object, *, dry: bool = False) -> Object:
        """Server-side apply as our field manager. Fields of others are never taken by force.

        The number of replicas that an autoscaler has set is changed as one changes it then: by the
        part `scale`. A dry run passes over it.
        """
        for left in reversed(range(_TRIES)):
            try:
                return await self._applied(each, dry=dry)
            except ApiRefused as error:
                if not (left and error.refusal.only_replicas):
                    raise
            if dry:
                return each
            await self._scale(each)
        raise AssertionError("the last try returns or raises")

    async def _scale(self, each: Object) -> None:
        namespace, name = str(each["metadata"]["namespace"]), name_of(each)
        await self.call(
            "PATCH",
            kind_of(each).path(namespace, name, sub="scale"),
            f"scale {told(each)}",
            query={"fieldManager": MANAGER},
            body={"spec": {"replicas": each["spec"]["replicas"]}},
            kind=_MERGE,
        )

    async def _applied(self, each: Object, *, dry: bool) -> Object:
        namespace, name = str(each["metadata"]["namespace"]), name_of(each)
        query = {"fieldManager": MANAGER, "force": "false", "fieldValidation": "Strict"}
        made: Object = await self.call(
            "PATCH",
            kind_of(each).path(namespace, name),
            f"apply {told(each)}",
            query={**query, "dryRun": "All"} if dry else query,
            body=each,
            kind=_APPLY,
        )
        return made

    async def warnings(self, each: Object) -> tuple[str, ...]:
        """What the cluster warns of (RFC 9111, 5.5), were it given this object. Makes nothing."""
        namespace, name = str(each["metadata"]["namespace"]), name_of(each)
        asked = f"apply {told(each)}"
        query = {"fieldManager": MANAGER, "force": "false", "dryRun": "All"}
        query["fieldValidation"] = "Strict"
        path = kind_of(each).path(namespace, name)
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS)
        headers = {"Content-Type": _APPLY, "Accept": JSON}
        async with self._sent("PATCH", path, asked, query, each, headers, timeout) as response:
            content = await response.read()
            if not 200 <= response.status < 300:
                raise ApiRefused(refusal(response.status, content, response.headers), asked)
            return tuple(map(_warning, response.headers.getall("Warning", ())))

    async def mark(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        *,
        labels: Mapping[str, str] = {},
        annotations: Mapping[str, str] = {},
        version: str = "",
    ) -> None:
        """Set labels and annotations of an object that we have made, and nothing else of it.
        Raises ApiRefused (409) where it is not of that resource version any more."""
        held = {"resourceVersion": version} if version else {}
        await self.call(
            "PATCH",
            kind.path(namespace, name),
            f"label {kind.name.lower()} {name}",
            query={"fieldManager": MANAGER},
            body={"metadata": {"labels": dict(labels), "annotations": dict(annotations), **held}},
            kind=_MERGE,
        )

    async def create(self, each: Object) -> Object:
        """Make an object that must not be there yet. Raises ApiRefused (409) where it is; that may
        be the same one, of a call whose answer was lost.

        Sent as YAML, which JSON is: that the API brings into its own form, in which data that may
        never change (of a ControllerRevision) is found unchanged when a label of it is set.
        """
        namespace = str(each["metadata"]["namespace"])
        made: Object = await self.call(
            "POST",
            kind_of(each).path(namespace),
            f"create {told(each)}",
            query={"fieldManager": MANAGER, "fieldValidation": "Strict"},
            body=json.dumps(each),
            kind="application/yaml",
        )
        return made

    async def delete(
        self, kind: Kind, namespace: str, name: str, *, uid: str, version: str = ""
    ) -> None:
        """Delete that very object; one that is gone is gone, one of the same name is left. Raises
        ApiRefused (409) where it is not of that resource version any more."""
        held = {"resourceVersion": version} if version else {}
        body = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": "Foreground" if kind in OWNERS else "Background",
            "preconditions": {"uid": uid, **held},
        }
        path, asked = kind.path(namespace, name), f"delete {kind.name.lower()} {name}"
        try:
            await self.call("DELETE", path, asked, body=body)
        except ApiRefused as error:
            if error.refusal.code != 404:
                raise


def _warning(header: str) -> str:
    """The text of `299 - "text"`."""
    match = _WARNING.fullmatch(header.strip())
    return match[1].replace('\\"', '"') if match else header


async def _split(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Lines of whatever length."""
    kept = bytearray()
    async for chunk in content.iter_any():
        kept += chunk
        while (end := kept.find(b"\n")) >= 0:
            yield bytes(kept[:end])
            del kept[: end + 1]
    if kept:
        yield bytes(kept)
