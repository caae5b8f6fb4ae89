"""Somebody who deploys notebooks as containers, by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.line.conftest import write_book

from .registries import Registry

if TYPE_CHECKING:
    from .conftest import Base

DOUBLE = ("# modelship: endpoint\ndef double(x: int) -> int:\n    return FACTOR * x", "endpoint")
CALL = ("double(21)", "example")


@dataclass
class Person:
    """Somebody with a folder of notebooks, a registry and the command line."""

    folder: Path
    registry: Registry
    base: Base

    def modelship(self, *words: str) -> tuple[int, Any]:
        """`modelship WORDS --json`: exit code, and what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "jupyter_modelship.cli", *words, "--json"],
            env={**os.environ, "MODELSHIP_HOME": str(self.folder / "home")},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            raise AssertionError(f"{words}: {done.stdout}{done.stderr}") from None

    def reply(self, service: str) -> object:
        """What `double` of 4 is there."""
        code, told = self.modelship("call", service, "double", '{"x": 4}')
        assert code == 0, told
        return told["reply"]

    def deploy(self, name: str, *flags: str, factor: str = "2") -> tuple[int, Any]:
        write_book(self.folder / f"{name}.ipynb", f"FACTOR = {factor}", DOUBLE, CALL)
        image = ("--target", "container", "--base", self.base.reference, "--engine", "oci")
        return self.modelship("deploy", f"{name}.ipynb", "--yes", *image, *flags)

    def manifest(self, repository: str, reference: str) -> Mapping[str, Any]:
        accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
        return self._read(f"{repository}/manifests/{reference}", accept)

    def blob(self, repository: str, digest: str) -> Mapping[str, Any]:
        return self._read(f"{repository}/blobs/{digest}", {})

    def _read(self, path: str, headers: dict[str, str]) -> Mapping[str, Any]:
        url = f"http://{self.registry.host}/v2/{path}"
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as reply:
            found: Mapping[str, Any] = json.loads(reply.read())
            return found
