"""Reports that are shown to others: what stands in them, and what never does."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from jupyter_modelship.desk.friction import LINES, Told, report
from jupyter_modelship.desk.redaction import Redaction, redaction
from jupyter_modelship.model import Cell
from jupyter_modelship.places import Places
from jupyter_modelship.runs.events import RunEvent
from jupyter_modelship.runs.run import Request, Run

ID = "00000000-0000-4000-8000-000000000001"
CODE = "model.fit(secret_sauce)"


def run(**error: object) -> Run:
    request = Request(ID, "iris", "local", "/home/ada/iris.ipynb", "a", "b", {"who": "ada"})
    told = {"code": "stage-failed", "message": "cell 2: KeyError", "remedy": "look", **error}
    return Run(request, "failed", 1.0, started=1.0, finished=3.5, attempts=1, error=told)


def log(*lines: str, stage: str = "rehearse", seq: int = 1) -> RunEvent:
    return RunEvent(ID, seq, 1.0, stage, "log", {"lines": list(lines)})


FAILED = RunEvent(ID, 9, 1.0, "rehearse", "stage", {"state": "failed", "seconds": 2.4})
NOTHING = Redaction()


def test_a_report_says_where_why_and_with_what() -> None:
    text = report(Told(run(), [log("one", "two"), FAILED], note="It *worked* before."), NOTHING)
    head, *_ = text.split("## Versions")
    assert head == (
        "# Friction: stage-failed in rehearse\n\n"
        "It *worked* before.\n\n"
        f"- run: {ID}\n- target: local\n- state: failed\n- stage: rehearse\n"
        "- code: stage-failed\n- attempts: 1\n- took: 2.5 s\n\n"
        "## Cause\n\ncell 2: KeyError\n\nRemedy shown: look\n\n"
        "## Last lines of the log\n\n"
        "```text\n[rehearse] one\n[rehearse] two\n[rehearse] failed\n```\n\n"
    )
    assert "- jupyter_modelship 0." in text
    assert "- Python 3." in text


def test_the_last_forty_lines_are_enough() -> None:
    text = report(Told(run(), [log(*(f"line {n}" for n in range(1000)))]), NOTHING)
    assert f"line {1000 - LINES}\n" in text
    assert f"line {999 - LINES}\n" not in text


TRACEBACKS = [
    ["Traceback (most recent call last):", '  File "service.py", line 3, in f', f"    {CODE}"],
    ["  Cell 2, line 3, in <module>", f"    {CODE}", "    ^^^^^^^^^", "KeyError: 'x'"],
    ['  File "/x.py", line 1', f"----> 3 {CODE}", "      4 more"],
]


@pytest.mark.parametrize("lines", TRACEBACKS)
def test_no_code_is_in_it_unless_it_is_asked_for(lines: list[str]) -> None:
    cell = RunEvent(ID, 2, 1.0, "rehearse", "cell", {"number": 2, "first": CODE, "state": "done"})
    ended = RunEvent(
        ID, 3, 1.0, "", "run", {"state": "failed", "error": {"message": f"cell 2 (`{CODE}`): no"}}
    )
    failed = run(message=f"cell 2 (`{CODE}`), line 3: KeyError: 'x'")
    told = Told(failed, [cell, log(*lines, "after"), ended])
    text = report(told, NOTHING)
    assert "secret_sauce" not in text
    assert "cell 2, line 3: KeyError: 'x'" in text
    assert "after" in text
    with_code = replace(told, cells=[Cell("c2", 2, "code", CODE)])
    assert report(with_code, NOTHING).count("secret_sauce") >= 2


def test_nothing_in_a_log_ends_the_block_or_steers_a_reader() -> None:
    hostile = [
        "```",
        "````",
        "<img src=x onerror=alert(1)>",
        "\x1b[31mred",
        "a\u202eb",
        "x" * 10_000,
    ]
    text = report(Told(run(message="<img> [a](http://evil) `x` \u202e"), [log(*hostile)]), NOTHING)
    block = text.partition("## Last lines of the log\n\n")[2]
    assert block.startswith("`````text\n")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\<img\\> \\[a\\](http://evil) \\`x\\`" in text
    assert max(map(len, text.splitlines())) <= 500


SECRETS = {
    "Authorization: Bearer abcdef0123456789": "abcdef0123456789",
    "GET /?token=1234567890abcdef&x=1": "1234567890abcdef",
    "postgres://ada:hunter2@db.example/x": "hunter2",
    "https://ghp_tokenintheuser@github.com/x": "ghp_tokenintheuser",
    "password = 'correct horse'": "correct horse",
    '{"api_key": "k-123"}': "k-123",
    "AWS_SECRET_ACCESS_KEY=abc/def": "abc/def",
    "key AKIAIOSFODNN7EXAMPLE": "AKIAIOSFODNN7EXAMPLE",
    "ghp_0123456789abcdef0123": "ghp_0123456789abcdef0123",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc": "eyJhbGciOiJIUzI1NiJ9",
    "Cookie: _xsrf=2|abc; username=x": "2|abc",
    "mail ada@lovelace.example": "lovelace",
    "in /home/ada/work/x.py": "ada",
    "in /Users/ada/work/x.py": "ada",
    "C:\\Users\\ada\\x": "ada",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----": "MIIabc",
    "-----BEGIN PRIVATE KEY-----\nMIIabc": "MIIabc",
}


@pytest.mark.parametrize("text", SECRETS)
def test_what_looks_like_a_secret_or_a_person_goes(text: str) -> None:
    assert SECRETS[text] not in NOTHING.text(f"before\n{text}\nafter")
    assert NOTHING.text(f"before\n{text}").startswith("before\n")


def test_what_only_sounds_alike_stays() -> None:
    for text in ("a token is missing", "basic statistics", "KeyError: 'petal width'", "12 tokens"):
        assert NOTHING.text(text) == text


def test_values_of_secrets_go_in_every_spelling() -> None:
    cleaned = Redaction(secrets=['päss"word', "abc"])
    for text in ('päss"word', 'p\\u00e4ss\\"word', 'päss\\"word'):
        assert cleaned.text(f"<{text}>") == "<***>"
    assert cleaned.text("abc") == "abc", "what is this short is found anywhere by accident"


def test_people_go_as_whole_words() -> None:
    cleaned = Redaction(people=["ada", "Ada Lovelace", ""])
    assert cleaned.text("ADA, adamant; Ada Lovelace: ada_x") == "***, adamant; ***: ada_x"


def test_a_users_own_secrets_are_known(here: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_TOKEN", "from-the-environment")
    monkeypatch.setenv("HOME", "/srv/people/ada")
    (here.state / "values").mkdir(mode=0o700)
    values = here.state / "values" / "iris.env"
    values.write_text("# for iris\nexport DB='value-of-a-secret'\nURL=plain-value\n")
    token = here.state / "token"
    token.write_text("the-services-token\n")
    cleaned = redaction(here, "iris", people=["ada"], tokens=["jupyters-token"], token_file=token)
    said = (
        "from-the-environment value-of-a-secret plain-value the-services-token jupyters-token "
        "/srv/people/ada/x.py"
    )
    assert cleaned.text(said) == "*** *** *** *** *** ~/x.py"


def test_hostile_lines_are_cleaned_in_time() -> None:
    lines = ["a-" * 4096, "a." * 4096, "eyJ-" * 2048, "x@" * 4096, "token=" * 1300, "://" * 2700]
    started = time.process_time()
    NOTHING.text("\n".join(lines * 20))
    assert time.process_time() - started < 5.0
