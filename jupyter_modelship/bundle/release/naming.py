"""Names and labels of a service's objects.

A service's own name has no dot, so what follows a dot tells its objects apart and no two services
share one. The longest (63 + 1 + 17 characters) is well within what an object's name may have (253).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
MANAGER = "jupyter-modelship"
"""Who owns our fields and objects: field manager, and value of `app.kubernetes.io/managed-by`."""
MANAGED_BY = "app.kubernetes.io/managed-by"
SERVICE = "modelship/service"
REVISION = "modelship/revision"
BUNDLE = "modelship/bundle"
PLAN = "modelship/plan"
RUN = "modelship/run"
NOTEBOOK = "modelship/notebook"
AUDIT = "modelship/audit"


def is_service(text: str) -> bool:
    """Whether a service can be called that: a DNS label, which is also a label's value."""
    return _LABEL.fullmatch(text) is not None


def labels(service: str) -> dict[str, str]:
    """What all objects of a service have: by these they are found, and known as ours."""
    return {"app.kubernetes.io/name": service, MANAGED_BY: MANAGER, SERVICE: service}


def selector(service: str) -> dict[str, str]:
    """What chooses the pods of a service, of whatever revision. It can never be changed."""
    return {SERVICE: service}


def pod_labels(service: str, run: str) -> dict[str, str]:
    """What a pod has beside: the run that it comes of, so that traffic can be kept to one run's."""
    return {**labels(service), RUN: run_label(run)}


def run_label(run: str) -> str:
    """A label's value for a run, which may be called anything."""
    return _short(run.encode("utf-8", "surrogatepass"))


def token_secret(service: str) -> str:
    return f"{service}.token"


def values_secret(service: str) -> str:
    """The Secret that somebody makes for a service's declared secrets."""
    return f"{service}.secrets"


def env_map(service: str, values: Mapping[str, str]) -> str:
    """Named by its content: another one beside it, and each revision keeps its own."""
    return f"{service}.env-{_short(repr(sorted(values.items())).encode())}"


def lines_map(service: str, source_map: bytes) -> str:
    return f"{service}.lines-{_short(source_map)}"


def revision(service: str, number: int) -> str:
    return f"{service}.{number}"


def notebook(path: str) -> str:
    """Whose service it is, without telling the cluster what somebody's folders are called."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
