"""Turn a notebook that works into a typed service that runs."""

__version__ = "0.1.0"


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    """Where a Jupyter server finds the extension; nothing of it is imported before that."""
    from .server.app import Modelship

    return [{"module": "jupyter_modelship", "app": Modelship}]
