"""What the arguments name, read: roles, templates, uses."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from leastgrant.cli.parser import ArgumentError
from leastgrant.documents.document import read_file
from leastgrant.iam.document import parse_policy
from leastgrant.iam.json_values import PolicyError
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge.tools import DEFAULTS
from leastgrant.proof.existing import check_existing
from leastgrant.proof.tools import ToolError, tool_uses
from leastgrant.proof.uses import load_uses
from leastgrant.role import Role, role_of_template
from leastgrant.template import Environment, Template, load, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leastgrant.cli.arguments import InputOptions
    from leastgrant.documents.source import Json
    from leastgrant.iam.document import Policy
    from leastgrant.proof.needs import Use
    from leastgrant.template import ResolvedTemplate, Value

_ROLE = re.compile(r"(?P<path>.+?)(?:#(?P<logical_id>[A-Za-z0-9]+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is proved of what."""

    roles: tuple[Role, ...]
    """In the order they were asked for."""
    deployed: tuple[ResolvedTemplate, ...] = ()
    uses: tuple[Use, ...] = ()


def read_inputs(options: InputOptions, *roles: Sequence[str], unnamed: bool = False) -> Inputs:
    """Read the templates and uses that the arguments name, and roles, each of one or more files.

    Args:
        options: The arguments.
        roles: The files of each role.
        unnamed: If no stack is named, their names are not known; otherwise that is refused.

    Raises:
        ArgumentError: there is not one stack name for each template, something is given twice, no template declares
            a parameter, or a policy is not valid.
        TemplateError: a file cannot be used.
        RoleError: a template has no such role, or not all of it is known.
    """
    names = [*options.stack_name] or [None] * (len(options.app) if unnamed else 0)
    if len(options.app) != len(names):
        raise ArgumentError(
            f"--stack-name: there are {len(options.stack_name)} for {len(options.app)} of --app; "
            "give one for each, in the same order"
        )
    for name, count in Counter(options.stack_name).items():
        if count > 1:
            raise ArgumentError(f"--stack-name {name}: is given twice; a stack has one template")
    apps = [load(path) for path in options.app]
    files = [[_RoleFile.read(text) for text in texts] for texts in roles]
    of_roles = [file.content for role in files for file in role if isinstance(file.content, Template)]
    parameters = _Parameters(options.parameter, [*apps, *of_roles])
    nested = _once(options.nested, "--nested", "file")
    exports: dict[str, Value] = {
        name: Pattern.literal(value) for name, value in _once(options.export, "--export", "value").items()
    }

    def resolved(template: Template, stack: str | None) -> ResolvedTemplate:
        place = _environment(options, stack)
        found = resolve(template, place, parameters.of(template), nested=nested, exports=exports)
        exports.update({name: value for name, value in found.exports.items() if name not in exports})
        return found

    deployed = tuple(resolved(app, stack) for app, stack in zip(apps, names, strict=True))
    _check_nested(nested, deployed)
    check_existing(options.existing, [stack for root in deployed for stack in root.stacks])
    given = {arn: read_policy(path) for arn, path in _once(options.managed_policy, "--managed-policy", "file").items()}
    found: list[Role] = []
    for role in files:
        templates = [file.content for file in role if isinstance(file.content, Template)]
        found.append(_role(role, [resolved(template, options.role_stack_name) for template in templates], given))
    declared = load_uses(options.uses) if options.uses else ()
    return Inputs(tuple(found), deployed, (*declared, *_uses_of_tools(options, deployed)))


def _uses_of_tools(options: InputOptions, deployed: Sequence[ResolvedTemplate]) -> Iterator[Use]:
    if options.assets is not None and not options.tool:
        raise ArgumentError("--assets: is where a tool uploads to; give --tool too")
    for name in dict.fromkeys(DEFAULTS.get(name, name) for name in options.tool):
        try:
            yield from tool_uses(name, [resolved.environment for resolved in deployed], options.assets)
        except ToolError as error:
            raise ArgumentError(f"--tool: {error} with --assets") from None


_T = TypeVar("_T")


def _once(given: Sequence[tuple[str, _T]], option: str, what: str) -> dict[str, _T]:
    if len(dict(given)) < len(given):
        raise ArgumentError(f"{option}: one is given twice; keep one {what}")
    return dict(given)


def _check_nested(given: Iterable[str], deployed: Iterable[ResolvedTemplate]) -> None:
    """Refuse a file that is given for no nested stack."""
    stacks = {"/".join(place) for root in deployed for stack in root.stacks for place in stack.nested_places}
    for key in given:
        if not any(f"/{place}".endswith(f"/{key}") for place in stacks):
            known = ", ".join(sorted(stacks)) or "none"
            raise ArgumentError(f"--nested {key}: there is no such nested stack; there are: {known}")


class _Parameters:
    """The parameters given, each for every template that declares it."""

    def __init__(self, given: Sequence[tuple[str, str]], templates: Iterable[Template]) -> None:
        declared = {name for template in templates for name in template.parameters}
        self._values = _once(given, "--parameter", "value")
        for name, _ in given:
            if name not in declared:
                known = ", ".join(sorted(declared)) or "none"
                raise ArgumentError(f"--parameter {name}: no template declares it; declared are: {known}")

    def of(self, template: Template) -> dict[str, str]:
        return {name: value for name, value in self._values.items() if name in template.parameters}


@dataclass(frozen=True, slots=True)
class _RoleFile:
    """A template that declares a role, or policies, each with its name."""

    path: str
    logical_id: str | None
    content: Template | tuple[tuple[str, Json], ...]

    @classmethod
    def read(cls, text: str) -> _RoleFile:
        match = _ROLE.fullmatch(text)
        if match is None:
            raise ArgumentError("a role's file has an empty name; write a path, with #LogicalId if needed")
        path, logical_id = match["path"], match["logical_id"]
        policies = tuple(policy_documents(Path(path)))
        if not policies:
            return cls(path, logical_id, load(path))
        if logical_id is not None:
            raise ArgumentError(f"{path}: is a policy, which has no {logical_id}; leave #{logical_id} out")
        return cls(path, None, policies)


def policy_documents(path: Path) -> Iterator[tuple[str, Json]]:
    """Yield the policies of a file or a folder; none, if it is a template."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in {".json", ".yaml", ".yml"})
        for file in files:
            found = [*policy_documents(file)]
            if not found:
                raise ArgumentError(f"{file}: is no policy; a folder of policies holds policies alone")
            yield from found
        if not files:
            raise ArgumentError(f"{path}: has no policies; give a folder of .json or .yaml files")
        return
    tree = read_file(path).tree
    for number, document in enumerate(tree) if isinstance(tree, list) else [(None, tree)]:
        if isinstance(document, dict) and "Statement" in document:
            yield (path.stem if number is None else f"{path.stem}[{number}]"), document
        elif number is not None:
            raise ArgumentError(f"{path}: item {number} is no policy; a list of policies holds policies alone")


def _role(files: Sequence[_RoleFile], resolved: Sequence[ResolvedTemplate], given: Mapping[str, Policy]) -> Role:
    """Make one role from a template that declares it, from policies, or from both.

    Args:
        files: What is given for it.
        resolved: Its templates, in the order of the files that are templates.
        given: Managed policies, by ARN.
    """
    if len(resolved) > 1:
        raise ArgumentError(
            "--role: two templates are given; keep the one that declares the role, and give policies beside it"
        )
    policies: list[Policy] = []
    for file in files:
        for name, document in file.content if isinstance(file.content, tuple) else ():
            try:
                policies.append(parse_policy(document, name))
            except PolicyError as error:
                raise ArgumentError(f"{file.path}: {error}") from None
    if not resolved:
        return Role(", ".join(file.path for file in files), tuple(policies), managed=given, template=files[0].path)
    (declaring,) = (file for file in files if isinstance(file.content, Template))
    try:
        role = role_of_template(resolved[0], declaring.logical_id, given)
    except PolicyError as error:
        raise ArgumentError(f"{declaring.path}: {error}") from None
    return replace(role, policies=(*role.policies, *policies))


def read_policy(path: Path) -> Policy:
    """Read the policy document in a file.

    Raises:
        ArgumentError: it is none.
        TemplateError: the file cannot be read.
    """
    try:
        return parse_policy(read_file(path).tree, path.stem)
    except PolicyError as error:
        raise ArgumentError(f"{path}: {error}") from None


def _environment(options: InputOptions, stack_name: str | None) -> Environment:
    return Environment(options.partition, options.region, options.account, stack_name, tuple(options.own_bucket))
