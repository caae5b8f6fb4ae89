from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jupyter_modelship.environment.indexes import Indexes
from jupyter_modelship.environment.uv import (
    compile_argv,
    find_uv,
    install_argv,
    judge,
    variables,
    venv_argv,
)
from jupyter_modelship.errors import ModelshipError


def test_argument_lists_are_whole_and_hold_no_index() -> None:
    indexes = Indexes("https://me:pw@h/simple", ("https://me:pw@g",), none=True)
    assert compile_argv(
        "uv", Path("in"), Path("con"), python="/py", indexes=indexes, strategy="first-index"
    ) == (
        *("uv", "pip", "compile", "in", "--constraints", "con", "--python", "/py"),
        *("--only-binary", ":all:", "--generate-hashes", "--no-annotate", "--no-header"),
        *(
            "--emit-index-annotation",
            "--no-emit-index-url",
            "--no-emit-find-links",
            "--index-strategy",
            "first-index",
        ),
        *("--no-index", "--no-progress", "--color", "never", "--no-python-downloads"),
    )
    assert venv_argv("uv", Path("env"), python="/py") == (
        *("uv", "venv", "env", "--python", "/py", "--relocatable", "--no-project"),
        *("--no-progress", "--color", "never", "--no-python-downloads"),
    )
    assert install_argv("uv", Path("lock"), python=Path("env/bin/python"), indexes=Indexes()) == (
        *("uv", "pip", "install", "--requirements", "lock", "--python", "env/bin/python"),
        *("--require-hashes", "--no-deps", "--only-binary", ":all:"),
        *("--index-strategy", "unsafe-best-match"),
        *("--no-progress", "--color", "never", "--no-python-downloads"),
    )


def test_what_would_change_our_output_is_not_inherited() -> None:
    environ = {"UV_COMPILE_BYTECODE": "1", "UV_CACHE_DIR": "/c", "HOME": "/h"}
    indexes = Indexes("https://d", reach=(("SSL_CERT_FILE", "/ca"), ("UV_CACHE_DIR", "weaker")))
    assert variables(environ, indexes) == {
        "UV_CACHE_DIR": "/c",
        "SSL_CERT_FILE": "/ca",
        "HOME": "/h",
        "UV_DEFAULT_INDEX": "https://d",
    }


def test_without_our_own_uv_the_one_on_path_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelshipError, match="uv is not there"):
        find_uv()
    (tmp_path / "uv").touch(0o755)
    assert find_uv() == str(tmp_path / "uv")


UNSATISFIABLE = "we can conclude that your requirements are unsatisfiable."


@pytest.mark.parametrize(
    ("errors", "reason", "name"),
    [
        (
            "Because docopt==0.6.2 has no usable wheels and you require docopt==0.6.2, "
            + UNSATISFIABLE
            + "\n\nhint: Wheels are required for `docopt` because building from source is disabled",
            "no-wheel",
            "docopt",
        ),
        (
            "Because tensorflow-gpu==2.4.0 has no wheels with a matching Python ABI tag (e.g., "
            "`cp311`) and you require tensorflow-gpu==2.4.0, " + UNSATISFIABLE,
            "no-wheel",
            "tensorflow-gpu",
        ),
        (
            "Because there is no version of six==99 and you require six==99, " + UNSATISFIABLE,
            "no-version",
            "six",
        ),
        (
            "Because nosuch.pkg was not found in the package registry and you require\n"
            "nosuch.pkg==1, " + UNSATISFIABLE,
            "no-version",
            "nosuch.pkg",
        ),
        (
            "Because only six<=1.17.0 is available and you require six>=99, " + UNSATISFIABLE,
            "no-version",
            "six",
        ),
        (
            "Because granian>=2.8.7 depends on click>=8.1.0 and click==7.0, we can conclude that "
            "granian>=2.8.7 cannot be used. And because you require granian==2.8.7, "
            + UNSATISFIABLE,
            "conflict",
            "",
        ),
        (
            "error: Request failed\n  cause: Failed to fetch: http://me:pw@127.0.0.1:9/simple/six/",
            "away",
            "127.0.0.1:9",
        ),
        (
            (
                "Because attrs was not found in the cache and you require attrs, "
                + UNSATISFIABLE
                + "\n\nhint: Packages were unavailable because the network was disabled."
            ),
            "away",
            "",
        ),
        ("error: something new", "other", ""),
    ],
)
def test_failures_are_recognised(errors: str, reason: str, name: str) -> None:
    failure = judge("error: No solution found\n  cause: " + errors)
    assert (failure.reason, failure.name) == (reason, name)
    assert "pw@" not in failure.errors
    assert "\n" not in failure.sentence
