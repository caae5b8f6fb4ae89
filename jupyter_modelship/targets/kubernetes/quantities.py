"""Quantities of Kubernetes (`500m`, `1Gi`), and whether more pods fit. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from .kinds import Object

_FORM = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)")
_UNITS: Mapping[str, Decimal] = {
    "": Decimal(1),
    **{unit: Decimal(10) ** power for unit, power in zip("num", (-9, -6, -3), strict=True)},
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}
_OTHER_PODS = frozenset({"BestEffort", "Terminating"})
"""Scopes of quotas that count no pod of ours: these ask for something, and go on."""


@dataclass(frozen=True, slots=True)
class Lack:
    """A quota that has too little of something."""

    quota: str
    resource: str
    needed: str
    """What it would have to allow."""
    told: str


@dataclass(frozen=True, slots=True)
class Copies:
    """So many replicas are wanted of a pod, where these pods of the service are already."""

    pod: Object
    wanted: int
    there: Sequence[Object] = ()

    def more(self, resource: str) -> Decimal:
        """Of the resource, at most, while one revision takes over from another: one more than
        all replicas, and none of the old ones is gone before a new one is there."""
        each = quantity(asked(self.pod).get(resource, "0")) or Decimal(0)
        own = sum((_taken(pod, resource) for pod in self.there), Decimal(0))
        beside = max(1, self.wanted + 1 - len(self.there))
        return max(each * beside, each * (self.wanted + 1) - own)


def quantity(text: object) -> Decimal | None:
    """The number; None for what is none."""
    match = _FORM.fullmatch(str(text).strip())
    factor = _UNITS.get(match[2]) if match else None
    return None if match is None or factor is None else Decimal(match[1]) * factor


def asked(pod: Object) -> dict[str, str]:
    """What one pod of this template asks of a quota, by the quota's names."""
    (container,) = pod["spec"]["containers"]
    resources = container["resources"]
    told = {"pods": "1", "count/pods": "1"}
    for name, amount in resources["requests"].items():
        told |= {f"requests.{name}": amount, name: amount}
    return told | {f"limits.{name}": amount for name, amount in resources["limits"].items()}


def over_quota(quotas: Sequence[Object], copies: Copies) -> Iterator[Lack]:
    """What no quota has room for."""
    for quota in filter(_counts_us, quotas):
        name, status = str(quota["metadata"]["name"]), quota.get("status") or {}
        used = status.get("used") or {}
        for resource, hard in (status.get("hard") or {}).items():
            more = copies.more(resource)
            limit, taken = quantity(hard), quantity(used.get(resource, "0"))
            if more <= 0 or limit is None or taken is None or taken + more <= limit:
                continue
            yield Lack(
                name,
                resource,
                shown(resource, taken + more),
                f"quota {name} allows {hard} of {resource}, {used.get(resource, '0')} are taken, "
                f"and {shown(resource, more)} more are needed: {_in_words(copies, resource)}",
            )


def _in_words(copies: Copies, resource: str) -> str:
    each = asked(copies.pod)[resource]
    replicas = "1 replica" if copies.wanted == 1 else f"{copies.wanted} replicas"
    return f"{replicas} of {each}, and one beside while a revision takes over"


def shown(resource: str, amount: Decimal) -> str:
    """The amount as people write it, rounded up."""
    if resource.endswith("cpu"):
        return f"{_up(amount * 1000)}m"
    if resource.endswith(("memory", "storage")):
        return f"{_up(amount / (1 << 20))}Mi"
    return str(_up(amount))


def _up(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding=ROUND_CEILING))


def _taken(pod: Object, resource: str) -> Decimal:
    """What a pod that is there takes, with the containers that others put beside ours."""
    if resource in ("pods", "count/pods"):
        return Decimal(1)
    part, dot, name = resource.partition(".")
    part, name = (part, name) if dot and part in ("requests", "limits") else ("requests", resource)
    given = [each.get("resources") or {} for each in pod["spec"]["containers"]]
    amounts = [quantity((each.get(part) or {}).get(name, "0")) for each in given]
    return sum((each for each in amounts if each is not None), Decimal(0))


def _counts_us(quota: Object) -> bool:
    """Whether a quota counts pods of ours: what is bound to a priority class never does."""
    spec = quota.get("spec") or {}
    chosen = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    scopes = {*(spec.get("scopes") or ()), *(each.get("scopeName") for each in chosen)}
    return not scopes & {*_OTHER_PODS, "PriorityClass", "CrossNamespacePodAffinity"}


def out_of_range(ranges: Sequence[Object], pod: Object) -> Iterator[str]:
    """What no limit range allows, a sentence each."""
    (container,) = pod["spec"]["containers"]
    for each in ranges:
        for limit in each["spec"].get("limits") or ():
            if limit.get("type") in ("Container", "Pod"):
                yield from _outside(str(each["metadata"]["name"]), limit, container["resources"])


def _outside(name: str, limit: Mapping[str, Any], resources: Mapping[str, Any]) -> Iterator[str]:
    for resource, most in (limit.get("max") or {}).items():
        amount = resources["limits"].get(resource)
        if amount is not None and _above(amount, most):
            yield f"limit range {name} allows {most} of {resource} at most, and {amount} is asked"
    for resource, least in (limit.get("min") or {}).items():
        amount = resources["requests"].get(resource)
        if amount is not None and _above(least, amount):
            yield f"limit range {name} allows no less than {least} of {resource}, not {amount}"
    for resource, most in (limit.get("maxLimitRequestRatio") or {}).items():
        request, bound = (resources[part].get(resource) for part in ("requests", "limits"))
        if request is not None and bound is not None and _ratio_above(bound, request, most):
            yield (
                f"limit range {name} allows a limit of {most} times the request of {resource}, "
                f"not {bound} for {request}"
            )


def _above(one: object, other: object) -> bool:
    first, second = quantity(one), quantity(other)
    return first is not None and second is not None and first > second


def _ratio_above(limit: object, request: object, most: object) -> bool:
    bound, least, times = quantity(limit), quantity(request), quantity(most)
    return bool(bound is not None and least and times and bound > least * times)
