"""Every finding that the contract can make, one table row each."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_modelship.model import Check, Finding

UNSUPPORTED = Check(
    "contract-unsupported-type",
    "block",
    "A type that cannot travel as JSON",
    "A request and a reply are JSON. Numbers, text, containers, dataclasses, TypedDicts, enums, "
    "numpy arrays and pandas frames have a JSON form; functions, generators and classes of other "
    "libraries have none.",
    "Use a type that has a JSON form, and make the other value of it inside the function.",
)
UNREADABLE = Check(
    "contract-unreadable-annotation",
    "block",
    "An annotation that is no type",
    "The types of an endpoint are read from its source, without running it. An annotation that is "
    "computed, or that is not valid Python, says nothing there.",
    "Write the annotation as a plain type, for example `list[float]`.",
)
UNRESOLVED = Check(
    "contract-unknown-name",
    "block",
    "An annotation names what does not ship",
    "The name in the annotation is bound by no import, class or alias among the statements that "
    "ship with the service.",
    "Import or define the name at the top level of a cell that is not tagged `skip`.",
)
PARAMETER_HOLE = Check(
    "contract-parameter-unknown",
    "block",
    "Nobody said what a parameter is",
    "The parameter has no complete annotation and no call of the endpoint was seen in the "
    "rehearsal, so that requests could not be checked before they reach the function.",
    "Annotate the parameter, or add a cell with the tag `example` that calls the endpoint.",
)
RESULT_HOLE = Check(
    "contract-result-unknown",
    "note",
    "Nobody said what an endpoint returns",
    "Without a complete return annotation and without an example, callers are told that any JSON "
    "may come back.",
    "Annotate what the function returns, or add a cell with the tag `example` that calls it.",
)
CONTRADICTION = Check(
    "contract-contradiction",
    "block",
    "The notebook does something else than it declares",
    "What was declared is never changed by what was seen: callers build on it. A declaration that "
    "the notebook's own example contradicts would refuse good requests or promise wrong replies.",
    "Change the annotation or the example so that both say the same.",
)
NOT_JSON = Check(
    "contract-not-json",
    "block",
    "A value that cannot travel as JSON was seen",
    "An example passed or returned an object that has no JSON form.",
    "Take and return numbers, text, containers, dataclasses, arrays or frames; for an estimator's "
    "result, pick the fields that callers need.",
)
CLASS_STAYS = Check(
    "contract-class-stays",
    "block",
    "A parameter's class does not ship",
    "The example made the argument from a class that the function's source does not name, so the "
    "class stays behind and the service could not make such an argument from a request.",
    "Annotate the parameter with the class; it ships then.",
)
GET_PARAMETER = Check(
    "contract-get-parameter",
    "block",
    "A GET endpoint takes more than scalars",
    "A GET request carries its parameters in the URL, as text: numbers, text, dates and choices "
    "fit in there, containers do not.",
    "Serve the function by POST: tag the cell `endpoint` or `endpoint:POST /path`.",
)
AMBIGUOUS_UNION = Check(
    "contract-ambiguous-union",
    "block",
    "Two members of a union look the same in JSON",
    "When a request arrives, its JSON alone must tell which member is meant. Two kinds of text, of "
    "lists or of objects cannot be told apart.",
    "Keep one member, or make one class with optional fields of them.",
)
ODD_KEY = Check(
    "contract-odd-key",
    "block",
    "A column or field whose name requests cannot be checked for",
    "The decoder of the service knows objects by their keys, and takes no key with a quotation "
    "mark, a backslash or a control character in it.",
    "Rename the column or field.",
)
DEFAULT = Check(
    "contract-default-differs",
    "warn",
    "A default value is not of the declared type",
    "The documentation would publish a default that a caller is not allowed to send, so it is left "
    "out there. The function still gets it when the parameter is not sent.",
    "Change the annotation or the default so that they agree.",
)
ROUTE_TWICE = Check(
    "contract-route-twice",
    "block",
    "Two endpoints answer at the same address",
    "One method and path can reach one function only.",
    "Give one of them a path of its own: tag its cell `endpoint:/another-path`.",
)
OPEN_ARRAY = Check(
    "contract-array-shape-unknown",
    "note",
    "An array of any shape",
    "The annotation gives the array's dtype but not its shape, and no example was seen. Requests "
    "of a wrong shape reach the function.",
    "Add a cell with the tag `example` that calls the endpoint: the shape is taken from there.",
)

CATALOGUE: tuple[Check, ...] = (
    UNSUPPORTED,
    UNREADABLE,
    UNRESOLVED,
    PARAMETER_HOLE,
    RESULT_HOLE,
    CONTRADICTION,
    NOT_JSON,
    CLASS_STAYS,
    GET_PARAMETER,
    AMBIGUOUS_UNION,
    ODD_KEY,
    DEFAULT,
    ROUTE_TWICE,
    OPEN_ARRAY,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the notebook an endpoint's function stands."""

    cell: str | None = None
    number: int | None = None
    line: int | None = None


def finding(check: Check, message: str, place: Place, *, remedy: str = "") -> Finding:
    """A finding of that kind; `remedy` where this case has a better one than the table's."""
    return Finding(
        code=check.code,
        severity=check.severity,
        message=message,
        remedy=remedy or check.remedy,
        cell=place.cell,
        number=place.number,
        line=place.line,
    )
