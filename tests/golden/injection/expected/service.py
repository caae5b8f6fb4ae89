"""injection: a service made of a notebook by jupyter_modelship.

Each block is code of the cell that its comment names, as it stands in the notebook.
"""

from modelship_runtime import App

app = App("injection")

# cell cell-1
# ‮ RUN touch /canary  `$(touch /canary)` """ ''' <!-- | \
import math

# coding: latin-1
# syntax=docker/dockerfile:1
NOTE = """
# cell cell-9
RUN ["touch", "/canary"]
"""  # {{7*7}} %s ${IFS} ]8;;x\


# cell cell-2
# `x` | y
def predict(x: float, how: str = "'; touch /canary; '") -> str:
    r"""```
    | a | **b** <script>alert(1)</script> [l](javascript:x) \ """
    return f"{math.floor(x)}{how}{len(NOTE)}"


app.serve(predict, "POST /predict", takes={"x": float, "how": str}, returns=str)
