"""Turn a notebook that works into a typed service that runs."""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    """Where a Jupyter server finds the extension; nothing of it is imported before that."""
    from .server.app import Modelship

    return [{"module": "jupyter_modelship", "app": Modelship}]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """`%load_ext jupyter_modelship`: gives the shell `%deploy`."""
    from .magic import load_ipython_extension as load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """`%unload_ext jupyter_modelship`."""
    from .magic import unload_ipython_extension as unload

    unload(shell)
