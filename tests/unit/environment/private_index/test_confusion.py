"""What the private index has is never taken from the public one, whatever the private one does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_modelship.errors import StageFailed
from tests.indexes import USER, PrivateIndex, Reply, serving

from .conftest import PASSWORD, Locking

campaign = pytest.mark.campaign


async def test_what_the_private_index_has_is_never_taken_from_the_public_one(
    private: PrivateIndex, public: PrivateIndex, make: Locking, home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("UV_DEFAULT_INDEX", public.url)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", private.with_login)
    made, _ = await make("mine>=1", "common>=1")
    assert made is not None
    assert made.packages == (("common", "1.0"), ("mine", "1.0"))
    assert [line.strip() for line in made.text.splitlines() if "# from" in line] == [
        f"# from {public.url}",
        f"# from {private.url}",
    ]
    assert not [call for call in public.asked if call.authorization]


def wants_login(index: PrivateIndex, patch: pytest.MonkeyPatch) -> str:
    return index.url


def forbids(index: PrivateIndex, patch: pytest.MonkeyPatch) -> str:
    index.script = lambda call: Reply(403)
    return index.with_login


def is_broken(index: PrivateIndex, patch: pytest.MonkeyPatch) -> str:
    index.script = lambda call: Reply(503)
    return index.with_login


def is_busy(index: PrivateIndex, patch: pytest.MonkeyPatch) -> str:
    index.script = lambda call: Reply(429)
    return index.with_login


def speaks_no_tls(index: PrivateIndex, patch: pytest.MonkeyPatch) -> str:
    return index.with_login.replace("http:", "https:")


def is_down(index: PrivateIndex, patch: pytest.MonkeyPatch) -> str:
    return f"http://{USER}:{'S3cr3tS3cr3t'}@127.0.0.1:9/simple"


def is_nowhere(index: PrivateIndex, patch: pytest.MonkeyPatch) -> str:
    return f"http://{USER}:{'S3cr3tS3cr3t'}@nowhere.invalid/simple"


FAILURES = (
    (wants_login, "HOST wants a login, or does not know the one it got (401)", "(401 "),
    (is_down, "127.0.0.1:9 cannot be reached: nobody listens there", "Connection refused"),
    (forbids, "HOST does not let this account in (403)", "403 Forbidden"),
    (is_broken, "HOST has a failure of its own", "503 Service Unavailable"),
    (is_busy, "HOST wants fewer requests (429)", "429 Too Many Requests"),
    (speaks_no_tls, "HOST speaks plain HTTP where TLS was expected", "InvalidContentType"),
    (is_nowhere, "nowhere.invalid cannot be reached: there is no host of that name", "dns error"),
)


@pytest.mark.parametrize(
    ("fails", "message", "evidence"),
    [*FAILURES[:2], *(pytest.param(*row, marks=campaign) for row in FAILURES[2:])],
)
async def test_a_private_index_that_fails_is_said_and_nobody_takes_its_place(
    private: PrivateIndex, public: PrivateIndex, make: Locking, monkeypatch: pytest.MonkeyPatch,
    fails: Callable[[PrivateIndex, pytest.MonkeyPatch], str], message: str, evidence: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("UV_DEFAULT_INDEX", public.url)
    made, _ = await make("mine>=1")  # the stranger's is in uv's cache now
    assert made is not None
    monkeypatch.setenv("UV_INDEX", fails(private, monkeypatch))
    with pytest.raises(StageFailed) as raised:
        await make("mine>=1")
    failure = raised.value
    assert failure.message == f"the package index {message.replace('HOST', private.host)}"
    assert evidence in failure.detail.splitlines()[0]
    assert failure.remedy
    assert not any(word in failure.message + failure.detail for word in (PASSWORD, "S3cr3t", "h8"))


async def test_one_index_that_is_down_is_made_up_for_by_what_is_known_of_it(
    make: Locking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path / "only") as index:
        index.wheel("common", "1.0")
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        assert (await make("common>=1"))[0] is not None
    made, _ = await make("common==1.0")
    assert made is not None


async def test_a_package_that_nobody_has_names_who_was_asked(
    private: PrivateIndex, public: PrivateIndex, make: Locking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", public.url)
    monkeypatch.setenv("UV_INDEX", f"corp={private.with_login}")
    made, findings = await make("absent>=1")
    found = findings[-1]
    assert made is None
    assert (found.code, found.severity) == ("no-version", "block")
    assert f"absent as asked for ({private.url}, {public.url})" in found.message
    assert "h8" not in found.message


async def test_hashes_of_a_lock_let_no_stranger_in_for_what_has_none(
    private: PrivateIndex, public: PrivateIndex, make: Locking,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    known = public.wheel("common", "1.0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", public.url)
    monkeypatch.setenv("UV_INDEX", private.with_login)
    made, findings = await make(f"common==1.0 --hash={known}", "mine>1.5")
    assert made is None, "version 9.0 won, which only the stranger has"
    assert "no-version" in {each.code for each in findings}
    made, _ = await make(f"common==1.0 --hash={known}", "mine==1.0")
    assert made is not None
    assert made.text.endswith(f"    # from {private.url}\n")
