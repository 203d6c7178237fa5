"""The values a condition compares a context key with, one class for each way of comparing.

Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators". Each class tells whether it
`matches` a value of the request and which further context `keys` it reads. Where it is no set of patterns, it gives
`samples` of request values: those of several values together show every outcome that they can have.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.arn import components
from leastgrant.iam.pattern import Pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastgrant.iam.string import Context, PolicyString

_NO_KEYS: frozenset[str] = frozenset()
_DIGITS = 30


@dataclass(frozen=True, slots=True)
class Text:
    """Equal to, or like, a string; `Bool` is this too: `true` or `false`, in any case."""

    string: PolicyString
    ignore_case: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """The keys of its policy variables."""
        return self.string.keys

    def matches(self, value: str, context: Context) -> bool:
        """Tell whether the value matches; a variable without a value is like nothing."""
        pattern = self.string.resolve(context)
        if pattern and self.ignore_case:
            return str(pattern).lower() == str(Pattern.literal(value)).lower()
        return pattern is not None and pattern.matches(value)


class Order(Enum):
    """How a number or a moment is compared."""

    EQUALS = "Equals"
    LESS = "LessThan"
    LESS_OR_EQUAL = "LessThanEquals"
    GREATER = "GreaterThan"
    GREATER_OR_EQUAL = "GreaterThanEquals"


_COMPARE: dict[Order, Callable[[Decimal, Decimal], bool]] = {
    Order.EQUALS: eq,
    Order.LESS: lt,
    Order.LESS_OR_EQUAL: le,
    Order.GREATER: gt,
    Order.GREATER_OR_EQUAL: ge,
}


def number(text: str) -> Decimal | None:
    """Parse an integer or decimal below 10^30, as far as arithmetic with it is exact."""
    try:
        parsed = Decimal(text)
    except InvalidOperation:
        return None
    return parsed if parsed.is_finite() and abs(parsed.adjusted()) < _DIGITS else None


def moment(text: str) -> Decimal | None:
    """Parse a moment, to seconds since 1970: an ISO 8601 date (without a zone it is UTC) or such a number."""
    seconds = number(text)
    if seconds is not None:
        return seconds
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Decimal(str((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()))


@dataclass(frozen=True, slots=True)
class Ordered:
    """Before, after or at a number or a moment."""

    order: Order
    bound: Decimal
    read: Callable[[str], Decimal | None]
    keys: frozenset[str] = _NO_KEYS

    def matches(self, value: str, context: Context) -> bool:  # noqa: ARG002  (numbers and dates have no variables)
        """Tell whether the value compares so; what is no number, or no date, is in no order."""
        parsed = self.read(value)
        return parsed is not None and _COMPARE[self.order](parsed, self.bound)

    def samples(self) -> list[str]:
        """Return values on the bound and on both sides of it."""
        return [f"{self.bound + step:f}" for step in (0, 1, -1)]


@dataclass(frozen=True, slots=True)
class Network:
    """An address in a range."""

    network: IPv4Network | IPv6Network
    keys: frozenset[str] = _NO_KEYS

    def matches(self, value: str, context: Context) -> bool:  # noqa: ARG002
        """Tell whether the value is in the range; what is no address is in none."""
        try:
            return ip_address(value) in self.network
        except ValueError:
            return False

    def samples(self) -> list[str]:
        """Return the ends of the range, the addresses beyond them, and the first of all."""
        first, last = self.network.network_address, self.network.broadcast_address
        inside = [first, last]
        beyond = [first - 1] if int(first) else []
        beyond += [last + 1] if int(last) + 1 < 1 << self.network.max_prefixlen else []
        return [*map(str, inside + beyond), "0.0.0.0", "::"]  # noqa: S104  (an address that is compared)


@dataclass(frozen=True, slots=True)
class Arn:
    """Like an ARN, each component on its own. `ArnEquals` and `ArnLike` are the same."""

    parts: tuple[PolicyString, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The keys of its policy variables."""
        return _NO_KEYS.union(*(part.keys for part in self.parts))

    def matches(self, value: str, context: Context) -> bool:
        """Tell whether the value is like it; what is no ARN is like none."""
        found = components(value)
        if not found:
            return False
        patterns = [part.resolve(context) for part in self.parts]
        return all(p is not None and p.matches(text) for p, text in zip(patterns, found, strict=True))


@dataclass(frozen=True, slots=True)
class Binary:
    """Equal bytes, written in base 64."""

    content: bytes
    keys: frozenset[str] = _NO_KEYS

    def matches(self, value: str, context: Context) -> bool:  # noqa: ARG002
        """Tell whether the bytes are equal; what is not base 64 equals nothing."""
        return binary(value) == self.content

    def samples(self) -> list[str]:
        """Return these bytes and others."""
        return [base64.b64encode(content).decode() for content in (self.content, self.content + b"x")]


def binary(text: str) -> bytes | None:
    """Decode a base 64 text; None if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def network(text: str) -> IPv4Network | IPv6Network | None:
    """Parse an address, or a range in CIDR notation; None if it is neither."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


Value: TypeAlias = Text | Ordered | Network | Arn | Binary
