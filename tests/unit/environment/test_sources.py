"""Which commit a reference means, and what is told of it without running anything."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.environment.sources import GitReference, from_git, git_reference, stand_in
from jupyter_modelship.model import Finding, Source

COMMIT, OTHER = "a" * 40, "b" * 40


@pytest.mark.parametrize(
    ("text", "url", "revision", "below"),
    [
        (f"git+https://h/o/x.git@{COMMIT}", "https://h/o/x.git", COMMIT, ""),
        ("git+https://h/o/x", "https://h/o/x", "", ""),
        ("git+ssh://git@h/o/x.git@v1.0", "ssh://git@h/o/x.git", "v1.0", ""),
        ("git+ssh://git@h:2222/o/x", "ssh://git@h:2222/o/x", "", ""),
        ("git+http://127.0.0.1:80/x@main#egg=x&subdirectory=py/x", "http://127.0.0.1:80/x", "main",
         "py/x"),
    ],
)  # fmt: skip
def test_a_reference_is_a_url_a_revision_and_a_folder(
    text: str, url: str, revision: str, below: str
) -> None:
    assert git_reference(text) == GitReference(url, revision, below)


@pytest.mark.parametrize(
    "text",
    [
        "https://h/x.zip",
        "hg+https://h/x@1",
        "git+file:///srv/x.git",
        "git+ext::sh -c touch% /tmp/x",
        "git+https://h/x#subdirectory=../../etc",
        "git+https://h/x#subdirectory=-x y",
        "file:///src",
        "",
    ],
)
def test_what_is_no_repository_that_can_be_fetched_is_none(text: str) -> None:
    assert git_reference(text) is None


def test_a_commit_that_the_kernel_has_is_a_source_with_the_kernels_needs(make_facts: Any) -> None:
    reference = f"git+https://h/o/x.git@{COMMIT}"
    facts = make_facts("x==1.2", urls={"x": reference}, requires={"x": ("six>=1",)})
    assert from_git("x", reference, facts) == Source("x", "1.2", reference, COMMIT, ("six>=1",))


@pytest.mark.parametrize("asked", ["git+https://h/O/x@main", "git+ssh://git@h/o/x.git"])
def test_what_a_branch_leaves_open_the_kernel_decides(make_facts: Any, asked: str) -> None:
    facts = make_facts("x==1.2", urls={"x": f"git+https://h/o/x.git@{COMMIT}"})
    found = from_git("x", asked, facts)
    assert isinstance(found, Source)
    assert found.pin == COMMIT
    assert found.reference.endswith(f"@{COMMIT}")


@pytest.mark.parametrize(
    ("asked", "code", "remedy"),
    [
        ("git+https://elsewhere/x@main", "git-unpinned", "git+https://elsewhere/x@COMMIT"),
        (f"git+https://h/o/x@{OTHER}", "source-differs", f"git+https://h/o/x@{OTHER}"),
    ],
)
def test_another_commit_than_the_kernels_is_not_built(
    make_facts: Any, asked: str, code: str, remedy: str
) -> None:
    facts = make_facts("x==1.2", urls={"x": f"git+https://h/o/x.git@{COMMIT}"})
    found = from_git("x", asked, facts)
    assert isinstance(found, Finding)
    assert (found.code, found.severity) == (code, "block")
    assert remedy in found.remedy


def test_what_the_kernel_does_not_have_is_not_built(make_facts: Any) -> None:
    found = from_git("x", f"git+https://h/o/x@{COMMIT}", make_facts())
    assert isinstance(found, Finding)
    assert found.code == "source-differs"


def test_a_stand_in_says_what_is_needed_and_holds_nothing_else(tmp_path: Path) -> None:
    needs = ("six>=1.10", 'click ; extra == "cli"')
    path = stand_in(Source("a-b", "1.0", "r", COMMIT, needs), tmp_path)
    assert path.name == "a_b-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path) as wheel:
        assert wheel.read("a_b-1.0.dist-info/METADATA").decode() == (
            "Metadata-Version: 2.1\nName: a-b\nVersion: 1.0\nRequires-Dist: six>=1.10\n"
            'Requires-Dist: click ; extra == "cli"\nProvides-Extra: cli\n'
        )
        assert len(wheel.namelist()) == 3
