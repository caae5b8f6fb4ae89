"""What each target says of the options, known without starting or asking anything."""

from __future__ import annotations

from collections.abc import Mapping


def honours(target: str) -> Mapping[str, str]:
    """Option -> "" or the reason why the target refuses it. A target that this version does not
    have refuses nothing here: that it is missing is a finding of its own."""
    if target == "local":
        from jupyter_modelship.targets.local.honours import HONOURS

        return HONOURS
    from jupyter_modelship.plan.options import table

    return dict.fromkeys(table(), "")
