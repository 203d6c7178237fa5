"""What a resource type's handler does: it makes, changes, finds and removes one resource, through moto's services.

Whether the deployment's caller may is no concern of a handler: leastgrant's knowledge is asked before one acts. A
handler raises `botocore.exceptions.ClientError` as the service does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from local_aws.custom_resources import CustomResourceAnswers

if TYPE_CHECKING:
    import boto3

    from leastgrant.template import Physical

Properties: TypeAlias = Mapping[str, Any]
"""A resource's properties, every function in them resolved."""
Tags: TypeAlias = Mapping[str, str]
Modelled: TypeAlias = Mapping[str, "Modelled | None"]
"""Names of properties, each with those under it (of a list: of its items); None: whatever is in it."""


class NotModelled(Exception):  # noqa: N818  (nothing is wrong: the emulator's limit is reached)
    """Something that the emulator cannot do; in one line."""


class Fidelity(Enum):
    """What stands behind the resources of a type."""

    REAL = "real"
    """A service of moto."""
    STOOD_IN = "stood in"
    """Nothing; CloudFormation's calls are asked for, and the properties are held against the schema."""
    UNASKED = "stood in, its calls not known"
    """Nothing, and it is not known what CloudFormation calls."""
    NOTHING = "nothing to make"
    """Nothing, as on AWS."""


@dataclass(frozen=True)
class Services:
    """The services that handlers call, and where they are."""

    account: str
    region: str
    session: boto3.Session
    function_url: Callable[[str], str]
    """The URL of a function, by its name."""
    answers: CustomResourceAnswers = field(default_factory=lambda: CustomResourceAnswers(lambda: ""))
    """What functions answer for custom resources."""
    stood_in: dict[str, dict[str, Physical]] = field(default_factory=dict[str, "dict[str, Physical]"])
    """What there is of types that no service is behind: by type, and by the primary identifier."""
    _clients: dict[str, Any] = field(default_factory=dict[str, Any])
    _lock: Lock = field(default_factory=Lock)

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service, made once."""
        with self._lock:  # boto3's sessions are not made for threads
            if service not in self._clients:
                self._clients[service] = cast("Any", self.session).client(service)
            return self._clients[service]


class ResourceHandler(ABC):
    """The handler of one resource type."""

    type_name: ClassVar[str]
    modelled: ClassVar[Modelled]
    """The properties that it knows what to do with; others are left out."""
    fidelity: ClassVar[Fidelity] = Fidelity.REAL

    def __init__(self, services: Services) -> None:
        """Take the services, which are called without asking whether the deployment's caller may."""
        self.services = services

    def left_out(self, properties: Properties) -> tuple[str, ...]:
        """Return the paths of what no service hears of, as provider schemas write them: `Targets/RoleArn`."""
        return tuple(dict.fromkeys(_unmodelled(properties, self.modelled)))

    def made(self, properties: Properties) -> str:
        """Say what stands behind a resource with these properties: `real`, or `real, without SnapStart`."""
        without = ", ".join(self.left_out(properties)) if self.fidelity is Fidelity.REAL else ""
        return self.fidelity.value + (f", without {without}" if without else "")

    def refuse_unmodelled(self, properties: Properties) -> None:
        """Refuse what would go wrong if it were left out; nothing, unless a handler says so.

        Raises:
            NotModelled: there is such a property.
        """
        del properties

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
    def delete(self, physical: Physical, properties: Properties) -> None:
        """Remove a resource, which has these properties; nothing happens if it is gone."""

    @abstractmethod
    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the resource with this primary identifier (`ResourceIdentifier` of an import), if there is one."""

    def live(self, physical: Physical, properties: Properties) -> Properties | None:
        """Return those of a resource's properties that its service tells of, as they are now; None: it is gone.

        Args:
            physical: The resource.
            properties: As it was deployed with.

        Raises:
            NotModelled: it cannot be read back.
        """
        del physical, properties
        raise NotModelled(f"{self.type_name} cannot be read back")

    @abstractmethod
    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return the primary identifier that the properties give; None if CloudFormation makes it up."""


def _unmodelled(value: object, modelled: Modelled | None) -> Iterator[str]:
    """Yield the paths of what is not modelled, the numbers of lists left out."""
    if modelled is None:
        return
    if isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _unmodelled(item, modelled)
    if isinstance(value, Mapping):
        for name, member in cast("Mapping[str, object]", value).items():
            if name not in modelled:
                yield name
            else:
                yield from (f"{name}/{under}" for under in _unmodelled(member, modelled[name]))
