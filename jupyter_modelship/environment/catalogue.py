"""Every finding that the environment can raise: what it means, why it matters, what to do."""

from __future__ import annotations

from jupyter_modelship.model import Check, Finding

CATALOGUE: tuple[Check, ...] = (
    Check(
        "module-unknown",
        "block",
        "A module that no installed distribution owns",
        "The lock is made from what the kernel has installed, never guessed from an import name: "
        "a distribution of the same name may be somebody else's.",
        "install the distribution in the kernel's environment, or put the module beside the "
        "notebook",
    ),
    Check(
        "module-shared",
        "warn",
        "A module that several distributions share",
        "The import names a namespace, so every distribution with a part in it would be needed.",
        "import the part that you use, e.g. `import google.cloud.storage`",
    ),
    Check(
        "not-on-index",
        "block",
        "A distribution that exists on no index as a wheel",
        "The service is installed from hashed wheels. A local folder or an archive somewhere is "
        "not one, nobody else could build it again, and a distribution of that name on an index "
        "may be somebody else's. A commit of a git repository can be built.",
        "publish it as a wheel on your index, or put its modules beside the notebook",
    ),
    Check(
        "no-wheel",
        "block",
        "No wheel for this Python and platform",
        "What exists as source alone is built where the kernel has that very version: its metadata "
        "says what it needs, and nothing has to run before the review.",
        "pin a version that has a wheel, or install the version asked for in the kernel",
    ),
    Check(
        "source-built",
        "warn",
        "A distribution is built from source: that runs its code",
        "It exists on no index as a wheel. After the review its wheel is built once, from exactly "
        "this commit or archive; what it says in its build files runs then, with your rights on "
        "this machine, or in a container for an image. The wheel is kept and used from then on.",
        "see that you trust whoever wrote it; or publish a wheel of it on your index",
    ),
    Check(
        "source-differs",
        "block",
        "The kernel does not have the commit that is to be built",
        "What it needs is taken from the kernel's own installation of that commit, and the "
        "rehearsal would compute with another one.",
        "install that commit in the kernel's environment",
    ),
    Check(
        "git-unpinned",
        "block",
        "A repository without its commit",
        "A branch or a tag is another commit tomorrow: what was reviewed is what must be built.",
        "write the full commit behind the URL, after `@`",
    ),
    Check(
        "url-credentials",
        "warn",
        "Credentials in the URL of a distribution",
        "They are not used and go nowhere, but whoever reads the file has them.",
        "remove them there, have them revoked, and give new ones to git: a credential helper, "
        ".netrc, or the file `git-credentials` of this tool (its documentation: Images)",
    ),
    Check(
        "no-version",
        "block",
        "The version is not on the index",
        "What the lock asks for cannot be fetched by the service.",
        "pin a version that the index has, or name the index that has it (UV_INDEX, pip.conf)",
    ),
    Check(
        "lock-conflict",
        "block",
        "The pins contradict each other",
        "No set of versions satisfies all that is asked for.",
        "loosen one of the pins named, or bring the kernel's environment in order "
        "(`python -m pip check`)",
    ),
    Check(
        "service-conflict",
        "block",
        "The pins contradict what the service itself needs",
        "The service runs granian and msgspec in the same environment as the notebook's code.",
        "allow a newer version of the distribution named",
    ),
    Check(
        "version-differs",
        "warn",
        "The lock and the kernel disagree on a version",
        "The rehearsal computes with the kernel's version and the service answers with the lock's.",
        "install the lock's version in the kernel, or change the lock",
    ),
    Check(
        "version-clashes",
        "block",
        "The lock and the kernel disagree on a version of what the service imports",
        "The rehearsal computes artifacts with the kernel's version; they may not load in the "
        "lock's, or answer differently.",
        "install the lock's version in the kernel, or change the lock",
    ),
    Check(
        "kernel-version-dropped",
        "warn",
        "A version of the kernel was given up",
        "It contradicts something that is needed, or is on no index, and nothing in the slice "
        "imports the distribution directly.",
        "bring the kernel's environment to the version that ships",
    ),
    Check(
        "hash-differs",
        "block",
        "The index has other files than the lock beside the notebook",
        "A file with another hash is another file: a mirror may be wrong, or somebody replaced it.",
        "make the lock again from an index you trust",
    ),
    Check(
        "python-old",
        "block",
        "The kernel's Python is too old",
        "The service needs Python 3.10 or newer, and runs on the kernel's minor version because "
        "artifacts depend on it.",
        "make the environment again with Python 3.10 or newer",
    ),
    Check(
        "python-differs",
        "warn",
        "The lock was made for another Python",
        "Its versions may have no wheel for the kernel's Python.",
        "make the lock again for the kernel's Python",
    ),
    Check(
        "lock-lacks",
        "warn",
        "The lock does not list what is needed",
        "The slice imports a distribution that the kernel has and the lock does not.",
        "add it to the project and lock again",
    ),
    Check(
        "lock-unread",
        "note",
        "A lock beside the notebook is not read",
        "This format is not supported, so the kernel's versions rule.",
        "export it: to `requirements.txt`, or use `uv lock`",
    ),
    Check(
        "lock-passed-over",
        "note",
        "A uv.lock above the notebook does not rule",
        "It belongs to a project whose environment the kernel does not use, so what it says was "
        "not true where the notebook ran.",
        "nothing, if the kernel is the right one; else use a kernel of that project's environment, "
        "or put the lock beside the notebook",
    ),
    Check(
        "lock-broken",
        "block",
        "The lock beside the notebook cannot be read",
        "A lock that is there rules; to pass over it would ship other versions than it says.",
        "repair or remove the file",
    ),
    Check(
        "requirements-outside",
        "block",
        "A requirements file refers to one outside the notebook's folder",
        "Only what lies in the notebook's folder is read.",
        "copy the file beside the notebook",
    ),
    Check(
        "index-variable",
        "block",
        "A requirements file would send a variable of the environment to an unknown index",
        "Whoever wrote the file would be told the value, before anything was reviewed.",
        "where the index is yours, name it in pip.conf, uv.toml or UV_INDEX, or put its login into "
        ".netrc; then the file may use the variable",
    ),
    Check(
        "requirements-line",
        "warn",
        "A line of a requirements file is not honoured",
        "The service's environment is made without it.",
        "remove the line, or write it as `name==version`",
    ),
    Check(
        "local-outside",
        "block",
        "A local module lies outside the notebook's folder",
        "A link leads out of the folder; what it points to could be any file of this machine.",
        "copy the file beside the notebook",
    ),
    Check(
        "local-large",
        "block",
        "Local modules are too large",
        "Local modules ship as source; megabytes of it are data in disguise.",
        "load the data in a cell, so that it becomes an artifact",
    ),
    Check(
        "local-compiled",
        "block",
        "A local module is compiled",
        "Compiled code ships only inside a wheel: nobody can review it.",
        "build a wheel of it and publish it on your index",
    ),
    Check(
        "local-broken",
        "block",
        "A local module cannot be read as Python",
        "What it imports cannot be told.",
        "repair the file",
    ),
    Check(
        "values-missing",
        "block",
        "A declared value is not set",
        "The service declares `env` or `secrets` by name; the values come from a file that only "
        "you can read.",
        "add a line `NAME=value` to the file",
    ),
    Check(
        "values-open",
        "block",
        "Others can read the file of values",
        "It may hold secrets.",
        "run `chmod 600` on the file",
    ),
    Check(
        "values-line",
        "block",
        "A line of the file of values cannot be read",
        "A value that is silently lost shows as a failure of the service, much later.",
        "write it as `NAME=value`",
    ),
)

_BY_CODE = {check.code: check for check in CATALOGUE}


def finding(code: str, message: str, *, remedy: str | None = None) -> Finding:
    """A finding of the check `code`; KeyError when the catalogue has none."""
    check = _BY_CODE[code]
    return Finding(code, check.severity, message, remedy or check.remedy)
