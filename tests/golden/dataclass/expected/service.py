"""dataclass: a service made of a notebook by jupyter_modelship.

Each block is code of the cell that its comment names, as it stands in the notebook.
"""

from modelship_runtime import App

app = App("dataclass")

# cell cell-1
from dataclasses import dataclass, field
from typing import Literal, TypedDict

# cell cell-2
Kind = Literal["bud", "bloom"]


@dataclass
class Flower:
    """One flower, in centimetres."""
    sepal: float
    kind: Kind = "bud"
    notes: list[str] = field(default_factory=list)


class Answer(TypedDict):
    size: float
    kind: Kind


# cell cell-3
def measure(flower: Flower, scale: float | None = None) -> Answer:
    return Answer(size=flower.sepal * (scale or 1.0), kind=flower.kind)


app.serve(measure, "POST /measure", takes={"flower": Flower, "scale": float | None}, returns=Answer)
