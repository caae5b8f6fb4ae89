"""The options as one table: the fields of `Options`.

From it come the JSON schema of the notebook metadata `modelship`, the flags of the command line,
the validation of both, and the page of the documentation. Metadata < flags; policy bounds both.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from .kinds import NAME, Choice, Kind, Names, Number, Switch, Text, Values

SCHEMA_VERSION = 1
SCHEMA_ID = "urn:jupyter-modelship:options:1"
KEEP_ALIVE = 75.0
"""Seconds; what a service does when nobody says otherwise. Proxies keep connections for 60 s."""
LABEL = Text(
    "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", "lower-case letters, digits and hyphens, 63 at most"
)
DEBIAN = r"[a-z0-9][a-z0-9+.-]{1,127}"
"""A Debian package (Debian policy manual, section 5.6.7)."""
_PYTHON = Names(NAME, "names of functions")
_VARIABLES = Names("[A-Za-z_][A-Za-z0-9_]*", "names of environment variables")
_HOST = Text(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*",
    "a host name in lower case",
)
_REPOSITORY = (
    r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?"
    r"(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*){1,16}"
)

By = Literal["line", "target"]
"""Who honours an option: the line itself, for every target, or the target, which says so."""


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table."""

    name: str
    kind: Kind
    default: object
    help: str
    by: By

    @property
    def flag(self) -> str:
        """`--body-limit` for `body_limit`; what repeats is said in the singular."""
        singular = {"secrets": "secret", "parameters": "parameter"}.get(self.name, self.name)
        return f"--{singular.replace('_', '-')}"


def _option(default: object, kind: Kind, by: By, text: str) -> Any:
    return dataclasses.field(
        default_factory=lambda: default, metadata={"kind": kind, "help": text, "by": by}
    )


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may choose, merged and checked. Sizes in bytes, times in seconds."""

    name: str = _option(
        "", LABEL, "line", "Name of the service; without it, made from the notebook's file name."
    )
    target: str = _option(
        "local", Choice(("local", "container", "kubernetes")), "line", "Where the service runs."
    )
    endpoint: tuple[str, ...] = _option(
        (), _PYTHON, "line", "Functions to serve, instead of those that are tagged `endpoint`."
    )
    parameters: Mapping[str, object] = _option(
        MappingProxyType({}),
        Values(),
        "line",
        "Values for names of the cell tagged `parameters`, as the rehearsal runs it.",
    )
    compare: str = _option(
        "tolerance",
        Choice(("exact", "tolerance", "shape", "off")),
        "line",
        "How an example's reply must agree with the notebook's.",
    )
    cell_time_limit: float = _option(
        3600.0, Number(1, 7 * 86_400, "seconds"), "line", "Time a cell may take in the rehearsal."
    )
    body_limit: int = _option(
        1_048_576, Number(1, 1 << 26, "bytes", whole=True), "line", "Largest request body."
    )
    depth_limit: int = _option(
        64, Number(1, 512, whole=True), "line", "Deepest nesting of a request body."
    )
    time_limit: float = _option(
        60.0, Number(0.001, 86_400, "seconds"), "line", "Time that answering a request may take."
    )
    execution: str = _option(
        "auto",
        Choice(("auto", "inline", "thread")),
        "line",
        "Where an endpoint's code runs: on the event loop, on a thread, or as measured.",
    )
    env: tuple[str, ...] = _option(
        (), _VARIABLES, "target", "Environment variables of the service, by name; never values."
    )
    secrets: tuple[str, ...] = _option(
        (), _VARIABLES, "target", "Secret environment variables, by name; never values."
    )
    token: bool = _option(True, Switch(), "target", "Whether callers must show a token.")
    docs: bool = _option(True, Switch(), "target", "Whether the service has a page to try it.")
    port: int = _option(
        0, Number(0, 65_535, whole=True), "target", "Port to listen on; 0 chooses one and keeps it."
    )
    drain: float = _option(
        10.0, Number(0, 3600, "seconds"), "target", "Time for open requests when a revision ends."
    )
    keep_alive: float = _option(
        KEEP_ALIVE,
        Number(1, 3600, "seconds"),
        "target",
        "Time a connection is kept between two requests: longer than a proxy in front keeps it.",
    )
    keep_revisions: int = _option(
        5, Number(1, 100, whole=True), "target", "Revisions kept to roll back to."
    )
    grace: float = _option(
        60.0,
        Number(0, 3600, "seconds"),
        "target",
        "Time after a deploy in which a revision that fails gives way to the one before; 0: never.",
    )
    memory: int = _option(
        0, Number(1 << 20, 1 << 50, "bytes", whole=True), "target", "Memory of one replica."
    )
    cpu: float = _option(0.0, Number(0.01, 1024), "target", "Processor cores of one replica.")
    replicas: int = _option(1, Number(1, 1000, whole=True), "target", "Copies that serve.")
    max_replicas: int = _option(
        0,
        Number(1, 1000, whole=True),
        "target",
        "Copies that serve at most, as the load asks for them, from `replicas` on.",
    )
    engine: str = _option(
        "auto",
        Choice(("auto", "buildah", "oci", "podman", "docker")),
        "target",
        "What makes the image; auto takes the first that works here.",
    )
    base: str = _option(
        "",
        Text(_REPOSITORY + "@sha256:[0-9a-f]{64}", "an image by digest: registry/name@sha256:…"),
        "target",
        "Image that the service's image is made upon; without it, the notebook's Python, slim.",
    )
    apt: tuple[str, ...] = _option(
        (),
        Names(DEBIAN, "names of Debian packages"),
        "target",
        "Debian packages to install upon the base; this runs their scripts when the image is made.",
    )
    repository: str = _option(
        "",
        Text(_REPOSITORY, "a registry and a name: registry.example/team/iris"),
        "target",
        "Where the image is pushed; without it, it stays on this machine.",
    )
    platform: str = _option(
        "",
        Choice(("linux/amd64", "linux/arm64")),
        "target",
        "What the image is made for; without it, this machine's own.",
    )
    namespace: str = _option("", LABEL, "target", "Namespace of the cluster.")
    host: str = _option("", _HOST, "target", "Host name under which the service is reached.")
    egress: tuple[str, ...] = _option(
        (),
        Names("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", "names that the policy gives to addresses"),
        "target",
        "What the service may reach, by the names that the administrator's policy gives it.",
    )


@lru_cache(maxsize=1)
def table() -> Mapping[str, Option]:
    """Every option by name, in the order in which people read them."""
    defaults = Options()
    return MappingProxyType(
        {
            field.name: Option(
                name=field.name,
                kind=field.metadata["kind"],
                default=getattr(defaults, field.name),
                help=field.metadata["help"],
                by=field.metadata["by"],
            )
            for field in dataclasses.fields(Options)
        }
    )


def options_schema() -> dict[str, object]:
    """JSON Schema 2020-12 of the notebook metadata `modelship`."""
    properties: dict[str, object] = {
        "version": {"const": SCHEMA_VERSION, "description": "Version of this schema."}
    }
    for option in table().values():
        properties[option.name] = {**option.kind.schema(), "description": option.help}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Options of jupyter_modelship in a notebook's metadata",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def as_json(options: Options) -> dict[str, object]:
    """The options as JSON values, every one of them, in the order of the table."""
    return {name: _plain(getattr(options, name)) for name in table()}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
