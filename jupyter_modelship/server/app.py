"""The extension as a Jupyter server loads it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.filemanager import FileContentsManager
from traitlets import Bool, Bunch, TraitError, Unicode, validate

from jupyter_modelship.desk.followed import Followed
from jupyter_modelship.desk.readers import Readers
from jupyter_modelship.places import places

from . import exchange, friction
from .activity import Activity
from .kernels import KernelMagic
from .live import Live
from .routes import routes
from .ways import Ways


class Modelship(ExtensionApp):
    """Deploys notebooks from JupyterLab. Configured as `c.Modelship` by administrators."""

    name = "modelship"
    activity: Activity | None = None

    questions_url = Unicode(
        "", config=True, help="A public place for questions, which errors link to."
    )
    faq_url = Unicode(
        "", config=True, help="A page of questions and answers; an error's code is the anchor."
    )
    friction_webhook = Unicode(
        "", config=True, help="Where reports of friction are sent; people see them beforehand."
    )

    kernel_magic = Bool(
        True, config=True, help="Register %deploy in the Python kernels that this server starts."
    )

    @validate("friction_webhook")
    def _check_webhook(self, proposal: Bunch) -> str:
        if proposal.value and (why := friction.acceptable(proposal.value)):
            raise TraitError(f"Modelship.friction_webhook: {why}")
        return str(proposal.value)

    def initialize_settings(self) -> None:
        self.places = places()
        self.readers = Readers(self.places)
        self.followed = Followed(self.places)
        self.live = Live(self.places, followed=self.followed, root=self.root)
        self.client = exchange.client()
        self.ways = Ways()
        self.turnstile = asyncio.Semaphore(exchange.AT_ONCE)
        self.magic: KernelMagic | None = None

    def initialize_handlers(self) -> None:
        self.handlers.extend(routes())

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        """Called by the server once its loop runs."""
        self.magic = KernelMagic(serverapp, wanted=self.kernel_magic)
        self.magic.start()
        self.activity = Activity(
            self.places, serverapp.web_app.settings["last_activity_times"], self.log
        )
        await self.activity.start()

    def current_activity(self) -> bool:
        """Asked by the server before it ends itself for being idle."""
        return self.activity is not None and self.activity.at_work

    async def stop_extension(self) -> None:
        if self.activity is not None:
            await self.activity.close()
        self.client.close()
        await self.ways.close()
        await self.live.close()
        await self.followed.close()
        if self.magic is not None:
            await self.magic.stop()
        await self.readers.close()

    def root(self) -> Path | None:
        """The folder that the contents API shows, where that is a folder."""
        assert self.serverapp is not None, "loaded by one"
        contents = self.serverapp.contents_manager
        return Path(contents.root_dir) if isinstance(contents, FileContentsManager) else None
