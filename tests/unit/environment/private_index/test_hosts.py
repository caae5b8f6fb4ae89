"""A login, and a variable of the environment, goes to the host that it belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.environment.realise import realise
from jupyter_modelship.places import Places
from tests.indexes import PrivateIndex, Reply, serving

from .conftest import Locking


async def test_a_login_does_not_follow_where_an_index_sends(
    private: PrivateIndex, make: Locking, make_facts: Any, kernel: Any, places: Places,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Its pages are moved to another host, which has the files on a third one."""
    monkeypatch.setenv("UV_INDEX", private.with_login)
    folders = tmp_path / "private"
    with (
        serving(folders, address="127.0.0.2") as other,
        serving(folders, address="127.0.0.3") as third,
    ):
        other.files_at = f"http://{third.host}"
        to = f"http://{other.host}"

        def moved(call: Any) -> Reply | None:
            return Reply(302, {"Location": to + call.path}) if call.authorization else None

        private.script = moved
        made, _ = await make()
        assert made is not None
        await realise(made, make_facts(python=str(kernel.python)), places)
        assert any(call.authorization == private.basic for call in private.asked)
        assert third.served() == {"mine"}
        assert {call.authorization for call in (*other.asked, *third.asked)} == {""}


@pytest.mark.parametrize(
    "line",
    [
        "--extra-index-url {scheme}://ship:${{TOKEN}}@{host}/simple",
        "--index-url={scheme}://{host}/${{TOKEN}}/simple",
        "--find-links {scheme}://{host}/?t=${{TOKEN}}",
        r"--index-url={scheme}://{host}\\@127.0.0.1/${{TOKEN}}/simple",
    ],
)
async def test_a_strangers_requirements_send_no_variable_to_a_host_of_theirs(
    tmp_path: Path, public: PrivateIndex, make: Locking, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("TOKEN", "S3cr3tS3cr3t")
    monkeypatch.setenv("UV_DEFAULT_INDEX", public.url)
    with serving(tmp_path / "strange", address="127.0.0.2") as strange:
        text = line.format(scheme="http", host=strange.host)
        _, findings = await make(text, "common>=1")
        assert strange.asked == []
    (told,) = [each for each in findings if each.code == "index-variable"]
    host = "without a host" if "@127" in line else "127.0.0.2"
    assert told.severity == "block"
    assert told.message == (
        "requirements.txt, line 1: a variable of your environment would be sent to an address "
        f"that is none of your own package indexes ({host})"
    )


async def test_a_variable_goes_to_an_index_of_ones_own(
    private: PrivateIndex, make: Locking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGIN", private.with_login.partition("://")[2].partition("@")[0])
    monkeypatch.setenv("UV_DEFAULT_INDEX", private.url)
    made, _ = await make("mine>=1", f"--extra-index-url http://${{LOGIN}}@{private.host}/simple")
    assert made is not None
    assert made.packages == (("mine", "1.0"),)
