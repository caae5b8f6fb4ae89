"""What a registry's refusals mean, each in words that a person can act on.

No message has a header, a query or a credential in it.
"""

from __future__ import annotations

import errno
import json
import socket
import ssl
from collections.abc import Iterable, Iterator

import httpx

from jupyter_modelship.errors import StageFailed

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_BODY_LIMIT = 2000


class Transient(Exception):
    """It may work later: `final` is what to raise when it does not, `delay` what was asked for."""

    def __init__(self, final: StageFailed, delay: float | None = None) -> None:
        super().__init__(final.message)
        self.final = final
        self.delay = delay
        """Seconds."""


_STATUS: dict[int, tuple[str, str]] = {
    400: ("did not understand the request", "see the detail; the registry may be very old"),
    401: ("wants a login", "log in: podman login --authfile FILE HOST, and name the file"),
    403: ("does not allow it", "ask its administrator for the right to this repository"),
    404: ("does not have it", "check the name; where a repository is made by hand, make it first"),
    405: ("does not support it", "see the detail; another registry may"),
    413: ("does not take anything this big", "raise its limit, or that of the proxy before it"),
    416: ("has another part of the upload than we do", "try again"),
    429: ("is asked too often", "wait, then try again; a login often raises the limit"),
    507: ("has no space left", "free space in the registry, then try again"),
}


def refused(host: str, what: str, status: int, detail: str = "") -> StageFailed:
    """The error for a reply that says no; `what` was asked for, e.g. `the manifest of a/b`."""
    if status >= 500 and status != 507:
        words = "has a fault of its own", "try again later; tell its administrator"
    else:
        words = _STATUS.get(status, ("refused", "see the detail"))
    said, remedy = words
    return StageFailed(
        f"the registry {host} {said} ({status}): {what}",
        remedy=remedy.replace("HOST", host),
        detail=detail,
    )


def body(content: bytes, secrets: Iterable[str]) -> str:
    """What a registry said about its refusal (distribution specification, "Error codes")."""
    text = content[:_BODY_LIMIT].decode("utf-8", "replace")
    try:
        errors = json.loads(content)["errors"]
        text = "\n".join(f"{one.get('code', '')}: {one.get('message', '')}" for one in errors)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    for secret in secrets:
        text = text.replace(secret, "***")
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def unreached(host: str, what: str, error: httpx.TransportError) -> StageFailed | Transient:
    """Why there was no reply: an error to raise, or one that may go away."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(host, cause)
        if isinstance(cause, ssl.SSLError) and "WRONG_VERSION" in str(cause):
            return StageFailed(
                f"the registry {host} does not speak TLS",
                remedy="a registry on this machine may be plain HTTP, where the policy says so",
            )
        if isinstance(cause, socket.gaierror):
            return _unknown(host, cause)
        if isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED:
            return Transient(
                StageFailed(
                    f"nothing listens at {host}",
                    remedy="check host and port; start the registry, or reach its network first",
                )
            )
    slow = isinstance(error, httpx.TimeoutException)
    said = "does not answer in time" if slow else "broke the connection"
    detail = f"{what}: {type(error).__name__}"
    remedy = "check the network between here and the registry, then try again"
    return Transient(StageFailed(f"the registry {host} {said}", remedy=remedy, detail=detail))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _untrusted(host: str, cause: ssl.SSLCertVerificationError) -> StageFailed:
    return StageFailed(
        f"the certificate of {host} is not trusted: {cause.verify_message}",
        remedy="name the file with the authority that signed it (policy `registry.ca_file`)",
    )


def _unknown(host: str, cause: socket.gaierror) -> StageFailed | Transient:
    failure = StageFailed(
        f"there is no host of the name {host}",
        remedy="check the registry's name; a private one may need a VPN",
        detail=str(cause.strerror),
    )
    return Transient(failure) if cause.errno == socket.EAI_AGAIN else failure
