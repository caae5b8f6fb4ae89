"""What each lock format rules, as whole values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.environment.indexes import Indexes
from jupyter_modelship.environment.locks import kernel, requirements, uv_lock
from jupyter_modelship.environment.locks.lines import Lines, logical, parse_texts
from jupyter_modelship.environment.locks.ruling import Ruling, marker_environment


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def codes(ruling: Ruling) -> list[str]:
    return [f.code for f in ruling.findings]


def installs(facts: Any, *texts: str) -> Lines:
    return parse_texts(texts, marker_environment(facts), where="here", folder=Path())


def test_the_kernel_pins_what_is_needed_and_wishes_the_rest(make_facts: Any) -> None:
    facts = make_facts("numpy==2.1", "pandas==2.2", "mine==1", urls={"mine": "file:///src"})
    assert kernel.rule(["pandas", "mine"], facts, Lines()) == Ruling(
        "kernel",
        ("pandas==2.2",),
        kernel={"numpy": "2.1"},
        elsewhere={"mine": "file:///src"},
    )


def test_pip_install_lines_add_extras_and_may_differ(make_facts: Any) -> None:
    facts = make_facts("pandas==2.2", "six==1")
    ruling = kernel.rule(
        ["pandas", "six"], facts, installs(facts, "pandas[parquet]>=2", "six==2", "other==1")
    )
    assert ruling.requirements == ("pandas[parquet]==2.2", "six==1")
    assert [(f.code, f.severity) for f in ruling.findings] == [("version-differs", "warn")]
    assert "%pip install six==2" in ruling.findings[0].message


REQUIREMENTS = """
# ours
--index-url https://${LOGIN}@h/simple   # private
--extra-index-url=https://more/simple
-f wheels
numpy==2.0 ; python_version >= "3.10"
numpy==1.0 ; python_version < "3.10"
pandas[parquet]>=2 \\
    --hash=sha256:aa --hash=sha256:bb
scipy>=99
click<9
-r nested/more.txt
-c limits.txt
"""


def test_requirements_rule_and_the_kernel_fills_in(
    folder: Path, make_facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGIN", "me:pw")
    monkeypatch.setenv("UV_INDEX", "https://h/simple")  # of the user's own
    path = write(folder, "requirements.txt", REQUIREMENTS)
    write(folder, "nested/more.txt", "attrs==25.1\n-r ../requirements.txt\n")
    write(folder, "limits.txt", "six<2\nclick>8\nscipy<100\n")
    facts = make_facts(
        "numpy==2.1", "pandas==2.2", "scipy==1.1", "six==1.16", "click==8.1", "attrs==24.1"
    )
    assert requirements.find(folder) == path
    assert requirements.rule(path, ["numpy", "pandas", "scipy", "six"], facts) == Ruling(
        "requirements.txt",
        ("numpy==2.0", "pandas[parquet]==2.2", "scipy<100,>=99", "six==1.16"),
        constraints=("attrs==25.1", "click<9,>8"),
        kernel={"click": "8.1"},
        hashes={"pandas": frozenset({"sha256:aa", "sha256:bb"})},
        indexes=Indexes(
            "https://me:pw@h/simple", ("https://more/simple",), (str(folder / "wheels"),)
        ),
    )


@pytest.mark.parametrize(
    ("line", "name", "url"),
    [
        ("-e ./src", "from-project", "./src"),
        ("-e ./src[extra]", "from-project", "./src[extra]"),
        ("--editable=./plain", "plain", "./plain"),
        ("lib/pkg", "in-lib", "lib/pkg"),
        ("git+https://tok@h/o/tool.git@v1", "tool", "git+https://h/o/tool.git@v1"),
        ("git+https://h/o/x.git#egg=My_Name", "my-name", "git+https://h/o/x.git#egg=My_Name"),
        ("https://h/w/big_pkg-1.0-py3-none-any.whl", "big-pkg", None),
        ("./w/big_pkg-1.0-py3-none-any.whl", "big-pkg", None),
        ("direct @ https://me:pw@h/d.zip", "direct", "https://h/d.zip"),
    ],
)
def test_what_comes_from_no_index_is_known_by_name(
    folder: Path, make_facts: Any, line: str, name: str, url: str | None
) -> None:
    write(folder, "src/pyproject.toml", "[project]\nname = 'From.Project'\n")
    write(folder, "lib/pkg/pyproject.toml", '[project]\nname = "in_lib"\n')
    (folder / "plain").mkdir()
    ruling = requirements.rule(write(folder, "requirements.txt", line), [], make_facts())
    assert ruling.elsewhere == {name: url or line}
    assert codes(ruling) == (["url-credentials"] if url and url not in line else [])
    assert not any("tok" in one.message or "pw" in one.message for one in ruling.findings)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("-r ../outside.txt", "requirements-outside"),
        ("-r linked.txt", "requirements-outside"),
        ("-r missing.txt", "lock-broken"),
        ("--trusted-host h", "requirements-line"),
        ("no requirement at all", "requirements-line"),
        ("--bogus 'open", "requirements-line"),
    ],
)
def test_what_is_not_honoured_is_said(folder: Path, make_facts: Any, line: str, code: str) -> None:
    write(folder.parent, "outside.txt", "six==1\n")
    (folder / "linked.txt").symlink_to("../outside.txt")
    ruling = requirements.rule(write(folder, "requirements.txt", line), ["six"], make_facts())
    assert codes(ruling) == [code]


def test_a_pin_is_taken_as_it_is_written(folder: Path, make_facts: Any) -> None:
    path = write(folder, "requirements.txt", "torch==2.3.0\n")
    facts = make_facts("torch==2.3.0+cu121")
    assert requirements.rule(path, ["torch"], facts).requirements == ("torch==2.3.0",)


def test_options_that_hold_anyway_are_no_news(folder: Path, make_facts: Any) -> None:
    text = "--require-hashes\n--only-binary :all:\n--prefer-binary\n--no-index\n"
    ruling = requirements.rule(write(folder, "requirements.txt", text), [], make_facts())
    assert (codes(ruling), ruling.indexes) == ([], Indexes(none=True))


def test_a_file_that_is_no_text_blocks(folder: Path, make_facts: Any) -> None:
    (folder / "requirements.txt").write_bytes(b"\xff\xfe\x00")
    assert codes(requirements.rule(folder / "requirements.txt", [], make_facts())) == [
        "lock-broken"
    ]


def test_lines_are_joined_and_numbered_where_they_begin() -> None:
    text = "a  # one\n\nb \\\n  --hash=x\n# only\nc#d\nlast \\"
    assert list(logical(text)) == [(1, "a"), (3, "b    --hash=x"), (6, "c#d"), (7, "last")]


UV_LOCK = """
version = 1
requires-python = ">=3.10"

[[package]]
name = "project"
version = "0.1"
source = { editable = "." }
dependencies = [{ name = "pandas", extra = ["parquet"] }, { name = "numpy" }]
[package.optional-dependencies]
fast = [{ name = "pandas", extra = ["fast"] }]
[package.dev-dependencies]
dev = [{ name = "tool" }]

[[package]]
name = "pandas"
version = "2.2"
source = { registry = "https://h/simple" }
wheels = [{ url = "https://h/p.whl", hash = "sha256:aa" }]

[[package]]
name = "numpy"
version = "1.26"
source = { registry = "https://h/simple" }
resolution-markers = ["python_full_version < '3.11'"]

[[package]]
name = "numpy"
version = "2.1"
source = { registry = "https://h/simple" }
resolution-markers = ["python_full_version >= '3.11'"]
wheels = [{ url = "https://h/n.whl", hash = "sha256:bb" }]

[[package]]
name = "tool"
version = "1"
source = { git = "https://me:pw@h/tool?rev=1#abc" }
"""
PROJECT = """
[project]
name = "project"
[[tool.uv.index]]
name = "mirror"
url = "https://mirror/simple"
default = true
[[tool.uv.index]]
url = "https://more/simple"
"""


def test_a_uv_lock_rules_for_this_python(folder: Path, make_facts: Any) -> None:
    path = write(folder.parent, "uv.lock", UV_LOCK)
    write(folder.parent, "pyproject.toml", PROJECT)
    facts = make_facts(
        "pandas==2.3", "numpy==2.1", "six==1", "seven==7", "tool==1", urls={"seven": "file:///s"}
    )
    assert uv_lock.find(folder) is None
    assert uv_lock.find_above(folder) == path
    ruling = uv_lock.rule(path, ["pandas", "six", "tool"], facts)
    assert codes(ruling) == ["lock-lacks", "url-credentials"]
    assert ruling == Ruling(
        "uv.lock",
        ("pandas[fast,parquet]==2.2", "six==1"),
        constraints=("numpy==2.1",),
        kernel={},
        hashes={"pandas": frozenset({"sha256:aa"}), "numpy": frozenset({"sha256:bb"})},
        elsewhere={
            "project": ".",
            "seven": "file:///s",
            "tool": "git+https://h/tool@abc",
        },
        extras=ruling.extras,
        indexes=Indexes("mirror=https://mirror/simple", ("https://more/simple",)),
        findings=ruling.findings,
    )


def test_a_forked_uv_lock_is_read_for_the_kernels_python(folder: Path, make_facts: Any) -> None:
    path = write(folder, "uv.lock", UV_LOCK)
    facts = make_facts("numpy==2.1", version="3.10.13")
    assert uv_lock.rule(path, ["numpy"], facts).requirements == ("numpy==1.26",)


def test_another_python_is_said(folder: Path, make_facts: Any) -> None:
    path = write(folder, "uv.lock", UV_LOCK.replace(">=3.10", ">=3.12"))
    assert codes(uv_lock.rule(path, [], make_facts())) == [
        "python-differs",
        "url-credentials",
    ]


@pytest.mark.parametrize("text", ["", "version = 2", "[[[", "version = 1\npackage = 3"])
def test_a_lock_that_cannot_be_read_blocks(folder: Path, make_facts: Any, text: str) -> None:
    ruling = uv_lock.rule(write(folder, "uv.lock", text), ["six"], make_facts("six==1"))
    assert codes(ruling) == ["lock-broken"]


def test_the_search_ends_at_the_projects_root(folder: Path) -> None:
    write(folder.parent, "pyproject.toml", "[project]\n")
    write(folder.parent.parent, "uv.lock", UV_LOCK)
    assert uv_lock.find_above(folder) is None
    write(folder.parent.parent, "pyproject.toml", "[tool.uv.workspace]\nmembers = ['*']\n")
    assert uv_lock.find_above(folder) == folder.parent.parent / "uv.lock"


def test_a_folder_that_is_a_project_itself_asks_no_other(folder: Path) -> None:
    write(folder, "pyproject.toml", "[project]\n")
    write(folder.parent, "uv.lock", UV_LOCK)
    assert uv_lock.find_above(folder) is None


@pytest.mark.parametrize(
    ("python", "rules"),
    [(".venv/bin/python", True), ("envs/x/bin/python", True), ("../beside/bin/python", False)],
)
def test_a_lock_above_rules_for_kernels_of_its_project(
    folder: Path, make_facts: Any, python: str, rules: bool
) -> None:
    path = write(folder.parent, "uv.lock", UV_LOCK)
    facts = make_facts(python=str(folder.parent / python))
    assert uv_lock.is_kernels(path, facts) is rules
