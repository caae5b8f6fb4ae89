"""A jump ends at the cell that is meant and stays there, however late JupyterLab draws others."""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from .lab import Lab
from .pages import Desk

PATH = "jump/tall.ipynb"
CELLS = 60
LONG = 32
"""The cell whose source is taller than the window, by far."""
LINES = 200
MODES = ("contentVisibility", "defer", "full")
every_mode = pytest.mark.parametrize("mode", MODES, indirect=True)
first_mode = pytest.mark.parametrize(
    "mode",
    [MODES[0], *(pytest.param(each, marks=pytest.mark.campaign) for each in MODES[1:])],
    indirect=True,
)

_SAVE_MODE = """mode => window.jupyterapp.serviceManager.settings.save(
    '@jupyterlab/notebook-extension:tracker', JSON.stringify({windowingMode: mode}))"""

_AT_REST = """async ([path, id]) => {
    const panel = [...window.jupyterapp.shell.widgets('main')].find(
        one => one.context?.path === path);
    const notebook = panel.content;
    const cell = notebook.widgets.find(one => one.model.id === id);
    const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
    const seen = () => {
        const node = cell.node.querySelector('.jp-modelship-mark-place')
            ?? cell.node.querySelector('.jp-Cell-inputArea') ?? cell.node;
        const {top, bottom} = node.getBoundingClientRect();
        const view = notebook.outerNode.getBoundingClientRect();
        return {top, bottom, view: [view.top, view.bottom], drawn: cell.inViewport};
    };
    for (let before = '', still = 0; still < 60; await frame()) {
        const now = JSON.stringify([seen(), notebook.outerNode.scrollTop]);
        const whole = !notebook.widgets.some(one => one.isPlaceholder());
        still = whole && now === before ? still + 1 : 0;
        before = now;
    }
    const {top, bottom, view, drawn} = seen();
    return drawn && bottom > top && top >= view[0] - 1 && bottom <= view[1] + 1
        ? 'in view' : `${top} to ${bottom} of ${view}, drawn: ${drawn}`;
}"""
"""Where a cell, or the line of it that was asked for, is when all is drawn and nothing moves."""


def picture(width: int, height: int) -> bytes:
    """A grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\0" + b"\x99" * width) * height
    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def shown(data: dict[str, str]) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": data}


def cell(number: int) -> dict[str, Any]:
    """Cells whose heights nobody can guess from their text: pictures, tables, long prints."""
    made: dict[str, Any] = {"id": f"cell-{number}", "metadata": {}}
    if number % 4 == 0 and number != LONG:
        text = f"# Part {number}\n\n![](picture.png)\n\n" + "words and words\n\n" * (number % 7)
        return {**made, "cell_type": "markdown", "source": text}
    lines = LINES if number == LONG else 1 + number % 11
    source = "\n".join(f"step_{number}_{line} = {line}" for line in range(1, lines + 1))
    outputs = {
        1: [shown({"image/png": b64encode(picture(300, 100 + 9 * number)).decode()})],
        2: [shown({"text/html": f"<div style='height: {10 * number}px'>table</div>"})],
        3: [{"output_type": "stream", "name": "stdout", "text": "printed\n" * (number % 90)}],
    }.get(number % 4, [])
    return {
        **made, "cell_type": "code", "source": source, "outputs": outputs, "execution_count": 1
    }  # fmt: skip


@pytest.fixture(scope="module")
def tall(lab: Lab) -> str:
    """Path of a notebook of many tall cells."""
    book = {
        "cells": [cell(number) for number in range(1, CELLS + 1)],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = lab.root / PATH
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(book), encoding="utf-8")
    path.with_name("picture.png").write_bytes(picture(400, 500))
    return PATH


@pytest.fixture
def mode(request: pytest.FixtureRequest, desk: Desk) -> Iterator[str]:
    """One of JupyterLab's ways to draw the cells of a notebook."""
    desk.page.evaluate(_SAVE_MODE, request.param)
    desk.page.reload()
    desk.ready()
    yield request.param
    desk.page.evaluate(_SAVE_MODE, MODES[0])


def jump(desk: Desk, number: int, **more: int) -> None:
    desk.command("modelship:go-to-cell", path=PATH, cell=f"cell-{number}", **more)


def at_rest(page: Page, number: int) -> Any:
    return page.evaluate(_AT_REST, [PATH, f"cell-{number}"])


@every_mode
@pytest.mark.usefixtures("tall", "mode")
def test_a_jump_into_a_notebook_that_is_just_opened_ends_at_its_cell(desk: Desk) -> None:
    found = []
    for number in (CELLS - 3, 5, CELLS - 1):
        jump(desk, number)
        found.append(at_rest(desk.page, number))
    assert found == ["in view"] * 3


@first_mode
@pytest.mark.usefixtures("tall", "mode")
def test_a_jump_to_a_line_of_a_long_cell_ends_at_the_line(desk: Desk) -> None:
    found = []
    for line in (LINES // 2, LINES, 1):
        jump(desk, LONG, line=line)
        found.append(at_rest(desk.page, LONG))
    assert found == ["in view"] * 3


@first_mode
@pytest.mark.usefixtures("tall", "mode")
def test_who_scrolls_on_after_a_jump_is_not_brought_back(desk: Desk) -> None:
    jump(desk, LONG)
    desk.page.mouse.move(800, 400)
    desk.page.mouse.wheel(0, 9000)
    assert at_rest(desk.page, LONG) != "in view"
