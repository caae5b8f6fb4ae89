"""What a page calls a button, a tab or a menu entry is what JupyterLab shows: the translator's
strings of the extension. Pages write such words in *italics* or in **bold**."""

from __future__ import annotations

import re

import pytest

from .pages import DOCS, ROOT

SOURCES = ROOT / "labextension" / "src"
_STRING = re.compile(r"trans\s*\.(?:__|_n|_p)\(\s*((?:'(?:[^'\\]|\\.)*'\s*,?\s*)+)")
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'")
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_ITALIC = re.compile(r"(?<![*\w])\*([^*\n]+(?:\n[^*\n]+)?)\*(?![*\w])")
_VERDICT = re.compile(r"`(endpoint|source|rehearsal|stays)`")

TUTORIAL = "tutorial/in-jupyterlab.md"
PAGES = {
    TUTORIAL: (_BOLD, _ITALIC),
    "how-to/administrators.md": (_ITALIC,),
    "how-to/hub.md": (_ITALIC,),
    "how-to/untagged.md": (_ITALIC,),
    "how-to/failures.md": (_ITALIC,),
}


def shown() -> list[re.Pattern[str]]:
    """Every string of the extension; a `%1` in it may be any number or word."""
    found = set()
    for path in SOURCES.rglob("*.ts*"):
        if "__tests__" not in path.parts:
            for call in _STRING.findall(path.read_text(encoding="utf-8")):
                found |= {re.sub(r"\\(.)", r"\1", text) for text in _LITERAL.findall(call)}
    return [re.compile(re.sub(r"%\d", r"\\S+", re.escape(text))) for text in sorted(found)]


SHOWN = shown()


def words(page: str) -> list[str]:
    text = _FENCE.sub("", (DOCS / page).read_text(encoding="utf-8"))
    return [" ".join(each.split()) for kind in PAGES[page] for each in kind.findall(text)]


def test_the_extension_has_strings() -> None:
    assert len(SHOWN) > 200
    assert any(one.fullmatch("Ship revision 12") for one in SHOWN)
    assert not any(one.fullmatch("Ship it quickly") for one in SHOWN)


def test_the_tutorial_names_what_there_is_to_click() -> None:
    named = words(TUTORIAL)
    assert {"Deploy notebook", "Ship revision 1", "Send", "Roll back", "Try it"} <= set(named)
    assert len(named) >= 11


@pytest.mark.parametrize(
    ("page", "word"), [(page, word) for page in PAGES for word in dict.fromkeys(words(page))]
)
def test_a_word_on_a_page_is_shown_by_jupyterlab(page: str, word: str) -> None:
    assert any(one.fullmatch(word) for one in SHOWN), f"{page} says {word!r}, and nothing does"


def test_the_tutorial_has_the_words_of_the_cells() -> None:
    text = (DOCS / TUTORIAL).read_text(encoding="utf-8")
    assert set(_VERDICT.findall(text)) == {"endpoint", "source", "rehearsal", "stays"}
    for word in _VERDICT.findall(text):
        assert any(one.fullmatch(word) for one in SHOWN)
