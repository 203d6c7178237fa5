"""What creates, changes and deletes a type whose schema lists no handlers: the actions that are named after it.

Such types are handled by CloudFormation itself. That `CreateTable` creates a table is sure; what else is called is not
known, and is said to be unknown.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from leastgrant.knowledge import authorization
from leastgrant.knowledge.linked_calls import linked_calls
from leastgrant.knowledge.name_words import ENDS, words
from leastgrant.knowledge.schema import Handler, type_schema

if TYPE_CHECKING:
    from leastgrant.knowledge.authorization import Action
    from leastgrant.knowledge.call import PossibleCall
    from leastgrant.knowledge.schema import TypeSchema

_PREFIXES = {
    "docdb": "rds",  # "Resource types defined by Amazon RDS": its API is that of Amazon RDS
    "elasticsearch": "es",
    "emr": "elasticmapreduce",
    "wafregional": "waf-regional",
}
"""The IAM prefixes of services whose types have another name, where no handlers tell."""

_VERBS = {
    Handler.CREATE: frozenset({"create", "put", "register"}),
    Handler.UPDATE: frozenset({"modify", "put", "update"}),
    Handler.DELETE: ENDS,
}


@cache
def named_calls(type_name: str) -> tuple[PossibleCall, ...]:
    """Return the calls that are named after a type without handlers; none of another type."""
    schema = type_schema(type_name)
    if schema is None or schema.handlers:
        return ()
    service = schema.service.lower()
    schema = replace(schema, iam_prefix=_PREFIXES.get(service, service))
    listed = {
        handler: tuple(
            str(action) for action in authorization.actions(schema.iam_prefix) if _is_for(action, schema, verbs)
        )
        for handler, verbs in _VERBS.items()
    }
    if not listed[Handler.CREATE]:
        return ()
    handlers = {handler: actions for handler, actions in listed.items() if actions}
    return linked_calls(replace(schema, handlers=handlers))


def _is_for(action: Action, schema: TypeSchema, verbs: frozenset[str]) -> bool:
    verb, *rest = words(action.name)
    named = frozenset(words(schema.noun))
    return verb in verbs and not action.reads and named <= frozenset(rest) <= named | frozenset(words(schema.service))
