"""What the arguments name, read: roles, templates, uses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import ArgumentError
from leastgrant.documents.document import read_file
from leastgrant.iam.document import parse_policy
from leastgrant.iam.json_values import PolicyError
from leastgrant.proof.uses import load_uses
from leastgrant.role import Role, role_of_template
from leastgrant.template import Environment, Template, load, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leastgrant.cli.arguments import Options
    from leastgrant.documents.source import Json
    from leastgrant.proof.needs import Use
    from leastgrant.template import ResolvedTemplate

_ROLE = re.compile(r"(?P<path>.+?)(?:#(?P<logical_id>[A-Za-z0-9]+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is proved of what."""

    roles: tuple[Role, ...]
    """In the order they were asked for."""
    deployed: tuple[ResolvedTemplate, ...] = ()
    uses: tuple[Use, ...] = ()


def read_inputs(options: Options, *roles: str) -> Inputs:
    """Reads the templates and uses that the arguments name, and roles.

    Raises:
        ArgumentError: there is not one stack name for each template, a parameter is given twice, no template declares
            it, or a policy is not valid.
        TemplateError: a file cannot be used.
        RoleError: a template has no such role, or not all of it is known.
    """
    if len(options.app) != len(options.stack_name):
        raise ArgumentError(
            f"--stack-name: there are {len(options.stack_name)} for {len(options.app)} of --app; "
            "give one for each, in the same order"
        )
    apps = [load(path) for path in options.app]
    files = [_RoleFile.read(text) for text in roles]
    of_roles = (file.content for file in files if isinstance(file.content, Template))
    parameters = _Parameters(options.parameter, [*apps, *of_roles])
    return Inputs(
        tuple(_role(file, options, parameters) for file in files),
        tuple(
            resolve(template, _environment(options, stack), parameters.of(template))
            for template, stack in zip(apps, options.stack_name, strict=True)
        ),
        load_uses(options.uses) if options.uses else (),
    )


class _Parameters:
    """The parameters given, each for every template that declares it."""

    def __init__(self, given: Sequence[tuple[str, str]], templates: Iterable[Template]) -> None:
        declared = {name for template in templates for name in template.parameters}
        self._values = dict(given)
        for name, _ in given:
            if name not in declared:
                known = ", ".join(sorted(declared)) or "none"
                raise ArgumentError(f"--parameter {name}: no template declares it; declared are: {known}")
        if len(self._values) < len(given):
            raise ArgumentError("--parameter: one is given twice; keep one value")

    def of(self, template: Template) -> dict[str, str]:
        return {name: value for name, value in self._values.items() if name in template.parameters}


@dataclass(frozen=True, slots=True)
class _RoleFile:
    """A template that declares a role, or a policy document."""

    path: str
    logical_id: str | None
    content: Template | Json

    @classmethod
    def read(cls, text: str) -> _RoleFile:
        match = _ROLE.fullmatch(text)
        if match is None:
            raise ArgumentError("a role's file has an empty name; write a path, with #LogicalId if needed")
        path, logical_id = match["path"], match["logical_id"]
        tree = read_file(Path(path)).tree
        if not isinstance(tree, dict) or "Statement" not in tree:
            return cls(path, logical_id, load(path))
        if logical_id is not None:
            raise ArgumentError(f"{path}: is a policy, which has no {logical_id}; leave #{logical_id} out")
        return cls(path, None, tree)


def _role(file: _RoleFile, options: Options, parameters: _Parameters) -> Role:
    try:
        if isinstance(file.content, Template):
            environment = _environment(options, options.role_stack_name)
            return role_of_template(resolve(file.content, environment, parameters.of(file.content)), file.logical_id)
        policy = parse_policy(file.content, Path(file.path).stem)
        return Role(file.path, (policy,), template=file.path)
    except PolicyError as error:
        raise ArgumentError(f"{file.path}: {error}") from None


def _environment(options: Options, stack_name: str | None) -> Environment:
    return Environment(options.partition, options.region, options.account, stack_name)
