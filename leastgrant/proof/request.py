"""What is known of the request that a call makes, as far as conditions of the role ask for it.

Sources: "AWS global condition context keys", "Controlling access to AWS resources using tags", AWS IAM User Guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.cells import cells
from leastgrant.iam.conditions import Comparison
from leastgrant.iam.pattern import Pattern, member
from leastgrant.iam.values import Arn, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leastgrant.iam.conditions import Condition
    from leastgrant.iam.evaluation import Relevant
    from leastgrant.iam.string import Context
    from leastgrant.iam.values import Value as Compared

Values: TypeAlias = "tuple[Pattern, ...]"
"""What a key has in one request, as far as it is known; none: the key is absent."""

_MOST_CONTEXTS = 256
_BEFORE_RESOURCE = 5
"""Components of an ARN before the resource."""


@dataclass(frozen=True, slots=True)
class Tags:
    """Tags of a resource, or of a request."""

    pairs: tuple[tuple[str, Pattern | None], ...] = ()
    """Each key with its value, None if that is not known."""
    complete: bool = True
    """There are no others."""

    @classmethod
    def literal(cls, pairs: Iterable[tuple[str, str]]) -> Tags:
        """Make tags whose keys and values are known, and all of them."""
        return cls(tuple((key, Pattern.literal(value)) for key, value in pairs))

    @property
    def some(self) -> bool:
        """Whether there are, or may be, any."""
        return bool(self.pairs) or not self.complete

    def and_also(self, other: Tags) -> Tags:
        """Return these, and those of the others that have another key."""
        own = {key for key, _ in self.pairs}
        pairs = (*self.pairs, *(pair for pair in other.pairs if pair[0] not in own))
        return Tags(pairs, self.complete and other.complete)

    def without_values(self) -> Tags:
        """Return the keys, with values that are not known."""
        return Tags(tuple((key, None) for key, _ in self.pairs), self.complete)

    def value(self, key: str) -> Values | None:
        """Return the value of the tag with this key, in lower case; None if that is not known."""
        found = [value for name, value in self.pairs if name.lower() == key]
        if not found:
            return () if self.complete else None
        value = found[0] if len(found) == 1 else None
        return None if value is None else (value,)

    @property
    def keys(self) -> Values | None:
        """What `aws:TagKeys` has; None if that is not known."""
        return tuple(Pattern.literal(key) for key, _ in self.pairs) if self.complete else None


NO_TAGS = Tags()
SOME_TAGS = Tags(complete=False)
"""There are tags, and which is not known."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a request. A key of which nothing is said may have any value, or none."""

    keys: tuple[tuple[str, tuple[Values, ...]], ...] = ()
    """Keys in lower case, each with what it has: one of these."""
    sent: tuple[Tags, ...] = ()
    """The tags in the request: one of these; none: not known."""
    on_resource: Tags | None = None
    """The tags of the resource that the call is made on; None: not known."""
    service: str = ""
    """The action's prefix: some services have a key of their own for the resource's tags."""

    def contexts(self, about: Relevant) -> Iterator[Context]:
        """Yield the contexts that stand for all that the request may have, of the keys that the statements read.

        Where a value is known only as a pattern, there is a context for each outcome that the conditions on it have
        within the pattern.
        """
        if not about.keys:
            yield {}
            return
        known = dict(self.keys)
        alike = {key: known[key] for key in about.keys if key in known}
        for key in about.keys:
            tag = self._tag_of_resource(key)
            value = None if tag is None or self.on_resource is None else self.on_resource.value(tag)
            if value is not None:
                alike[key] = (value,)
        seen: dict[tuple[object, ...], Context] = {}
        for tags in self.sent or (None,):
            of_tags = {} if tags is None else _of_tags(tags, about.keys)
            for context in _spelled({**alike, **of_tags}, about):
                seen.setdefault(tuple(context.items()), context)
        yield from seen.values()

    def _tag_of_resource(self, key: str) -> str | None:
        for prefix in ("aws", self.service):
            head = f"{prefix}:resourcetag/"
            if key.startswith(head):
                return key.removeprefix(head)
        return None


NOTHING_KNOWN = Known()


def _of_tags(tags: Tags, asked: Iterable[str]) -> dict[str, tuple[Values, ...]]:
    found: dict[str, tuple[Values, ...]] = {}
    for key in asked:
        value = None
        if key == "aws:tagkeys":
            value = tags.keys
        elif key.startswith(_REQUEST_TAG):
            value = tags.value(key.removeprefix(_REQUEST_TAG))
        if value is not None:
            found[key] = (value,)
    return found


_REQUEST_TAG = "aws:requesttag/"


def _spelled(known: Mapping[str, tuple[Values, ...]], about: Relevant) -> Iterator[Context]:
    choices: dict[str, list[tuple[str, ...]]] = {}
    for key, some in sorted(known.items()):
        texts = [_texts(key, values, about) for values in some]
        if all(found is not None for found in texts):
            choices[key] = list(dict.fromkeys(text for found in texts for text in found or ()))
    combined = list(islice(product(*choices.values()), _MOST_CONTEXTS + 1))
    if len(combined) > _MOST_CONTEXTS:  # too many to ask one by one: what is known in one way only is kept
        choices = {key: some for key, some in choices.items() if len(some) == 1}
        combined = list(product(*choices.values()))
    for values in combined:
        yield dict(zip(choices, values, strict=True))


def _texts(key: str, values: Values, about: Relevant) -> list[tuple[str, ...]] | None:
    """Return each way the values can be, as far as the conditions tell them apart; None if that is not known."""
    each = [_of_pattern(key, value, about) for value in values]
    if any(found is None for found in each):
        return None
    return list(islice(product(*(found or [] for found in each)), _MOST_CONTEXTS))


def _of_pattern(key: str, pattern: Pattern, about: Relevant) -> list[str] | None:
    if pattern.is_literal:
        return ["".join(str(token) for token in pattern.tokens)]
    if key in about.variables or any(key in c.keys and len(c.keys) > 1 for c in about.conditions):
        return None
    patterns = _compared_with(key, pattern, about.conditions)
    first = member((pattern,), ())
    if patterns is None or first is None:
        return None
    return [text for *_, text in cells(patterns, ((pattern,), (), first))]


def _compared_with(key: str, value: Pattern, conditions: Sequence[Condition]) -> list[Pattern] | None:
    """Return the patterns that tell apart what conditions on a key come to; None where they are not patterns."""
    comparisons = (c for c in conditions if isinstance(c, Comparison) and c.key == key)
    found = [_as_patterns(compared, value) for comparison in comparisons for compared in comparison.values]
    return None if None in found else [pattern for some in found for pattern in some or ()]


def _as_patterns(compared: Compared, value: Pattern) -> list[Pattern] | None:
    """Return the one pattern, within a value, of what is compared with it; none if nothing of the value is like it."""
    match compared:
        case Text(string, ignore_case):
            resolved = string.resolve({})
            return None if ignore_case or resolved is None else [resolved]
        case Arn(parts):
            known = _all_but_resource(value)
            resolved = [part.resolve({}) for part in parts]
            like = [pattern for pattern in resolved if pattern is not None]
            if known is None or len(like) < len(resolved):
                return None
            alike = all(pattern.matches(text) for pattern, text in zip(like, known, strict=False))
            return [Pattern.literal(":".join([*known, ""])) + like[-1]] if alike else []
        case _:
            return None


def _all_but_resource(arn: Pattern) -> list[str] | None:
    """Return the components before the resource; None unless all are known, as a wildcard may stand for several."""
    first = arn.tokens[0] if arn.tokens else ""
    components = first.split(":", _BEFORE_RESOURCE) if isinstance(first, str) else []
    return components[:_BEFORE_RESOURCE] if len(components) > _BEFORE_RESOURCE and components[0] == "arn" else None
