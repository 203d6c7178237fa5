"""The cloud assembly that `cdk synth` writes, read back as typed values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from leastgrant import InputError
from leastgrant.documents import read_file
from leastgrant.template import Environment
from ops.project.placed_template import Json, PlacedTemplate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from leastgrant.template import ResolvedTemplate


class AssemblyError(InputError):
    """The cloud assembly is missing, or not what `cdk synth` writes; the message is one line that names the file."""


@dataclass(frozen=True, slots=True)
class SynthesisedStack:
    """A stack of the assembly, with its template."""

    id: str
    """Its id in the assembly, by which the CDK CLI calls it."""
    name: str
    account: str
    region: str
    path: Path
    """The template's file."""
    declared: PlacedTemplate
    template_bytes: int

    def with_buckets(self, names: tuple[str, ...]) -> SynthesisedStack:
        """Return the stack, with buckets that are known to be of its account."""
        environment = replace(self.declared.environment, own_buckets=names)
        return replace(self, declared=replace(self.declared, environment=environment))

    def with_names(self, names: Mapping[str, str]) -> SynthesisedStack:
        """Return the stack, with the physical names of resources that exist, by logical id."""
        return replace(self, declared=replace(self.declared, names=names))

    @property
    def template(self) -> Json:
        """The template as it is written."""
        return self.declared.tree

    @property
    def resources(self) -> Mapping[str, Json]:
        """The template's resources as they are written, by logical id."""
        return self.declared.resources

    @property
    def resolved(self) -> ResolvedTemplate:
        """The template, resolved as far as is known before the deployment.

        Raises:
            TemplateError: the template is not valid.
        """
        return self.declared.resolved


@dataclass(frozen=True, slots=True)
class Validation:
    """What one validation plugin said of the whole assembly."""

    plugin: str
    passed: bool
    """Also false of a plugin that broke down and found nothing: the CDK CLI lets that pass."""
    findings: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class Assembly:
    """The stacks, and what the validations said."""

    stacks: tuple[SynthesisedStack, ...]
    validations: tuple[Validation, ...]


def read_assembly(directory: Path) -> Assembly:
    """Read a cloud assembly.

    Raises:
        AssemblyError: a file is missing or malformed.
    """
    manifest = directory / "manifest.json"
    artifacts = _object(_member(_json(manifest), manifest, "artifacts"), manifest, "artifacts")
    stacks = [
        _stack(manifest, name, artifact)
        for name, value in artifacts.items()
        if (artifact := _object(value, manifest, name)).get("type") == "aws:cloudformation:stack"
    ]
    return Assembly(tuple(stacks), _validations(directory))


def _stack(manifest: Path, name: str, artifact: Json) -> SynthesisedStack:
    properties = _object(_member(artifact, manifest, "properties"), manifest, f"{name}.properties")
    place = re.fullmatch(r"aws://([^/]+)/([^/]+)", str(_member(artifact, manifest, "environment")))
    if not place:
        raise AssemblyError(f"{manifest}: {name}.environment: must be aws://ACCOUNT/REGION; run 'make synth' again")
    path = manifest.parent / str(_member(properties, manifest, "templateFile"))
    stack_name = str(properties.get("stackName", name))
    try:
        document = read_file(path)
        environment = Environment(account=place[1], region=place[2], stack_name=stack_name)
    except (InputError, ValueError) as error:  # the latter is of Environment, and says which part has a wrong form
        raise AssemblyError(f"{error}; run 'make synth' again") from None
    _object(_member(_object(document.tree, path, "the document"), path, "Resources"), path, "Resources")
    return SynthesisedStack(
        id=name,
        name=stack_name,
        account=place[1],
        region=place[2],
        path=path,
        declared=PlacedTemplate(document, environment),
        template_bytes=path.stat().st_size,
    )


def _validations(directory: Path) -> tuple[Validation, ...]:
    """Read which plugins ran, and what they acknowledged themselves: CDK's report leaves out both."""
    names = directory / "validations.json"
    ran = _json(names)
    report = directory / "validation-report.json"
    said = {str(_member(plugin, report, "pluginName")): plugin for plugin in _objects(_json(report), report)}
    return tuple(
        Validation(
            plugin=name,
            passed=said.get(name, {"conclusion": "success"}).get("conclusion") == "success",
            findings=len(said.get(name, {}).get("violations", [])),
            acknowledged=len(said.get(name, {}).get("suppressedViolations", [])) + int(str(ran.get(name, 0))),
        )
        for name in dict.fromkeys([*ran, *said])
    )


def _objects(report: Json, path: Path) -> Iterator[Json]:
    for plugin in _array(_member(report, path, "pluginReports"), path, "pluginReports"):
        yield _object(plugin, path, "pluginReports")


def _json(path: Path) -> Json:
    return _object(_read(path), path, "the document")


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AssemblyError(f"{path}: {error.strerror}; run 'make synth' first") from None
    except ValueError as error:
        raise AssemblyError(f"{path}: not JSON ({error}); run 'make synth' again") from None
    except RecursionError:
        raise AssemblyError(f"{path}: not what cdk writes (nested too deep); run 'make synth' again") from None


def _array(value: object, path: Path, key: str) -> list[object]:
    if not isinstance(value, list):
        raise AssemblyError(f"{path}: {key}: must be a list; run 'make synth' again")
    return cast("list[object]", value)


def _object(value: object, path: Path, key: str) -> Json:
    if not isinstance(value, dict):
        raise AssemblyError(f"{path}: {key}: must be an object; run 'make synth' again")
    return cast("Json", value)


def _member(value: Json, path: Path, key: str) -> Any:
    if key not in value:
        raise AssemblyError(f"{path}: {key}: missing; run 'make synth' again")
    return value[key]
