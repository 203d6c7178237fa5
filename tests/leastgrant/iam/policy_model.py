"""IAM's rules again, written plainly from the guide, sharing no code with the library that it tests."""

from __future__ import annotations

import math
import re
from datetime import datetime
from functools import cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Document = dict[str, Any]
Context = dict[str, tuple[str, ...]]


_NO_WILDCARD = {"*": "\1", "?": "\2"}
_VARIABLE = re.compile(r"\$\{([^,}]+)(?:, '([^']*)')?\}")


@cache
def glob(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    meanings = {"*": ".*", "?": ".", _NO_WILDCARD["*"]: r"\*", _NO_WILDCARD["?"]: r"\?"}
    expression = "".join(meanings.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(expression, text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def fill(text: str, context: Context) -> str | None:
    """The text with its variables replaced; a wildcard in a value is no wildcard."""
    result, position = "", 0
    for match in _VARIABLE.finditer(text):
        values = context.get(match[1].lower(), ())
        value = values[0] if len(values) == 1 else match[2]
        if value is None:
            return None
        result += text[position : match.start()] + "".join(_NO_WILDCARD.get(letter, letter) for letter in value)
        position = match.end()
    return result + text[position:]


def matches(base: str, wanted: str, value: str, context: Context) -> bool:
    filled = fill(wanted, context)
    if filled is None:
        return False
    if base in ("ArnLike", "ArnEquals"):
        ours, theirs = filled.split(":", 5), value.split(":", 5)
        return len(theirs) == 6 and all(glob(p, t) for p, t in zip(ours, theirs, strict=True))
    exact = filled.translate({ord(mark): letter for letter, mark in _NO_WILDCARD.items()})
    comparisons: dict[str, Callable[[], bool]] = {
        "StringEquals": lambda: value == exact,
        "StringEqualsIgnoreCase": lambda: value.lower() == exact.lower(),
        "StringLike": lambda: glob(filled, value),
        "NumericEquals": lambda: numeric(value) == numeric(filled),
        "NumericLessThan": lambda: numeric(value) < numeric(filled),
        "NumericGreaterThanEquals": lambda: numeric(value) >= numeric(filled),
        "DateLessThan": lambda: moment(value) < moment(filled),
        "DateGreaterThan": lambda: moment(value) > moment(filled),
        "IpAddress": lambda: in_range(value, filled),
        "Bool": lambda: value.lower() == exact.lower(),
    }
    return comparisons[base]()


def numeric(text: str) -> float:
    """What is no number is in no order."""
    return float(text) if text.strip("-").replace(".", "").isdigit() else math.nan


def moment(text: str) -> float:
    """Seconds since 1970, of a date or of just such a number."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return numeric(text)


def in_range(address: str, network: str) -> bool:
    """What is no address is in no range."""
    try:
        return ip_address(address) in ip_network(network)
    except ValueError:
        return False


def variables_of(text: str) -> list[str]:
    """The keys of the variables in a text that have no default."""
    return [match[1] for match in _VARIABLE.finditer(text) if match[2] is None]


def keys_of(statements: list[Document]) -> frozenset[str]:
    """All context keys that they read, in lower case."""
    found = {key for s in statements for keys in s.get("Condition", {}).values() for key in keys}
    values = (text for s in statements for keys in s.get("Condition", {}).values() for t in keys.values() for text in t)
    resources = (text for s in statements for text in listed(s.get("Resource") or s.get("NotResource")))
    found |= {match[1] for text in (*values, *resources) for match in _VARIABLE.finditer(text)}
    return frozenset(key.lower() for key in found)


def condition_holds(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    present = context.get(key.lower(), ())
    if operator == "Null":
        return str(not present).lower() in wanted
    quantifier, _, base = operator.rpartition(":")
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    negated = "Not" in base

    def satisfied(value: str) -> bool:
        found = [matches(base.replace("Not", ""), one, value, context) for one in wanted]
        return not any(found) if negated else any(found)

    if quantifier == "ForAllValues":
        return all(map(satisfied, present))
    if quantifier == "ForAnyValue":
        return any(map(satisfied, present))
    if not present:
        return negated or if_exists
    return len(present) == 1 and satisfied(present[0])


def concerned(statement: Document, action: str, context: Context) -> bool:
    """Whether a statement applies to some resource: by its action and its conditions."""
    if "Action" in statement:
        acts = any(glob(p, action, ignore_case=True) for p in listed(statement["Action"]))
    else:
        acts = not any(glob(p, action, ignore_case=True) for p in listed(statement["NotAction"]))
    return acts and all(
        condition_holds(operator, key, listed(values), context)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def reaches(statement: Document, resource: str, context: Context) -> bool:
    element = "Resource" if "Resource" in statement else "NotResource"
    filled = [fill(text, context) for text in listed(statement[element])]
    hit = any(text is not None and glob(text, resource) for text in filled)
    return hit == (element == "Resource")


def allowed(action: str, resource: str, context: Context, policies: list[Document], boundary: Document | None) -> bool:
    return any(True for _ in allowed_of([resource], action, context, policies, boundary))


def allowed_of(
    resources: list[str], action: str, context: Context, policies: list[Document], boundary: Document | None
) -> Iterator[str]:
    """The resources of some on which an action is allowed."""

    def concerning(documents: list[Document]) -> list[Document]:
        return [s for d in documents for s in d["Statement"] if concerned(s, action, context)]

    own, limit = concerning(policies), concerning([boundary] if boundary else [])
    if not any(s["Effect"] == "Allow" for s in own) or (boundary and not limit):
        return
    for resource in resources:
        effects, limits = (
            {s["Effect"] for s in statements if reaches(s, resource, context)} for statements in (own, limit)
        )
        if "Deny" not in effects | limits and "Allow" in effects and (boundary is None or "Allow" in limits):
            yield resource
