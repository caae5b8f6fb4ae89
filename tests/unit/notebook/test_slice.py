"""What ships as source, what is computed, what stays: a table of small notebooks."""

from __future__ import annotations

import pytest

from jupyter_modelship.model import Computed, Endpoint, Parameter, Slice, Statement, Verdict

from .conftest import CellText, computed, sliced, texts, verdicts

PREDICT = """def predict(row: list[float]) -> str:
    '''Which species.'''
    return NAMES[int(model.predict(np.array([row]))[0])]"""


def test_the_iris_notebook_as_a_whole() -> None:
    found = sliced(
        "%pip install scikit-learn 'pandas>=2'\nimport numpy as np\nimport seaborn as sns",
        "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import Logistic",
        "iris = load_iris(as_frame=True)\n# the species\nNAMES = ['setosa', 'versicolor']",
        "iris.frame.plot()\nsns.heatmap(iris.data)",
        "model = Logistic()\nmodel.fit(iris.data, iris.target)",
        (PREDICT, "endpoint"),
        "print(predict([5.1, 3.5, 1.4, 0.2]))",
    )
    assert found == Slice(
        endpoints=(
            Endpoint(
                function="predict",
                method="POST",
                path="/predict",
                cell="c6",
                line=1,
                parameters=(Parameter("row", "list[float]"),),
                returns="str",
                doc="Which species.",
            ),
        ),
        statements=(
            Statement("c1", 2, "import numpy as np", "import", ("np",)),
            Statement(
                "c3", 2, "# the species\nNAMES = ['setosa', 'versicolor']", "constant", ("NAMES",)
            ),
            Statement("c6", 1, PREDICT, "definition", ("predict",)),
        ),
        computed=(Computed("model", ("c5",), 2, ("sklearn",), ("predict", "model")),),
        rehearsal=("c2", "c3", "c5"),
        examples=("c7",),
        example_needs=("c1", "c6"),
        example_names=(),
        parameters=(),
        modules=("numpy",),
        installs=("scikit-learn", "pandas>=2"),
        verdicts=(
            Verdict("c1", 1, "source", ("predict", "np")),
            Verdict("c2", 2, "rehearsal", ("predict", "model", "Logistic")),
            Verdict("c3", 3, "source", ("predict", "NAMES")),
            Verdict("c4", 4, "stays"),
            Verdict("c5", 5, "rehearsal", ("predict", "model")),
            Verdict("c6", 6, "endpoint", ("predict",)),
            Verdict("c7", 7, "rehearsal", ("predict", "example")),
        ),
    )


CASES: dict[str, tuple[tuple[CellText, ...], list[str], dict[str, tuple[str, ...]], str]] = {
    "closures, defaults and nested functions reach their names": (
        (
            "A = 1\nB = 2\nC = 3\nD = 4\nunused = 5",
            (
                "def predict(x=A):\n    def inner(y=B): return y + C\n    return inner, lambda: D",
                "endpoint",
            ),
        ),
        ["A = 1", "B = 2", "C = 3", "D = 4"],
        {},
        "source endpoint",
    ),
    "names of comprehensions, parameters and locals are not the notebook's": (
        (
            "x = 1\nrow = 2\nn = 3\ne = 4",
            (
                "def predict(row):\n    n = [x for x in row]\n    with row as e: return e, n",
                "endpoint",
            ),
        ),
        [],
        {},
        "stays endpoint",
    ),
    "the last of two definitions is called, the first is used where it stands": (
        (
            "def scale(x): return x",
            "import m\nmodel = m.fit(scale)",
            "def scale(x): return 2 * x",
            ("def predict(x): return model(scale(x))", "endpoint"),
        ),
        ["def scale(x): return x", "def scale(x): return 2 * x"],
        {"model": ("c2",)},
        "source rehearsal source endpoint",
    ),
    "future imports ship first and free annotations": (
        (
            "from __future__ import annotations",
            ("def predict(x: Row) -> Row: return x", "endpoint"),
            "class Row: ...",
        ),
        ["from __future__ import annotations", "class Row: ..."],
        {},
        "source endpoint source",
    ),
    "names in quoted annotations ship": (
        ("class Row: ...", ("def predict(x: 'list[Row]'): return x", "endpoint")),
        ["class Row: ..."],
        {},
        "source endpoint",
    ),
    "decorators run where they stand, and what they change is made again": (
        (
            "SEEN = {}\ndef register(f):\n    SEEN[f.__name__] = f\n    return f",
            ("@register\ndef predict(): return list(SEEN)", "endpoint"),
        ),
        ["SEEN = {}", "def register(f):\n    SEEN[f.__name__] = f\n    return f"],
        {},
        "source endpoint",
    ),
    "state that only calls change ships as source": (
        (
            "cache = {}",
            ("def predict(x):\n    cache[x] = 1\n    return cache", "endpoint"),
            "predict(1)",
        ),
        ["cache = {}"],
        {},
        "source endpoint rehearsal",
    ),
    "classes behind an artifact ship with what their methods need": (
        (
            "import numpy as np\nLIMIT = 3",
            "class Model:\n    def fit(self): self.w = np.ones(LIMIT); return self",
            "def build(): return Model()",
            "model = build().fit()",
            ("def predict(): return model.w", "endpoint"),
        ),
        [
            "import numpy as np",
            "LIMIT = 3",
            "class Model:\n    def fit(self): self.w = np.ones(LIMIT); return self",
        ],
        {"model": ("c4",)},
        "source source rehearsal rehearsal endpoint",
    ),
    "a function handed to a model ships with it": (
        (
            "def double(x): return 2 * x\ndef load(): return 3",
            "from sklearn import Apply\nmodel = Apply(double).fit(load())",
            ("def predict(x): return model.transform(x)", "endpoint"),
        ),
        ["def double(x): return 2 * x"],
        {"model": ("c2",)},
        "source rehearsal endpoint",
    ),
    "a function handed to a model inside another function ships too": (
        (
            "def double(x): return 2 * x",
            "import m\ndef build(): return m.Apply(double)",
            "model = build()",
            ("def predict(x): return model.transform(x)", "endpoint"),
        ),
        ["def double(x): return 2 * x"],
        {"model": ("c3",)},
        "source rehearsal rehearsal endpoint",
    ),
    "setup ships whole, with what it needs": (
        (
            "URL = 'x'",
            ("import db\nlink = db.connect(URL)\nlink.ping()", "setup"),
            ("def predict(): return link.ask()", "endpoint"),
        ),
        ["URL = 'x'", "import db", "link = db.connect(URL)", "link.ping()"],
        {},
        "source source endpoint",
    ),
    "what follows from a parameter is computed, the parameter itself ships": (
        (
            ("alpha = 0.1", "parameters"),
            "beta = alpha * 2",
            ("def predict(): return alpha + beta", "endpoint"),
        ),
        ["alpha = 0.1"],
        {"beta": ("c2",)},
        "source rehearsal endpoint",
    ),
    "a train cell is rehearsed even if nothing is seen to need it": (
        ("import m\nm.warm_up()", ("m.train()", "train"), ("def predict(): return 1", "endpoint")),
        [],
        {},
        "rehearsal rehearsal endpoint",
    ),
    "seeds stay with what is computed after them": (
        (
            "import numpy as np\nimport m",
            "np.random.seed(0)",
            "noise = np.random.rand(3)",
            "model = m.fit()",
            ("def predict(): return model", "endpoint"),
        ),
        [],
        {"model": ("c4",)},
        "rehearsal rehearsal stays rehearsal endpoint",
    ),
    "draws from a seeded source stay with later draws": (
        (
            "import numpy as np",
            "np.random.seed(0)",
            "noise = np.random.rand(3)",
            "sample = np.random.rand(3)",
            ("def predict(): return sample", "endpoint"),
        ),
        [],
        {"sample": ("c4",)},
        "rehearsal rehearsal rehearsal rehearsal endpoint",
    ),
    "settings of the process stay with what is computed after them": (
        (
            "import os, warnings, decimal",
            "os.environ['THREADS'] = '1'",
            "decimal.getcontext().prec = 5",
            "warnings.filterwarnings('ignore')",
            "import m\nmodel = m.fit()",
            "%cd elsewhere",
            ("def predict(): return model", "endpoint"),
        ),
        [],
        {"model": ("c5",)},
        "rehearsal rehearsal rehearsal rehearsal rehearsal stays endpoint",
    ),
    "attributes set on a function ship with it": (
        (("def predict(): return predict.version", "endpoint"), "predict.version = 3"),
        ["predict.version = 3"],
        {},
        "endpoint source",
    ),
    "imports inside functions count": (
        (("def predict():\n    import json, numpy.linalg\n    return json", "endpoint"),),
        [],
        {},
        "endpoint",
    ),
    "of equal imports the first ships, but for one in the reader's own cell": (
        (
            "import numpy as np",
            "import numpy as np\ndef helper(): return np.pi",
            "import numpy as np\nprint(np.e)",
            ("def predict(): return helper() + np.e", "endpoint"),
        ),
        [
            "import numpy as np",
            "import numpy as np",
            "def helper(): return np.pi",
        ],
        {},
        "source source stays endpoint",
    ),
    "importing a module of a package adds to the package": (
        (
            "import xml",
            "import xml.etree",
            "import xml",
            ("def predict(): return xml.etree", "endpoint"),
        ),
        ["import xml", "import xml.etree"],
        {},
        "source source stays endpoint",
    ),
    "a cell that imports for itself needs no other cell for it": (
        (
            "import m\nprint(m.version)",
            "import m\nmodel = m.make()",
            ("def predict(): return model", "endpoint"),
        ),
        [],
        {"model": ("c2",)},
        "stays rehearsal endpoint",
    ),
    "one of several statements on a line ships alone": (
        ("a = 1; b = 2; c = '''x\ny'''; d = 4", ("def predict(): return b, c", "endpoint")),
        ["b = 2", "c = '''x\ny'''"],
        {},
        "source endpoint",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_slices(case: str) -> None:
    cells, source, artifacts, said = CASES[case]
    found = sliced(*cells)
    serving = {endpoint.cell for endpoint in found.endpoints}
    beside = [s.text for s in found.statements if s.cell not in serving]
    assert (beside, computed(found), verdicts(found)) == (source, artifacts, said)


def test_an_artifact_is_loaded_before_the_definition_that_keeps_hold_of_it() -> None:
    found = sliced(
        "import m\nA = 1\nmodel = m.make()",
        "def helper(x=model): return A",
        "model.fit(1)",
        ("def predict(): return helper()", "endpoint"),
    )
    assert [(one.name, one.cells, one.after) for one in found.computed] == [
        ("model", ("c1", "c3"), 1)
    ]
    assert texts(found)[1] == "def helper(x=model): return A"


def test_modules_of_shipped_code_are_listed_with_those_in_functions() -> None:
    found = sliced(
        "import os.path\nimport unused",
        ("def predict():\n    from numpy import linalg\n    return os.sep", "endpoint"),
    )
    assert found.modules == ("numpy", "os")
