"""The roles of a delivery chain, and what limits them, read from the files that the arguments name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from leastgrant.account_details import roles_of_account
from leastgrant.assembly import Assembly, Place, read_assembly
from leastgrant.cli.arguments import InputOptions
from leastgrant.cli.inputs import policy_documents, read_inputs, read_policy
from leastgrant.cli.parser import ArgumentError
from leastgrant.documents.document import read_file
from leastgrant.iam.document import parse_policy
from leastgrant.iam.json_values import PolicyError
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge.bootstrap import DEFAULT_QUALIFIER
from leastgrant.proof.chain import Roles
from leastgrant.proof.link import Per
from leastgrant.proof.service_role import TRUST
from leastgrant.proof.uses import load_uses
from leastgrant.proof.walls import Wall, WallKind, parse_wall
from leastgrant.role import Role, known_json, role_of_template
from leastgrant.template import ABSENT, Environment, load, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from leastgrant.cli.chain_arguments import AppOptions, ChainOptions
    from leastgrant.documents.source import Json
    from leastgrant.iam.document import Policy
    from leastgrant.proof.needs import Use
    from leastgrant.template import Template

_TOOLKIT = "CDKToolkit"
_POLICIES, _BOUNDARY, _KEY, _QUALIFIER = (
    "CloudFormationExecutionPolicies",
    "InputPermissionsBoundary",
    "FileAssetsBucketKmsKeyId",
    "Qualifier",
)
"""Parameters of aws-cdk's bootstrap template."""
_KEY_OF_CLI = "AWS_MANAGED_KEY"
"""What `cdk bootstrap` gives the key's parameter, unless it is told to make a key (aws-cdk 2.1148.1)."""


@dataclass(frozen=True, slots=True)
class ChainInputs:
    """What is proved of what."""

    assembly: Assembly
    roles: Roles
    walls: tuple[Wall, ...]
    uses: tuple[Use, ...]


def read_chain(options: AppOptions) -> ChainInputs:
    """Read the assembly and the roles that the arguments name.

    Raises:
        ArgumentError: an argument names what is not there, or a policy is not valid.
        InputError: a file cannot be used.
    """
    assembly = read_assembly(options.assembly, account=options.account, region=options.region)
    policies = [ExecPolicy.read(environment, path, assembly) for environment, path in options.exec_policy]
    given = {arn: read_policy(path) for arn, path in options.managed_policy}
    boundary = None if options.boundary is None else read_policy(options.boundary)
    template = None if options.bootstrap is None else load(options.bootstrap)
    _check_parameters(options, template)
    by_arn: dict[str, Role] = {}
    for place, qualifier in _bootstraps(assembly):
        if template is not None:
            made = _Bootstrap(options, template, place, qualifier, policies, given, boundary)
            by_arn |= made.roles()
    of_account = {arn: role for path in options.account_details for arn, role in roles_of_account(path).items()}
    by_arn |= of_account
    for arn, place, qualifier in _execution_roles(assembly):
        attached = attached_policies(policies, place, qualifier)
        if policies and not attached and arn not in of_account:
            by_arn.pop(arn, None)  # what it will have is in none of the files that are given
        of_bootstrap = template is not None and _POLICIES in template.parameters and arn in by_arn
        if attached and not (of_bootstrap and arn not in of_account):
            role = by_arn.get(arn) or Role(arn.rpartition("/")[2], (), TRUST, arns=(Pattern.literal(arn),))
            file = str(next(one.path for one in policies if one.is_for(place, qualifier)))
            by_arn[arn] = replace(role, policies=tuple(attached.values()), unread=(), template=file, line=None)
        if boundary is not None and arn in by_arn and by_arn[arn].boundary is None:
            by_arn[arn] = replace(by_arn[arn], boundary=boundary)
    ci, ci_arn = ci_role(options)
    return ChainInputs(
        assembly,
        Roles(by_arn, ci, ci_arn),
        tuple(limits(options)),
        load_uses(options.uses) if options.uses else (),
    )


def _bootstraps(assembly: Assembly) -> Iterable[tuple[Place, str]]:
    """Return the bootstrap stacks that the app is deployed through."""
    return dict.fromkeys((stack.place, stack.qualifier or DEFAULT_QUALIFIER) for stack in assembly.stacks)


def _execution_roles(assembly: Assembly) -> Iterable[tuple[str, Place, str]]:
    return dict.fromkeys(
        (stack.execution_role, stack.place, stack.qualifier or DEFAULT_QUALIFIER)
        for stack in assembly.stacks
        if stack.execution_role is not None
    )


def _check_parameters(options: AppOptions, template: Template | None) -> None:
    if len(dict(options.parameter)) < len(options.parameter):
        raise ArgumentError("--parameter: one is given twice; keep one value")
    if options.parameter and template is None:
        raise ArgumentError("--parameter: is one of the bootstrap template; give that with --bootstrap")
    for name, _ in options.parameter:
        if template is not None and name not in template.parameters:
            known = ", ".join(sorted(template.parameters)) or "none"
            raise ArgumentError(f"--parameter {name}: {options.bootstrap} declares {known}")


# --- the policies of execution roles ------------------------------------------------------------------------------

_GENERATED = re.compile(r"\d{12}(?:-[a-z]{2,}(?:-[a-z]+)+-\d+)?(?:-[A-Za-z0-9_-]+)?\.template\.json")


def file_of(place: Place, qualifier: str, per: Per = Per.APP) -> str:
    """Return the name of the file that has the policies of an environment's, or an account's, execution role."""
    suffix = "" if qualifier == DEFAULT_QUALIFIER else f"-{qualifier}"
    name = place.account if per is Per.ACCOUNT else f"{place.account}-{place.region}"
    return f"{name}{suffix}.template.json"


@dataclass(frozen=True, slots=True)
class ExecPolicy:
    """Policies of execution roles: of one environment, of those of an account, or of all."""

    environment: str
    """`ACCOUNT/REGION`, `ACCOUNT`, or empty."""
    path: Path
    policies: tuple[tuple[str, Json], ...] = ()

    @classmethod
    def read(cls, environment: str, path: Path, assembly: Assembly) -> ExecPolicy:
        """Read them.

        Raises:
            ArgumentError: no stack is in the environment, or a file has no policy.
        """
        places = [*map(str, assembly.places)]
        if environment and not any(f"{place}/".startswith(f"{environment}/") for place in places):
            raise ArgumentError(f"--exec-policy {environment}: the app has no such environment; it has: {places}")
        return cls(environment, path, policies=() if _is_generated(path) else tuple(_exec_policies(path)))

    def is_for(self, place: Place, qualifier: str) -> bool:
        """Tell whether they are those of an environment."""
        if self.environment and not f"{place}/".startswith(f"{self.environment}/"):
            return False
        return not _is_generated(self.path) or self._file(place, qualifier) is not None

    def _file(self, place: Place, qualifier: str) -> Path | None:
        """Return the file of an environment in a folder that `--generate` wrote; one for its account counts too."""
        files = (self.path / file_of(place, qualifier, per) for per in (Per.APP, Per.ACCOUNT))
        return next((file for file in files if file.is_file()), None)

    def of(self, place: Place, qualifier: str) -> Iterator[tuple[str, Json]]:
        """Yield the documents of an environment, each with its name."""
        if not self.is_for(place, qualifier):
            return
        if not _is_generated(self.path):
            yield from self.policies
            return
        file = self._file(place, qualifier)
        yield from () if file is None else _exec_policies(file)


def _is_generated(path: Path) -> bool:
    """Tell whether it is a folder that `--generate` wrote."""
    return path.is_dir() and any(_GENERATED.fullmatch(file.name) for file in path.iterdir())


def attached_policies(policies: Iterable[ExecPolicy], place: Place, qualifier: str) -> dict[str, Policy]:
    """Return the policies of an environment, by names that none shares with another."""
    documents = attached_documents(policies, place, qualifier)
    return {name: parse_policy(document, name) for name, document in documents.items()}


def attached_documents(policies: Iterable[ExecPolicy], place: Place, qualifier: str) -> dict[str, Json]:
    """Return the documents of an environment's execution role, by names that none shares with another."""
    found: dict[str, Json] = {}
    for name, document in (named for one in policies for named in one.of(place, qualifier)):
        found[name if name not in found else f"{name}-{len(found)}"] = document
    return found


def _exec_policies(path: Path) -> Iterator[tuple[str, Json]]:
    """Yield the documents of a file or a folder, each of which is a policy."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in {".json", ".yaml", ".yml"})
        if not files:
            raise ArgumentError(f"{path}: has no policies; give a folder of .json or .yaml files")
        for file in files:
            yield from _exec_policies(file)
        return
    documents = tuple(policy_documents(path))
    for name, document in documents or _of_template(path):
        try:
            parse_policy(document, name)
        except PolicyError as error:
            raise ArgumentError(f"{path}: {error}") from None
        yield name, document


def _of_template(path: Path) -> Iterator[tuple[str, Json]]:
    """Yield the managed policies that a template declares; what it does not tell of its place is a wildcard."""
    resolved = resolve(load(path), Environment())
    found = [resource for resource in resolved if resource.declared.type == "AWS::IAM::ManagedPolicy"]
    if not found:
        raise ArgumentError(f"{path}: is no policy, and declares no AWS::IAM::ManagedPolicy; give one of these")
    for resource in found:
        name = resource.declared.logical_id
        yield name, cast("Json", known_json(resource.properties.get("PolicyDocument", ABSENT), f"{path}: {name}"))


# --- the bootstrap template ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Bootstrap:
    options: AppOptions
    template: Template
    place: Place
    qualifier: str
    policies: Sequence[ExecPolicy]
    given: Mapping[str, Policy]
    boundary: Policy | None

    def roles(self) -> dict[str, Role]:
        """Return the roles that the template makes in the environment, by ARN."""
        attached = {self._arn(name): policy for name, policy in self._attached().items()}
        parameters = self._parameters(attached)
        known = {**self.given, **attached}
        if self.boundary is not None and _BOUNDARY in parameters:
            known[self._arn(parameters[_BOUNDARY])] = self.boundary
        environment = Environment(region=self.place.region, account=self.place.account, stack_name=_TOOLKIT)
        resolved = resolve(self.template, environment, parameters)
        found: dict[str, Role] = {}
        for resource in resolved:
            if resource.declared.type == "AWS::IAM::Role":
                try:
                    role = role_of_template(resolved, resource.declared.logical_id, known)
                except PolicyError as error:
                    raise ArgumentError(f"{self.options.bootstrap}: {error}") from None
                found |= {str(arn): role for arn in resource.arns if arn.is_literal}
        return found

    def _attached(self) -> dict[str, Policy]:
        return attached_policies(self.policies, self.place, self.qualifier)

    def _arn(self, policy: str) -> str:
        return f"arn:{self.place.partition}:iam::{self.place.account}:policy/{policy}"

    def _parameters(self, attached: Iterable[str]) -> dict[str, str]:
        """Return what the template is given: what the arguments say, and what `cdk bootstrap` would give it."""
        usual = {_KEY: _KEY_OF_CLI, _QUALIFIER: self.qualifier}
        if self.boundary is not None and self.options.boundary is not None:
            usual[_BOUNDARY] = self.options.boundary.stem
        if attached:
            usual[_POLICIES] = ",".join(attached)
        usual = {name: value for name, value in usual.items() if name in self.template.parameters}
        return usual | dict(self.options.parameter)


# --- the CI role, and what limits all -----------------------------------------------------------------------------


def ci_role(options: ChainOptions) -> tuple[Role | None, str | None]:
    """Read the role that starts the deployment, with its ARN, as far as they are known."""
    if not options.ci_role:
        return None, options.ci_role_arn
    place = InputOptions(account=options.account, region=options.region)
    ci = read_inputs(place, options.ci_role).roles[0]
    told = str(ci.arns[0]) if len(ci.arns) == 1 and ci.arns[0].is_literal else None
    return ci, options.ci_role_arn or told


def limits(options: ChainOptions) -> Iterator[Wall]:
    """Read the control policies, level by level."""
    for kind, paths in ((WallKind.SCP, options.scp), (WallKind.RCP, options.rcp)):
        for path in paths:
            try:
                yield parse_wall(kind, str(path), [*_control_policies(path)])
            except PolicyError as error:
                raise ArgumentError(f"{path}: {error}") from None


_ORGANIZATION = {
    "AWS::Organizations::Policy": "Content",
    "OC::ORG::ServiceControlPolicy": "PolicyDocument",
    "OC::ORG::ResourceControlPolicy": "PolicyDocument",
}
"""The property with the document: of CloudFormation, and of org-formation."""


def _control_policies(path: Path) -> Iterator[tuple[str, Json]]:
    """Yield the policies of a file or a folder, of a template of them too."""
    if path.is_dir():
        yield from policy_documents(path)
        return
    tree = read_file(path).tree
    resources = tree.get("Resources") if isinstance(tree, dict) else None
    if not isinstance(resources, dict):
        found = [*policy_documents(path)]
        if not found:
            raise ArgumentError(f"{path}: is no policy; give one, a list, a folder, or a template of the organisation")
        yield from found
        return
    found: list[tuple[str, Json]] = []
    for name, resource in resources.items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if isinstance(kind, str) and kind in _ORGANIZATION and isinstance(properties, dict):
            found.append((name, properties.get(_ORGANIZATION[kind])))
    if not found:
        raise ArgumentError(f"{path}: declares no policy of the organisation; those are {', '.join(_ORGANIZATION)}")
    yield from found
