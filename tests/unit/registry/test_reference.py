"""Names of images are read as everybody reads them, and never guessed."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_modelship.errors import UsageError
from jupyter_modelship.registry.reference import Reference, is_loopback, parse

DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("registry.example/a", Reference("registry.example", "a")),
        ("localhost/a/b:v1", Reference("localhost", "a/b", "v1")),
        ("127.0.0.1:5000/a_b/c--d", Reference("127.0.0.1:5000", "a_b/c--d")),
        ("[::1]:5000/a", Reference("[::1]:5000", "a")),
        (f"r.example:1/a:v@{DIGEST}", Reference("r.example:1", "a", "v", DIGEST)),
        ("docker.io/python:3.11", Reference("docker.io", "library/python", "3.11")),
        ("docker.io/bitnami/python", Reference("docker.io", "bitnami/python")),
    ],
)
def test_a_name_is_host_repository_and_which(text: str, reference: Reference) -> None:
    assert parse(text) == reference
    assert parse(str(reference)) == reference


@pytest.mark.parametrize(
    "text",
    [
        *("", "python", "python:3.11", "library/python", "r.example", "r.example/", "r.example//a"),
        *("r.example/A", "r.example/a/", "r.example/-a", "r.example/a__b_", "r.example/a:"),
        *("r.example/a:-v", "r.example/a@", "r.example/a@sha256:00", f"r.example/a@{DIGEST}0"),
        *("https://r.example/a", "user@r.example/a", "r.example/a\n", "r.example/../a", "r ex/a"),
        f"r.example/{'a' * 256}",
    ],
)
def test_everything_else_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(UsageError, match="names no image") as caught:
        parse(text)
    assert caught.value.remedy
    assert caught.value.message.isprintable()


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    with suppress(UsageError):
        assert str(parse(text)).endswith(text.rpartition("/")[2])


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "127.0.0.1", "127.9.9.9:80", "[::1]:5"]
)
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1.example", "localhost.example:1", "10.0.0.1", "registry", "[::2]:5", ""]
)
def test_other_machines(host: str) -> None:
    assert not is_loopback(host)
