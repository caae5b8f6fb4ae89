"""The local target: services as processes of this machine."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_modelship.targets.keeping.target import KeptTarget

from .honours import HONOURS


class LocalTarget(KeptTarget):
    """Services of this user on this machine."""

    name = "local"
    honours: Mapping[str, str] = HONOURS
