"""What an image is made of, for people who look for vulnerable parts: a CycloneDX 1.6 document.

Written as typed values: the library that makes such documents brings seven others, and of its form
we need a page. The tests hold ours against the official schema.
Sources: CycloneDX 1.6 JSON reference; package-url specification, types `deb`, `pypi` and `oci`.
"""

from __future__ import annotations

import email.parser
import email.policy
import urllib.parse
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from jupyter_modelship import __version__
from jupyter_modelship.model import Source

from .manifest import dump
from .recipe import Platform, System

MEDIA_TYPE = "application/vnd.cyclonedx+json"
_NAMESPACE = uuid.UUID("6d5f4f0e-53d0-5e6a-9d8e-6f1c5f7b2a41")
_SUFFIX = ".dist-info"


@dataclass(frozen=True, slots=True)
class Component:
    """A distribution in an image."""

    name: str
    version: str
    license: str = ""
    """SPDX expression, where its metadata has one."""
    commit: str = ""
    """`git+https://…@COMMIT` where its wheel was built of that: no index has it."""
    debian: str = ""
    """The architecture of a Debian package; empty: a Python distribution."""

    @property
    def purl(self) -> str:
        version = urllib.parse.quote(self.version, safe=".-_~")
        if self.debian:
            name = urllib.parse.quote(self.name, safe=".-_~")
            return f"pkg:deb/debian/{name}@{version}?arch={self.debian}"
        where = f"?vcs_url={urllib.parse.quote(self.commit, safe='/')}" if self.commit else ""
        return f"pkg:pypi/{canonicalize_name(self.name)}@{version}{where}"


def components(tree: Path, sources: Sequence[Source] = ()) -> tuple[Component, ...]:
    """What lies in a tree of packages, by name, as its metadata says; `sources` were built."""
    commits = {one.name: one.reference for one in sources if one.kind == "git"}
    found = []
    for path in tree.glob(f"*{_SUFFIX}/METADATA"):
        parser = email.parser.BytesHeaderParser(policy=email.policy.compat32)
        told = parser.parsebytes(path.read_bytes())
        named, _, version = path.parent.name.removesuffix(_SUFFIX).rpartition("-")
        name, number = str(told.get("Name") or named), str(told.get("Version") or version)
        spdx = str(told.get("License-Expression") or "")
        found.append(Component(name, number, spdx, commits.get(canonicalize_name(name), "")))
    return tuple(sorted(found, key=lambda each: (canonicalize_name(each.name), each.version)))


def debian_components(system: System | None) -> tuple[Component, ...]:
    """The Debian packages of a layer, as dpkg tells of them."""
    packages = system.packages if system else ()
    return tuple(Component(one.name, one.version, debian=one.architecture) for one in packages)


def sbom(
    service: str,
    *,
    bundle: str,
    base: str,
    platform: Platform,
    parts: Sequence[Component],
) -> bytes:
    """The document for a service's image; the same values give the same bytes.

    `bundle` is the bundle's digest (hexadecimal), `base` `host/path@sha256:…`.
    """
    whole = f"pkg:generic/{service}@{bundle}"
    listed = [_base(base, platform), _runtime(), *map(_part, parts)]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {"components": [_tool()]},
            "component": {
                "type": "application",
                "bom-ref": whole,
                "name": service,
                "version": bundle,
            },
        },
        "components": listed,
        "dependencies": _dependencies(whole, [str(each["bom-ref"]) for each in listed]),
    }
    serial = uuid.uuid5(_NAMESPACE, dump(document).decode())
    return dump({**document, "serialNumber": f"urn:uuid:{serial}"})


def _dependencies(whole: str, references: Iterable[str]) -> list[dict[str, object]]:
    listed = sorted(set(references))
    leaves: list[dict[str, object]] = [{"ref": each} for each in listed]
    return [{"ref": whole, "dependsOn": listed}, *leaves]


def _part(part: Component) -> dict[str, object]:
    told: dict[str, object] = {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "purl": part.purl,
    }
    return {**told, "licenses": [{"expression": part.license}]} if part.license else told


def _base(reference: str, platform: Platform) -> dict[str, object]:
    name, _, digest = reference.partition("@")
    last = name.rpartition("/")[2]
    where = urllib.parse.urlencode({"repository_url": name, "arch": platform.architecture})
    purl = f"pkg:oci/{last}@{urllib.parse.quote(digest, safe='')}?{where}"
    return {
        "type": "container",
        "bom-ref": purl,
        "name": name,
        "version": digest,
        "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}],
    }


def _runtime() -> dict[str, object]:
    reference = f"modelship_runtime@{__version__}"
    return {"type": "library", "bom-ref": reference, "name": "modelship_runtime",
            "version": __version__}  # fmt: skip


def _tool() -> dict[str, object]:
    return {"type": "application", "name": "jupyter-modelship", "version": __version__}
