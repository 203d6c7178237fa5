"""What a resource type's handler does: it makes, changes, finds and removes one resource, through moto's services.

Whether the deployment's caller may is no concern of a handler: `deployment` asks leastgrant's knowledge before it lets
one act. A handler raises `botocore.exceptions.ClientError` as the service does, and `NotModelled` for a property that
it would have to leave out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    import boto3

    from leastgrant.template import Physical

Properties: TypeAlias = Mapping[str, Any]
"""A resource's properties, every function in them resolved."""
Tags: TypeAlias = Mapping[str, str]


class NotModelled(Exception):  # noqa: N818  (nothing is wrong: the emulator's limit is reached)
    """Something that the emulator cannot do; in one line."""


@dataclass(frozen=True)
class Services:
    """The services that handlers call, and where they are."""

    account: str
    region: str
    session: boto3.Session
    function_url: Callable[[str], str]
    """The URL of a function, by its name."""
    _clients: dict[str, Any] = field(default_factory=dict[str, Any])

    def client(self, service: str) -> Any:
        """The boto3 client of a service, made once."""
        if service not in self._clients:
            self._clients[service] = cast("Any", self.session).client(service)
        return self._clients[service]


class Handler(ABC):
    """The handler of one resource type."""

    type_name: ClassVar[str]
    modelled: ClassVar[frozenset[str]]
    """The properties that it knows what to do with; with any other a deployment is refused."""

    def __init__(self, services: Services) -> None:
        """`services` are called without asking whether the deployment's caller may."""
        self.services = services

    @abstractmethod
    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make a resource.

        Args:
            name: Its physical name: the one that the properties give, or else one made up by CloudFormation.
            properties: As of the template.
            tags: What CloudFormation adds to the template's tags: the stack's and its own `aws:cloudformation:*`.
        """

    @abstractmethod
    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change a resource in place, from one set of properties to another; none of them would replace it."""

    @abstractmethod
    def delete(self, physical: Physical) -> None:
        """Remove a resource; nothing happens if it is gone."""

    @abstractmethod
    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """The resource with this primary identifier (`ResourceIdentifier` of an import), if there is one."""

    @abstractmethod
    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """The primary identifier that the properties give; None if CloudFormation makes it up."""


def only(known: str, properties: Properties, where: str) -> Properties:
    """The properties, which are no others than those that are known, separated by blanks.

    Raises:
        NotModelled: there is another.
    """
    others = sorted(properties.keys() - set(known.split()))
    if others:
        raise NotModelled(f"the property {where}/{others[0]}")
    return properties


def all_tags(properties: Properties, tags: Tags) -> dict[str, str]:
    """The template's tags with those that CloudFormation adds."""
    return {**{tag["Key"]: tag["Value"] for tag in properties.get("Tags", ())}, **tags}


def already_exists(operation: str, code: str, message: str) -> ClientError:
    """What a service answers where moto would overwrite what is there."""
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 409}}
    return ClientError(response, operation)
