"""JupyterLab in Chromium, with the extension and without, in turn."""

from __future__ import annotations

import gzip
import itertools
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, WebSocketRoute, sync_playwright

from tests.ui.lab import Lab, build, chromium, running

from .goals import Figure
from .machine import settle
from .page import Block, Row
from .preview import large_notebook
from .samples import Samples

ROUNDS = 15
EDITS = 10
SERVICES = 1000
OURS = "/lab/extensions/@jupyter-modelship/"
_SPLIT = 700
"""Milliseconds between two edits: the badges follow within 300."""
_PATIENCE = 120
"""Seconds until a window has to be at rest."""
_LITTLE = 60
"""Milliseconds of work in a second of rest: the cursor blinks."""


def measure(*, rounds: int, wait: float) -> Block:
    """Each turn loads both, edits in both; scrolls a full panel and a short one."""
    build()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="modelship-lab-")))
        labs = [stack.enter_context(_lab(folder / name, name == "with")) for name in _NAMES]
        # A browser each: windows of one browser would share the thread that is measured.
        playwright = stack.enter_context(sync_playwright())
        pairs = [(stack.enter_context(_browser(playwright)), lab) for lab in labs]
        pages = [_loaded(*pair)[0] for pair in pairs]  # fills the caches
        download = [_download(*pair) for pair in pairs]
        for page, lab in zip(pages, labs, strict=True):
            _open_large(page, lab)
        quiet = settle(wait)
        edits = [[_edit(page) for page in pages] for _ in range(rounds)]
        for page in pages:
            page.close()
        starts = [[_start(*pair) for pair in pairs] for _ in range(rounds)]
        panels = [_panel(*pairs[0], count) for count in (SERVICES, 10)]
        frames = [[_slowest_frame(panel) for panel in panels] for _ in range(rounds)]
    ready, edit, frame = (_pair(turns, "ms") for turns in (starts, edits, frames))
    size = _pair([download], "kB")
    told = {
        "lab-start": ("until JupyterLab is restored", ready),
        "lab-edit": (f"main thread per edit, {len(_CELLS)} cells", edit),
        "lab-download": ("download, compressed", size),
        "lab-scroll": (f"slowest frame, {SERVICES:,} services against 10", frame),
    }
    return Block(
        title="JupyterLab with the extension",
        method="Chromium, headless, caches warm, one server with the extension and one without, in "
        "turn. The time to start is until `app.restored`. An edit is a character typed into a cell "
        "and all that the main thread does within 0.7 s; the badges are on. The download is what a "
        "first page asks for below the extension's address, each file through gzip, against all "
        "that JupyterLab itself asks for.",
        rows=[row for said, (ours, theirs) in told.values() for row in _rows(said, ours, theirs)],
        figures=[Figure(key, *pair) for key, (_, pair) in told.items()],
        quiet=quiet,
    )


_NUMBERS = itertools.count(1)
_NAMES = ("with", "without")
_CELLS = json.loads(large_notebook())["cells"]


def _pair(turns: Sequence[Sequence[float]], unit: str) -> tuple[Samples, Samples]:
    ours, theirs = zip(*turns, strict=True)
    return Samples(ours, unit), Samples(theirs, unit)


def _rows(told: str, ours: Samples, theirs: Samples) -> Iterator[Row]:
    yield Row(f"{told}: without", theirs)
    yield Row(f"{told}: with", ours, ours.over(theirs))


@contextmanager
def _lab(folder: Path, extended: bool) -> Iterator[Lab]:
    """A JupyterLab; the one without the extension finds all others of this environment."""
    flags: tuple[str, ...] = ()
    if not extended:
        others = folder / "labextensions"
        others.mkdir(parents=True)
        for path in Path(sys.prefix, "share/jupyter/labextensions").iterdir():
            if path.name != "@jupyter-modelship":
                (others / path.name).symlink_to(path)
        flags = (f"--LabApp.labextensions_path={others}",)
    with running(folder, flags=flags) as lab:
        (lab.root / "large.ipynb").write_bytes(large_notebook())
        yield lab


@contextmanager
def _browser(playwright: Playwright) -> Iterator[BrowserContext]:
    browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
    yield browser.new_context(viewport={"width": 1280, "height": 800})
    browser.close()


def _address(lab: Lab) -> str:
    """A workspace in which nothing is open."""
    return f"{lab.url}lab/workspaces/bench-{next(_NUMBERS)}?token={lab.token}"


def _loaded(context: BrowserContext, lab: Lab) -> tuple[Page, float]:
    """A window, and the milliseconds until it was restored."""
    page = context.new_page()
    page.goto(_address(lab), wait_until="commit")
    page.wait_for_function("() => window.jupyterapp", timeout=120_000)
    took: float = page.evaluate("() => window.jupyterapp.restored.then(() => performance.now())")
    return page, took


def _start(context: BrowserContext, lab: Lab) -> float:
    page, took = _loaded(context, lab)
    page.close()
    return took


def _download(context: BrowserContext, lab: Lab) -> float:
    """Kilobytes: with the extension what it asks for, without it what JupyterLab asks for."""
    heard: set[str] = set()
    page = context.new_page()
    page.on("response", lambda one: heard.add(one.url))
    page.goto(_address(lab))
    page.wait_for_function("() => window.jupyterapp", timeout=120_000)
    page.evaluate("() => window.jupyterapp.restored.then(() => null)")
    ours = {url for url in heard if OURS in url}
    asked = ours or {url for url in heard if "/static/" in url}
    sizes = [len(gzip.compress(context.request.get(url).body(), 6)) for url in sorted(asked)]
    page.close()
    return sum(sizes) / 1e3


def _open_large(page: Page, lab: Lab) -> None:
    page.evaluate(
        """() => window.jupyterapp.commands.execute(
            'docmanager:open', { path: 'large.ipynb', factory: 'Notebook', kernel: { name: '' } }
        ).then(panel => panel.context.ready)"""
    )
    page.locator(".jp-NotebookPanel .jp-CodeCell .cm-content").first.click()
    _idle(page)


def _edit(page: Page) -> float:
    """Milliseconds of the main thread's work for one character, the median of some."""
    page.bring_to_front()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    spent = []
    for _ in range(EDITS):
        before = _busy(session)
        page.keyboard.type("#")
        page.wait_for_timeout(_SPLIT)
        spent.append(_busy(session) - before)
    session.detach()
    return statistics.median(spent)


def _idle(page: Page) -> None:
    """Wait until the main thread has little to do: JupyterLab renders cells in its idle time."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    for _ in range(_PATIENCE):
        before = _busy(session)
        page.wait_for_timeout(1000)
        if _busy(session) - before < _LITTLE:
            session.detach()
            return
    raise RuntimeError("the window does not come to rest: nothing can be measured in it")


def _busy(session: Any) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    seconds: float = next(one["value"] for one in metrics if one["name"] == "TaskDuration")
    return seconds * 1e3


def _panel(context: BrowserContext, lab: Lab, count: int) -> Page:
    """A window whose server tells of so many services."""

    def route(socket: WebSocketRoute) -> None:
        def hear(text: str | bytes) -> None:
            wish = json.loads(text)
            if wish["do"] == "subscribe" and wish["channel"] == "services":
                data = [_service(number) for number in range(count)]
                frame = {"channel": "services", "kind": "event", "seq": 1, "data": data}
                socket.send(json.dumps(frame))

        socket.on_message(hear)

    page = context.new_page()
    page.route_web_socket("**/modelship/api/v1/channels*", route)
    page.goto(_address(lab))
    page.wait_for_function("() => window.jupyterapp", timeout=120_000)
    page.evaluate(
        """() => window.jupyterapp.restored.then(
            () => window.jupyterapp.commands.execute('modelship:open-services'))"""
    )
    page.get_by_role("listitem").filter(has_text="service-0000").wait_for()
    return page


def _service(number: int) -> dict[str, Any]:
    name = f"service-{number:04}"
    return {
        "service": name,
        "target": "local",
        "state": "running",
        "path": f"{name}.ipynb",
        "revision": 1,
        "plan_digest": "a" * 64,
        "proxy": f"/modelship/services/{name}/",
        "url": "http://127.0.0.1:1",
        "url_from": "machine",
        "token_file": None,
        "since": "2026-11-23T00:00:00Z",
        "replicas": None,
        "restarts": 0,
        "reason": "",
        "remedy": "",
        "cell": None,
        "line": None,
        "revisions": [],
        "endpoints": [],
        "run": None,
        "metrics": {"rate": 1.0, "errors": 0.0, "p50": 0.001, "p99": 0.002, "rates": [1.0] * 360},
        "silent": None,
    }


def _slowest_frame(page: Page) -> float:
    """Milliseconds of the longest frame while the panel scrolls from top to end and back."""
    page.bring_to_front()
    slowest: float = page.evaluate(
        """async () => {
            const row = document.querySelector('[role=list] [role=listitem]');
            let box = row.parentElement;
            while (box.scrollHeight <= box.clientHeight && box.parentElement) {
                box = box.parentElement;
            }
            const next = () => new Promise(requestAnimationFrame);
            let last = await next();
            let slowest = 0;
            for (let step = 0; step <= 120; step += 1) {
                const part = step <= 60 ? step / 60 : (120 - step) / 60;
                box.scrollTop = part * (box.scrollHeight - box.clientHeight);
                const now = await next();
                slowest = Math.max(slowest, now - last);
                last = now;
            }
            return slowest;
        }"""
    )
    return slowest
