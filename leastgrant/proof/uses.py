"""A file of declared uses: what other tools than CloudFormation do with the role.

A list, in YAML or JSON:

    - name: upload
      reason: the pipeline uploads the template before it deploys it
      actions: [s3:PutObject]
      resources: ["arn:aws:s3:::artifacts/app/*"]
      context: {aws:ResourceAccount: "123456789012"}

`context` may be left out. It says what the requests hold, for conditions of the role that ask for it: each condition
key with its value, a pattern of it, a list of several, or an empty list for a key that the requests do not have.

`tier` may be `advisory`, for calls that are made in some cases, or whose refusal does no harm; `source` may say how it
is known that they are made.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leastgrant.documents.document import read_file, read_text
from leastgrant.documents.source import quoted
from leastgrant.iam.arn import ARN, resource_problem
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier, authorization
from leastgrant.knowledge.schema import is_listed
from leastgrant.proof.needs import DECLARED, Use

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from leastgrant.documents.document import Document
    from leastgrant.documents.source import Json, Source
    from leastgrant.documents.source import Path as Keys
    from leastgrant.proof.request import Values

_KEYS = ("name", "reason", "actions", "resources")
_CONTEXT, _TIER, _SOURCE = "context", "tier", "source"
_OPTIONAL = (_CONTEXT, _TIER, _SOURCE)


def load_uses(path: Path) -> tuple[Use, ...]:
    """Load the uses that the file at `path` declares.

    Raises:
        TemplateError: the file cannot be read, is not such a list, or names an action that IAM does not have.
    """
    return _uses(read_file(path))


def parse_uses(text: str, name: str) -> tuple[Use, ...]:
    """Parse the uses that `text` declares; `name` is what errors call it.

    Raises:
        TemplateError: as of `load_uses`.
    """
    return _uses(read_text(text, name))


def _uses(document: Document) -> tuple[Use, ...]:
    source = document.source
    uses: dict[str, Use] = {}
    for index, item in enumerate(_list(document.tree, (), source)):
        use = _use(item, (index,), source)
        if use.name in uses:
            raise source.error((index, "name"), f"{quoted(use.name)} is taken; give each use a name of its own")
        uses[use.name] = use
    return tuple(uses.values())


def uses_file(uses: Iterable[Use]) -> str:
    """Write the uses as the JSON file from which `load_uses` reads them."""
    return json.dumps([*map(_item, uses)], indent=1)


def _item(use: Use) -> dict[str, Json]:
    item: dict[str, Json] = {
        "name": use.name,
        "reason": use.reason,
        "actions": [*use.actions],
        "resources": [str(resource) for resource in use.resources],
    }
    if use.context:
        item[_CONTEXT] = {key: [*map(str, values)] for key, values in use.context}
    if use.tier is not Tier.REQUIRED:
        item[_TIER] = use.tier.value
    if use.source != DECLARED:
        item[_SOURCE] = use.source
    return item


def _use(item: Json, keys: Keys, source: Source) -> Use:
    wanted = f"each use has {', '.join(_KEYS)}, and may have {', '.join(_OPTIONAL)}"
    if not isinstance(item, dict):
        raise source.error(keys, f"must be a map, and is {quoted(item)}; {wanted}")
    for key in item:
        if key not in (*_KEYS, *_OPTIONAL):
            raise source.error(keys, f"unknown key {quoted(key)}; {wanted}")
    for key in _KEYS:
        if key not in item:
            raise source.error(keys, f"{key} is missing; {wanted}")
    actions = tuple(_action(text, at, source) for text, at in _texts(item["actions"], (*keys, "actions"), source))
    return Use(
        name=_text(item["name"], (*keys, "name"), source),
        reason=_text(item["reason"], (*keys, "reason"), source),
        actions=actions,
        resources=tuple(
            _resource(text, at, source) for text, at in _texts(item["resources"], (*keys, "resources"), source)
        ),
        context=_context(item.get(_CONTEXT, {}), actions, (*keys, _CONTEXT), source),
        tier=_tier(item.get(_TIER, Tier.REQUIRED.value), (*keys, _TIER), source),
        source=_text(item.get(_SOURCE, DECLARED), (*keys, _SOURCE), source),
    )


def _tier(value: Json, keys: Keys, source: Source) -> Tier:
    for tier in _TIERS:
        if tier.value == value:
            return tier
    raise source.error(keys, f"must be {' or '.join(tier.value for tier in _TIERS)}, and is {quoted(value)}")


_TIERS = (Tier.REQUIRED, Tier.ADVISORY)
"""What a tool's own call can be: no resource changes with it, and nothing is read back."""


def _context(value: Json, actions: Iterable[str], keys: Keys, source: Source) -> tuple[tuple[str, Values], ...]:
    if not isinstance(value, dict):
        raise source.error(keys, f"must be a map of condition keys, and is {quoted(value)}")
    called = [str(known) for action in actions for known in authorization.expand(action) or (action,)]
    found: dict[str, tuple[str, Values]] = {}
    for key, values in value.items():
        at = (*keys, key)
        if ":" not in key or not any(authorization.takes(action, key) for action in called):
            raise source.error(at, f"no action of the use takes the condition key {quoted(key)}; name one that does")
        if key.lower() in found:
            raise source.error(at, f"{quoted(key)} is {quoted(found[key.lower()][0])}, in whatever case; give it once")
        texts = [(value, (*at, i)) for i, value in enumerate(values)] if isinstance(values, list) else [(values, at)]
        found[key.lower()] = (key, tuple(Pattern.parse(_scalar(text, where, source)) for text, where in texts))
    return tuple(found.values())


def _scalar(value: Json, keys: Keys, source: Source) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise source.error(keys, f"must be text, a number or a boolean, and is {quoted(value)}")
    return value


def _action(text: str, keys: Keys, source: Source) -> str:
    if authorization.action(text) or authorization.expand(text) or is_listed(text):
        return text
    nearest = authorization.nearest(text)
    remedy = f"did you mean {nearest}?" if nearest else "write service:Name"
    raise source.error(keys, f"IAM has no action {quoted(text)}; {remedy}")


def _resource(text: str, keys: Keys, source: Source) -> Pattern:
    try:
        return arn_pattern(text)
    except ValueError as error:
        raise source.error(keys, str(error)) from None


def arn_pattern(text: str) -> Pattern:
    """Parse the pattern of ARNs that `text` stands for, with IAM's wildcards.

    Raises:
        ValueError: it stands for none, in one line.
    """
    pattern = Pattern.parse(text)
    problem = resource_problem(text, variables=False)
    if problem:
        raise ValueError(problem)
    if not pattern.intersects(ARN):
        raise ValueError(f"{text!r} matches no ARN; write * or arn:partition:service:region:account:resource")
    return pattern


def _texts(value: Json, keys: Keys, source: Source) -> list[tuple[str, Keys]]:
    """Return the texts of a list, each with its place."""
    places: list[tuple[Json, Keys]] = [(item, (*keys, i)) for i, item in enumerate(_list(value, keys, source))]
    return [(_text(item, at, source), at) for item, at in places]


def _list(value: Json, keys: Keys, source: Source) -> list[Json]:
    if value == []:
        raise source.error(keys, "is an empty list; name at least one")
    if not isinstance(value, list):
        raise source.error(keys, f"must be a list, and is {quoted(value)}")
    return value


def _text(value: Json, keys: Keys, source: Source) -> str:
    if not isinstance(value, str) or not value.strip():
        raise source.error(keys, f"must be text, and is {quoted(value)}")
    return value
