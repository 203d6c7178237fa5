"""Words of AWS's names, so that an action's name can be compared with a property's or a type's."""

from __future__ import annotations

import re
from functools import cache

_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_PLURAL_ACRONYM = re.compile(r"(?<=[A-Z]{2})s(?=[A-Z]|$)")
_TOGETHER = {"dynamo db": "dynamodb", "time to live": "ttl", "web acl": "webacl", "event bus": "eventbus"}
"""Names that AWS splits in some places and not in others."""
_SAME = {"apis": "api", "identifier": "id", "ids": "id", "conf": "configuration", "config": "configuration"}
ENDS = (
    frozenset({"cancel", "deactivate", "delete", "deregister", "detach", "disable", "disassociate", "drop"})
    | {"release", "remove", "revoke", "schedule", "stop", "terminate", "un", "unassign", "unsubscribe", "untag"}
)  # fmt: skip
"""Verbs of actions that end something, or take it away."""
_NOT_PLURAL = frozenset({"cors", "https", "kinesis", "series", "alias", "access", "radius"})


@cache
def words(name: str) -> tuple[str, ...]:
    """Split a name into its words, in lower case and singular: `PutBucketCORS` gives put, bucket, cors."""
    found = " ".join(_normal(word.lower()) for word in _WORD.findall(_PLURAL_ACRONYM.sub("", name)))
    for apart, together in _TOGETHER.items():
        found = re.sub(rf"\b{apart}\b", together, found)
    return tuple(found.split())


def _normal(word: str) -> str:
    word = _SAME.get(word, word)
    if word in _NOT_PLURAL or word.endswith(("ss", "us", "is")) or len(word) <= 3:  # noqa: PLR2004  (sns, ips)
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word.removesuffix("s")
