"""own-names: a service made of a notebook by jupyter_modelship.

Each block is code of the cell that its comment names, as it stands in the notebook.
"""

from modelship_runtime import App, artifact as artifact_

app_ = App("own-names")

# cell cell-1
from typing import Any as artifact

# computed in cell cell-1
app = artifact_(
    "app",
    "app.json",
    sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
)


# cell cell-2
def serve(str: int, list: float = 2.0) -> dict[artifact, artifact]:
    return {"app": app, "str": str}


app_.serve(serve, "POST /serve", takes={"str": int, "list": float}, returns=dict[str, artifact])
