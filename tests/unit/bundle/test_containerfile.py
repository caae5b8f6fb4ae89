"""Containerfiles: one printable line each, nothing expanded, read back as written."""

from __future__ import annotations

import pytest

from jupyter_modelship.bundle.containerfile import (
    Comment,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Instruction,
    Label,
    Run,
    Stopsignal,
    User,
    Workdir,
    emit_containerfile,
    parse_containerfile,
)
from jupyter_modelship.bundle.emit_containerfile import service_containerfile
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.runtime.command import parse

EVERY: tuple[Instruction, ...] = (
    From("python:3.12-slim"),
    From(f"python@sha256:{'0' * 64}"),
    Workdir("/service"),
    Comment("  a --secret id=x, and `y = 1`"),
    Run(("pip", "--mount=type=secret,id=z"), ("pip.conf", "netrc")),
    Copy(("a.py", "größe.py"), "./"),
    Run(("python", "-c", 'print("$HOME `x` \\ \'")')),
    Env("A", "1,2"),
    Label("org.opencontainers.image.title", "iris"),
    Expose(8000),
    User("10001"),
    Stopsignal("SIGTERM"),
    Entrypoint(("python", "-m", "modelship_runtime")),
)
BAD = [
    "",
    "a\nRUN touch /canary",
    "a\r\nRUN x",
    "a\u2028b",
    "a\x85b",
    "a\\",
    "$HOME",
    "${IFS}",
    "a b",
    '"',
    "<<EOF",
    "*",
    "a[b]",
    "-a\x00",
    "\u202eslim",
]


def test_every_instruction_reads_back() -> None:
    text = emit_containerfile(EVERY)
    assert parse_containerfile(text) == EVERY
    assert text.count("\n") == len(EVERY)
    assert text.isascii()


@pytest.mark.parametrize("value", BAD)
def test_a_value_outside_of_the_grammar_is_refused(value: str) -> None:
    made: list[Instruction] = [
        From(value),
        Workdir(value),
        Copy((value,), "./"),
        Copy(("a",), value),
        Env(value, "1"),
        Label(value, "1"),
        User(value),
        Stopsignal(value),
    ]
    if value:
        made += [Env("A", value), Label("A", value)]
    for instruction in made:
        with pytest.raises(ModelshipError, match="cannot stand in a Containerfile"):
            emit_containerfile([instruction])


@pytest.mark.parametrize("word", ["", "a\nb", "a\u2028b", "\x1b[0m", "\u202e"])
def test_words_of_a_command_are_printable(word: str) -> None:
    for instruction in (Run(("a", word)), Entrypoint((word,)), Run(())):
        with pytest.raises(ModelshipError):
            emit_containerfile([instruction])


@pytest.mark.parametrize("text", ["", "syntax=x", " escape = `", "a\nRUN x", "a\\", "é", "a "])
def test_a_comment_is_a_line_and_no_directive(text: str) -> None:
    with pytest.raises(ModelshipError, match="cannot stand in a Containerfile"):
        emit_containerfile([Comment(text)])


@pytest.mark.parametrize("name", ["", "a b", "a,src=/etc/shadow", "A", "../x", "a\nb"])
def test_a_secret_is_a_plain_name(name: str) -> None:
    with pytest.raises(ModelshipError, match="cannot stand in a Containerfile"):
        emit_containerfile([Run(("a",), (name,))])


@pytest.mark.parametrize("user", ["root", "0", "999", "10001:0"])
def test_the_user_is_a_high_number(user: str) -> None:
    with pytest.raises(ModelshipError):
        emit_containerfile([User(user)])


@pytest.mark.parametrize(
    "text",
    [
        "# syntax=x\n",
        "RUN touch /canary\n",
        'RUN --mount=type=bind,src=/ ["a"]\n',
        'RUN --mount=type=secret,id=x,target=/y ["a"]\n',
        "FROM a\n\n",
        "COPY a b\n",
        "EXPOSE x\n",
        "ENV A=1\n",
    ],
)
def test_other_texts_are_not_read(text: str) -> None:
    with pytest.raises(ModelshipError):
        parse_containerfile(text)


def test_a_text_that_reads_back_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(User, "line", lambda self: "USER 20002")
    with pytest.raises(ModelshipError, match="does not read back"):
        emit_containerfile([User("10001")])


def test_the_containerfile_of_a_bundle() -> None:
    paths = ["service.py", "README.md", "requirements.lock", "artifacts/model.npy", "pkg/a.py"]
    assert service_containerfile("python:3.11-slim", paths) == (
        "FROM python:3.11-slim\n"
        "WORKDIR /service\n"
        'COPY ["requirements.lock", "./"]\n'
        'RUN ["python", "-m", "pip", "install", "--no-cache-dir", "--no-deps", "--only-binary", '
        '":all:", "--require-hashes", "--requirement", "requirements.lock"]\n'
        'COPY ["artifacts/", "artifacts/"]\n'
        'COPY ["pkg/", "pkg/"]\n'
        'COPY ["service.py", "./"]\n'
        "USER 10001\n"
        "EXPOSE 8000\n"
        "STOPSIGNAL SIGTERM\n"
        'ENTRYPOINT ["python", "-m", "modelship_runtime", "--host", "0.0.0.0", "--port", "8000", '
        '"--metrics-host", "0.0.0.0", "--metrics-port", "9090"]\n'
    )


def test_the_containerfile_of_a_bundle_with_packages_of_debian_and_wheels_of_its_own() -> None:
    paths = ["service.py", "requirements.lock", "wheels/team_maths-1.4-py3-none-any.whl"]
    lines = service_containerfile("python:3.11-slim", paths, ("libpq5", "libgomp1")).splitlines()
    assert lines[1] == 'RUN ["apt-get", "update"]'
    assert lines[2].startswith('RUN ["apt-get", "install", "--yes", ')
    assert lines[2].endswith('"--", "libgomp1", "libpq5"]')
    assert lines[5] == 'COPY ["wheels/", "wheels/"]'
    assert lines[6].endswith('"requirements.lock", "--find-links", "wheels"]')
    assert sum("wheels/" in line for line in lines) == 1, "what ships has no wheels beside it"


def test_a_private_index_is_reached_by_secrets_of_the_one_step_and_the_file_says_so() -> None:
    private = ("https://index.example/simple",)
    text = service_containerfile("python:3.11-slim", ["service.py"], indexes=private)
    (step,) = [line for line in text.splitlines() if line.startswith("RUN ")]
    assert step.startswith(
        "RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=netrc "
        '--mount=type=secret,id=ca.pem ["env", "PIP_CONFIG_FILE=/run/secrets/pip.conf", '
        '"NETRC=/run/secrets/netrc", "python", "-m", "pip", "install", "--no-cache-dir", '
    )
    said = [line for line in text.splitlines() if line.startswith("#")]
    assert any("docker build --secret id=pip.conf,src=pip.conf" in line for line in said)
    assert "index.example" not in text, "an address can be a secret, too"
    plain = service_containerfile("python:3.11-slim", ["service.py"]).splitlines()
    assert [line for line in text.splitlines() if line not in (*said, step)] == [
        line for line in plain if not line.startswith("RUN ")
    ]


def test_the_runtime_takes_the_words_of_the_entrypoint() -> None:
    *_, entrypoint = parse_containerfile(service_containerfile("python:3.11-slim", ["service.py"]))
    assert isinstance(entrypoint, Entrypoint)
    assert entrypoint.argv[:3] == ("python", "-m", "modelship_runtime")
    options = parse(entrypoint.argv[3:])
    assert (options.host, options.port, options.metrics_port) == ("0.0.0.0", 8000, 9090)
