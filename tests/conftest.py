"""Tests marked `ordinary_user` are run by one, also where the tests run as root.

All of a module's are run together, by a pytest of their own as a user made for the session; what
it reports is reported here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .images.bases import APT_VARIABLE, BASE_VARIABLE, BaseLayout, apt_layout, base_layout
from .images.users import User, ordinary_user
from .ordinary import ROOT, index, prefix

# jsonschema would build a parser of IRIs, 0.8 s in each of many processes: no test has one.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # for an import: no such module

MARK = "ordinary_user"
REPORTS_VARIABLE = "MODELSHIP_TESTS_REPORTS"
SECONDS = 3600.0
"""For all tests of a module; each has its own time in the other pytest."""
_told = pytest.StashKey[dict[str, list[Any]]]()
_stack = pytest.StashKey[ExitStack]()
_user = pytest.StashKey[User]()


def _is_theirs(item: pytest.Item) -> bool:
    return os.geteuid() == 0 and item.get_closest_marker(MARK) is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in filter(_is_theirs, items):
        item.add_marker(pytest.mark.timeout(SECONDS), append=False)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    if not _is_theirs(item):
        return None
    told = item.session.stash.setdefault(_told, {})
    if item.nodeid not in told:
        told |= _run(item.session, [each for each in _beside(item) if _is_theirs(each)])
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for data in told[item.nodeid]:
        report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
        if isinstance(report.longrepr, list):  # of a skip: JSON has no tuples
            report.longrepr = tuple(report.longrepr)
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    item.session._setupstate.teardown_exact(nextitem)  # what tests before it have left for it
    return True


def _beside(item: pytest.Item) -> Iterator[pytest.Item]:
    return (each for each in item.session.items if each.path == item.path)


def _run(session: pytest.Session, items: list[pytest.Item]) -> dict[str, list[Any]]:
    user = _someone(session)
    reports = user.home / "reports"
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    argv += [f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}"]
    argv += [str(ROOT / item.nodeid) for item in items]
    more = {REPORTS_VARIABLE: str(reports), BASE_VARIABLE: str(user.home / "base")}
    if any("with_apt" in getattr(item, "fixturenames", ()) for item in items):
        more[APT_VARIABLE] = str(_given(user, apt_layout(), "base-with-apt"))
    done = subprocess.run(
        [*prefix(user.uid, user.gid), *argv],
        cwd=user.home,
        env={**user.environment, **index(), **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    told: dict[str, list[Any]] = {item.nodeid: [] for item in items}
    for line in reports.read_text().splitlines() if reports.exists() else ():
        data = json.loads(line)
        told[data["nodeid"]].append(data)
    reports.unlink(missing_ok=True)
    lost = [name for name, data in told.items() if not data]
    assert not lost, f"{lost} were not run: {done.stdout}{done.stderr}"
    return told


def _someone(session: pytest.Session) -> User:
    """The session's user, with the base image in their home."""
    if _user not in session.stash:
        stack = session.stash[_stack] = ExitStack()
        user = session.stash[_user] = stack.enter_context(ordinary_user())
        _given(user, base_layout(), "base")
    return session.stash[_user]


def _given(user: User, base: BaseLayout, name: str) -> Path:
    """A copy of a base in the user's home."""
    folder = user.home / name
    if not folder.exists():
        shutil.copytree(base.folder, folder)
        user.own(folder)
    return folder


class Telling:
    """In the other pytest: tells of each report, a JSON object a line."""

    def __init__(self, config: pytest.Config, path: Path) -> None:
        self._config = config
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self._config.hook
        data = hook.pytest_report_to_serializable(config=self._config, report=report)
        with self._path.open("a", encoding="utf-8") as reports:
            reports.write(json.dumps(data, default=str) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    path = os.environ.get(REPORTS_VARIABLE)
    if path is not None:
        config.pluginmanager.register(Telling(config, Path(path)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _stack in session.stash:
        session.stash[_stack].close()
