"""The base image: known by its digest, allowed by the administrator, or a finding that says why."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.bases import (
    MINORS,
    OFFICIAL,
    Base,
    choose_base,
    known_bases,
    refresh_bases,
)
from jupyter_modelship.model import Finding
from jupyter_modelship.places import Places, private
from jupyter_modelship.plan.policy import Policy

D1, D2, D3 = (f"sha256:{digit * 64}" for digit in "123")
KNOWN = {"3.11": Base(OFFICIAL, "3.11-slim", D1, "2026-01-01")}
OWN = f"registry.example:5000/bases/python:3.11-slim@{D2}"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(private(tmp_path / "s"), private(tmp_path / "c"), private(tmp_path / "r"))


def lists(*bases: str) -> Policy:
    return Policy("policy", bases=bases)


def test_what_ships_is_by_digest_and_says_since_when(places: Places) -> None:
    known = known_bases(places)
    assert set(known) <= set(MINORS)
    assert {"3.11", "3.12", "3.13"} <= set(known)
    for minor, base in known.items():
        assert re.fullmatch(r"docker\.io/library/python@sha256:[0-9a-f]{64}", str(base))
        assert base.tag.startswith(f"{minor}-slim")
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", base.seen)
    assert len({base.digest for base in known.values()}) == len(known)


def test_the_default_is_the_notebooks_python() -> None:
    assert choose_base("", "3.11", KNOWN, []) == f"{OFFICIAL}@{D1}"


def test_an_unknown_python_says_what_to_do() -> None:
    found = choose_base("", "3.19", KNOWN, [])
    assert isinstance(found, Finding)
    assert (found.code, found.severity) == ("base-missing", "block")
    assert "Python 3.19" in found.message
    assert "`base`" in found.remedy
    assert "--refresh" in found.remedy


def test_what_is_asked_for_is_taken_within_policy() -> None:
    asked = f"registry.example/own@{D3}"
    assert choose_base(asked, "3.11", KNOWN, []) == asked
    assert choose_base(asked, "3.11", KNOWN, [lists(asked)]) == asked
    found = choose_base(asked, "3.11", KNOWN, [lists(OWN)])
    assert isinstance(found, Finding)
    assert found.code == "base-refused"
    assert OWN in found.remedy


@pytest.mark.parametrize(
    "listed",
    [
        f"registry.example/own@{D2}",
        f"other.example/own@{D3}",
        "registry.example/own",
        f"registry.example/own:tag@{D2}",
        f"registry.example/own/deeper@{D3}",
    ],
)
def test_only_the_same_name_and_digest_is_the_same(listed: str) -> None:
    found = choose_base(f"registry.example/own@{D3}", "3.11", KNOWN, [lists(listed)])
    assert isinstance(found, Finding)


def test_a_tag_in_the_list_does_not_count() -> None:
    asked = f"registry.example:5000/bases/python@{D2}"
    assert choose_base(asked, "3.11", KNOWN, [lists(OWN)]) == asked


def test_the_administrators_image_for_this_python_goes_before_none() -> None:
    other = f"registry.example/bases/python:3.12-slim@{D3}"
    chosen = choose_base("", "3.11", KNOWN, [lists(other, OWN)])
    assert chosen == f"registry.example:5000/bases/python@{D2}"
    assert choose_base("", "3.1", {}, [lists(OWN)]) != chosen
    found = choose_base("", "3.11", KNOWN, [lists(other)])
    assert isinstance(found, Finding)
    assert found.code == "base-refused"


def test_every_policy_with_an_opinion_has_to_allow() -> None:
    asked = f"registry.example/own@{D3}"
    silent, none = Policy("silent"), lists()
    assert choose_base(asked, "3.11", KNOWN, [silent, lists(asked)]) == asked
    for policies in ([lists(asked), lists(OWN)], [none], [lists(asked), none]):
        assert isinstance(choose_base(asked, "3.11", KNOWN, policies), Finding)


async def test_a_refresh_asks_a_registry_and_is_kept(places: Places) -> None:
    asked: list[tuple[str, str]] = []

    async def lookup(name: str, tag: str) -> str | None:
        asked.append((name, tag))
        return {"3.12-slim": D2, "3.14-slim": D3}.get(tag)

    before = known_bases(places)
    name = "mirror.example/library/python"
    after = await refresh_bases(places, lookup, today="2026-11-23", name=name)
    assert asked == [(name, f"{minor}-slim") for minor in MINORS]
    assert after["3.12"] == Base(name, "3.12-slim", D2, "2026-11-23")
    assert after["3.14"].digest == D3
    assert after["3.11"] == before["3.11"]
    assert known_bases(places) == after


async def test_a_refresh_that_fails_changes_nothing(places: Places) -> None:
    async def lookup(name: str, tag: str) -> str | None:
        if tag == "3.12-slim":
            raise StageFailed("the registry does not answer")
        return D2

    before = known_bases(places)
    with pytest.raises(StageFailed):
        await refresh_bases(places, lookup, today="2026-11-23")
    assert known_bases(places) == before


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", '{"bases": []}', '{"bases": {"3.11": 1}}',
        json.dumps({"bases": {"3.11": {"name": "x", "tag": "3.11", "digest": "latest",
                                       "seen": "2026-01-01"}}}),
    ],
)  # fmt: skip
def test_a_list_that_is_broken_is_passed_over(places: Places, text: str) -> None:
    before = known_bases(places)
    (places.state / "bases.json").write_text(text)
    assert known_bases(places) == before
