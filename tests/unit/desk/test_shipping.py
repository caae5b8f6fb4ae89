"""From a wish to the request of a run: what was reviewed, by whom, in spite of what."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.desk import asked, shipping
from jupyter_modelship.desk.shipping import NotebookChanged, request_of
from jupyter_modelship.errors import Blocked, UsageError
from jupyter_modelship.places import Places, places
from jupyter_modelship.plan.policy import FILE
from jupyter_modelship.runs import review
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import KeyReused, Request
from jupyter_modelship.targets.fake import FakeTarget
from tests.line.conftest import write_book

REVIEWED = "a" * 64
LIMITED = {"limits": {"body_limit": 1000}}
TOO_MUCH = {"body_limit": 2000}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("MODELSHIP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(review, "system_folders", lambda: (tmp_path,))
    return places()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.ipynb"
    write_book(path, ("def go(x: int) -> int:\n    return x", "endpoint"))
    return path


def wish(book: Path, **more: Any) -> asked.Ship:
    digest = hashlib.sha256(book.read_bytes()).hexdigest()
    members = {"id": str(uuid.uuid4()), "path": book.name, "digest": digest}
    return asked.read(asked.Ship, json.dumps({**members, "plan_digest": REVIEWED, **more}).encode())


def request(book: Path, here: Places, **more: Any) -> Request:
    return request_of(wish(book, **more), book, who="ada", places=here)


def policy(folder: Path, **members: object) -> None:
    (folder / FILE).write_text(json.dumps(members), encoding="utf-8")


def test_the_request_says_all_that_the_worker_needs(book: Path, here: Places) -> None:
    made = request(book, here, options={"name": "other"}, until="prove", fresh=True)
    assert (made.service, made.target, made.notebook) == ("other", "local", str(book))
    assert made.plan_digest == REVIEWED
    assert made.body == {
        "flags": {"name": "other"},
        "who": "ada",
        "until": "prove",
        "fresh": True,
    }
    assert made.until == "prove"


def test_who_asks_is_called_as_the_target_knows_them(
    book: Path, here: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Hub's word goes before it; the machine's user is the last resort."""
    shared = FakeTarget("kubernetes", known_as="ada@corp.example")
    monkeypatch.setattr(shipping, "open_target", lambda *_: shared)
    assert request(book, here).who == "ada@corp.example"
    assert request_of(wish(book), book, who="ada", vouched=True, places=here).who == "ada"
    again = wish(book)
    with Journal.open(here) as journal:
        journal.submit(request_of(again, book, who="jovyan", places=here))
    assert request_of(again, book, who="root", places=here).who == "ada@corp.example"
    shared.known_as = "bob@corp.example"
    with pytest.raises(KeyReused):
        request_of(again, book, who="jovyan", places=here)


def test_only_what_was_saved_is_shipped(book: Path, here: Places) -> None:
    with pytest.raises(NotebookChanged):
        request(book, here, digest="0" * 64)


def test_a_wish_that_was_granted_is_known_again(book: Path, here: Places) -> None:
    first = wish(book)
    with Journal.open(here) as journal:
        journal.submit(request_of(first, book, who="ada", places=here))
    book.unlink()
    assert request_of(first, book, who="ada", places=here).id == first.id
    with pytest.raises(KeyReused):
        request_of(first, book, who="bob", places=here)


def test_what_blocks_blocks(book: Path, here: Places, tmp_path: Path) -> None:
    policy(tmp_path, **LIMITED)
    with pytest.raises(Blocked) as caught:
        request(book, here, options=TOO_MUCH)
    assert [each.code for each in caught.value.findings] == ["policy-violated"]


def test_policy_says_what_may_be_overridden(book: Path, here: Places, tmp_path: Path) -> None:
    reasons = {"policy-violated": "large pictures, agreed with the administrator"}
    policy(tmp_path, **LIMITED)
    with pytest.raises(asked.BadRequest, match="lets nobody override"):
        request(book, here, options=TOO_MUCH, overrides=reasons)
    policy(tmp_path, **LIMITED, overridable=["policy-violated"])
    with pytest.raises(Blocked):
        request(book, here, options=TOO_MUCH)
    with pytest.raises(asked.BadRequest, match="has no reason"):
        request(book, here, options=TOO_MUCH, overrides={"policy-violated": " "})
    made = request(book, here, options=TOO_MUCH, overrides=reasons)
    assert made.overrides == reasons


def test_no_reason_makes_a_service_of_what_is_none(
    book: Path, here: Places, tmp_path: Path
) -> None:
    policy(tmp_path, overridable=["no-endpoint"])
    write_book(book, "x = 1")
    with pytest.raises(Blocked):
        request(book, here, overrides={"no-endpoint": "please"})


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"plan_digest": ""}, "not the digest of a plan"),
        ({"until": "deploy"}, 'until must be "prove"'),
        ({"fresh": 1}, "fresh must be true or false"),
        ({"overrides": {"a": 1}}, "overrides must be an object of strings"),
        ({"pipeline": "evil:line"}, "nobody reads: 'pipeline'"),
    ],
)
def test_a_wish_is_read_strictly(
    members: dict[str, object], says: str, book: Path, here: Places
) -> None:
    with pytest.raises(asked.BadRequest, match=says):
        request(book, here, **members)


def test_a_service_of_a_cluster_is_taken_over_from_whom_the_review_named(
    book: Path, here: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "open_target", lambda *_: FakeTarget("kubernetes"))
    options = {"target": "kubernetes", "repository": "registry.example/team/book"}
    made = request(book, here, options=options, takes_over="/home/bob/book.ipynb")
    assert made.takes_over == "/home/bob/book.ipynb"
    with pytest.raises(UsageError, match="those of this machine are all yours"):
        request(book, here, takes_over="/home/bob/book.ipynb")
