"""A template with the place that it is deployed to: parsed and resolved once, however many ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from leastgrant.template import Physical, parse_document, resolve

if TYPE_CHECKING:
    from leastgrant.documents import Document
    from leastgrant.template import Environment, ResolvedTemplate, Template

Json = Mapping[str, Any]


@dataclass(frozen=True)
class PlacedTemplate:
    """The template of one stack."""

    document: Document
    environment: Environment
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """The values that are given; those that the template does not declare count for nothing."""
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """The physical names of resources that exist, by logical id, as far as they are known."""

    @property
    def tree(self) -> Json:
        """The sections, as they are written."""
        return cast("Json", self.document.tree)

    @property
    def resources(self) -> Mapping[str, Json]:
        """The resources as they are written, by logical id."""
        return self.tree["Resources"]

    @cached_property
    def template(self) -> Template:
        """The template, checked.

        Raises:
            TemplateError: it is not valid.
        """
        return parse_document(self.document)

    @cached_property
    def resolved(self) -> ResolvedTemplate:
        """The template, resolved as far as is known before the deployment.

        Raises:
            TemplateError: it is not valid, or does not allow the value of a parameter.
        """
        declared = self.template.parameters
        given = {name: value for name, value in self.parameters.items() if name in declared}
        physical = {logical_id: Physical(name) for logical_id, name in self.names.items()}
        return resolve(self.template, self.environment, given, physical)
