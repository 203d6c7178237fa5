"""The names CloudFormation makes up for resources whose template gives none.

The User Guide ("Name type") says only that the name is unique and shows `<stack>-<logical id>-<random>`. How
it is shortened to the service's limit is in the source of CloudFormation's own library for resource types,
`IdentifierUtils.generateResourceIdentifier` of `aws-cloudformation/cloudformation-cli-java-plugin`: the last
12 characters are random letters and digits; what they and the hyphens leave is split evenly between the stack
name and the logical id, each keeping its beginning and taking what the other does not need. Leading hyphens
of the stack name are dropped, and repeated ones become one.

Types that are older than that library do the same with 11 to 13 random characters, for which 13 are reserved.
Seen in public: `ChineseboostAnalyticsStac-RainlyticsSummariesJobFun-UjecjFhpdr1d` (a role, shares 25 and 25;
KensioSoftware/yulin issue 1113), `mylongerapp-playground-ne-InstancesLifecycleHandle-1GRP3N0TVA1LD` (a
function, 25 and 24; convox/rack issue 2297), and of the stack `content-author-apps-production-content-syslog`
`content-author-apps-production-content-sy-Function-U6NI8XUG1KBU` (41 and 8) and
`content-author-apps-production-content-syslog-Role-WMZ84B7LIFA` (11 random characters; both issue 2698).

So a name is the beginning of each part, at least as much of it as the smaller share gives, and a random part
of which neither length nor letters are promised: `*`. The name of a nested stack is made up too, so that the names
in it begin with the part of it that is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TypeAlias

from leastgrant.iam.pattern import ANY, Pattern, Wildcard

_RANDOM = 13  # the longest random part
_RESERVED = len("-") + len("-") + _RANDOM

_LONGEST_STACK = 128
"""AWS CloudFormation API Reference, CreateStack, StackName."""

StackName: TypeAlias = "str | Pattern"
"""The name of a stack; a pattern if it is made up, as a nested stack's is."""

_UNSTABLE = re.compile(r"-{2,}|-$")  # hyphens that may be dropped


@dataclass(frozen=True, slots=True)
class StackAndId:
    """`<stack>-<logical id>-<random>`, of at most `limit` characters."""

    limit: int
    lower: bool = False

    def name(self, stack: StackName | None, logical_id: str) -> Pattern:
        """Return every name that may be made up in `stack`; None: a stack that is not known."""
        room = self.limit - _RESERVED
        if stack is None:
            own = _beginning(logical_id, _share(room, len(logical_id), None))
            return self._cased((Wildcard.ANY, "-", *own, "-", Wildcard.ANY))
        longest = _longest(stack)
        own = _beginning(logical_id, _share(room, len(logical_id), longest))
        kept = _share(room, longest, len(logical_id))
        if isinstance(stack, str):
            clean = _UNSTABLE.split(stack)[0]
            prefix = _beginning(clean, kept, whole=clean == stack)
        elif kept >= longest and "--" not in stack.head:
            prefix = stack.tokens
        else:
            prefix = (stack.head.partition("--")[0][:kept].rstrip("-"), Wildcard.ANY)
        return self._cased((*prefix, "-", *own, "-", Wildcard.ANY))

    def _cased(self, tokens: tuple[str | Wildcard, ...]) -> Pattern:
        return lowered(Pattern(tokens)) if self.lower else Pattern(tokens)


@dataclass(frozen=True, slots=True)
class IdOnly:
    """`<prefix><logical id>-<random>`, the logical id shortened to no less than `kept` characters."""

    kept: int
    prefix: str = ""

    def name(self, stack: StackName | None, logical_id: str) -> Pattern:  # noqa: ARG002  (as StackAndId)
        """Return every name that may be made up."""
        return Pattern((self.prefix, *_beginning(logical_id, self.kept), "-", Wildcard.ANY))


@dataclass(frozen=True, slots=True)
class IdInAnyCase:
    """`<logical id>-<random>`, of whose capital letters it is not known whether the service keeps them."""

    kept: int

    def name(self, stack: StackName | None, logical_id: str) -> Pattern:
        """Return every name that may be made up."""
        text = IdOnly(self.kept).name(stack, logical_id)
        letters = ((token,) if isinstance(token, Wildcard) else map(_any_capital, token) for token in text.tokens)
        return Pattern(tuple(chain.from_iterable(letters)))


def _any_capital(letter: str) -> str | Wildcard:
    return Wildcard.ONE if letter.isupper() else letter


@dataclass(frozen=True, slots=True)
class Unguessable:
    """A name of which nothing is known."""

    def name(self, stack: StackName | None, logical_id: str) -> Pattern:  # noqa: ARG002  (as StackAndId)
        """Return any name."""
        return ANY


def lowered(pattern: Pattern) -> Pattern:
    """Return the pattern with its text in lower case."""
    return Pattern(tuple(token if isinstance(token, Wildcard) else token.lower() for token in pattern.tokens))


def _longest(stack: StackName) -> int:
    """Return how long a stack's name can be; where all but the random parts is known, each follows a hyphen."""
    if isinstance(stack, str):
        return len(stack)
    length = len(stack.head)
    for before, token in pairwise(stack.tokens):
        if isinstance(token, str):
            length += len(token)
        elif isinstance(before, str) and before.endswith("-"):
            length += _RANDOM
        else:
            return _LONGEST_STACK
    return length if stack.head else _LONGEST_STACK


def _share(room: int, wanted: int, other: int | None) -> int:
    """Return how many characters are surely kept of a part of `wanted`, beside a part of `other` (None: any)."""
    left = 0 if other is None else room - other
    return min(wanted, max(room // 2, left))


def _beginning(text: str, kept: int, *, whole: bool = True) -> tuple[str | Wildcard, ...]:
    """Return `text` as it is, or shortened to at least `kept` characters.

    A hyphen at the cut may be dropped, so it is part of what is not known.
    """
    if whole and kept >= len(text):
        return (text,)
    return (text[:kept].rstrip("-"), Wildcard.ANY)
