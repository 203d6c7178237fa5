"""A stand-in for a type that no service is behind: the resource is remembered, and nothing is made.

What CloudFormation does is the same: it asks for the calls of the type's handlers, holds the properties against the
schema, and learns what `Ref` and `Fn::GetAtt` give. Those are made up as leastgrant says that the service makes them:
what it knows of a name or an ARN is in them, and where it knows no more one identifier stands, which is the same in
all values of a resource.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from leastgrant import Environment, parse, resolve
from leastgrant.iam import ANY, Pattern, Wildcard
from leastgrant.knowledge import UnknownType, definition, known_calls, type_schema
from leastgrant.template import Physical
from local_aws.cloudformation.handler import Fidelity, NotModelled, ResourceHandler
from local_aws.cloudformation.handlers.errors import failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant.knowledge import TypeSchema
    from local_aws.cloudformation.handler import Modelled, Properties, Services, Tags

_DIGITS: Final = 17
"""Hexadecimal, of an identifier, as EC2's have."""


class StandIn(ResourceHandler):
    """The handler of one type of the registry, for which nothing is made."""

    fidelity = Fidelity.STOOD_IN
    schema: ClassVar[TypeSchema]

    def __init__(self, services: Services) -> None:
        """Remember nothing yet."""
        super().__init__(services)
        self._there: dict[str, Physical] = services.stood_in.setdefault(self.type_name, {})

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Remember a resource.

        Raises:
            ClientError: there is one with its identifier.
        """
        del tags
        physical = self._made_up(name, properties)
        if _key(self._identifier(physical)) in self._there:
            message = f"Resource of type '{self.type_name}' with identifier '{physical.ref}' already exists."
            raise failure("Create", "ResourceAlreadyExistsException", message)
        self._there[_key(self._identifier(physical))] = physical
        return physical

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Do nothing: what is made up does not follow from what can be changed in place."""
        del before, after, tags
        return physical

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Forget it."""
        del properties
        self._there.pop(_key(self._identifier(physical)), None)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find what was made here, and outlived its stack."""
        return self._there.get(_key(identifier))

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return the primary identifier, if it is made of properties alone."""
        given = {path: properties.get(path) for path in self.schema.primary_identifier}
        return None if None in given.values() else {path: str(value) for path, value in given.items()}

    def _identifier(self, physical: Physical) -> dict[str, str]:
        return {path: physical.attributes[_dotted(path)] for path in self.schema.primary_identifier}

    def _made_up(self, name: str, properties: Properties) -> Physical:
        """Make up what the service would tell of a new resource."""
        made_up = _MadeUp(name)
        paths = attribute_paths(self.schema)
        scalars = {key: value for key, value in properties.items() if isinstance(value, str | int | float | bool)}
        body = {
            "Resources": {"It": {"Type": self.type_name, "Properties": scalars}},
            "Outputs": {
                f"At{number}": {"Value": {"Fn::GetAtt": ["It", _dotted(path)]}} for number, path in enumerate(paths)
            },
        }
        environment = Environment("aws", self.services.region, self.services.account, "stack")
        resolved = resolve(parse(json.dumps(body), "a stand-in"), environment, {}, {"It": Physical(name)})
        it = resolved.resource("It")
        arn = made_up.text(it.arns[0]) if it.arns[0] != ANY else self._arn(made_up.identifier)
        attributes: dict[str, str] = {}
        for path, value in zip(paths, resolved.outputs.values(), strict=True):
            known = value if isinstance(value, Pattern) and value != ANY else None
            attributes[_dotted(path)] = (
                made_up.text(known) if known is not None else self._value(path, arn, made_up.identifier)
            )
        for path in self.schema.primary_identifier:
            attributes.setdefault(_dotted(path), str(properties.get(path, name)))
        ref = made_up.text(it.refs[0]) if it.refs[0] != ANY else self._ref(attributes)
        return Physical(name, ref, arn, attributes)

    def _ref(self, attributes: Mapping[str, str]) -> str:
        """Join the primary identifier, as `Ref` does ("Ref", AWS CloudFormation Template Reference)."""
        return "|".join(attributes[_dotted(path)] for path in self.schema.primary_identifier)

    def _arn(self, identifier: str) -> str:
        services, noun = self.services, self.schema.noun.lower()
        return f"arn:aws:{self.schema.iam_prefix}:{services.region}:{services.account}:{noun}/{identifier}"

    def _value(self, path: str, arn: str, identifier: str) -> str:
        name = path.rpartition("/")[2]
        match _kind(self.type_name, path):
            case "integer" | "number":
                return "1"
            case "boolean":
                return "false"
            case _ if name.lower().endswith("arn"):
                return arn
            case _ if name.lower().endswith(("url", "uri", "endpoint")):
                return f"https://{identifier}.{self.schema.iam_prefix}.{self.services.region}.amazonaws.com"
            case _ if name.lower().endswith(("domainname", "dnsname", "address", "hostname")):
                return f"{identifier}.{self.schema.iam_prefix}.{self.services.region}.amazonaws.com"
            case _:
                return identifier


def attribute_paths(schema: TypeSchema) -> tuple[str, ...]:
    """Return the read-only properties of a type that are no lists or objects, which `Fn::GetAtt` gives as text."""
    return tuple(path for path in sorted(schema.read_only) if _kind(schema.type_name, path) not in ("array", "object"))


def _kind(type_name: str, path: str) -> str:
    """Return the JSON type of a property."""
    found = cast("dict[str, Any]", definition(type_name) or {})
    definitions: dict[str, Any] = found.get("definitions", {})
    node = found
    for part in path.split("/"):
        node = definitions.get(node.get("$ref", ""), node)
        node = node.get("properties", {}).get(part, {})
    node = definitions.get(node.get("$ref", ""), node)
    kinds = node.get("type", "object" if "properties" in node else "string")
    return kinds if isinstance(kinds, str) else next(iter(kinds), "string")


class _MadeUp:
    """The values of one resource."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.identifier = secrets.token_hex(_DIGITS // 2 + 1)[:_DIGITS]

    def text(self, pattern: Pattern) -> str:
        """Return a text that fits a pattern."""
        return "".join(self._tokens(pattern))

    def _tokens(self, pattern: Pattern) -> Iterator[str]:
        for number, token in enumerate(pattern.tokens):
            if isinstance(token, str):
                yield token
            elif token in (Wildcard.ANY, Wildcard.WITHIN):
                yield self.identifier
            else:
                yield self.identifier[number % _DIGITS]


def _dotted(path: str) -> str:
    """Write the path of a property as `Fn::GetAtt` has it."""
    return path.replace("/", ".")


def _key(identifier: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(identifier.items())))


def stand_in(type_name: str) -> type[StandIn]:
    """Return the stand-in of a type.

    Raises:
        NotModelled: the registry data has no such type.
    """
    schema = type_schema(type_name)
    if schema is None:
        raise NotModelled(f"no handler for {type_name}, which is not among the types of the registry")
    unknown = isinstance(known_calls(type_name), UnknownType)
    modelled: Modelled = dict.fromkeys(schema.settable)
    members = {
        "type_name": type_name,
        "modelled": modelled,
        "schema": schema,
        "fidelity": Fidelity.UNASKED if unknown else Fidelity.STOOD_IN,
    }
    return type(f"StandIn[{type_name}]", (StandIn,), members)
