"""shared-model: a service made of a notebook by jupyter_modelship.

Each block is code of the cell that its comment names, as it stands in the notebook.
"""

from modelship_runtime import App, artifact

app = App("shared-model")

# cell cell-1
# learned elsewhere
RATE = 0.5

# computed in cell cell-2
weights = artifact(
    "weights",
    "weights.json",
    sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
)


# cell cell-3
def score(a: float, b: float = 1.0) -> float:
    return weights["a"] * a + weights["b"] * b


# cell cell-4
def rank(a: float) -> str:
    return "high" if score(a) > RATE else "low"


app.serve(score, "POST /score", takes={"a": float, "b": float}, returns=float)
app.serve(rank, "GET /rank", takes={"a": float}, returns=str)
