"""A Jupyter server with the extension that watches its own loop: GET /lag says the longest that
the loop was kept from its work since it was last asked, in seconds.

    python -m tests.benchmarks.watched FOLDER PORT TOKEN
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from tornado import web

STEP = 0.001
"""Seconds between two looks at the clock."""


class Lag(web.RequestHandler):
    worst = 0.0

    def get(self) -> None:
        self.finish(json.dumps(type(self).worst))
        type(self).worst = 0.0


async def probe() -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(STEP)
        Lag.worst = max(Lag.worst, time.perf_counter() - before - STEP)


def main(folder: str, port: str, token: str) -> None:
    app = ServerApp.instance()
    app.initialize(
        [
            f"--ServerApp.root_dir={folder}",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.open_browser=False",
            "--ServerApp.allow_root=True",
            "--ServerApp.jpserver_extensions={'jupyter_modelship': True}",
            f"--IdentityProvider.token={token}",
            "--log-level=ERROR",
        ]
    )
    app.web_app.add_handlers(  # type: ignore[no-untyped-call] # jupyter_server gives it no types
        ".*$", [(url_path_join(app.base_url, "/lag"), Lag)]
    )
    app.io_loop.add_callback(probe)
    app.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
