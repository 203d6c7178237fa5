"""The ARNs that a call is made on: formats of the service authorization reference, tied to properties."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import chain, product
from typing import TYPE_CHECKING

from leastgrant.iam.arn import ARN
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge import authorization
from leastgrant.knowledge.api_names import iam_action
from leastgrant.knowledge.schema import Handler, type_schema
from leastgrant.knowledge.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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


Fill = OwnName | PropertyValue | PathPart | ObjectOfUrl


@dataclass(frozen=True, slots=True)
class StackPlace:
    """Where a stack is deployed."""

    partition: Pattern
    region: Pattern
    account: Pattern


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
        whole: list[Pattern] = []
        parts: list[list[Pattern]] = []
        for piece in _placed(self.text, place):
            if isinstance(piece, Pattern):
                parts.append([piece])
                continue
            filled = _values(fills.get(piece), own_name, values)
            fill_is_whole = isinstance(fills.get(piece), PropertyValue)
            whole += [value for value in filled if fill_is_whole and _is_arn(value)]
            rest = [value for value in filled if not (fill_is_whole and _is_arn(value))]
            parts.append([_without_slash(value) for value in rest] if piece in _SLASHLESS else rest)
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
    match fill:
        case None:
            return [ANY]
        case OwnName():
            return [own_name]
        case PropertyValue(path, default):
            unset = ANY if default is None else Pattern.literal(default)
            return [unset if value is None else value for value in values(path) or (None,)]
        case ObjectOfUrl(path):
            return [Pattern.parse("*/*") if value is None else object_of(value) for value in values(path) or (None,)]
        case PathPart(path, implied):
            return [Pattern(()) if value is None else _path_part(value, implied) for value in values(path) or (None,)]


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

    Args:
        schema: Of the resource's type.
        action: The call's action.
        triggers: Paths of the properties that cause the call, whose values may name what it is made on.
        resource_type: The name of the resource type meant, if the names alone would mislead.
    """
    kinds = [kind for kind in action.resource_types if resource_type in {None, kind.name}]
    if not kinds:
        return (EVERYTHING,)
    best = _own_kind(schema, action, kinds)
    if best is not None:
        return tuple(_filled(schema, action, text, triggers, own=True) for text in _fitting(schema, best.arns))
    required = [kind for kind in kinds if kind.name in action.required] or kinds
    likely = _likely_kind(required, action, triggers)
    return tuple(_filled(schema, action, text, triggers, own=False) for text in _fitting(schema, likely.arns))


@cache  # asked for each resource of a type, and for each of its calls
def own_kind(type_name: str, action: str, template: ArnTemplate) -> ResourceType | None:
    """Return which resource type of an action the resource itself is, if the ARN is its own."""
    schema, known = type_schema(type_name), authorization.action(action)
    if schema is None or known is None:
        return None
    best = _own_kind(schema, known, known.resource_types)
    texts = () if best is None else (_precise(text, known, own=True) for text in _fitting(schema, best.arns))
    return best if template.text in texts else None


def _fitting(schema: TypeSchema, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the ARN formats whose placeholders the type has as properties; all, if it has none's."""
    known = set(schema.properties)
    return tuple(text for text in texts if set(ArnTemplate(text).placeholders) <= known) or texts


def _own_kind(schema: TypeSchema, action: Action, kinds: Sequence[ResourceType]) -> ResourceType | None:
    """Return the resource type that is the resource: its words are the end of the type's name, or hold it."""
    if action.service != schema.iam_prefix:
        return None
    noun = set(words(schema.noun))
    joined = "".join(words(schema.noun))
    ranked: list[tuple[int, int, ResourceType]] = []
    for number, kind in enumerate(kinds):
        name = set(words(kind.name)) - {"on", "default"}
        if "".join(words(kind.name)) == joined:
            return kind
        if noun <= name or name <= noun:
            ranked.append((len(noun ^ name), number, kind))
    if "tag" in words(action.name):
        deleted = _deleted_kind(schema, kinds)
        if deleted is not None:
            return deleted
    return min(ranked, default=(0, 0, None), key=lambda rank: rank[:2])[2]


def _deleted_kind(schema: TypeSchema, kinds: Iterable[ResourceType]) -> ResourceType | None:
    """Return the resource type of the action that deletes the resource, if that is named like the type.

    What tags is an action for all resource types of a service, and the names of some say little: `subgrp` is a
    DBSubnetGroup.
    """
    for listed in schema.handlers.get(Handler.DELETE, ()):
        known = authorization.action(iam_action(listed) or "")
        if known is None or known.service != schema.iam_prefix or len(known.required) != 1:
            continue
        if known.name.startswith("Delete") and schema.noun.lower().endswith(known.name.removeprefix("Delete").lower()):
            return next((kind for kind in kinds if kind.name in known.required), None)
    return None


def _likely_kind(kinds: Sequence[ResourceType], action: Action, triggers: Sequence[str]) -> ResourceType:
    """Return the resource type that a triggering property's or the action's name suggests, else the first."""
    subject = set(words(action.name))
    named = {word for path in triggers for word in words(path)}

    def likeness(kind: ResourceType) -> tuple[bool, int]:
        return set(words(kind.name)) <= subject, len(named & set(words(kind.name)))

    return max(kinds, key=likeness)


def _filled(schema: TypeSchema, action: Action, text: str, triggers: Sequence[str], *, own: bool) -> ArnTemplate:
    template = ArnTemplate(_precise(text, action, own=own))
    place = _own_place(schema, template.placeholders) if own else None
    candidates = [*triggers, *_settable(schema)] if action.service == schema.iam_prefix else triggers
    fills: list[tuple[str, Fill]] = []
    for placeholder in template.placeholders:
        fill = place[1] if place and place[0] == placeholder else _fill(schema, placeholder, candidates)
        if fill is not None:
            fills.append((placeholder, fill))
    if not own and not fills and len(triggers) == 1 and len(template.placeholders) == 1:
        (placeholder,) = template.placeholders
        if triggers[0] != schema.tagging.property and _names_foreign(triggers[0], placeholder):
            fills = [(placeholder, PropertyValue(triggers[0]))]
    return ArnTemplate(template.text, tuple(fills))


def _own_place(schema: TypeSchema, placeholders: tuple[str, ...]) -> tuple[str, OwnName] | None:
    """Return the placeholder of the resource's own name: the one called so, else the last."""
    own_name = name_property(schema)
    if own_name is None or not placeholders:
        return None
    place = own_name if own_name in placeholders else placeholders[-1]
    # an identifier that AWS assigns is not the name; Secrets Manager's `SecretId` is
    assigned = words(place)[-1] == "id" and words(own_name)[-1] == "name" and place != "SecretId"
    return None if assigned else (place, OwnName(own_name))


def _precise(text: str, action: Action, *, own: bool) -> str:
    """Add to an ARN format what the reference leaves out."""
    if text.endswith(":secret:${SecretId}"):
        # Six random characters follow the name ("What's in a Secrets Manager secret?").
        return text + "-??????"
    if text == _LOG_GROUP and "Tagging" not in action.levels and action.name != "ListTagsForResource":
        # All but the tagging actions are asked for on the form with `:*` (LogGroup, `arn` and `logGroupArn`,
        # Amazon CloudWatch Logs API Reference).
        return text + ":*"
    if action.name == "CreateServiceLinkedRole":
        # "Using service-linked roles", IAM User Guide: they have a path of their own
        return "arn:${Partition}:iam::${Account}:role/aws-service-role/${ServiceName}/${LinkedRoleName}"
    if text.endswith(":alias/${Alias}") and own:
        return text.replace("alias/${Alias}", "${AliasName}")  # an alias's name begins with `alias/`
    if own and action.service == "iam":
        # IAM's `role/${RoleNameWithPath}` is two properties, and a path has its own slashes.
        return re.sub(r"/\$\{(\w+)WithPath\}$", r"${Path}${\1}", text)
    return text


def _fill(schema: TypeSchema, placeholder: str, candidates: Sequence[str]) -> Fill | None:
    if placeholder == "Path":
        return PropertyValue("Path", default="/")
    if placeholder in candidates:
        return PropertyValue(placeholder)
    wanted = frozenset(words(placeholder)) - _VAGUE
    wanted = _SYNONYMS.get(" ".join(wanted), wanted)
    if not wanted or placeholder in schema.read_only:
        return None
    return next((PropertyValue(path) for path in candidates if _names(path, placeholder, wanted)), None)


def _names(path: str, placeholder: str, wanted: frozenset[str]) -> bool:
    """Tell whether a property's value is what a placeholder stands for: `RestApiId` is, `ApiKeySource` is not."""
    last = words(path.rpartition("/")[2])
    if not wanted <= frozenset(last) or (words(placeholder)[-1] == "id" and last[-1] == "name"):
        return False
    return last[-1] in wanted or last[-1] in {"arn", "id", "key", "name"}


def _names_foreign(path: str, placeholder: str) -> bool:
    """Tell whether a property that brings another service in names its resource: an ARN, or the same word."""
    wanted = frozenset(words(placeholder)) - (_VAGUE - {"key"}) or frozenset(words(placeholder))
    return words(path)[-1] == "arn" or _names(path, placeholder, wanted)


def _settable(schema: TypeSchema) -> list[str]:
    return [path for path in schema.properties if "/" not in path and path not in schema.read_only]


def _is_own(path: str, schema: TypeSchema) -> bool:
    """Tell whether a property names the resource: `TableName` of a Table, or `Name`, not `ClusterName` of a Service."""
    rest = set(words(path)) - {"name"}
    return rest <= set(words(schema.noun)) | set(words(schema.service))
