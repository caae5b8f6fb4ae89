"""Computed values that ship as files: the hash is checked before a byte is interpreted."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = "artifacts"


class ArtifactError(Exception):
    """A file is missing, has changed since it was reviewed, or cannot be read."""


def artifact(name: str, file: str, *, sha256: str) -> Any:
    """The value of `name`, read from `artifacts/<file>` beside the service's module.

    Raises ArtifactError. Formats: .npy, .json, .parquet, .pickle, .joblib.
    """
    path = _folder() / file
    try:
        data_hash = _hash(path)
    except OSError as error:
        raise ArtifactError(f"artifact {name}: {file} cannot be read: {error.strerror}") from error
    if data_hash != sha256:
        raise ArtifactError(f"artifact {name}: {file} is not the file that was reviewed")
    read = _FORMATS.get(path.suffix)
    if read is None:
        raise ArtifactError(f"artifact {name}: no way to read a {path.suffix} file")
    try:
        return read(path)
    except Exception as error:
        raise ArtifactError(f"artifact {name}: {file} cannot be loaded: {error}") from error


def _folder() -> Path:
    service = sys.modules.get("service")
    file = getattr(service, "__file__", None)
    return (Path(file).parent if file else Path.cwd()) / FOLDER


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _npy(path: Path) -> Any:
    import numpy

    return numpy.load(path, allow_pickle=False)


def _json(path: Path) -> Any:
    import json

    return json.loads(path.read_bytes())


def _parquet(path: Path) -> Any:
    import pandas

    return pandas.read_parquet(path)


def _pickle(path: Path) -> Any:
    import pickle

    with path.open("rb") as stream:
        return pickle.load(stream)  # noqa: S301 - ours: its hash is in the reviewed source


def _joblib(path: Path) -> Any:
    import joblib

    return joblib.load(path)


_FORMATS: dict[str, Callable[[Path], Any]] = {
    ".npy": _npy,
    ".json": _json,
    ".parquet": _parquet,
    ".pickle": _pickle,
    ".joblib": _joblib,
}
