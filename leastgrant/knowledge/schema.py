"""The provider schemas of CloudFormation's registry: which IAM actions each type's handlers list.

Source: the provider schemas in the PyPI packages `c7n-awscc` and `cfn-lint`, condensed into `data/types.jsonl` by
`leastgrant.knowledge.generate`. The lists name every call a handler may make for any property, so they
are an upper bound, with gaps; `leastgrant.knowledge.linked_calls` makes them precise.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HELPING_SERVICES = frozenset({"ec2", "iam", "kms", "logs", "s3", "secretsmanager", "sns", "sqs", "ssm"})
"""Services whose actions turn up in other services' handlers, and that have a name of their own there."""

DATA_FILE = Path(__file__).parent / "data" / "types.jsonl"


class Handler(Enum):
    """A handler of a resource type, in CloudFormation's terms."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    LIST = "list"


OPERATIONS = tuple(operation.value for operation in Handler)


@dataclass(frozen=True, slots=True)
class DataSource:
    """A package that schemas are from."""

    package: str
    version: str
    licence: str
    """SPDX expression."""
    date: str
    """The day its schemas are of, such as `2026-10-20`; where the package does not say it, of its release."""
    newest: bool = True
    """No other source has later schemas."""

    def __str__(self) -> str:
        """Package and version, as cited in findings; of an older source, that it is one."""
        return f"{self.package} {self.version}" + ("" if self.newest else f", only of {self.date}")


@dataclass(frozen=True, slots=True)
class DataVersion:
    """Where the data comes from."""

    sources: tuple[DataSource, ...]
    """The newest first."""
    types: int

    def __str__(self) -> str:
        """Return the sources, as cited in findings."""
        return " and ".join(f"{source.package} {source.version}" for source in self.sources)


@dataclass(frozen=True, slots=True)
class Tagging:
    """How a type is tagged."""

    taggable: bool = False
    system_tags: bool = False
    """CloudFormation adds its `aws:cloudformation:*` tags to every resource of the type."""
    property: str | None = None
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TypeSchema:
    """A type's provider schema. Property paths are written `Targets/RoleArn`, lists left out."""

    type_name: str
    source: DataSource
    """The package that its schema is from."""
    handlers: Mapping[Handler, tuple[str, ...]]
    """The IAM actions each handler lists; empty where AWS publishes none."""
    tagging: Tagging
    primary_identifier: tuple[str, ...]
    additional_identifiers: tuple[tuple[str, ...], ...]
    create_only: frozenset[str]
    """Properties whose change replaces the resource."""
    conditional_create_only: frozenset[str]
    read_only: frozenset[str]
    """Properties that only `Fn::GetAtt` and `Ref` can read."""
    required: frozenset[str]
    """Properties that every resource of the type sets, of the first level."""
    iam_prefix: str
    """The prefix of the service's own actions: `states` of `AWS::StepFunctions::StateMachine`."""
    properties: tuple[str, ...]
    """Paths of all properties down to the fourth level, each before those under it."""

    @property
    def tag_property(self) -> str | None:
        """The path of the property that holds the resource's tags."""
        return self.tagging.property or ("Tags" if "Tags" in self.properties else None)

    @property
    def settable(self) -> tuple[str, ...]:
        """The properties that a template sets, without those under them."""
        return tuple(path for path in self.properties if "/" not in path and path not in self.read_only)

    @property
    def service(self) -> str:
        """The middle of the type's name: `Events` of `AWS::Events::Rule`."""
        return self.type_name.split("::")[1]

    @property
    def noun(self) -> str:
        """The end of the type's name: `Rule` of `AWS::Events::Rule`."""
        return self.type_name.rpartition("::")[2]


def type_schema(type_name: str) -> TypeSchema | None:
    """Return the schema of a type, or None if the registry data has no such type."""
    return _type_schema(type_name)


@cache
def data_version() -> DataVersion:
    """Return the packages and versions that the data was generated from."""
    header = json.loads(_data()[: _data().index(b"\n")])
    sources = (DataSource(**source, newest=number == 0) for number, source in enumerate(header["sources"]))
    return DataVersion(tuple(sources), header["types"])


def type_names() -> tuple[str, ...]:
    """List every type in the data, sorted. Reads the whole file."""
    return tuple(str(json.loads(line)["type"]) for line in _data().splitlines()[1:])


@cache
def nouns(service: str) -> frozenset[str]:
    """Return the ends of the names of a service's types, which stand together: `Rule` of `AWS::Events::Rule`."""
    head = b'\n{"type":"AWS::' + service.encode() + b"::"
    found: set[str] = set()
    at = _data().find(head)
    while at >= 0 and _data().startswith(head, at):
        start = at + len(head)
        found.add(_data()[start : _data().index(b'"', start)].decode())
        at = _data().find(b"\n", start)
    return frozenset(found)


@cache
def is_listed(action: str) -> bool:
    """Tell whether any type's schema lists an action, in any case of letters."""
    return json.dumps(action).lower().encode() in _lowered()


@cache
def _lowered() -> bytes:
    return _data().lower()


@cache
def _data() -> bytes:
    return DATA_FILE.read_bytes()


@cache
def _type_schema(type_name: str) -> TypeSchema | None:
    # One search through the bytes is faster than an index that would have to be parsed first.
    start = _data().find(b'\n{"type":' + json.dumps(type_name).encode() + b",")
    if start < 0:
        return None
    return _parse(json.loads(_data()[start + 1 : _data().index(b"\n", start + 1)]))


def _parse(line: dict[str, Any]) -> TypeSchema:
    tagging: dict[str, Any] = line.get("tagging", {})
    handlers: dict[str, list[str]] = line.get("handlers", {})
    number: int = line.get("source", 0)
    return TypeSchema(
        type_name=line["type"],
        source=data_version().sources[number],
        handlers=MappingProxyType({Handler(name): tuple(actions) for name, actions in handlers.items()}),
        tagging=Tagging(
            taggable=tagging.get("taggable", False),
            system_tags=tagging.get("cloudFormationSystemTags", False),
            property=tagging.get("tagProperty"),
            permissions=frozenset(tagging.get("permissions", ())),
        ),
        primary_identifier=tuple(line.get("primaryIdentifier", ())),
        additional_identifiers=tuple(tuple(group) for group in line.get("additionalIdentifiers", ())),
        create_only=frozenset(line.get("createOnlyProperties", ())),
        conditional_create_only=frozenset(line.get("conditionalCreateOnlyProperties", ())),
        read_only=frozenset(line.get("readOnlyProperties", ())),
        required=frozenset(line.get("required", ())),
        iam_prefix=_iam_prefix(line["type"].split("::")[1].lower(), handlers),
        properties=tuple(_paths(line.get("properties", ""))),
    )


def _iam_prefix(service: str, handlers: dict[str, list[str]]) -> str:
    """Return the prefix that is the service's name, or begins like it, else the one that its handlers use most."""
    listed = [*handlers.get("delete", ()), *handlers.get("create", ())]
    prefixes = Counter(action.partition(":")[0].lower() for action in listed)  # some write `EC2:`
    own = {prefix: count for prefix, count in prefixes.items() if prefix not in _HELPING_SERVICES}

    def likeness(prefix: str) -> tuple[bool, bool, int]:
        name = prefix.replace("-", "")
        akin = name.startswith(service) or service.startswith(name)
        return name == service, akin, own.get(prefix, 0)

    return max(prefixes, key=likeness, default=service)


def _paths(text: str) -> Iterator[str]:
    """Yield the paths of `Name Targets(Arn RoleArn)`: Name, Targets, Targets/Arn, Targets/RoleArn."""
    parents: list[str] = []
    name = ""
    for word in text.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            parents.append(name)
        elif word == ")":
            parents.pop()
        else:
            name = word
            yield "/".join([*parents, name])
