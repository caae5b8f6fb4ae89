"""The search for credentials in what an image would carry, and in the notebook that it is made of.

In the review for what is known then; in the stage `build` for all of it, before an engine starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_modelship import __version__, process
from jupyter_modelship.environment.git import tokens
from jupyter_modelship.environment.indexes import inherited
from jupyter_modelship.environment.logins import passwords
from jupyter_modelship.errors import Blocked
from jupyter_modelship.image import scan, sources
from jupyter_modelship.image.recipe import Recipe
from jupyter_modelship.image.scan import Scan, rules_version
from jupyter_modelship.image.sources import (
    Source,
    file_sources,
    folder_sources,
    notebook_sources,
    value_sources,
)
from jupyter_modelship.model import Bundle, Finding, Notebook
from jupyter_modelship.places import Places, private
from jupyter_modelship.plan.findings import blocking
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.policy import overridable, read_policies, system_folders
from jupyter_modelship.registry.login import read_login
from jupyter_modelship.registry.reference import parse
from jupyter_modelship.stored import read_json, write_json

from .configuration import declared_values
from .context import RunContext
from .events import finding_payload
from .rendering import Rendered
from .review import Reviewed

if TYPE_CHECKING:  # a review searches, and makes no image
    from .ground import Ground
    from .preparing import Imaged

_SEARCHES = "credential-searches"


def _recalled(findings: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    return tuple(Finding(**each) for each in findings)


async def in_notebook(path: Path, notebook: Notebook, places: Places) -> tuple[Finding, ...]:
    """What looks like a credential in the notebook: its cells, outputs and metadata.

    Kept by content, under `places.cache`: a run reviews the very bytes that were reviewed before
    it, and its build searches them again with all else that ships.
    """

    def look() -> tuple[Finding, ...]:
        data = path.read_bytes()
        kept = private(places.cache / _SEARCHES) / f"{_key(data, notebook)}.json"
        with contextlib.suppress(KeyError, TypeError):  # another form: searched again
            if (known := read_json(kept)) is not None:
                return _recalled(known["findings"])
        found = Scan(places).findings(notebook_sources(data, notebook))
        if all(each.code != "secret-unscanned" for each in found):  # the clock decides of that one
            write_json(kept, {"findings": [dataclasses.asdict(each) for each in found]})
        return found

    return await asyncio.to_thread(look)


def _key(data: bytes, notebook: Notebook) -> str:
    """Of all that decides what is found: the bytes, how they were read, the rules, our own code."""
    told = hashlib.sha256(data)
    told.update(f"\0{notebook.digest}\0{__version__}\0{rules_version()}\0".encode())
    for module in (scan, sources):
        told.update(Path(str(module.__file__)).read_bytes())
    return told.hexdigest()[:32]


async def search(
    context: RunContext,
    reviewed: Reviewed,
    rendered: Rendered,
    recipe: Recipe,
    imaged: Imaged,
    repository: str,
) -> None:
    """Search all that ships to `repository` but the wheels, which others have published. Raises
    Blocked, unless somebody overrides it by name and policy lets them."""
    own = own_values(
        dataclasses.replace(reviewed.plan.options, repository=repository),
        reviewed.plan.service,
        context.places,
        imaged.ground,
        python=Path(reviewed.facts.python),
    )

    def look() -> tuple[Finding, ...]:
        searching = Scan(context.places, own=own, rules=imaged.rules)
        return searching.findings(_sources(reviewed, rendered.bundle, recipe))

    found = await asyncio.to_thread(look)
    for finding in found:
        context.emit("build", "finding", finding_payload(finding))
    policies, _ = read_policies(system_folders())
    passed = overridable(policies) & frozenset(context.run.request.overrides)
    standing = tuple(each for each in blocking(found) if each.code not in passed)
    if standing:
        raise Blocked(standing)


def _sources(reviewed: Reviewed, bundle: Bundle, recipe: Recipe) -> Iterator[Source]:
    data = reviewed.path.read_bytes()
    layers = (layer.folder for layer in recipe.layers if layer.kind != "dependencies")
    return chain(
        notebook_sources(data, reviewed.notebook),
        file_sources(bundle.files),
        *(folder_sources(folder) for folder in layers),
        value_sources("environment", recipe.config.env),
        value_sources("label", recipe.config.labels),
        value_sources("annotation", recipe.annotations),
    )


def own_values(
    options: Options, service: str, places: Places, where: Ground, *, python: Path
) -> Mapping[str, str]:
    """What was entrusted to this tool and may be nowhere, by the name that a finding gives it.
    `python`: the kernel's interpreter, whose environment may have a pip.conf of its own."""
    values = declared_values(places, service, options).by_name
    own = {f"secret {name}": values[name] for name in options.secrets if name in values}
    for reference in filter(None, (where.base, options.repository)):
        named = parse(reference)
        login = read_login(where.access.auth_file, named.host, named.repository)
        for number, secret in enumerate(login.secrets if login else ()):
            own[f"the login of {named.host} ({number + 1})"] = secret
    hub = os.environ.get("JUPYTERHUB_API_TOKEN")
    session = {"the token of the Jupyter hub": hub} if hub else {}
    return {**own, **session, **tokens(places), **_index_passwords(python)}


def _index_passwords(python: Path) -> Mapping[str, str]:
    told = process.entrusted_environment()
    return passwords(inherited(told, prefix=python.parent.parent), told)
