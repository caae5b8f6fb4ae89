"""`doctor`: what this machine can do, fit to be pasted into a question."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from dataclasses import asdict

from jupyter_modelship.cli.ink import Ink, plain
from jupyter_modelship.cli.report import print_json
from jupyter_modelship.doctor import examine
from jupyter_modelship.places import places

_MARKS = {"ok": ("✓", "green"), "warn": ("▲", "yellow"), "fail": ("✗", "red")}


def doctor(arguments: Namespace) -> int:
    """Exit code 1 where something that the line needs is missing."""
    answers = asyncio.run(examine(places(), build=arguments.build, policies=arguments.policies))
    failed = any(answer.state == "fail" for answer in answers)
    if arguments.json:
        print_json([asdict(answer) for answer in answers])
        return int(failed)
    ink = Ink.of(sys.stdout)
    width = max(len(answer.name) for answer in answers)
    for answer in answers:
        print(f"{ink.paint(*_MARKS[answer.state])} {answer.name:<{width}}  {plain(answer.said)}")
        if answer.remedy:
            print(f"  {' ' * width}  {ink.paint('→', 'dim')} {plain(answer.remedy)}")
    return int(failed)
