"""From the review to a run that ends, over the wire and on the real local target."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.runs.services import delete, list_services
from jupyter_modelship.server.app import Modelship
from tests.line.conftest import Source, write_book

from .conftest import Ask

SIX: tuple[Source, ...] = (
    ('k = {}\nfor each in range(7):\n    k["of"] = each', "train"),
    ('def go(x: int) -> int:\n    return x * k["of"]', "endpoint"),
    ("go(7)", "example"),
)


def differing(review: Any) -> list[str]:
    """The names of the files that are not as in the live revision."""
    return [one["name"] for one in review["files"] if one["text"] != one["live"]]


class Book:
    """A notebook in the server's folder and what a front end asks about it."""

    def __init__(self, ask: Ask, folder: Path) -> None:
        self.ask = ask
        self.file = folder / "six.ipynb"
        self.write(*SIX)

    def write(self, *cells: Source) -> None:
        write_book(self.file, *cells)

    @property
    def wish(self) -> dict[str, Any]:
        digest = hashlib.sha256(self.file.read_bytes()).hexdigest()
        return {"path": self.file.name, "digest": digest, "options": {}}

    async def get(self, path: str) -> Any:
        reply = await self.ask("GET", path)
        assert reply.code == 200, reply.body
        return json.loads(reply.body)

    async def review(self, *, lock: bool = True, **more: Any) -> Any:
        reply = await self.ask("POST", "/review", {**self.wish, "lock": lock, **more})
        assert reply.code == 200, reply.body
        return json.loads(reply.body)

    async def ship(self, **more: Any) -> tuple[int, Any]:
        body = {"id": str(uuid.uuid4()), **self.wish, **more}
        reply = await self.ask("POST", "/runs", body)
        return reply.code, json.loads(reply.body)

    async def ended(self, run: str) -> Any:
        """The run once it has come to an end."""
        limit = time.monotonic() + 120
        while (found := await self.get(f"/runs/{run}"))["state"] in ("queued", "running"):
            assert time.monotonic() < limit, found
            await asyncio.sleep(0.1)
        return found


@pytest.fixture
async def book(ask: Ask, jp_root_dir: Path, extension: Modelship) -> AsyncIterator[Book]:
    yield Book(ask, jp_root_dir)
    for seen in await list_services(extension.places):
        await delete(seen.service, extension.places, who="ada")


async def test_review_rehearse_ship_and_change(
    book: Book, record: Callable[[str, object], None]
) -> None:
    """The whole way of a notebook, one step after the other, as a person goes it."""
    first = await book.review(lock=False)
    assert (first["complete"], first["plan_digest"], first["live"]) == (False, "", None)
    assert [one["name"] for one in first["files"]] == ["service.py"]
    assert first["files"][0]["source_map"]
    record("review-at-once", first)

    whole = await book.review()
    assert whole["complete"]
    record("review-locked", whole)
    assert len(whole["plan_digest"]) == 64
    assert not whole["rehearsed"]
    assert (whole["artifacts"], whole["size"]["artifacts"]) == ([], None)

    code, proof = await book.ship(plan_digest=whole["plan_digest"], until="prove")
    assert (code, proof["until"], proof["path"]) == (202, "prove", "six.ipynb")
    proof = await book.ended(proof["id"])
    assert (proof["state"], proof["result"]["revision"]) == ("succeeded", 0)
    record("run-proved", proof)
    assert (await book.review())["live"] is None, "nothing went live"

    known = await book.review()
    assert known["plan_digest"] == whole["plan_digest"]
    assert known["rehearsed"]
    record("review-rehearsed", known)
    assert [one["name"] for one in known["artifacts"]] == ["k"]
    assert [(one["arguments"], one["result"]) for one in known["examples"]] == [({"x": 7}, 42)]
    assert known["size"]["artifacts"] == known["artifacts"][0]["size"]
    assert known["size"]["packages"] > 1_000_000

    code, run = await book.ship(plan_digest=known["plan_digest"])
    assert code == 202
    run = await book.ended(run["id"])
    assert (run["state"], run["result"]["revision"], run["until"]) == ("succeeded", 1, None)
    record("run-shipped", run)

    live = await book.review()
    assert live["unchanged"]
    record("review-live", live)
    assert live["live"] == {
        "service": "six",
        "target": "local",
        "state": "running",
        "revision": 1,
        "plan_digest": known["plan_digest"],
        "drifted": False,
    }
    assert differing(live) == []

    book.write((SIX[0][0] + "\nk['more'] = 1", "train"), *SIX[1:])
    trained = await book.review()
    assert not trained["rehearsed"]
    assert trained["artifacts"] == trained["examples"] == []
    assert differing(trained) == [], "what only the rehearsal can tell is as in revision 1"

    book.write(
        SIX[0],
        ('def go(x: int) -> str:\n    return str(x * k["of"])', "endpoint"),
        SIX[2],
        "# a note",
    )
    changed = await book.review()
    assert [cell["id"] for cell in changed["cells"] if cell["drifted"]] == ["cell-2"]
    assert changed["live"]["drifted"]
    record("review-drifted", changed)
    assert differing(changed) == ["service.py", "openapi.json"]
    assert not changed["unchanged"]
    assert changed["breaking"] == [{"endpoint": "go", "message": "go returns str, was int"}]
    (service,) = [one for one in changed["files"] if one["name"] == "service.py"]
    assert "return x * k[" in service["live"]
    assert "return str(x * k[" in service["text"]

    runs = await book.get("/runs?service=six&limit=10")
    assert [one["id"] for one in runs] == [run["id"], proof["id"]]
    assert await book.get("/runs?service=other") == []
    assert [one["id"] for one in await book.get(f"/runs?id={proof['id']}")] == [proof["id"]]
    assert await book.get(f"/runs?id={uuid.uuid4()}") == [], "nobody has made it yet"
    assert (await book.ask("GET", "/runs?id=../x")).code == 400
    log = await book.ask("GET", f"/runs/{run['id']}/log")
    assert log.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert log.headers["Content-Disposition"].startswith("attachment;")
    assert "[confirm] done" in log.body.decode()


async def test_the_same_wish_is_the_same_run(
    book: Book, record: Callable[[str, object], None]
) -> None:
    options = {"token": False}
    wish = {"id": str(uuid.uuid4()), "plan_digest": "0" * 64, "options": options}
    code, run = await book.ship(**wish)
    assert code == 202
    code, again = await book.ship(**wish)
    assert (code, again["id"], again["created"]) == (202, run["id"], run["created"])
    asked = (again["options"], again["overrides"], again["fresh"])
    assert asked == (options, {}, False), "so that it can be asked for again"
    code, told = await book.ship(**wish, fresh=True)
    assert (code, told["code"]) == (409, "key-reused")
    record("problem", told)
    ended = await book.ended(run["id"])
    assert (ended["state"], ended["error"]["code"]) == ("failed", "stage-failed")
    assert "000000 was reviewed" in ended["error"]["message"]
    record("run-failed", ended)
    before = book.wish
    book.write(*SIX, "# saved once more")
    code, again = await book.ship(**{**before, **wish})
    assert (code, again["id"]) == (202, run["id"]), "what is asked for is what was asked for"
