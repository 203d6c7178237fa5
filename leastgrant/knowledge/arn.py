"""The ARNs that a call is made on: formats of the service authorization reference, tied to properties."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, product
from typing import TYPE_CHECKING

from leastgrant.iam.arn import ARN, COMPONENTS, components
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge import authorization
from leastgrant.knowledge.linked_roles import linked_role_arn
from leastgrant.knowledge.name_words import words
from leastgrant.knowledge.own_type import own_types, service_of
from leastgrant.knowledge.schema import type_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leastgrant.knowledge.authorization import Action, ResourceType
    from leastgrant.knowledge.schema import TypeSchema


@dataclass(frozen=True, slots=True)
class OwnName:
    """The resource's own name: the property's value if it is set, else what CloudFormation generates."""

    property: str


@dataclass(frozen=True, slots=True)
class PropertyValue:
    """The value of a property, for each item if it is a list.

    A value that is an ARN itself stands for the whole ARN, not for its placeholder.
    """

    path: str
    default: str | None = None
    """The value if the property is not set; None: not known."""
    if_set: bool = False
    """Nothing is asked for on the ARN if the property is not set."""


@dataclass(frozen=True, slots=True)
class PathPart:
    """The value of a property and a slash; nothing if it is not set, or set to what is meant without it.

    Of an ARN, the part behind its last slash is the value.
    """

    path: str
    implied: str


@dataclass(frozen=True, slots=True)
class ObjectOfUrl:
    """The bucket, a slash and the key that the URL in a property names, as far as they are known."""

    path: str


@dataclass(frozen=True, slots=True)
class PartOf:
    """A part of what a property names: its value or, of an ARN, what is at the placeholder in the ARN's format.

    Unlike a `PropertyValue` it never stands for the whole ARN: of a listener's ARN a rule's has the load balancer.
    """

    path: str
    placeholder: str
    formats: tuple[str, ...] = ()
    """The ARN formats that have the placeholder."""
    is_last: bool = False
    """Of an ARN of none of the formats, what is behind the last `/` or `:` is meant."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """One of some words, as a property chooses: `app` for `application`.

    Of an ARN the word is meant that it has. What chooses none of the words stands for any text.
    """

    path: str
    words: tuple[tuple[str, str], ...]
    """What the property's value is, or begins with, and the word."""
    default: str | None = None
    """The word if the property is not set; None: not known."""


@dataclass(frozen=True, slots=True)
class ArnIn:
    """The whole ARN that a property holds if it has one of some formats; nothing if the property is not set.

    It fills the one placeholder of a template that is nothing else.
    """

    path: str
    formats: tuple[str, ...]


_OfOneValue = PropertyValue | PathPart | ObjectOfUrl | PartOf | Spelled
_OfProperty = _OfOneValue | ArnIn
Fill = OwnName | _OfProperty


@dataclass(frozen=True, slots=True)
class StackPlace:
    """Where a stack is deployed."""

    partition: Pattern
    region: Pattern
    account: Pattern
    own_buckets: tuple[str, ...] = ()
    """Buckets that are known to be of the account."""


@dataclass(frozen=True, slots=True)
class ArnTemplate:
    """An ARN pattern whose `${Placeholder}`s are filled from the resource's properties.

    `${Partition}`, `${Region}` and `${Account}` are the stack's. A placeholder without a fill is an
    identifier that nobody knows before the resource exists: it stands for any text.
    """

    text: str
    fills: tuple[tuple[str, Fill], ...] = ()

    def __str__(self) -> str:
        """Return the ARN format, as the service authorization reference writes it."""
        return self.text

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names of the placeholders that are not the stack's, in order."""
        return tuple(name for name in _PLACEHOLDER.findall(self.text) if name not in _OF_THE_STACK)

    def patterns(
        self, place: StackPlace, own_name: Pattern, values: Callable[[str], Sequence[Pattern | None]]
    ) -> tuple[Pattern, ...]:
        """Return the ARNs of one resource.

        Args:
            place: Where the stack is.
            own_name: The resource's name, given or generated; `*` if AWS assigns an identifier.
            values: The values at a property path, one for each item of a list; `*` stands for one that is not
                known, None for a property that may not be set, and none at all for one that is not set.
        """
        fills = dict(self.fills)
        last = self.placeholders[-1] if self.placeholders else None
        whole: list[Pattern] = []
        parts: list[list[Pattern]] = []
        for piece in _placed(self.text, place):
            if isinstance(piece, Pattern):
                parts.append([piece])
                continue
            filled = _values(fills.get(piece), own_name, values)
            if isinstance(fills.get(piece), PropertyValue):
                wholes = [_whole(value, self.text, place, is_last=piece == last) for value in filled]
                whole += [arn for arn in wholes if arn is not None]
                filled = [value for value, arn in zip(filled, wholes, strict=True) if arn is None]
                filled = [_identifier(value, self.text, piece) for value in filled]
            parts.append([_without_slash(value) for value in filled] if piece in _SLASHLESS else filled)
        joined = (Pattern(tuple(chain.from_iterable(part.tokens for part in choice))) for choice in product(*parts))
        return tuple(dict.fromkeys([*whole, *joined]))


@cache
def _placed(text: str, place: StackPlace) -> tuple[str | Pattern, ...]:
    """Split an ARN format into the placeholders that are not the stack's, and what is between them."""
    known = {"Partition": place.partition, "Region": place.region, "Account": place.account}
    placed: list[str | Pattern] = []
    between = Pattern(())
    for number, piece in enumerate(_PLACEHOLDER.split(text)):  # text and names by turns
        if number % 2 and piece not in known:
            placed += [between, piece]
            between = Pattern(())
        else:
            between += known[piece] if number % 2 else Pattern.parse(piece)
    return (*placed, between)


def _values(fill: Fill | None, own_name: Pattern, values: Callable[[str], Sequence[Pattern | None]]) -> list[Pattern]:
    if fill is None:
        return [ANY]
    if isinstance(fill, OwnName):
        return [own_name]
    found = values(fill.path)
    if isinstance(fill, ArnIn) or (isinstance(fill, PropertyValue) and fill.if_set):
        found = [value for value in found if value is not None]
    else:
        found = found or (None,)
    return [pattern for value in found for pattern in _filled_with(fill, value)]


def _filled_with(fill: _OfProperty, value: Pattern | None) -> list[Pattern]:
    """Return what a fill gives for one value of its property; None: the property is not set."""
    if value is None:
        return [_unset(fill)]
    return _arns_in(value, fill.formats) if isinstance(fill, ArnIn) else [_set_to(fill, value)]


def _set_to(fill: _OfOneValue, value: Pattern) -> Pattern:
    match fill:
        case PropertyValue():
            return value
        case PartOf():
            return _part_of(value, fill)
        case Spelled():
            return _spelled(value, fill)
        case ObjectOfUrl():
            return object_of(value)
        case PathPart():
            return _path_part(value, fill.implied)


def _unset(fill: _OfProperty) -> Pattern:
    match fill:
        case PropertyValue() | Spelled():
            return ANY if fill.default is None else Pattern.literal(fill.default)
        case ObjectOfUrl():
            return Pattern.parse("*/*")
        case PathPart():
            return Pattern(())
        case PartOf() | ArnIn():
            return ANY


def _whole(value: Pattern, text: str, place: StackPlace, *, is_last: bool) -> Pattern | None:
    """Return the whole ARN that a value is, if it is one: a queue's URL is, where a queue is asked for.

    What fills an earlier placeholder may be the ARN of another thing, of which the resource is a part.
    """
    if text == _QUEUE and (url := _QUEUE_URL.fullmatch(str(value))):
        partition = place.partition + Pattern.parse(f":sqs:{url['region']}:{url['account']}:{url['name']}")
        return Pattern.literal("arn:") + partition
    if not _is_arn(value) or not (is_last or _of_format(text).intersects(value)):
        return None
    return None if text.endswith(_KEY) and ":alias/" in str(value) else value


def _identifier(value: Pattern, text: str, placeholder: str) -> Pattern:
    """Return what a value puts in an ARN: a key that an alias names is some key.

    Source: "Using aliases to control access to KMS keys", AWS KMS Developer Guide: an alias in a policy is no
    permission to use its key.
    """
    is_alias = text.endswith(_KEY) and str(value).startswith(("alias/", "arn:"))
    return ANY if is_alias else _part_of(value, PartOf("", placeholder, (text,), is_last=True))


_QUEUE = "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"
_KEY = ":key/${KeyId}"
_QUEUE_URL = re.compile(r"https://sqs\.(?P<region>[a-z0-9-]+|\*)\.[a-z.*]+/(?P<account>\d+|\*)/(?P<name>[^/]+)")
"""The form of a queue's URL: "Amazon SQS queue and message identifiers", Amazon SQS Developer Guide."""


_SEPARATOR = re.compile(r"[/:]")


def _part_of(value: Pattern, part: PartOf) -> Pattern:
    parts = components(str(value)) if _is_arn(value) else None
    if parts is None:
        return value
    found = _SEPARATOR.split(parts[-1])
    wanted = f"${{{part.placeholder}}}"
    for text in part.formats:
        pieces = _SEPARATOR.split(text.split(":", COMPONENTS - 1)[-1])
        if wanted in pieces and len(pieces) == len(found) and all(map(_may_be, pieces, found)):
            return Pattern.parse(found[pieces.index(wanted)])
    return Pattern.parse(found[-1]) if part.is_last else ANY


def _may_be(piece: str, found: str) -> bool:
    """Whether a piece of an ARN format may be this of an ARN."""
    return "${" in piece or Pattern.parse(found).matches(piece)


def _spelled(value: Pattern, spelled: Spelled) -> Pattern:
    parts = components(str(value)) if _is_arn(value) else None
    if parts is not None:
        found = {*_SEPARATOR.split(parts[-1])}
        return next((Pattern.literal(word) for _, word in spelled.words if word in found), ANY)
    if not value.is_literal:
        return ANY
    return next((Pattern.literal(word) for begins, word in spelled.words if _begins(str(value), begins)), ANY)


def _begins(value: str, begins: str) -> bool:
    """Whether a value is a form of a word, longer or shorter: `STATEFUL` of `stateful-rulegroup`."""
    return value.lower().startswith(begins.lower()) or begins.lower().startswith(f"{value.lower()}-")


def _arns_in(value: Pattern, formats: tuple[str, ...]) -> list[Pattern]:
    """Return the value, if it may be an ARN of the formats; if it is not known, what it may be of them."""
    if _is_arn(value):
        return [value] if any(_of_format(text).intersects(value) for text in formats) else []
    return [] if value.is_literal else [_of_format(text) for text in formats]


@cache
def _of_format(text: str) -> Pattern:
    """Every ARN of a format."""
    return Pattern.parse(_PLACEHOLDER.sub("*", text))


_S3_HOST = re.compile(r"s3([.-](dualstack\.)?[a-z0-9-]+)?\.(?P<suffix>[a-z.]+|\*)")
_OF_A_BUCKET = re.compile(r"(?P<bucket>.+?)\.(?P<host>s3[.-].*)")


def object_of(url: Pattern) -> Pattern:
    """Return bucket and key of a URL, path-style or virtual-hosted-style.

    A path stands for what the AWS CLI uploads in its place, `<prefix>/<checksum>.template`. Sources: "Methods for
    accessing an Amazon S3 bucket", Amazon S3 User Guide; `cloudformation package`, AWS CLI Command Reference.
    """
    text = str(url)
    scheme, found, rest = text.partition("://")
    if not found:
        return Pattern.parse("*/*") if "*" in text or "?" in text else Pattern.parse("*/*.template")
    host, _, key = rest.partition("/")
    key = key.partition("${?}")[0]  # a version
    if scheme == "s3":
        return Pattern.parse(f"{host}/{key}")
    if _S3_HOST.fullmatch(host):
        return Pattern.parse(key)
    hosted = _OF_A_BUCKET.fullmatch(host)
    if hosted and _S3_HOST.fullmatch(hosted["host"]):
        return Pattern.parse(f"{hosted['bucket']}/{key}")
    return Pattern.parse(f"*/{key.rpartition('/')[2]}" if "*" in host else "*/*")


def _path_part(value: Pattern, implied: str) -> Pattern:
    if value.is_literal:
        name = str(value).rpartition("/")[2]
        return Pattern(()) if name == implied else Pattern.literal(f"{name}/")
    return ANY if value.matches(implied) or _is_arn(value) else value + Pattern.literal("/")


@cache
def _is_arn(value: Pattern) -> bool:
    """Tell whether the value is meant as an ARN, and is one."""
    return str(value).startswith("arn:") and value.intersects(ARN)


def _without_slash(value: Pattern) -> Pattern:
    match value.tokens:
        case (str() as first, *rest) if first.startswith("/"):
            return Pattern((first[1:], *rest))
        case _:
            return value


_SLASHLESS = frozenset({"ParameterNameWithoutLeadingSlash"})
"""Placeholders that stand for a name without the slash it may begin with."""

EVERYTHING = ArnTemplate("*")
"""For actions without a resource type: IAM grants them on `*` only."""

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_OF_THE_STACK = frozenset({"Partition", "Region", "Account"})
_VAGUE = frozenset({"name", "id", "arn", "key", "with", "path"})
"""Words of a placeholder that say nothing about which property fills it."""
_SYNONYMS = {"object": frozenset({"key"})}

_LOG_GROUP = "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}"


def name_property(schema: TypeSchema) -> str | None:
    """Return the property that names the resource physically, such as `TableName`.

    If it is not set, CloudFormation generates the name. None: AWS assigns an identifier of its own.
    """
    candidates = [
        *schema.primary_identifier,
        *(path for group in schema.additional_identifiers for path in group),
    ]
    for path in candidates:
        if path not in schema.read_only and words(path)[-1:] == ("name",) and _is_own(path, schema):
            return path
    if len(schema.primary_identifier) == 1 and schema.primary_identifier[0] not in schema.read_only:
        return schema.primary_identifier[0]
    fixed = schema.create_only | schema.conditional_create_only
    names = (f"{schema.noun}Name", "Name", *sorted(path for path in fixed if path.endswith("Name")))
    return next((name for name in names if name in fixed and _is_own(name, schema)), None)


def arn_templates(
    schema: TypeSchema, action: Action, triggers: Sequence[str] = (), *, resource_type: str | None = None
) -> tuple[ArnTemplate, ...]:
    """Return the ARNs a call is made on: the resource itself if the action can name it, else what a property names.

    Of several resource types that every request names, a call is made on each.

    Args:
        schema: Of the resource's type.
        action: The call's action.
        triggers: Paths of the properties that cause the call, whose values may name what it is made on.
        resource_type: The name of the resource type meant, if the names alone would mislead.
    """
    kinds = [kind for kind in action.resource_types if resource_type in {None, kind.name}]
    if not kinds or action.name == "CreateServiceLinkedRole":
        return _unlisted(schema, action) or (EVERYTHING,)
    if resource_type is None and action.service == "apigateway" and action.name in _METHODS:
        return _paths(schema, action)
    own = _own_kinds(schema, action, kinds) or _tagged(schema, action)
    if own:
        return _own_templates(schema, own, action)
    required = [kind for kind in kinds if kind.name in action.required]
    families = _families(required or kinds)
    named = [template for family in families for template in _named(schema, action, family, triggers, if_set=False)]
    if named and (required or resource_type is not None or len(families) > 1):
        return tuple(named)
    likely = _own_kind(schema, action, kinds) or _likely_kind(required or kinds, action, triggers)
    if likely is None:
        return (EVERYTHING,)
    return tuple(_filled(schema, action, text, triggers) for text in _fitting(schema, likely.arns))


_ASKS_ON_ARNS = frozenset({"cloudfront"})
"""Services that ask for what makes a resource on all of its kind, where the reference says on `*`.

Public denials are of `cloudfront:CreateOriginAccessControl` on `origin-access-control/*`, and of
`cloudfront:CreateVpcOrigin` on `vpcorigin/*`."""


def _unlisted(schema: TypeSchema, action: Action) -> tuple[ArnTemplate, ...]:
    """Return what a call that makes the resource, or a linked role, is made on, which the reference does not say."""
    if action.name == "CreateServiceLinkedRole":
        named = ArnTemplate(linked_role_arn(schema.type_name))
        of = "ServiceNamespace"
        return (replace(named, fills=((of, PropertyValue(of)),)) if of in named.placeholders else named,)
    makes = action.service in _ASKS_ON_ARNS and action.name.startswith("Create") and not action.reads
    return tuple(ArnTemplate(arn.text) for arn in own_arns(schema.type_name)) if makes else ()


_METHODS = frozenset({"DELETE", "GET", "PATCH", "POST", "PUT"})


def _paths(schema: TypeSchema, action: Action) -> tuple[ArnTemplate, ...]:
    """Return the path that an HTTP method is for: POST makes a member of a collection, others are for the member.

    Source: "Actions, resources, and condition keys for Amazon API Gateway Management", Service Authorization Reference.
    """
    own = own_arns(schema.type_name)
    return tuple(map(collection_of, own)) if action.name == "POST" else own or (EVERYTHING,)


def collection_of(member: ArnTemplate) -> ArnTemplate:
    """Return the collection that a member is made in: `/apis` of `/apis/${ApiId}`."""
    text = member.text.rpartition("/")[0] if member.text.endswith("}") else member.text
    left = ArnTemplate(text).placeholders
    return ArnTemplate(text, tuple(fill for fill in member.fills if fill[0] in left))


def tags_of(member: ArnTemplate) -> ArnTemplate:
    """Return the path under which API Gateway keeps the tags of a resource: its ARN, percent-encoded."""
    head, _, path = member.text.partition("::")
    encoded = head.replace(":", "%3A") + "%3A%3A" + path.replace("/", "%2F")
    return ArnTemplate(f"{head}::/tags/{encoded}", member.fills)


def also_asked_for(schema: TypeSchema, action: Action) -> tuple[tuple[ArnTemplate, bool], ...]:
    """Return the other resources that a call on the resource itself names, and whether it is surely asked for on them.

    A security group is made in a VPC, a delivery from a source to a destination: what a property names is in the
    request. The reference marks the resource types that each request names; of the others, EC2 asks for those that the
    request names ("Resource types defined by Amazon EC2", "Granting required permissions for Amazon EC2 resources").
    """
    own = _own_kinds(schema, action, action.resource_types) or _always_named(action)
    if not own or action.reads or _is_of_tags(action) or action.service == "apigateway":
        return ()
    found: list[tuple[ArnTemplate, bool]] = []
    for family in _families([kind for kind in action.resource_types if kind not in own]):
        required = any(kind.name in action.required for kind in family)
        fixed = [ArnTemplate(text) for kind in family for text in kind.arns if not ArnTemplate(text).placeholders]
        templates = fixed if required and fixed else _named(schema, action, family, (), if_set=True)
        found += [(template, required or action.service == "ec2") for template in templates]
    return tuple(found)


def _always_named(action: Action) -> tuple[ResourceType, ...]:
    """Return the resource types that each request of EC2 names, such as the route table that a subnet is given."""
    named = (kind for kind in action.resource_types if action.service == "ec2" and kind.name in action.required)
    return tuple(named)


def own_arns(type_name: str) -> tuple[ArnTemplate, ...]:
    """Return the ARN of what a type makes: several where the reference has several formats, none where it has none."""
    schema = type_schema(type_name)
    return () if schema is None else _own_templates(schema, own_types(type_name), None)


@cache  # asked for each resource of a type, and for each of its calls
def own_kind(type_name: str, action: str, template: ArnTemplate) -> ResourceType | None:
    """Return which resource type of an action the resource itself is, if the ARN is its own."""
    schema, known = type_schema(type_name), authorization.action(action)
    if schema is None or known is None:
        return None
    own = _own_kinds(schema, known, known.resource_types)
    texts = {each.text for each in _own_templates(schema, own, known)}
    return own[0] if template.text in texts else None


def _own_kinds(schema: TypeSchema, action: Action, kinds: Sequence[ResourceType]) -> tuple[ResourceType, ...]:
    """Return the resource types of an action that the resource itself is."""
    if action.service not in {schema.iam_prefix, service_of(schema)}:
        return ()
    own = {kind.arns for kind in own_types(schema.type_name)}
    return tuple(kind for kind in kinds if kind.arns in own)


def _tagged(schema: TypeSchema, action: Action) -> tuple[ResourceType, ...]:
    """Return what a call that tags is made on, where the reference does not list it among what can be tagged."""
    is_own_service = action.service in {schema.iam_prefix, service_of(schema)}
    return own_types(schema.type_name) if is_own_service and _is_of_tags(action) else ()


def _is_of_tags(action: Action) -> bool:
    return "Tagging" in action.levels or "tag" in words(action.name)


def _families(kinds: Sequence[ResourceType]) -> list[list[ResourceType]]:
    """Resource types that are kinds of one thing, such as `listener/app` and `listener/net`, together."""
    families: dict[str, list[ResourceType]] = {}
    for kind in kinds:
        families.setdefault(_SEPARATOR.split(kind.name)[0], []).append(kind)
    return list(families.values())


def _fitting(schema: TypeSchema, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Of several ARN formats those whose placeholders the type has as properties, if there are any.

    If there are none, those of the parents that it has: a model with a `RestApiId` is not one under `/apis`.
    """
    known = set(schema.properties)
    whole = tuple(text for text in texts if set(ArnTemplate(text).placeholders) <= known)
    if whole or len(texts) == 1:
        return whole or texts
    unknown = {text: len(set(ArnTemplate(text).placeholders[:-1]) - known) for text in texts}
    return tuple(text for text in texts if unknown[text] == min(unknown.values()))


def _own_templates(schema: TypeSchema, kinds: Sequence[ResourceType], action: Action | None) -> tuple[ArnTemplate, ...]:
    texts = _fitting(schema, tuple(dict.fromkeys(text for kind in kinds for text in kind.arns)))
    merged, choices = _merged(texts)
    return tuple(_own_filled(schema, text, choices, action) for text in merged)


_KIND = "Kind"
"""The placeholder for the one word in which ARN formats differ: `app`, `net` or `gwy`."""


def _merged(texts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """ARN formats that differ in one word alone as one format, and the words."""
    pieces = [re.split(r"([/:])", text) for text in texts]
    if len(texts) < 2 or len({len(each) for each in pieces}) > 1:  # noqa: PLR2004
        return texts, ()
    differ = [at for at, column in enumerate(zip(*pieces, strict=True)) if len(set(column)) > 1]
    words_there = [each[differ[0]] for each in pieces] if len(differ) == 1 else []
    if not words_there or any("${" in word for word in words_there):
        return texts, ()
    first = pieces[0]
    return ("".join((*first[: differ[0]], f"${{{_KIND}}}", *first[differ[0] + 1 :])),), tuple(words_there)


def _own_filled(schema: TypeSchema, text: str, choices: tuple[str, ...], action: Action | None) -> ArnTemplate:
    template = ArnTemplate(_precise(text, action, own=True))
    place = _own_place(schema, template.placeholders)
    fills: list[tuple[str, Fill]] = []
    for placeholder in template.placeholders:
        if place is not None and place[0] == placeholder:
            fill: Fill | None = place[1]
        elif placeholder == _KIND and choices:
            fill = _kind_fill(schema, choices)
        else:
            fill = _own_fill(schema, placeholder)
        if fill is not None:
            fills.append((placeholder, fill))
    return ArnTemplate(template.text, tuple(fills))


_CHOOSES = frozenset({"type", "kind", "mode", "scope"})
_SHORT = {"app": "application", "net": "network", "gwy": "gateway"}
"""Words of ARNs that are cut from the property's value: "Resource types defined by AWS Elastic Load Balancing"."""


def _kind_fill(schema: TypeSchema, choices: tuple[str, ...]) -> Fill | None:
    """Return the property that chooses a word of an ARN: an enumeration, or another's ARN, which has the same word."""
    spelled = tuple((_SHORT.get(word, word), word) for word in choices)
    chooses = (path for path in schema.settable if words(path)[-1] in _CHOOSES)
    named = (path for path in schema.settable if words(path)[-1] == "arn")
    path = next(chooses, None) or next(named, None)
    return None if path is None else Spelled(path, spelled)


_SPELLED = {
    # AWS WAF Developer Guide, "Resource types defined by AWS WAF V2": `Scope` in ARNs
    ("wafv2", "Scope"): (("CLOUDFRONT", "global"), ("REGIONAL", "regional")),
}
"""Properties whose values ARNs spell in another way, by service and placeholder."""


def _own_fill(schema: TypeSchema, placeholder: str) -> Fill | None:
    """Return what fills a placeholder of the resource's own ARN that is not its name: a parent's name or id."""
    service = service_of(schema)
    if placeholder == "Path":
        return PropertyValue("Path", default="/")
    if (service, placeholder) in _SPELLED and placeholder in schema.settable:
        return Spelled(placeholder, _SPELLED[service, placeholder])
    formats = _formats_with(service, placeholder)
    if placeholder in schema.settable:
        return PartOf(placeholder, placeholder, formats, is_last=True)
    wanted = _stem(placeholder)
    noun = frozenset(words(schema.noun))
    if not wanted or placeholder in schema.read_only or wanted == noun:
        return None
    parents = _parents(schema, placeholder, wanted)
    path = next((path for path in parents if _stem(path) == wanted or not wanted < noun), None)
    if path is not None:
        return PartOf(path, placeholder, formats, is_last=True)
    through = next((path for path in schema.settable if _leads_to(path, service, placeholder)), None)
    return None if through is None else PartOf(through, placeholder, formats)


def _parents(schema: TypeSchema, placeholder: str, wanted: frozenset[str]) -> Iterator[str]:
    """Yield the properties that hold a parent's name or id, the likeliest first."""
    fixed = schema.create_only | schema.conditional_create_only
    for path in schema.settable:
        if _stem(path) == wanted and not _is_name_for_id(path, placeholder):
            yield path
    for path in schema.settable:
        stem = _stem(path)
        if path in schema.primary_identifier and stem and (stem < wanted or wanted < stem):
            yield path
    for path in schema.settable:
        if path in fixed and _names(path, placeholder, wanted) and _stem(path) & wanted == wanted:
            yield path


def _stem(name: str) -> frozenset[str]:
    """Return the words of a name that tell what it is of: `ClusterName` and `ClusterArn` are of a cluster."""
    return frozenset(words(name)) - _VAGUE


def _is_name_for_id(path: str, placeholder: str) -> bool:
    return words(placeholder)[-1] == "id" and words(path)[-1] == "name"


def _leads_to(path: str, service: str, placeholder: str) -> bool:
    """Whether a property holds the ARN of another resource of the service, whose format has the placeholder."""
    if words(path)[-1] != "arn" or not _stem(path):
        return False
    joined = "".join(word for word in words(path) if word not in _VAGUE)
    return any(
        f"${{{placeholder}}}" in text and "".join(words(_SEPARATOR.split(kind.name)[0])) == joined
        for kind in authorization.resource_types(service)
        for text in kind.arns
    )


@cache
def _formats_with(service: str, placeholder: str) -> tuple[str, ...]:
    """Return the ARN formats of a service that have a placeholder."""
    kinds = authorization.resource_types(service)
    return tuple(text for kind in kinds for text in kind.arns if f"${{{placeholder}}}" in text)


_ANYTHING = frozenset({"resource", "target", "source"})
"""Words of a property that may name things of several kinds."""
_EXACTLY, _NEARLY, _ANY_KIND = 3, 2, 1


def _named(
    schema: TypeSchema, action: Action, family: Sequence[ResourceType], triggers: Sequence[str], *, if_set: bool
) -> list[ArnTemplate]:
    """Return the ARNs of one kind of thing that a property names: by its id, its name or its ARN."""
    is_own_service = action.service in {schema.iam_prefix, service_of(schema)}
    candidates = dict.fromkeys([*triggers, *schema.settable])
    scored = [
        (score, path in triggers, path)
        for path in candidates
        if path != schema.tag_property
        and (score := max(_naming(path, kind, schema) for kind in family))
        and (is_own_service or path in triggers or words(path)[-1] == "arn")
    ]
    if not scored:
        return []
    score, _, path = max(scored, key=lambda each: each[:2])
    texts = _fitting(schema, tuple(dict.fromkeys(text for kind in family for text in kind.arns)))
    if score == _ANY_KIND:
        return [ArnTemplate("${Arn}", (("Arn", ArnIn(path, texts)),))]
    if len(family) > 1 and words(path)[-1] == "arn":
        return [ArnTemplate("${Arn}", (("Arn", ArnIn(path, texts)),))]
    return [_of_property(schema, action, text, path, if_set=if_set) for text in texts]


def _naming(path: str, kind: ResourceType, schema: TypeSchema) -> int:
    """How surely a property names a resource of a kind."""
    last = path.rpartition("/")[2]
    stem = _stem(last)
    joined = "".join(word for word in words(last) if word not in _VAGUE)
    names = {"".join(words(_SEPARATOR.split(kind.name)[0]))}
    placeholders = [ArnTemplate(text).placeholders[-1] for text in kind.arns if ArnTemplate(text).placeholders]
    if any(_abridges(path, placeholder, schema) for placeholder in placeholders):
        return _EXACTLY
    names |= {"".join(word for word in words(placeholder) if word not in _VAGUE) for placeholder in placeholders}
    if joined and joined in names:
        id_for_name = any(_is_name_for_id(last, placeholder) for placeholder in placeholders)
        return 0 if id_for_name else _EXACTLY
    if any(_names(last, placeholder, _stem(placeholder)) for placeholder in placeholders if _stem(placeholder)):
        return _NEARLY
    return _ANY_KIND if words(last)[-1] == "arn" and stem and stem <= _ANYTHING else 0


def _of_property(schema: TypeSchema, action: Action, text: str, path: str, *, if_set: bool) -> ArnTemplate:
    """Return the ARN of what a property names."""
    template = ArnTemplate(_precise(text, action, own=False))
    fills: list[tuple[str, Fill]] = []
    if template.placeholders:
        *before, last = template.placeholders
        for placeholder in before:
            fill = _own_fill(schema, placeholder)
            if fill is not None:
                fills.append((placeholder, fill))
        fills.append((last, PropertyValue(path, if_set=if_set)))
    return ArnTemplate(template.text, tuple(fills))


def _own_kind(schema: TypeSchema, action: Action, kinds: Sequence[ResourceType]) -> ResourceType | None:
    """Return the resource type that the type makes a part of: its words are the end of the type's name, or hold it."""
    if action.service not in {schema.iam_prefix, service_of(schema)}:
        return None
    noun = set(words(schema.noun))
    ranked: list[tuple[int, int, ResourceType]] = []
    for number, kind in enumerate(kinds):
        name = set(words(kind.name)) - {"on", "default"}
        if noun <= name or name <= noun:
            ranked.append((len(noun ^ name), number, kind))
    return min(ranked, default=(0, 0, None), key=lambda rank: rank[:2])[2]


_TELL_APART = 8
"""Resource types of an action of which the first is as good as any, if no name suggests one: kinds of one thing."""


def _likely_kind(kinds: Sequence[ResourceType], action: Action, triggers: Sequence[str]) -> ResourceType | None:
    """Return the resource type that a triggering property's or the action's name suggests, else the first of a few.

    None: there are many, and no name suggests one, as of what `ec2:CreateTags` tags.
    """
    subject = set(words(action.name))
    named = {word for path in triggers for word in words(path)}

    def likeness(kind: ResourceType) -> tuple[bool, int]:
        return set(words(kind.name)) <= subject, len(named & set(words(kind.name)))

    likely = max(kinds, key=likeness)
    return None if len(kinds) > _TELL_APART and likeness(likely) == (False, 0) else likely


def _filled(schema: TypeSchema, action: Action, text: str, triggers: Sequence[str]) -> ArnTemplate:
    template = ArnTemplate(_precise(text, action, own=False))
    is_own_service = action.service in {schema.iam_prefix, service_of(schema)}
    candidates = [*triggers, *schema.settable] if is_own_service else triggers
    fills: list[tuple[str, Fill]] = []
    for placeholder in template.placeholders:
        fill = _fill(schema, placeholder, candidates)
        if fill is not None:
            fills.append((placeholder, fill))
    if not fills and len(triggers) == 1 and len(template.placeholders) == 1:
        (placeholder,) = template.placeholders
        is_named = _names_foreign(triggers[0], placeholder) or _stem(triggers[0]) == frozenset(words(action.name)[1:])
        if triggers[0] != schema.tagging.property and is_named:
            fills = [(placeholder, PropertyValue(triggers[0]))]
    return ArnTemplate(template.text, tuple(fills))


_ASSIGNED = frozenset({"AggregatorId", "DbProxyEndpointId", "DbProxyId", "Id"})
"""Placeholders for identifiers that AWS assigns to what a name identifies too ("Resource types" of AWS Config, Amazon
RDS and Amazon Lightsail, Service Authorization Reference)."""
_IS_NAME = frozenset({"SecretId"})
"""Placeholders that are called identifiers and stand for names."""


def _own_place(schema: TypeSchema, placeholders: tuple[str, ...]) -> tuple[str, OwnName] | None:
    """Return the placeholder that is the resource's own name: the one called so, else the last name, else the last."""
    own_name = name_property(schema)
    if own_name is None or not placeholders:
        return None
    if own_name in placeholders:
        return own_name, OwnName(own_name)
    names = [place for place in placeholders if words(place)[-1] == "name" and place not in schema.properties]
    is_name = words(own_name)[-1] == "name"
    place = names[-1] if is_name and names else placeholders[-1]
    assigned = (
        words(place)[-1] == "id" and is_name and place not in _IS_NAME and not _identifies(own_name, place, schema)
    )
    return None if assigned else (place, OwnName(own_name))


def _identifies(own_name: str, place: str, schema: TypeSchema) -> bool:
    """Whether a name is all that identifies a resource, so that what is called an id in its ARN can but be the name."""
    if schema.primary_identifier != (own_name,) or place in _ASSIGNED or schema.service == "Config":
        return False
    assigned = {path.rpartition("/")[2] for path in schema.read_only}
    return not {"Id", place, f"{schema.noun}Id"} & assigned


def _precise(text: str, action: Action | None, *, own: bool) -> str:
    """Return an ARN format with what the reference leaves out."""
    if text.endswith(":secret:${SecretId}"):
        # Six random characters follow the name ("What's in a Secrets Manager secret?").
        return text + "-??????"
    if text == _LOG_GROUP and action is not None and not _is_about_tags(action):
        # All but the tagging actions are asked for on the form with `:*` (LogGroup, `arn` and `logGroupArn`,
        # Amazon CloudWatch Logs API Reference).
        return text + ":*"
    if text.endswith(":alias/${Alias}") and own:
        return text.replace("alias/${Alias}", "${AliasName}")  # an alias's name begins with `alias/`
    if own and ":iam:" in text:
        # IAM's `role/${RoleNameWithPath}` is two properties, and a path has its own slashes.
        return re.sub(r"/\$\{(\w+)WithPath\}$", r"${Path}${\1}", text)
    return text


def _is_about_tags(action: Action) -> bool:
    return "Tagging" in action.levels or action.name == "ListTagsForResource"


def _fill(schema: TypeSchema, placeholder: str, candidates: Sequence[str]) -> Fill | None:
    if placeholder == "Path":
        return PropertyValue("Path", default="/")
    if placeholder in candidates:
        return PropertyValue(placeholder)
    wanted = frozenset(words(placeholder)) - _VAGUE
    wanted = _SYNONYMS.get(" ".join(wanted), wanted)
    if not wanted or placeholder in schema.read_only:
        return None
    naming = [path for path in candidates if _names(path, placeholder, wanted)]
    abridged = [path for path in candidates if _abridges(path, placeholder, schema)]
    found = [*naming, *abridged]
    return PropertyValue(min(found, key=lambda path: len(_stem(path.rpartition("/")[2]) - wanted))) if found else None


def _names(path: str, placeholder: str, wanted: frozenset[str]) -> bool:
    """Tell whether a property's value is what a placeholder stands for: `RestApiId` is, `ApiKeySource` is not.

    It is what its last word says: `VpcSecurityGroupIds` names no VPC.
    """
    last = words(path.rpartition("/")[2])
    if not wanted <= frozenset(last) or (words(placeholder)[-1] == "id" and last[-1] == "name"):
        return False
    said = [word for word in last if word in wanted or word not in {"arn", "id", "key", "name"}]
    return said[-1] in wanted and (last[-1] in wanted or last[-1] in {"arn", "id", "key", "name"})


def _abridges(path: str, placeholder: str, schema: TypeSchema) -> bool:
    """Tell whether an id's name is the end of a placeholder's, whose beginning the type's name has.

    The `GroupId` of a SecurityGroupIngress is a security group's.
    """
    said, wanted = words(path), words(placeholder)
    left_out = wanted[: -len(said)]
    return (
        len(said) > 1
        and bool(left_out)
        and said[-1] == "id"
        and wanted[-len(said) :] == said
        and {*left_out} <= {*words(schema.noun)}
    )


def _names_foreign(path: str, placeholder: str) -> bool:
    """Tell whether a property that brings another service in names its resource: an ARN, or the same word."""
    wanted = frozenset(words(placeholder)) - (_VAGUE - {"key"}) or frozenset(words(placeholder))
    return words(path)[-1] == "arn" or _names(path, placeholder, wanted)


def _is_own(path: str, schema: TypeSchema) -> bool:
    """Tell whether a property names the resource: `TableName` of a Table, or `Name`, not `ClusterName` of a Service."""
    rest = set(words(path)) - {"name"}
    return rest <= set(words(schema.noun)) | set(words(schema.service))
