"""What a new contract breaks for the callers of an old one."""

from __future__ import annotations

from collections.abc import Iterator

from .expression import said
from .fit import fits
from .types import Contract, EndpointContract, Hole, Record, Type, walk


def breaking(old: Contract, new: Contract) -> tuple[str, ...]:
    """Sentences about what callers of `old` can no longer rely on, in the order of `old`.

    Taking more and returning less is no break: a request that was good stays good, a reply stays
    within what was promised. A hole in `new` breaks nothing: nobody knows yet.
    """
    return tuple(said for _, said in breaking_by_endpoint(old, new))


def breaking_by_endpoint(old: Contract, new: Contract) -> tuple[tuple[str, str], ...]:
    """As `breaking`, each sentence with the function of `old` that it is about."""
    return tuple(
        (endpoint.function, said) for endpoint in old.endpoints for said in _broken(endpoint, new)
    )


def _broken(old: EndpointContract, new: Contract) -> Iterator[str]:
    now = {endpoint.function: endpoint for endpoint in new.endpoints}
    if old.function in now:
        yield from _endpoint(old, now[old.function])
    elif not any((o.method, o.path) == (old.method, old.path) for o in new.endpoints):
        yield f"{old.function} is gone ({old.method} {old.path})"
    else:
        yield from _renamed(old, new)


def _renamed(old: EndpointContract, new: Contract) -> Iterator[str]:
    """Another function answers at the same address: callers do not see its name."""
    for endpoint in new.endpoints:
        if (endpoint.method, endpoint.path) == (old.method, old.path):
            yield from _endpoint(old, endpoint)


def _endpoint(old: EndpointContract, new: EndpointContract) -> Iterator[str]:
    name = new.function
    if (old.method, old.path) != (new.method, new.path):
        yield f"{name} answers at {new.method} {new.path}, was {old.method} {old.path}"
    yield from _parameters(old, new)
    if not _open(new.returns) and not fits(new.returns, old.returns):
        yield f"{name} returns {_change(old.returns, new.returns)}"


def _parameters(old: EndpointContract, new: EndpointContract) -> Iterator[str]:
    name = new.function
    before = {one.name: one for one in old.takes}
    after = {one.name: one for one in new.takes}
    for parameter in before:
        if parameter not in after:
            yield f"{name} no longer takes {parameter}"
    for parameter, one in after.items():
        was = before.get(parameter)
        if was is None:
            if one.required:
                yield f"{name} now requires {parameter}"
            continue
        if one.required and not was.required:
            yield f"{name} now requires {parameter}, which was optional"
        if not _open(one.type) and not fits(was.type, one.type):
            yield f"{name} takes {parameter} as {_change(was.type, one.type)}"


def _open(type_: Type) -> bool:
    return any(isinstance(part, Hole) for part in walk(type_))


def _change(old: Type, new: Type) -> str:
    """Both sides; where they read the same, the fields that differ in their classes."""
    if said(old) != said(new):
        return f"{said(new)}, was {said(old)}"
    before = {one.name: one for one in walk(old) if isinstance(one, Record)}
    after = {one.name: one for one in walk(new) if isinstance(one, Record)}
    fields = sorted(
        f"{name}.{field}"
        for name in before.keys() & after.keys()
        for field in _differing(before[name], after[name])
    )
    return f"{said(new)}, which is another one now ({', '.join(fields)})"


def _differing(old: Record, new: Record) -> set[str]:
    before = {one.name: one for one in old.fields}
    after = {one.name: one for one in new.fields}
    return {name for name in {**before, **after} if before.get(name) != after.get(name)}
