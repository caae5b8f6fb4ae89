"""What planning can find. One row a code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from jupyter_modelship.model import Check, Finding

CATALOGUE: tuple[Check, ...] = (
    Check(
        "options-unreadable",
        "block",
        "The notebook's options are no JSON object of the known version",
        "`modelship` in the notebook's metadata holds the options. What cannot be read cannot be "
        "honoured, and an option is never ignored in silence.",
        'Make it an object such as {"version": 1, "name": "iris"}, or remove it.',
    ),
    Check(
        "option-unknown",
        "block",
        "An option that does not exist",
        "A misspelt option would do nothing, and nobody would notice.",
        "correct the name or remove it; `jupyter modelship deploy --help` lists all",
    ),
    Check(
        "option-invalid",
        "block",
        "An option has a value that it cannot have",
        "The value is of another type, or outside of what the option accepts.",
        "give it a value as the message says",
    ),
    Check(
        "option-refused",
        "block",
        "The target cannot honour an option",
        "An option is honoured or refused with a reason, so that nobody relies on what is not so.",
        "remove the option, or choose a target that honours it",
    ),
    Check(
        "target-missing",
        "block",
        "This installation has no such target",
        "The options name a target that this version does not have yet.",
        "use one that is there, e.g. `--target local`",
    ),
    Check(
        "configuration-names",
        "block",
        "A variable is declared twice, or is reserved",
        "A name in both `env` and `secrets` has two sources, and names that begin with MODELSHIP_ "
        "or change how Python starts belong to the service's own process.",
        "keep the name in one of the two lists, or choose another name",
    ),
    Check(
        "name-reserved",
        "block",
        "A service name that could collide with a made one",
        "Names that end in two hyphens and eight hexadecimal digits are made from names that "
        "could not stand as they are; typed ones could meet them.",
        "choose a name without that ending",
    ),
    Check(
        "name-taken",
        "block",
        "The service belongs to another notebook",
        "A service name belongs to one notebook, on a cluster of one person, so that nobody "
        "replaces a colleague's service by accident.",
        "choose another name with `--name`, or delete the other service first; one of a cluster "
        "can be taken over: `jupyter modelship deploy --take-over`",
    ),
    Check(
        "module-name-taken",
        "block",
        "A module beside the notebook has the name of a generated file",
        "The bundle holds `service.py`, the package `modelship_runtime` and the folders "
        "`artifacts` and `wheels`, its image a folder `packages`; a module of the same name would "
        "replace them, or be replaced.",
        "rename the module and its imports",
    ),
    Check(
        "parameter-unknown",
        "block",
        "A value for a parameter that the notebook does not have",
        "`parameters` sets names of the cell that is tagged `parameters`. Another name would be "
        "set, and nothing would read it.",
        "correct the name, or bind it in the cell that is tagged `parameters`",
    ),
    Check(
        "batch-missing",
        "block",
        "Requests are not batched yet",
        "`batch` promises that single requests reach the function together. This version calls it "
        "once a request, with what the request holds.",
        "remove `batch`; a function that takes and returns lists works without it",
    ),
    Check(
        "cluster-undecided",
        "block",
        "Where a service of the cluster goes is not decided",
        "Namespace, host name and what a service may reach are an administrator's decision: "
        "a notebook chooses among what the policy allows, and nothing else.",
        "name it in the policy's key `cluster`, or choose what the policy allows",
    ),
    Check(
        "policy-unreadable",
        "block",
        "A policy of this machine cannot be read",
        "An administrator has set bounds, and what cannot be read cannot be kept.",
        "ask who administers this machine to correct the file that the message names",
    ),
    Check(
        "policy-violated",
        "block",
        "The policy of this machine forbids it",
        "An administrator has set bounds for what is deployed from here.",
        "stay within the bound that the message names, or ask who administers this machine",
    ),
    Check(
        "memory-sized",
        "note",
        "The memory of a replica follows from what was measured",
        "On a cluster each process has a limit, and one that takes more is ended. While a revision "
        "is proved, its process says how much it takes at most; the next revision gets twice that. "
        "The first one gets a guess.",
        "`--memory` gives another number",
    ),
    Check(
        "apt-installed",
        "warn",
        "Debian packages are installed when the image is made: that runs code",
        "Their scripts run as root of a container of the base, which is on this machine's network. "
        "To do it again another day gives other versions and other bytes: so it is done once, and "
        "kept for all images with the same packages upon the same base.",
        "see that you need them; a base image that has them needs no such step",
    ),
    Check(
        "source-refused",
        "block",
        "The policy of this machine does not let it be built from source",
        "Building runs the code of whoever wrote it. An administrator has listed what may be "
        "built.",
        "pin a version that has a wheel, or ask who administers this machine",
    ),
)
_BY_CODE: Mapping[str, Check] = MappingProxyType({check.code: check for check in CATALOGUE})


def finding(
    code: str,
    message: str,
    *,
    remedy: str = "",
    cell: str | None = None,
    number: int | None = None,
) -> Finding:
    """A finding of this catalogue; without a remedy of its own it has the code's."""
    check = _BY_CODE[code]
    return Finding(code, check.severity, message, remedy or check.remedy, cell, number)
