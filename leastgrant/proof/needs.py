"""What a deployment needs: each call that will be made with the role's permissions, and why.

Most are calls of CloudFormation's resource handlers, which `leastgrant.knowledge` knows by type and which are
placed here on the resources of a template. The rest are declared uses of the role by other tools.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from leastgrant.iam.arn import COMPONENTS, components
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge import (
    ArnTemplate,
    Handler,
    StackPlace,
    Tier,
    UnknownType,
    authorization,
    calls_named_after,
    handler_calls,
    type_schema,
)
from leastgrant.knowledge.arn import EVERYTHING, PropertyValue, object_of
from leastgrant.knowledge.context import via_service
from leastgrant.proof.existing import existing_of
from leastgrant.proof.followed import Followed
from leastgrant.proof.request import NO_TAGS, NOTHING_KNOWN, SOME_TAGS, Known, Tags, Values
from leastgrant.proof.tags import cloudformation_tags, decides_by_tags, is_own, tags_given, tags_of, tags_sent
from leastgrant.template import ABSENT, DeletionPolicy, texts
from leastgrant.template.dynamic import dynamic_references
from leastgrant.template.nested import STACK
from leastgrant.template.transform import INCLUDE, Transform
from leastgrant.template.values import alternatives, values_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leastgrant.iam.string import Context
    from leastgrant.knowledge import HandlerCall
    from leastgrant.template import ResolvedResource, ResolvedTemplate
    from leastgrant.template.dynamic import DynamicReference
    from leastgrant.template.expression import Expression
    from leastgrant.template.model import Parameter


class Operation(Enum):
    """What is being done when the call is made."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    """Also its rollback, which is another update."""
    DELETE = "delete"
    """Also the rollback of the resource's creation, where that deletes it too."""
    ROLLBACK = "rollback"
    """Only the rollback of the resource's creation: otherwise it is kept."""
    USE = "use"
    """A tool's own call, such as the upload of a template."""

    __hash__ = object.__hash__  # needs are looked up by the thousand, and Enum's own is slow


_HANDLERS = {
    Handler.CREATE: Operation.CREATE,
    Handler.READ: Operation.READ,
    Handler.UPDATE: Operation.UPDATE,
    Handler.DELETE: Operation.DELETE,
}

_OF_CREATION = frozenset({Operation.CREATE, Operation.ROLLBACK})

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
    known: Known = field(default=NOTHING_KNOWN, hash=False)
    """What else is known of the request, which conditions of the role may ask for."""
    otherwise: bool = field(default=False, hash=False)
    """Made only if the template says otherwise, before or after: it ends or undoes what is set, or is about what is
    not."""
    replaced: bool = field(default=False, hash=False)
    """Made only when an update replaces the resource."""

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
    def is_sure(self) -> bool:
        """Whether an operation on what the template says makes the call."""
        return self.tier is not Tier.ADVISORY and not self.otherwise

    @property
    def is_deployed_with(self) -> bool:
        """Whether some deployment fails without it: one that creates, changes, deletes or rolls back."""
        return self.tier in (Tier.REQUIRED, Tier.ON_CHANGE) and not self.otherwise

    @property
    def doing(self) -> str:
        """What fails without it, such as "creating `Rule`"."""
        return f"{_NOUNS[self.operation]} `{self.subject.name}`"

    @property
    def when(self) -> str:
        """When it is called, in brackets, if that is not always."""
        if self.replaced:
            return " (when it is replaced)"
        if self.trigger is None:
            return ""
        return f" (when {self.trigger} changes)" if self.tier is Tier.ON_CHANGE else f" ({self.trigger} is set)"


DECLARED: Final = "declared use"
"""The source of what is known of a tool by declaration alone."""


@dataclass(frozen=True, slots=True)
class Use:
    """Calls that a tool makes with the role itself: the deploy tool, a seeding script, a smoke test."""

    name: str
    reason: str
    actions: tuple[str, ...]
    resources: tuple[Pattern, ...]
    context: tuple[tuple[str, Values], ...] = ()
    """What its requests hold: each condition key with its values; none: the key is absent."""
    tier: Tier = Tier.REQUIRED
    """Advisory: the calls are made in some cases, or refused without harm."""
    source: str = DECLARED
    """Of the fact that they are made."""

    def needs(self) -> Iterator[Need]:
        """Yield the calls, as needs."""
        subject = Subject(self.name, stack="", type="use")
        for action in dict.fromkeys(each for pattern in self.actions for each in _actions(pattern)):
            for resource in self.resources if authorization.has_resources(action) else (_NO_RESOURCE,):
                yield Need(
                    action,
                    resource,
                    Operation.USE,
                    self.tier,
                    subject,
                    None,
                    self.reason,
                    self.source,
                    known=self._known(action, resource),
                )
            if authorization.takes(action, _SERVICE_ROLE):
                yield from self._passing(subject)

    def _passing(self, subject: Subject) -> Iterator[Need]:
        """Yield the service role that is declared for a stack, which its caller passes to CloudFormation."""
        for key, values in self.context:
            for role in values if key.lower() == _SERVICE_ROLE else ():
                yield Need(
                    "iam:PassRole",
                    role,
                    Operation.USE,
                    Tier.REQUIRED,
                    subject,
                    None,
                    f"{self.reason}; the stack's service role is passed",
                    "AWS CloudFormation service role, AWS CloudFormation User Guide",
                    contexts=({"iam:passedtoservice": ("cloudformation.amazonaws.com",)},),
                    known=_on(role, "iam:PassRole", _ANYWHERE),
                )

    def _known(self, action: str, resource: Pattern) -> Known:
        """Return what is declared of the keys that the action takes, and what follows from the ARN."""
        declared = {key.lower(): (values,) for key, values in self.context if authorization.takes(action, key)}
        return Known(tuple({**dict(_of_place(resource, action, _ANYWHERE)), **declared}.items()))


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """A resource of which it is not known what CloudFormation calls for it, or a part that was not read."""

    subject: Subject
    reason: str
    fix: str = "declare what it needs as a use, and acknowledge this"
    what: str = ""
    """What the finding is acknowledged by; empty: the resource's type."""


def place_of(resolved: ResolvedTemplate) -> StackPlace:
    """Return where the template is deployed, as far as that is known."""
    known = resolved.environment.patterns
    return StackPlace(known["partition"], known["region"], known["account"], resolved.environment.own_buckets)


@lru_cache(maxsize=8)  # several roles, or one after each change, are proved against the same templates
def needs_of(
    resolved: ResolvedTemplate, *, stack_tags: Tags | bool = False, existing: frozenset[str] = frozenset()
) -> tuple[tuple[Need, ...], tuple[Unmodelled, ...]]:
    """Return what CloudFormation calls for a template's resources, and the resources of which that is not known.

    Of a nested stack it is what is called for the stack itself; its resources are those of another template, in
    `ResolvedTemplate.stacks`.

    Args:
        resolved: The template, with what is known of its parameters and of where it is deployed.
        stack_tags: The stack's own tags, which CloudFormation passes on to its resources; True: it has some, and
            which is not known.
        existing: The resources that are deployed already, as `existing_of` takes them.
    """
    tags = stack_tags if isinstance(stack_tags, Tags) else SOME_TAGS if stack_tags else NO_TAGS
    place = place_of(resolved)
    stack = str(resolved.environment.stack_name or resolved.template.source.name)
    needs: dict[Need, None] = dict.fromkeys(_parameters(resolved, stack, place))
    needs |= dict.fromkeys(_transforms(resolved, stack, place))
    unmodelled = list(_unread(resolved, stack))
    declared_at = _Declared(resolved, tags, place)
    deployed_already = existing_of(resolved, existing)
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
        if declared.type == STACK and declared.logical_id not in resolved.nested:
            unmodelled.append(_not_read(subject))
        calls = handler_calls(declared.type, resource.properties, stack_tags=tags.some)
        if isinstance(calls, UnknownType):
            unmodelled.append(Unmodelled(subject, calls.reason))
            calls = calls_named_after(declared.type, resource.properties, stack_tags=tags.some)
        called = _needs(calls, subject, resource, declared_at)
        if declared.logical_id in deployed_already:
            called = (need for need in called if need.operation not in _OF_CREATION)
        needs |= dict.fromkeys(called)
        needs |= dict.fromkeys(_references(resource, subject, place))
        needs |= dict.fromkeys(_looked_up(resolved, dict(declared.properties), declared.condition, subject, place))
    for output in resolved.template.outputs.values():
        subject = Subject(output.name, stack, "Output", template=resolved.template.source.name)
        needs |= dict.fromkeys(_looked_up(resolved, output.value, output.condition, subject, place))
    return tuple(needs), tuple(unmodelled)


def _unread(resolved: ResolvedTemplate, stack: str) -> Iterator[Unmodelled]:
    """Yield what only the deployment knows: what the template's transforms write."""
    source = resolved.template.source
    for part in resolved.template.unread:
        section, *inside = (*part.path, "")
        name = str(inside[0]) if section == "Resources" else str(section)
        subject = Subject(name, stack, "Transform", template=source.name, line=source.line(part.path))
        yield Unmodelled(subject, part.reason, part.fix, part.what)


_TRANSFORMS = (
    "AWS CloudFormation User Guide, Control CloudFormation access with IAM; Serverless transforms in templates"
)


def _transforms(resolved: ResolvedTemplate, stack: str, place: StackPlace) -> Iterator[Need]:
    """Yield the needs of the transforms themselves: a change set on each, and what an include reads."""
    for transform in resolved.template.transforms:
        subject = Subject(transform.name, stack, "Transform", template=resolved.template.source.name)
        needed = {"cloudformation:CreateChangeSet": transform_arn(transform, place)}
        if transform.name == INCLUDE:
            url = ANY if transform.location is None else Pattern.literal(transform.location)
            needed["s3:GetObject"] = (
                Pattern.literal("arn:") + place.partition + Pattern.literal(":s3:::") + object_of(url)
            )
        for (action, resource), operation in product(needed.items(), _RESOLVED_FOR):
            reason = "the template is transformed before anything else is done"
            known = _on(resource, action, place)
            yield Need(
                action, resource, operation, Tier.REQUIRED, subject, "Transform", reason, _TRANSFORMS, known=known
            )
        if not transform.is_of_aws:
            yield from _invoked(subject, place)


def _invoked(subject: Subject, place: StackPlace) -> Iterator[Need]:
    """Yield the function of a macro, of which the template tells no name."""
    head = Pattern.literal("arn:") + place.partition + Pattern.literal(":lambda:") + place.region
    function = head + Pattern.literal(":") + place.account + Pattern.parse(":function:*")
    for operation in _RESOLVED_FOR:
        yield Need(
            "lambda:InvokeFunction",
            function,
            operation,
            Tier.ADVISORY,
            subject,
            "Transform",
            "CloudFormation invokes the macro's function, and whether with the caller's permissions is not documented",
            "Overview of CloudFormation macros, AWS CloudFormation User Guide",
            known=_by_cloudformation(function, "lambda:InvokeFunction", place),
        )


def transform_arn(transform: Transform, place: StackPlace) -> Pattern:
    """Return the ARN of a transform, in the region of the stack.

    Source: github.com/aws/serverless-application-model issue 179 and github.com/aws-cloudformation/
    aws-cloudformation-templates issue 358, for those of AWS.
    """
    account = Pattern.literal("aws") if transform.is_of_aws else place.account
    head = Pattern.literal("arn:") + place.partition + Pattern.literal(":cloudformation:") + place.region
    return head + Pattern.literal(":") + account + Pattern.literal(f":transform/{transform.name.removeprefix('AWS::')}")


def _not_read(stack: Subject) -> Unmodelled:
    return Unmodelled(
        stack,
        "is a nested stack whose template was not read, so nothing is proved of what is in it",
        f"give its template with --nested {stack.name}=FILE, or declare what it needs as a use and acknowledge this",
        f"{stack.type} {stack.name}",
    )


_RESOLVED_FOR: Final = (Operation.CREATE, Operation.UPDATE)
"""What the values of a template's functions and references are looked up for."""
_READ_BY: Final = {
    "ssm": ("ssm:GetParameters", "parameter/"),
    "ssm-secure": ("ssm:GetParameters", "parameter/"),
    "secretsmanager": ("secretsmanager:GetSecretValue", "secret:"),
}
"""What CloudFormation calls for a dynamic reference, and how the resource part of the ARN begins."""


def _references(resource: ResolvedResource, subject: Subject, place: StackPlace) -> Iterator[Need]:
    """Yield a need for each dynamic reference in the properties, whose value is read with the role."""
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
                        known=_by_cloudformation(_referred_to(reference, place, kind), action, place),
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


def _looked_up(
    resolved: ResolvedTemplate, expression: Expression, condition: str | None, subject: Subject, place: StackPlace
) -> Iterator[Need]:
    """Yield the needs of the functions whose results are looked up: outputs of other stacks, availability zones."""
    yield from _outputs_read(resolved, expression, condition, subject, place)
    if resolved.lists_zones(expression, condition):
        yield from _zones_listed(subject, place)


_ZONES_LISTED_BY: Final = {
    "ec2:DescribeAvailabilityZones": (Tier.REQUIRED, "the availability zones are listed"),
    "ec2:DescribeAccountAttributes": (Tier.ADVISORY, "documented, and roles without it are known to list zones"),
    "ec2:DescribeSubnets": (Tier.ADVISORY, "zones with a default subnet are preferred"),
}
"""What `Fn::GetAZs` calls, with the tier and the reason of each."""


def _zones_listed(subject: Subject, place: StackPlace) -> Iterator[Need]:
    """Yield the needs of `Fn::GetAZs`.

    github.com/marsupialmouse/bitsandbobs deploys without DescribeAccountAttributes, and did not without
    DescribeAvailabilityZones (commit 9f12495).
    """
    for (action, (tier, reason)), operation in product(_ZONES_LISTED_BY.items(), _RESOLVED_FOR):
        yield Need(
            action,
            _NO_RESOURCE,
            operation,
            tier,
            subject,
            "Fn::GetAZs",
            reason,
            "Fn::GetAZs, IAM permissions, AWS CloudFormation Template Reference",
            known=_by_cloudformation(_NO_RESOURCE, action, place),
        )


def _outputs_read(
    resolved: ResolvedTemplate, expression: Expression, condition: str | None, subject: Subject, place: StackPlace
) -> Iterator[Need]:
    """Yield the needs to read outputs of other stacks, with the role or with one that the role assumes."""

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
                known=_on(resource, action, place),
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
    """Return the ARN of a named stack; `Ref` of a nested stack is its ARN already."""
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
    """Yield a need for each parameter whose value CloudFormation reads from Parameter Store before all else."""
    for parameter in resolved.template.parameters.values():
        yield from _looked_for(parameter, stack, resolved.template.source.name, place)
        if not parameter.type.startswith(_STORED):
            continue
        key = resolved.given.get(parameter.name, parameter.default)
        given = () if key is None else (Pattern.literal(key),) if isinstance(key, str) else texts(key)
        subject = Subject(parameter.name, stack, parameter.type, template=resolved.template.source.name)
        for arn in _STORED_AT.patterns(place, ANY, lambda _, given=given: given):
            for operation in _RESOLVED_FOR:
                yield Need(
                    "ssm:GetParameters",
                    arn,
                    operation,
                    Tier.REQUIRED,
                    subject,
                    None,
                    "the parameter's value is read from Parameter Store before any resource is handled",
                    "Specify existing resources at runtime with CloudFormation-supplied parameter types, "
                    "AWS CloudFormation User Guide; "
                    "https://github.com/aws/aws-cdk/issues/20959",
                    known=_by_cloudformation(arn, "ssm:GetParameters", place),
                )


_LOOKED_FOR: Final = {
    "AWS::EC2::AvailabilityZone::Name": "ec2:DescribeAvailabilityZones",
    "AWS::EC2::Image::Id": "ec2:DescribeImages",
    "AWS::EC2::Instance::Id": "ec2:DescribeInstances",
    "AWS::EC2::KeyPair::KeyName": "ec2:DescribeKeyPairs",
    "AWS::EC2::SecurityGroup::GroupName": "ec2:DescribeSecurityGroups",
    "AWS::EC2::SecurityGroup::Id": "ec2:DescribeSecurityGroups",
    "AWS::EC2::Subnet::Id": "ec2:DescribeSubnets",
    "AWS::EC2::VPC::Id": "ec2:DescribeVpcs",
    "AWS::EC2::Volume::Id": "ec2:DescribeVolumes",
}
"""Types of parameters whose values are looked for in the account, and by which call."""
_WRAPPED: Final = re.compile(r"(?:AWS::SSM::Parameter::Value<)?(?:List<)?(?P<type>[A-Za-z0-9:]+)>*")


def _looked_for(parameter: Parameter, stack: str, template: str, place: StackPlace) -> Iterator[Need]:
    """Yield the look for the value of a parameter that is one of EC2's things."""
    wrapped = _WRAPPED.fullmatch(parameter.type)
    action = _LOOKED_FOR.get(wrapped["type"]) if wrapped else None
    if action is None:
        return
    subject = Subject(parameter.name, stack, parameter.type, template=template)
    for operation in _RESOLVED_FOR:
        yield Need(
            action,
            _NO_RESOURCE,
            operation,
            Tier.REQUIRED,
            subject,
            None,
            "a parameter of the type is looked for before any resource is handled",
            "Supported AWS-specific parameter types, AWS CloudFormation User Guide; "
            "https://github.com/yugabyte/yugabyte-db/issues/4336",
            known=_by_cloudformation(_NO_RESOURCE, action, place),
        )


class _Declared:
    """The resources of a template by ARN, and their tags."""

    def __init__(self, resolved: ResolvedTemplate, stack_tags: Tags, place: StackPlace) -> None:
        self.stack_tags = stack_tags
        self.stack_name = resolved.environment.patterns["stack_name"]
        self.place = place
        self.followed = Followed(resolved)
        self._given: dict[str, Tags] = {}
        self._tags: dict[str, Tags] = {}
        self._added: dict[str, Tags] = {}
        self._at: dict[Pattern, list[ResolvedResource]] = {}
        for resource in resolved:
            for arn in resource.arns if _has_tags(resource) else ():  # a permission has its function's ARN
                self._at.setdefault(arn, []).append(resource)

    def on(self, arn: Pattern) -> ResolvedResource | None:
        """Find the one resource of the template that has an ARN; None if there is none, or the ARN names none."""
        found = self._at.get(arn, ())
        return found[0] if len(found) == 1 and authorization.is_named(str(arn)) else None

    def tags_given(self, resource: ResolvedResource) -> Tags:
        """Read `tags_given` once of a resource: each of its calls asks for them."""
        name = resource.declared.logical_id
        if name not in self._given:
            self._given[name] = tags_given(resource, self.stack_tags)
        return self._given[name]

    def tags_added(self, resource: ResolvedResource) -> Tags:
        """`cloudformation_tags`, made once of a resource."""
        name = resource.declared.logical_id
        if name not in self._added:
            self._added[name] = cloudformation_tags(resource, self.stack_name)
        return self._added[name]

    def tags_of(self, resource: ResolvedResource) -> Tags:
        """Read `tags_of` once of a resource."""
        name = resource.declared.logical_id
        if name not in self._tags:
            self._tags[name] = tags_of(resource, self.stack_tags, self.stack_name)
        return self._tags[name]


def _needs(
    calls: Iterable[HandlerCall],
    subject: Subject,
    resource: ResolvedResource,
    declared_at: _Declared,
) -> Iterator[Need]:
    arns: dict[tuple[ArnTemplate, str | None, Pattern], tuple[Pattern, ...]] = {}  # alike for most operations
    for call in calls:
        done = tuple(_done(call, resource))
        if not done:
            continue
        values = _values_for(call, resource, declared_at.followed)
        is_on_all = call.resource == EVERYTHING  # a rule may know of an ARN where the reference has no resource types
        for name in resource.names or (ANY,):
            made_on = (call.resource, call.trigger, name)
            if made_on not in arns:
                found = call.resource.patterns(declared_at.place, name, values)
                arns[made_on] = found if is_on_all else tuple(_own(arn, resource) for arn in found)
            for arn, action in product(arns[made_on], _actions(call.action)):
                request = _Request(call, action, arn, resource, declared_at)
                for contexts, (operation, tier) in product(request.contexts(values), done):
                    yield Need(
                        action,
                        _NO_RESOURCE if is_on_all and not authorization.has_resources(action) else arn,
                        operation,
                        tier,
                        subject,
                        call.trigger,
                        call.reason,
                        call.source,
                        contexts,
                        request.known(values),
                        otherwise=call.otherwise,
                        replaced=operation is Operation.DELETE and tier is Tier.ON_CHANGE,
                    )


def _own(pattern: Pattern, resource: ResolvedResource) -> Pattern:
    """Return the resource's own ARN, where it is known in full, instead of a pattern of it."""
    if pattern.is_literal or len(resource.arns) != 1:
        return pattern
    (arn,) = resource.arns
    return arn if arn.is_literal and pattern.includes(arn) else pattern


_NO_RESOURCE = Pattern.literal("*")


class _Request:
    """The request of one call, on one ARN."""

    def __init__(
        self, call: HandlerCall, action: str, arn: Pattern, resource: ResolvedResource, declared: _Declared
    ) -> None:
        self._call, self._action, self._arn, self._resource, self._declared = call, action, arn, resource, declared
        self._target = resource if is_own(call, action, resource) else declared.on(arn)
        """What the call is made on, where that is of the template."""

    def contexts(self, values: _ValuesAt) -> Iterator[tuple[Context, ...]]:
        """Yield, for each request, the contexts that it may have, of the keys that a policy should ask for.

        There is a request for each value that a property sends.
        """
        known: list[Context] = [{}]
        sent: list[list[tuple[str, Pattern | None]]] = []
        for key in self._call.context:
            if not key.narrows:
                continue
            if key.path is None:
                choices = [(value,) for value in key.values] or [()]
                known = [{**context, key.key.lower(): choice} for context in known for choice in choices]
            elif (found := self._of_property(key.path, values, of_target=key.of_target)) is not None:
                sent.append([(key.key.lower(), value) for value in found or (None,)])
        for choice in product(*sent):
            of_properties: Context = {
                key: () if value is None else ("".join(cast("tuple[str, ...]", value.tokens)),)
                for key, value in choice
                if value is None or value.is_literal  # `known` has what is known of others
            }
            yield tuple({**context, **of_properties} for context in known)

    def known(self, values: _ValuesAt) -> Known:
        """Return what else conditions may ask for."""
        target, declared = self._target, self._declared
        tagged = target is not None and decides_by_tags(self._call, self._action, self._resource)
        return Known(
            (
                *self._of_place(),
                *self._of_forwarding(),
                *self._of_properties(values),
                *self._of_passed_role(),
            ),
            tags_sent(
                self._call,
                self._action,
                self._resource,
                declared.tags_given(self._resource),
                declared.tags_added(self._resource),
            ),
            declared.tags_of(target) if target is not None and tagged else None,
            self._action.partition(":")[0].lower(),
        )

    def _of_place(self) -> _Keys:
        arn = self._arn if self._call.resource != EVERYTHING else _NO_RESOURCE
        return _of_place(arn, self._action, self._declared.place, owned=self._target is not None)

    def _of_forwarding(self) -> Iterator[tuple[str, tuple[Values, ...]]]:
        schema = type_schema(self._resource.declared.type)
        service = self._action.partition(":")[0].lower()
        other = schema is None or (service != schema.iam_prefix and self._action != "iam:PassRole")
        prefix = "" if schema is None else schema.iam_prefix
        yield from _of_forwarding(prefix, other=other)
        if via_service(self._action, prefix):
            host = Pattern.literal(f"{prefix}.") + self._declared.place.region + Pattern.literal(".amazonaws.com")
            yield "kms:viaservice", ((host,),)

    def _of_properties(self, values: _ValuesAt) -> Iterator[tuple[str, tuple[Values, ...]]]:
        for key in self._call.context:
            name = key.key.lower()
            if key.path is None:
                if not key.narrows:
                    yield name, tuple((Pattern.literal(value),) for value in key.values) or ((),)
                continue
            found = self._of_property(key.path, values, of_target=key.of_target)
            if found is None:
                continue
            if key.several:
                if None not in found:  # what may be left out leaves the rest unknown
                    yield name, (tuple(value for value in found if value is not None),)
                continue
            if key.arn is not None:
                found = key.arn.patterns(self._declared.place, ANY, values)
            yield name, tuple(() if value is None else (value,) for value in found or (None,))

    def _of_passed_role(self) -> Iterator[tuple[str, tuple[Values, ...]]]:
        """Yield the service that a role is passed to: where that is not known of the type, one that the role trusts."""
        if self._action == "iam:PassRole" and not any(key.key == "iam:PassedToService" for key in self._call.context):
            services = self._declared.followed.trusted_by(self._arn)
            if services:
                yield "iam:passedtoservice", tuple((service,) for service in services)

    def _of_property(self, path: str, values: _ValuesAt, *, of_target: bool) -> Sequence[Pattern | None] | None:
        """Return the values at a path; None if it is not known what resource has the property."""
        if not of_target or self._target is self._resource:
            return values(path) if not of_target or _has(self._resource, path) else None
        if self._target is None or not _has(self._target, path):
            return None
        return tuple(dict.fromkeys(values_at(self._target.properties, path.split("/"))))


def _has_tags(resource: ResolvedResource) -> bool:
    schema = type_schema(resource.declared.type)
    return schema is not None and (schema.tagging.taggable or schema.tag_property is not None)


def _has(resource: ResolvedResource, path: str) -> bool:
    """Tell whether a resource's type has a property."""
    schema = type_schema(resource.declared.type)
    return schema is not None and path in schema.properties


_ANYWHERE = StackPlace(ANY, ANY, ANY)
_SERVICE_ROLE: Final = "cloudformation:rolearn"
_TRUE = Pattern.literal("true")
_CLOUDFORMATION = Pattern.literal("cloudformation.amazonaws.com")


_Keys: TypeAlias = "tuple[tuple[str, tuple[Values, ...]], ...]"
"""Condition keys, in lower case, each with what it has: one of these."""


@cache
def _of_forwarding(prefix: str, *, other: bool) -> _Keys:
    """CloudFormation calls in a forward access session, and another service may in one of its own after it.

    A role is passed in the request that CloudFormation makes. Sources: "FAS requests and permission evaluation",
    AWS CloudFormation User Guide; "Forward access sessions", AWS IAM User Guide.

    Args:
        prefix: That of the resource's service, empty if it is not known.
        other: The action is another service's.
    """
    forwarder = Pattern.literal(f"{prefix}.amazonaws.com") if prefix else ANY
    return (
        ("aws:viaawsservice", ((_TRUE,),)),
        ("aws:calledviafirst", ((_CLOUDFORMATION,),)),
        ("aws:calledvia", ((_CLOUDFORMATION,), *([(_CLOUDFORMATION, forwarder)] if other else []))),
        ("aws:calledvialast", ((_CLOUDFORMATION,), *([(forwarder,)] if other else []))),
    )


def _of_place(arn: Pattern, action: str, place: StackPlace, *, owned: bool = False) -> _Keys:
    """Return what follows from the ARN that a call is made on.

    It is sent to the region of the ARN, else to that of the stack, unless the service has one endpoint for all. The
    role is in the account of the stack, and so is what the stack has. Sources: "AWS global condition context keys" and
    "AWS: Denies access to AWS based on the requested Region", AWS IAM User Guide; "TLS 1.2 to become the minimum TLS
    protocol level for all AWS API endpoints", AWS Security Blog.

    Args:
        arn: What the call is made on.
        action: The action.
        place: Where the stack is.
        owned: The resource is of the stack: S3's ARNs have no account.
    """
    service = action.partition(":")[0]
    return _of_arn(arn, place, owned=owned, regional=authorization.is_regional(service), in_s3=service == "s3")


@lru_cache(maxsize=1 << 12)  # many calls are made on one ARN
def _of_arn(arn: Pattern, place: StackPlace, *, owned: bool, regional: bool, in_s3: bool) -> _Keys:
    *_, region, account, name = components(str(arn)) or [""] * COMPONENTS
    owned = owned or name.partition("/")[0] in place.own_buckets
    in_stack = owned or (place.account.is_literal and str(place.account) in name)
    owner = Pattern.parse(account) if account else place.account if in_stack else ANY
    known = {
        "aws:requestedregion": (Pattern.parse(region) if region else place.region) if regional else ANY,
        "aws:resourceaccount": owner,
        "s3:resourceaccount": owner if in_s3 else ANY,
        "aws:principalaccount": place.account,
        "aws:securetransport": _TRUE,
    }
    return tuple((key, ((value,),)) for key, value in known.items() if value.is_literal)


def _on(arn: Pattern, action: str, place: StackPlace) -> Known:
    """Return what is known of a request that no handler makes."""
    return Known(_of_place(arn, action, place))


def _by_cloudformation(arn: Pattern, action: str, place: StackPlace) -> Known:
    """Return what is known of a request that CloudFormation makes itself, in a forward access session."""
    session = dict.fromkeys(("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"), ((_CLOUDFORMATION,),))
    return Known((*_of_place(arn, action, place), *session.items(), ("aws:viaawsservice", ((_TRUE,),))))


_SNAPSHOT_BY_DEFAULT: Final = {"AWS::RDS::DBCluster": None, "AWS::RDS::DBInstance": "DBClusterIdentifier"}
"""Types of which a snapshot is taken where no policy is stated; the property without which this is so."""


def _done(call: HandlerCall, resource: ResolvedResource) -> Iterator[tuple[Operation, Tier]]:
    """Yield what a handler is called for, and what becomes of it without the call.

    `DeletionPolicy` decides on what leaves the stack, and on a creation that is rolled back; `UpdateReplacePolicy` on
    its own on what an update replaces. Sources: "DeletionPolicy attribute" and "UpdateReplacePolicy attribute", AWS
    CloudFormation Template Reference.
    """
    if call.operation is not Handler.DELETE:
        yield _HANDLERS[call.operation], call.tier
        return
    removed, replaced = _policies(resource)
    on_replacement = Tier.ON_CHANGE if call.tier is Tier.REQUIRED else call.tier
    if call.snapshot:
        if removed is DeletionPolicy.SNAPSHOT:
            yield Operation.DELETE, call.tier
        elif replaced is DeletionPolicy.SNAPSHOT:
            yield Operation.DELETE, on_replacement
        return
    kept = removed in (DeletionPolicy.RETAIN, DeletionPolicy.RETAIN_EXCEPT_ON_CREATE)
    if not kept:
        yield Operation.DELETE, call.tier
    elif replaced is not DeletionPolicy.RETAIN:
        yield Operation.DELETE, on_replacement
    if removed is DeletionPolicy.RETAIN_EXCEPT_ON_CREATE:
        yield Operation.ROLLBACK, call.tier


def _policies(resource: ResolvedResource) -> tuple[DeletionPolicy, DeletionPolicy]:
    """Return the policies of what leaves the stack and of what is replaced, stated or by default."""
    declared = resource.declared
    default = DeletionPolicy.DELETE
    if declared.type in _SNAPSHOT_BY_DEFAULT:
        unless = _SNAPSHOT_BY_DEFAULT[declared.type]
        if unless is None or ABSENT in alternatives(resource.properties.get(unless, ABSENT)):
            default = DeletionPolicy.SNAPSHOT
    return declared.deletion_policy or default, declared.update_replace_policy or default


def _actions(action: str) -> Iterator[str]:
    """Yield each action that a pattern stands for; the pattern, if IAM knows of none."""
    known = authorization.expand(action) if "*" in action or "?" in action else ()
    yield from map(str, known) if known else (action,)


_ValuesAt = Callable[[str], Sequence[Pattern | None]]


def _values_for(call: HandlerCall, resource: ResolvedResource, followed: Followed) -> _ValuesAt:
    """Return the values at a property path, as the call finds them; None for a property that may not be set.

    Without the property that causes it the call is not made.
    """

    def values(path: str) -> Sequence[Pattern | None]:
        found = dict.fromkeys(values_at(resource.properties, path.split("/")))
        set_there = tuple(value for value in found if value is not None or path != call.trigger)
        return followed.values(call.action, path, set_there)

    return values
