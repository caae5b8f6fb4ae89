"""What this installation is and can do."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_modelship import __version__
from jupyter_modelship.runs.honours import TARGETS
from jupyter_modelship.runs.services import NOT_YET

from .handler import API, RESOURCE, ModelshipHandler


class AboutHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self) -> None:
        self.say(
            {
                "version": __version__,
                "targets": [
                    *({"name": name, "available": True, "reason": ""} for name in TARGETS),
                    *(
                        {"name": name, "available": False, "reason": reason}
                        for name, reason in NOT_YET.items()
                    ),
                ],
                "who": self.who,
                "questions_url": self.app.questions_url,
                "faq_url": self.app.faq_url,
                "friction": bool(self.app.friction_webhook),
                "terminal": bool(self.settings.get("terminals_available", False)),
            }
        )


ROUTES = [(rf"{API}/about", AboutHandler)]
