"""The page about `%deploy`: every line on it is one that the magic reads, every option exists."""

from __future__ import annotations

import re

import pytest

from jupyter_modelship.cli.parser import command_parser
from jupyter_modelship.desk.intent import intent
from jupyter_modelship.kernel_side import parse
from jupyter_modelship.notebook.magics import clean
from jupyter_modelship.server.app import Modelship

from .pages import DOCS, blocks

PAGE = DOCS / "how-to" / "deploy-from-a-cell.md"
CELLS = [block.text for block in blocks(PAGE) if block.language == "ipython"]
LINES = [line for cell in CELLS for line in cell.splitlines() if "%deploy" in line]


def test_the_page_shows_the_magic() -> None:
    assert len(LINES) >= 9


@pytest.mark.parametrize("line", LINES)
def test_a_line_on_the_page_can_be_run(line: str) -> None:
    words = parse(line.lstrip("%").removeprefix("deploy"))
    if words.verb:
        command_parser().parse_args([words.verb, *words.rest])
    else:
        intent(words.rest)


@pytest.mark.parametrize("cell", CELLS)
def test_no_magic_on_the_page_ships(cell: str) -> None:
    assert "%" not in clean(cell).text


def test_the_setting_on_the_page_exists() -> None:
    (name,) = re.findall(r"c\.Modelship\.(\w+) = False", PAGE.read_text(encoding="utf-8"))
    assert name in Modelship.class_trait_names(config=True)
