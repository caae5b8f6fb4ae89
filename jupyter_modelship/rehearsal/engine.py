"""Papermill with an engine of our own: our kernel, our hooks, a notebook that exists in memory.

Papermill is synchronous, so a run has a thread of its own; it is cancelled by killing the kernel,
which papermill then reports as dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import importlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Cell

from . import failure
from .kernel import Kernel
from .request import CellProgress

ENGINE = "modelship"
_START_SECONDS = 60
_IOPUB_SECONDS = 60
"""nbclient's default of 4 s between a cell's reply and its last output fails on busy machines."""
_LONGEST_LINE = 65_536
"""Characters; a longer one is told in parts."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A cell for the kernel: its source, and the user's cell that it stands for."""

    source: str
    cell: Cell | None = None
    parameters: bool = False


@dataclass(slots=True)
class Run:
    """One run of cells in one kernel."""

    kernel: Kernel
    cells: Sequence[Planned]
    parameters: Mapping[str, object]
    environment: Mapping[str, str]
    cell_seconds: int
    on_cell: Callable[[CellProgress], object]
    on_line: Callable[[str], object]
    """Gets each line that a cell of the user's prints, on either stream."""
    allowed: asyncio.Event
    """No cell runs before it is set: the kernel starts meanwhile."""
    _current: int = -1
    _started: float = 0.0
    _failed: bool = False
    _hidden: bool = False
    _streams: Sequence[_Stream] = ()
    _go: threading.Event = field(default_factory=threading.Event)

    async def finish(self) -> None:
        """Run all cells; raises StageFailed. The kernel is gone when this returns or raises."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "rehearsal") as thread:
            running = loop.run_in_executor(thread, contextvars.Context().run, self._in_thread)
            try:
                await self.allowed.wait()
                self._go.set()
                await asyncio.shield(running)
            except asyncio.CancelledError:
                self.kernel.kill()
                self._go.set()
                await asyncio.wait([running])
                if not running.cancelled():
                    running.exception()
                raise

    def _in_thread(self) -> None:
        from jupyter_core.utils import ensure_event_loop

        loop = ensure_event_loop()
        try:
            try:
                self._execute()
            finally:
                self.kernel.stop()
        finally:
            loop.close()

    def _execute(self) -> None:
        try:
            self.kernel.start(self.environment)
        except OSError as error:
            raise self._not_started(error) from error
        papermill = _papermill()  # while the kernel starts: its imports take as long
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
        from papermill.exceptions import PapermillExecutionError

        self._go.wait()
        if not self.allowed.is_set():
            return  # nobody waits for it any more
        self._streams = stdout, stderr = _Stream(self._print), _Stream(self._print)
        try:
            papermill(
                self._notebook(),
                None,
                parameters=self._values(),
                engine_name=ENGINE,
                kernel_name=self.kernel.manager.kernel_name,
                progress_bar=False,
                start_timeout=_START_SECONDS,
                execution_timeout=self.cell_seconds,
                stdout_file=stdout,
                stderr_file=stderr,
                rehearsal=self,
            )
        except PapermillExecutionError as error:
            raise self._raised(error) from error
        except CellTimeoutError as error:
            raise self._too_slow() from error
        except DeadKernelError as error:
            raise self._died() from error
        except RuntimeError as error:
            if self._current >= 0:
                raise
            raise self._not_started(error) from error
        if self._failed:  # papermill takes SystemExit for an orderly end
            raise failure.ended(self._cell())

    def _values(self) -> dict[str, object]:
        wanted = any(planned.parameters for planned in self.cells)
        return dict(self.parameters) if wanted else {}

    def _notebook(self) -> Any:
        v4: Any = importlib.import_module("nbformat.v4")  # untyped

        cells = [
            v4.new_code_cell(
                planned.source,
                metadata={
                    "tags": ["parameters"] if planned.parameters else [],
                    "modelship": index,
                },
            )
            for index, planned in enumerate(self.cells)
        ]
        name = self.kernel.manager.kernel_name
        spec = {"name": name, "display_name": name, "language": "python"}
        return v4.new_notebook(
            cells=cells, metadata={"kernelspec": spec, "language_info": {"name": "python"}}
        )

    def cell_begins(self, cell: Any, cell_index: int) -> None:
        """nbclient's hook `on_cell_execute`."""
        index = cell.metadata.get("modelship")
        self._hidden = index is None  # papermill's own cell with the parameter values
        self._current = self._current if index is None else index
        self._started = time.perf_counter()
        self._tell("running")

    def _print(self, line: str) -> None:
        if not self._hidden and self.cells[self._current].cell is not None:
            self.on_line(line)

    def cell_ended(self, cell: Any, cell_index: int, execute_reply: Mapping[str, Any]) -> None:
        """nbclient's hook `on_cell_executed`."""
        for stream in self._streams:
            stream.end()
        self._failed = execute_reply["content"]["status"] == "error"
        if not self._failed:
            cell.outputs = []  # nobody reads them, and they can be large
        self._tell("failed" if self._failed else "done")

    def _tell(self, state: Any) -> None:
        cell = self.cells[self._current].cell
        if cell is not None and not self._hidden:
            seconds = 0.0 if state == "running" else time.perf_counter() - self._started
            self.on_cell(CellProgress(cell.id, cell.number, cell.first_line, state, seconds))

    def _cell(self) -> Cell:
        """The user's cell that runs; beside one of ours, the user's nearest."""
        index = self._current
        around = (*reversed(self.cells[: index + 1]), *self.cells[index + 1 :])
        return next(planned.cell for planned in around if planned.cell is not None)

    def _raised(self, error: Any) -> StageFailed:
        traceback = "\n".join(error.traceback)
        cell = self.cells[self._current].cell
        if cell is None:
            return failure.injected(error.ename, error.evalue, traceback)
        return failure.raised(cell, error.ename, error.evalue, traceback)

    def _too_slow(self) -> StageFailed:
        self._tell("failed")
        return failure.too_slow(self._cell(), self.cell_seconds)

    def _died(self) -> StageFailed:
        self._tell("failed")
        cell = self.cells[self._current].cell
        return failure.died(cell, self.kernel.exit_code(), self.kernel.output())

    def _not_started(self, error: BaseException) -> StageFailed:
        return failure.not_started(self.kernel.python, self.kernel.output(), str(error))


@dataclass(slots=True)
class _Stream:
    """Whole lines of what cells print; papermill writes to it as to a file."""

    tell: Callable[[str], object]
    _rest: str = ""

    def write(self, text: str) -> None:
        *lines, self._rest = (self._rest + text).split("\n")
        if len(self._rest) > _LONGEST_LINE:
            lines, self._rest = [*lines, self._rest], ""
        for line in lines:
            self.tell(line)

    def flush(self) -> None:
        """Nothing waits but a line that has not ended."""

    def end(self) -> None:
        """A line that has not ended ends with its cell."""
        if self._rest:
            self.write("\n")


@contextlib.contextmanager
def _without_grammars() -> Iterator[None]:
    """nbformat brings jsonschema, and that, where it finds it, a parser of IRIs whose grammars take
    0.8 s to build: half of all imports here. No notebook's schema has an IRI."""
    name = "rfc3987_syntax"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # for an import: there is no such module
    try:
        yield
    finally:
        del sys.modules[name]


def _papermill() -> Callable[..., Any]:
    """papermill's `execute_notebook`, with our engine registered."""
    with _without_grammars():
        from papermill.engines import NBClientEngine, papermill_engines
        from papermill.execute import execute_notebook

    class Engine(NBClientEngine):  # type: ignore[misc]  # papermill ships no types
        """NBClientEngine with the kernel and the hooks of one Run."""

        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, *, rehearsal: Run, **options: Any
        ) -> Any:
            return super().execute_managed_notebook(
                nb_man,
                kernel_name,
                km=rehearsal.kernel.manager,
                on_cell_execute=rehearsal.cell_begins,
                on_cell_executed=rehearsal.cell_ended,
                iopub_timeout=_IOPUB_SECONDS,
                **options,
            )

    papermill_engines.register(ENGINE, Engine)
    logger = logging.getLogger("papermill")
    if not logger.handlers:  # else its errors, which we raise, go to our standard error too
        logger.addHandler(logging.NullHandler())
    run: Callable[..., Any] = execute_notebook
    return run
