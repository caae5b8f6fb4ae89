"""The figures of the section "Speed", and when each is reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .samples import Samples


@dataclass(frozen=True)
class Goal:
    """One figure: what is measured against what, in the issue's words, and when it holds.

    `holds` is asked with the median of the figure and the median of what it is measured against.
    """

    what: str
    against: str
    says: str
    holds: Callable[[float, float], bool]


GOALS: Mapping[str, Goal] = {
    "first-deploy": Goal(
        "first deploy of iris, nothing compiled",
        "the first import of the notebook's libraries, nothing compiled",
        "under 25 s",
        lambda ours, _: ours < 25,
    ),
    "redeploy": Goal(
        "deploy after a change of code alone",
        "import of the service's libraries, with byte code",
        "at most 1.3 times the import, and 3 s",
        lambda ours, theirs: ours <= 1.3 * theirs + 3,
    ),
    "help": Goal(
        "`modelship --help`", "`python -c pass`", "under 150 ms", lambda ours, _: ours < 150
    ),
    "check": Goal(
        "`modelship check` of iris",
        "`python -c pass`",
        "under 400 ms",
        lambda ours, _: ours < 400,
    ),
    "throughput": Goal(
        "requests/s of a trivial endpoint, 64 connections",
        "FastAPI + uvicorn on the same core",
        "at least 6 times",
        lambda ours, theirs: ours >= 6 * theirs,
    ),
    "preview": Goal(
        "preview of a notebook of 500 cells",
        "JSON decode and `ast.parse` of every code cell",
        "at most 1.5 times",
        lambda ours, theirs: ours <= 1.5 * theirs,
    ),
    "loop": Goal(
        "longest wait of the server's loop while a notebook of 50 MB is read",
        "while iris is read",
        "under 50 ms",
        lambda ours, _: ours < 50,
    ),
    "lab-start": Goal(
        "start of JupyterLab with the extension",
        "JupyterLab without it",
        "less than 100 ms more",
        lambda ours, theirs: ours - theirs < 100,
    ),
    "lab-edit": Goal(
        "main thread per edit in a notebook of 500 cells",
        "JupyterLab without the extension",
        "less than 16 ms more",
        lambda ours, theirs: ours - theirs < 16,
    ),
    "lab-download": Goal(
        "download of the extension, compressed",
        "JupyterLab itself",
        "under 250 kB",
        lambda ours, _: ours < 250,
    ),
    "lab-scroll": Goal(
        "slowest frame of a panel with 1,000 services",
        "a panel with 10",
        "no frame over 50 ms",
        lambda ours, _: ours <= 50,
    ),
    "image-size": Goal(
        "an image's packages, byte code included",
        "the same wheels, installed",
        "at most 1.5 times",
        lambda ours, theirs: ours <= 1.5 * theirs,
    ),
    "image-start": Goal(
        "start of a service in an image",
        "without byte code",
        "at most 0.6 times",
        lambda ours, theirs: ours <= 0.6 * theirs,
    ),
    "image-first": Goal(
        "first image of iris, wheels there, engine `buildah`",
        "its Containerfile with `RUN pip install`, built by buildah",
        "under 15 s, and at most a quarter",
        lambda ours, theirs: ours < 15 and ours <= theirs / 4,
    ),
    "image-again-buildah": Goal(
        "code alone to a pushed digest, engine `buildah`",
        "its Containerfile, built by buildah again",
        "under 1 s",
        lambda ours, _: ours < 1,
    ),
    "image-again-oci": Goal(
        "code alone to a pushed digest, engine `oci`",
        "its Containerfile, built by buildah again",
        "under 0.5 s",
        lambda ours, _: ours < 0.5,
    ),
    "image-code": Goal(
        "largest code layer of the demos",
        "all of them together",
        "under 1 MB",
        lambda ours, _: ours < 1000,
    ),
    "cluster-again": Goal(
        "deploy to a cluster after a change of code alone",
        "a bare pod of the same image, to its first answer",
        "at most that, and 3 s",
        lambda ours, theirs: ours <= theirs + 3,
    ),
    "cluster-list": Goal(
        "`list` of a cluster with 1,000 services",
        "GET of the same objects",
        "under 1 s",
        lambda ours, _: ours < 1,
    ),
}
"""In the order of the page."""


@dataclass(frozen=True)
class Figure:
    """What a goal came to."""

    key: str
    ours: Samples
    theirs: Samples

    @property
    def goal(self) -> Goal:
        return GOALS[self.key]

    @property
    def reached(self) -> bool:
        return self.goal.holds(self.ours.median, self.theirs.median)
