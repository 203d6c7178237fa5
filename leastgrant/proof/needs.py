"""What a deployment needs: each call that will be made with the role's permissions, and why.

Most are calls of CloudFormation's resource handlers, which `leastgrant.knowledge` knows by type and which are
placed here on the resources of a template. The rest are declared uses of the role by other tools.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final, cast

from leastgrant.iam.arn import COMPONENTS, components
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge import ArnTemplate, StackPlace, Tier, UnknownType, authorization, handler_calls
from leastgrant.knowledge import Operation as Handler
from leastgrant.knowledge.arn import EVERYTHING, PropertyValue
from leastgrant.template import ABSENT, DeletionPolicy, texts
from leastgrant.template.dynamic import dynamic_references
from leastgrant.template.values import alternatives

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leastgrant.iam.string import Context
    from leastgrant.knowledge import HandlerCall
    from leastgrant.template import ResolvedResource, ResolvedTemplate, Resource, Value
    from leastgrant.template.dynamic import DynamicReference
    from leastgrant.template.expression import Expression


class Operation(Enum):
    """What is being done when the call is made."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    """Also the rollback of the resource's creation."""
    ROLLBACK = "rollback"
    """Only the rollback of the resource's creation: once created, it is never deleted."""
    USE = "use"
    """A tool's own call, such as the upload of a template."""

    __hash__ = object.__hash__  # needs are looked up by the thousand, and Enum's own is slow


_HANDLERS = {
    Handler.CREATE: Operation.CREATE,
    Handler.READ: Operation.READ,
    Handler.UPDATE: Operation.UPDATE,
    Handler.DELETE: Operation.DELETE,
}

_NOUNS = {
    Operation.CREATE: "creating",
    Operation.READ: "reading",
    Operation.UPDATE: "updating",
    Operation.DELETE: "deleting",
    Operation.ROLLBACK: "rolling back the creation of",
    Operation.USE: "using the role for",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What the call is made for: a resource of a stack, or a declared use."""

    name: str
    """The logical id, or the use's name."""
    stack: str
    type: str = field(hash=False)
    """The resource's type, or `use`."""
    construct_path: str | None = field(default=None, hash=False)
    template: str | None = field(default=None, hash=False)
    """The template's file."""
    line: int | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Need:
    """One action, on all the ARNs of a pattern, that something calls."""

    action: str
    resource: Pattern
    """`*`, literally, for an action without resource types."""
    operation: Operation
    tier: Tier
    subject: Subject
    trigger: str | None
    """Path of the property that causes the call; None if it is made whatever the properties are."""
    reason: str = field(hash=False)
    source: str = field(hash=False)
    contexts: tuple[Context, ...] = field(default=({},), hash=False)
    """What is known of the request's condition keys: one of these holds, which one is not known, so that the need is
    granted if it is in each."""
    known: Context = field(default_factory=dict[str, tuple[str, ...]], hash=False)
    """What follows from where the call is made and what on; conditions of the role may ask for it."""

    @property
    def on(self) -> str:
        """The resource as a policy's `Resource` element names it."""
        return "*" if self.resource == _NO_RESOURCE else str(self.resource)

    @property
    def tags(self) -> bool:
        """Whether the call does nothing but tag."""
        known = authorization.action(self.action)
        return known is not None and "Tagging" in known.levels

    @property
    def doing(self) -> str:
        """What fails without it, such as "creating `Rule`"."""
        return f"{_NOUNS[self.operation]} `{self.subject.name}`"


@dataclass(frozen=True, slots=True)
class Use:
    """Calls that a tool makes with the role itself: the deploy tool, a seeding script, a smoke test."""

    name: str
    reason: str
    actions: tuple[str, ...]
    resources: tuple[Pattern, ...]

    def needs(self) -> Iterator[Need]:
        """The calls, as needs."""
        subject = Subject(self.name, stack="", type="use")
        for action in dict.fromkeys(each for pattern in self.actions for each in _actions(pattern)):
            for resource in self.resources if authorization.has_resources(action) else (_NO_RESOURCE,):
                yield Need(action, resource, Operation.USE, Tier.REQUIRED, subject, None, self.reason, "declared use")


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """A resource of which it is not known what CloudFormation calls for it."""

    subject: Subject
    reason: str


@lru_cache(maxsize=8)  # several roles, or one after each change, are proved against the same templates
def needs_of(
    resolved: ResolvedTemplate, *, stack_tags: bool = False
) -> tuple[tuple[Need, ...], tuple[Unmodelled, ...]]:
    """What CloudFormation calls for a template's resources, and the resources of which that is not known.

    Args:
        resolved: The template, with what is known of its parameters and of where it is deployed.
        stack_tags: The stack has tags of its own, which CloudFormation passes on to its resources.
    """
    known = resolved.environment.patterns
    place = StackPlace(known["partition"], known["region"], known["account"])
    stack = resolved.environment.stack_name or resolved.template.source.name
    needs: dict[Need, None] = dict.fromkeys(_parameters(resolved, stack, place))
    unmodelled: list[Unmodelled] = []
    for resource in resolved:
        declared = resource.declared
        subject = Subject(
            declared.logical_id,
            stack,
            declared.type,
            declared.construct_path,
            resolved.template.source.name,
            declared.line,
        )
        calls = handler_calls(declared.type, resource.properties, stack_tags=stack_tags)
        if isinstance(calls, UnknownType):
            unmodelled.append(Unmodelled(subject, calls.reason))
        else:
            needs |= dict.fromkeys(_needs(calls, subject, resource, place))
        needs |= dict.fromkeys(_references(resource, subject, place))
        needs |= dict.fromkeys(_outputs_read(resolved, dict(declared.properties), declared.condition, subject, place))
    for output in resolved.template.outputs.values():
        subject = Subject(output.name, stack, "Output", template=resolved.template.source.name)
        needs |= dict.fromkeys(_outputs_read(resolved, output.value, output.condition, subject, place))
    return tuple(needs), tuple(unmodelled)


_RESOLVED_FOR: Final = (Operation.CREATE, Operation.UPDATE)
"""What the values of a template's functions and references are looked up for."""
_READ_BY: Final = {
    "ssm": ("ssm:GetParameters", "parameter/"),
    "ssm-secure": ("ssm:GetParameters", "parameter/"),
    "secretsmanager": ("secretsmanager:GetSecretValue", "secret:"),
}
"""What CloudFormation calls for a dynamic reference, and how the resource part of the ARN begins."""


def _references(resource: ResolvedResource, subject: Subject, place: StackPlace) -> Iterator[Need]:
    """The dynamic references in the properties, whose values are read with the role."""
    for name, expression in resource.declared.properties.items():
        for reference in dynamic_references(expression):
            if reference.service in _READ_BY:
                action, kind = _READ_BY[reference.service]
                for operation in _RESOLVED_FOR:
                    yield Need(
                        action,
                        _referred_to(reference, place, kind),
                        operation,
                        Tier.REQUIRED,
                        subject,
                        name,
                        "a dynamic reference is read before the resource is handled",
                        "Get values stored in other services using dynamic references, AWS CloudFormation User Guide",
                    )


def _referred_to(reference: DynamicReference, place: StackPlace, kind: str) -> Pattern:
    key = reference.key
    if key is not None and key.startswith("arn:"):
        return Pattern.literal(":".join(key.split(":")[:7]))
    service = reference.service.partition("-")[0]
    head = Pattern.literal("arn:") + place.partition + Pattern.literal(f":{service}:")
    head += place.region + Pattern.literal(":") + place.account + Pattern.literal(f":{kind}")
    if key is None:
        return head + ANY
    named = Pattern.literal(key.partition(":")[0].removeprefix("/"))
    return head + named + (Pattern.parse("-??????") if service == "secretsmanager" else Pattern(()))


def _outputs_read(
    resolved: ResolvedTemplate, expression: Expression, condition: str | None, subject: Subject, place: StackPlace
) -> Iterator[Need]:
    """The outputs of other stacks, read with the role, or with one that the role assumes."""

    def needs(action: str, resource: Pattern, reason: str) -> Iterator[Need]:
        for operation in _RESOLVED_FOR:
            yield Need(
                action,
                resource,
                operation,
                Tier.REQUIRED,
                subject,
                "Fn::GetStackOutput",
                reason,
                "Fn::GetStackOutput, AWS CloudFormation Template Reference",
            )

    for read in resolved.outputs_read(expression, condition):
        for role in read.roles:
            if role is not None:
                yield from needs("sts:AssumeRole", role, "the output of the other stack is read with this role")
        if None in read.roles:
            for region, name in product(read.regions, read.stacks):
                arn = _stack_arn(name, region or place.region, place)
                yield from needs("cloudformation:DescribeStacks", arn, "an output of this stack is read")


def _stack_arn(name: Pattern, region: Pattern, place: StackPlace) -> Pattern:
    """The ARN of a stack that is named; `Ref` of a nested stack is its ARN already."""
    if name.tokens and isinstance(name.tokens[0], str) and name.tokens[0].startswith("arn:"):
        return name
    head = Pattern.literal("arn:") + place.partition + Pattern.literal(":cloudformation:") + region
    return head + Pattern.literal(":") + place.account + Pattern.literal(":stack/") + name + Pattern.parse("/*")


_STORED = "AWS::SSM::Parameter::Value<"
_STORED_AT = ArnTemplate(
    "arn:${Partition}:ssm:${Region}:${Account}:parameter/${ParameterNameWithoutLeadingSlash}",
    (("ParameterNameWithoutLeadingSlash", PropertyValue("Default")),),
)


def _parameters(resolved: ResolvedTemplate, stack: str, place: StackPlace) -> Iterator[Need]:
    """The template parameters whose values CloudFormation reads from Parameter Store before it does anything else."""
    for parameter in resolved.template.parameters.values():
        if not parameter.type.startswith(_STORED):
            continue
        key = resolved.given.get(parameter.name, parameter.default)
        subject = Subject(parameter.name, stack, parameter.type, template=resolved.template.source.name)
        for arn in _STORED_AT.patterns(place, ANY, lambda _, key=key: () if key is None else (Pattern.literal(key),)):
            yield Need(
                "ssm:GetParameters",
                arn,
                Operation.READ,
                Tier.REQUIRED,
                subject,
                None,
                "the parameter's value is read from Parameter Store before any resource is handled",
                "Specify existing resources at runtime with CloudFormation-supplied parameter types, "
                "AWS CloudFormation User Guide; "
                "https://github.com/aws/aws-cdk/issues/20959",
            )


def _needs(
    calls: Iterable[HandlerCall], subject: Subject, resource: ResolvedResource, place: StackPlace
) -> Iterator[Need]:
    arns: dict[tuple[ArnTemplate, str | None, Pattern], tuple[Pattern, ...]] = {}  # alike for most operations
    for call in calls:
        operation = _operation(call.operation, resource.declared)
        if operation is None:
            continue
        values = _values_for(call, resource)
        is_on_all = call.resource == EVERYTHING  # a rule may know of an ARN where the reference has no resource types
        for name, contexts in product(resource.names or (ANY,), _requests(call, values)):
            made_on = (call.resource, call.trigger, name)
            if made_on not in arns:
                arns[made_on] = tuple(_own(arn, resource) for arn in call.resource.patterns(place, name, values))
            for arn, action in product(arns[made_on], _actions(call.action)):
                yield Need(
                    action,
                    _NO_RESOURCE if is_on_all and not authorization.has_resources(action) else arn,
                    operation,
                    call.tier,
                    subject,
                    call.trigger,
                    call.reason,
                    call.source,
                    contexts,
                    _known(arn, place, regional=authorization.is_regional(action.partition(":")[0])),
                )


def _own(pattern: Pattern, resource: ResolvedResource) -> Pattern:
    """The resource's own ARN, where it is known in full, instead of a pattern of it."""
    if pattern.is_literal or len(resource.arns) != 1:
        return pattern
    (arn,) = resource.arns
    return arn if arn.is_literal and pattern.includes(arn) else pattern


_NO_RESOURCE = Pattern.literal("*")


@lru_cache(maxsize=1024)
def _known(arn: Pattern, place: StackPlace, *, regional: bool) -> Context:
    """What is known of every request on an ARN.

    It is sent to the region of the ARN, else to that of the stack, unless the service has one endpoint for all. The
    role is in the account of the stack. Sources: "AWS global condition context keys" and "AWS: Denies access to AWS
    based on the requested Region", AWS IAM User Guide; "TLS 1.2 to become the minimum TLS protocol level for all AWS
    API endpoints", AWS Security Blog.
    """
    *_, region, account, _ = components(str(arn)) or [""] * COMPONENTS
    values = {
        "aws:requestedregion": (Pattern.parse(region) if region else place.region) if regional else ANY,
        "aws:resourceaccount": Pattern.parse(account) if account else ANY,
        "aws:principalaccount": place.account,
    }
    known = {key: (str(value),) for key, value in values.items() if value.is_literal}
    return {"aws:securetransport": ("true",), **known}


def _operation(handler: Handler, resource: Resource) -> Operation | None:
    """What a handler is called for.

    `UpdateReplacePolicy` decides on its own whether a resource that an update replaces is deleted ("UpdateReplacePolicy
    attribute", AWS CloudFormation User Guide).
    """
    if handler is not Handler.DELETE or resource.update_replace_policy is not DeletionPolicy.RETAIN:
        return _HANDLERS[handler]
    match resource.deletion_policy:
        case DeletionPolicy.RETAIN:
            return None
        case DeletionPolicy.RETAIN_EXCEPT_ON_CREATE:
            return Operation.ROLLBACK
        case _:
            return Operation.DELETE


def _actions(action: str) -> Iterator[str]:
    """Each action that a pattern stands for; the pattern, if IAM knows of none."""
    known = authorization.expand(action) if "*" in action or "?" in action else ()
    yield from map(str, known) if known else (action,)


_Values = Callable[[str], Sequence[Pattern | None]]


def _values_for(call: HandlerCall, resource: ResolvedResource) -> _Values:
    """The values at a property path, as the call finds them; None for a property that may not be set.

    Without the property that causes it the call is not made.
    """

    def values(path: str) -> Sequence[Pattern | None]:
        found = dict.fromkeys(_values(resource.properties, path.split("/")))
        return tuple(value for value in found if value is not None or path != call.trigger)

    return values


def _requests(call: HandlerCall, values: _Values) -> Iterator[tuple[Context, ...]]:
    """The requests of a call, each with the contexts it may have: one for each value that a property sends."""
    known: list[Context] = [{}]
    for key in call.context:
        if key.path is None:
            choices = [(value,) for value in key.values] or [()]
            known = [{**context, key.key.lower(): choice} for context in known for choice in choices]
    sent = [[(key.key.lower(), value) for value in values(key.path) or (None,)] for key in call.context if key.path]
    for choice in product(*sent):
        of_properties: Context = {
            key: () if value is None else ("".join(cast("tuple[str, ...]", value.tokens)),)
            for key, value in choice
            if value is None or value.is_literal  # a value that is not known leaves the key unknown
        }
        yield tuple({**context, **of_properties} for context in known)


def _values(value: Value, path: Sequence[str]) -> Iterator[Pattern | None]:
    choices = alternatives(value)
    for alternative in choices:
        if alternative is ABSENT:
            if len(choices) > 1:
                yield None
        elif isinstance(alternative, tuple):
            for item in alternative:
                yield from (found for found in _values(item, path) if found is not None)
        elif isinstance(alternative, Mapping) and path:
            yield from _values(alternative.get(path[0], ABSENT), path[1:])
        elif path:
            yield ANY
        else:
            yield from texts(alternative)
