"""`%deploy` in every Python kernel that this server starts, whatever environment it lives in.

A kernel is sent the magic's source as the first message it gets: silent, without history. The
reply to a kernel's first message takes it as long as its start, so nothing waits for it.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sys
from typing import TYPE_CHECKING, Any

import zmq
import zmq.asyncio

from jupyter_modelship import sent

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

EVENTS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
PYTHON_VARIABLE = "MODELSHIP_PYTHON"
SERVER_VARIABLE = "MODELSHIP_SERVER"
_REPLY_SECONDS = 300.0
"""A kernel on a busy network disk may take minutes to start."""
_AGAIN_MILLISECONDS = 5
_LOADER = """
import sys
if sys.version_info >= (3, 8) and "IPython" in sys.modules:
    shell = get_ipython()
    if hasattr(shell, "input_transformers_post"):
        scope = {"__name__": "modelship_magic"}
        exec(compile(MAGIC, "<modelship magic>", "exec"), scope)
        scope["register"](shell, python=PYTHON, card=True)
"""


def registration() -> str:
    """What a kernel is sent. Any Python can compile it; only a fitting one does anything."""
    return sent.program(_LOADER, {"MAGIC": sent.magic(), "PYTHON": sys.executable})


class KernelMagic:
    """Registers the magic when a kernel starts or restarts, and tells all kernels whose server
    this is by the environment that they inherit."""

    def __init__(self, server: ServerApp, *, wanted: bool) -> None:
        self._server = server
        self._wanted = wanted
        self._tasks: set[asyncio.Task[None]] = set()
        self._before: dict[str, str | None] = {}

    def start(self) -> None:
        """From here on; kernels that run already get the magic now."""
        ours = {PYTHON_VARIABLE: sys.executable, SERVER_VARIABLE: str(os.getpid())}
        self._before = {name: os.environ.get(name) for name in ours}
        os.environ.update(ours)
        if self._wanted and (events := self._server.event_logger) is not None:
            events.add_listener(schema_id=EVENTS, listener=self._heard)
            for kernel in self._server.kernel_manager.list_kernel_ids():
                self._begin(kernel)

    async def stop(self) -> None:
        """Leave the environment as it was, and no message under way."""
        for name, value in self._before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        if self._wanted and (events := self._server.event_logger) is not None:
            events.remove_listener(schema_id=EVENTS, listener=self._heard)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _heard(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        """An event of a kernel, as jupyter_server emits it."""
        if data["action"] in ("start", "restart") and data["status"] == "success":
            self._begin(data["kernel_id"])

    def _begin(self, kernel: str) -> None:
        task = asyncio.ensure_future(self._register(kernel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _register(self, kernel: str) -> None:
        """Never raises: a kernel without the magic is a kernel all the same."""
        try:
            manager = self._server.kernel_manager.get_kernel(kernel)
            spec = manager.kernel_spec
            if spec is not None and spec.language.lower() == "python":
                await _send(manager.client(context=_eager()))
        except queue.Empty:
            self._server.log.info("kernel %s has not taken %%deploy yet", kernel)
        except Exception as error:
            self._server.log.warning("kernel %s gets no %%deploy: %s", kernel, error)


def _eager() -> zmq.asyncio.Context:
    """Sockets that are there first: a kernel answers in the order in which they reach it, and the
    others try again every 100 ms while it starts."""
    context = zmq.asyncio.Context.shadow(zmq.Context.instance().underlying)
    context.setsockopt(zmq.RECONNECT_IVL, _AGAIN_MILLISECONDS)
    return context


async def _send(client: Any) -> None:
    """One message on the shell channel, and its reply; again where another cell's failure has
    taken it off the kernel's queue."""
    client.start_channels(iopub=False, stdin=False, hb=False, control=False)
    source, reply = registration(), {"status": "aborted"}
    try:
        while reply["status"] == "aborted":
            client.execute(
                source, silent=True, store_history=False, allow_stdin=False, stop_on_error=False
            )
            reply = (await client.get_shell_msg(timeout=_REPLY_SECONDS))["content"]
    finally:
        client.shell_channel.stop()
    if reply["status"] != "ok":
        raise RuntimeError(f"{reply.get('ename')}: {reply.get('evalue')}")
