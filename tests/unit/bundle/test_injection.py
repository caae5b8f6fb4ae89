"""Hostile text in every field that reaches a generated file: the files keep their structure.

The payloads are those of the project's list of injections; none may become an instruction, a
statement, mark-up or a line of its own.
"""

from __future__ import annotations

import ast
import dataclasses
import json
from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt

from jupyter_modelship.bundle.render import RenderInput, render
from jupyter_modelship.contract import declare
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Example
from jupyter_modelship.plan.options import Options

PAYLOADS = [
    "x\nRUN touch /canary",
    "x\r\nRUN touch /canary\r\n",
    "x\u2028import os\u2029y\x85z\x0b\x0c\x1c",
    "x\\",
    "<<EOF\nx\nEOF",
    "# syntax=docker/dockerfile:1",
    "# escape=`",
    'CMD ["touch", "/canary"]',
    "$(touch /canary) `touch /canary` ${IFS} $HOME",
    "; touch /canary | x && y > z",
    "\"\"\" + __import__('os').system('touch /canary') + '''",
    "'\"'\"'",
    "-r /etc/passwd --help @file --extra-index-url=x",
    "x @ file:///etc/passwd",
    "---\n...\n&a *a !!python/object:x <<: yes",
    "{{7*7}} {% x %} {x!r} %s %(x)s",
    "\x00\x7f\x9b\x1b]8;;http://x\x1b\\y",
    "\u202eevil\u2066\u200b\ufeff",
    "\ud800",
    "e\u0301 \u00e9 K k",
    "a" * 4096,
    "..",
    "../../etc/passwd",
    "con",
    "~root",
    "``` ~~~ <script>alert(1)</script> | [x](javascript:y) <!--",
    "coding: latin-1",
    "type: ignore",
]


def title(given: RenderInput, text: str) -> RenderInput:
    return dataclasses.replace(given, titles={**given.titles, "c1": f"# {text}"})


def cell(given: RenderInput, text: str) -> RenderInput:
    slice_ = dataclasses.replace(
        given.slice,
        statements=tuple(
            dataclasses.replace(one, cell=text) if one.cell == "c2" else one
            for one in given.slice.statements
        ),
        computed=tuple(
            dataclasses.replace(one, cells=(text, "c4")) for one in given.slice.computed
        ),
    )
    return dataclasses.replace(given, slice=slice_)


def doc(given: RenderInput, text: str) -> RenderInput:
    first, second = given.slice.endpoints
    slice_ = dataclasses.replace(
        given.slice, endpoints=(dataclasses.replace(first, doc=text), second)
    )
    return dataclasses.replace(given, slice=slice_, contract=declare(slice_)[0])


def path(given: RenderInput, text: str) -> RenderInput:
    first, second = given.slice.endpoints
    slice_ = dataclasses.replace(
        given.slice, endpoints=(dataclasses.replace(first, path=f"/{text}"), second)
    )
    return dataclasses.replace(given, slice=slice_, contract=declare(slice_)[0])


def example(given: RenderInput, text: str) -> RenderInput:
    made = Example("predict", "c7", {"it": {"sepal": 1.0}, "how": text}, text)
    return dataclasses.replace(given, examples=(made,))


def service(given: RenderInput, text: str) -> RenderInput:
    return dataclasses.replace(given, service=text)


def variables(given: RenderInput, text: str) -> RenderInput:
    return dataclasses.replace(given, options=Options(env=(text,), secrets=(text,)))


def base(given: RenderInput, text: str) -> RenderInput:
    return dataclasses.replace(given, base=f"python:{text}")


def python(given: RenderInput, text: str) -> RenderInput:
    lock = dataclasses.replace(given.lock, python=f"3.11{text}")
    return dataclasses.replace(given, lock=lock, base="python:3.11")


def artifact(given: RenderInput, text: str) -> RenderInput:
    (made,) = given.artifacts
    return dataclasses.replace(given, artifacts=(dataclasses.replace(made, file=f"{text}.json"),))


FIELDS: list[Callable[[RenderInput, str], RenderInput]] = [
    title, cell, doc, path, example, service, variables, base, python, artifact,
]  # fmt: skip
MARKDOWN = MarkdownIt("commonmark").enable("table")


def structure(files: dict[str, bytes]) -> dict[str, object]:
    return {
        "service.py": _tree(ast.parse(files["service.py"])),
        "README.md": [
            (token.type, [child.type for child in token.children or []])
            for token in MARKDOWN.parse(files["README.md"].decode())
        ],
        "Containerfile": [
            line.split(" ")[0] for line in files["Containerfile"].decode().splitlines()
        ],
        "examples.json": _keys(json.loads(files["examples.json"])),
        "requirements.lock": files["requirements.lock"],
        "paths": len(files),
    }


def _tree(node: ast.AST) -> object:
    """The tree without the texts of its literals."""
    if isinstance(node, ast.Constant):
        return type(node.value).__name__
    return type(node).__name__, [_tree(child) for child in ast.iter_child_nodes(node)]


def _keys(value: object) -> object:
    if isinstance(value, dict):
        return {key: _keys(item) for key, item in value.items()}
    return [_keys(item) for item in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.__name__)
def test_no_text_changes_the_structure_of_a_file(
    field: Callable[[RenderInput, str], RenderInput], payload: str, given: RenderInput
) -> None:
    try:
        made = render(field(given, payload))
    except ModelshipError:
        assert field in (path, service, variables, base, python, artifact)  # refused, not escaped
        return
    plain = render(field(given, "p" * len(payload)))
    assert structure(dict(made.files)) == structure(dict(plain.files))
    for name in ("service.py", "README.md", "Containerfile", "examples.json", "openapi.json"):
        for line in made.files[name].decode("utf-8").split("\n"):
            assert line.isprintable(), (name, line)
    text = made.files["service.py"].decode()
    comments = [line for line in text.split("\n") if line.startswith("#")]
    assert len(comments) == len(
        [line for line in plain.files["service.py"].decode().split("\n") if line.startswith("#")]
    )
