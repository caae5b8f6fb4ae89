"""A clean kernel in the user's environment: made for one run, gone with it.

It talks through Unix sockets of ours (no port that another process could take), reads no IPython
profile, and hears nothing of our own Python's settings. Everything here blocks: it is called in
the thread of the run.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_modelship import process

from .request import KernelStart

REHEARSAL_VARIABLE = "MODELSHIP_REHEARSAL"
"""Set in the kernel: makes `%deploy` inert."""


class Kernel:
    """The kernel process; `manager` is the jupyter_client manager that papermill is given."""

    def __init__(self, start: KernelStart, *, folder: Path, work: Path, socket: Path) -> None:
        self.python = start.python
        self._start = start
        self._folder = folder
        self._work = work
        self._socket = socket
        self._group: int | None = None
        self._killed = False
        self._clients: list[Any] = []
        self.manager: Any = None

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the process; whether it comes up is found out by the first message to it."""
        from jupyter_client.manager import AsyncKernelManager  # heavy: only when cells run
        from jupyter_core.utils import run_sync

        clients = self._clients

        class Manager(AsyncKernelManager):
            def client(self, **options: Any) -> Any:
                clients.append(super().client(**options))  # nbclient leaves it open: we close it
                return clients[-1]

        self.manager = Manager(
            kernel_name=self._start.name,
            kernel_spec_manager=_one_kernelspec(self._start),
            connection_file=str(self._work / "kernel.json"),
            transport="ipc",
            ip=str(self._socket),
        )
        with self._output.open("ab") as output:
            run_sync(self.manager.start_kernel)(
                extra_arguments=["--HistoryManager.hist_file=:memory:"],
                cwd=str(self._folder),
                env=self._environment(environment),
                stdout=output,
                stderr=output,
            )
        self._group = self.manager.provisioner.pid
        if self._killed:
            self.kill()

    def _environment(self, values: Mapping[str, str]) -> dict[str, str]:
        ours = {
            REHEARSAL_VARIABLE: "1",
            "IPYTHONDIR": str(self._work / "ipython"),
            "PYTHONHASHSEED": "0",  # the same sets in the same order: artifacts of the same bytes
            "PYTHONFAULTHANDLER": "1",  # a crash in native code says where, in our output file
        }
        return {**process.kernel_environment(values), **ours}

    @property
    def _output(self) -> Path:
        return self._work / "kernel.log"

    def output(self) -> str:
        """What the process itself wrote, beside the notebook protocol."""
        return self._output.read_text("utf-8", "replace") if self._output.exists() else ""

    def exit_code(self) -> int | None:
        """Exit code of a process that has ended, negative for a signal."""
        child = self.manager.provisioner.process if self.manager is not None else None
        if child is None:
            return None
        code: int | None = child.poll()
        return code

    def kill(self) -> None:
        """End the process and all it started, at once; from any thread, at any time."""
        self._killed = True
        if self._group is not None:
            process.signal_group(self._group, signal.SIGKILL)

    def stop(self) -> None:
        """End the process, take its sockets and files away."""
        from jupyter_core.utils import run_sync

        self.kill()
        for client in self._clients:
            client.stop_channels()
        if self.manager is not None and self.manager.has_kernel:
            run_sync(self.manager.shutdown_kernel)(now=True)


def _one_kernelspec(start: KernelStart) -> Any:
    """A kernelspec manager that knows the resolved kernel alone."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class Resolved(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> Any:
            argv, env = list(start.argv), dict(start.env)
            return KernelSpec(display_name=kernel_name, language="python", argv=argv, env=env)

    return Resolved()
