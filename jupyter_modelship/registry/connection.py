"""A registry, reached: requests with its login, its redirects followed without it, tried again."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import httpx

from jupyter_modelship.errors import StageFailed, UsageError

from .failures import TRANSIENT, Transient, body, refused, unreached
from .login import Login, read_login
from .patience import Patience
from .reference import api_host, is_loopback
from .tokens import Token, challenge, checked_realm, token_of, token_request

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_REDIRECTS = 5
_ERROR_LIMIT = 64 << 10

Body = Callable[[], bytes | AsyncIterator[bytes]]
"""Gives the body anew for each try."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a registry."""

    method: str
    url: str
    """A path below the registry's root, or an address that the registry gave."""
    what: str
    """For people: `the manifest of a/b`."""
    scopes: tuple[str, ...] = ()
    """`repository:NAME:pull[,push]`, as a token's."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    fine: tuple[int, ...] = ()
    """Statuses that are no failure, besides 2xx."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: httpx.Headers
    content: bytes


class Connection:
    """Use it as an asynchronous context. All errors are StageFailed with a remedy, UsageError for
    plain HTTP to another machine."""

    def __init__(
        self,
        host: str,
        *,
        auth_file: Path | None = None,
        ca_file: Path | None = None,
        insecure: bool = False,
        token_hosts: tuple[str, ...] = (),
        patience: Patience | None = None,
    ) -> None:
        """`host` is `host[:port]` as in references; `token_hosts` may be told its login, too."""
        if insecure and not is_loopback(host):
            raise UsageError(
                f"the registry {host} would be reached without TLS",
                remedy="plain HTTP is for a registry on this machine alone",
            )
        self.host = host
        self.sent = 0
        """Bytes of request bodies so far: also of those that had to be sent again."""
        self.patience = patience or Patience()
        self._origin = httpx.URL(f"{'http' if insecure else 'https'}://{api_host(host)}")
        self._insecure = insecure
        self._auth_file = auth_file
        self._token_hosts = token_hosts
        self._tokens: dict[tuple[str, ...], Token] = {}
        self._client = httpx.AsyncClient(
            verify=_trust(ca_file) if not insecure else False,
            timeout=TIMEOUT,
            headers={"User-Agent": "modelship", "Accept-Encoding": "identity"},
            limits=httpx.Limits(max_connections=8),
        )

    async def __aenter__(self) -> Connection:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def send(self, request: Request, *, limit: int = 4 << 20) -> Reply:
        """The whole reply, of at most `limit` bytes; tried again where that may help."""
        tries = self.patience.begin()
        while True:
            try:
                async with self.once(request) as response:
                    content = await self._read(response, request, limit)
                    return Reply(response.status_code, response.headers, content)
            except Transient as failure:
                await tries.again(failure)

    @asynccontextmanager
    async def once(self, request: Request) -> AsyncIterator[httpx.Response]:
        """The reply, its body to be read in the block; Transient where another try may help."""
        response = await self._reply(request)
        try:
            if response.is_success or response.status_code in request.fine:
                yield response
            else:
                raise await self._refusal(request, response)
        except httpx.TransportError as error:
            raise unreached(self.host, request.what, error) from error
        finally:
            await response.aclose()

    async def _reply(self, request: Request) -> httpx.Response:
        url = self._origin.join(request.url)
        self._check(url)
        response = await self._sent(request, url)
        for _ in range(_REDIRECTS):
            if not response.has_redirect_location or response.status_code in request.fine:
                return response
            await response.aclose()
            if request.method not in ("GET", "HEAD"):
                raise refused(self.host, request.what, response.status_code, "a redirect")
            url = url.join(response.headers["location"])
            self._check(url)
            response = await self._sent(request, url)
        return response

    def _check(self, url: httpx.URL) -> None:
        """A registry may send us elsewhere, but not out of TLS."""
        plain = self._insecure and url.scheme == "http" and is_loopback(_netloc(url))
        if url.userinfo or not (url.scheme == "https" or plain):
            raise StageFailed(
                f"the registry {self.host} sends to an address that is not reached by TLS",
                remedy="tell its administrator; behind a proxy it needs its outer address set",
                detail=f"{url.scheme}://{url.host}",
            )

    async def _sent(self, request: Request, url: httpx.URL) -> httpx.Response:
        """One exchange, and a second one where the registry wants to know who asks."""
        own = (url.scheme, _netloc(url)) == (self._origin.scheme, _netloc(self._origin))
        token = self._tokens.get(request.scopes) if own else None
        response = await self._exchange(request, url, token if token and token.fresh else None)
        asked = challenge(response) if own and response.status_code == 401 else None
        if asked is None or (asked.scheme == "basic" and token is not None):
            return response
        login = self._login(request)
        if login is None and asked.scheme == "basic":
            return response
        await response.aclose()
        if asked.scheme == "basic":
            assert login is not None, "else there was nothing to send"
            token = Token(login.basic, float("inf"))
        else:
            realm = checked_realm(
                asked.realm,
                _netloc(self._origin),
                login,
                allowed=self._token_hosts,
                insecure=self._insecure,
            )
            token = await self._token(token_request(realm, asked, request.scopes, login), login)
        self._tokens[request.scopes] = token
        return await self._exchange(request, url, token)

    def _login(self, request: Request) -> Login | None:
        name = request.scopes[0].split(":")[1] if request.scopes else ""
        return read_login(self._auth_file, self.host, name)

    async def _token(self, request: httpx.Request, login: Login | None) -> Token:
        what = "a token"
        try:
            response = await self._client.send(request)
        except httpx.TransportError as error:
            raise unreached(request.url.host, what, error) from None
        if not response.is_success:
            said = body(response.content, login.secrets if login else ())
            failure = refused(self.host, what, response.status_code, said)
            if response.status_code in TRANSIENT:
                raise Transient(failure, _delay(response))
            raise failure
        return token_of(response, self.host)

    async def _exchange(
        self, request: Request, url: httpx.URL, token: Token | None
    ) -> httpx.Response:
        headers = {**request.headers, **({"Authorization": token.header} if token else {})}
        content = request.body() if request.body is not None else None
        if content is not None:
            content = self._counted(content)
        made = self._client.build_request(request.method, url, headers=headers, content=content)
        try:
            return await self._client.send(made, stream=True, auth=None)
        except httpx.TransportError as error:
            raise unreached(self.host, request.what, error) from error

    def _counted(self, content: bytes | AsyncIterator[bytes]) -> bytes | AsyncIterator[bytes]:
        if isinstance(content, bytes):
            self.sent += len(content)
            return content
        return self._counting(content)

    async def _counting(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            self.sent += len(piece)
            yield piece

    async def _refusal(self, request: Request, response: httpx.Response) -> Exception:
        login = self._login(request)
        said = body(
            await self._read(response, request, _ERROR_LIMIT), login.secrets if login else ()
        )
        failure = refused(self.host, request.what, response.status_code, said)
        if response.status_code in TRANSIENT:
            return Transient(failure, _delay(response))
        return failure

    async def _read(self, response: httpx.Response, request: Request, limit: int) -> bytes:
        content = bytearray()
        async for piece in response.aiter_raw():
            content += piece
            if len(content) > limit:
                raise refused(self.host, request.what, response.status_code, f"over {limit} bytes")
        return bytes(content)


def _netloc(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")


def _delay(response: httpx.Response) -> float | None:
    """Retry-After in seconds (RFC 9110, 10.2.3); a date is not read."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdigit() else None


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """The system's authorities, and those of the file."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise StageFailed(
                f"{ca_file} holds no certificate authority that can be read",
                remedy="name a file with certificates in PEM format",
                detail=str(error),
            ) from error
    return context
