"""A repository of a registry: its addresses, and the rights that a request needs there."""

from __future__ import annotations

from dataclasses import dataclass

from .connection import Connection, Reply, Request
from .failures import refused


@dataclass(frozen=True, slots=True)
class Repository:
    connection: Connection
    name: str

    @property
    def pull(self) -> tuple[str, ...]:
        return (f"repository:{self.name}:pull",)

    @property
    def push(self) -> tuple[str, ...]:
        return (f"repository:{self.name}:pull,push",)

    def blob(self, digest: str) -> str:
        return f"/v2/{self.name}/blobs/{digest}"

    def manifest(self, reference: str) -> str:
        return f"/v2/{self.name}/manifests/{reference}"

    def __str__(self) -> str:
        return f"{self.connection.host}/{self.name}"


async def check(connection: Connection, repository: str = "") -> None:
    """Whether the registry answers and takes the login; with a repository, whether that may be
    written to as far as a token tells. Changes nothing. Raises StageFailed."""
    scopes = Repository(connection, repository).push if repository else ()
    reply = await connection.send(Request("GET", "/v2/", "its greeting", scopes))
    _ = reply


def unexpected(repository: Repository, what: str, reply: Reply, why: str) -> Exception:
    """The error for a reply that no registry should give."""
    return refused(repository.connection.host, what, reply.status, why)
