"""The one WebSocket of a window, which brings everything that it follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.handler import ExtensionHandlerMixin
from jupyter_server.utils import ensure_async
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from .handler import API, RESOURCE
from .session import Gone, Session

if TYPE_CHECKING:
    from .app import Modelship

_FRAME_BYTES = 1 << 16
"""A longer frame ends the connection: no wish is nearly as long."""


class ChannelsHandler(ExtensionHandlerMixin, WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Frames in are `Wish`es, frames out are `Message`s; see docs/reference/openapi.yaml."""

    auth_resource = RESOURCE
    session: Session | None = None

    @property
    def app(self) -> Modelship:
        return cast("Modelship", self.extensionapp)

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Become a WebSocket, where the authorizer lets this user read."""
        reads = self.authorizer.is_authorized(self, self.current_user, "read", RESOURCE)
        if not await ensure_async(reads):
            raise web.HTTPError(403, f"User is not authorized to read on resource: {RESOURCE}.")
        await super().get(*args, **kwargs)

    @property
    def max_message_size(self) -> int:
        return _FRAME_BYTES

    def open(self, *args: str, **kwargs: str) -> None:
        super().open(*args, **kwargs)  # which begins to ping
        self.session = self.app.live.join(self._send)

    async def on_message(self, message: str | bytes) -> None:
        # The next frame is read when this returns: who sends faster than it reads waits.
        if self.session is not None:
            try:
                await self.session.hear(message)
            except Gone:
                self.close()

    def on_close(self) -> None:
        if self.session is not None:
            self.app.live.leave(self.session)
        super().on_close()

    async def _send(self, text: str) -> None:
        try:
            await self.write_message(text)
        except WebSocketClosedError as error:
            raise Gone from error


ROUTES = [(rf"{API}/channels", ChannelsHandler)]
