"""numpy: a service made of a notebook by jupyter_modelship.

Each block is code of the cell that its comment names, as it stands in the notebook.
"""

from modelship_runtime import App, Array, artifact

app = App("numpy")

# cell cell-1
import numpy as np
import numpy.typing as npt

# computed in cell cell-2
window = artifact(
    "window",
    "window.npy",
    sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
)


# cell cell-3
def smooth(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.convolve(values, window, mode="same")


app.serve(
    smooth,
    "POST /smooth",
    takes={"values": Array("float64", (None,))},
    returns=Array("float64", (None,)),
)
