"""Quantities of Kubernetes (`500m`, `1Gi`), and whether one more pod fits. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .kinds import Object

_FORM = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)")
_UNITS: Mapping[str, Decimal] = {
    "": Decimal(1),
    **{unit: Decimal(10) ** power for unit, power in zip("num", (-9, -6, -3), strict=True)},
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}


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


def over_quota(quotas: Sequence[Object], pod: Object, copies: int) -> Iterator[str]:
    """What no quota has room for, a sentence each; `copies` more pods are to run."""
    for quota in quotas:
        status = quota.get("status") or {}
        used = status.get("used") or {}
        for name, hard in (status.get("hard") or {}).items():
            more = quantity(asked(pod).get(name, "0"))
            limit, taken = quantity(hard), quantity(used.get(name, "0"))
            if not more or limit is None or taken is None:
                continue
            if taken + more * copies > limit:
                yield (
                    f"quota {quota['metadata']['name']} allows {hard} of {name}, "
                    f"{used.get(name, '0')} are taken, and {copies} x {asked(pod)[name]} are needed"
                )


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


def _above(one: object, other: object) -> bool:
    first, second = quantity(one), quantity(other)
    return first is not None and second is not None and first > second
