"""Every finding of reading and extracting: code, severity, what it means, what to do.

The catalogue page of the documentation is made from `CHECKS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_modelship.model import Cell, Finding, Severity


@dataclass(frozen=True, slots=True)
class Check:
    code: str
    severity: Severity
    title: str
    why: str
    remedy: str
    """What to do where the place that reports has nothing better to say."""


_ALL = (
    Check(
        "empty-file",
        "block",
        "The file is empty",
        "A notebook is a JSON object; there is nothing in this file.",
        "save the notebook again in Jupyter",
    ),
    Check(
        "not-utf8",
        "block",
        "The file is not UTF-8",
        "nbformat 4 prescribes UTF-8.",
        "save the file as UTF-8",
    ),
    Check(
        "not-json",
        "block",
        "The file is not JSON",
        "It may have been cut off, or carry conflict marks of a merge.",
        "open it in Jupyter, or restore the last version that opens there",
    ),
    Check(
        "too-deep",
        "block",
        "Nested too deeply",
        "No notebook that people write is nested this deep; reading on could exhaust the stack.",
        "take the deeply nested part out of the notebook",
    ),
    Check(
        "not-a-notebook",
        "block",
        "The file is JSON, but no notebook",
        "The fields `nbformat` and `cells` make a notebook.",
        "choose an .ipynb file that opens in Jupyter",
    ),
    Check(
        "other-format",
        "block",
        "Another notebook format",
        "Only nbformat 4 is read.",
        "run `jupyter nbconvert --to notebook --nbformat 4 --inplace FILE`",
    ),
    Check(
        "odd-field",
        "warn",
        "A field of the notebook has the wrong type",
        "It is taken as empty; the rest is read.",
        "open and save the notebook in Jupyter",
    ),
    Check(
        "odd-cell",
        "warn",
        "A cell is malformed",
        "It is left out, or taken as empty; the rest is read.",
        "open and save the notebook in Jupyter",
    ),
    Check(
        "odd-id",
        "warn",
        "A cell's id is malformed or not its own",
        "Files name cells by id, so every cell needs its own.",
        "open and save the notebook in Jupyter",
    ),
    Check(
        "odd-tags",
        "warn",
        "The tags of a cell are malformed",
        "Tags are a list of words.",
        "set the tags again in Jupyter's property inspector",
    ),
    Check(
        "lone-surrogate",
        "warn",
        "Half a character",
        "A lone surrogate cannot be written as UTF-8; it is read as U+FFFD.",
        "replace the character in the cell",
    ),
    Check(
        "not-python",
        "block",
        "The notebook is not Python",
        "Only Python notebooks can be served.",
        "choose a notebook with a Python kernel",
    ),
    Check(
        "syntax-error",
        "warn",
        "A cell is not Python",
        "It blocks where the cell is tagged or may define what is needed; elsewhere the cell just stays.",
        "correct the cell, or tag it `skip`",
    ),
    Check(
        "unknown-word",
        "block",
        "An unknown word marks a cell",
        "A word that is not understood would silently do nothing.",
        "use endpoint, setup, train, parameters, example, batch or skip",
    ),
    Check(
        "contradicting-words",
        "block",
        "Words that contradict each other",
        "A cell has one part to play.",
        "keep one of the words",
    ),
    Check(
        "mark-on-text",
        "warn",
        "A mark on a cell that is not code",
        "Only code cells have a part to play.",
        "move the tag to the code cell that it is meant for",
    ),
    Check(
        "bad-route",
        "block",
        "A route that cannot be served",
        "`endpoint:/path` and `endpoint:GET /path` are the forms; methods are GET and POST.",
        "write `endpoint:/path` or `endpoint:GET /path`",
    ),
    Check(
        "no-endpoint",
        "block",
        "Nothing says what to serve",
        "One `endpoint` tag is enough for a notebook.",
        "write a function that answers one request, and tag its cell `endpoint` (or deploy with `--endpoint NAME`)",
    ),
    Check(
        "function-to-write",
        "note",
        "The notebook ends in a call that could be served",
        "A function around it would be the endpoint.",
        "add a cell with this function and tag it `endpoint`",
    ),
    Check(
        "unknown-endpoint",
        "block",
        "No such function",
        "`--endpoint` names a top-level function of the notebook.",
        "choose one of the functions that the notebook defines at top level",
    ),
    Check(
        "endpoint-without-function",
        "block",
        "An endpoint cell without a function",
        "Every public top-level function of an endpoint cell is served; a name that begins with `_` is private.",
        "define the function to serve in this cell with `def`, or remove the tag",
    ),
    Check(
        "duplicate-route",
        "block",
        "Two functions on one route",
        "A request can have one answer only.",
        "give each function a route of its own",
    ),
    Check(
        "open-signature",
        "block",
        "An endpoint takes anything",
        "The contract needs a name for every argument.",
        "name the parameters one by one",
    ),
    Check(
        "generator",
        "block",
        "An endpoint is a generator",
        "Replies are one JSON value; streams are not served yet.",
        "return a list instead of yielding",
    ),
    Check(
        "endpoint-rebound",
        "block",
        "An endpoint's name means something else at the end",
        "What would be served is not the function that was tagged.",
        "use another name in the later cell",
    ),
    Check(
        "orphan-name",
        "block",
        "A name that no cell defines",
        "The cell that defined it was deleted, or the name is misspelt: a fresh kernel does not know it.",
        "define the name in a cell",
    ),
    Check(
        "deleted-name",
        "block",
        "A name that is deleted before it is needed",
        "After `del` the name is gone, in a service as in the notebook.",
        "remove the `del`",
    ),
    Check(
        "use-before-definition",
        "block",
        "A name is used above its definition",
        "From top to bottom the notebook fails here; it worked because cells ran in another order.",
        "move the defining cell up",
    ),
    Check(
        "needs-skipped-cell",
        "block",
        "A needed name comes from a skipped cell",
        "A cell tagged `skip` never ships and never runs.",
        "remove the tag `skip`, or define the name elsewhere",
    ),
    Check(
        "changes-later",
        "block",
        "A value changes after a definition has used it",
        "Artifacts hold the last value of a name; the definition used an earlier one.",
        "give the later value another name",
    ),
    Check(
        "setup-changed-elsewhere",
        "block",
        "A value made by setup is changed elsewhere",
        "Setup runs at every start of the service; the change would be lost.",
        "move the change into the setup cell, or remove the tag `setup`",
    ),
    Check(
        "not-an-artifact",
        "block",
        "A module, function or class would have to be an artifact",
        "These ship as source, and here they cannot.",
        "define it at top level, and leave it unchanged",
    ),
    Check(
        "main-guard",
        "block",
        'Needed code stands under `if __name__ == "__main__"`',
        "That is true in a notebook and false in a service, so its body never ships.",
        "move it out of the `if`",
    ),
    Check(
        "example-without-call",
        "warn",
        "An example that calls no endpoint",
        "An example shows a call: it becomes documentation, test and warm-up.",
        "call an endpoint in the cell, or remove the tag",
    ),
    Check(
        "example-left-out",
        "warn",
        "A call of an endpoint that cannot serve as example",
        "From top to bottom the cell fails.",
        "move the cell below what it needs, or tag another cell `example`",
    ),
    Check(
        "reads-file",
        "warn",
        "Code that ships reads a file",
        "Only code and artifacts ship.",
        "read the file at top level into a variable, which then ships as an artifact",
    ),
    Check(
        "asks-a-person",
        "block",
        "Code that ships asks a person",
        "Nobody sits at a service.",
        "make it a parameter of the function",
    ),
    Check(
        "ends-the-process",
        "warn",
        "Code that ships ends the process",
        "The service would end with it.",
        "raise an exception instead",
    ),
    Check(
        "needs-ipython",
        "block",
        "Code that ships needs IPython",
        "A service does not run in a kernel.",
        "take the call out of the function",
    ),
    Check(
        "shows-output",
        "warn",
        "Code that ships shows output",
        "A service has no notebook to show it in.",
        "return the value instead",
    ),
    Check(
        "needs-file",
        "block",
        "Code that ships uses `__file__`",
        "It does not exist in a notebook.",
        "use `pathlib.Path.cwd()` or a constant",
    ),
    Check(
        "relative-import",
        "block",
        "A relative import",
        "A notebook belongs to no package.",
        "import the module by its full name",
    ),
    Check(
        "reads-environment",
        "note",
        "Code that ships reads an environment variable",
        "It is read where the service starts.",
        "declare it under `env` or `secrets` in the service's options",
    ),
    Check(
        "top-level-await",
        "block",
        "An `await` outside a function would have to ship",
        "A service's module is imported, and nothing is awaited there.",
        "remove the tag `setup` from the cell, or await in a function",
    ),
    Check(
        "magic-in-code",
        "warn",
        "A magic in code that ships",
        "Magics never ship: the line is left out.",
        "use Python instead of the magic",
    ),
    Check(
        "magic-binds",
        "warn",
        "A needed name is bound by a magic",
        "The value is computed in the rehearsal; what the magic needs must be there.",
        "use Python instead of the magic, where it can",
    ),
    Check(
        "setting-stays",
        "note",
        "A setting does not ship",
        "Settings of a module belong to the notebook unless said otherwise.",
        "tag the cell `setup` to have it run where the service starts",
    ),
    Check(
        "star-import",
        "block",
        "A star import",
        "Nobody can tell which names it binds without running it.",
        "import the names that are used",
    ),
    Check(
        "shared-state",
        "note",
        "An endpoint changes what lies outside it",
        "Each process of the service has its own copy, lost when it ends.",
        "keep what must last in a database",
    ),
    Check(
        "out-of-order",
        "warn",
        "Cells ran in another order than they stand",
        "The rehearsal runs from top to bottom and may give other values than the notebook shows.",
        "restart the kernel, run all cells, and look at the results again",
    ),
    Check(
        "never-ran",
        "warn",
        "A needed cell has not run",
        "Its results were never seen.",
        "run all cells from the top, and look at the results",
    ),
)

CHECKS: dict[str, Check] = {check.code: check for check in _ALL}


class Reports:
    """Collects findings once each, in the order in which they were found."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}

    def add(
        self,
        code: str,
        message: str,
        *,
        remedy: str = "",
        at: Cell | None = None,
        cell: str | None = None,
        line: int | None = None,
        severity: Severity | None = None,
    ) -> None:
        check = CHECKS[code]
        finding = Finding(
            code=code,
            severity=severity or check.severity,
            message=message,
            remedy=remedy or check.remedy,
            cell=at.id if at else cell,
            number=at.number if at else None,
            line=line,
        )
        self._found[finding] = None

    def extend(self, findings: tuple[Finding, ...]) -> None:
        self._found.update(dict.fromkeys(findings))

    def all(self) -> tuple[Finding, ...]:
        return tuple(self._found)
