"""Turn a notebook that works into a typed service that runs."""

__version__ = "0.1.0"
