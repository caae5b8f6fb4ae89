"""The search for credentials in what an image would carry, and in the notebook that it is made of.

In the review for what is known then; in the stage `build` for all of it, before an engine starts.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.environment.git import tokens
from jupyter_modelship.environment.indexes import inherited
from jupyter_modelship.environment.logins import passwords
from jupyter_modelship.errors import Blocked
from jupyter_modelship.image.recipe import Recipe
from jupyter_modelship.image.scan import Scan
from jupyter_modelship.image.sources import (
    Source,
    file_sources,
    folder_sources,
    notebook_sources,
    value_sources,
)
from jupyter_modelship.model import Bundle, Finding, Notebook
from jupyter_modelship.places import Places
from jupyter_modelship.plan.findings import blocking
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.policy import overridable, read_policies, system_folders
from jupyter_modelship.registry.login import read_login
from jupyter_modelship.registry.reference import parse

from .configuration import declared_values
from .context import RunContext
from .events import finding_payload
from .ground import Ground
from .rendering import Rendered
from .review import Reviewed


async def in_notebook(path: Path, notebook: Notebook, places: Places) -> tuple[Finding, ...]:
    """What looks like a credential in the notebook: its cells, outputs and metadata."""

    def look() -> tuple[Finding, ...]:
        return Scan(places).findings(notebook_sources(path.read_bytes(), notebook))

    return await asyncio.to_thread(look)


async def search(
    context: RunContext,
    reviewed: Reviewed,
    rendered: Rendered,
    recipe: Recipe,
    where: Ground,
    repository: str,
) -> None:
    """Search all that ships to `repository` but the wheels, which others have published. Raises
    Blocked, unless somebody overrides it by name and policy lets them."""
    own = own_values(
        dataclasses.replace(reviewed.plan.options, repository=repository),
        reviewed.plan.service,
        context.places,
        where,
        python=Path(reviewed.facts.python),
    )
    found = await asyncio.to_thread(
        lambda: Scan(context.places, own=own).findings(_sources(reviewed, rendered.bundle, recipe))
    )
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
