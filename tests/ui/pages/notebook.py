"""An open notebook: its toolbar, its cells, its context menu."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect


class Notebook:
    """The notebook at `path`, which is open. Cells are numbered from 1, as people do."""

    def __init__(self, page: Page, path: str) -> None:
        self.page = page
        self.path = path
        title = path.rpartition("/")[2]
        tab = page.locator("#jp-main-dock-panel").get_by_role("tab", name=title).last
        self.tab = tab
        self.root = page.locator(".jp-NotebookPanel:visible")

    def ready(self) -> None:
        """Its cells are there, and its kernel answers."""
        expect(self.root.locator(".jp-Cell").first).to_be_visible()
        self.widget(
            "session => session.ready.then(() => session.session.kernel.info)", "sessionContext"
        )
        expect(self.root.locator("[data-status=idle]")).to_be_visible()

    def widget(self, function: str, part: str) -> Any:
        """What a JavaScript function says of a part of the document's context, as JSON."""
        return self.page.evaluate(
            f"""path => {{
                const open = [...window.jupyterapp.shell.widgets('main')];
                const found = open.find(one => one.context && one.context.path === path);
                return Promise.resolve(({function})(found.context.{part}));
            }}""",
            self.path,
        )

    @property
    def toolbar(self) -> Locator:
        return self.root.get_by_role("toolbar", name="main")

    def cell(self, number: int) -> Locator:
        return self.root.locator(f'.jp-Cell[data-windowed-list-index="{number - 1}"]')

    def select(self, number: int) -> Locator:
        """Make a cell the active one, by a click on its prompt."""
        cell = self.cell(number)
        cell.locator(".jp-InputPrompt").click()
        expect(cell).to_contain_class("jp-mod-active")
        return cell

    def source(self, number: int) -> Locator:
        """The editor of a cell."""
        return self.cell(number).get_by_role("textbox")

    def replace(self, number: int, source: str) -> None:
        """Type over what a cell holds."""
        self.select(number)
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(source)

    def execute(self, number: int) -> None:
        """Shift+Enter in a cell."""
        self.select(number)
        self.page.keyboard.press("Shift+Enter")

    def output(self, number: int) -> Locator:
        return self.cell(number).locator(".jp-OutputArea-output")

    def deploy(self) -> None:
        """Deploy in the toolbar: its review opens."""
        self.toolbar.get_by_role("button", name="Deploy").click()

    def save(self) -> None:
        self.page.keyboard.press("ControlOrMeta+S")
        expect(self.tab).not_to_contain_class("jp-mod-dirty")

    def choose(self, number: int, label: str) -> None:
        """Right-click a cell and choose what the menu calls `label`."""
        self.cell(number).locator(".jp-InputPrompt").click(button="right")
        self.page.get_by_role("menuitem", name=label, exact=True).click()

    def content(self) -> Any:
        """The document as it is now, saved or not."""
        return self.widget("model => model.toJSON()", "model")
