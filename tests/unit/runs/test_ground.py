"""What an image stands on: platform, logins, and which services need a base at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.image import bases
from jupyter_modelship.image.platforms import platform_named, this_platform
from jupyter_modelship.places import Places
from jupyter_modelship.plan.options import Options
from jupyter_modelship.runs.basing import with_base
from jupyter_modelship.runs.ground import access_for

DIGEST = f"sha256:{'a' * 64}"


def test_the_platform_is_the_one_that_was_chosen_or_this_machines() -> None:
    assert str(platform_named("linux/arm64")) == "linux/arm64"
    assert platform_named("").os == "linux"
    assert platform_named("").architecture not in ("x86_64", "aarch64", "")


def test_logins_are_where_podman_buildah_and_docker_write_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, runtime, named = tmp_path / "home", tmp_path / "run", tmp_path / "named.json"
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    for name in ("REGISTRY_AUTH_FILE", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    reference = f"registry.example/python@{DIGEST}"
    assert access_for(reference).auth_file is None
    # From the weakest: each goes before those above it.
    for path in (
        home / ".docker" / "config.json",
        home / ".config" / "containers" / "auth.json",
        runtime / "containers" / "auth.json",
    ):
        path.parent.mkdir(parents=True)
        path.write_text("{}")
        assert access_for(reference).auth_file == path
    named.write_text("{}")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(named))
    assert access_for(reference).auth_file == named


def test_plain_http_is_for_this_machine_alone() -> None:
    assert not access_for(f"registry.example/python@{DIGEST}", "").insecure
    assert access_for(f"127.0.0.1:5000/python@{DIGEST}").insecure


def test_a_target_without_images_gets_no_base(here: Places) -> None:
    assert with_base(Options(), "3.11", here) == (Options(), ())


def test_a_base_is_the_one_that_was_named_or_the_pythons_own(here: Places) -> None:
    asked = Options(target="container", base=f"registry.example/python@{DIGEST}")
    there = replace(asked, platform=str(this_platform()))
    assert with_base(asked, "3.11", here) == (there, ())
    options, found = with_base(Options(target="container"), "3.11", here)
    assert found == ()
    assert options.base == str(bases.known_bases(here)["3.11"])


def test_the_plan_names_the_platform_that_was_chosen_or_this_machines(here: Places) -> None:
    given = Options(target="container", platform="linux/arm64")
    assert with_base(given, "3.11", here)[0].platform == "linux/arm64"
    assert with_base(Options(target="container"), "3.11", here)[0].platform == str(this_platform())


def test_a_python_without_a_known_base_is_said(here: Places) -> None:
    options, (found,) = with_base(Options(target="container"), "2.7", here)
    assert (options.base, found.code, found.severity) == ("", "base-missing", "block")
    assert "--refresh" in found.remedy
