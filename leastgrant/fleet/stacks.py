"""The stacks in a folder: cloud assemblies, templates, and what the AWS CLI exports of stacks.

Sources: "GetTemplate" and "DescribeStacks", AWS CloudFormation API Reference.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leastgrant.assembly import MANIFEST, Stack, read_assembly
from leastgrant.documents.document import read_file, read_text
from leastgrant.errors import InputError
from leastgrant.template import Environment, parse_document, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant.documents.source import Json
    from leastgrant.template import ResolvedTemplate, Value

SUFFIXES: Final = (".json", ".yaml", ".yml", ".template")
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_STACK_ID = re.compile(r"arn:[a-z-]+:cloudformation:(?P<region>[^:]+):(?P<account>\d{12}):stack/(?P<name>[^/]+)/.*")


class FleetError(InputError):
    """The folder of a fleet cannot be used, in one line."""


@dataclass(frozen=True, slots=True)
class FleetStack:
    """A stack, and where its template is; it is read where it is proved."""

    name: str
    account: str | None
    region: str | None
    template: Path
    role: str | None = None
    """The ARN of the role that CloudFormation acts with, as an assembly, an export or the map tells it."""
    tags: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    of_assembly: Stack | None = None

    @property
    def id(self) -> str:
        """Its name, as people find it: `123456789012/eu-west-1/shop`."""
        return f"{self.account or 'unknown'}/{self.region or 'unknown'}/{self.name}"

    def resolved(self, exports: Mapping[str, Value] | None = None) -> ResolvedTemplate | None:
        """Read the template, with what other stacks export; None if it has no resources.

        Raises:
            InputError: it cannot be used.
        """
        if self.of_assembly is not None:
            return self.of_assembly.resolved(exports)
        document = read_file(self.template)
        tree = document.tree
        if isinstance(tree, dict) and "TemplateBody" in tree:
            body = tree["TemplateBody"]
            text = body if isinstance(body, str) else json.dumps(body)
            document = read_text(text, f"{self.template}#TemplateBody")
            tree = document.tree
        if isinstance(tree, dict) and tree.get("Resources", {}) == {}:
            return None
        template = parse_document(document)
        given = {name: value for name, value in self.parameters if name in template.parameters}
        place = Environment(region=self.region, account=self.account, stack_name=self.name)
        return resolve(template, place, given, exports=exports)


@dataclass(slots=True)
class FleetFiles:
    """What a folder holds."""

    stacks: list[FleetStack] = field(default_factory=list["FleetStack"])
    broken: list[str] = field(default_factory=list[str])
    """What is wrong with files that could not be read, each in one line."""
    other: list[Path] = field(default_factory=list["Path"])
    """Files that are neither: no template, no assembly, no export."""


@dataclass(frozen=True, slots=True)
class _Described:
    role: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    account: str | None = None
    region: str | None = None

    def may_be_in(self, account: str | None, region: str | None) -> bool:
        """Tell whether it may be the stack of an account and region, as far as they are known."""
        return all(
            None in (one, other) or one == other for one, other in ((account, self.account), (region, self.region))
        )


def stacks_in(folder: Path, *, account: str | None = None, region: str | None = None) -> FleetFiles:
    """Find the stacks in a folder, to any depth.

    Args:
        folder: It holds cloud assemblies, each a folder with a manifest; templates, and what `aws cloudformation
            get-template` prints, each named after its stack, in folders named after the account and the region; and
            what `aws cloudformation describe-stacks` prints.
        account: Of the stacks of which no folder and no export tells it.
        region: As the account.

    Raises:
        FleetError: it is no folder, or has no stack.
    """
    if not folder.is_dir():
        raise FleetError(f"{folder}: is no folder; give one with cloud assemblies or templates")
    search = _Search(folder, account, region)
    for path in _files(folder):
        try:
            search.take(path)
        except InputError as error:
            search.found.broken.append(str(error))
    found = search.done()
    if not found.stacks and not found.broken:
        raise FleetError(f"{folder}: has no stack; give a folder with cloud assemblies or templates")
    return found


def _files(folder: Path) -> Iterator[Path]:
    """Yield assemblies, as their folders, and the files that may be templates or exports, in order."""
    for root, folders, files in os.walk(folder):
        if MANIFEST in files and _is_assembly(Path(root) / MANIFEST):
            folders.clear()
            yield Path(root)
            continue
        folders.sort()
        yield from (Path(root) / name for name in sorted(files))


def _is_assembly(manifest: Path) -> bool:
    try:
        return '"artifacts"' in manifest.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


_YAML_KEY = re.compile(r"^[\"']?(Resources|TemplateBody|Stacks)[\"']?\s*:", re.MULTILINE)
"""A key of a YAML document itself: to read all of it takes long, and is left to who proves the stack."""


@dataclass(slots=True)
class _Search:
    folder: Path
    account: str | None
    region: str | None
    found: FleetFiles = field(default_factory=FleetFiles)
    templates: list[Path] = field(default_factory=list["Path"])
    described: dict[str, list[_Described]] = field(default_factory=dict[str, "list[_Described]"])

    def take(self, path: Path) -> None:
        """Look at a file, or at the folder of an assembly.

        Raises:
            InputError: it cannot be read.
        """
        if path.is_dir():
            assembly = read_assembly(path, account=self.account, region=self.region)
            self.found.stacks += map(_of_assembly, assembly.stacks)
        elif path.suffix not in SUFFIXES:
            self.found.other.append(path)
        else:
            keys = _keys(path)
            if "Resources" in keys or "TemplateBody" in keys:
                self.templates.append(path)
            elif "Stacks" in keys:
                for name, told in _all_described(path):
                    self.described.setdefault(name, []).append(told)
            else:
                self.found.other.append(path)

    def done(self) -> FleetFiles:
        """Return what was found, with what the exports tell of each stack."""
        self.found.stacks += [self._stack(path) for path in self.templates]
        _take_out_twins(self.found)
        return self.found

    def _stack(self, path: Path) -> FleetStack:
        """Return the stack of a template: what its folders say, what is described of its name, what is given."""
        name = path.name
        for suffix in (*SUFFIXES, ".template"):
            name = name.removesuffix(suffix)
        parts = path.relative_to(self.folder).parts[:-1]
        account = next((part for part in parts if _ACCOUNT.fullmatch(part)), None)
        region = next((part for part in parts if _REGION.fullmatch(part)), None)
        told = [one for one in self.described.get(name, ()) if one.may_be_in(account, region)]
        one = told[0] if len(told) == 1 else _Described()
        return FleetStack(
            name,
            account or one.account or self.account,
            region or one.region or self.region,
            path,
            one.role,
            one.tags,
            one.parameters,
        )


def _keys(path: Path) -> frozenset[str]:
    """Return the keys of a document, as far as they count here; none, if it is no object."""
    if path.suffix in {".yaml", ".yml", ".template"}:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise FleetError(f"{path}: cannot be read as UTF-8: {error}") from None
        if not text.lstrip().startswith("{"):
            return frozenset(_YAML_KEY.findall(text))
    tree = read_file(path).tree
    return frozenset(tree) if isinstance(tree, dict) else frozenset()


def _of_assembly(stack: Stack) -> FleetStack:
    place = stack.place
    return FleetStack(
        stack.name, place.account, place.region, stack.template, stack.execution_role, stack.tags, of_assembly=stack
    )


def _all_described(path: Path) -> Iterator[tuple[str, _Described]]:
    tree = read_file(path).tree
    listed = tree.get("Stacks") if isinstance(tree, dict) else None
    if not isinstance(listed, list):
        raise FleetError(f"{path}: Stacks is no list; write it with aws cloudformation describe-stacks")
    yield from (_described(one, path) for one in listed)


def _described(one: Json, path: Path) -> tuple[str, _Described]:
    if not isinstance(one, dict) or not isinstance(name := one.get("StackName"), str):
        raise FleetError(f"{path}: Stacks has an item without a StackName; write it with describe-stacks")
    told = _STACK_ID.fullmatch(str(one.get("StackId", "")))
    role = one.get("RoleARN")
    return name, _Described(
        role if isinstance(role, str) else None,
        tuple(_pairs(one.get("Tags"), "Key", "Value")),
        tuple(_pairs(one.get("Parameters"), "ParameterKey", "ParameterValue")),
        told["account"] if told else None,
        told["region"] if told else None,
    )


def _pairs(items: Json, key: str, value: str) -> Iterator[tuple[str, str]]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get(key), str) and isinstance(item.get(value), str):
            yield str(item[key]), str(item[value])


def _take_out_twins(found: FleetFiles) -> None:
    """Take out the second of two stacks of one name, and say so: which template is deployed is not known."""
    seen: dict[str, FleetStack] = {}
    for stack in found.stacks:
        if stack.id in seen:
            found.broken.append(
                f"{stack.template}: is the stack {stack.id}, and so is {seen[stack.id].template}; keep one of them"
            )
        seen.setdefault(stack.id, stack)
    found.stacks = [*seen.values()]


def with_roles(stacks: list[FleetStack], given: Mapping[str, str]) -> list[FleetStack]:
    """Return the stacks with the roles that a map gives them, by `ACCOUNT/REGION/NAME` or by name.

    Raises:
        FleetError: a key is of no stack, or of several.
    """
    by_stack: dict[str, str] = {}
    for key, role in given.items():
        named = [stack.id for stack in stacks if key in (stack.id, stack.name)]
        if len(named) != 1:
            which = f"several: {', '.join(named[:3])}; write ACCOUNT/REGION/NAME" if named else "none in the folder"
            raise FleetError(f"--map: {key} is the name of {which}")
        by_stack[named[0]] = role
    return [replace(stack, role=by_stack.get(stack.id, stack.role)) for stack in stacks]
