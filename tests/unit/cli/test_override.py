"""`deploy --override CODE=REASON`: what policy lets people ship in spite of, and what not."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import pytest

from jupyter_modelship.cli import deploy, main
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.places import Places
from jupyter_modelship.plan.policy import FILE
from jupyter_modelship.runs import review
from jupyter_modelship.runs.review import Looked
from tests.line.conftest import write_book

LIMITED = {"limits": {"body_limit": 1000}}
WHY = "large pictures = agreed"


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook of one endpoint, where the only policies are those of the test."""
    monkeypatch.setenv("MODELSHIP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(review, "system_folders", lambda: (tmp_path,))
    path = tmp_path / "book.ipynb"
    write_book(path, ("def go(x: int) -> int:\n    return x", "endpoint"))
    return path


def policy(book: Path, **members: object) -> None:
    book.with_name(FILE).write_text(json.dumps(members), encoding="utf-8")


def words(book: Path, *overrides: str) -> tuple[str, ...]:
    given = [word for one in overrides for word in ("--override", one)]
    return ("deploy", str(book), "--yes", "--body-limit", "2000", *given)


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        (("policy-violatd=please",), "no finding has the code 'policy-violatd'"),
        (("no-endpoint=please",), "policy lets nobody override 'no-endpoint'"),
        (("policy-violated= ",), "the override of policy-violated has no reason"),
        (("policy-violated=a", "policy-violated=b"), "names 'policy-violated' twice"),
    ],
)
def test_an_override_that_is_none_is_refused_with_a_remedy(
    book: Path, capsys: pytest.CaptureFixture[str], overrides: tuple[str, ...], says: str
) -> None:
    policy(book, **LIMITED, overridable=["policy-violated"])
    assert main(words(book, *overrides)) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "→" in told


def test_a_code_alone_is_a_usage_error(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words(book, "policy-violated"))
    assert ended.value.code == 2
    assert "'policy-violated' gives no reason: CODE=REASON" in capsys.readouterr().err


def test_what_blocks_blocks_unless_it_is_overridden_by_its_code(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(book, **LIMITED, overridable=["policy-violated", "no-endpoint"])

    passed: list[tuple[str, ...]] = []

    async def reached(looked: Looked, places: Places, *, overridden: Collection[str]) -> None:
        passed.append(tuple(overridden))
        raise StageFailed("that is far enough")

    monkeypatch.setattr(deploy, "locked", reached)
    assert main(words(book)) == 3
    assert main(words(book, "no-endpoint=please")) == 3
    assert passed == []
    assert main(words(book, f"policy-violated={WHY}")) == 1
    assert passed == [("policy-violated",)]


def test_no_reason_makes_a_service_of_what_is_none(book: Path) -> None:
    policy(book, overridable=["no-endpoint"])
    write_book(book, "x = 1")
    assert main(("deploy", str(book), "--yes", "--override", "no-endpoint=please")) == 3
