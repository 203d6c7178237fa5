"""The calls that a deployment tool makes itself, as uses of the role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.errors import InputError
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge.tools import BOOTSTRAP_STACK, COMMANDS, DEFAULTS, REPOSITORY, CalledOn
from leastgrant.proof.needs import Use

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.knowledge.tools import ToolCalls, ToolCommand
    from leastgrant.template import Environment


class ToolError(InputError):
    """What a tool calls cannot be told, in one line."""


@dataclass(frozen=True, slots=True)
class Assets:
    """Where a tool uploads to."""

    bucket: str
    prefix: str = ""
    """What all keys begin with, such as `shop/`."""


def tool_uses(name: str, stacks: Iterable[Environment], assets: Assets | None = None) -> tuple[Use, ...]:
    """Return what a command calls to deploy stacks, as uses of the role that it runs with.

    Args:
        name: The command, such as `cdk deploy`, or a tool alone: `cdk`, `sam`, `aws-cli`.
        stacks: Where each stack is deployed.
        assets: Where it uploads to; None: to the tool's own bucket, if it has one.

    Raises:
        ToolError: it is not known what the command calls, or where it uploads to.
    """
    command = COMMANDS.get(DEFAULTS.get(name, name))
    if command is None:
        raise ToolError(f"it is not known what {name!r} calls; known are: {', '.join((*DEFAULTS, *COMMANDS))}")
    if assets is None and command.bucket is None and command.uploads_always:
        raise ToolError(f"{command.name} uploads to a bucket; say which")
    places = [_Place(command, environment, assets) for environment in stacks]
    return tuple(_uses(command, places))


def _uses(command: ToolCommand, places: Sequence[_Place]) -> Iterator[Use]:
    """Yield the uses that are made of anything: a command may upload nothing."""
    for calls in command.calls:
        resources = tuple(dict.fromkeys(resource for place in places for resource in place.resources(calls)))
        if resources:
            name = f"{command.name}: {calls.part}" if calls.part else command.name
            yield Use(name, calls.reason, calls.actions, resources, tier=calls.tier, source=command.source)


@dataclass(frozen=True, slots=True)
class _Place:
    command: ToolCommand
    stack: Environment
    assets: Assets | None

    def resources(self, calls: ToolCalls) -> Iterator[Pattern]:
        """Return what the calls are made on."""
        match calls.on:
            case CalledOn.STACK:
                yield self._arn("cloudformation", _STACK + self.stack.patterns["stack_name"] + _ID)
            case CalledOn.EVERY_STACK:
                yield self._arn("cloudformation", _STACK + ANY)
            case CalledOn.BOOTSTRAP_STACK:
                yield self._arn("cloudformation", _STACK + Pattern.literal(BOOTSTRAP_STACK) + _ID)
            case CalledOn.REPOSITORY:
                yield self._arn("ecr", Pattern.literal("repository/") + self._named(REPOSITORY))
            case CalledOn.NOTHING:
                yield ANY
            case CalledOn.BUCKET | CalledOn.OBJECTS:
                yield from self._in_bucket(("",) if calls.on is CalledOn.BUCKET else calls.keys)

    def _in_bucket(self, keys: Sequence[str]) -> Iterator[Pattern]:
        """Return the bucket for the empty key, and the objects of others."""
        if self.assets is not None:
            bucket, prefix = Pattern.literal(self.assets.bucket), Pattern.literal(self.assets.prefix)
        elif self.command.bucket is not None:
            bucket, prefix = self._named(self.command.bucket), Pattern(())
        else:
            return
        arn = Pattern.literal("arn:") + self.stack.patterns["partition"] + Pattern.literal(":s3:::") + bucket
        for key in keys:
            yield arn + Pattern.literal("/") + prefix + Pattern.parse(key) if key else arn

    def _arn(self, service: str, resource: Pattern) -> Pattern:
        known = self.stack.patterns
        colon = Pattern.literal(":")
        head = Pattern.literal("arn:") + known["partition"] + Pattern.literal(f":{service}:")
        return head + known["region"] + colon + known["account"] + colon + resource

    def _named(self, text: str) -> Pattern:
        """Fill account and region into a name."""
        before, _, rest = text.partition("${Account}")
        between, _, after = rest.partition("${Region}")
        known = self.stack.patterns
        named = Pattern.literal(before) + known["account"] + Pattern.literal(between)
        return named + known["region"] + Pattern.literal(after)


_STACK = Pattern.literal("stack/")
_ID = Pattern.parse("/*")
