"""The documentation against the code: it builds, it is complete, what it shows can be typed."""

from __future__ import annotations

import json
import pkgutil
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import lru_cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import jupyter_modelship
from jupyter_modelship.cli.parser import COMMANDS, command_parser
from jupyter_modelship.plan.merge import merge
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.policy import parse_policy
from jupyter_modelship.runtime.problems import VOCABULARY

from .pages import DOCS, ROOT, Block, blocks, pages

_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")
_SHELL = ("console", "sh")


@lru_cache(maxsize=1)
def generated() -> ModuleType:
    """`docs/generated.py`, which is in no package."""
    spec = spec_from_file_location("generated", DOCS / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def headings(page: str) -> list[str]:
    return re.findall(r"^## `([^`]+)`$", page, re.MULTILINE)


def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "1"]
    places = ["-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "html")]
    done = subprocess.run([*command, *places], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "html" / "tutorial" / "first-service.html").exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_section_with_all_its_flags(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = generated().cli_page()
    assert headings(page) == list(COMMANDS)
    with pytest.raises(SystemExit):
        command_parser().parse_args([name, "--help"])
    flags = set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
    assert {"--json", "--debug"} < flags
    before, *sections = re.split(r"^## `.+`$", page, flags=re.MULTILINE)
    section = sections[list(COMMANDS).index(name)]
    options = generated().options_page() if "options.md" in section else ""
    for flag in flags - {"--help"}:
        assert f"`{flag}" in before + section + options


def test_every_option_has_a_section() -> None:
    assert headings(generated().options_page()) == [field.name for field in fields(Options)]


def test_every_finding_has_a_section() -> None:
    """Looked for in the whole package, so that a new layer's catalogue is missed nowhere."""
    assert headings(generated().findings_page()) == sorted(_codes())


def _codes() -> set[str]:
    codes: set[str] = set()
    for module in pkgutil.walk_packages(jupyter_modelship.__path__, "jupyter_modelship."):
        if module.name.endswith(".catalogue"):
            codes |= {row.code for row in import_module(module.name).CATALOGUE}
    return codes


def test_every_problem_of_a_service_is_explained() -> None:
    page = (DOCS / "reference" / "service.md").read_text(encoding="utf-8")
    for kind in VOCABULARY:
        assert f"| {kind.status} | `{kind.slug}` |" in page


def fences(*languages: str) -> Iterator[tuple[Path, Block]]:
    for page in pages():
        for block in blocks(page):
            if block.language in languages:
                yield page, block


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every call of the tool on any page: where it stands, and its words."""
    for page, block in fences(*_SHELL):
        for line in block.text.splitlines():
            if block.language == "console" and not line.startswith("$ "):
                continue
            words = _simple_command(line.removeprefix("$ "))
            if words[:2] == ["jupyter", "modelship"]:
                yield f"{page.relative_to(ROOT)}: {line}", words[2:]


def _simple_command(line: str) -> list[str]:
    """The words of a line up to what only a shell understands."""
    reader = shlex.shlex(line, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    words = []
    for word in reader:
        if word in ("|", ">", ">>", ";", "&&", "("):
            break
        words.append(word)
    return words


CALLS = dict(commands())


def test_there_are_commands_on_the_pages() -> None:
    assert len(CALLS) > 30


@pytest.mark.parametrize("place", CALLS)
def test_a_command_on_a_page_can_be_typed(place: str) -> None:
    command_parser().parse_args(CALLS[place])


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_a_make_target_on_a_page_exists(page: str) -> None:
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / page).read_text(encoding="utf-8")))
    rules = re.findall(
        r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert named
    assert named <= set(rules)


def test_options_shown_as_json_are_options() -> None:
    shown = [json.loads(block.text) for _, block in fences("json")]
    notebooks = [document["modelship"] for document in shown if "modelship" in document]
    assert len(notebooks) >= 2
    for metadata in notebooks:
        assert merge(metadata).findings == ()


def test_the_policy_on_its_page_is_a_policy() -> None:
    (block,) = [b for b in blocks(DOCS / "how-to" / "policy.md") if b.language == "json"]
    assert parse_policy(block.text.encode(), "policy").require_token


def test_links_of_pages_lead_to_files() -> None:
    made = {"cli.md", "options.md", "findings.md"}
    for page in pages():
        for target in _LINK.findall(page.read_text(encoding="utf-8")):
            path = (page.parent / target).resolve()
            assert path.exists() or path.name in made, f"{page.relative_to(ROOT)}: {target}"


def test_the_code_in_the_readme_is_what_iris_becomes() -> None:
    """But for the artifact's file and hash, which only the rehearsal knows."""
    command = [sys.executable, "-m", "jupyter_modelship.cli", "preview", "docs/examples/iris.ipynb"]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True, encoding="utf-8"
    )
    for page in (ROOT / "README.md", DOCS / "reference" / "bundle.md"):
        (shown,) = [b.text for b in blocks(page) if "app.serve(" in b.text]
        assert _without_hash(shown) in done.stdout


def _without_hash(code: str) -> str:
    return re.sub(r"artifact\(\n\s+(\"\w+\"),.*?\n\)", r"artifact(\1)", code, flags=re.DOTALL)
