"""`%deploy` and `%%deploy` in a kernel: Python 3.8 and later, its standard library, IPython.

This one module is sent as source to kernels whose environment has nothing of ours; nothing here
may import the rest of the package. Under a Jupyter server that has our extension the magic opens a
comm and leaves the work to the front end. Elsewhere it runs the command line and waits.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from IPython.core.magic import no_var_expand
from IPython.display import display, update_display

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Say = Callable[[str], object]

NAME = "jupyter_modelship"
"""Of the IPython extension, and of the comm target."""
MIME = "application/vnd.modelship.deploy+json"
VERSION = 1
VERBS = ("status", "logs", "call", "rollback", "delete", "list", "start", "stop", "cancel")
PYTHON_VARIABLE = "MODELSHIP_PYTHON"
"""The Python that has our package; the Jupyter server sets it."""
SERVER_VARIABLE = "MODELSHIP_SERVER"
"""Process id of the Jupyter server that has our extension."""
REHEARSAL_VARIABLE = "MODELSHIP_REHEARSAL"
"""Set in a rehearsal's kernel."""
INSTALL = "install it apart from your environments: uv tool install jupyter-modelship"
_ENTRY = (
    "import sys; sys.path[:1] = [p for p in sys.path[:1] if p]; "  # not the notebook's folder
    "from jupyter_modelship.cli import main; sys.exit(main())"
)
_NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")
_ENDS = {
    1: "it failed",
    2: "the command is not complete or not right",
    3: "findings stand in the way",
    4: "there is nothing of that name",
}
_CALL = "get_ipython().run_cell_magic('deploy', "
_MOST_LINES = 200


class DeployFailed(Exception):
    """`%deploy` did not do what it was asked for. Shown without a traceback: it is none of ours."""

    def _render_traceback_(self) -> list[str]:
        return [f"DeployFailed: {self}"]


class Words(NamedTuple):
    """What stands behind `%deploy`, apart from the flags: those are the command line's business."""

    verb: str = ""
    notebook: str = ""
    name: str = ""
    rest: tuple[str, ...] = ()


def parse(line: str) -> Words:
    """`[NOTEBOOK.ipynb] [NAME] [FLAGS]`, or a verb and what it takes; raises DeployFailed."""
    if called := re.match(r"\s*call\s+(\S+)\s+(\S+)\s*(\{.*)", line, re.DOTALL):
        return Words("call", rest=(called[1], called[2], *_body(called[3])))
    words = _split(line)
    if words and words[0] in VERBS:
        return Words(words[0], rest=tuple(words[1:]))
    named = {"notebook": "", "name": ""}
    while words and not words[0].startswith("-"):
        kind = "notebook" if words[0].endswith(".ipynb") else "name"
        if named[kind]:
            raise DeployFailed(
                f"{named[kind]!r} and {words[0]!r} are two words where one names the {kind}. "
                "Write: %deploy [NOTEBOOK.ipynb] [NAME] [--flags]"
            )
        named[kind] = words.pop(0)
    return Words(rest=tuple(words), **named)


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise DeployFailed(f"{line.strip()!r} cannot be read: {str(error).lower()}") from None


def _body(text: str) -> list[str]:
    """The JSON as it stands, without a shell's quotes, and the flags behind it."""
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError as error:
        raise DeployFailed(f"the arguments are not JSON: {error}") from None
    return [text[:end], *_split(text[end:])]


def command(python: str) -> list[str]:
    """How the command line is started; raises DeployFailed where there is none."""
    for known in (python, os.environ.get(PYTHON_VARIABLE, "")):
        if known and os.access(known, os.X_OK):
            return [known, "-c", _ENTRY]
    if found := shutil.which("jupyter-modelship"):
        return [found]
    raise DeployFailed("no jupyter-modelship on PATH. Next: " + INSTALL)


def notebook_path(names: dict[str, Any]) -> str:
    """The absolute path of the notebook that runs, as its surroundings tell it; "" if none does.

    papermill and VS Code tell it by a variable of the notebook, Jupyter by the environment.
    """
    for variable in ("PAPERMILL_INPUT_PATH", "__vsc_ipynb_file__"):
        value = names.get(variable)
        if isinstance(value, str) and value:
            return absolute(value)
    session = os.environ.get("JPY_SESSION_NAME", "")
    if session.endswith(".ipynb") and not _inherited("JPY_SESSION_NAME"):
        return absolute(session)
    return ""


def absolute(path: str) -> str:
    """`path` seen from the kernel's working directory; links stay as they are."""
    return str(Path.cwd() / path)


def _inherited(variable: str) -> bool:
    """Whether it is the parent's as well: then it names a notebook that runs around this one."""
    parent = os.environ.get("JPY_PARENT_PID") or str(os.getppid())
    try:
        theirs = Path("/proc", parent, "environ").read_bytes().split(b"\0")
    except OSError:  # no such file on macOS
        return False
    return os.fsencode(f"{variable}={os.environ[variable]}") in theirs


def under_our_server() -> bool:
    """Whether a Jupyter server with our extension started this very process."""
    server = os.environ.get(SERVER_VARIABLE, "")
    return server != "" and server == os.environ.get("JPY_PARENT_PID")


def holds(path: str, source: str) -> bool:
    """Whether a saved notebook has a code cell with this source; raises DeployFailed."""
    try:
        cells = json.loads(Path(path).read_text("utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeployFailed(f"the notebook {path} cannot be read: {error}") from None
    return source.strip() in (each.strip() for each in sources)


def run(argv: list[str], say: Say | None) -> int:
    """The exit code of a child process. Its lines go to `say`; None: it has the terminal itself."""
    environment = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
    if say is None:
        sys.stdout.flush()
        child = subprocess.Popen(argv, env=environment)  # noqa: S603 - an argument list, no shell
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                """The terminal has told the child too, which says what it means for the run."""
    environment.update(NO_COLOR="1", PYTHONIOENCODING="utf-8")
    child = subprocess.Popen(  # noqa: S603 - an argument list, no shell
        argv,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # the kernel's interrupt is passed on once, by us
    )
    assert child.stdout is not None
    with child.stdout:
        interrupted = False
        while True:
            try:
                for line in child.stdout:
                    say(line.decode("utf-8", "replace").rstrip("\r\n"))
                return child.wait()
            except KeyboardInterrupt:
                child.send_signal(signal.SIGKILL if interrupted else signal.SIGINT)
                interrupted = True


def check(words: list[str], code: int) -> None:
    """Raise what an exit code means, where it is not 0."""
    if code == 130:
        raise KeyboardInterrupt
    if code:
        why = _ENDS.get(code, f"it was ended by signal {-code}")
        raise DeployFailed(f"modelship {shlex.join(words[:2])}: {why} (exit code {code})")


class Card:
    """The output of a `%deploy` that a front end takes over; each update replaces it."""

    def __init__(self, intent: dict[str, Any], instead: Callable[[Say], int] | None) -> None:
        self._intent = intent
        self._instead = instead
        self._taken = False
        self._lines: list[str] = []

    def open(self, hint: list[str]) -> None:
        """Show the card, then tell the front end what is wanted."""
        self._lines = hint
        self._put(display, "asked")
        comm = _comm()
        comm.on_msg(self._said)
        comm.on_close(self._closed)
        comm.open(data=self._intent)

    def _data(self, state: str) -> dict[str, Any]:
        kept = {key: self._intent[key] for key in ("version", "run", "book")}
        kept.update(state=state, lines=self._lines)
        return {MIME: kept, "text/plain": "\n".join(self._lines)}

    def _put(self, how: Any, state: str) -> None:
        how(self._data(state), raw=True, display_id=self._intent["run"])

    def _said(self, message: dict[str, Any]) -> None:
        """The front end has the intent, or tells what became of it."""
        data = message["content"]["data"]
        self._taken = True
        lines, state = data.get("lines"), data.get("state")
        if isinstance(state, str) and isinstance(lines, list):
            self._lines = [str(line) for line in lines[-_MOST_LINES:]]
            self._put(update_display, state)

    def _closed(self, message: dict[str, Any]) -> None:
        """Without a word before: there is nobody behind this comm target."""
        if self._taken:
            return
        self._lines[0] = "This front end does not have the modelship extension."
        self._put(update_display, "refused")
        if self._instead is not None:
            threading.Thread(target=self._do_instead, args=(self._instead,), daemon=True).start()

    def _do_instead(self, instead: Callable[[Say], int]) -> None:
        def say(line: str) -> None:
            self._lines = [*self._lines, line][-_MOST_LINES:]
            self._put(update_display, "running")

        try:
            code = instead(say)
        except DeployFailed as error:
            say(str(error))
            code = 1
        self._put(update_display, "failed" if code else "done")


def _comm() -> Any:
    try:
        from comm import create_comm
    except ImportError:  # ipykernel before 6.19
        from ipykernel.comm import Comm as create_comm  # noqa: N813 - the same by its older name
    return create_comm(target_name=NAME, primary=False)


class Deploy:
    """The magics of one shell. `card`: there is a front end that takes intents."""

    def __init__(self, shell: Any, *, python: str, card: bool) -> None:
        self._shell = shell
        self._python = python
        self._card = card and hasattr(shell, "kernel")

    @no_var_expand  # braces are JSON's
    def deploy(self, line: str, cell: str | None = None) -> None:
        """Ship the notebook as a service that answers over HTTP.

        %deploy                        review this notebook, then ship it
        %deploy NAME --yes             ship it as NAME, without the question
        %deploy OTHER.ipynb            another notebook
        %%deploy                       this cell's functions are endpoints; ship the notebook
        %deploy status [NAME]          how services are
        %deploy logs NAME [-f]         what a service says (--build: the run that made it)
        %deploy call NAME FUNCTION {"x": 1.5}
        %deploy rollback NAME [--to REVISION]
        %deploy delete NAME --yes      also: list, start, stop, cancel

        The flags are those of `jupyter modelship deploy`. Nothing happens inside a rehearsal.
        """
        if cell is not None and cell.strip():
            self._shell.run_cell(cell).raise_error()
        if os.environ.get(REHEARSAL_VARIABLE):
            print("%deploy does nothing inside a rehearsal.")
            return
        words = parse(line)
        if not words.verb:
            self._ship(words, whole_cell=cell is not None)
        elif cell is not None:
            raise DeployFailed("%%deploy ships this notebook; write %deploy " + words.verb)
        else:
            self._run([words.verb, *words.rest])

    def _ship(self, words: Words, *, whole_cell: bool) -> None:
        known = notebook_path(self._shell.user_ns)
        path = absolute(words.notebook) if words.notebook else known
        flags = (["--name=" + words.name] if words.name else []) + list(words.rest)
        if self._card:
            self._hand_over(path, flags, explicit=bool(words.notebook))
            return
        if not path:
            raise DeployFailed(
                "nothing here tells which notebook this is. Name it: %deploy NOTEBOOK.ipynb "
                "(papermill tells it with --inject-input-path)"
            )
        if not Path(path).exists():
            raise DeployFailed(f"there is no notebook {path}. Save it, or name another one")
        if whole_cell and not holds(path, self._shell.history_manager.input_hist_raw[-1]):
            raise DeployFailed(f"the notebook {path} does not hold this cell. Save it first")
        self._run(["deploy", path, *flags])

    def _hand_over(self, path: str, flags: list[str], *, explicit: bool) -> None:
        """Leave it to the front end: all of the intent in one message."""
        book = Path(path).name or "the notebook"
        intent = {"version": VERSION, "run": str(uuid.uuid4()), "book": book}
        words = ["deploy", path or "NOTEBOOK.ipynb", *flags]
        yes = "--yes" in flags or "-y" in flags
        hint = [
            f"JupyterLab ships {book}." if yes else f"JupyterLab opens the review of {book}.",
            f"If nothing happens, type in a terminal: jupyter modelship {shlex.join(words)}",
        ]
        instead = (lambda say: run([*command(self._python), *words], say)) if yes and path else None
        Card({**intent, "notebook": path, "flags": flags, "explicit": explicit}, instead).open(hint)

    def _run(self, words: list[str]) -> None:
        """Run the command line, show what it says, raise what its exit code means."""
        say = print if hasattr(self._shell, "kernel") else None
        check(words, run([*command(self._python), *words], say))

    def spread(self, lines: list[str]) -> list[str]:
        """An input transformer: `%%deploy` gives way to its body with the deployment behind it.

        So the cell runs as any other does: `await`, its last value, its tracebacks and their line
        numbers. (IPython would hand the body over as text.)
        """
        if not (lines and lines[0].startswith(_CALL)):
            return lines
        call = ast.parse(lines[0]).body[0].value  # type: ignore[attr-defined]  # IPython wrote it
        _, line, body = (ast.literal_eval(argument) for argument in call.args)
        if not body.strip():
            return lines
        code = self._shell.input_transformer_manager.transform_cell(body)  # drops empty first lines
        above = body[: len(body) - len(body.lstrip())].count("\n") + 1
        quiet = ";" if code.rstrip().endswith(";") else ""
        return ["\n" * above, *code.splitlines(True), f"{_CALL}{line!r}, '\\n'){quiet}\n"]

    def visit(self, tree: ast.Module) -> ast.Module:
        """A transformer of syntax trees: the last value before our call is displayed as usual."""
        body = tree.body
        last = body[-2] if len(body) > 1 and _is_our_call(body[-1]) else None
        if isinstance(last, ast.Expr) and self._shell.ast_node_interactivity.startswith("last"):
            hook = ast.parse("__import__('sys').displayhook", mode="eval").body
            last.value = ast.copy_location(ast.Call(hook, [last.value], []), last)
            ast.fix_missing_locations(last)
        return tree


def _is_our_call(node: ast.stmt) -> bool:
    call = getattr(node, "value", None)
    if not (isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "run_cell_magic"):
        return False
    return getattr(call.args[0], "value", "") == "deploy"


def register(shell: Any, *, python: str = "", card: bool = False) -> None:
    """Give a shell `%deploy` and `%%deploy`; once more replaces what was there."""
    remove(shell)
    ours = Deploy(shell, python=python, card=card)
    shell.register_magic_function(ours.deploy, "line_cell", "deploy")
    shell.input_transformers_post.append(ours.spread)
    shell.ast_transformers.append(ours)
    shell.extension_manager.loaded.add(NAME)  # `%load_ext jupyter_modelship` has been heard
    shell.meta[NAME] = ours


def remove(shell: Any) -> None:
    """Take the magics away."""
    ours = shell.meta.pop(NAME, None)
    if ours is not None:
        shell.input_transformers_post.remove(ours.spread)
        shell.ast_transformers.remove(ours)
        for kind in ("line", "cell"):
            shell.magics_manager.magics[kind].pop("deploy", None)
