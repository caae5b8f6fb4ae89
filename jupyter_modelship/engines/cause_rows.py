"""What a row of the table of causes is, and the rows about Debian packages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """A row: `signs` is a regular expression over a tool's whole output, case ignored."""

    code: str
    signs: str
    cause: str
    remedy: str


DEBIAN: tuple[Cause, ...] = (
    Cause(
        "apt-unreachable",
        r"^E: (?:failed to fetch|some index files failed)|^W: failed to fetch",
        "the servers that the base image gets Debian packages from cannot be reached",
        "check the network (a proxy: HTTP_PROXY), or take a base image whose sources.list names "
        "servers that this machine reaches",
    ),
    Cause(
        "apt-unknown",
        r"^E: (?:unable to locate package|package '\S+' has no installation candidate)",
        "the base image's Debian has no package of that name",
        "correct the name in the option `apt`; https://packages.debian.org knows all of them",
    ),
)
