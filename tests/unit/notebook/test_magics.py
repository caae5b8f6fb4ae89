"""Magics are blanked out, line by line; what they bind and install is kept."""

from __future__ import annotations

import pytest

from jupyter_modelship.notebook.magics import Cleaned, Magic, clean

LINES = {
    "%matplotlib inline\nx = 1": "\nx = 1",
    "!ls -l\nx = 1": "\nx = 1",
    "?df\ndf?\ndf.head??\nx = 1": "\n\n\nx = 1",
    "files = !ls\nx = 1": "\nx = 1",
    "here = %pwd\nx = 1": "\nx = 1",
    "if x:\n    !ls\ny = 2": "if x:\n    pass\ny = 2",
    "%time x = f(1)": "x = f(1)",
    "pip install pandas\nx = 1": "\nx = 1",
    "!pip install a \\\n  b\nx = 1": "\n\nx = 1",
    "x = '''\n!not a magic\n%neither\n'''\n%magic": "x = '''\n!not a magic\n%neither\n'''\n",
    "x = (1\n% 2)\n%magic": "x = (1\n% 2)\n",
    "x = 7 \\\n% 2\n%magic": "x = 7 \\\n% 2\n",
    "x = 1  # 100%\n!ls": "x = 1  # 100%\n",
    "x = a != b\n!ls": "x = a != b\n",
    "f(x=1, y='!')\n!ls": "f(x=1, y='!')\n",
    "%%time\nx = 1\n%magic": "\nx = 1\n",
    "%%capture out\nprint(1)": "\nprint(1)",
    "%%bash\nrm x\ny = 1": "\n\n",
    "\n%%html\n<b>": "\n\n",
}


@pytest.mark.parametrize("source", LINES)
def test_lines_keep_their_numbers(source: str) -> None:
    cleaned = clean(source)
    assert cleaned.text == LINES[source]
    assert cleaned.text.count("\n") == source.count("\n")


def test_what_a_magic_binds_is_kept() -> None:
    assert clean("a, b = !ls\n%%time") == Cleaned(
        "\n", (Magic(1, "a, b = !ls", ("a", "b")), Magic(2, "%%time"))
    )
    assert clean("%%capture out\n1").magics == (Magic(1, "%%capture out", ("out",)),)
    assert clean("%%bash --out text\nls").magics == (Magic(1, "%%bash --out text", ("text",)),)


def test_magics_of_the_process_are_known_as_such() -> None:
    assert [magic.process for magic in clean("%cd x\n!cd y\n%env A=1\n%who").magics] == [
        True,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("line", "installs"),
    [
        ("%pip install pandas", ("pandas",)),
        ("!pip install -q 'pandas>=2' numpy==1.26", ("pandas>=2", "numpy==1.26")),
        ("!python -m pip install pandas", ("pandas",)),
        ("!{sys.executable} -m pip install pandas", ("pandas",)),
        ("pip install pandas  # for frames", ("pandas",)),
        ("!uv pip install pandas", ("pandas",)),
        ("!pip install -r requirements.txt", ()),
        ("!pip install --index-url https://x pandas", ("pandas",)),
        ("!pip install pandas > /dev/null", ("pandas",)),
        ("!pip install pandas && echo done", ("pandas",)),
        ("!pip uninstall -y pandas", ()),
        ("!pip freeze", ()),
        ("!echo 'unclosed", ()),
        ("!ls", ()),
    ],
)
def test_installs(line: str, installs: tuple[str, ...]) -> None:
    assert clean(line).installs == installs
