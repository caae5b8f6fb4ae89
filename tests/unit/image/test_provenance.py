"""The statement of how an image came to be: whole, honest, of nobody's machine."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jupyter_modelship import __version__
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image.provenance import Inputs, provenance
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.image.sbom import Component
from jupyter_modelship.model import Source

INPUTS = Inputs(
    plan="1" * 64,
    bundle="2" * 64,
    notebook="3" * 64,
    lock="4" * 64,
    base="registry.example/python@sha256:" + "5" * 64,
    platform=Platform(),
    engine="buildah",
    commit="6" * 40,
    dirty=True,
    overrides=("secret-found",),
    replayed=2,
    versions={"uv": "0.13.9"},
)
DIGEST = "sha256:" + "7" * 64


def made(inputs: Inputs = INPUTS) -> bytes:
    return provenance(inputs, repository="registry.example/team/iris", digest=DIGEST)


def test_the_whole_statement() -> None:
    assert json.loads(made()) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "registry.example/team/iris", "digest": {"sha256": "7" * 64}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:jupyter-modelship:build:image:1",
                "externalParameters": {
                    "plan": {"sha256": "1" * 64},
                    "platform": "linux/amd64",
                    "overrides": ["secret-found"],
                },
                "internalParameters": {"engine": "buildah", "replayed": 2},
                "resolvedDependencies": [
                    {
                        "name": "base",
                        "uri": "docker://registry.example/python",
                        "digest": {"sha256": "5" * 64},
                    },
                    {"name": "bundle", "digest": {"sha256": "2" * 64}},
                    {"name": "notebook", "digest": {"sha256": "3" * 64}},
                    {"name": "requirements.lock", "digest": {"sha256": "4" * 64}},
                    {
                        "name": "source",
                        "digest": {"gitCommit": "6" * 40},
                        "annotations": {"changed": True},
                    },
                ],
            },
            "runDetails": {
                "builder": {
                    "id": "urn:jupyter-modelship:builder:own-machine:slsa-build-level-1",
                    "version": {"jupyter-modelship": __version__, "uv": "0.13.9"},
                }
            },
        },
    }


def test_an_image_that_nobody_has_run_is_said_to_be_unproven_where_it_would_run() -> None:
    there = replace(INPUTS, replayed=0, platform=Platform(architecture="arm64", variant="v8"))
    told = json.loads(made(there))["predicate"]["buildDefinition"]["internalParameters"]
    assert told == {"engine": "buildah", "unproven": "on linux/arm64/v8, when it was pushed"}


def test_the_same_inputs_have_the_same_bytes() -> None:
    assert made() == made(replace(INPUTS, versions=dict(INPUTS.versions)))


def test_what_was_built_or_installed_is_named_with_what_decided_its_bytes() -> None:
    commit = "a" * 40
    reference = f"git+https://git.example/team/maths@{commit}"
    sources = (
        Source("team-maths", "1.4", reference, commit),
        Source("arch", "1.0", "https://index.example/arch-1.0.tar.gz", "sha256:" + "8" * 64),
    )
    debian = (Component("libgomp1", "12.2.0-14", debian="amd64"),)
    document = json.loads(made(replace(INPUTS, sources=sources, debian=debian)))
    materials = document["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert materials[4:7] == [
        {"name": "team-maths", "uri": reference, "digest": {"gitCommit": commit}},
        {"name": "arch", "uri": "pkg:pypi/arch@1.0", "digest": {"sha256": "8" * 64}},
        {"name": "libgomp1", "uri": "pkg:deb/debian/libgomp1@12.2.0-14?arch=amd64"},
    ]


def test_outside_of_git_there_is_no_source() -> None:
    document = json.loads(made(replace(INPUTS, commit=None)))
    materials = document["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert [each["name"] for each in materials][-1] == "requirements.lock"


@pytest.mark.parametrize("field", ["plan", "bundle", "notebook", "lock", "commit"])
@pytest.mark.parametrize("value", ["", "/home/somebody/iris.ipynb", "A" * 64, "1" * 63])
def test_what_is_no_digest_does_not_get_in(field: str, value: str) -> None:
    with pytest.raises(ModelshipError, match="no digest"):
        made(replace(INPUTS, **{field: value}))  # type: ignore[arg-type] # all of them are text


def test_a_base_by_tag_does_not_get_in() -> None:
    with pytest.raises(ModelshipError, match="no digest"):
        made(replace(INPUTS, base="registry.example/python:3.11"))
