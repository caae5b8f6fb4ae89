"""iris: a service made of a notebook by jupyter_modelship.

Each block is code of the cell that its comment names, as it stands in the notebook.
"""

from modelship_runtime import App, artifact

app = App("iris")

# computed in cell cell-3
model = artifact(
    "model",
    "model.pickle",
    sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
)

# cell cell-4
NAMES = ["setosa", "versicolor", "virginica"]


# cell cell-5
def predict(row: list[float]) -> str:
    """Name the species of a flower."""
    return NAMES[int(model.predict([row])[0])]


app.serve(predict, "POST /predict", takes={"row": list[float]}, returns=str)
