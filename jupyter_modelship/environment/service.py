"""What the runtime inside a service needs of the package index."""

from __future__ import annotations

SERVICE_REQUIREMENTS: tuple[str, ...] = (
    "granian==2.8.7",  # a private hook takes over the listening socket: pinned, contract-tested
    "msgspec>=0.20",
    "uvloop>=0.22",
    "prometheus-client>=0.22",
)

SERVICE_MODULES: tuple[str, ...] = (
    "granian.server.embed",
    "msgspec.json",
    "prometheus_client",
    "uvloop",
)
"""What the runtime imports of them: to warm an environment."""
