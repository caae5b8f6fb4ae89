"""Somebody who rehearses before they ship, after something went wrong: `proof.py NOTEBOOK`.

Prints one JSON object: how the run ended, and what is there that should not be.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from jupyter_modelship.places import Places, places
from jupyter_modelship.rehearsal import recalled
from jupyter_modelship.runs import client, services
from jupyter_modelship.runs.locking import locked
from jupyter_modelship.runs.rehearsing import rehearsal_request
from jupyter_modelship.runs.review import Reviewed, look
from jupyter_modelship.runs.run import Request, new_id


async def proved(path: Path, here: Places) -> tuple[str, Reviewed]:
    reviewed = await locked(look(path, {}), here)
    request = Request(
        id=new_id(),
        service=reviewed.plan.service,
        target="local",
        notebook=str(path),
        notebook_digest=reviewed.notebook.digest,
        plan_digest=reviewed.plan.digest,
        body={"flags": {}, "who": "ada", "until": "prove"},
    )
    run = client.submit_and_start(request, here)
    return (await client.wait(run.id, here)).state, reviewed


async def main(path: Path) -> dict[str, object]:
    here = places()
    state, reviewed = await proved(path, here)
    known = await recalled(rehearsal_request(reviewed, here))
    return {
        "state": state,
        "services": [seen.service for seen in await services.list_services(here)],
        "examples": len(known.examples) if known else None,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(Path(sys.argv[1])))) + "\n")
