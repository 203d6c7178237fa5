"""Policy documents: what a role may do, and who may assume it.

Source: AWS IAM User Guide, "IAM JSON policy element reference" and "Grammar of the IAM JSON policy language".

An element with an empty list leaves its statement without effect, also `NotResource` and the like: "This statement
includes no resources and does not affect the policy" ("IAM policy validation check reference", Empty array resource).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from leastgrant.iam.arn import completed, resource_problem
from leastgrant.iam.conditions import Condition, parse_conditions
from leastgrant.iam.json_values import PolicyError, read_items, read_list, read_object, read_text
from leastgrant.iam.pattern import Pattern
from leastgrant.iam.string import Context, PolicyString

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Effect(Enum):
    """What a statement that applies does."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Actions:
    """The `Action` element, or `NotAction` if `negated`. Patterns are in lower case: IAM ignores the case."""

    patterns: tuple[Pattern, ...]
    negated: bool

    def match(self, action: str) -> bool:
        """Tell whether an action, in lower case, is among them."""
        return any(pattern.matches(action) for pattern in self.patterns) != self.negated


@dataclass(frozen=True, slots=True)
class Resources:
    """The `Resource` element, or `NotResource` if `negated`."""

    strings: tuple[PolicyString, ...]
    negated: bool

    def match(self, resource: str, context: Context) -> bool:
        """Tell whether a resource is among them."""
        for string in self.strings:
            pattern = string.resolve(context)
            if pattern and pattern.matches(resource):
                return not self.negated
        return self.negated

    def patterns(self, context: Context) -> list[Pattern]:
        """Resolve the patterns for a request: "a policy variable with no value will not match any resource"."""
        return [pattern for string in self.strings if (pattern := string.resolve(context))]


class PrincipalKind(Enum):
    """The kinds of principal a trust policy names."""

    AWS = "AWS"
    FEDERATED = "Federated"
    SERVICE = "Service"
    CANONICAL_USER = "CanonicalUser"


@dataclass(frozen=True, slots=True)
class Principal:
    """A principal: an ARN, an account, a service, an identity provider."""

    kind: PrincipalKind
    name: str


@dataclass(frozen=True, slots=True)
class Principals:
    """The `Principal` element, or `NotPrincipal` if `negated`. `*` is every principal of its kind."""

    principals: tuple[Principal, ...]
    negated: bool

    def match(self, principal: Principal) -> bool:
        """Tell whether a principal is among them."""
        return any(_is_or_contains(named, principal) for named in self.principals) != self.negated

    def names(self, principal: Principal) -> bool:
        """Tell whether a principal is named itself, and not only the account that it is in."""
        return not self.negated and any(
            named.kind is principal.kind and named.name in ("*", principal.name) for named in self.principals
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseStatement:
    """What the statements of all policies have. Two that say the same are equal, wherever they stand."""

    where: str = field(compare=False)
    sid: str | None = field(compare=False)
    effect: Effect
    actions: Actions
    conditions: tuple[Condition, ...]
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Compute the hash once: statements are looked up by the thousand."""
        object.__setattr__(self, "_hash", hash((self.effect.value, self.actions, self.conditions, self.reach)))

    def __hash__(self) -> int:
        """Of what it says, but for the principals of a trust policy."""
        return self._hash

    def __str__(self) -> str:
        """Name it as findings do."""
        return f"{self.where} ({self.sid})" if self.sid else self.where

    def failing(self, context: Context) -> Condition | None:
        """Return the first condition that a request does not satisfy."""
        return next((condition for condition in self.conditions if not condition.holds(context)), None)

    @property
    def reach(self) -> Resources | None:
        """The resources it applies to; None if it has none."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(BaseStatement):
    """A statement of an identity-based policy or of a permissions boundary."""

    resources: Resources
    __hash__ = BaseStatement.__hash__

    @property
    def reach(self) -> Resources:
        """The resources it applies to."""
        return self.resources


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustStatement(BaseStatement):
    """A statement of a trust policy."""

    principals: Principals
    __hash__ = BaseStatement.__hash__


S = TypeVar("S", bound=BaseStatement)


@dataclass(frozen=True, slots=True)
class Policy:
    """An identity-based policy or a permissions boundary."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """Who may assume a role."""

    statements: tuple[TrustStatement, ...]


def parse_policy(document: object, name: str) -> Policy:
    """Read an identity-based policy; `name` is what messages call it.

    Raises:
        PolicyError: the document is not a valid policy.
    """
    return Policy(_parse(document, name, _statement))


def parse_trust_policy(document: object, name: str) -> TrustPolicy:
    """Read the trust policy of a role (`AssumeRolePolicyDocument`).

    Raises:
        PolicyError: the document is not a valid trust policy.
    """
    return TrustPolicy(_parse(document, name, _trust_statement))


_VERSIONS = {"2012-10-17": True, "2008-10-17": False}  # whether it has policy variables
_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*(:\*)?|[a-z0-9-]+:[a-z0-9*?-]+")
_COMMON = ("Sid", "Effect", "Action", "NotAction", "Condition")


def _parse(document: object, name: str, read: Callable[[dict[str, object], str, bool], S]) -> tuple[S, ...]:
    policy = read_object(document, name)
    _no_other_keys(policy, ("Version", "Id", "Statement"), name)
    version = policy.get("Version", "2008-10-17")
    if not isinstance(version, str) or version not in _VERSIONS:
        raise PolicyError(f"{name}.Version", f'{version!r} is not a version of the policy language; write "2012-10-17"')
    if "Id" in policy:
        read_text(policy["Id"], f"{name}.Id")
    if "Statement" not in policy:
        raise PolicyError(name, "Statement is missing; add at least one statement")
    statements: list[S] = []
    places: dict[str, str] = {}
    for index, data in enumerate(read_list(policy["Statement"], f"{name}.Statement")):
        where = f"{name}.Statement[{index}]"
        statement = read(read_object(data, where), where, _VERSIONS[version])
        if statement.sid:
            first = places.setdefault(statement.sid, where)
            if first != where:
                raise PolicyError(f"{where}.Sid", f"{statement.sid!r} is taken by {first}; choose another")
        statements.append(statement)
    return tuple(statements)


def _statement(data: dict[str, object], where: str, variables: bool) -> Statement:
    _no_other_keys(data, (*_COMMON, "Resource", "NotResource"), where)
    key = _one_of(data, "Resource", "NotResource", where)
    strings: list[PolicyString] = []
    for text, place in _texts(data[key], f"{where}.{key}"):
        problem = resource_problem(text, variables=variables)
        if problem:
            raise PolicyError(place, problem)
        try:
            parsed = PolicyString.parse(completed(text), wildcards=True, variables=variables)
            strings.append(PolicyString(text, parsed.tokens))
        except ValueError as error:
            raise PolicyError(place, str(error)) from None
    return Statement(
        where=where,
        sid=_sid(data, where),
        effect=_effect(data, where),
        actions=_actions(data, where),
        conditions=parse_conditions(data.get("Condition", {}), f"{where}.Condition", variables=variables),
        resources=Resources(tuple(strings), bool(strings) and key == "NotResource"),
    )


def _trust_statement(data: dict[str, object], where: str, variables: bool) -> TrustStatement:
    _no_other_keys(data, (*_COMMON, "Principal", "NotPrincipal"), where)
    key = _one_of(data, "Principal", "NotPrincipal", where)
    principals = tuple(_principals(data[key], f"{where}.{key}"))
    return TrustStatement(
        where=where,
        sid=_sid(data, where),
        effect=_effect(data, where),
        actions=_actions(data, where),
        conditions=parse_conditions(data.get("Condition", {}), f"{where}.Condition", variables=variables),
        principals=Principals(principals, bool(principals) and key == "NotPrincipal"),
    )


def _sid(data: dict[str, object], where: str) -> str | None:
    sid = read_text(data.get("Sid", ""), f"{where}.Sid")
    if not _SID.fullmatch(sid):
        raise PolicyError(f"{where}.Sid", f"{sid!r} has other characters than letters and digits; leave them out")
    return sid or None


def _effect(data: dict[str, object], where: str) -> Effect:
    if "Effect" not in data:
        raise PolicyError(where, "Effect is missing; write Allow or Deny")
    for effect in Effect:
        if data["Effect"] == effect.value:
            return effect
    raise PolicyError(f"{where}.Effect", f"{data['Effect']!r} is not an effect; write Allow or Deny")


def _actions(data: dict[str, object], where: str) -> Actions:
    key = _one_of(data, "Action", "NotAction", where)
    patterns: list[Pattern] = []
    for text, place in _texts(data[key], f"{where}.{key}"):
        if not _ACTION.fullmatch(text.lower()):
            raise PolicyError(place, f"{text!r} is not an action; write service:Name, service:* or *")
        patterns.append(Pattern.parse(text.lower()))
    return Actions(tuple(patterns), bool(patterns) and key == "NotAction")


def _principals(data: object, where: str) -> Iterable[Principal]:
    kinds = {kind.value: kind for kind in PrincipalKind}
    named = dict.fromkeys(kinds, "*") if data == "*" else read_object(data, where)
    if not named:
        raise PolicyError(where, "no principal is named; add one")
    for name, values in named.items():
        if name not in kinds:
            raise PolicyError(where, f"{name!r} is not a kind of principal; write one of {', '.join(kinds)}")
        for text, place in _texts(values, f"{where}.{name}"):
            if text != "*" and ("*" in text or not text):
                raise PolicyError(place, f"{text!r} is not a principal; only * alone is a wildcard here")
            yield Principal(kinds[name], text)


def _texts(data: object, where: str) -> list[tuple[str, str]]:
    """Return the strings of an element, each with its place."""
    items = read_items(data)
    places = [f"{where}[{index}]" for index in range(len(items))] if isinstance(data, list) else [where]
    return [(read_text(item, place), place) for item, place in zip(items, places, strict=True)]


def _no_other_keys(data: dict[str, object], known: tuple[str, ...], where: str) -> None:
    for key in data:
        if key not in known:
            raise PolicyError(where, f"unknown key {key!r}; the keys here are {', '.join(known)}")


def _one_of(data: dict[str, object], key: str, opposite: str, where: str) -> str:
    if key in data and opposite in data:
        raise PolicyError(where, f"{key} and {opposite} exclude each other; keep one")
    if key not in data and opposite not in data:
        raise PolicyError(where, f"{key} is missing; add it or {opposite}")
    return key if key in data else opposite


_ACCOUNT = re.compile(r"(?:arn:[^:]+:iam::)?(\d{12})(?::root)?")


def _is_or_contains(named: Principal, principal: Principal) -> bool:
    """Tell whether a principal is the named one, or in the named account ("AWS JSON policy elements: Principal")."""
    if named.kind is not principal.kind:
        return False
    if named.name in ("*", principal.name):
        return True
    account = _ACCOUNT.fullmatch(named.name)
    if named.kind is not PrincipalKind.AWS or not account:
        return False
    return account[1] in (principal.name, *principal.name.split(":")[4:5])
