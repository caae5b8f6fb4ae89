"""What was entrusted to us is nowhere but where it belongs, byte for byte, after a real run of the
line to a pushed image and a container; and while it runs, no child is told of it but uv."""

from __future__ import annotations

import base64
import functools
import gzip
import json
import os
import pickle
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

import pytest

from jupyter_modelship.environment.uv import find_uv
from jupyter_modelship.runs import schema
from tests.gits import PURE

from .conftest import Base
from .entrusted import TABLE, TOLD, Entrusted, entrusting, kept_private

pytestmark = pytest.mark.ordinary_user


@pytest.fixture(scope="module")
def entrusted(base: Base) -> Iterator[Entrusted]:
    with entrusting(base) as made:
        yield made


def expected(name: str) -> dict[str, set[str]]:
    """Where the secrets of a deploy belong."""
    return {
        f"modelship/state/values/{name}.env": {"declared"},
        f"modelship/state/services/{name}/values.json": {"declared"},
        "modelship/state/git-credentials": {"git"},
    }


def test_nothing_is_anywhere_but_where_it_belongs(entrusted: Entrusted) -> None:
    entrusted.deploy("oci", **entrusted.image("oci"))
    assert entrusted.index.served() == {"mine"}
    assert (
        "# from " + entrusted.index.url
        in (entrusted.folder / "bundle-oci/requirements.lock").read_text()
    )
    assert entrusted.found() == {**TOLD, **expected("oci")}


def _by_variable(made: Entrusted) -> None:
    made.more |= {"UV_INDEX": f"corp={made.index.url}", "UV_INDEX_CORP_USERNAME": "ship"}
    made.more["UV_INDEX_CORP_PASSWORD"] = made.index.password


def _by_netrc(made: Entrusted) -> None:
    made.more["UV_INDEX"] = made.index.url
    host = made.index.host.split(":")[0]
    line = f'machine {host} login ship password "{made.index.password}"\n'
    kept_private(made.folder / "home/.netrc", line)


def _by_uv_toml(made: Entrusted) -> None:
    text = f'[[index]]\nname = "corp"\nurl = "{made.index.with_login}"\n'
    kept_private(made.folder / "home/.config/uv/uv.toml", text)


def _with_a_repository(made: Entrusted) -> None:
    """A package of a private repository beside that of the index, which pip.conf has again."""
    pip_conf = made.folder / "home/.config/pip/pip.conf"
    pip_conf.write_text(f"[global]\nextra-index-url = {made.index.with_login}\n")
    address = f"git+{made.git.url('maths')}@{made.git.repository('maths', PURE)}"
    once = made.folder / "once"
    kept_private(once, made.git.credentials)
    told = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "credential.helper",
        "GIT_CONFIG_VALUE_0": f"store --file={once}",
        "UV_CACHE_DIR": str(made.folder / "uv"),  # it holds the repository afterwards
    }
    kernel = ("--python", str(made.watched.python))
    subprocess.run(
        [find_uv(), "pip", "install", "-q", *kernel, "--no-deps", address],
        env={**made.environment, **told},
        check=True,
    )
    once.unlink()
    made.helper = "import mine, team_maths\nTABLE = [team_maths.thrice(x) for x in mine.table()]"
    made.git.asked.clear()


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("name", "login", "told"),
    [
        # Who gives a login in a variable has it in what they start, and in what works for them.
        ("oci-variable", _by_variable, {"the command line": {"jupyter", "index"},
                                        "the worker": {"index"}}),
        ("buildah-netrc", _by_netrc, {}),
        ("buildah-toml", _by_uv_toml, {}),
        ("near-toml", _by_uv_toml, {"the service": {"declared"}}),
        ("buildah-git", _with_a_repository, {}),
    ],
)  # fmt: skip
def test_nor_with_another_engine_or_target_or_a_login_elsewhere(
    entrusted: Entrusted, name: str, login: Callable[[Entrusted], None], told: dict[str, set[str]]
) -> None:
    engine = name.split("-")[0]
    pip_conf = entrusted.folder / "home/.config/pip/pip.conf"
    kept = pip_conf.read_text()
    pip_conf.write_text("")
    shutil.rmtree(entrusted.home / "cache/locks", ignore_errors=True)
    entrusted.index.asked.clear()
    entrusted.watched.forget()
    entrusted.said.clear()
    try:
        login(entrusted)
        entrusted.deploy(name, **(entrusted.image(engine) if engine != "near" else {}))
        found = entrusted.found()
    finally:
        entrusted.more.clear()
        entrusted.helper = TABLE
        (entrusted.folder / "home/.config/uv/uv.toml").unlink(missing_ok=True)
        pip_conf.write_text(kept)
    assert entrusted.index.basic in {call.authorization for call in entrusted.index.asked}
    allowed = {**TOLD, **told}
    for service in (path.stem for path in entrusted.home.glob("state/values/*.env")):
        allowed |= expected(service)
    assert {p: names for p, names in found.items() if names - allowed.get(p, set())} == {}
    assert expected(name).items() <= found.items()
    assert name != "buildah-git" or entrusted.git.asked


def test_a_leak_in_any_kind_of_place_is_found(entrusted: Entrusted) -> None:
    """The places of the run before, each with one leak in it, each written in another way."""
    planted = {kind: leak(entrusted) for kind, leak in LEAKS.items()}
    found = entrusted.found()
    for undo in entrusted.undo:
        undo()
    missed = {
        kind: place
        for kind, (place, name) in planted.items()
        if not any(place in path and name in names for path, names in found.items())
    }
    assert missed == {}


def _blob(made: Entrusted, word: bytes, leak: bytes) -> str:
    """A blob that holds `word`, once more, with the leak beside it; packed where it was."""
    folder = made.registry.folder / "storage/docker/registry/v2/blobs/sha256"
    for path in folder.glob("*/*/data"):
        data = path.read_bytes()
        packed = data[:2] == b"\x1f\x8b"
        text = gzip.decompress(data) if packed and len(data) < 5_000_000 else data
        if word in text:
            leaked = text.replace(word, word + leak, 1)
            place = path.with_name(word.decode().strip('"') + ".leaked")
            place.write_bytes(gzip.compress(leaked) if packed else leaked)
            return place.name
    raise AssertionError(f"no blob has {word!r}")


def _in_blob(word: bytes, form: Callable[[str], bytes], name: str) -> Leak:
    return lambda made: (_blob(made, word, form(made.secret(name))), name)


def _in_file(pattern: str, form: Callable[[str], bytes], name: str) -> Leak:
    """At the end of the first file of that name."""

    def leak(made: Entrusted) -> tuple[str, str]:
        path = min(path for path in made.folder.glob(pattern) if path.is_file())
        path.chmod(0o600)
        made.undo.append(functools.partial(path.write_bytes, path.read_bytes()))
        with path.open("ab") as file:
            file.write(form(made.secret(name)))
        return str(path.relative_to(made.folder)), name

    return leak


def _in_journal(made: Entrusted) -> tuple[str, str]:
    path = made.home / "state" / schema.NAME
    with sqlite3.connect(path) as journal:
        told = json.dumps({"lines": [made.secret("declared")]})
        journal.execute("UPDATE events SET payload = ? WHERE kind = 'log'", (told,))
    return path.name, "declared"


def _to_a_child(made: Entrusted, *words: str, **environment: str) -> None:
    """The tool's Python starts one, which waits until it was seen in /proc."""
    code = "import subprocess, sys; subprocess.run(sys.argv[1:], check=True)"
    with made.watched.watching():
        subprocess.run(
            [made.watched.python, "-c", code, "sleep", "0.5", *words],
            env={**os.environ, **environment}, check=False, capture_output=True,
        )  # fmt: skip


def _in_argv(made: Entrusted) -> tuple[str, str]:
    _to_a_child(made, f"--password={made.secret('registry')}")
    return "process sleep 0.5 --password", "registry"


def _in_environment(made: Entrusted) -> tuple[str, str]:
    _to_a_child(made, "0", INDEX=made.index.with_login)
    return "process sleep 0.5 0", "index"


def _in_a_message(made: Entrusted) -> tuple[str, str]:
    made.said["an example"] = json.dumps({"remedy": f"log in as {made.secret('jupyter')}"})
    return "said by an example", "jupyter"


Leak = Callable[[Entrusted], tuple[str, str]]


def raw(value: str) -> bytes:
    return value.encode()


def as_pair(value: str) -> bytes:
    return base64.b64encode(f"ada:{value}".encode())


def as_digits(value: str) -> bytes:
    return value.encode().hex().encode()


def in_a_url(value: str) -> bytes:
    return f"https://ada:{quote(value, safe='')}@h/".encode()


def in_json(value: str) -> bytes:
    return json.dumps(value)[1:-1].encode()


def in_a_pickle(value: str) -> bytes:
    return pickle.dumps({"key": value}, 5)


LEAKS: Mapping[str, Leak] = {
    "file of a layer": _in_blob(b"def double(", in_a_pickle, "declared"),
    "image's configuration": _in_blob(b'"Entrypoint"', in_a_url, "index"),
    "history": _in_blob(b'"created_by"', as_pair, "registry"),
    "annotation of the manifest": _in_blob(b'"org.opencontainers.image.title"', raw, "git"),
    "bill of materials": _in_blob(b'"bomFormat"', in_json, "declared"),
    "provenance": _in_blob(b'"predicateType"', as_digits, "index"),
    "bundle": _in_file("bundle-oci/service.py", raw, "authority"),
    "lock": _in_file("bundle-oci/requirements.lock", in_a_url, "index"),
    "stored bundle": _in_file("modelship/state/bundles/*/*", as_digits, "git"),
    "journal": _in_journal,
    "worker's log": _in_file("modelship/**/*.log", as_pair, "registry"),
    "keeper's state": _in_file("modelship/state/services/oci/*.json", in_json, "jupyter"),
    "argument of a child": _in_argv,
    "environment of a child": _in_environment,
    "message": _in_a_message,
}
