"""The plan with its lock: what the kernel's interpreter and the package index know of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from jupyter_modelship import __version__, environment
from jupyter_modelship.environment import LocalModules
from jupyter_modelship.errors import Blocked
from jupyter_modelship.model import Finding, KernelFacts, Lock
from jupyter_modelship.places import Places
from jupyter_modelship.plan.checks import module_names
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.placing import placed
from jupyter_modelship.plan.plan import make_plan, service_name
from jupyter_modelship.plan.policy import (
    read_policies,
    source_findings,
    system_folders,
    violations,
)

from .basing import lock_platform, needs_image, with_base
from .configuration import declared_values
from .review import Looked, Reviewed, computed_with


async def locked(looked: Looked, places: Places, *, overridden: Collection[str] = ()) -> Reviewed:
    """The plan with its lock. Raises Blocked with all findings where one of them blocks and is
    not among the codes in `overridden`, as far as policy lets anybody override them."""
    if looked.notebook is None or looked.slice is None:
        raise Blocked(looked.findings)
    if looked.standing(looked.findings, overridden):
        raise Blocked(looked.findings)
    assert looked.contract is not None, "a slice has a contract"
    kernel = environment.resolve_kernel(looked.notebook.kernel, folder=looked.path.parent)
    facts = await environment.probe(kernel, places)
    asked = await _asked(looked, facts, places)
    options, more = await _decided(looked, facts, places)
    refused = _refused(asked.lock)
    findings = (
        *looked.findings,
        *module_names(asked.local.files),
        *asked.findings,
        *refused,
        *more,
    )
    if asked.lock is None or looked.standing(findings, overridden):
        raise Blocked(findings)
    plan = make_plan(
        looked.notebook,
        looked.slice,
        looked.contract,
        options,
        path=str(looked.path),
        lock=asked.lock,
        modules=asked.local.files,
        runtime_version=__version__,
        findings=findings,
    )
    return Reviewed(
        path=looked.path,
        notebook=looked.notebook,
        plan=plan,
        lock=asked.lock,
        facts=facts,
        kernel=kernel,
        given=looked.merged.given,
        modules=asked.local.files,
        modules_needed=asked.needed,
        findings=findings,
    )


def _refused(lock: Lock | None) -> tuple[Finding, ...]:
    """What policy does not let be built."""
    if lock is None or not lock.sources:
        return ()
    policies, _ = read_policies(system_folders())
    return source_findings(lock.sources, policies)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the shipped code and the computed names need."""

    needed: tuple[str, ...]
    local: LocalModules
    lock: Lock | None
    findings: tuple[Finding, ...]


async def _asked(looked: Looked, facts: KernelFacts, places: Places) -> _Asked:
    assert looked.slice is not None, "asked by `locked`"
    folder = looked.path.parent
    needed = tuple(
        sorted({*environment.imports_of(looked.slice, facts), *computed_with(looked.slice)})
    )
    local = environment.local_modules(folder, needed, facts)
    lock, found = await environment.lock(
        environment.LockRequest(
            facts,
            folder,
            needed,
            places,
            looked.slice.installs,
            platform=lock_platform(looked.merged.options),
        )
    )
    return _Asked(needed, local, lock, found)


async def _decided(
    looked: Looked, facts: KernelFacts, places: Places
) -> tuple[Options, tuple[Finding, ...]]:
    """The options with what this machine decides, and what is wrong with them here."""
    minor = ".".join(facts.version.split(".")[:2])
    options, baseless = with_base(looked.merged.options, minor, places)
    service = service_name(str(looked.path), options)
    policies, _ = read_policies(system_folders())
    options = placed(options, service, policies)
    values = declared_values(places, service, options)
    forbidden = violations(options, policies)
    credentials = await _credentials(looked, options, places)
    return options, (*values.findings, *baseless, *forbidden, *credentials)


async def _credentials(looked: Looked, options: Options, places: Places) -> tuple[Finding, ...]:
    """What looks like a credential in the notebook, where others will be able to read its image."""
    if looked.notebook is None or not needs_image(options):
        return ()
    from .searching import in_notebook  # its scanner is for those who make images

    return await in_notebook(looked.path, looked.notebook, places)
