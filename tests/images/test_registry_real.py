"""The client against Debian's docker-registry: bytes sent once, broken lines, who may come in."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.engines.port import Access
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.registry.blobs import Held, Remote, Stored, download, has_blob, upload
from jupyter_modelship.registry.connection import Connection
from jupyter_modelship.registry.manifests import (
    Document,
    find_manifest,
    put_manifest,
    read_manifest,
    tags,
)
from jupyter_modelship.registry.patience import Patience
from jupyter_modelship.registry.referrers import put_referrer, referrers
from jupyter_modelship.registry.repository import Repository, check

from .proxies import line_to
from .registries import Registry, auth_file, running

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
MEGABYTE = 1 << 20


async def at_once(seconds: float) -> None:
    """Nobody waits in a test."""


HASTY = Patience(wait=at_once)


def connect(registry: Registry, access: Access | None = None, host: str = "") -> Connection:
    access = access or registry.access
    return Connection(
        host or registry.host,
        auth_file=access.auth_file,
        ca_file=access.ca_file,
        insecure=access.insecure,
        patience=HASTY,
    )


def noise(path: Path, size: int) -> Stored:
    path.write_bytes(os.urandom(size))
    return Stored(path, "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest(), size)


async def read(repository: Repository, source: Stored) -> bytes:
    pieces = download(repository, source.digest, source.size)
    return b"".join([piece async for piece in pieces])


async def image(repository: Repository, title: str) -> Document:
    """The smallest manifest, its configuration uploaded."""
    config = Held(b"{}")
    await upload(repository, config)
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": config.digest,
            "size": 2,
        },
        "layers": [],
        "annotations": {"org.opencontainers.image.title": title},
    }
    return Document(json.dumps(document).encode(), MANIFEST)


@pytest.mark.parametrize("size", [0, 1, 1000, 4 * MEGABYTE, 9 * MEGABYTE + 1])
async def test_a_blob_goes_there_once_and_comes_back(
    registry: Registry, tmp_path: Path, size: int
) -> None:
    source = noise(tmp_path / "blob", size)
    async with connect(registry) as connection:
        repository = Repository(connection, "client/blobs")
        assert size == 0 or not await has_blob(repository, source.digest)
        await upload(repository, source)
        assert connection.sent == size
        assert await has_blob(repository, source.digest)
        assert await read(repository, source) == source.file.read_bytes()
        assert not await upload(repository, source)
        assert connection.sent == size


async def test_another_repository_of_the_registry_gets_it_unsent(
    registry: Registry, tmp_path: Path
) -> None:
    source = noise(tmp_path / "blob", 5000)
    async with connect(registry) as connection:
        await upload(Repository(connection, "client/from"), source)
        before = connection.sent
        there = Repository(connection, "client/mounted")
        assert not await upload(there, source, mount_from="client/from")
        assert connection.sent == before
        assert await read(there, source) == source.file.read_bytes()


async def test_a_blob_passes_from_one_registry_to_another(
    registry: Registry, locked_registry: Registry, tmp_path: Path
) -> None:
    source = noise(tmp_path / "blob", 6 * MEGABYTE)
    async with connect(registry) as here, connect(locked_registry) as there:
        await upload(Repository(here, "client/passed"), source)
        passed = Remote(Repository(here, "client/passed"), source.digest, source.size)
        assert await upload(Repository(there, "client/passed"), passed)
        assert there.sent == source.size
        assert await read(Repository(there, "client/passed"), source) == source.file.read_bytes()


async def test_an_upload_whose_line_broke_arrives_all_the_same(
    registry: Registry, tmp_path: Path
) -> None:
    """docker-registry 2.8 drops an upload that broke within a request: it begins anew. Where a
    registry keeps it, `scripted_registry` has the rest."""
    source = noise(tmp_path / "blob", 20 * MEGABYTE)
    async with line_to(registry.host) as line:
        line.break_after = [8 * MEGABYTE, 20 * MEGABYTE]
        async with connect(registry, host=line.host) as connection:
            repository = Repository(connection, "client/broken")
            heard: list[int] = []
            assert await upload(repository, source, told=heard.append)
            assert line.breaks == 2
            assert heard[-1] == source.size
            assert await read(repository, source) == source.file.read_bytes()


async def test_a_download_goes_on_where_the_line_broke(registry: Registry, tmp_path: Path) -> None:
    source = noise(tmp_path / "blob", 20 * MEGABYTE)
    async with line_to(registry.host) as line, connect(registry) as direct:
        await upload(Repository(direct, "client/torn"), source)
        line.break_after = [5 * MEGABYTE, 12 * MEGABYTE]
        async with connect(registry, host=line.host) as connection:
            repository = Repository(connection, "client/torn")
            assert await read(repository, source) == source.file.read_bytes()
            assert line.breaks == 2
            assert line.received < source.size + 6 * MEGABYTE


async def test_a_line_that_always_breaks_is_given_up(registry: Registry, tmp_path: Path) -> None:
    source = noise(tmp_path / "blob", 5 * MEGABYTE)
    async with line_to(registry.host) as line:
        line.break_after = [0] * 100
        async with connect(registry, host=line.host) as connection:
            with pytest.raises(StageFailed, match="broke the connection") as caught:
                await upload(Repository(connection, "client/never"), source)
        assert line.breaks == HASTY.attempts
    assert caught.value.remedy


async def test_manifests_are_read_back_and_tagged(registry: Registry) -> None:
    async with connect(registry) as connection:
        repository = Repository(connection, "client/tagged")
        assert await tags(repository) == []
        one, other = await image(repository, "one"), await image(repository, "other")
        assert await find_manifest(repository, one.digest, [MANIFEST]) is None
        for document in (one, other):
            await put_manifest(repository, document)
            assert await read_manifest(repository, document.digest, [MANIFEST]) == document
        await put_manifest(repository, one, "v1")
        await put_manifest(repository, other, "v1")
        assert await tags(repository) == ["v1"]
        assert await read_manifest(repository, "v1", [MANIFEST]) == other
        with pytest.raises(StageFailed, match="is not in the registry") as caught:
            await read_manifest(repository, "v2", [MANIFEST])
        assert caught.value.remedy


async def test_what_is_said_about_an_image_is_found_without_the_registrys_help(
    registry: Registry,
) -> None:
    """docker-registry 2.8 has no referrers API."""
    async with connect(registry) as connection:
        repository = Repository(connection, "client/referred")
        subject = await image(repository, "subject")
        await put_manifest(repository, subject)
        said = json.loads((await image(repository, "bill of materials")).content)
        said |= {"artifactType": "application/vnd.cyclonedx+json"}
        said["subject"] = {
            "mediaType": MANIFEST,
            "digest": subject.digest,
            "size": len(subject.content),
        }
        document = Document(json.dumps(said).encode(), MANIFEST)
        assert await referrers(repository, subject.digest) == []
        for _ in range(2):  # the second time changes nothing
            await put_referrer(repository, document, subject.digest)
        other = Document(document.content + b"\n", MANIFEST)
        await put_referrer(repository, other, subject.digest)
        found = await referrers(repository, subject.digest, "application/vnd.cyclonedx+json")
        assert [one["digest"] for one in found] == [document.digest, other.digest]
        assert await referrers(repository, subject.digest, "application/other") == []
        assert await read_manifest(repository, document.digest, [MANIFEST]) == document


async def test_who_has_the_password_comes_in(locked_registry: Registry, tmp_path: Path) -> None:
    source = noise(tmp_path / "blob", 100)
    wrong = auth_file(tmp_path / "wrong", locked_registry.host, password="guessed-it")
    other = auth_file(tmp_path / "other", "registry.example")
    for file, words in ((None, "wants a login"), (wrong, "wants a login"), (other, "a login")):
        async with connect(locked_registry, Access(file, insecure=True)) as connection:
            with pytest.raises(StageFailed, match=words) as caught:
                await upload(Repository(connection, "client/locked"), source)
            with pytest.raises(StageFailed, match=words):
                await check(connection)
        said = f"{caught.value.message} {caught.value.remedy} {caught.value.detail}"
        assert "podman login" in said
        assert "guessed-it" not in said
    async with connect(locked_registry) as connection:
        await check(connection, "client/locked")
        assert await upload(Repository(connection, "client/locked"), source)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Speaks TLS with a certificate that an authority of our own has signed."""
    folder = tmp_path_factory.mktemp("tls-registry")
    signed = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names"
    make = [
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tests -keyout ca.key -out ca.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout key.pem -out csr.pem",
        f"x509 -req -in csr.pem {signed} -out cert.pem",
    ]
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for command in make:
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    tls = {"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    access = Access(ca_file=folder / "ca.pem")
    with running(folder, settings={"http": {"tls": tls}}, access=access) as found:
        yield found


async def test_an_authority_of_our_own_is_trusted_where_it_is_named(
    certified: Registry, tmp_path: Path
) -> None:
    source = noise(tmp_path / "blob", 6 * MEGABYTE)
    async with connect(certified) as connection:
        repository = Repository(connection, "client/tls")
        assert await upload(repository, source)
        assert await read(repository, source) == source.file.read_bytes()
    async with connect(certified, Access()) as connection:
        with pytest.raises(StageFailed, match=r"certificate of .* is not trusted") as caught:
            await check(connection)
    assert "authority" in caught.value.remedy


async def test_plain_http_is_no_answer_where_tls_is_asked_for(registry: Registry) -> None:
    async with connect(registry, replace(registry.access, insecure=False)) as connection:
        with pytest.raises(StageFailed, match="does not speak TLS"):
            await check(connection)


def test_a_file_that_is_no_authority_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(StageFailed, match="holds no certificate authority"):
        Connection("registry.example", ca_file=tmp_path / "ca.pem")
