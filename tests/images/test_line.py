"""The line with an image, by an ordinary user: from a notebook to a container that answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .person import Person

pytestmark = pytest.mark.ordinary_user
TOKEN = "ghp_" + "R4nd0mL00k1ngT0k3nW1thEn0ughCh4rs0123"[:36]


def test_from_a_notebook_to_a_container_and_on_to_the_next_revision(person: Person) -> None:
    repository = f"{person.registry.host}/team/double"
    code, first = person.deploy("double", "--repository", repository)
    assert (code, first["target"], first["revision"]) == (0, "container", 1), first
    assert person.reply("double") == 8
    before = person.manifest("team/double", "double")
    # Three layers above the base: packages, code; there is no artifact in this notebook.
    assert len(before["layers"]) == 3
    assert before["annotations"]["org.opencontainers.image.title"] == "double"
    image = _attested(person, "double")
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


def _attested(person: Person, service: str) -> Any:
    """Its image with its documents: a status waits 3 s for a registry, a busy one takes longer."""
    while (image := person.modelship("status", service)[1]["image"])["documents"] is None:
        pass
    return image


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
