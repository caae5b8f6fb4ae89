"""What killed builds left: cleared, and said."""

from __future__ import annotations

import asyncio

from jupyter_modelship.doctor import Answer
from jupyter_modelship.engines import janitor
from jupyter_modelship.places import Places
from jupyter_modelship.runs.ground import CACHE
from jupyter_modelship.runs.imaging import jobs


async def builds(places: Places) -> list[Answer]:
    """Folders of jobs that still run are left alone."""
    gone = await asyncio.to_thread(janitor.clear, jobs(places), places.cache / CACHE)
    said = f"cleared what killed builds left: {', '.join(gone)}" if gone else "nothing is left over"
    return [Answer("builds", "ok", said)]
