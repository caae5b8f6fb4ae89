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
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

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
    _heard: list[tuple[Page, str, Callable[..., None]]] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """A complaint that matches belongs to this test, such as a reply of 409."""
        self._expected.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        return [one for one in self.told if not any(e.search(one) for e in self._expected)]

    def watch(self, page: Page) -> None:
        """Errors on the console, uncaught exceptions and rejected promises of a page."""
        self._listen(page, "console", self._hear)
        self._listen(page, "pageerror", self._catch)

    def stop(self) -> None:
        """Listen to no page any longer: another test goes on with it."""
        for page, event, listener in self._heard:
            page.remove_listener(event, listener)
        self._heard.clear()

    def _listen(self, page: Page, event: str, listener: Callable[..., None]) -> None:
        page.on(event, listener)  # type: ignore[call-overload] # the event's name is a variable
        self._heard.append((page, event, listener))

    def _hear(self, message: Any) -> None:
        if message.type == "error":
            self.told.append(f"{message.text} {message.location.get('url', '')}".strip())

    def _catch(self, error: Any) -> None:
        self.told.append(f"uncaught: {error.stack or error}")


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test in the end if the browser complained of anything unexpected."""
    heard = Complaints()
    yield heard
    heard.stop()
    assert heard.unexpected == []


def _stranger(browser: Browser) -> BrowserContext:
    fresh = browser.new_context(
        viewport={"width": SIZE["width"], "height": SIZE["height"]},
        locale="en-US",
        color_scheme="light",
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    fresh.set_default_timeout(30_000)
    # What is thrown need not be an error: then the event says no more than its type.
    fresh.add_init_script(
        """addEventListener('unhandledrejection', ({ reason }) => {
            if (!(reason instanceof Error)) {
                console.error('rejected with ' + JSON.stringify(reason));
            }
        });"""
    )
    return fresh


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has used: no cookies, no storage, 1280 x 800, light, English."""
    fresh = _stranger(browser)
    yield fresh
    fresh.close()


def _opened(context: BrowserContext, lab: Lab, tree: str = "") -> Page:
    page = context.new_page()
    workspace = f"lab/workspaces/test-{os.getpid()}-{next(_NUMBERS)}"
    place = f"{workspace}/tree/{tree}" if tree else workspace
    page.goto(f"{lab.url}{place}?token={lab.token}")
    return page


@pytest.fixture
def open_window(context: BrowserContext, lab: Lab, complaints: Complaints) -> Callable[..., Page]:
    """Opens another window of the same JupyterLab: `open_window()`, `open_window("notebooks/a")`.

    Each has a workspace of its own, that a reload finds again.
    """

    def opened(tree: str = "") -> Page:
        page = _opened(context, lab, tree)
        complaints.watch(page)
        Desk(page).ready()
        return page

    return opened


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Window]:
    """The window that the tests of a module use one after the other."""
    kept = Window(browser)
    yield kept
    kept.close()


@pytest.fixture
def page(
    request: pytest.FixtureRequest, window: Window, lab: Lab, complaints: Complaints
) -> Iterator[Page]:
    """A window of JupyterLab, ready for a person: the launcher in front, no pop-ups.

    Loading takes seconds, so tests of a module share one; each finds it as if it were new.
    """
    failures = request.session.testsfailed
    page = window.ready(lab, complaints)
    yield page
    complaints.stop()
    if request.session.testsfailed > failures:
        window.close()  # nobody knows what it looks like


@pytest.fixture
def desk(page: Page) -> Desk:
    """What a person sees and does in `page`."""
    return Desk(page)


class Window:
    """A window of JupyterLab that is tidied up between two tests."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._page: Page | None = None

    def ready(self, lab: Lab, complaints: Complaints) -> Page:
        """The window, with nothing open in it; a new one where the last test lost it."""
        if self._page is None or self._page.is_closed() or not self._tidied(self._page):
            self.close()
            self._page = _opened(_stranger(self._browser), lab)
        complaints.watch(self._page)
        Desk(self._page).ready()
        return self._page

    def close(self) -> None:
        page, self._page = self._page, None
        if page is not None:
            page.context.close()

    def _tidied(self, page: Page) -> bool:
        try:
            page.unroute_all()
            page.set_viewport_size({"width": SIZE["width"], "height": SIZE["height"]})
            return bool(page.evaluate(_TIDY))
        except Error:
            return False


_TIDY = """async () => {
    const { commands, shell } = window.jupyterapp;
    if (document.querySelector('.jp-Dialog, .lm-Menu')) {
        return false;
    }
    const late = new Promise(resolve => setTimeout(resolve, 10000));
    for (const widget of [...shell.widgets('main')]) {
        // What is gone while its kernel starts is an error to JupyterLab.
        await Promise.race([widget.sessionContext?.ready, late]);
        widget.dispose();
    }
    shell.collapseRight();
    await commands.execute('apputils:dismiss-notification');
    await commands.execute('filebrowser:go-to-path', { path: '/', dontShowBrowser: true });
    await commands.execute('filebrowser:activate');
    await commands.execute('launcher:create');
    return shell.mode === 'multiple-document';
}"""
