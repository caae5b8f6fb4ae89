"""`check`: what would ship and what stands in the way. Runs nothing, asks nobody."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from jupyter_modelship.cli.ink import Ink
from jupyter_modelship.cli.report import candidate_lines, finding_lines, print_json
from jupyter_modelship.cli.review_view import cell_lines, headline, hole_lines, review_data
from jupyter_modelship.plan.flags import given_flags
from jupyter_modelship.plan.plan import Plan
from jupyter_modelship.runs.review import Looked, draft, look


def check(arguments: Namespace) -> int:
    """Exit code 3 where a finding blocks."""
    looked = look(Path(arguments.notebook), given_flags(arguments))
    plan = draft(looked) if looked.slice is not None and looked.contract is not None else None
    if arguments.json:
        print_json(review_data(looked, plan))
    else:
        print("\n".join(_lines(looked, plan, Ink.of(sys.stdout))))
    return 3 if looked.blocked else 0


def _lines(looked: Looked, plan: Plan | None, ink: Ink) -> list[str]:
    lines = []
    if plan is not None and looked.notebook is not None:
        lines.append(headline(plan, looked.notebook))
        lines += cell_lines(looked.notebook, plan.slice, ink)
        lines += hole_lines(plan)
    lines += finding_lines(looked.findings, ink)
    if looked.slice is None:
        lines += candidate_lines(looked.candidates, ink)
    if not looked.findings:
        lines.append(f"{ink.paint('✓', 'green')} Nothing stands in the way.")
    return lines
