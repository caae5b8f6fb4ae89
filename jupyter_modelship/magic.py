"""`%load_ext jupyter_modelship`: the magics for kernels whose environment has this package."""

from __future__ import annotations

import sys

from jupyter_modelship import kernel_side

TYPE_CHECKING = False
if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """IPython calls this for `%load_ext jupyter_modelship`."""
    kernel_side.register(shell, python=sys.executable, card=kernel_side.under_our_server())


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """IPython calls this for `%unload_ext jupyter_modelship`."""
    kernel_side.remove(shell)
