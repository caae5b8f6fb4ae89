"""The Secrets that a release refers to, each with the command by which somebody makes it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import naming

Objects = Sequence[Mapping[str, Any]]


def secret_commands(objects: Objects) -> tuple[str, ...]:
    """One for each Secret that the objects name: none of them is in a release, nor a value."""
    deployment = _one(objects, "Deployment")
    service, namespace = deployment["metadata"]["name"], deployment["metadata"]["namespace"]
    pod = deployment["spec"]["template"]["spec"]
    image = str(pod["containers"][0]["image"])
    return (
        *(pull_command(namespace, name, image) for name in _pull_secrets(objects)),
        *(_token_command(namespace, service, name) for name in _volumes(pod)),
        *(_values_command(namespace, name, keys) for name, keys in _values(pod).items()),
    )


def pull_command(namespace: str, name: str, image: str) -> str:
    """What makes the Secret by which a namespace's pods pull from that image's registry."""
    words = (
        *("kubectl", "-n", namespace, "create", "secret", "docker-registry", name),
        f"--docker-server={image.partition('/')[0]}",
    )
    return f"{shlex.join(words)} --docker-username=… --docker-password=…"


def _token_command(namespace: str, service: str, name: str) -> str:
    """Labelled as ours: so `call` finds the token, and `delete` takes it away."""
    labels = [f"{key}={value}" for key, value in naming.labels(service).items()]
    made = ("kubectl", "-n", namespace, "create", "secret", "generic", name)
    marked = ("kubectl", "-n", namespace, "label", "secret", name, *labels)
    return (
        f'{shlex.join(made)} --from-literal=token="$(openssl rand -hex 32)"\n{shlex.join(marked)}'
    )


def _values_command(namespace: str, name: str, keys: Sequence[str]) -> str:
    made = ("kubectl", "-n", namespace, "create", "secret", "generic", name)
    return " ".join([shlex.join(made), *(f"--from-literal={key}=…" for key in keys)])


def _pull_secrets(objects: Objects) -> Iterator[str]:
    for each in _one(objects, "ServiceAccount").get("imagePullSecrets") or ():
        yield str(each["name"])


def _volumes(pod: Mapping[str, Any]) -> Iterator[str]:
    for volume in pod["volumes"]:
        if "secret" in volume:
            yield str(volume["secret"]["secretName"])


def _values(pod: Mapping[str, Any]) -> dict[str, list[str]]:
    """Secret -> the keys that variables come of."""
    found: dict[str, list[str]] = {}
    for variable in pod["containers"][0]["env"]:
        source = variable.get("valueFrom", {}).get("secretKeyRef")
        if source:
            found.setdefault(str(source["name"]), []).append(str(source["key"]))
    return found


def _one(objects: Objects, kind: str) -> Mapping[str, Any]:
    (found,) = (each for each in objects if each["kind"] == kind)
    return found
