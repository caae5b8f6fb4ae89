"""Run records: what went into a revision, and whether it could be made again from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .errors import ModelshipError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file by path, sha256 (hexadecimal) and size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ArtifactFact:
    """An artifact by the name it computes, sha256 (hexadecimal) and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class GitFact:
    """The commit that the notebook's folder stood at. `dirty`: files differed from it."""

    commit: str
    dirty: bool


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Provenance of one revision. Kept with the run, never inside the bundle."""

    run: str
    service: str
    target: str
    revision: int
    plan_digest: str
    bundle_digest: str
    notebook: FileFact
    lock_digest: str
    python: str
    """Full version of the kernel's Python."""
    who: str
    when: float
    """UTC epoch seconds at which the release was confirmed."""
    git: GitFact | None = None
    cells: Mapping[str, int] = field(default_factory=dict)
    """Cell id -> the number it had that day."""
    artifacts: tuple[ArtifactFact, ...] = ()
    reads: tuple[FileFact, ...] = ()
    """Files that the rehearsal read."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    examples: int = 0
    """How many examples were proved; 0 is an unproven revision."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Tools and libraries that had a say: jupyter-modelship, uv, papermill, …"""
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    """Cell id -> sha256 of what of it shipped or was rehearsed."""
    contract: Mapping[str, object] = field(default_factory=dict)
    """What the endpoints take and return, as `contract.to_json` writes it."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Finding code -> the reason somebody gave for going on in spite of it."""
    image: str = ""
    """`registry/repository@sha256:…`; empty where no image was pushed."""
    platform: str = ""
    """What the image is for, e.g. `linux/arm64`: where the examples were proved."""

    def to_json(self) -> dict[str, object]:
        """The record as a JSON object that `from_json` reads back."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunRecord:
        """The record from its JSON object; ModelshipError where it is none of this format."""
        try:
            return _parse(cls, data)
        except (KeyError, TypeError, AttributeError) as error:
            raise ModelshipError(
                f"this run record cannot be read: {type(error).__name__}: {error}",
                remedy="read it with the version of jupyter_modelship that wrote it",
            ) from error


def _parse(kind: type[RunRecord], data: Mapping[str, Any]) -> RunRecord:
    fields = dict(data)
    found = fields.pop("format")
    if found != FORMAT:
        raise ModelshipError(
            f"this run record has format {found}; this jupyter_modelship knows {FORMAT}",
            remedy="upgrade jupyter_modelship",
        )
    fields["notebook"] = FileFact(**fields["notebook"])
    fields["git"] = None if fields["git"] is None else GitFact(**fields["git"])
    fields["artifacts"] = tuple(ArtifactFact(**row) for row in fields["artifacts"])
    fields["reads"] = tuple(FileFact(**row) for row in fields["reads"])
    return kind(**fields)


def retrainable(record: RunRecord) -> tuple[bool, tuple[str, ...]]:
    """Whether the record alone says how to make the revision again, and else what stands in the
    way, one sentence each."""
    blockers: list[str] = []
    if record.git is None:
        blockers.append("the notebook is in no git repository: its source exists nowhere else")
    elif record.git.dirty:
        blockers.append(
            f"the notebook's folder had changes that commit {record.git.commit[:7]} does not have"
        )
    if not record.lock_digest:
        blockers.append("the packages were not locked")
    blockers.extend(
        f"nothing is known of the bytes of {fact.path}" for fact in record.reads if not fact.sha256
    )
    return not blockers, tuple(blockers)
