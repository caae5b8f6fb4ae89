"""Computed values to files and back; what a value refers to is recorded while it is written.

A value is written in the plainest format that gives it back exactly: `.json`, `.npy`, `.parquet`,
else `.joblib` or `.pickle`.
"""

from __future__ import annotations

import copyreg
import importlib
import importlib.util
import json
import math
import pickle
import sys
import types
from pathlib import Path
from typing import Any

PROTOCOL = 5
PLAIN_LIMIT = 200_000
"""Values in one `.json` artifact; more are smaller and faster in a pickle."""
_INTEGER_BITS = 4096
"""Python refuses to read decimal integers of more than 4,300 digits (CVE-2020-10735)."""
_NEEDS = {
    "json": (),
    "npy": ("numpy",),
    "parquet": ("pandas", "pyarrow"),
    "joblib": ("joblib", "numpy"),
    "pickle": (),
}
"""What reading a format needs beside what the value itself refers to."""
_OWN = ("__main__", "service")


_whichmodule = getattr(pickle, "whichmodule")  # noqa: B009 - public, but unknown to typeshed


class NotStored(Exception):
    """The value cannot be written to a file and read back."""


class Survey(pickle.Pickler):
    """A pickler that keeps nothing but the names its stream would refer to.

    Large buffers are handed to `buffer_callback` and dropped, so nothing is copied.
    """

    def __init__(self) -> None:
        super().__init__(_Nowhere(), PROTOCOL, buffer_callback=_drop)
        self.references: set[tuple[str, str]] = set()

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, (type, types.FunctionType)):
            self._note(thing, thing.__qualname__)
            return NotImplemented
        reduce = copyreg.dispatch_table.get(type(thing))
        reduced = reduce(thing) if reduce else thing.__reduce_ex__(PROTOCOL)
        if isinstance(reduced, str):
            self._note(thing, reduced)
        return reduced

    def _note(self, thing: Any, name: str) -> None:
        module = getattr(thing, "__module__", None)
        if not isinstance(module, str):
            module = _whichmodule(thing, name)
        self.references.add((module, name))


class _Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)


def _drop(buffer: Any) -> bool:
    return False


def survey(value: Any) -> set[tuple[str, str]]:
    """(module, qualified name) of everything that loading a pickle of `value` looks up.

    Raises NotStored with the reason where `value` cannot be pickled.
    """
    found = Survey()
    try:
        found.dump(value)
    except Exception as error:  # a class's own reducer may raise anything
        raise NotStored(_reason(error)) from error
    return found.references


def _reason(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def store(value: Any, stem: str, folder: Path) -> dict[str, Any]:
    """Write `value` into `folder` as `stem` with the suffix of its format, and read it back.

    Answers file, format, modules that loading imports, and own: the notebook's names it refers
    to. Raises NotStored.
    """
    format_name, references = _format(value)
    path = folder / f"{stem}.{format_name}"
    if format_name == "parquet" and not _parquet(value, path):
        references = survey(value)
        format_name = _pickle_format(references)
        path = folder / f"{stem}.{format_name}"
    if format_name != "parquet":
        write(value, path, format_name)
        _read_back(value, path, format_name)
    return {
        "file": path.name,
        "format": format_name,
        "modules": sorted(_modules(references) | set(_NEEDS[format_name])),
        "own": sorted(own_names(references)),
    }


def _format(value: Any) -> tuple[str, set[tuple[str, str]]]:
    """The plainest format that may hold `value`, and what a pickle of it refers to."""
    if is_plain(value):
        return "json", set()
    if _is_array(value):
        return "npy", set()
    if _is_frame(value) and importlib.util.find_spec("pyarrow"):
        return "parquet", set()
    references = survey(value)
    return _pickle_format(references), references


def _pickle_format(references: set[tuple[str, str]]) -> str:
    """joblib where it is installed and has something to do: numpy's arrays."""
    with_arrays = "numpy" in _modules(references)
    return "joblib" if with_arrays and importlib.util.find_spec("joblib") else "pickle"


def _modules(references: set[tuple[str, str]]) -> set[str]:
    return {module.partition(".")[0] for module, _ in references} - {*_OWN, "builtins"}


def own_names(references: set[tuple[str, str]]) -> set[str]:
    """The notebook's top-level names among `references`."""
    return {name.partition(".")[0] for module, name in references if module in _OWN}


def load(path: Path, format_name: str) -> Any:
    """The value in a file that `store` wrote."""
    if format_name == "json":
        return json.loads(path.read_text("ascii"))
    if format_name == "npy":
        return _library("numpy").load(path, allow_pickle=False)
    if format_name == "parquet":
        return _library("pandas").read_parquet(path, engine="pyarrow")
    if format_name == "joblib":
        return _library("joblib").load(path)
    with path.open("rb") as file:
        return pickle.load(file)  # noqa: S301 - this kernel, or one like it, wrote the file


def write(value: Any, path: Path, format_name: str) -> None:
    """Write a file that `load` reads; raises NotStored with the reason."""
    try:
        if format_name == "json":
            path.write_text(json.dumps(value, indent=1) + "\n", "ascii")
        elif format_name == "npy":
            _library("numpy").save(path, value, allow_pickle=False)
        elif format_name == "joblib":
            _library("joblib").dump(value, path, protocol=PROTOCOL)
        else:
            with path.open("wb") as file:
                pickle.dump(value, file, protocol=PROTOCOL)
    except Exception as error:  # a class's own reducer may raise anything
        raise NotStored(_reason(error)) from error


def _library(name: str) -> Any:
    """A library of the kernel's environment; ours may lack it, or lack its types."""
    return importlib.import_module(name)


def _read_back(value: Any, path: Path, format_name: str) -> None:
    try:
        back = load(path, format_name)
    except Exception as error:
        raise NotStored(f"it cannot be read back: {_reason(error)}") from error
    if type(back) is not type(value):
        raise NotStored(f"it comes back as {type(back).__qualname__}")


def is_plain(value: Any) -> bool:
    """Whether JSON gives `value` back exactly: types, order, and which containers are shared."""
    seen: set[int] = set()
    pending: list[Any] = [value]
    count = 0
    while pending:
        item = pending.pop()
        count += 1
        if count > PLAIN_LIMIT:
            return False
        kind = type(item)
        if kind in (list, dict):
            if id(item) in seen:
                return False
            seen.add(id(item))
            if kind is dict and not all(type(key) is str for key in item):
                return False
            pending.extend(item.values() if kind is dict else item)
        elif not _is_plain_scalar(item):
            return False
    return True


def _is_plain_scalar(item: Any) -> bool:
    kind = type(item)
    if kind is int:
        return bool(item.bit_length() <= _INTEGER_BITS)
    if kind is float:
        return math.isfinite(item)
    return item is None or kind in (bool, str)


def _is_array(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.ndarray and not value.dtype.hasobject


def _is_frame(value: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and type(value) is pandas.DataFrame


def _parquet(frame: Any, path: Path) -> bool:
    """Whether `frame` is now at `path`, exactly; parquet cannot hold every frame."""
    try:
        frame.to_parquet(path, engine="pyarrow")
        back = load(path, "parquet")
        same = (
            back.equals(frame)
            and list(back.dtypes) == list(frame.dtypes)
            and back.index.identical(frame.index)
            and back.columns.identical(frame.columns)
        )
    except Exception:  # pyarrow names what it cannot hold by many exceptions; pickle holds it
        same = False
    if not same and path.exists():
        path.unlink()
    return bool(same)
