"""async-endpoint: a service made of a notebook by jupyter_modelship.

Each block is code of the cell that its comment names, as it stands in the notebook.
"""

# cell cell-1
from __future__ import annotations

from modelship_runtime import App

app = App("async-endpoint")

# cell cell-1
import asyncio


# cell cell-2
async def later(rows: list[int]) -> list[int]:
    await asyncio.sleep(0)
    return [row + 1 for row in rows]


app.serve(later, "POST /later", takes={"rows": list[int]}, returns=list[int])
