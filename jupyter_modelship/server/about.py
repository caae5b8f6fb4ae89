"""What this installation is and can do."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_modelship import __version__
from jupyter_modelship.runs.honours import TARGETS, unavailable

from .handler import API, RESOURCE, ModelshipHandler


class AboutHandler(ModelshipHandler):
    @web.authenticated
    @authorized("read", RESOURCE)
    async def get(self) -> None:
        lacking = unavailable()
        self.say(
            {
                "version": __version__,
                "targets": [
                    {
                        "name": name,
                        "available": name not in lacking,
                        "reason": lacking.get(name, ""),
                    }
                    for name in dict.fromkeys((*TARGETS, *lacking))
                ],
                "who": self.who,
                "questions_url": self.app.questions_url,
                "faq_url": self.app.faq_url,
                "friction": bool(self.app.friction_webhook),
                "terminal": bool(self.settings.get("terminals_available", False)),
            }
        )


ROUTES = [(rf"{API}/about", AboutHandler)]
