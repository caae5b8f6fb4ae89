"""A private index: the login from wherever people keep it, told to uv, to its host, and to nobody
else; what the private index has is never taken from the public one."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.doctor.index import index as doctor
from jupyter_modelship.environment import LockRequest, lock
from jupyter_modelship.environment.indexes import Indexes, inherited
from jupyter_modelship.environment.logins import passwords
from jupyter_modelship.environment.realise import realise
from jupyter_modelship.environment.uv import find_uv
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Finding, KernelFacts, Lock
from jupyter_modelship.places import Places
from tests.indexes import USER, Certificates, PrivateIndex, Reply, certificates, serving

PASSWORD = "h8/Qz:w%7@R x"
NAMES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "PIP_INDEX_URL",
         "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONFIG_FILE", "PIP_CERT", "SSL_CERT_FILE",
         "SSL_CERT_DIR", "NETRC", "UV_CONFIG_FILE", "XDG_CONFIG_HOME")  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of somebody who has set nothing up."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    made = tmp_path / "home"
    (made / ".config").mkdir(parents=True)
    for name, value in {
        "HOME": made,
        "UV_CACHE_DIR": tmp_path / "uv",
        "UV_HTTP_RETRIES": 0,
    }.items():
        monkeypatch.setenv(name, str(value))
    return made


@pytest.fixture
def private(tmp_path: Path) -> Iterator[PrivateIndex]:
    """Wants a login; has `mine` 1.0, which exists nowhere else."""
    with serving(tmp_path / "private", password=PASSWORD) as made:
        made.wheel("mine", "1.0", body="ours = True\n")
        yield made


@pytest.fixture
def public(tmp_path: Path) -> Iterator[PrivateIndex]:
    """Open; a stranger has put a newer `mine` there."""
    with serving(tmp_path / "public") as made:
        made.wheel("mine", "9.0", body="ours = False\n")
        made.wheel("common", "1.0")
        yield made


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("tls"))


Made = tuple[Lock | None, tuple[Finding, ...]]
Locking = Callable[..., Awaitable[Made]]


@pytest.fixture
def make(make_facts: Any, kernel: Any, folder: Path, places: Places) -> Locking:
    """Locks what a requirements.txt beside the notebook asks for; all of it is imported."""

    async def made(*lines: str) -> Made:
        asked = [line for line in lines or ("mine>=1",) if not line.startswith("-")]
        names = tuple(re.split("[=>]", line)[0] for line in asked)
        facts: KernelFacts = make_facts(*(f"{n}==0.1" for n in names), python=str(kernel.python))
        (folder / "requirements.txt").write_text("\n".join((*(lines or ("mine>=1",)), "")))
        request = LockRequest(facts, folder, names, places, service_requirements=())
        return await lock(request)

    return made


Set = Callable[[PrivateIndex, Path, pytest.MonkeyPatch], None]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")


def in_uv_index(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("UV_INDEX", index.with_login)


def in_uv_default(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("UV_DEFAULT_INDEX", index.with_login)


def in_variables_of_a_name(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("UV_INDEX", f"corp={index.url}")
    patch.setenv("UV_INDEX_CORP_USERNAME", USER)
    patch.setenv("UV_INDEX_CORP_PASSWORD", index.password)


def in_pip_variable(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PIP_EXTRA_INDEX_URL", index.with_login)


def in_pip_conf(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    write(home / ".config/pip/pip.conf", f"[global]\nindex-url = {index.with_login}\n")


def in_uv_toml(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    text = f'[[index]]\nname = "corp"\nurl = "{index.with_login}"\n'
    write(home / ".config/uv/uv.toml", text)


def in_netrc(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("UV_INDEX", index.url)
    host = index.host.split(":")[0]
    write(home / ".netrc", f'machine {host} login {USER} password "{index.password}"\n')


def in_uv_store(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    """As `uv auth login` keeps it."""
    login = ("auth", "login", "--username", USER, "--password", "-", index.url)
    given = f"{index.password}\n".encode()
    subprocess.run([find_uv(), *login], input=given, check=True, capture_output=True)
    patch.setenv("UV_INDEX", index.url)


def in_keyring(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    """A program of that name, as uv calls it; pip's setting says so."""
    tool = home / "bin/keyring"
    write(tool, f"#!/bin/sh\necho '{index.password}'\n")
    tool.chmod(0o700)
    patch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    address = index.url.replace("://", f"://{USER}@")
    text = f"[global]\nextra-index-url = {address}\nkeyring-provider = subprocess\n"
    write(home / ".config/pip/pip.conf", text)


campaign = pytest.mark.campaign
PLACES = (in_pip_conf, in_uv_toml, in_netrc, in_variables_of_a_name, in_uv_index, in_uv_default,
          in_pip_variable, in_uv_store, in_keyring)  # fmt: skip


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


# No dependency confusion


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


# Only to the host that it belongs to


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


# What is looked for elsewhere


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
