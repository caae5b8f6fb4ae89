"""What is said about a pushed image, kept beside it: its bill of materials and its provenance."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_modelship.engines.port import Access
from jupyter_modelship.engines.referrers import Said, attach
from jupyter_modelship.image import provenance, sbom

from .computing import Computed
from .context import RunContext
from .git import commit_of
from .preparing import Imaged
from .provenance import tools
from .rendering import Rendered
from .review import Reviewed


async def attest(image: str, documents: Sequence[Said], access: Access) -> None:
    """Keep the documents with `image` (`registry/repository@sha256:…`); what is there already is
    not kept twice. Raises StageFailed."""
    for document in documents:
        await attach(image, document, access)


async def inputs(
    context: RunContext,
    reviewed: Reviewed,
    computed: Computed,
    rendered: Rendered,
    imaged: Imaged,
    engine: str,
    *,
    replayed: int,
) -> provenance.Inputs:
    """What the run's image is made of: digests and versions, no path and nobody's name. So many
    examples were `replayed` in it by now."""
    request = context.run.request
    git = await commit_of(reviewed.folder)
    return provenance.Inputs(
        plan=reviewed.plan.digest,
        bundle=rendered.bundle.digest,
        notebook=request.notebook_digest,
        lock=computed.prepared.lock.digest,
        base=imaged.ground.base,
        platform=imaged.ground.platform,
        engine=engine,
        commit=git.commit if git else None,
        dirty=git is not None and git.dirty,
        overrides=tuple(request.overrides),
        sources=computed.prepared.lock.sources,
        debian=sbom.debian_components(imaged.ground.system),
        replayed=replayed,
        versions=tools(),
    )


def documents(
    image: str, service: str, went_in: provenance.Inputs, parts: Sequence[sbom.Component]
) -> tuple[Said, Said]:
    """Both documents about `image` (`registry/repository@sha256:…`); the same values give the
    same bytes."""
    repository, _, digest = image.partition("@")
    materials = sbom.sbom(
        service,
        bundle=went_in.bundle,
        base=went_in.base,
        platform=went_in.platform,
        parts=parts,
    )
    statement = provenance.provenance(went_in, repository=repository, digest=digest)
    return Said(sbom.MEDIA_TYPE, materials), Said(provenance.MEDIA_TYPE, statement)
