"""Text from elsewhere cannot become mark-up."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from jupyter_modelship.bundle import markdown as md
from jupyter_modelship.bundle.source import one_line

NASTY = [
    "plain words",
    "**bold** _it_ ~~no~~ `code` ``two``",
    "[link](javascript:alert(1)) ![x](y) <script>alert(1)</script> <!-- c -->",
    "a | b || c \\| d \\",
    "# heading",
    "&lt;b&gt; &#0;",
    "line\n\n# second\r\n- list\u2028more\x85",
    "``` fence",
    "````",
    "`",
    "``",
    "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    "http://x.example www.x.example a@b.example",
    "\u202eright to left",
    "$x$ {{7*7}} %s",
    "---",
]
MARKDOWN = MarkdownIt("commonmark").enable("table")


def kinds(text: str) -> list[str]:
    found = []
    for token in MARKDOWN.parse(text):
        found.append(token.type)
        found += [f"  {child.type}" for child in token.children or []]
    return found


@pytest.mark.parametrize("words", NASTY)
def test_words_stay_words(words: str) -> None:
    def page(said: str) -> str:
        return md.page(
            [
                md.heading(1, said),
                f"A {md.text(said)} and {md.code(said)}.",
                md.table(("A", "B"), [(md.text(said), md.code(said))]),
                md.block([said, said], language="sh"),
            ]
        )

    assert kinds(page(words)) == kinds(page("plain words"))


@pytest.mark.parametrize("words", NASTY)
def test_words_are_shown_as_they_are(words: str) -> None:
    (_, inline, _) = MARKDOWN.parse(f"A {md.text(words)}")
    shown = "".join(child.content for child in inline.children or [])
    assert shown.removeprefix("A ") == one_line(words, limit=500)
