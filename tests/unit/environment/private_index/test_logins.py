"""The login of a private index: found wherever people keep it, told to uv and to nobody else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.doctor.index import index as doctor
from jupyter_modelship.environment.indexes import Indexes, inherited
from jupyter_modelship.environment.logins import passwords
from jupyter_modelship.environment.realise import realise
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.places import Places
from tests.indexes import Certificates, PrivateIndex, serving

from .conftest import PASSWORD, Locking
from .kept import PLACES, Set, in_pip_conf, in_uv_index, in_uv_toml, write

campaign = pytest.mark.campaign


@pytest.mark.parametrize(
    "place", [*PLACES[:3], *(pytest.param(place, marks=campaign) for place in PLACES[3:])]
)
async def test_a_login_is_found_where_people_keep_it(
    private: PrivateIndex, make: Locking, home: Path, places: Places,
    monkeypatch: pytest.MonkeyPatch, place: Set,
) -> None:  # fmt: skip
    private.documents = place is in_uv_toml
    place(private, home, monkeypatch)
    made, findings = await make()
    assert made is not None, findings
    assert made.packages == (("mine", "1.0"),)
    assert made.text.endswith(f"    # from {private.url}\n")
    kept = b"".join(path.read_bytes() for path in places.cache.rglob("*") if path.is_file())
    told = made.text + repr(findings) + kept.decode()
    assert not any(form in told for form in (PASSWORD, "h8%2FQz", "h8/Qz"))


async def test_what_is_locked_there_installs_from_there(
    private: PrivateIndex, make: Locking, make_facts: Any, kernel: Any, home: Path, places: Places,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    in_pip_conf(private, home, monkeypatch)
    made, _ = await make()
    assert made is not None
    lines: list[str] = []
    facts = make_facts(python=str(kernel.python))
    python = await realise(made, facts, places, lines.append)
    (file,) = python.parent.parent.glob("lib/python3*/site-packages/mine/__init__.py")
    assert file.read_text() == "ours = True\n"
    assert private.served() == {"mine"}
    assert PASSWORD not in "".join(lines)


def cert_variable(tls: Certificates, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("SSL_CERT_FILE", str(tls.authority))


def cert_of_pip(tls: Certificates, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PIP_CERT", str(tls.authority))


def cert_in_pip_conf(tls: Certificates, home: Path, patch: pytest.MonkeyPatch) -> None:
    write(home / ".config/pip/pip.conf", f"[global]\ncert = {tls.authority}\n")


@pytest.mark.parametrize(
    "place",
    [
        cert_in_pip_conf,
        pytest.param(cert_variable, marks=campaign),
        pytest.param(cert_of_pip, marks=campaign),
    ],
)
async def test_an_authority_of_ones_own_is_trusted_where_it_is_named(
    make: Locking, tls: Certificates, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    place: Callable[[Certificates, Path, pytest.MonkeyPatch], None],
) -> None:  # fmt: skip
    with serving(tmp_path / "tls", password=PASSWORD, tls=tls) as index:
        index.wheel("mine", "1.0")
        in_uv_index(index, home, monkeypatch)
        with pytest.raises(StageFailed, match="an authority that is not known here") as raised:
            await make()
        assert "SSL_CERT_FILE" in raised.value.remedy
        assert index.asked == []
        place(tls, home, monkeypatch)
        made, _ = await make()
    assert made is not None
    assert made.packages == (("mine", "1.0"),)


async def test_a_login_that_is_refused_while_installing_is_said_too(
    private: PrivateIndex, make: Locking, make_facts: Any, kernel: Any, home: Path, places: Places,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    in_pip_conf(private, home, monkeypatch)
    made, _ = await make()
    assert made is not None
    private.password = "another"
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    lines: list[str] = []
    with pytest.raises(StageFailed, match="environment cannot be installed") as raised:
        await realise(made, make_facts(python=str(kernel.python)), places, lines.append)
    told = raised.value
    assert told.message.endswith(": no index gives mine as it was locked")
    assert ".netrc" in told.remedy
    assert not any("h8" in text for text in (told.message, told.detail, *lines))


async def test_doctor_says_what_keeps_an_index_from_answering(
    private: PrivateIndex, home: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", private.url)
    (answer,) = await doctor(places)
    assert answer.said.startswith(f"the package index {private.host} wants a login")
    assert "401 Unauthorized" in answer.said
    assert ".netrc" in answer.remedy


def test_passwords_are_known_wherever_they_are_kept(
    home: Path, private: PrivateIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {}
    for place in PLACES[:-1]:
        with monkeypatch.context() as patch:
            place(private, home, patch)
            environ = dict(os.environ)
            told[place.__name__] = set(passwords(inherited(environ), environ).values())
        for path in home.rglob("*"):
            if path.is_file():
                path.unlink()
    assert {name for name, values in told.items() if PASSWORD not in values} == set()


def test_a_token_in_place_of_a_name_is_a_password_and_a_name_for_a_keyring_is_none() -> None:
    indexes = Indexes("https://tok3n@h/simple")
    assert set(passwords(indexes, {"HOME": "/none"}).values()) == {"tok3n"}
    assert passwords(indexes, {"HOME": "/none", "UV_KEYRING_PROVIDER": "subprocess"}) == {}
