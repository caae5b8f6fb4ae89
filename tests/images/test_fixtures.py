"""What the tests of images stand on is real: asked with tools that are not ours."""

from __future__ import annotations

import json
import subprocess
from unittest.mock import ANY

import pytest

from .conftest import Base
from .registries import Registry
from .users import User


def test_the_base_is_an_image_that_others_can_read(base: Base) -> None:
    told = subprocess.run(
        ["skopeo", "inspect", "--tls-verify=false", f"docker://{base.reference}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout)["Layers"] == [
        blob["digest"] for blob in json.loads(base.layout.manifest)["layers"]
    ]


@pytest.mark.parametrize(
    ("login", "code"),
    [((), 1), (("--creds", "ada:wrong"), 1), (("--creds", "ada:correct horse"), 0)],
)
def test_the_locked_registry_lets_in_who_has_the_password(
    locked_registry: Registry, login: tuple[str, ...], code: int
) -> None:
    argv = [
        "skopeo",
        "list-tags",
        "--tls-verify=false",
        *login,
        f"docker://{locked_registry.host}/no",
    ]
    told = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ("unauthorized" in told.stderr or "authentication" in told.stderr) == bool(code)


def test_the_user_is_nobody_special_and_may_map_ids(user: User) -> None:
    assert user.run(["id", "-u"]).stdout.strip() == str(user.uid) != "0"
    assert user.run(["id", "-G"]).stdout.split() == [str(user.gid)]
    mapped = user.run(["podman", "unshare", "cat", "/proc/self/uid_map"])
    assert [line.split()[1:] for line in mapped.stdout.splitlines()] == [
        [str(user.uid), "1"],
        [ANY, "65536"],
    ]
