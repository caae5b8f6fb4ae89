"""What every handler shares: who asks, where things live, how an error is said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado import web

from jupyter_modelship.desk.readers import Answer, Pace, Readers
from jupyter_modelship.desk.who import user
from jupyter_modelship.errors import ModelshipError, UsageError
from jupyter_modelship.places import Places

from .errors import http_problem, problem_of, status, status_of

if TYPE_CHECKING:
    from .app import Modelship

API = r"/modelship/api/v1"
RESOURCE = "modelship"
"""What an authorizer is asked about, with the action read, write or execute."""


class NoFiles(UsageError):
    """This server's notebooks are no files on this machine."""

    code = "no-files"


class ModelshipHandler(ExtensionHandlerMixin, APIHandler):
    """Base of the REST handlers. Each verb stands below `@web.authenticated` and
    `@authorized(action, RESOURCE)`; an exception becomes an `IProblem` of the right status."""

    auth_resource = RESOURCE

    @property
    def app(self) -> Modelship:
        """The extension, with what its administrator configured."""
        return cast("Modelship", self.extensionapp)

    @property
    def places(self) -> Places:
        return self.app.places

    @property
    def readers(self) -> Readers:
        return self.app.readers

    @property
    def who(self) -> str:
        """Who asks, as a Hub knows them. Jupyter's own providers make a name up for every browser
        window; there whoever can log in is the user that the server runs as."""
        return str(self.current_user.username) if self.vouched else user()

    @property
    def vouched(self) -> bool:
        """Whether somebody has logged in by a name of their own."""
        made_up = (IdentityProvider, PasswordIdentityProvider)
        return type(self.identity_provider) not in made_up

    @property
    def root(self) -> Path:
        """The folder that the contents API shows; NoFiles where it shows none."""
        if self.shown_root is None:
            kind = type(self.contents_manager).__name__
            raise NoFiles(
                f"this server keeps notebooks in {kind}, not in files",
                remedy="deploy from a Jupyter server whose notebooks are files on its own disk",
            )
        return self.shown_root

    @property
    def shown_root(self) -> Path | None:
        """As `root`; None where there is none."""
        return self.app.root()

    async def ask(
        self, what: str, *, body: Sequence[bytes] | None = None, pace: Pace = "quick"
    ) -> Answer:
        """Have a reader answer the body of this request."""
        question: dict[str, object] = {
            "do": what,
            "who": self.who,
            "vouched": self.vouched,
            "root": str(self.root),
            "hidden": bool(self.contents_manager.allow_hidden),
        }
        return await self.readers.ask(question, body or [self.request.body], pace=pace)

    async def inquire(
        self, what: str, about: Mapping[str, object], *, pace: Pace = "quick"
    ) -> Answer:
        """Have a reader answer what concerns no notebook of the contents API."""
        question: dict[str, object] = {
            "do": what,
            "who": self.who,
            "vouched": self.vouched,
            "root": "/",
            "hidden": False,
        }
        return await self.readers.ask(question, [json.dumps(about).encode()], pace=pace)

    def reply(self, answer: Answer) -> None:
        """Pass a reader's answer on as it is."""
        if answer.error is not None:
            self.set_status(status_of(*answer.error))
        self.finish(answer.body)

    def say(self, value: object, *, status: int = 200) -> None:
        """Reply with a JSON value."""
        self.set_status(status)
        self.finish(json.dumps(value, allow_nan=False))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None))[1]
        if error is None or isinstance(error, web.HTTPError):
            told = getattr(error, "log_message", None) or ""
            self.finish(json.dumps(http_problem(status_code, str(told))))
            return
        self.set_status(status(error))
        self.finish(json.dumps(problem_of(error)))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if isinstance(value, ModelshipError):  # the person who asked is told, and can act on it
            self.log.info("%s: %s", value.code, value.message)
            return
        super().log_exception(typ, value, tb)
