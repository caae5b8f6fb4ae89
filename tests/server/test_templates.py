"""Starter notebooks over HTTP, from where the package's installation puts them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_modelship.desk.starters import starters

from .conftest import Ask

SHIPPED = Path(__file__).parents[2] / "templates"


@pytest.fixture
def installed(jp_data_dir: Path) -> None:
    """As a wheel lays them: below a folder of Jupyter's data path."""
    folder = jp_data_dir / "modelship" / "templates"
    folder.mkdir(parents=True)
    for path in SHIPPED.glob("*.ipynb"):
        (folder / path.name).write_bytes(path.read_bytes())


@pytest.mark.usefixtures("installed")
async def test_all_are_listed_with_what_the_launcher_shows(ask: Ask) -> None:
    reply = await ask("GET", "templates")
    assert json.loads(reply.body) == [
        {"name": one.name, "title": one.title, "description": one.description}
        for one in starters([SHIPPED]).values()
    ]


@pytest.mark.usefixtures("installed")
async def test_one_is_a_notebook(ask: Ask) -> None:
    reply = await ask("GET", "templates/model")
    assert json.loads(reply.body) == json.loads((SHIPPED / "model.ipynb").read_bytes())


async def test_an_unknown_one_is_not_there(ask: Ask) -> None:
    reply = await ask("GET", "templates/..%2F..%2Fsecret")
    assert reply.code == 404
    assert json.loads(reply.body)["code"] == "nothing-there"
