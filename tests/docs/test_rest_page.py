"""The page about the REST interface: every operation of openapi.yaml, and no other."""

from __future__ import annotations

import re

from tests.server import wire

from .pages import DOCS

PAGE = (DOCS / "reference" / "rest.md").read_text(encoding="utf-8")
PROXY = "/modelship/services/"
ROW = re.compile(r"^\| `([A-Z]+ /\S+)` \| (.+) \| `(\w+)` \|$", re.MULTILINE)


def test_the_table_is_that_of_the_description() -> None:
    told = {name: (says, action) for name, says, action in ROW.findall(PAGE)}
    assert told == {
        name: (operation["summary"], operation["x-action"])
        for name, operation in wire.operations().items()
        if PROXY not in name
    }


def test_a_service_is_reached_as_the_page_says() -> None:
    ways = {name.split()[0]: one for name, one in wire.operations().items() if PROXY in name}
    assert set(ways) == {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
    assert {one["x-action"] for one in ways.values()} == {"execute"}
    assert f"`{PROXY}NAME/`, not below the API, with any verb; the action is `execute`" in PAGE


def test_the_description_can_be_had_from_the_page() -> None:
    assert "{download}`openapi.yaml`" in PAGE
    assert wire.FILE == DOCS / "reference" / "openapi.yaml"
