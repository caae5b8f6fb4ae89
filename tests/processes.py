"""Waiting for processes that are not our children: nobody here is told how they ended."""

from __future__ import annotations

import os
import select

import psutil


def ended(pid: int, *, seconds: float = 60.0) -> bool:
    """Whether the process ends within that time, reaped by its parent or not."""
    if not hasattr(os, "pidfd_open"):  # no such event on macOS
        return not psutil.wait_procs([psutil.Process(pid)], seconds)[1]
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)
