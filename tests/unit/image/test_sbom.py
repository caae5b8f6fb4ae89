"""The bill of materials: as the official schema wants it, the same bytes for the same image."""

from __future__ import annotations

import json
import sysconfig
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from jupyter_modelship import __version__
from jupyter_modelship.image.recipe import DebianPackage, Platform, System
from jupyter_modelship.image.sbom import Component, components, debian_components, sbom
from jupyter_modelship.model import Source

BASE = "registry.example:5000/bases/python@sha256:" + "ab" * 32
BUNDLE = "cd" * 32
PARTS = (
    Component("numpy", "2.4.6", "BSD-3-Clause"),
    Component("Some.Odd_Name", "1!2.0+local"),
)


def made(service: str = "iris", parts: tuple[Component, ...] = PARTS) -> bytes:
    return sbom(service, bundle=BUNDLE, base=BASE, platform=Platform(), parts=parts)


def test_it_is_what_the_official_schema_wants() -> None:
    check = JsonStrictValidator(SchemaVersion.V1_6)
    assert check.validate_str(made().decode()) is None
    broken = made().decode().replace('"type":"container"', '"type":"ship"')
    assert check.validate_str(broken) is not None


def test_every_part_is_listed_with_its_address() -> None:
    document = json.loads(made())
    listed = [(each["type"], each["name"], each.get("purl")) for each in document["components"]]
    oci = "pkg:oci/python@sha256%3A" + "ab" * 32
    where = "repository_url=registry.example%3A5000%2Fbases%2Fpython&arch=amd64"
    assert listed == [
        ("container", "registry.example:5000/bases/python", f"{oci}?{where}"),
        ("library", "modelship_runtime", None),
        ("library", "numpy", "pkg:pypi/numpy@2.4.6"),
        ("library", "Some.Odd_Name", "pkg:pypi/some-odd-name@1%212.0%2Blocal"),
    ]
    assert document["components"][1]["version"] == __version__
    assert document["components"][2]["licenses"] == [{"expression": "BSD-3-Clause"}]
    whole, *leaves = document["dependencies"]
    assert whole["ref"] == document["metadata"]["component"]["bom-ref"]
    assert whole["dependsOn"] == [leaf["ref"] for leaf in leaves]


def test_the_same_image_has_the_same_bytes_and_another_another_number() -> None:
    assert made() == made()
    numbers = {json.loads(text)["serialNumber"] for text in (made(), made("wine"))}
    assert len(numbers) == 2
    assert b"timestamp" not in made()


def test_parts_are_read_of_a_tree() -> None:
    site = Path(sysconfig.get_paths()["platlib"])
    found = components(site)
    by_name = {part.name: part for part in found}
    assert by_name["numpy"].version
    assert "BSD" in by_name["numpy"].license
    assert list(found) == sorted(found, key=lambda part: (part.purl.split("@")[0], part.version))
    check = JsonStrictValidator(SchemaVersion.V1_6)
    text = sbom("all", bundle=BUNDLE, base=BASE, platform=Platform(), parts=found)
    assert check.validate_str(text.decode()) is None


def test_debian_packages_and_what_was_built_have_addresses_of_their_own(tmp_path: Path) -> None:
    info = tmp_path / "team_maths-1.4.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: team-maths\nVersion: 1.4\n")
    reference = "git+https://git.example/team/maths@" + "a" * 40
    packages = (DebianPackage("libstdc++6", "12.2.0-14", "amd64"),)
    parts = (
        *components(tmp_path, [Source("team-maths", "1.4", reference, "a" * 40)]),
        *debian_components(System(tmp_path, "", "", packages)),
    )
    assert [part.purl for part in parts] == [
        "pkg:pypi/team-maths@1.4?vcs_url=git%2Bhttps%3A//git.example/team/maths%40" + "a" * 40,
        "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64",
    ]
    text = sbom("team", bundle=BUNDLE, base=BASE, platform=Platform(), parts=parts)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.decode()) is None
    assert debian_components(None) == ()


def test_metadata_that_says_nothing_is_no_obstacle(tmp_path: Path) -> None:
    info = tmp_path / "odd_one-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_bytes(b"\xff\xfe\n\n")
    assert components(tmp_path) == (Component("odd_one", "1.0"),)
