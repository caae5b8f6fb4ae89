"""Where a traceback points, and the sentences that people read."""

from __future__ import annotations

import signal

import pytest

from jupyter_modelship.rehearsal import failure

from .conftest import cell

IPYTHON_9 = """\
---------
KeyError      Traceback (most recent call last)
Cell In[4], line 3
      1 a
----> 3 f(x)

Cell In[2], line 7, in f(x)
      7 b
"""
IPYTHON_7 = """\
KeyError
<ipython-input-4-0f9a8b> in <module>
      1 a
----> 2 x

<ipython-input-2-77> in f()
----> 9 b
"""
TRACEBACKS = [
    (IPYTHON_9, 3),
    ("KeyError\nCell In [4], line 12\n---> 12 x\n", 12),  # 8.5
    ("KeyError\nInput In [4], in <cell line: 2>()\n----> 2 x\n", 2),  # 8.0
    (IPYTHON_7, 2),
    # syntax errors of IPython 9, 8.0 and 7
    ("  Cell In[4], line 5\n    x =\n       ^\nSyntaxError: invalid syntax\n", 5),
    ("  Input In [4], line 5\n    x =\n", 5),
    ('  File "<ipython-input-4-0f9a8b>", line 6\n    x =\n', 6),
    ("no traceback", None),
    ("", None),
]


@pytest.mark.parametrize(("traceback", "line"), TRACEBACKS)
def test_the_line_of_the_cell_is_found(traceback: str, line: int | None) -> None:
    assert failure.line_in_cell(traceback) == line


def test_a_failing_cell_is_named_by_number_first_line_and_line() -> None:
    error = failure.raised(
        cell(5, "\nmodel.fit(X, y)"),
        "KeyError",
        "'petal width'",
        "\x1b[31mKeyError\x1b[0m\n\x1b[36mCell In[4], line 3\x1b[39m\n",
    )
    assert error.message == "cell 5 (`model.fit(X, y)`), line 3: KeyError: 'petal width'"
    assert (error.cell, error.line, error.exception) == ("cell-5", 3, "KeyError")
    assert error.detail == "KeyError\nCell In[4], line 3"
    assert error.remedy


def test_a_long_first_line_is_cut() -> None:
    assert failure.place(cell(1, "x" * 100)) == f"cell 1 (`{'x' * 59}…`)"


DEATHS = [
    (-signal.SIGKILL, "cell 2 (`x`): the kernel died by SIGKILL: out of memory?"),
    (-signal.SIGSEGV, "cell 2 (`x`): the kernel died by SIGSEGV"),
    (3, "cell 2 (`x`): the kernel died with exit code 3"),
    (None, "cell 2 (`x`): the kernel died"),
    (-99, "cell 2 (`x`): the kernel died by signal 99"),
]


@pytest.mark.parametrize(("code", "message"), DEATHS)
def test_a_dead_kernel_says_how_it_died(code: int | None, message: str) -> None:
    error = failure.died(cell(2, "x"), code, "\n".join(map(str, range(50))))
    assert (error.message, error.cell) == (message, "cell-2")
    assert error.detail.splitlines() == [str(at) for at in range(38, 50)]


def test_a_kernel_without_ipykernel_is_told_how_to_get_it() -> None:
    python = "/somewhere/bin/python"
    said = f"{python}: No module named ipykernel_launcher\n"
    error = failure.not_started(python, said, "died")
    assert error.message == "the kernel's environment has no ipykernel: /somewhere/bin/python"
    assert error.remedy == "install it there: `/somewhere/bin/python -m pip install ipykernel`"


def test_a_kernel_that_says_nothing_is_told_by_what_we_know() -> None:
    error = failure.not_started("python", "", "no answer in 60 seconds")
    assert error.message == "the kernel did not start: no answer in 60 seconds"
