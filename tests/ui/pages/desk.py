"""The window as a whole: menus, palette, main area, notifications."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from playwright.sync_api import Locator, Page, Response, expect

from .card import Card
from .files import Files
from .notebook import Notebook
from .panel import Panel
from .review import Review
from .run import Run


class Desk:
    """JupyterLab in one browser window."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def ready(self) -> None:
        """JupyterLab is up, its extensions are active and its splash is gone."""
        self.page.wait_for_function(
            "() => window.jupyterapp && window.jupyterapp.started.then(() => true)"
        )
        self.page.evaluate("() => window.jupyterapp.restored")
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def kept(self, words: str) -> AbstractContextManager[Any]:
        """A block by whose end the window's layout is kept on the server, with these words in it:
        a reload finds them."""

        def keeps(response: Response) -> bool:
            request = response.request
            return (
                "/api/workspaces/" in request.url
                and request.method == "PUT"
                and words in (request.post_data or "")
            )

        return self.page.expect_response(keeps, timeout=90_000)

    @property
    def files(self) -> Files:
        return Files(self.page)

    @property
    def panel(self) -> Panel:
        return Panel(self.page)

    def open(self, path: str) -> Notebook:
        """The notebook at `path` below the root in front, with its kernel."""
        self.command("docmanager:open", path=path, factory="Notebook")
        book = Notebook(self.page, path)
        book.ready()
        return book

    def review(self) -> Review:
        return Review(self.page)

    def run(self) -> Run:
        return Run(self.page)

    def card(self, service: str) -> Card:
        return Card(self.page, service)

    def command(self, name: str, **arguments: Any) -> None:
        """Execute a command without a click, where the click is not what is tested."""
        self.page.evaluate(
            "([name, given]) => window.jupyterapp.commands.execute(name, given).then(() => null)",
            [name, arguments],
        )

    def palette(self, words: str) -> None:
        """Execute a command as people do by keyboard: Ctrl+Shift+C, its words, Enter."""
        box = self.page.get_by_placeholder("Search").and_(self.page.locator(":visible"))
        # What JupyterLab opens takes the focus late, and would take it from the palette.
        self.page.wait_for_function("() => document.activeElement !== document.body")
        self.page.keyboard.press("ControlOrMeta+Shift+C")
        box.fill(words)
        menu = self.page.locator("#command-palette")
        item = menu.get_by_role("menuitem", name=words).or_(
            menu.get_by_role("menuitemcheckbox", name=words)
        )
        expect(item.first).to_be_visible()
        box.press("Enter")

    def menu(self, label: str) -> Locator:
        """An item of the menu that is open."""
        return self.page.get_by_role("menuitem", name=label, exact=True)

    def tab(self, title: str) -> Locator:
        """A tab of the main area."""
        return self.page.locator("#jp-main-dock-panel").get_by_role("tab", name=title)

    def notification(self, words: str) -> Locator:
        """A notification that is shown, with these words in it."""
        return self.page.get_by_role("alert").filter(has_text=words)

    def theme(self, name: str) -> None:
        """`JupyterLab Light`, `JupyterLab Dark` or `JupyterLab Dark High Contrast`."""
        self.command("apputils:change-theme", theme=name)
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", name)
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)
