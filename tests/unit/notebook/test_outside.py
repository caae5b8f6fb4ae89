"""What shipped code names outside of itself."""

from __future__ import annotations

from jupyter_modelship.notebook import outside

from .conftest import sliced

SERVED = """\
def go(x: int) -> int:
    a = open("notes/a.txt").read()
    b = pd.read_csv("b.csv")
    c = pd.read_csv("https://Data.Example:8443/c.csv")
    d = connect("postgres://me:secret@db.example/x")
    e = "see http://docs.example."
    return load(x)"""


def test_files_and_hosts_are_told() -> None:
    piece = sliced("import pandas as pd\nfrom m import connect, load", (SERVED, "endpoint"))
    assert outside.reads(piece) == ("b.csv", "notes/a.txt")
    assert outside.hosts(piece) == ("data.example", "db.example", "docs.example")


def test_passwords_in_addresses_are_not() -> None:
    piece = sliced("import pandas as pd\nfrom m import connect, load", (SERVED, "endpoint"))
    assert not any("secret" in text for text in (*outside.hosts(piece), *outside.reads(piece)))
