"""Handlers that are data: the calls of a service's API that make, read, change and delete a resource of a type.

A parameter of a call is an expression of JMESPath, the language that botocore's paginators and waiters are written in.
An expression may name

- `p`, the properties; `name`, the physical name; `tags`, all tags by their keys; `env`, with `account`, `partition` and
  `region`;
- `id`, the primary identifier; `made`, what the first call of a creation answered; `there`, what the service answers
  of the resource that is there;
- `it`, the one of `Members` that a call is for; `keys`, of tags that are taken away.

Functions beside JMESPath's own: `text` (an object as JSON), `texts` (each value of an object as text), `pairs` (tags as
a list of `Key` and `Value`), `mapping` (the other way), `last` and `init` (what follows the last separator, and what
comes before), `lower`, `ending` (a text that surely ends so), `filled` (a text with values for its `${names}`) and
`rule` (a rule of a security group as the API has it).

A parameter whose expression gives null is left out. Values are turned into what botocore's model of the call has: a
number that a template writes as text, a member whose name begins with the other case.
"""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

import jmespath  # pyright: ignore[reportMissingTypeStubs]
from botocore import xform_name
from botocore.exceptions import ClientError
from jmespath import functions  # pyright: ignore[reportMissingTypeStubs]
from moto.utilities.utils import get_partition

from leastgrant.template import Physical
from local_aws.cloudformation.handler import ResourceHandler
from local_aws.cloudformation.handlers.errors import failure, none_if, undone_by
from local_aws.cloudformation.handlers.reading import as_written
from local_aws.cloudformation.handlers.tags import TagChange, as_pairs, wanted_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from local_aws.cloudformation.handler import Properties, Tags

Names = dict[str, Any]
"""What expressions may name."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a service's API."""

    operation: str
    """Such as `CreateQueue`."""
    parameters: Mapping[str, str]
    """By name, each an expression."""
    when: str | None = None
    """An expression; the call is made only where it gives something. None: always."""
    on: str | None = None
    """An expression; an update makes the call where its value has changed, too."""


@dataclass(frozen=True, slots=True)
class Members:
    """What a resource has several of, each put by a call of its own: rules, attachments."""

    of: str
    """Gives the list of them."""
    add: Call
    remove: Call | None
    """Its parameters tell one from another. None: the handler removes them itself."""
    outlive: bool = False
    """They do not end with the resource: each is removed before it is deleted."""


@dataclass(frozen=True, slots=True)
class Tagging:
    """How a resource that is there is tagged."""

    read: Call
    found: str
    """Gives the tags by key, of the answer of `read`."""
    add: Call
    remove: Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What a type is in a service's API."""

    service: str
    """boto3's name of it."""
    create: tuple[Call, ...] = ()
    """The first makes the resource."""
    made_id: Mapping[str, str]
    """The primary identifier of what was made, by property."""
    read: Call | None
    """Reads the resource with an identifier; None: it is no thing of its own, and is there as long as its stack."""
    found: str
    """Gives `there`, of the answer of `read`; null: there is no such resource."""
    also_read: Mapping[str, tuple[Call, str]] = field(default_factory=dict[str, "tuple[Call, str]"])
    """What is read of it by other calls, under further names in `there`."""
    missing: tuple[str, ...]
    """The codes of errors that say so."""
    update: tuple[Call, ...] = ()
    """Each is made if its parameters have changed."""
    delete: tuple[Call, ...] = ()
    members: tuple[Members, ...] = ()
    tagging: Tagging | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What an update sets a property to that is taken away."""
    overwrites: str | None = None
    """The creation would overwrite what has the identifier that this gives; CloudFormation refuses that."""
    name: str
    """Gives the physical name, of what is there."""
    ref: str
    arn: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    """What `Fn::GetAtt` gives, by attribute."""

    def calls(self) -> Iterator[Call]:
        """Yield each call that takes properties."""
        yield from (*self.create, *self.update)
        for one in self.members:
            yield from (one.add, *([one.remove] if one.remove else []))


def same(*names: str, **others: str) -> dict[str, str]:
    """Return the parameters that are properties of the same name, and others."""
    return {**{name: f"p.{name}" for name in names}, **others}


def texts(*names: str, **others: str) -> str:
    """Write the expression of an object of properties, as text, under the same name; and of others."""
    return f"texts({{{', '.join(f'{name}: {value}' for name, value in same(*names, **others).items())}}})"


class ApiHandler(ResourceHandler):
    """A handler that makes the calls of its `api`."""

    api: ClassVar[Api]
    also_modelled: ClassVar[tuple[str, ...]] = ()
    """Properties that no expression names, and that are heeded all the same."""

    def __init_subclass__(cls) -> None:
        """Take as modelled what the expressions name."""
        expressions = [
            cls.api.name,
            *(one.of for one in cls.api.members),
            *(text for call in cls.api.calls() for text in (*call.parameters.values(), call.when or "", call.on or "")),
        ]
        named = [name for text in expressions for name in _PROPERTY.findall(text)]
        tags = ["Tags"] if cls.api.tagging else []
        cls.modelled = dict.fromkeys(sorted({*named, *tags, *cls.also_modelled}))

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make the resource by the first call, and whatever else it has by the others."""
        names = self._names(properties, name=name, tags=wanted_tags(self.type_name, properties, tags))
        self._refuse_overwriting(names)
        first, *others = self.api.create or (None,)
        made = None if first is None else self._called(first, names)
        names |= {"made": made}
        names |= {"id": {key: _search(text, names) for key, text in self.api.made_id.items()}}
        with undone_by(lambda: self._delete(names)) if first else nullcontext():
            for call in others:
                self._called(call, names)
            self._change_members({**names, "p": {}}, names)
        return self._physical(names, self._read(names))

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Make each call whose parameters have changed."""
        old = self._there(physical, {**self.api.defaults, **before})
        new = self._there(physical, {**self.api.defaults, **after})
        wanted = wanted_tags(self.type_name, after, tags)
        for call in self.api.update:
            if _decides(call, old) != _decides(call, new):
                self._called(call, new)
        self._change_members(old, new)
        self._tag(new, wanted)
        return self._physical(new, self._read(new))

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Remove the resource; first what would outlive it."""
        self._delete(self._there(physical, properties))

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the resource with this primary identifier."""
        names = self._names({}, id=dict(identifier))
        there = self._read(names)
        return None if there is None else self._physical(names, there)

    def live(self, physical: Physical, properties: Properties) -> Properties | None:
        """Return what the service tells under the names of properties: single values, lists of them, and documents."""
        if self.api.read is None:
            return super().live(physical, properties)
        there = self._there(physical, properties)["there"]
        if there is None:
            return None
        told = {str(name).lower(): value for name, value in there.items()}
        found = {name: as_written(value, told.get(name.lower())) for name, value in properties.items()}
        return {name: value for name, value in found.items() if value is not None}

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return the primary identifier, if it is made of properties alone."""
        given = {name: properties.get(name) for name in self.api.made_id}
        return None if None in given.values() else {name: str(value) for name, value in given.items()}

    def tags(self, physical: Physical) -> dict[str, str]:
        """Return the tags of a resource that is there."""
        return self._tags(self._there(physical, {}))

    def _names(self, properties: Properties, **others: Any) -> Names:
        services = self.services
        env = {"account": services.account, "partition": get_partition(services.region), "region": services.region}
        return {"p": dict(properties), "env": env, **others}

    def _there(self, physical: Physical, properties: Properties) -> Names:
        identifier = {name: physical.attributes[name] for name in self.api.made_id}
        names = self._names(properties, name=physical.name, id=identifier)
        return {**names, "there": self._read(names)}

    def _refuse_overwriting(self, names: Names) -> None:
        if self.api.overwrites is None:
            return
        (key,) = self.api.made_id
        taken = _search(self.api.overwrites, names)
        if self._read({**names, "id": {key: taken}}) is not None:
            message = f"Resource of type '{self.type_name}' with identifier '{taken}' already exists."
            raise failure(self.api.create[0].operation, "ResourceAlreadyExistsException", message)

    def _read(self, names: Names) -> Any:
        if self.api.read is None:
            return {}
        try:
            there = _search(self.api.found, self._called(self.api.read, names))
        except ClientError as error:
            return none_if(error, *self.api.missing)
        if there is None or not self.api.also_read:
            return there
        others = {name: _search(text, self._called(call, names)) for name, (call, text) in self.api.also_read.items()}
        return {**there, **others}

    def _delete(self, names: Names) -> None:
        try:
            for one in self.api.members:
                for removed in _members(one, names).values() if one.outlive else ():
                    self._remove(one, removed)
            for call in self.api.delete:
                self._called(call, names)
        except ClientError as error:
            none_if(error, *self.api.missing)

    def _change_members(self, before: Names, after: Names) -> None:
        for one in self.api.members:
            old, new = _members(one, before), _members(one, after)
            for key, removed in old.items():
                if key not in new:
                    self._remove(one, removed)
            for key, added in new.items():
                if key not in old or old[key].add != added.add:
                    self._called_with(one.add.operation, added.add)

    def _remove(self, members: Members, removed: _Member) -> None:
        if members.remove is not None:
            self._called_with(members.remove.operation, removed.remove)

    def _tags(self, names: Names) -> dict[str, str]:
        tagging = self.api.tagging
        return {} if tagging is None else _search(tagging.found, self._called(tagging.read, names)) or {}

    def _tag(self, names: Names, wanted: Tags) -> None:
        tagging = self.api.tagging
        if tagging is None:
            return
        change = TagChange.between(self._tags(names), wanted)
        if change.removed:
            self._called(tagging.remove, {**names, "keys": change.removed})
        if change.added:
            self._called(tagging.add, {**names, "tags": change.added})

    def _physical(self, names: Names, there: Any) -> Physical:
        known = {**names, "there": there}
        api = self.api
        values = {name: _search(text, known) for name, text in api.attributes.items()}
        values |= {name: value for name, value in known["id"].items() if name in api.made_id}
        attributes = {name: str(value) for name, value in values.items() if value is not None}
        arn = None if api.arn is None else str(_search(api.arn, known))
        return Physical(str(_search(api.name, known)), str(_search(api.ref, known)), arn, attributes)

    def _called(self, call: Call, names: Names) -> Any:
        if call.when is not None and not _search(call.when, names):
            return None
        return self._called_with(call.operation, _parameters(call, names))

    def _called_with(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        client = self.services.client(self.api.service)
        shape: Any = client.meta.service_model.operation_model(operation).input_shape
        return getattr(client, xform_name(operation))(**(_typed(shape, parameters) if shape else {}))


@dataclass(frozen=True, slots=True)
class _Member:
    """What a member is added and removed with."""

    add: Mapping[str, Any]
    remove: Mapping[str, Any]


def _members(members: Members, names: Names) -> dict[str, _Member]:
    """Return the members, by what tells them apart."""
    found: dict[str, _Member] = {}
    for it in _search(members.of, names) or ():
        of_it = {**names, "it": it}
        one = _Member(_parameters(members.add, of_it), _parameters(members.remove or members.add, of_it))
        found[json.dumps(one.remove, sort_keys=True)] = one
    return found


def _decides(call: Call, names: Names) -> tuple[dict[str, Any], Any]:
    """Return what has changed if an update makes a call."""
    return _parameters(call, names), None if call.on is None else _search(call.on, names)


def _parameters(call: Call, names: Names) -> dict[str, Any]:
    found = {parameter: _search(text, names) for parameter, text in call.parameters.items()}
    return {parameter: value for parameter, value in found.items() if value is not None}


def _search(text: str, names: Any) -> Any:
    return _compiled(text).search(names, _OPTIONS)


@cache
def _compiled(text: str) -> Any:
    return cast("Any", jmespath).compile(text)


_PROPERTY: Final = re.compile(r"\bp\.(\w+)")


def _typed(shape: Any, value: Any) -> Any:
    """Turn a value into what a call's model has, as CloudFormation does by the type's schema; nulls are left out."""
    match shape.type_name, value:
        case "structure", dict():
            return _structure(shape, cast("dict[str, Any]", value))
        case "list", list():
            return [_typed(shape.member, one) for one in cast("list[Any]", value)]
        case "map", dict():
            return {name: _typed(shape.value, one) for name, one in cast("dict[str, Any]", value).items()}
        case _:
            return _scalar(shape.type_name, value)


def _structure(shape: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    by_lower_case = {name.lower(): name for name in shape.members}
    found: dict[str, Any] = {}
    for written, value in given.items():
        name = written if written in shape.members else by_lower_case.get(written.lower(), written)
        if value is not None:
            found[name] = _typed(shape.members[name], value) if name in shape.members else value
    return found


def _scalar(kind: str, value: Any) -> Any:
    match kind, value:
        case (("integer" | "long"), str()) if re.fullmatch(r"-?\d+", value):
            return int(value)
        case (("float" | "double"), str() | int()):
            return float(value)
        case "boolean", str() if value.lower() in ("true", "false"):
            return value.lower() == "true"
        case "string", bool() | int() | float() | dict() | list():
            return json.dumps(value)
        case _:
            return value


def _text(value: object) -> str:
    """Write a value as text: as JSON, unless it is text."""
    return value if isinstance(value, str) else json.dumps(value)


class _Functions(functions.Functions):
    """The functions that expressions have beside JMESPath's own."""

    # the names are JMESPath's convention: `_func_pairs` is `pairs`

    @functions.signature({"types": ["object", "array", "string", "number", "boolean", "null"]})
    def _func_text(self, value: Any) -> str | None:
        return None if value is None else _text(value)

    @functions.signature({"types": ["object"]})
    def _func_texts(self, values: dict[str, Any]) -> dict[str, str]:
        return {name: _text(value) for name, value in values.items() if value is not None}

    @functions.signature({"types": ["object", "null"]})
    def _func_pairs(self, tags: dict[str, str] | None) -> list[dict[str, str]]:
        return as_pairs(tags or {})

    @functions.signature({"types": ["array", "null"]})
    def _func_mapping(self, pairs: list[dict[str, str]] | None) -> dict[str, str]:
        lowered: Iterable[dict[str, str]] = ({k.lower(): v for k, v in pair.items()} for pair in pairs or ())
        return {
            pair.get("key", pair.get("tagkey", "")): pair.get("value", pair.get("tagvalue", "")) for pair in lowered
        }

    @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})
    def _func_last(self, value: str | None, separator: str) -> str | None:
        return value and value.rpartition(separator)[2]

    @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})
    def _func_init(self, value: str | None, separator: str) -> str | None:
        return value and value.rpartition(separator)[0]

    @functions.signature({"types": ["string", "null"]}, {"types": ["object", "null"]})
    def _func_filled(self, text: str | None, values: dict[str, Any] | None) -> str | None:
        for name, value in (values or {}).items():
            text = text and text.replace(f"${{{name}}}", _text(value))
        return text

    @functions.signature({"types": ["string"]})
    def _func_lower(self, value: str) -> str:
        return value.lower()

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_ending(self, value: str, end: str) -> str:
        return value if value.endswith(end) else value + end

    @functions.signature({"types": ["object"]})
    def _func_rule(self, rule: dict[str, Any]) -> dict[str, Any]:
        return _security_group_rule(rule)


def _security_group_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Write a rule of `AWS::EC2::SecurityGroup` as EC2's `IpPermission`, which can have several sources."""
    ends = {name: int(rule[name]) for name in ("FromPort", "ToPort") if name in rule}
    described = {name: rule[name] for name in ("Description",) if name in rule}
    groups = {
        "GroupId": next((rule[n] for n in ("SourceSecurityGroupId", "DestinationSecurityGroupId") if n in rule), None),
        "GroupName": rule.get("SourceSecurityGroupName"),
        "UserId": rule.get("SourceSecurityGroupOwnerId"),
    }
    prefixes = {rule[n] for n in ("SourcePrefixListId", "DestinationPrefixListId") if n in rule}
    group = {name: value for name, value in groups.items() if value is not None}
    return {
        "IpProtocol": str(rule["IpProtocol"]),
        **ends,
        **({"IpRanges": [{"CidrIp": rule["CidrIp"], **described}]} if "CidrIp" in rule else {}),
        **({"Ipv6Ranges": [{"CidrIpv6": rule["CidrIpv6"], **described}]} if "CidrIpv6" in rule else {}),
        **({"UserIdGroupPairs": [{**group, **described}]} if group else {}),
        **({"PrefixListIds": [{"PrefixListId": one, **described} for one in prefixes]} if prefixes else {}),
    }


_OPTIONS: Final[Any] = cast("Any", jmespath).Options(custom_functions=_Functions())
