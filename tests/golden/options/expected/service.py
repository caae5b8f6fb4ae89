"""regions: a service made of a notebook by jupyter_modelship.

Each block is code of the cell that its comment names, as it stands in the notebook.
"""

from modelship_runtime import App

app = App("regions", body_limit=2048, time_limit=2.5, execution="inline")

# cell cell-1
import os

import features


# cell cell-2
def region(city: str) -> str:
    return features.tidy(city) + os.environ.get("REGION", "")


app.serve(region, "POST /region", takes={"city": str}, returns=str)
