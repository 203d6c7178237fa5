"""ARNs: their form, and how IAM compares them.

A `Resource` is compared as one string. "If the `*` wildcard is the last character of a resource ARN segment,
it can expand to match beyond the colon boundaries" (AWS IAM User Guide, "IAM JSON policy elements:
Resource"). The guide does not say whether a wildcard elsewhere in a segment stops at the colon. Here it does
not.

An ARN condition compares each of the six colon-delimited components on its own ("IAM JSON policy elements:
Condition operators").
"""

from __future__ import annotations

import re

from leastgrant.iam.pattern import Pattern

COMPONENTS = 6

ARN = Pattern.parse("arn:aws*:?*:*:*:?*")
"""The form of every ARN: partition (`aws`, `aws-cn`, ...), service, perhaps region and account, resource."""

_VARIABLE = re.compile(r"\$\{[^}]*\}")


def components(arn: str) -> list[str] | None:
    """Split an ARN into its six components; None if it is none. The colons of a policy variable do not count."""
    parts = _hidden(arn).split(":", COMPONENTS - 1)
    if len(parts) != COMPONENTS or parts[0] != "arn":
        return None
    return [part.replace("\0", ":") for part in parts]


def _hidden(arn: str) -> str:
    """Return the text without the colons of policy variables."""
    return _VARIABLE.sub(lambda match: match[0].replace(":", "\0"), arn)


def completed(resource: str) -> str:
    """Complete a `Resource` with `*` for each component that is missing.

    Source: "Identify AWS resources with Amazon Resource Names (ARNs)", AWS IAM User Guide: an identity-based policy's
    `arn:aws:sqs` is `arn:aws:sqs:*:*:*`. One that ends with `*` reaches as far without them.
    """
    parts = _hidden(resource).split(":", COMPONENTS - 1)
    if parts[0] != "arn" or len(parts) in (1, COMPONENTS) or resource.endswith(("*", ":")):
        return resource
    return ":".join((resource, *["*"] * (COMPONENTS - len(parts))))


def resource_problem(text: str, *, variables: bool) -> str | None:
    """Return what is wrong with a `Resource` string, or None."""
    if text == "*":
        return None
    parts = components(completed(text))
    if not parts and not (text.startswith("arn:") and text.endswith("*")):
        return f"{text!r} is not an ARN; write * or arn:partition:service:region:account:resource"
    if variables and any("${" in part for part in (parts or [text])[: COMPONENTS - 1]):
        return f"{text!r} has a policy variable before the fifth colon, where IAM has none; write the value"
    return None
