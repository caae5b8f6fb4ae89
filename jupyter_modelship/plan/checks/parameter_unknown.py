"""A value for a parameter that the notebook does not have."""

from __future__ import annotations

import difflib

from jupyter_modelship.model import Finding, Slice
from jupyter_modelship.plan.catalogue import finding
from jupyter_modelship.plan.options import Options


def parameter_unknown(options: Options, slice_: Slice) -> tuple[Finding, ...]:
    return tuple(
        finding(
            "parameter-unknown",
            f"no cell tagged `parameters` binds {name}",
            remedy=_remedy(name, slice_.parameters),
        )
        for name in options.parameters
        if name not in slice_.parameters
    )


def _remedy(name: str, there: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, there, n=1)
    return f"did you mean {close[0]}?" if close else ""
