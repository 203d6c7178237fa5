"""Resolving expressions to values.

Total: whatever cannot be known, for any reason, is `UNKNOWN` or a pattern with `*`.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeGuard, TypeVar

from leastgrant.iam.pattern import ANY, Pattern, Wildcard
from leastgrant.template.expression import (
    Base64,
    Expression,
    FindInMap,
    GetAtt,
    If,
    ImportValue,
    Join,
    Length,
    Opaque,
    Ref,
    Select,
    Split,
    StackOutput,
    ToJsonString,
)
from leastgrant.template.values import (
    ABSENT,
    LONGEST,
    MOST_ENTRIES,
    UNKNOWN,
    Absent,
    OneOf,
    Unknown,
    Value,
    alternatives,
    joined,
    one_of,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


_Inner = TypeVar("_Inner")
_Texts: TypeAlias = tuple[Pattern, ...]


class Scope(Protocol):
    """What names mean."""

    def ref(self, name: str) -> Value:
        """Return what `Ref` gives for a parameter, pseudo parameter or resource."""
        ...

    def attribute(self, resource: str, attribute: str) -> Value:
        """Return what `Fn::GetAtt` gives."""
        ...

    def imported(self, name: Pattern) -> Value:
        """Return what `Fn::ImportValue` gives."""
        ...


class Resolver:
    """A resolver of one template's expressions, under given outcomes of its conditions."""

    def __init__(
        self,
        scope: Scope,
        mappings: Mapping[str, Mapping[str, Mapping[str, Expression]]],
        outcomes: Mapping[str, bool | None],
    ) -> None:
        """Take what names mean, the mappings, and whether each condition holds (`outcomes`; None: not known)."""
        self._scope = scope
        self._mappings = mappings
        self._outcomes = outcomes

    def value(self, expression: Expression) -> Value:
        """Resolve `expression`; absent items and properties are left out of lists and maps."""
        return _without_dynamic_references(self._raw(expression))

    def equal(self, left: Expression, right: Expression) -> bool | None:
        """Tell whether two expressions resolve to the same text; None if that is not known."""
        outcomes = {_equal(one, other) for one in self._texts(left) for other in self._texts(right)}
        return outcomes.pop() if len(outcomes) == 1 else None

    def _raw(self, expression: Expression) -> Value:  # noqa: C901, PLR0911, PLR0912  (a case for each kind)
        """Resolve it but for dynamic references, since joining may yet complete one."""
        match expression:
            case str():
                return _literal(expression)
            case bool() | int() | float():
                return expression
            case tuple():
                items = map(self._raw, expression)
                return tuple(item for item in items if item is not ABSENT)
            case Ref(name):
                return self._scope.ref(name)
            case GetAtt(resource, attribute):
                return self._get_att(resource, attribute)
            case Join(delimiter, items):
                return self._join(delimiter, items)
            case Select(index, items):
                return self._select(index, items)
            case Split(delimiter, text):
                return one_of(_split(source, delimiter) for source in self._texts(text))
            case If(condition, then, otherwise):
                return self._if(self._outcomes[condition], then, otherwise)
            case FindInMap():
                return self._find_in_map(expression)
            case Base64(text):
                return one_of(_base64(source) for source in self._texts(text))
            case Length(items):
                return one_of(_length(value) for value in alternatives(self.value(items)))
            case ToJsonString(written):
                return one_of(_json_text(value) for value in alternatives(self.value(written)))
            case ImportValue(name):
                return one_of(self._scope.imported(one) for one in self._texts(name))
            case StackOutput(stack, region, _, output):
                return self._stack_output(stack, region, output)
            case Opaque(_, is_text):
                return ANY if is_text else UNKNOWN
            case _:
                members = ((name, self._raw(member)) for name, member in expression.items())
                return {name: value for name, value in members if value is not ABSENT}

    def _texts(self, expression: Expression) -> tuple[Pattern, ...]:
        return texts(self.value(expression))

    def _get_att(self, resource: str, attribute: Expression) -> Value:
        names = self._texts(attribute)
        if all(name.is_literal for name in names):
            return one_of(self._scope.attribute(resource, literal(name)) for name in names)
        return UNKNOWN

    def _stack_output(self, stack: Expression, region: Expression | None, output: Expression) -> Value:
        """Return the output of another stack of the same region, which no other is told of."""
        here = self._texts(Ref("AWS::Region"))
        if region is not None and not (len(here) == 1 and here[0].is_literal and self._texts(region) == here):
            return ANY
        read = (output_of(name, of) for name in self._texts(stack) for of in self._texts(output))
        return one_of(self._scope.imported(key) for key in read)

    def _join(self, delimiter: str, items: Expression) -> Value:
        found: list[Pattern] = []
        for value in alternatives(self._once_each(items) if isinstance(items, tuple) else self._raw(items)):
            found.extend(joined(delimiter, value) if isinstance(value, tuple) else (ANY,))
        merged = one_of(found)
        return ANY if merged is UNKNOWN else merged

    def _once_each(self, items: tuple[Expression, ...]) -> tuple[Value, ...]:
        """Resolve the items; a variable of `Fn::Sub`, one object wherever it is used, once."""
        distinct = {id(item): item for item in items}
        values = {key: self._raw(item) for key, item in distinct.items()}
        return tuple(value for item in items if (value := values[id(item)]) is not ABSENT)

    def _select(self, index: Expression, items: Expression) -> Value:
        positions = {_index(text) for text in self._texts(index)}
        if len(positions) != 1 or (position := positions.pop()) is None:
            return UNKNOWN
        if isinstance(items, Split):  # one part may be known of a text that is not wholly known
            parts = (_part(source, items.delimiter, position) for source in self._texts(items.text))
            return one_of(parts)
        return one_of(_item(value, position) for value in alternatives(self._raw(items)))

    def _if(self, outcome: bool | None, then: Expression, otherwise: Expression) -> Value:
        if outcome is None:
            return one_of((self._raw(then), self._raw(otherwise)))
        return self._raw(then if outcome else otherwise)

    def _find_in_map(self, find: FindInMap) -> Value:
        keys = [self._texts(key) for key in (find.mapping, find.top, find.second)]
        certain = all(len(key) == 1 and key[0].is_literal for key in keys)
        found = list(islice(self._matching(*keys), MOST_ENTRIES))
        if find.default is not None and not (found and certain):
            found.append(self._raw(find.default))
        return one_of(found) if 0 < len(found) < MOST_ENTRIES else UNKNOWN

    def _matching(self, mapping: _Texts, top: _Texts, second: _Texts) -> Iterator[Value]:
        for tops in _chosen(self._mappings, mapping):
            for seconds in _chosen(tops, top):
                for value in _chosen(seconds, second):
                    yield self._mapped(value)

    def _mapped(self, value: Expression) -> Value:
        if isinstance(value, str) and len(value) > LONGEST:
            return ANY
        return UNKNOWN if isinstance(value, tuple) and len(value) > MOST_ENTRIES else self._raw(value)


def output_of(stack: Pattern, output: Pattern) -> Pattern:
    """Return an output's key among the exports: no export's name has a slash ("Outputs", CloudFormation User Guide)."""
    return stack + Pattern.literal("/") + output


def _without_dynamic_references(value: Value) -> Value:
    """Replace each `{{resolve:...}}`, whose value only the deployment knows, by `*`."""
    match value:
        case Pattern():
            return _hidden(value)
        case tuple():
            return tuple(map(_without_dynamic_references, value))
        case OneOf(values):
            return one_of(map(_without_dynamic_references, values))
        case bool() | int() | float() | Unknown() | Absent():
            return value
        case _:
            return {name: _without_dynamic_references(member) for name, member in value.items()}


_OPEN, _CLOSE = "{{resolve:", "}}"
_DYNAMIC = re.compile(r"(\{\{resolve:|\}\})")


def _hidden(pattern: Pattern) -> Pattern:
    if not any(isinstance(token, str) and _OPEN in token for token in pattern.tokens):
        return pattern
    tokens: list[str | Wildcard] = []
    held: list[str | Wildcard] | None = None  # an opening, and what follows until it is closed
    for piece in (piece for token in pattern.tokens for piece in _pieces(token)):
        if held is None and piece != _OPEN:
            tokens.append(piece)
        elif piece == _CLOSE:
            tokens.append(Wildcard.ANY)
            held = None
        else:
            held = held or []
            held.append(piece)
    if held:  # what is not known may close it
        tokens += [Wildcard.ANY] if Wildcard.ANY in held else held
    return Pattern(tuple(tokens))


def _pieces(token: str | Wildcard) -> list[str | Wildcard]:
    return [token] if isinstance(token, Wildcard) else [*_DYNAMIC.split(token)]


_INDEX = re.compile(r"[0-9]{1,6}")


_literal = lru_cache(maxsize=4096)(Pattern.literal)  # most texts of a template recur in it


def _equal(one: Pattern, other: Pattern) -> bool | None:
    if one.is_literal and other.is_literal:
        return one == other
    if one.is_literal:
        one, other = other, one
    if other.is_literal and not one.matches(literal(other)):
        return False
    return None


def literal(pattern: Pattern) -> str:
    """Return the one string of a literal pattern."""
    return "".join(token for token in pattern.tokens if isinstance(token, str))


def _split(source: Pattern, delimiter: str) -> Value:
    if not source.is_literal:
        return UNKNOWN
    return tuple(Pattern.literal(part) for part in literal(source).split(delimiter))


def _part(source: Pattern, delimiter: str, position: int) -> Value:
    """One part of a split text; the parts before its first wildcard are known, and how the next begins."""
    head = source.tokens[0] if source.tokens else ""
    parts = head.split(delimiter) if isinstance(head, str) else []
    known = parts if source.is_literal else parts[:-1]
    if position < len(known):
        return Pattern.literal(known[position])
    if source.is_literal:
        return UNKNOWN
    return Pattern((parts[-1], Wildcard.ANY)) if parts and position == len(known) else ANY


def _index(text: Pattern) -> int | None:
    found = _INDEX.fullmatch(literal(text)) if text.is_literal else None
    return int(found[0]) if found else None


def _is_settled(value: Value) -> TypeGuard[tuple[Value, ...]]:
    """Tell whether it is a list, and certain which items it has."""
    return isinstance(value, tuple) and not any(ABSENT in alternatives(item) for item in value)


def _item(value: Value, position: int) -> Value:
    return value[position] if _is_settled(value) and position < len(value) else UNKNOWN


def _length(value: Value) -> Value:
    return len(value) if _is_settled(value) else UNKNOWN


def _json_text(value: Value) -> Pattern:
    """Write the value as JSON text, as far as it is known."""
    match value:
        case Pattern():
            tokens = (token if isinstance(token, Wildcard) else _escaped(token) for token in value.tokens)
            return Pattern(('"', *tokens, '"'))
        case bool():
            return Pattern.literal("true" if value else "false")
        case int() | float():
            return Pattern.literal(str(value))
        case tuple():
            return _enclosed("[", map(_json_text, value), "]")
        case OneOf() | Unknown() | Absent():
            return ANY
        case _:
            members = (Pattern.literal(f'"{_escaped(name)}":') + _json_text(member) for name, member in value.items())
            return _enclosed("{", members, "}")


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _enclosed(opening: str, items: Iterable[Pattern], closing: str) -> Pattern:
    found = Pattern.literal(opening)
    for number, item in enumerate(items):
        found += Pattern.literal("," if number else "") + item
    length = sum(len(token) for token in found.tokens if isinstance(token, str))
    return ANY if length > LONGEST else found + Pattern.literal(closing)


def _base64(source: Pattern) -> Value:
    return Pattern.literal(b64encode(literal(source).encode()).decode()) if source.is_literal else ANY


def _chosen(entries: Mapping[str, _Inner], keys: _Texts) -> Iterable[_Inner]:
    """Return the entries whose key one of `keys` may be."""
    if all(key.is_literal for key in keys):
        return [entries[name] for name in map(literal, keys) if name in entries]
    return (entry for name, entry in entries.items() if any(key.matches(name) for key in keys))
