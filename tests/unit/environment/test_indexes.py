from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.environment import indexes
from jupyter_modelship.environment.indexes import Indexes

CONF = """
[global]
index-url = https://file/simple
extra-index-url =
    https://more/simple
    https://most/simple
[install]
find-links = /wheels
"""


def inherited(environ: Mapping[str, str], *, prefix: Path | None = None) -> Indexes:
    """What is said, but for certificates: this machine's own /etc/pip.conf may name some."""
    return replace(indexes.inherited(environ, prefix=prefix), reach=())


def test_pip_conf_is_read(tmp_path: Path) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip/pip.conf").write_text(CONF)
    assert inherited({"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}) == Indexes(
        "https://file/simple", ("https://more/simple", "https://most/simple"), ("/wheels",)
    )


def test_the_environments_own_pip_conf_goes_before_the_users(tmp_path: Path) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip/pip.conf").write_text(CONF)
    (tmp_path / "env").mkdir()
    (tmp_path / "env/pip.conf").write_text("[global]\nindex_url = https://env/simple\n")
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    assert inherited(environ, prefix=tmp_path / "env").default == "https://env/simple"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Indexes()),
        ({"PIP_INDEX_URL": "https://pip"}, Indexes("https://pip")),
        ({"UV_INDEX_URL": "https://old", "PIP_INDEX_URL": "https://pip"}, Indexes("https://old")),
        ({"UV_DEFAULT_INDEX": "https://new", "UV_INDEX_URL": "x"}, Indexes("https://new")),
        (
            {"UV_INDEX": "a=https://a", "UV_EXTRA_INDEX_URL": "b", "PIP_EXTRA_INDEX_URL": "c b"},
            Indexes(None, ("a=https://a", "b", "c")),
        ),
        ({"PIP_FIND_LINKS": "/a /b"}, Indexes(None, (), ("/a", "/b"))),
        ({"UV_FIND_LINKS": "/u", "PIP_FIND_LINKS": "/p"}, Indexes(None, (), ("/u", "/p"))),
        ({"PIP_NO_INDEX": "1"}, Indexes(none=True)),
    ],
)
def test_variables(tmp_path: Path, environ: dict[str, str], expected: Indexes) -> None:
    surroundings = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    assert inherited({**surroundings, **environ, "XDG_CONFIG_DIRS": str(tmp_path)}) == expected


def test_a_broken_pip_conf_and_dev_null_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("[[[")
    base = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    assert inherited({**base, "PIP_CONFIG_FILE": str(tmp_path / "broken")}).default is None
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip/pip.conf").write_text(CONF)
    assert inherited({**base, "PIP_CONFIG_FILE": "/dev/null"}) == Indexes()


def test_uv_is_told_by_variables() -> None:
    made = Indexes("https://d", ("https://a", "https://b"), ("/w", "/x"), none=True)
    assert made.variables() == {
        "UV_DEFAULT_INDEX": "https://d",
        "UV_INDEX": "https://a https://b",
        "UV_FIND_LINKS": "/w,/x",
    }
    assert Indexes().variables() == {}


@pytest.mark.parametrize(
    ("text", "environ", "several"),
    [
        ("", {}, False),
        ("", {"UV_DEFAULT_INDEX": "https://one"}, False),
        ("", {"UV_INDEX": "a=https://one"}, True),
        ("", {"UV_INDEX": "https://one", "UV_DEFAULT_INDEX": "https://u:p@one"}, False),
        ("", {"UV_INDEX": "https://one", "PIP_NO_INDEX": "1"}, False),
        ('[[index]]\nurl = "https://one"', {}, True),
        ('[[index]]\nurl = "https://one"\ndefault = true', {}, False),
        ('index-url = "https://one"', {"PIP_INDEX_URL": "https://two"}, False),
        ('[pip]\nextra-index-url = ["https://one"]', {}, True),
        ("[[[", {}, False),
    ],
)
def test_whether_a_package_could_come_from_elsewhere(
    tmp_path: Path, text: str, environ: dict[str, str], several: bool
) -> None:
    """uv's own files count, and go before pip's."""
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv/uv.toml").write_text(text)
    there = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_CONFIG_DIRS": "/none"}
    assert inherited({**there, **environ}).several is several
