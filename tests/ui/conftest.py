"""A JupyterLab for the session, a browser for the module, a window for the test.

The browser lives no longer than its module: while Playwright's synchronous interface is open its
event loop counts as running, and asynchronous tests of another module could not start theirs.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from .lab import Lab, build, chromium, running
from .pages import Desk

_ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb")
SIZE = {"width": 1280, "height": 800}
_NUMBERS = itertools.count(1)
# A busy machine is slow, not wrong; what is wrong stays so.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab with the extension as it is now and the demo notebooks; nothing deployed."""
    build()
    with running(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture(scope="module")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A Jupyter Notebook 7 with the extension and the demo notebooks."""
    build()
    with running(tmp_path_factory.mktemp("notebook7"), app="notebook") as made:
        yield made


@pytest.fixture(scope="session")
def iris(lab: Lab) -> Any:
    """The service of iris.ipynb, deployed by the command line: what `deploy --json` says."""
    return lab.modelship("deploy", "iris.ipynb", "--yes")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(_ARGUMENTS))
        yield started
        started.close()


@dataclass
class Complaints:
    """What the browser complained of; a test fails of each that it did not expect."""

    told: list[str] = field(default_factory=list)
    _expected: list[re.Pattern[str]] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """A complaint that matches belongs to this test, such as a reply of 409."""
        self._expected.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        return [one for one in self.told if not any(e.search(one) for e in self._expected)]

    def watch(self, page: Page) -> None:
        """Errors on the console, uncaught exceptions and rejected promises of a page."""

        def hear(message: Any) -> None:
            if message.type == "error":
                self.told.append(f"{message.text} {message.location.get('url', '')}".strip())

        page.on("console", hear)
        page.on("pageerror", lambda error: self.told.append(f"uncaught: {error.stack or error}"))
        # What is thrown need not be an error: then the event says no more than its type.
        page.add_init_script(
            """addEventListener('unhandledrejection', ({ reason }) => {
                if (!(reason instanceof Error)) {
                    console.error('rejected with ' + JSON.stringify(reason));
                }
            });"""
        )


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test in the end if the browser complained of anything unexpected."""
    heard = Complaints()
    yield heard
    assert heard.unexpected == []


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has used: no cookies, no storage, 1280 x 800, light, English."""
    fresh = browser.new_context(
        viewport={"width": SIZE["width"], "height": SIZE["height"]},
        locale="en-US",
        color_scheme="light",
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    fresh.set_default_timeout(15_000)
    yield fresh
    fresh.close()


@pytest.fixture
def open_window(context: BrowserContext, lab: Lab, complaints: Complaints) -> Callable[..., Page]:
    """Opens another window of the same JupyterLab: `open_window()`, `open_window("notebooks/a")`.

    Each has a workspace of its own, that a reload finds again.
    """

    def opened(tree: str = "") -> Page:
        page = context.new_page()
        complaints.watch(page)
        workspace = f"lab/workspaces/test-{os.getpid()}-{next(_NUMBERS)}"
        place = f"{workspace}/tree/{tree}" if tree else workspace
        page.goto(f"{lab.url}{place}?token={lab.token}")
        Desk(page).ready()
        return page

    return opened


@pytest.fixture
def page(open_window: Callable[..., Page]) -> Page:
    """A window of JupyterLab, ready for a person: the launcher in front, no pop-ups."""
    return open_window()


@pytest.fixture
def desk(page: Page) -> Desk:
    """What a person sees and does in `page`."""
    return Desk(page)
