"""The line with an image, by an ordinary user: from a notebook to a container that answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.line.conftest import write_book

from .conftest import Base
from .registries import Registry

pytestmark = pytest.mark.ordinary_user
DOUBLE = ("# modelship: endpoint\ndef double(x: int) -> int:\n    return FACTOR * x", "endpoint")
CALL = ("double(21)", "example")
TOKEN = "ghp_" + "R4nd0mL00k1ngT0k3nW1thEn0ughCh4rs0123"[:36]


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


@pytest.fixture(scope="module")
def person(registry: Registry, base: Base) -> Iterator[Person]:
    folder = Path(tempfile.mkdtemp(prefix="person-"))
    made = Person(folder, registry, base)
    yield made
    for seen in made.modelship("list")[1]:
        made.modelship("delete", seen["service"], "--yes")
    shutil.rmtree(folder, ignore_errors=True)


def test_from_a_notebook_to_a_container_and_on_to_the_next_revision(person: Person) -> None:
    repository = f"{person.registry.host}/team/double"
    code, first = person.deploy("double", "--repository", repository)
    assert (code, first["target"], first["revision"]) == (0, "container", 1), first
    assert person.reply("double") == 8
    before = person.manifest("team/double", "double")
    # Three layers above the base: packages, code; there is no artifact in this notebook.
    assert len(before["layers"]) == 3
    assert before["annotations"]["org.opencontainers.image.title"] == "double"
    image = person.modelship("status", "double")[1]["image"]
    assert image["reference"].startswith(f"{repository}@sha256:")
    about = {one["name"]: person.blob("team/double", one["digest"]) for one in image["documents"]}
    assert {"sbom", "provenance"} == set(about)
    assert about["sbom"]["metadata"]["component"]["name"] == "double"
    assert image["reference"].endswith(about["provenance"]["subject"][0]["digest"]["sha256"])
    assert str(person.folder) not in json.dumps(about)

    code, second = person.deploy("double", "--repository", repository, factor="3")
    assert (code, second["revision"], second["url"]) == (0, 2, first["url"]), second
    assert person.reply("double") == 12
    after = person.manifest("team/double", "double")
    assert after["layers"][:2] == before["layers"][:2]
    assert after["layers"][2]["digest"] != before["layers"][2]["digest"]
    assert after["layers"][2]["size"] < 1_000_000


def test_without_a_repository_nothing_is_pushed(person: Person) -> None:
    known = person.registry.stored
    code, told = person.deploy("alone")
    assert code == 0, told
    assert person.reply("alone") == 8
    assert person.registry.stored == known


def test_a_credential_in_the_notebook_stops_before_anything_is_built(person: Person) -> None:
    code, told = person.deploy("leaks", factor=f'2\nTOKEN = "{TOKEN}"')
    assert code == 3, told
    (found,) = told["error"]["findings"] if "error" in told else told["findings"]
    assert (found["code"], found["number"]) == ("secret-found", 1)
    assert TOKEN not in json.dumps(told)


def test_a_base_that_no_wheel_runs_on_is_said_before_the_build(person: Person) -> None:
    wrong = f"{person.registry.host}/bases/none@sha256:{'0' * 64}"
    code, told = person.deploy("wrong", "--base", wrong)
    assert code == 1, told
    assert "bases/none" in told["error"]["message"]
    assert told["error"]["remedy"]
