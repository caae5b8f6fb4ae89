"""A browser window without the browser: one session of a kernel, over the server's WebSocket."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

Fetch = Callable[..., Awaitable[Any]]
Message = dict[str, Any]


class Window:
    """Runs cells as JupyterLab does, and keeps every message that comes back."""

    def __init__(self, socket: Any, kernel: str, session: str) -> None:
        self.kernel = kernel
        self.messages: list[Message] = []
        self._socket = socket
        self._session = session

    @classmethod
    async def open(cls, fetch: Fetch, connect: Fetch, path: str, kernel: str) -> Window:
        """A notebook with this kernel. The window talks as soon as the server lets it."""
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": kernel}}
        reply = await fetch("api", "sessions", method="POST", body=json.dumps(body))
        made: str = json.loads(reply.body)["kernel"]["id"]
        return await cls.join(connect, made)

    @classmethod
    async def join(cls, connect: Fetch, kernel: str) -> Window:
        """One more window on a kernel."""
        session = uuid.uuid4().hex
        socket = await connect("api", "kernels", kernel, "channels", params={"session_id": session})
        return cls(socket, kernel, session)

    async def send(self, kind: str, content: Message) -> str:
        """Send a message on the shell channel; its id."""
        message = uuid.uuid4().hex
        header = {
            "msg_id": message,
            "msg_type": kind,
            "session": self._session,
            "username": "ada",
            "version": "5.3",
            "date": "2026-01-01T00:00:00Z",
        }
        frame = {
            "channel": "shell",
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
        }
        await self._socket.write_message(json.dumps(frame))
        return message

    async def until(self, found: Callable[[Message], object], seconds: float = 120) -> Message:
        """The first message from now on that is looked for."""
        async with asyncio.timeout(seconds):
            while True:
                frame = await self._socket.read_message()
                assert frame is not None, "the server has closed the connection"
                message: Message = json.loads(frame)
                self.messages.append(message)
                if found(message):
                    return message

    async def greet(self) -> None:
        """What a front end does before it sends anything else to a kernel that has restarted."""
        await self.send("kernel_info_request", {})
        await self.until(lambda message: message["msg_type"] == "kernel_info_reply")

    async def run(self, code: str, *, seconds: float = 120) -> list[Message]:
        """Run a cell; all messages that belong to it."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        cell = await self.send("execute_request", content)
        waited = {"execute_reply", "idle"}

        def over(message: Message) -> bool:
            if message["parent_header"].get("msg_id") != cell:
                return False
            waited.discard(message["msg_type"])
            waited.discard(message["content"].get("execution_state", ""))
            return not waited

        await self.until(over, seconds)
        return [m for m in self.messages if m["parent_header"].get("msg_id") == cell]

    async def close(self) -> None:
        self._socket.close()
        while await self._socket.read_message() is not None:
            pass


def of(messages: list[Message], kind: str) -> list[Message]:
    """The contents of the messages of one kind."""
    return [message["content"] for message in messages if message["msg_type"] == kind]


def text(messages: list[Message]) -> str:
    """What a cell printed."""
    return "".join(content["text"] for content in of(messages, "stream"))
