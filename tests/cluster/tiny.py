"""A small image with a server in it, made by the engine `oci` on the base image of the tests."""

from __future__ import annotations

import asyncio
from pathlib import Path

from jupyter_modelship.engines.oci.engine import OciEngine
from jupyter_modelship.engines.port import Access, Job
from jupyter_modelship.engines.scratch import scratch
from jupyter_modelship.image.layers import content_key
from jupyter_modelship.image.recipe import SERVICE, Config, Layer, Platform, Recipe
from tests.images.bases import MANIFEST, base_layout
from tests.images.registries import Registry, upload

PORT = 8000
SERVER = """\
import http.server, os, signal, sys

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ["HOSTNAME"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("serving", flush=True)
http.server.ThreadingHTTPServer(("", 8000), Answer).serve_forever()
"""


def push(registry: str, folder: Path) -> str:
    """`registry/repository@sha256:…` of it; `folder` is for what it is made from."""
    base = base_layout()
    there = Registry(registry, folder, Access(insecure=True))
    upload(there, f"bases/python:{base.python}", base.manifest, MANIFEST, *base.blobs)
    code = folder / "code"
    code.mkdir()
    (code / "server.py").write_text(SERVER, encoding="utf-8")
    layer = Layer("code", code, SERVICE, content_key(code, SERVICE))
    config = Config(("python", "server.py"), "10001", ports=(PORT,))
    recipe = Recipe(f"{registry}/bases/python@{base.digest}", Platform(), (layer,), config)
    return asyncio.run(_built(recipe, f"{registry}/tests/tiny", folder))


async def _built(recipe: Recipe, repository: str, folder: Path) -> str:
    cache = folder / "cache"
    cache.mkdir()
    engine, access = OciEngine(), Access(insecure=True)
    with scratch(folder / "jobs", "tiny") as place:
        job = Job("tiny", place, cache)
        image = await engine.build(recipe, job, access, lambda _: None)
        pushed = await engine.push(image, job, repository, access, lambda _: None)
        return pushed.reference
